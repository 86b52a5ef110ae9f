// One place of a value, without encoding the others.
extension StateEncoder {
  static func pick(
    _ value: some Encodable, _ steps: ArraySlice<StatePath.Step>, _ path: [any CodingKey]
  ) throws -> JSONValue? {
    guard case .key(let key) = steps.first else { return try Self.value(value, path).at(steps) }
    if let dictionary = value as? any StringKeyed {
      return try dictionary.pick(key, steps.dropFirst(), path)
    }
    if value is any Unordered || value is JSONValue { return try Self.value(value, path).at(steps) }
    let picker = Picker(key, steps.dropFirst(), path)
    try value.encode(to: picker)
    return try picker.value()
  }
}

/// A dictionary in which a key is found without looking at the others.
protocol StringKeyed {
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
  /// What was found directly; where a container was asked for, its tree has it.
  var found: JSONValue?
  var tree: EncodedTree?
  /// Where the value turns out to have no members.
  private var whole: EncodedTree?

  init(_ key: String, _ steps: ArraySlice<StatePath.Step>, _ path: [any CodingKey]) {
    self.key = key
    self.steps = steps
    codingPath = path
  }

  func value() throws -> JSONValue? {
    if let whole { return try whole.value()[key]?.at(steps) }
    return try tree.map { try $0.value().at(steps) } ?? found
  }

  /// An encoder for a member: of the tree that is kept, or of one that is discarded.
  func encoder(_ key: some CodingKey) -> EncodedNode {
    let made = EncodedTree(at: codingPath + [key])
    if key.stringValue.utf8.elementsEqual(self.key.utf8) {
      tree = made
      found = nil
    }
    return EncodedNode(tree: made, node: EncodedTree.root)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(Picked(picker: self))
  }

  private func all() -> EncodedNode {
    let tree = whole ?? EncodedTree(at: codingPath)
    whole = tree
    return EncodedNode(tree: tree, node: EncodedTree.root)
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer { all().unkeyedContainer() }
  func singleValueContainer() -> any SingleValueEncodingContainer { all().singleValueContainer() }
}

private struct Picked<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let picker: Picker
  var codingPath: [any CodingKey] { picker.codingPath }

  func encodeNil(forKey key: Key) { picker.encoder(key).encodeNil() }
  func encode(_ value: some Encodable, forKey key: Key) throws {
    guard key.stringValue.utf8.elementsEqual(picker.key.utf8) else { return }
    picker.tree = nil
    picker.found = try StateEncoder.pick(value, picker.steps, codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
    -> KeyedEncodingContainer<Nested>
  { picker.encoder(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    picker.encoder(key).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { picker.encoder(MemberKey("super")) }
  func superEncoder(forKey key: Key) -> any Encoder { picker.encoder(key) }
}
