import CEvlog

/// Decimal digits, many at a time.
enum Decimal {
  /// Writes the last `digits` digits of a number; up to eight bytes after them are overwritten too.
  @inline(__always)
  static func write(_ value: UInt64, digits: Int, to bytes: UnsafeMutableRawPointer) {
    var rest = value
    var left = digits
    while left > 8 {
      unsafe store(eight(rest % 100_000_000), 8, to: bytes + (left &- 8))
      rest /= 100_000_000
      left &-= 8
    }
    // What lies behind was written already, so its bytes are put back.
    let behind = unsafe (bytes + left).loadUnaligned(as: UInt64.self)
    unsafe store(eight(rest), left, to: bytes)
    if digits > left { unsafe (bytes + left).storeBytes(of: behind, as: UInt64.self) }
  }

  /// Stores the last `count` of eight digits, and some bytes behind them.
  @inline(__always)
  private static func store(_ eight: UInt64, _ count: Int, to bytes: UnsafeMutableRawPointer) {
    unsafe bytes.storeBytes(
      of: (eight &>> UInt64(8 &* (8 &- count))).littleEndian, as: UInt64.self)
  }

  /// The eight digits of a number below 10^8, the first in the lowest byte.
  ///
  /// Two numbers of four digits, then four of two, then eight of one, each step for all at once.
  @inline(__always)
  private static func eight(_ value: UInt64) -> UInt64 {
    let fours = value / 10_000 | (value % 10_000) &<< 32
    let hundreds = (fours &* 10486) &>> 20 & 0x0000_007F_0000_007F
    let pairs = hundreds | (fours &- 100 &* hundreds) &<< 16
    let tens = (pairs &* 103) &>> 10 & 0x000F_000F_000F_000F
    return (tens | (pairs &- 10 &* tens) &<< 8) | 0x3030_3030_3030_3030
  }

  /// The number that up to eight digits at the end of a text make, which has at least eight bytes; how
  /// many digits there are.
  @inline(__always)
  static func read(_ text: Span<UInt8>, into value: inout UInt64) -> Int {
    let word = UInt64(
      littleEndian: unsafe text.bytes.unsafeLoadUnaligned(
        fromByteOffset: text.count &- 8, as: UInt64.self))
    let digits = evlog_nondigits(word).leadingZeroBitCount / 8
    if digits == 0 { return 0 }
    value = evlog_number(word, UInt32(truncatingIfNeeded: digits))
    return digits
  }
}
