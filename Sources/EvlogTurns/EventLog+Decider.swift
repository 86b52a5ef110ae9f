public import EvlogMachine
public import EvlogStore

extension EventLog {
  /// Appends an event as a decider writes it, in its current schema version, without asking the decider.
  ///
  /// No invariant is judged: for imports, and for tests of what must not happen.
  @discardableResult
  public func append<D: Decider>(
    _ event: D.Event, to stream: String, by decider: D, expecting: Turn.Expectation = .any,
    turnID: String? = nil
  ) async throws -> Appended {
    let new = NewEvent(try decider.encode(event, to: stream), stream: stream)
    return try await append(Turn([new], id: turnID, expecting: [stream: expecting]))
  }
}
