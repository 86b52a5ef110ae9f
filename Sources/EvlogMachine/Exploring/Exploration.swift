/// The events that can happen in each state of a machine, so that its states can be explored without a log.
///
///     var exploration: Exploration<Self>? {
///       Exploration { state in
///         state.isOpen ? [.deposited(cents: 1), .closed] : [.opened]
///       }
///     }
///
/// Every event is executed in every state that offers it. All explored events have the same time; if time matters,
/// let its passing be an event.
public struct Exploration<M: Machine>: Sendable {
  let events: @Sendable (M.State) -> [M.Event]
  let encode: @Sendable (M.Event) throws -> EncodedEvent
  let stream: (@Sendable (M.Event) -> String)?
  let bound: (@Sendable (M.State) -> Bool)?
  let symmetry: (@Sendable (M.State) -> M.State)?
  let number: (@Sendable (M.State) -> UInt128)?
  /// Executes the events of states that have numbers: the whole loop, compiled for the machine.
  let executeNumbered: (@Sendable (M, M.State, inout NumberedPass<M>) throws -> Void)?

  /// Events that are written to a log by `encoding`.
  ///
  /// - Parameters:
  ///   - stream: The stream of an event; `explored` by default.
  ///   - bound: Whether exploration goes on from a state. A state outside the bound is still judged.
  ///   - symmetry: Maps states that differ only in names to one of them, which is explored for all.
  ///   - number: A number that no other reachable state has. A state is then told from others without being encoded,
  ///     which is several times faster.
  ///   - encoding: The event as it is in a log.
  ///   - events: The events that may happen in a state, in the same order whenever it is asked.
  @inlinable
  public init(
    stream: (@Sendable (M.Event) -> String)? = nil,
    bound: (@Sendable (M.State) -> Bool)? = nil,
    symmetry: (@Sendable (M.State) -> M.State)? = nil,
    number: (@Sendable (M.State) -> UInt128)? = nil,
    encoding: @escaping @Sendable (M.Event) throws -> EncodedEvent,
    events: @escaping @Sendable (M.State) -> [M.Event]
  ) {
    var execute: (@Sendable (M, M.State, inout NumberedPass<M>) throws -> Void)?
    if let number {
      execute = { machine, state, pass in
        try pass.execute(
          events(state), in: state, of: machine, number: number, symmetry: symmetry)
      }
    }
    self.init(
      stream, bound, symmetry, number, encoding, events, executeNumbered: execute)
  }

  @usableFromInline
  init(
    _ stream: (@Sendable (M.Event) -> String)?, _ bound: (@Sendable (M.State) -> Bool)?,
    _ symmetry: (@Sendable (M.State) -> M.State)?, _ number: (@Sendable (M.State) -> UInt128)?,
    _ encode: @escaping @Sendable (M.Event) throws -> EncodedEvent,
    _ events: @escaping @Sendable (M.State) -> [M.Event],
    executeNumbered: (@Sendable (M, M.State, inout NumberedPass<M>) throws -> Void)?
  ) {
    self.stream = stream
    self.bound = bound
    self.symmetry = symmetry
    self.number = number
    self.encode = encode
    self.events = events
    self.executeNumbered = executeNumbered
  }
}

extension Exploration where M.Event: Encodable {
  /// Events that are cases of a `Codable` enum.
  @inlinable
  public init(
    stream: (@Sendable (M.Event) -> String)? = nil,
    bound: (@Sendable (M.State) -> Bool)? = nil,
    symmetry: (@Sendable (M.State) -> M.State)? = nil,
    number: (@Sendable (M.State) -> UInt128)? = nil,
    events: @escaping @Sendable (M.State) -> [M.Event]
  ) {
    self.init(
      stream: stream, bound: bound, symmetry: symmetry, number: number,
      encoding: { try EncodedEvent(encoding: $0) }, events: events)
  }
}
