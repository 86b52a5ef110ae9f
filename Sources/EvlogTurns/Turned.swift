public import EvlogCore

/// The result of a turn.
public struct Turned<D: Decider>: Sendable {
  /// The decided events, in the order of the commands; empty if the turn was already in the log.
  public let events: [D.Event]
  /// Where the turn is in the log; nil if nothing was decided, so that nothing was written.
  public internal(set) var appended: Appended?
  /// The states after the turn, in the order of the commands; for a turn that was already in the log, the
  /// current states.
  public let states: [D.State]
  /// How often the turn was decided: more than once if other turns came in between.
  public let attempts: Int

  /// The state after a turn with one command.
  public var state: D.State { states[states.count - 1] }
  /// The offsets of the turn's events; nil if there are none.
  public var offsets: Range<Offset>? { appended?.offsets }
}

/// What is recorded with each event of a turn.
public struct TurnDetails: Sendable, Hashable {
  /// The turn's id: a turn that is already in the log is not decided again.
  public var id: String?
  /// The ids of what caused the turn: a message, other events.
  public var causation: [String]
  /// The id of the conversation that the turn belongs to.
  public var correlation: String?
  /// Anything else, usually JSON.
  public var metadata: [UInt8]?

  public init(
    id: String? = nil, causation: [String] = [], correlation: String? = nil,
    metadata: [UInt8]? = nil
  ) {
    self.id = id
    self.causation = causation
    self.correlation = correlation
    self.metadata = metadata
  }
}
