import EvlogCore
import EvlogJSON
import EvlogStore

/// What a record of Debezium says, whatever is around it: a line of `kcat -J`, a pair of key and value, or the value
/// alone, each with or without its schema.
enum DebeziumRecord {
  /// A change of a row, with the transaction that it belongs to.
  case change(NewEvent, transaction: (id: String, order: UInt64)?)
  /// The end of a transaction, and how many events it has.
  case end(transaction: String, count: UInt64)
  /// What is no change of a row.
  case other(PassedOver.Kind)

  /// Why a record is none.
  struct Malformed: Error {
    let problem: SourceError.Problem
    init(_ message: String) { problem = .malformed(message) }
    init(_ problem: SourceError.Problem) { self.problem = problem }
  }

  /// Paths that are looked for together, by their names.
  private struct Shape {
    let paths: JSONPaths?
    private let places: [String: Int]

    init(_ names: [String]) {
      paths = JSONPaths(
        names.map { StatePath($0.split(separator: ".").map { .key(String($0)) }) })
      places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    }

    func place(_ name: String) -> Int? { places[name] }
  }

  private static let outer = Shape(["topic", "key", "payload", "value"])
  private static let wrapped = Shape(["schema", "payload", "op"])
  private static let envelope = Shape([
    "op", "before", "after", "source", "transaction", "ts_ms", "ts_us", "ts_ns", "status", "id",
    "event_count", "ddl", "message", "transaction.id", "transaction.total_order", "source.db",
    "source.schema", "source.table", "source.collection", "source.ts_ms", "source.ts_us",
    "source.ts_ns",
  ])

  /// What a text has at the paths of a shape.
  private struct Values {
    private let shape: Shape
    private let bytes: ArraySlice<UInt8>
    private var ranges: [Range<Int>?] = []

    init(_ bytes: ArraySlice<UInt8>, _ shape: Shape) throws(Malformed) {
      (self.shape, self.bytes) = (shape, bytes)
      var mayRepeatKeys = false
      do {
        try shape.paths?.find(in: bytes.span, into: &ranges, mayRepeatKeys: &mayRepeatKeys)
      } catch {
        throw Malformed("this is not JSON: \(error.message).")
      }
    }

    private func found(_ name: String) -> ArraySlice<UInt8>? {
      guard let place = shape.place(name), let range = ranges[place] else { return nil }
      let start = bytes.startIndex
      return bytes[(start + range.lowerBound)..<(start + range.upperBound)]
    }

    /// What is there; null is not.
    subscript(name: String) -> ArraySlice<UInt8>? {
      found(name).flatMap { $0.first == UInt8(ascii: "n") ? nil : $0 }
    }

    func has(_ name: String) -> Bool { found(name) != nil }

    func text(_ name: String) -> String? {
      self[name].map { EventLine.text($0) ?? String(decoding: $0, as: UTF8.self) }
    }

    func number(_ name: String) -> UInt64? { text(name).flatMap { UInt64($0) } }
  }

  /// `keys` are the columns of the key, for records that have none.
  init(_ record: [UInt8], keys: [String]) throws(Malformed) {
    let outer = try Values(record[...], Self.outer)
    let isDump = outer.has("topic") && outer.has("payload")
    let isPair = outer.has("value") && outer.has("key")
    let value = isDump ? outer["payload"] : isPair ? outer["value"] : record[...]
    guard let unwrapped = try Self.unwrapped(value) else {
      self = .other(.tombstone)
      return
    }
    let key = isDump || isPair ? try Self.unwrapped(outer["key"]) : nil
    try self.init(unwrapped, key: key, keys: keys)
  }

  /// A value without its schema, and out of the text that it may be in; nil for null.
  private static func unwrapped(_ value: ArraySlice<UInt8>?) throws(Malformed) -> ArraySlice<UInt8>?
  {
    guard var value else { return nil }
    if let text = EventLine.text(value) {
      // A key may be a plain text.
      guard JSONValue(validating: text) != nil else { return value }
      value = Array(text.utf8)[...]
    }
    if value.first == UInt8(ascii: "n") { return nil }
    let parts = try Values(value, wrapped)
    return parts.has("schema") && parts.has("payload") && !parts.has("op")
      ? parts["payload"] : value
  }

