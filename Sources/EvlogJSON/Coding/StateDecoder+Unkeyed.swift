/// The elements of an array, or an object's keys and values in turn: a dictionary whose keys are not
/// strings is read so.
struct UnkeyedNode: UnkeyedDecodingContainer {
  let text: JSONText
  let place: Int
  let count: Int?
  /// Where the next element is, if they are asked for as they are written.
  private var next: Int
  /// All places, where an object's members are not in the order of their keys.
  private var order: [Int]?
  private(set) var currentIndex = 0

  /// Nil where there is neither an array nor an object.
  init?(_ text: JSONText, _ place: Int) {
    self.text = text
    self.place = place
    next = place + 1
    let slot = text.slots[place]
    switch slot.kind {
    case .array:
      var count = 0
      var item = next
      while item < slot.extent {
        item = text.after(item)
        count += 1
      }
      self.count = count
    case .object, .checkedObject, .list:
      let places = text.orderedKeys(of: place).flatMap { [$0, $0 + 1] }
      text.slots[place].kind = .list
      count = places.count
      order = places
    default: return nil
    }
  }

  var codingPath: [any CodingKey] { text.path(ofContainer: place) }
  var isAtEnd: Bool { currentIndex >= count ?? 0 }

  private mutating func advance(_ type: Any.Type) throws -> Int {
    guard !isAtEnd else {
      throw DecodingError.valueNotFound(
        type, .init(codingPath: codingPath, debugDescription: "the array ends early"))
    }
    let element = order?[currentIndex] ?? next
    if order == nil { next = text.after(next) }
    currentIndex += 1
    return element
  }

  private mutating func node(_ type: Any.Type) throws -> DecodedNode {
    DecodedNode(text: text, place: try advance(type), container: place)
  }

  // MARK: Nested

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws
    -> KeyedDecodingContainer<Nested>
  { try node(type).container(keyedBy: type) }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try node([Any].self).unkeyedContainer()
  }
  mutating func superDecoder() throws -> any Decoder { try node((any Decoder).self) }

  // MARK: Values

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, text.isNull(order?[currentIndex] ?? next) else { return false }
    _ = try advance(Never.self)
    return true
  }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try text.decode(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: Bool.Type) throws -> Bool {
    try text.bool(at: advance(type), in: place)
  }
  mutating func decode(_ type: String.Type) throws -> String {
    try text.string(at: advance(type), in: place)
  }
  mutating func decode(_ type: Double.Type) throws -> Double {
    try text.double(at: advance(type), in: place)
  }
  mutating func decode(_ type: Float.Type) throws -> Float {
    try text.float(at: advance(type), in: place)
  }
  mutating func decode(_ type: Int.Type) throws -> Int {
    try text.integer(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: Int8.Type) throws -> Int8 {
    try text.integer(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: Int16.Type) throws -> Int16 {
    try text.integer(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: Int32.Type) throws -> Int32 {
    try text.integer(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: Int64.Type) throws -> Int64 {
    try text.integer(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: Int128.Type) throws -> Int128 {
    try text.integer(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: UInt.Type) throws -> UInt {
    try text.integer(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 {
    try text.integer(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 {
    try text.integer(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 {
    try text.integer(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 {
    try text.integer(type, at: advance(type), in: place)
  }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 {
    try text.integer(type, at: advance(type), in: place)
  }
}
