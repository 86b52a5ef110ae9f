/// An encoder of one value, and the container of a value that is nothing but another one.
struct EncodedNode: Encoder, SingleValueEncodingContainer {
  let tree: EncodedTree
  let node: Int

  var codingPath: [any CodingKey] { tree.path(of: node) }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    tree.beginObject(node)
    return KeyedEncodingContainer(EncodedMembers(tree: tree, node: node))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    tree.beginArray(node)
    return EncodedItems(tree: tree, node: node)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  func encodeNil() { tree.encodeNil(at: node) }
  func encode<T: Encodable>(_ value: T) throws { try tree.encode(value, at: node) }
  func encode(_ value: Bool) { tree.encode(value, at: node) }
  func encode(_ value: String) { tree.encode(value, at: node) }
  func encode(_ value: Double) throws { try tree.encode(value, at: node) }
  func encode(_ value: Float) throws { try tree.encode(value, at: node) }
  func encode(_ value: Int) { tree.encode(integer: value, at: node) }
  func encode(_ value: Int8) { tree.encode(integer: value, at: node) }
  func encode(_ value: Int16) { tree.encode(integer: value, at: node) }
  func encode(_ value: Int32) { tree.encode(integer: value, at: node) }
  func encode(_ value: Int64) { tree.encode(integer: value, at: node) }
  func encode(_ value: Int128) { tree.encode(integer: value, at: node) }
  func encode(_ value: UInt) { tree.encode(integer: value, at: node) }
  func encode(_ value: UInt8) { tree.encode(integer: value, at: node) }
  func encode(_ value: UInt16) { tree.encode(integer: value, at: node) }
  func encode(_ value: UInt32) { tree.encode(integer: value, at: node) }
  func encode(_ value: UInt64) { tree.encode(integer: value, at: node) }
  func encode(_ value: UInt128) { tree.encode(integer: value, at: node) }
}

/// The members of an object that is being written.
struct EncodedMembers<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let tree: EncodedTree
  let node: Int

  var codingPath: [any CodingKey] { tree.path(of: node) }

  private func add(_ key: Key) -> EncodedNode {
    EncodedNode(tree: tree, node: tree.add(key.stringValue, to: node))
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
    -> KeyedEncodingContainer<Nested>
  { add(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    add(key).unkeyedContainer()
  }
  func superEncoder() -> any Encoder {
    EncodedNode(tree: tree, node: tree.add("super", to: node))
  }
  func superEncoder(forKey key: Key) -> any Encoder { add(key) }

  func encodeNil(forKey key: Key) { add(key).encodeNil() }
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try add(key).encode(value) }
  func encode(_ value: Bool, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: String, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: Double, forKey key: Key) throws { try add(key).encode(value) }
  func encode(_ value: Float, forKey key: Key) throws { try add(key).encode(value) }
  func encode(_ value: Int, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: Int8, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: Int16, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: Int32, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: Int64, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: Int128, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: UInt, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: UInt8, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: UInt16, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: UInt32, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: UInt64, forKey key: Key) { add(key).encode(value) }
  func encode(_ value: UInt128, forKey key: Key) { add(key).encode(value) }
}

/// The elements of an array that is being written.
struct EncodedItems: UnkeyedEncodingContainer {
  let tree: EncodedTree
  let node: Int

  var codingPath: [any CodingKey] { tree.path(of: node) }
  var count: Int { tree.nodes[node].count }

  private func add() -> EncodedNode { EncodedNode(tree: tree, node: tree.add(to: node)) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type)
    -> KeyedEncodingContainer<Nested>
  { add().container(keyedBy: type) }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { add().unkeyedContainer() }
  func superEncoder() -> any Encoder { add() }

  func encodeNil() { tree.append(to: node) { $0.append("null") } }
  func encode<T: Encodable>(_ value: T) throws {
    // Arrays of texts and numbers come this way.
    if T.self == String.self { return encode(same(value) as String) }
    if T.self == Int.self { return encode(same(value) as Int) }
    if T.self == Int64.self { return encode(same(value) as Int64) }
    try add().encode(value)
  }
  func encode(_ value: Bool) {
    tree.append(to: node) { $0.append(value ? "true" : "false") }
  }
  func encode(_ value: String) {
    tree.append(to: node) { JSONValue.write(value.utf8Span.span, to: &$0) }
  }
  func encode(_ value: Double) throws { try add().encode(value) }
  func encode(_ value: Float) throws { try add().encode(value) }
  func encode(_ value: Int) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
  func encode(_ value: Int8) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
  func encode(_ value: Int16) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
  func encode(_ value: Int32) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
  func encode(_ value: Int64) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
  func encode(_ value: Int128) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
  func encode(_ value: UInt) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
  func encode(_ value: UInt8) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
  func encode(_ value: UInt16) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
  func encode(_ value: UInt32) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
  func encode(_ value: UInt64) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
  func encode(_ value: UInt128) { tree.append(to: node) { JSONNumber.write(value, to: &$0) } }
}
