/// The members of an object.
struct KeyedNode<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let text: JSONText
  let place: Int

  var codingPath: [any CodingKey] { text.path(ofContainer: place) }

  var allKeys: [Key] {
    // Who decodes an enum asks for them, of an object with one member.
    if let only = text.onlyKey(of: place) {
      guard let key = Key(stringValue: text.key(at: only)) else { return [] }
      return [key]
    }
    let places = text.orderedKeys(of: place)
    // A loop, because closures of generic types are made again each time.
    var keys: [Key] = []
    for place in places {
      if let key = Key(stringValue: text.key(at: place)) { keys.append(key) }
    }
    return keys
  }

  func contains(_ key: Key) -> Bool { text.find(key.stringValue, in: place) != nil }

  @inline(__always) private func find(_ key: Key) throws -> Int {
    guard let value = text.find(key.stringValue, in: place) else { throw missing(key) }
    return value
  }

  @inline(never) private func missing(_ key: Key) -> DecodingError {
    .keyNotFound(
      key, .init(codingPath: codingPath, debugDescription: "'\(key.stringValue)' is missing"))
  }

  /// The place of a value that is there and is not null.
  @inline(__always) private func present(_ key: Key) -> Int? {
    guard let value = text.find(key.stringValue, in: place), !text.isNull(value) else { return nil }
    return value
  }

  private func node(_ key: Key) throws -> DecodedNode {
    DecodedNode(text: text, place: try find(key), container: place)
  }

  // MARK: Nested

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<Nested>
  { try node(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try node(key).unkeyedContainer()
  }
  func superDecoder() -> any Decoder {
    DecodedNode(
      text: text, place: text.find("super", in: place) ?? JSONText.null, container: place)
  }
  func superDecoder(forKey key: Key) throws -> any Decoder { try node(key) }

  // MARK: Values

  func decodeNil(forKey key: Key) throws -> Bool { text.isNull(try find(key)) }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try text.decode(type, at: find(key), in: place)
  }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
    try text.bool(at: find(key), in: place)
  }
  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    try text.string(at: find(key), in: place)
  }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
    try text.double(at: find(key), in: place)
  }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
    try text.float(at: find(key), in: place)
  }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
    try text.integer(type, at: find(key), in: place)
  }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 {
    try text.integer(type, at: find(key), in: place)
  }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 {
    try text.integer(type, at: find(key), in: place)
  }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 {
    try text.integer(type, at: find(key), in: place)
  }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
    try text.integer(type, at: find(key), in: place)
  }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 {
    try text.integer(type, at: find(key), in: place)
  }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt {
    try text.integer(type, at: find(key), in: place)
  }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 {
    try text.integer(type, at: find(key), in: place)
  }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
    try text.integer(type, at: find(key), in: place)
  }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
    try text.integer(type, at: find(key), in: place)
  }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
    try text.integer(type, at: find(key), in: place)
  }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 {
    try text.integer(type, at: find(key), in: place)
  }

  // MARK: What may be absent

  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    try present(key).map { try text.decode(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
    try present(key).map { try text.bool(at: $0, in: place) }
  }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
    try present(key).map { try text.string(at: $0, in: place) }
  }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
    try present(key).map { try text.double(at: $0, in: place) }
  }
  func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
    try present(key).map { try text.float(at: $0, in: place) }
  }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: Int128.Type, forKey key: Key) throws -> Int128? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
  func decodeIfPresent(_ type: UInt128.Type, forKey key: Key) throws -> UInt128? {
    try present(key).map { try text.integer(type, at: $0, in: place) }
  }
}
