/// Bytes in lines of sixteen, with their place and what is printable of them, as in FORMAT.md.
enum HexDump {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Lines of `bytes`, the first of which is at `start` of its file.
  ///
  /// Lines of zeros after one are left out, and said in one.
  static func lines(_ bytes: [UInt8], at start: UInt64) -> [String] {
    let last = String(start + UInt64(bytes.count), radix: 16).count
    let width = max(4, last + last % 2)
    var lines: [String] = []
    var skipped = 0
    var wasZero = false
    for from in stride(from: 0, to: bytes.count, by: 16) {
      let row = bytes[from..<min(from + 16, bytes.count)]
      let isZero = row.count == 16 && row.allSatisfy { $0 == 0 }
      if isZero, wasZero {
        skipped += 1
        continue
      }
      note(&skipped, &lines)
      wasZero = isZero
      lines.append(line(row, at: start + UInt64(from), width))
    }
    note(&skipped, &lines)
    return lines
  }

  private static func note(_ skipped: inout Int, _ lines: inout [String]) {
    if skipped > 0 { lines.append("*     \(Words.count(skipped, "more line")) of zeros") }
    skipped = 0
  }

  private static func line(_ row: ArraySlice<UInt8>, at position: UInt64, _ width: Int) -> String {
    let place = String(position, radix: 16)
    var text = Array((String(repeating: "0", count: width - place.count) + place + " ").utf8)
    for i in row.indices {
      text += [0x20, digits[Int(row[i] >> 4)], digits[Int(row[i] & 15)]]
    }
    text += [UInt8](repeating: 0x20, count: 3 * (16 - row.count) + 2)
    text.append(UInt8(ascii: "|"))
    text += row.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: ".") }
    text.append(UInt8(ascii: "|"))
    return String(decoding: text, as: UTF8.self)
  }
}
