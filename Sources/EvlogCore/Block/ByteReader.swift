/// Reads a run of bytes from the front; running past its end is a thrown error, never a trap.
package struct ByteReader: ~Escapable {
  /// The bytes ended early, or hold a number that no writer makes.
  package struct Malformed: Error {
    package let position: Int

    @usableFromInline package init(position: Int) { self.position = position }
  }

  @usableFromInline package let bytes: Span<UInt8>
  @usableFromInline package internal(set) var position: Int

  @inlinable @_lifetime(copy bytes)
  package init(_ bytes: Span<UInt8>, from position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  @inlinable package var end: Int { bytes.count }
  @inlinable package var remaining: Int { end &- position }
  @inlinable package var isAtEnd: Bool { position >= end }

  @_lifetime(self: copy self)
  @inlinable package mutating func byte() throws(Malformed) -> UInt8 {
    guard position < end else { throw Malformed(position: position) }
    defer { position &+= 1 }
    return unsafe bytes[unchecked: position]
  }

  @_lifetime(self: copy self)
  @inlinable
  package mutating func littleEndian<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: T.Type
  )
    throws(Malformed) -> T
  {
    let width = T.bitWidth / 8
    guard remaining >= width else { throw Malformed(position: position) }
    defer { position &+= width }
    return T(
      littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: position, as: T.self))
  }

  /// A varint. Those of up to eight bytes are taken out of one word, whatever their length.
  @_lifetime(self: copy self)
  @inline(__always)
  @inlinable package mutating func varint() throws(Malformed) -> UInt64 {
    guard remaining >= 8 else { return try varintByBytes() }
    let word = UInt64(
      littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: position, as: UInt64.self))
    if word & 0x80 == 0 {
      position &+= 1
      return word & 0x7F
    }
    // The first byte whose top bit is clear is the last one.
    let ends = ~word & 0x8080_8080_8080_8080
    if ends == 0 { return try varintByBytes() }
    let upToEnd = ends ^ (ends &- 1)
    position &+= (ends.trailingZeroBitCount &+ 1) / 8
    // Join groups of 7 bits to groups of 14, of 28, and of 56.
    let bits = word & upToEnd & 0x7F7F_7F7F_7F7F_7F7F
    let pairs = bits & 0x007F_007F_007F_007F | (bits & 0x7F00_7F00_7F00_7F00) &>> 1
    let fours = pairs & 0x0000_3FFF_0000_3FFF | (pairs & 0x3FFF_0000_3FFF_0000) &>> 2
    return fours & 0x0FFF_FFFF | (fours & 0x0FFF_FFFF_0000_0000) &>> 4
  }

  /// A varint that stands for a number that may be less than zero.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func signedVarint() throws(Malformed) -> Int64 {
    let raw = try varint()
    return Int64(bitPattern: raw &>> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// Moves past `count` varints, to be read later.
  ///
  /// Each ends with the only byte of its own whose top bit is clear, so it is enough to count those.
  @_lifetime(self: copy self)
  @_lifetime(copy self)
  mutating func column(of count: Int) throws(Malformed) -> VarintColumn {
    let start = self
    var left = count
    while left >= 8, remaining >= 8 {
      let word = unsafe bytes.bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: position, as: UInt64.self)
      let ends = (~word & 0x8080_8080_8080_8080) &>> 7
      left &-= Int(truncatingIfNeeded: (ends &* 0x0101_0101_0101_0101) &>> 56)
      position &+= 8
    }
    while left > 0 {
      if try byte() < 0x80 { left &-= 1 }
    }
    return VarintColumn(reader: start, hasBytes: position &- start.position == count)
  }

  @_lifetime(self: copy self)
  @inline(never)
  @usableFromInline mutating func varintByBytes() throws(Malformed) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      if shift == 63, byte > 1 { throw Malformed(position: position) }
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 { return value }
      shift &+= 7
      guard shift < 64 else { throw Malformed(position: position) }
    }
  }

  /// A byte that is known to be there.
  @_lifetime(self: copy self)
  @inline(__always)
  fileprivate mutating func nextByte() -> UInt8 {
    defer { position &+= 1 }
    return unsafe bytes[unchecked: position]
  }

  /// A count that must be within `limit`, so that a damaged one cannot ask for all of memory.
  @_lifetime(self: copy self)
  @inline(__always)
  @inlinable package mutating func count(upTo limit: Int) throws(Malformed) -> Int {
    let value = try varint()
    guard limit >= 0, value <= UInt64(limit) else { throw Malformed(position: position) }
    return Int(truncatingIfNeeded: value)
  }

  /// Moves past `count` bytes; where they are.
  @_lifetime(self: copy self)
  @inlinable package mutating func skip(_ count: Int) throws(Malformed) -> Range<Int> {
    guard count >= 0, remaining >= count else { throw Malformed(position: position) }
    defer { position &+= count }
    return unsafe Range(uncheckedBounds: (position, position &+ count))
  }

  /// A string's bytes, which follow their count.
  @_lifetime(self: copy self)
  @inlinable package mutating func text() throws(Malformed) -> Range<Int> {
    try skip(count(upTo: remaining))
  }

  /// A string of valid UTF-8, which follows the count of its bytes.
  @_lifetime(self: copy self)
  package mutating func string() throws(Malformed) -> String {
    let range = try text()
    do {
      return String(
        copying: try UTF8Span(validating: bytes.extracting(range)))
    } catch {
      throw Malformed(position: range.lowerBound)
    }
  }
}

/// Varints in a row, to be read one by one while others are.
struct VarintColumn: ~Escapable {
  private var reader: ByteReader
  /// Whether each is one byte.
  private let hasBytes: Bool

  @_lifetime(copy reader)
  fileprivate init(reader: ByteReader, hasBytes: Bool) {
    self.reader = reader
    self.hasBytes = hasBytes
  }

  /// The next one, which is there.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func next() throws(ByteReader.Malformed) -> UInt64 {
    hasBytes ? UInt64(reader.nextByte()) : try reader.varint()
  }

  /// The next one, which must be within `limit`.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func count(upTo limit: Int) throws(ByteReader.Malformed) -> Int {
    let value = try next()
    guard value <= UInt64(limit) else { throw ByteReader.Malformed(position: reader.position) }
    return Int(truncatingIfNeeded: value)
  }

  /// The next one, of numbers that may be less than zero.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func signed() throws(ByteReader.Malformed) -> Int64 {
    let raw = try next()
    return Int64(bitPattern: raw &>> 1) ^ -Int64(bitPattern: raw & 1)
  }
}
