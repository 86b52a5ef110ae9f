/// Numbers that take the same few bits each, and are added to a least one.
///
/// So any of them is read by itself. Lemire and Boytsov, "Decoding billions of integers per second through
/// vectorization", 2015, call it frame of reference with binary packing.
struct PackedColumn: BitwiseCopyable {
  /// A reader may look at so many bytes behind the last number.
  static let slack = 9

  private var least: UInt64 = 0
  private var start = 0
  private var width = 0
  private var mask: UInt64 = 0

  /// A column of zeros.
  init() {}

  /// Reads what the column begins with, and moves past its numbers.
  @_lifetime(reader: copy reader)
  init(_ reader: inout ByteReader, count: Int) throws(ByteReader.Malformed) {
    width = Int(try reader.byte())
    least = try reader.varint()
    guard width <= UInt64.bitWidth else { throw ByteReader.Malformed(position: reader.position) }
    mask = width == UInt64.bitWidth ? .max : 1 &<< UInt64(width) &- 1
    start = try reader.skip((count &* width &+ 7) / 8).lowerBound
  }

  /// Whether all numbers are 0.
  var isZero: Bool { width == 0 && least == 0 }

  /// A number by its place, which there is. Behind the bytes of the column there are ``slack`` more.
  @inline(__always)
  func value(_ i: Int, in bytes: Span<UInt8>) -> UInt64 {
    let bit = i &* width
    let at = start &+ bit &>> 3
    let shift = UInt64(bit & 7)
    var word =
      unsafe UInt64(
        littleEndian: bytes.bytes.unsafeLoadUnaligned(
          fromUncheckedByteOffset: at, as: UInt64.self)) &>> shift
    if width > 57, shift > 0 { word |= unsafe UInt64(bytes[unchecked: at &+ 8]) &<< (64 &- shift) }
    return least &+ (word & mask)
  }

  /// Appends a column.
  static func append(_ values: borrowing Span<UInt64>, to bytes: inout [UInt8]) {
    var (least, most) = (UInt64.max, UInt64.min)
    for i in values.indices {
      least = min(least, values[i])
      most = max(most, values[i])
    }
    if values.isEmpty { (least, most) = (0, 0) }
    let width = UInt64.bitWidth - (most - least).leadingZeroBitCount
    bytes.append(UInt8(width))
    bytes.appendVarint(least)
    guard width > 0 else { return }
    var word: UInt64 = 0
    var filled = 0
    for i in values.indices {
      let value = values[i] &- least
      word |= value &<< UInt64(filled)
      filled &+= width
      if filled >= UInt64.bitWidth {
        bytes.appendLittleEndian(word)
        filled &-= UInt64.bitWidth
        // The upper bits of the number that did not fit.
        word = value >> UInt64(width &- filled)
      }
    }
    while filled > 0 {
      bytes.append(UInt8(truncatingIfNeeded: word))
      word &>>= 8
      filled &-= 8
    }
  }
}
