/// Writing and reading the integers of the format: little-endian, and LEB128 for the small ones.
extension [UInt8] {
  mutating func appendLittleEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
    var rest = value
    for _ in 0..<(value.bitWidth / 8) {
      append(UInt8(truncatingIfNeeded: rest))
      rest = rest >> 8
    }
  }

  mutating func storeLittleEndian(_ value: some FixedWidthInteger & UnsignedInteger, at index: Int)
  {
    var rest = value
    for i in 0..<(value.bitWidth / 8) {
      self[index + i] = UInt8(truncatingIfNeeded: rest)
      rest = rest >> 8
    }
  }

  func loadLittleEndian<T: FixedWidthInteger & UnsignedInteger>(_: T.Type, at index: Int) -> T {
    var value: T = 0
    for i in 0..<(T.bitWidth / 8) { value |= T(self[index + i]) << T(8 * i) }
    return value
  }

  /// Unsigned LEB128: seven bits a byte, the lowest first.
  mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest &>>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Zigzag, so that small negative numbers stay small.
  mutating func appendSignedVarint(_ value: Int64) {
    appendVarint(UInt64(bitPattern: value &<< 1 ^ value &>> 63))
  }

  mutating func appendString(_ text: String) {
    appendVarint(UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  mutating func padToMultipleOfEight() {
    while count % 8 != 0 { append(0) }
  }
}

/// Reads a run of bytes from the front; running past its end is a thrown error, never a trap.
struct ByteReader {
  /// The bytes ended early, or hold a number that no writer makes.
  struct Malformed: Error {
    let position: Int
  }

  let bytes: [UInt8]
  private(set) var position: Int
  let end: Int

  init(_ bytes: [UInt8], from position: Int = 0, to end: Int? = nil) {
    self.bytes = bytes
    self.position = position
    self.end = Swift.min(end ?? bytes.count, bytes.count)
  }

  var isAtEnd: Bool { position >= end }

  mutating func byte() throws(Malformed) -> UInt8 {
    guard position < end else { throw Malformed(position: position) }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func littleEndian<T: FixedWidthInteger & UnsignedInteger>(_: T.Type) throws(Malformed)
    -> T
  {
    guard end - position >= T.bitWidth / 8 else { throw Malformed(position: position) }
    defer { position += T.bitWidth / 8 }
    return bytes.loadLittleEndian(T.self, at: position)
  }

  mutating func varint() throws(Malformed) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard position < end, shift < 64 else { throw Malformed(position: position) }
      let byte = bytes[position]
      position += 1
      if shift == 63, byte > 1 { throw Malformed(position: position) }
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  mutating func signedVarint() throws(Malformed) -> Int64 {
    let raw = try varint()
    return Int64(bitPattern: raw &>> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// A count that must be within `limit`, so that a damaged one cannot ask for all of memory.
  mutating func count(upTo limit: Int) throws(Malformed) -> Int {
    let value = try varint()
    guard limit >= 0, value <= UInt64(limit) else { throw Malformed(position: position) }
    return Int(value)
  }

  mutating func range(count: Int) throws(Malformed) -> Range<Int> {
    guard count >= 0, end - position >= count else { throw Malformed(position: position) }
    defer { position += count }
    return position..<(position + count)
  }

  mutating func string() throws(Malformed) -> String {
    let range = try range(count: count(upTo: end - position))
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw Malformed(position: range.lowerBound)
    }
    return text
  }
}
