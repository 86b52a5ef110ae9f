/// Decodes a `Decodable` value from a JSON text, written by ``StateEncoder`` or otherwise.
///
/// It reads the text as ``JSONParser`` does, and makes nothing but the value. Numbers are exact, keys are
/// bytes, the last of repeated keys counts, and an object that is read as a list is key, value, key, value …,
/// in the order of its keys.
public struct StateDecoder {
  public init() {}

  /// Throws `JSONParser.Failure` if the text is not JSON, and `DecodingError` if it does not fit.
  public func decode<T: Decodable>(_ type: T.Type, from text: Span<UInt8>) throws -> T {
    try JSONText.reading(text) { text in
      try text.scan()
      return try text.decode(type, at: text.root, in: JSONText.nowhere)
    }
  }

  public func decode<T: Decodable>(_ type: T.Type, from text: ArraySlice<UInt8>) throws -> T {
    try decode(type, from: text.span)
  }

  public func decode<T: Decodable>(_ type: T.Type, from text: String) throws -> T {
    try decode(type, from: text.utf8Span.span)
  }

  /// Makes a value of the object that has a text's value under a name, and nothing else.
  package func decode<T: Decodable>(
    _ type: T.Type, from text: Span<UInt8>, under name: String
  ) throws -> T {
    try JSONText.reading(text) { text in
      try text.scan(under: name)
      return try text.decode(type, at: text.root, in: JSONText.nowhere)
    }
  }
}

/// How a type is decoded.
enum DecodedKind {
  /// By itself.
  case plain
  /// As a tree of JSON.
  case tree
  /// As a whole number of a custom type.
  case integer(any FixedWidthInteger.Type)
  /// As a collection.
  case whole(any DecodedWhole.Type)

  init(_ type: Any.Type) {
    if type == JSONValue.self {
      self = .tree
    } else if let type = type as? any FixedWidthInteger.Type {
      self = .integer(type)
    } else if let type = type as? any DecodedWhole.Type {
      self = .whole(type)
    } else {
      self = .plain
    }
  }
}

extension JSONText {
  /// The value of any type that is at a place.
  func decode<T: Decodable>(_ type: T.Type, at place: Int, in container: Int) throws -> T {
    if type == String.self { return try same(string(at: place, in: container)) }
    if type == Int.self { return try same(integer(Int.self, at: place, in: container)) }
    if type == Double.self { return try same(double(at: place, in: container)) }
    if type == Bool.self { return try same(bool(at: place, in: container)) }
    if type == Int64.self { return try same(integer(Int64.self, at: place, in: container)) }
    if type == UInt64.self { return try same(integer(UInt64.self, at: place, in: container)) }
    if type == Float.self { return try same(float(at: place, in: container)) }
    switch types.treatment(of: type, { DecodedKind(type) }) {
    case .plain: return try T(from: DecodedNode(text: self, place: place, container: container))
    case .tree: return same(value(at: place))
    case .integer(let integer):
      func decode<I: FixedWidthInteger>(_ type: I.Type) throws -> T {
        try same(slowInteger(type, at: place, in: container))
      }
      return try decode(integer)
    case .whole(let collection):
      func decode<C: DecodedWhole>(_ type: C.Type) throws -> T {
        same(try type.decoding(self, at: place, in: container))
      }
      return try decode(collection)
    }
  }
}

/// A value at a place of a text.
struct DecodedNode: Decoder, SingleValueDecodingContainer {
  let text: JSONText
  let place: Int
  /// Where the array or object is that it is in.
  let container: Int

  var codingPath: [any CodingKey] { text.path(of: place, in: container) }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    switch text.slots[place].kind {
    case .checkedObject: break
    case .object: text.check(place)
    case .list: text.slots[place].kind = .checkedObject
    default: throw text.mismatch([String: Any].self, at: place, in: container)
    }
    return KeyedDecodingContainer(KeyedNode(text: text, place: place))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let list = UnkeyedNode(text, place) else {
      throw text.mismatch([Any].self, at: place, in: container)
    }
    return list
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  func decodeNil() -> Bool { text.isNull(place) }
  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try text.decode(type, at: place, in: container)
  }
  func decode(_ type: Bool.Type) throws -> Bool { try text.bool(at: place, in: container) }
  func decode(_ type: String.Type) throws -> String { try text.string(at: place, in: container) }
  func decode(_ type: Double.Type) throws -> Double { try text.double(at: place, in: container) }
  func decode(_ type: Float.Type) throws -> Float { try text.float(at: place, in: container) }
  func decode(_ type: Int.Type) throws -> Int {
    try text.integer(type, at: place, in: container)
  }
  func decode(_ type: Int8.Type) throws -> Int8 {
    try text.integer(type, at: place, in: container)
  }
  func decode(_ type: Int16.Type) throws -> Int16 {
    try text.integer(type, at: place, in: container)
  }
  func decode(_ type: Int32.Type) throws -> Int32 {
    try text.integer(type, at: place, in: container)
  }
  func decode(_ type: Int64.Type) throws -> Int64 {
    try text.integer(type, at: place, in: container)
  }
  func decode(_ type: Int128.Type) throws -> Int128 {
    try text.integer(type, at: place, in: container)
  }
  func decode(_ type: UInt.Type) throws -> UInt {
    try text.integer(type, at: place, in: container)
  }
  func decode(_ type: UInt8.Type) throws -> UInt8 {
    try text.integer(type, at: place, in: container)
  }
  func decode(_ type: UInt16.Type) throws -> UInt16 {
    try text.integer(type, at: place, in: container)
  }
  func decode(_ type: UInt32.Type) throws -> UInt32 {
    try text.integer(type, at: place, in: container)
  }
  func decode(_ type: UInt64.Type) throws -> UInt64 {
    try text.integer(type, at: place, in: container)
  }
  func decode(_ type: UInt128.Type) throws -> UInt128 {
    try text.integer(type, at: place, in: container)
  }
}
