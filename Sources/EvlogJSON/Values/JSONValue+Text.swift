public import EvlogCore

extension JSONValue {
  /// The one text of this value: no spaces, keys in the order of their bytes, exact numbers.
  public var canonicalText: String { String(decoding: canonicalBytes, as: UTF8.self) }

  /// The canonical text in UTF-8: equal values have equal bytes.
  public var canonicalBytes: [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return bytes
  }

  /// The digest of the canonical text: equal states have equal digests in every process.
  public var digest: Digest { Digest(of: canonicalBytes) }

  /// The text over several lines, for people.
  public var prettyText: String {
    var bytes: [UInt8] = []
    writePretty(to: &bytes, indent: 0)
    return String(decoding: bytes, as: UTF8.self)
  }

  package func write(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let value): bytes.append(contentsOf: value.text.utf8)
    case .string(let value): Self.write(value, to: &bytes)
    case .array(let items):
      bytes.append(UInt8(ascii: "["))
      for (i, item) in items.enumerated() {
        if i > 0 { bytes.append(UInt8(ascii: ",")) }
        item.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for (i, member) in object.members.enumerated() {
        if i > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.write(member.key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        member.value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private func writePretty(to bytes: inout [UInt8], indent: Int) {
    func newLine(_ depth: Int) {
      bytes.append(UInt8(ascii: "\n"))
      bytes.append(contentsOf: [UInt8](repeating: 0x20, count: 2 * depth))
    }
    switch self {
    case .array(let items) where !items.isEmpty:
      bytes.append(UInt8(ascii: "["))
      for (i, item) in items.enumerated() {
        if i > 0 { bytes.append(UInt8(ascii: ",")) }
        newLine(indent + 1)
        item.writePretty(to: &bytes, indent: indent + 1)
      }
      newLine(indent)
      bytes.append(UInt8(ascii: "]"))
    case .object(let object) where !object.members.isEmpty:
      bytes.append(UInt8(ascii: "{"))
      for (i, member) in object.members.enumerated() {
        if i > 0 { bytes.append(UInt8(ascii: ",")) }
        newLine(indent + 1)
        Self.write(member.key, to: &bytes)
        bytes.append(contentsOf: ": ".utf8)
        member.value.writePretty(to: &bytes, indent: indent + 1)
      }
      newLine(indent)
      bytes.append(UInt8(ascii: "}"))
    default: write(to: &bytes)
    }
  }

  /// A string in quotes, with the escapes that RFC 8259 asks for and no others.
  package static func write(_ text: String, to bytes: inout [UInt8]) {
    write(text.utf8Span.span, to: &bytes)
  }

  /// The same of bytes that are known to be UTF-8.
  package static func write(utf8 text: Span<UInt8>, to bytes: inout [UInt8]) {
    write(text, to: &bytes)
  }

  static func write(_ text: Span<UInt8>, to bytes: inout some ByteSink) {
    bytes.append(UInt8(ascii: "\""))
    var start = 0
    while true {
      let end = plainEnd(text, from: start)
      bytes.append(text.extracting(start..<end))
      if end == text.count { break }
      writeEscaped(text[end], to: &bytes)
      start = end + 1
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// The end of a run of characters that are written as they are.
  private static func plainEnd(_ text: Span<UInt8>, from start: Int) -> Int {
    let words = unsafe text.bytes
    var i = start
    while i < text.count {
      if i &+ 8 <= text.count,
        special(unsafe words.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self)) == 0
      {
        i &+= 8
      } else if isSpecial(text[i]), text[i] < 0x80 {
        return i
      } else {
        i &+= 1
      }
    }
    return i
  }

  private static func writeEscaped(_ byte: UInt8, to bytes: inout some ByteSink) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0..<0x20:
      bytes.append("u00")
      bytes.append(byte < 0x10 ? 0x30 : 0x31)
      let digit = byte & 0xF
      bytes.append(digit < 10 ? 0x30 + digit : UInt8(ascii: "a") + digit - 10)
    default: bytes.append(byte)
    }
  }
}
