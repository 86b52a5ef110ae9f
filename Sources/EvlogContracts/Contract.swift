public import EvlogCore
import EvlogJSON

/// What the fields of each event type may be.
///
///     let contract = try Contract([
///       EventContract("StockReserved", [
///         "sku": .text(matching: #"^[A-Z]-\d+$"#), "quantity": .integer(1...1000),
///         "note": .optional(.text),
///       ])
///     ])
///     try await log.setContract(contract)
///
/// From then on, the log takes no event that breaks it. A type, or a field, that a contract does not name may be
/// anything; one that is closed refuses it.
public struct Contract: Sendable {
  /// What it says of each type, in the order of the types' names.
  public let events: [EventContract]
  /// Whether events of other types are refused.
  public let isClosed: Bool
  /// Its one text, in JSON: equal contracts have equal texts.
  public let text: String
  /// The digest of the text.
  public let fingerprint: Digest
  let compiled: CompiledContract

  /// The type of the control event that puts a contract into a log, and the stream of these events.
  public static let eventType: String = "evlog.contract"
  /// How many bytes a contract's text may have.
  public static let byteLimit: Int = 1 << 20

  /// Throws if a rule says nothing that could be checked: an unknown pattern, a range that is empty, two rules for
  /// one type and version.
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

extension Contract: Hashable {
  public static func == (a: Contract, b: Contract) -> Bool { Name(a.text) == Name(b.text) }
  public func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}

/// What the data of an event type may be, from a schema version on.
public struct EventContract: Sendable, Hashable {
  /// The event type.
  public let type: String
  /// The schema version from which it holds, until the next one for the type.
  ///
  /// Events of lower versions are of an older shape. A contract that is not closed says nothing of them.
  public let since: UInt32
  /// What the data may be: mostly a record.
  public let data: FieldRule

  public init(_ type: String, since: UInt32 = 1, _ data: FieldRule) {
    (self.type, self.since, self.data) = (type, since, data)
  }

  var normalized: EventContract { EventContract(type, since: since, data.normalized) }
}

/// What is wrong with a contract, and in which part of it.
public struct ContractError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The part: a type, and the way to a field in its data. Empty if it is the whole.
  public let part: String
  /// What is wrong.
  public let message: String

  init(_ part: String, _ message: String) { (self.part, self.message) = (part, message) }

  public var description: String {
    part.isEmpty ? "The contract is not one: \(message)." : "The contract of \(part): \(message)."
  }
}
