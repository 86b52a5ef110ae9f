/// How ids are written: a UUID in its usual spelling takes 16 bytes, anything else its text.
///
/// A varint comes first: 1 for a UUID, otherwise twice the number of bytes.
package enum IdentifierCoding {
  private static let uuid: UInt64 = 1
  /// What a list of causes begins with, in the place of an id.
  private static let several: UInt64 = 3

  static func append(_ id: String, to bytes: inout [UInt8]) {
    if let packed = packed(id) {
      bytes.appendVarint(uuid)
      for i in packed.indices { bytes.append(packed[i]) }
    } else {
      bytes.appendVarint(UInt64(id.utf8.count) &<< 1)
      bytes.append(contentsOf: id.utf8)
    }
  }

  /// Writes what caused an event: one id as it is, several after their number.
  static func append(causes: [String], to bytes: inout [UInt8]) {
    if causes.count > 1 {
      bytes.appendVarint(several)
      bytes.appendVarint(UInt64(causes.count))
    }
    for cause in causes { append(cause, to: &bytes) }
  }

  /// How many ids follow as the causes of one event. What a list begins with is passed.
  @_lifetime(reader: copy reader)
  static func causeCount(_ reader: inout ByteReader) throws(ByteReader.Malformed) -> Int {
    guard reader.position < reader.end, reader.bytes[reader.position] == UInt8(several) else {
      return 1
    }
    _ = try reader.byte()
    let count = try reader.count(upTo: Limits.causes)
    // One cause is not written as a list, or one event could be written in two ways.
    guard count > 1 else { throw ByteReader.Malformed(position: reader.position) }
    return count
  }

  /// Moves past the causes of an event; how many there are.
  @_lifetime(reader: copy reader)
  @discardableResult
  static func skipCauses(_ reader: inout ByteReader) throws(ByteReader.Malformed) -> Int {
    let count = try causeCount(&reader)
    for _ in 0..<count { _ = try skip(&reader) }
    return count
  }

  /// Moves past the ids that an event's flags say it has.
  @_lifetime(reader: copy reader)
  static func skip(_ flags: EnvelopeFlags, _ reader: inout ByteReader) throws(ByteReader.Malformed)
  {
    if flags.contains(.turnID) { _ = try skip(&reader) }
    if flags.contains(.id) { _ = try skip(&reader) }
    if flags.contains(.causation) { try skipCauses(&reader) }
    if flags.contains(.correlation) { _ = try skip(&reader) }
  }

  /// Moves past an id; where its bytes are.
  @_lifetime(reader: copy reader)
  package static func skip(_ reader: inout ByteReader) throws(ByteReader.Malformed) -> Range<Int> {
    let head = try reader.varint()
    if head == uuid { return try reader.skip(16) }
    guard head & 1 == 0, head &>> 1 <= UInt64(reader.remaining) else {
      throw ByteReader.Malformed(position: reader.position)
    }
    let range = try reader.skip(Int(head &>> 1))
    // A text of 16 bytes that is no UUID is told from one by its head, so both are read alike.
    guard (try? UTF8Span(validating: reader.bytes.extracting(range))) != nil else {
      throw ByteReader.Malformed(position: range.lowerBound)
    }
    return range
  }

  /// The text of the id that begins at the reader, which was decoded before.
  @_lifetime(reader: copy reader)
  static func read(_ reader: inout ByteReader) -> String? {
    let isUUID = reader.position < reader.end && reader.bytes[reader.position] == uuid
    // The texts were checked when the block was read.
    guard let range = try? skip(&reader) else { return nil }
    let bytes = reader.bytes.extracting(range)
    if !isUUID { return String(validating: bytes.copied(), as: UTF8.self) }
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for i in 0..<16 {
      if i == 4 || i == 6 || i == 8 || i == 10 { text.append(dash) }
      text.append(digit(bytes[i] &>> 4))
      text.append(digit(bytes[i] & 15))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Writes the text of a UUID's 16 bytes: 36 characters.
  static func writeText(
    of packed: UnsafeRawPointer, to text: UnsafeMutableRawPointer
  ) {
    var at = 0
    for i in 0..<16 {
      if i == 4 || i == 6 || i == 8 || i == 10 {
        unsafe text.storeBytes(of: dash, toByteOffset: at, as: UInt8.self)
        at &+= 1
      }
      let byte = unsafe packed.load(fromByteOffset: i, as: UInt8.self)
      unsafe text.storeBytes(of: digit(byte &>> 4), toByteOffset: at, as: UInt8.self)
      unsafe text.storeBytes(of: digit(byte & 15), toByteOffset: at &+ 1, as: UInt8.self)
      at &+= 2
    }
  }

  /// The character of a hexadecimal digit.
  @inline(__always)
  private static func digit(_ value: UInt8) -> UInt8 {
    value &+ (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10)
  }

  /// XXH3-64 of an id as it is stored.
  package static func hash(_ id: String) -> UInt64 {
    if let packed = packed(id) { return hash64(packed.span) }
    return hash64(id)
  }

  /// What stands for several causes in a digest: XXH3-64 of the hashes of their ids.
  static func hash(causes hashes: [UInt64]) -> UInt64 {
    guard hashes.count > 1 else { return hashes.first ?? 0 }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 * hashes.count)
    for hash in hashes { bytes.appendLittleEndian(hash) }
    return hash64(bytes.span)
  }

  private static let dash = UInt8(ascii: "-")

  private static func packed(_ id: String) -> InlineArray<16, UInt8>? {
    id.utf8.count == 36 ? id.withSpan { packed($0) } : nil
  }

  /// The 16 bytes of a UUID that is spelled in lower case: 8, 4, 4, 4 and 12 digits.
  static func packed(_ text: Span<UInt8>) -> InlineArray<16, UInt8>? {
    guard text.count == 36 else { return nil }
    var bytes = InlineArray<16, UInt8>(repeating: 0)
    var at = 0
    for i in 0..<16 {
      if i == 4 || i == 6 || i == 8 || i == 10 {
        guard text[at] == dash else { return nil }
        at &+= 1
      }
      guard let high = value(of: text[at]), let low = value(of: text[at &+ 1]) else { return nil }
      bytes[i] = high &<< 4 | low
      at &+= 2
    }
    return bytes
  }

  private static func value(of character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character &- UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character &- UInt8(ascii: "a") &+ 10
    default: nil
    }
  }
}
