/// Makes a canonical JSON value of any `Encodable` one: the same value gives the same bytes in every
/// process.
///
/// `JSONEncoder` cannot do that: the elements of a set, and dictionaries whose keys are not strings,
/// come in an order that changes from run to run. Here sets are sorted by their elements' canonical
/// bytes, and dictionaries by their keys', whatever the keys are.
public struct StateEncoder {
  public init() {}

  /// Throws `EncodingError` for infinities and NaN, which JSON does not have.
  public func encode(_ value: some Encodable) throws -> JSONValue { try Self.box(value, []) }

  fileprivate static func box(_ value: some Encodable, _ path: [any CodingKey]) throws -> JSONValue
  {
    if let unordered = value as? any Unordered { return try unordered.canonical(path) }
    if let value = value as? JSONValue { return value }
    let node = Node(path)
    try value.encode(to: node)
    return node.value ?? .object(JSONObject())
  }

  fileprivate static func number(_ value: Double, _ path: [any CodingKey]) throws -> JSONValue {
    guard let number = JSONNumber(value) else {
      throw EncodingError.invalidValue(
        value, .init(codingPath: path, debugDescription: "\(value) is not a number of JSON"))
    }
    return .number(number)
  }

  fileprivate static func scalar(_ value: some Encodable, _ path: [any CodingKey]) throws
    -> JSONValue?
  {
    switch value {
    case let value as String: .string(value)
    case let value as Bool: .bool(value)
    case let value as any BinaryInteger: .int(value)
    case let value as Double: try number(value, path)
    case let value as Float where value.isFinite:
      .number(JSONNumber(token: Array(value.description.utf8)[...]))
    case let value as Float: try number(Double(value), path)
    default: nil
    }
  }
}

/// A collection whose order means nothing.
private protocol Unordered {
  func canonical(_ path: [any CodingKey]) throws -> JSONValue
}

extension Set: Unordered where Element: Encodable {
  func canonical(_ path: [any CodingKey]) throws -> JSONValue {
    let items = try map { try StateEncoder.box($0, path) }
    return .array(
      items.map { ($0, $0.canonicalBytes) }
        .sorted { $0.1.lexicographicallyPrecedes($1.1) }.map(\.0))
  }
}

extension Dictionary: Unordered where Key: Encodable, Value: Encodable {
  /// An object where the keys are strings or numbers; else key, value, key, value …, sorted.
  func canonical(_ path: [any CodingKey]) throws -> JSONValue {
    let members = try map { key, value in
      let representable = key as? any CodingKeyRepresentable
      return (
        try representable.map { .string($0.codingKey.stringValue) }
          ?? StateEncoder.box(key, path), try StateEncoder.box(value, path)
      )
    }
    let named = members.compactMap { key, value -> (String, JSONValue)? in
      switch key {
      case .string(let text): (text, value)
      case .number(let number): (number.text, value)
      default: nil
      }
    }
    // Where a number and a string are spelled alike, they are two keys all the same.
    let object = JSONObject(named)
    if object.members.count == members.count { return .object(object) }
    return .array(
      members.map { ($0, $1, $0.canonicalBytes) }
        .sorted { $0.2.lexicographicallyPrecedes($1.2) }.flatMap { [$0.0, $0.1] })
  }
}

/// One value that is being encoded.
private final class Node: Encoder {
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  private var scalar: JSONValue?
  private var members: [(String, Node)]?
  private var items: [Node]?

  init(_ path: [any CodingKey]) { codingPath = path }

  init(_ value: JSONValue, _ path: [any CodingKey]) {
    scalar = value
    codingPath = path
  }

  var value: JSONValue? {
    if let members {
      return .object(JSONObject(members.map { ($0, $1.value ?? .object(JSONObject())) }))
    }
    if let items { return .array(items.map { $0.value ?? .object(JSONObject()) }) }
    return scalar
  }

  func set(_ value: some Encodable) throws {
    scalar = try StateEncoder.scalar(value, codingPath) ?? StateEncoder.box(value, codingPath)
  }

  func setNull() { scalar = .null }

  func add(_ key: any CodingKey) -> Node {
    let node = Node(codingPath + [key])
    members = members ?? []
    members?.append((key.stringValue, node))
    return node
  }

  func add() -> Node {
    let node = Node(codingPath)
    items = items ?? []
    items?.append(node)
    return node
  }

  var count: Int { items?.count ?? 0 }

  func beginObject() { members = members ?? [] }
  func beginArray() { items = items ?? [] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    beginObject()
    return KeyedEncodingContainer(Keyed(node: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    beginArray()
    return Unkeyed(node: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(node: self) }
}

private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: Node
  var codingPath: [any CodingKey] { node.codingPath }

  func encodeNil(forKey key: Key) { node.add(key).setNull() }
  func encode(_ value: some Encodable, forKey key: Key) throws { try node.add(key).set(value) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
    -> KeyedEncodingContainer<Nested>
  { node.add(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    node.add(key).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { node.add(SuperKey()) }
  func superEncoder(forKey key: Key) -> any Encoder { node.add(key) }
}

private struct SuperKey: CodingKey {
  var stringValue: String { "super" }
  var intValue: Int? { nil }
  init() {}
  init?(stringValue: String) { nil }
  init?(intValue: Int) { nil }
}

private struct Unkeyed: UnkeyedEncodingContainer {
  let node: Node
  var codingPath: [any CodingKey] { node.codingPath }
  var count: Int { node.count }

  func encodeNil() { node.add().setNull() }
  func encode(_ value: some Encodable) throws { try node.add().set(value) }
  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type)
    -> KeyedEncodingContainer<Nested>
  { node.add().container(keyedBy: type) }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { node.add().unkeyedContainer() }
  func superEncoder() -> any Encoder { node.add() }
}

private struct Single: SingleValueEncodingContainer {
  let node: Node
  var codingPath: [any CodingKey] { node.codingPath }

  func encodeNil() { node.setNull() }
  func encode(_ value: some Encodable) throws { try node.set(value) }
}
