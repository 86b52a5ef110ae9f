/// Texts of up to 15 bytes of ASCII, as most are. Swift keeps them in the value itself, in two words, so they can
/// be made and compared without a call and a look at each byte.
///
/// How it keeps them is in `SmallString.swift` of its standard library: the bytes from the lowest on, and in the
/// highest the count. Whether that is so here is looked at once; where it is not, texts are made the usual way.
enum SmallText {
  /// The words of a text without its count.
  struct Words: Equatable {
    var low: UInt64 = 0
    var high: UInt64 = 0
    var count: Int

    var isASCII: Bool { (low | high) & 0x8080_8080_8080_8080 == 0 }

    /// Of up to 15 bytes.
    @inline(__always) init(_ bytes: Span<UInt8>) {
      count = bytes.count
      let raw = unsafe bytes.bytes
      if count >= 8 {
        low = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt64.self)
        // The last eight bytes, without those that are in the first word.
        let last = unsafe raw.unsafeLoadUnaligned(
          fromUncheckedByteOffset: count &- 8, as: UInt64.self)
        high = count == 8 ? 0 : last &>> UInt64(8 &* (16 &- count))
      } else if count >= 4 {
        let first = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt32.self)
        let last = unsafe raw.unsafeLoadUnaligned(
          fromUncheckedByteOffset: count &- 4, as: UInt32.self)
        low = UInt64(first) | UInt64(last) &<< UInt64(8 &* (count &- 4))
      } else {
        for i in bytes.indices { low |= UInt64(bytes[i]) &<< UInt64(8 &* i) }
      }
    }

    /// Of a text that is kept like this; nil of another one.
    @inline(__always) init?(_ text: String) {
      let words = unsafe unsafeBitCast(text, to: (UInt64, UInt64).self)
      guard words.1 &>> 60 == SmallText.mark, SmallText.isAsKnown else { return nil }
      low = words.0
      high = words.1 & 0x00FF_FFFF_FFFF_FFFF
      count = Int(truncatingIfNeeded: words.1 &>> 56 & 15)
    }

    fileprivate var text: String {
      let last = high | (SmallText.mark &<< 4 | UInt64(truncatingIfNeeded: count)) &<< 56
      return unsafe unsafeBitCast((low, last), to: String.self)
    }
  }

  private static let mark: UInt64 = 0xE

  /// A text of some bytes; nil where they are too many or no ASCII.
  @inline(__always) static func make(_ bytes: Span<UInt8>) -> String? {
    guard bytes.count <= 15, isAsKnown else { return nil }
    let words = Words(bytes)
    return words.isASCII ? words.text : nil
  }

  /// Whether texts of each length are in memory what is made here.
  private static let isAsKnown: Bool = {
    guard MemoryLayout<String>.size == 16, 1.littleEndian == 1 else { return false }
    return (0...15).allSatisfy { count in
      let bytes = (0..<count).map { UInt8(0x7F - 8 * $0) }
      let text = unsafe unsafeBitCast(
        String(decoding: bytes, as: UTF8.self), to: (UInt64, UInt64).self)
      let words = Words(bytes.span)
      let last = words.high | (mark << 4 | UInt64(count)) << 56
      return text == (words.low, last)
    }
  }()
}
