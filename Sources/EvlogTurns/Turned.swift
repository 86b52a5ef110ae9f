public import EvlogStore

/// What a turn came to.
public struct Turned<D: Decider>: Sendable {
  /// What was decided, in the order of the commands; empty where the turn was in the log already.
  public let events: [D.Event]
  /// Where it is in the log; nil where nothing was decided, so that nothing was written.
  public internal(set) var appended: Appended?
  /// The states after it, in the order of the commands; of a turn that was in the log already, the states
  /// as they are now.
  public let states: [D.State]
  /// How often it was decided: more than once where other turns came in between.
  public let attempts: Int

  /// The state after it, of a turn with one command.
  public var state: D.State { states[states.count - 1] }
  /// The offsets of its events; nil where there are none.
  public var offsets: Range<Offset>? { appended?.offsets }
}

/// What is recorded with each event of a turn.
public struct TurnDetails: Sendable, Hashable {
  /// The turn's id: a turn that is in the log already is not decided again.
  public var id: String?
  /// The id of what caused it: of a message, of another event.
  public var causation: String?
  /// The id of the conversation that it is part of.
  public var correlation: String?
  /// Anything else, usually JSON.
  public var metadata: [UInt8]?

  public init(
    id: String? = nil, causation: String? = nil, correlation: String? = nil,
    metadata: [UInt8]? = nil
  ) {
    self.id = id
    self.causation = causation
    self.correlation = correlation
    self.metadata = metadata
  }
}
