/// gzip without compression (RFC 1951, RFC 1952), for what is to be read compressed.
enum Gzip {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
  }

  /// One member.
  static func stored(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
    var rest = bytes
    repeat {
      let part = rest.prefix(0xFFFF)
      rest = rest.dropFirst(part.count)
      result.append(rest.isEmpty ? 1 : 0)
      result += FileBytes.littleEndian(UInt64(part.count), 2)
      result += FileBytes.littleEndian(UInt64(~UInt16(part.count)), 2)
      result += part
    } while !rest.isEmpty
    let crc = ~bytes.reduce(~0 as UInt32) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
    return result + FileBytes.littleEndian(UInt64(crc), 4)
      + FileBytes.littleEndian(UInt64(bytes.count), 4)
  }
}
