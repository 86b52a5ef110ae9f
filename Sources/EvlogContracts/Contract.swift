public import EvlogCore
import EvlogJSON

/// Rules for the fields of each event type.
///
///     let contract = try Contract([
///       EventContract("StockReserved", [
///         "sku": .text(matching: #"^[A-Z]-\d+$"#), "quantity": .integer(1...1000),
///         "note": .optional(.text),
///       ])
///     ])
///     try await log.setContract(contract)
///
/// From then on, the log refuses every event that breaks the contract. Types and fields that a contract does not name
/// may be anything, unless the contract or the record is closed.
public struct Contract: Sendable {
  /// The rules by type, sorted by the types' names.
  public let events: [EventContract]
  /// Whether events of other types are refused.
  public let isClosed: Bool
  /// The canonical text, in JSON. Equal contracts have equal texts.
  public let text: String
  /// The digest of the text.
  public let fingerprint: Digest
  let compiled: CompiledContract

  /// The type of the control event that puts a contract into a log, and the stream of these events.
  public static let eventType: String = "evlog.contract"
  /// The most bytes that a contract's text may have.
  public static let byteLimit: Int = 1 << 20

  /// Throws if a rule cannot be checked: a pattern is not supported, a range is empty, or one type and version has two
  /// rules.
  public init(_ events: [EventContract], closed: Bool = false) throws(ContractError) {
    let sorted = events.map(\.normalized).sorted { a, b in
      Name(a.type) == Name(b.type) ? a.since < b.since : Name(a.type) < Name(b.type)
    }
    compiled = try CompiledContract(sorted, isClosed: closed)
    self.events = sorted
    isClosed = closed
    let bytes = Self.json(sorted, isClosed: closed).canonicalBytes
    guard bytes.count <= Self.byteLimit else {
      throw ContractError("", "its text has \(bytes.count) bytes, more than \(Self.byteLimit)")
    }
    text = String(decoding: bytes, as: UTF8.self)
    fingerprint = Digest(of: bytes)
  }
}

extension Contract {
  /// The rules of two machines over the same events.
  ///
  /// Throws if they differ for one event type, or if one allows no other types while the other machine, whose contract
  /// may be nil, does not say which it has.
  public func joined(with other: Contract?) throws(ContractError) -> Contract {
    guard isClosed == (other?.isClosed ?? false) else {
      throw ContractError(
        "", "one machine's allows no other event types, and another one does not say which it has")
    }
    guard let other else { return self }
    for event in events {
      let own = events.filter { Name($0.type) == Name(event.type) }
      let theirs = other.events.filter { Name($0.type) == Name(event.type) }
      guard theirs.isEmpty || theirs == own else {
        throw ContractError(event.type, "two machines say different things of it")
      }
    }
    let known = Set(events.map { Name($0.type) })
    return try Contract(
      events + other.events.filter { !known.contains(Name($0.type)) }, closed: isClosed)
  }
}

extension Contract: Hashable {
  public static func == (a: Contract, b: Contract) -> Bool { Name(a.text) == Name(b.text) }
  public func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}

/// The rule for the data of an event type, from a schema version on.
public struct EventContract: Sendable, Hashable {
  /// The event type.
  public let type: String
  /// The first schema version that the rule applies to; it applies until the type's next rule.
  ///
  /// Events of lower versions have an older shape, and are not checked unless the contract is closed.
  public let since: UInt32
  /// The rule for the data, usually a record.
  public let data: FieldRule

  public init(_ type: String, since: UInt32 = 1, _ data: FieldRule) {
    (self.type, self.since, self.data) = (type, since, data)
  }

  var normalized: EventContract { EventContract(type, since: since, data.normalized) }
}

/// An error in a contract, and where it is.
public struct ContractError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The part of the contract: a type, and the path to a field of its data. Empty for the whole contract.
  public let part: String
  /// The error, as a sentence.
  public let message: String

  init(_ part: String, _ message: String) { (self.part, self.message) = (part, message) }

  public var description: String {
    part.isEmpty ? "The contract is not one: \(message)." : "The contract of \(part): \(message)."
  }
}
