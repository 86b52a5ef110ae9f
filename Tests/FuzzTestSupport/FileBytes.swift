/// The numbers and the checksum of FORMAT.md, written from it and not from the library.
struct FileBytes {
  var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  /// A number in `width` bytes, little-endian; 0 where the file has ended.
  func number(_ at: Int, _ width: Int = 4) -> UInt64 {
    guard at >= 0, at + width <= bytes.count else { return 0 }
    return bytes[at..<(at + width)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Puts a number, as far as the file reaches.
  mutating func put(_ value: UInt64, at: Int, _ width: Int = 4) {
    for i in 0..<width where at + i < bytes.count {
      bytes[at + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * i))
    }
  }

  /// A varint and the position after it; nil where it does not end.
  func varint(_ at: Int) -> (value: UInt64, next: Int)? {
    var value: UInt64 = 0
    for i in 0..<10 where at + i < bytes.count {
      value |= UInt64(bytes[at + i] & 0x7F) << UInt64(7 * i)
      if bytes[at + i] < 0x80 { return (value, at + i + 1) }
    }
    return nil
  }

  static func varint(_ value: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func littleEndian(_ value: UInt64, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  // MARK: CRC-32C

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0x82F6_3B78 }
  }

  static func checksum(_ bytes: some Sequence<UInt8>, after seed: UInt64 = 0) -> UInt64 {
    UInt64(
      ~bytes.reduce(~UInt32(truncatingIfNeeded: seed)) { crc, byte in
        table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ crc >> 8
      })
  }

  func checksum(_ range: Range<Int>, after seed: UInt64 = 0) -> UInt64 {
    Self.checksum(bytes[range.clamped(to: 0..<bytes.count)], after: seed)
  }

  static func placeSeed(salt: UInt64, _ position: Int) -> UInt64 {
    checksum(littleEndian(salt, 8) + littleEndian(UInt64(position), 8))
  }
}
