/// Makes a `Decodable` value of what ``StateEncoder`` wrote, or of any JSON.
public struct StateDecoder {
  public init() {}

  /// Makes a value of its JSON, numbers exactly. Throws `DecodingError`.
  public func decode<T: Decodable>(_ type: T.Type, from value: JSONValue) throws -> T {
    try DecodedNode(value, []).decode(type)
  }
}

private struct DecodedNode: Decoder {
  let value: JSONValue
  let codingPath: [any CodingKey]
  /// Whether the value was the key of an object, so that a number is spelled as a string.
  let isKey: Bool
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ value: JSONValue, _ path: [any CodingKey], isKey: Bool = false) {
    self.value = value
    codingPath = path
    self.isKey = isKey
  }

  func mismatch(_ type: Any.Type) -> DecodingError {
    .typeMismatch(
      type,
      .init(codingPath: codingPath, debugDescription: "expected \(type), found \(value.kind)"))
  }

  private func misfit(_ text: String, _ type: Any.Type) -> DecodingError {
    .dataCorrupted(
      .init(codingPath: codingPath, debugDescription: "\(text) does not fit \(type)"))
  }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    if type == JSONValue.self, let result = value as? T { return result }
    if let result = try scalar(type) { return result }
    return try T(from: self)
  }

  private func scalar<T>(_ type: T.Type) throws -> T? {
    switch type {
    case is String.Type: return try string() as? T
    case is Bool.Type:
      guard case .bool(let result) = value else { throw mismatch(type) }
      return result as? T
    case is Double.Type: return try double(type) as? T
    case is Float.Type: return Float(try decimal(type)) as? T
    case let integer as any FixedWidthInteger.Type: return try self.integer(integer) as? T
    default: return nil
    }
  }

  func string() throws -> String {
    guard case .string(let result) = value else { throw mismatch(String.self) }
    return result
  }

  /// The text of a number, which the key of an object is too.
  func decimal(_ type: Any.Type) throws -> String {
    switch value {
    case .number(let number): return number.text
    case .string(let key) where isKey: return key
    default: throw mismatch(type)
    }
  }

  func double(_ type: Any.Type) throws -> Double {
    let text = try decimal(type)
    guard let result = Double(text) else { throw misfit(text, type) }
    return result
  }

  func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
    let text = try decimal(type)
    guard let result = T(text) else { throw misfit(text, type) }
    return result
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let object) = value else { throw mismatch([String: Any].self) }
    return KeyedDecodingContainer(KeyedNode(node: self, object: object))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    switch value {
    case .array(let items): return UnkeyedNode(node: self, items: items.map { ($0, false) })
    case .object(let object):
      // A dictionary whose keys are not strings reads key, value, key, value …
      return UnkeyedNode(
        node: self,
        items: object.members.flatMap { [(.string($0.key), true), ($0.value, false)] })
    default: throw mismatch([Any].self)
    }
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { SingleNode(node: self) }
}

extension JSONValue {
  fileprivate var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number(let number): "the number \(number)"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

private struct KeyedNode<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let node: DecodedNode
  let object: JSONObject
  var codingPath: [any CodingKey] { node.codingPath }
  var allKeys: [Key] { object.members.compactMap { Key(stringValue: $0.key) } }

  private func child(_ key: Key) throws -> DecodedNode {
    guard let value = object[key.stringValue] else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: codingPath, debugDescription: "'\(key.stringValue)' is missing"))
    }
    return DecodedNode(value, codingPath + [key])
  }

  func contains(_ key: Key) -> Bool { object[key.stringValue] != nil }
  func decodeNil(forKey key: Key) throws -> Bool {
    if case .null = try child(key).value { true } else { false }
  }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try child(key).decode(type)
  }
  func nestedContainer<N: CodingKey>(keyedBy type: N.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<N>
  { try child(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try child(key).unkeyedContainer()
  }
  func superDecoder() throws -> any Decoder {
    DecodedNode(object["super"] ?? .null, codingPath)
  }
  func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
}

private struct UnkeyedNode: UnkeyedDecodingContainer {
  let node: DecodedNode
  let items: [(JSONValue, Bool)]
  var currentIndex = 0
  var codingPath: [any CodingKey] { node.codingPath }
  var count: Int? { items.count }
  var isAtEnd: Bool { currentIndex >= items.count }

  init(node: DecodedNode, items: [(JSONValue, Bool)]) {
    self.node = node
    self.items = items
  }

  private mutating func next(_ type: Any.Type) throws -> DecodedNode {
    guard !isAtEnd else {
      throw DecodingError.valueNotFound(
        type, .init(codingPath: codingPath, debugDescription: "the array ends early"))
    }
    defer { currentIndex += 1 }
    return DecodedNode(items[currentIndex].0, codingPath, isKey: items[currentIndex].1)
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, case .null = items[currentIndex].0 else { return false }
    currentIndex += 1
    return true
  }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next(type).decode(type) }
  mutating func nestedContainer<N: CodingKey>(keyedBy type: N.Type) throws
    -> KeyedDecodingContainer<N>
  { try next(type).container(keyedBy: type) }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next([Any].self).unkeyedContainer()
  }
  mutating func superDecoder() throws -> any Decoder { try next((any Decoder).self) }
}

private struct SingleNode: SingleValueDecodingContainer {
  let node: DecodedNode
  var codingPath: [any CodingKey] { node.codingPath }

  func decodeNil() -> Bool { if case .null = node.value { true } else { false } }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try node.decode(type) }
}
