import EvlogMachine
public import EvlogStore

extension EventLog {
  /// Appends one event, a case of a `Codable` enum, as a turn of its own.
  ///
  ///     try await log.append(Shop.Event.counted(sku: "A-7", quantity: 12), to: "sku-A-7",
  ///       expecting: .noStream)
  ///
  /// A machine with upcasters says by ``Machine/schemaVersion(of:)`` which version an event has; give
  /// it as `schemaVersion`, or let a `TurnRunner` do so.
  @discardableResult
  public func append(
    _ event: some Encodable & Sendable, to stream: String,
    expecting expectation: Turn.Expectation = .any, turnID: String? = nil, schemaVersion: UInt32 = 1
  ) async throws -> Appended {
    var encoded = try EncodedEvent(encoding: event)
    encoded.schemaVersion = schemaVersion
    return try await append(
      Turn([NewEvent(encoded, stream: stream)], id: turnID, expecting: [stream: expectation]))
  }
}