  private init(_ bytes: ArraySlice<UInt8>, key: ArraySlice<UInt8>?, keys: [String])
    throws(Malformed)
  {
    let values = try Values(bytes, Self.envelope)
    guard let op = values.text("op") else {
      self = try Self.withoutChange(values)
      return
    }
    let kinds = [
      "c": "created", "u": "updated", "d": "deleted", "r": "snapshot", "t": "truncated",
      "m": "message",
    ]
    guard let type = kinds[op] else {
      throw Malformed("'op' is '\(op)'; it must be one of c, u, d, r, t, m.")
    }
    let space = values.text("source.schema") ?? values.text("source.db")
    let name = values.text("source.table") ?? values.text("source.collection")
    guard let name = name ?? (op == "m" ? "messages" : nil) else {
      throw Malformed("'source' names no table.")
    }
    let table = space.map { "\($0).\(name)" } ?? name
    var event = NewEvent(stream: table, type: type, data: [])
    if op != "t", op != "m" {
      let id = try Self.key(key, keys, values["after"] ?? values["before"])
      event.stream = "\(table)/\(id)"
    }
    event.data =
      op == "m"
      ? Array(OneLine.json(values["message"] ?? [])) : Self.object(values, ["before", "after"])
    event.metadata = Self.object(values, ["source", "transaction"])
    event.recordedAt = Self.time(values)
    var transaction: (id: String, order: UInt64)?
    if let id = values.text("transaction.id") {
      let order = values.number("transaction.total_order") ?? 0
      transaction = (id, order)
      event.correlation = id
      if order > 0 { event.id = "\(id)/\(order)" }
    }
    do { try event.check() } catch { throw Malformed(error.description) }
    self = .change(event, transaction: transaction)
  }

  private static func withoutChange(_ values: Values) throws(Malformed) -> DebeziumRecord {
    switch values.text("status") {
    case "BEGIN": return .other(.transactionMarker)
    case "END":
      guard let id = values.text("id"), let count = values.number("event_count") else {
        throw Malformed("the end of a transaction has no 'id' or no 'event_count'.")
      }
      return .end(transaction: id, count: count)
    default: break
    }
    if values.has("ddl") { return .other(.schemaChange) }
    if values.has("ts_ms"), !values.has("after"), !values.has("before") {
      return .other(.heartbeat)
    }
    throw Malformed("there is no 'op', as an envelope of Debezium has.")
  }

  /// The values of a key, joined by commas.
  private static func key(
    _ key: ArraySlice<UInt8>?, _ columns: [String], _ row: ArraySlice<UInt8>?
  ) throws(Malformed) -> String {
    func text(_ value: JSONValue) -> String { value.stringValue ?? value.canonicalText }
    if let key {
      guard let value = JSONValue(validating: key) else { throw Malformed("the key is not JSON.") }
      guard case .object(let object) = value else { return text(value) }
      return object.members.map { text($0.value) }.joined(separator: ",")
    }
    guard !columns.isEmpty else {
      throw Malformed(.noKey)
    }
    let value = row.flatMap { JSONValue(validating: $0) }
    var texts: [String] = []
    for column in columns {
      guard let part = value?[column] else {
        throw Malformed("the row has no '\(column)', which is a column of the key.")
      }
      texts.append(text(part))
    }
    return texts.joined(separator: ",")
  }

  private static func object(_ values: Values, _ names: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for name in names where values.has(name) {
      bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
      bytes += "\"\(name)\":".utf8
      bytes += values[name] ?? Array("null".utf8)[...]
    }
    if bytes.isEmpty { bytes.append(UInt8(ascii: "{")) }
    return Array(OneLine.json((bytes + [UInt8(ascii: "}")])[...]))
  }

  /// When the database changed, or else when the connector saw it.
  private static func time(_ values: Values) -> Timestamp? {
    for prefix in ["source.", ""] {
      for (name, format) in [
        ("ts_ns", TimeFormat.epochNanoseconds), ("ts_us", .epochMicroseconds),
        ("ts_ms", .epochMilliseconds),
      ] {
        if let time = values.text(prefix + name).flatMap({ format.time($0) }) { return time }
      }
    }
    return nil
  }
}
