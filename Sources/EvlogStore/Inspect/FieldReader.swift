/// Reads fields from the front of a part, and says of each where it is and what it means.
struct FieldReader {
  let bytes: [UInt8]
  /// Where the bytes are in the file.
  let start: UInt64
  private var at = 0
  private(set) var fields: [FileInspection.Field] = []

  init(_ bytes: [UInt8], at start: UInt64) {
    self.bytes = bytes
    self.start = start
  }

  /// A field that ends beyond the bytes there are is not added.
  private mutating func add(_ name: String, _ count: Int, _ words: ([UInt8]) -> String) {
    guard at + count <= bytes.count else {
      at = bytes.count
      return
    }
    fields.append(
      FileInspection.Field(
        byte: start + UInt64(at), count: count, name: name,
        value: words(Array(bytes[at..<(at + count)]))))
    at += count
  }

  /// A number, little-endian.
  mutating func number<T: FixedWidthInteger & UnsignedInteger>(
    _ name: String, _: T.Type, _ words: (T) -> String = { "\($0)" }
  ) {
    add(name, T.bitWidth / 8) { words($0.loadLittleEndian(T.self, at: 0)) }
  }

  mutating func time(_ name: String) {
    number(name, UInt64.self) { "\(Timestamp(nanoseconds: Int64(bitPattern: $0)))" }
  }

  mutating func text(_ name: String, _ count: Int) {
    add(name, count) { Inspector.quoted($0) }
  }

  mutating func hexadecimal(_ name: String, _ count: Int) {
    add(name, count) { StoreID(bytes: $0).description }
  }

  /// Bytes without meaning, which are written as zero.
  mutating func reserved(_ count: Int) {
    add("reserved", count) { $0.allSatisfy { $0 == 0 } ? "zero" : "not zero" }
  }

  /// A checksum, beside the one that the bytes have.
  mutating func checksum(_ name: String, _ right: UInt32?) {
    number(name, UInt32.self) { found in
      guard let right else { return Inspector.hex(found) }
      return found == right
        ? "\(Inspector.hex(found)), right"
        : "\(Inspector.hex(found)), WRONG: the bytes have \(Inspector.hex(right))"
    }
  }

  func part(_ name: String) -> FileInspection.Part {
    FileInspection.Part(
      name: name, bytes: start..<(start + UInt64(bytes.count)), fields: fields)
  }
}

extension Inspector {
  static func hex(_ value: some FixedWidthInteger & UnsignedInteger) -> String {
    let digits = String(value, radix: 16)
    return "0x"
      + String(repeating: "0", count: value.bitWidth / 4 - digits.utf8.count) + digits
  }

  /// Bytes as a text in quotes: what is not printable ASCII becomes a dot.
  static func quoted(_ bytes: [UInt8]) -> String {
    let characters = bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: ".") }
    return "\"\(String(decoding: characters, as: UTF8.self))\""
  }
}
