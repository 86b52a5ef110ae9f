public import EvlogContracts
import EvlogJSON
import SystemPackage

/// The contract that a log has, and the event that put it there.
public struct ContractInForce: Sendable, Hashable {
  /// The contract.
  public let contract: Contract
  /// The offset of the event that put the contract into the log. Every later event satisfies it, unless another
  /// contract followed.
  public let offset: Offset
}

extension EventLog {
  /// The contract that holds for the next event; nil if there is none.
  ///
  /// It is found by the index of streams, without reading the log.
  public func contract() throws(EventLogError) -> ContractInForce? {
    guard let event = try lastContractEvent() else { return nil }
    return try ContractEvent(event, in: path).contract.map {
      ContractInForce(contract: $0, offset: event.offset)
    }
  }

  /// Lets the log take only events that satisfy a contract, from its end on; nil lets it take any event again.
  ///
  /// The contract is an event of the log, so copies of the log have it, and truncating the log to before it removes
  /// it. What is in the log already is not judged. If the same contract is in force, nothing is written. Throws
  /// `wrongExpectedRevision` if another contract was set at the same time.
  @discardableResult
  public func setContract(_ contract: Contract?) async throws(EventLogError) -> ContractInForce? {
    let last = try lastContractEvent()
    let known = try last.map { event throws(EventLogError) in try ContractEvent(event, in: path) }
    if known?.contract == contract {
      return try self.contract()
    }
    let turn = Turn(
      own: [ContractEvent(contract: contract).event],
      expecting: [Contract.eventType: last.map { .revision($0.revision) } ?? .noStream])
    let appended = try await append(turn)
    return contract.map { ContractInForce(contract: $0, offset: appended.offsets.lowerBound) }
  }

  private func lastContractEvent() throws(EventLogError) -> RecordedEvent? {
    guard try lastRevision(of: Contract.eventType) != nil else { return nil }
    var cursor = events(Query(stream: Contract.eventType, isBackwards: true, limit: 1)).makeCursor()
    return try cursor.next()
  }
}

/// The control event that puts a contract into a log, or takes it away.
struct ContractEvent {
  /// The contract in force from this event on; nil if there is none from here on.
  let contract: Contract?

  init(contract: Contract?) { self.contract = contract }

  init(_ event: RecordedEvent, in path: FilePath) throws(EventLogError) {
    do { try self.init(NewEvent(recorded: event)) } catch {
      throw EventLogError(
        .newerFormat, "The log's contract cannot be read: \(error)", file: path,
        offsets: event.offset..<event.offset + 1,
        advice: "A later version of evlog may have set it. Events can be read, but not appended.")
    }
  }

  /// Throws where the event is not what evlog writes.
  init(_ event: NewEvent) throws {
    let data = try JSONParser.parse(event.data.span)
    guard event.stream == Contract.eventType, event.type == Contract.eventType,
      let json = data["contract"], let fingerprint = data["fingerprint"]
    else { throw NotAContract() }
    contract = json == .null ? nil : try Contract(json: json)
    guard fingerprint == Self.fingerprint(of: contract) else { throw NotAContract() }
  }

  struct NotAContract: Error, CustomStringConvertible {
    let description =
      "The event must have its contract, with the fingerprint, in the stream '\(Contract.eventType)'."
  }

  private static func fingerprint(of contract: Contract?) -> JSONValue {
    contract.map { .string("\($0.fingerprint)") } ?? .null
  }

  var event: NewEvent {
    let data = JSONValue.object([
      ("contract", contract?.json ?? .null), ("fingerprint", Self.fingerprint(of: contract)),
    ])
    return NewEvent(
      stream: Contract.eventType, type: Contract.eventType, data: data.canonicalBytes)
  }
}
