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

  /// The value at a place of what `encode` would make, or nil where there is none.
  ///
  /// Only what lies on the way there is encoded.
  public func encode(_ value: some Encodable, at path: StatePath) throws -> JSONValue? {
    try Self.pick(value, path.steps[...], [])
  }

  fileprivate static func pick(
    _ value: some Encodable, _ steps: ArraySlice<StatePath.Step>, _ path: [any CodingKey]
  ) throws -> JSONValue? {
    guard case .key(let key) = steps.first else { return try box(value, path).at(steps) }
    if let dictionary = value as? any StringKeyed {
      return try dictionary.pick(key, steps.dropFirst(), path)
    }
    if value is any Unordered || value is JSONValue { return try box(value, path).at(steps) }
    let picker = Picker(key, steps.dropFirst(), path)
    try value.encode(to: picker)
    return picker.value
  }

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
    return KeyedEncodingContainer(KeyedBox(node: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    beginArray()
    return Unkeyed(node: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(node: self) }
}

private struct KeyedBox<Key: CodingKey>: KeyedEncodingContainerProtocol {
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

// MARK: One place of a value

/// A dictionary in which a key is found without looking at the others.
private protocol StringKeyed {
  func pick(_ key: String, _ steps: ArraySlice<StatePath.Step>, _ path: [any CodingKey]) throws
    -> JSONValue?
}

extension Dictionary: StringKeyed where Key == String, Value: Encodable {
  func pick(_ key: String, _ steps: ArraySlice<StatePath.Step>, _ path: [any CodingKey]) throws
    -> JSONValue?
  {
    // Two spellings of one text are the same key to a dictionary, and two to JSON.
    guard let i = index(forKey: key), self[i].key.utf8.elementsEqual(key.utf8) else { return nil }
    return try StateEncoder.pick(self[i].value, steps, path)
  }
}

/// Encodes the member of a value that has a name, and passes over all others.
private final class Picker: Encoder {
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  let key: String
  let steps: ArraySlice<StatePath.Step>
  /// What was found directly; where a container was asked for, its node has it.
  var found: JSONValue?
  var node: Node?
  /// Where the value turns out to have no members.
  private var whole: Node?

  init(_ key: String, _ steps: ArraySlice<StatePath.Step>, _ path: [any CodingKey]) {
    self.key = key
    self.steps = steps
    codingPath = path
  }

  var value: JSONValue? {
    if let whole { return whole.value?[key]?.at(steps) }
    return node.map { ($0.value ?? .object(JSONObject())).at(steps) } ?? found
  }

  /// A node for a member: the one that is kept, or one that nobody looks at.
  func node(_ key: some CodingKey) -> Node {
    let made = Node(codingPath + [key])
    if key.stringValue.utf8.elementsEqual(self.key.utf8) {
      node = made
      found = nil
    }
    return made
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(Picked(picker: self))
  }

  private func all() -> Node {
    let node = whole ?? Node(codingPath)
    whole = node
    return node
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer { all().unkeyedContainer() }
  func singleValueContainer() -> any SingleValueEncodingContainer { all().singleValueContainer() }
}

private struct Picked<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let picker: Picker
  var codingPath: [any CodingKey] { picker.codingPath }

  func encodeNil(forKey key: Key) { picker.node(key).setNull() }
  func encode(_ value: some Encodable, forKey key: Key) throws {
    guard key.stringValue.utf8.elementsEqual(picker.key.utf8) else { return }
    picker.node = nil
    picker.found = try StateEncoder.pick(value, picker.steps, codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
    -> KeyedEncodingContainer<Nested>
  { picker.node(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    picker.node(key).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { picker.node(SuperKey()) }
  func superEncoder(forKey key: Key) -> any Encoder { picker.node(key) }
}
