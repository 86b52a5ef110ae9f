import EvlogMachine
public import EvlogStore

extension EventLog {
  /// Appends one event, a case of a `Codable` enum, as a turn of its own.
  ///
  ///     try await log.append(Shop.Event.counted(sku: "A-7", quantity: 12), to: "sku-A-7",
  ///       expecting: .noStream)
  ///
  /// For a machine with upcasters, ``Machine/schemaVersion(of:)`` gives the version of an event; pass it as
  /// `schemaVersion`, or use a `TurnRunner`.
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
