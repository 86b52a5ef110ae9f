/// Writing the integers of the format: little-endian, and LEB128 for the small ones.
extension [UInt8] {
  @inlinable package mutating func appendLittleEndian(
    _ value: some FixedWidthInteger & UnsignedInteger
  ) {
    unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe append(contentsOf: $0) }
  }

  @inlinable package mutating func storeLittleEndian(
    _ value: some FixedWidthInteger & UnsignedInteger, at index: Int
  ) {
    var rest = value
    for i in 0..<(value.bitWidth / 8) {
      self[index + i] = UInt8(truncatingIfNeeded: rest)
      rest = rest >> 8
    }
  }

  @inlinable package func loadLittleEndian<T: FixedWidthInteger & UnsignedInteger>(
    _: T.Type, at index: Int
  ) -> T {
    var value: T = 0
    for i in 0..<(T.bitWidth / 8) { value |= T(self[index + i]) << T(8 * i) }
    return value
  }

  /// Unsigned LEB128: seven bits a byte, the lowest first.
  @inlinable package mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest &>>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Zigzag, so that small negative numbers stay small.
  @inlinable package mutating func appendSignedVarint(_ value: Int64) {
    appendVarint(UInt64(bitPattern: value &<< 1 ^ value &>> 63))
  }

  @inlinable package mutating func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  /// Appends a text that is known when the program is made.
  @inlinable package mutating func append(_ text: StaticString) {
    unsafe append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends a number in decimal.
  @inlinable package mutating func append(decimal number: UInt64) {
    var digits = InlineArray<20, UInt8>(repeating: 0x30)
    var (rest, first) = (number, 20)
    repeat {
      first &-= 1
      digits[first] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    append(digits.span.extracting(droppingFirst: first))
  }

  package mutating func appendString(_ text: String) {
    appendVarint(UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  package mutating func padToMultipleOfEight() {
    while count % 8 != 0 { append(0) }
  }
}

extension OutputSpan<UInt8> {
  /// Unsigned LEB128, where there is room for ten bytes.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest &>>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Zigzag, then LEB128.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func appendSignedVarint(_ value: Int64) {
    appendVarint(UInt64(bitPattern: value &<< 1 ^ value &>> 63))
  }
}

extension Span<UInt8> {
  @inlinable package func copied() -> [UInt8] {
    unsafe withUnsafeBufferPointer { unsafe Array($0) }
  }

  /// Whether a byte is among them. Looks at all of them, which is faster than to stop at the first one.
  @inlinable package func contains(_ wanted: UInt8) -> Bool {
    unsafe withUnsafeBufferPointer { bytes in
      var found: UInt8 = 0
      for i in bytes.indices { unsafe found |= bytes[i] == wanted ? 1 : 0 }
      return found != 0
    }
  }

  /// Whether they begin with a text.
  @inlinable package func starts(with text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    for i in 0..<text.utf8CodeUnitCount where unsafe self[i] != text.utf8Start[i] { return false }
    return true
  }

  /// Copies the bytes to a place in a larger buffer that has room for them, and moves the place on.
  @inline(__always)
  func copy(to room: UnsafeMutableBufferPointer<UInt8>, at place: inout Int) {
    unsafe withUnsafeBufferPointer { bytes in
      guard let from = bytes.baseAddress, let start = room.baseAddress,
        bytes.count <= room.count &- place
      else { return }
      unsafe (start + place).update(from: from, count: bytes.count)
      place &+= bytes.count
    }
  }
}
