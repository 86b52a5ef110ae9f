/// A 128-bit digest that tells different contents apart; not a defence against a forger.
///
/// The function is MurmurHash3_x64_128 by Austin Appleby (public domain), seed 0.
public struct Digest: Sendable, Hashable, CustomStringConvertible {
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The digest of no bytes at all, where chains begin.
  public static let zero: Digest = Digest(high: 0, low: 0)

  /// The digest of `bytes`.
  public init(of bytes: RawSpan) {
    let c1: UInt64 = 0x87c3_7b91_1142_53d5
    let c2: UInt64 = 0x4cf5_ad43_2745_937f
    var h1: UInt64 = 0
    var h2: UInt64 = 0
    let count = bytes.byteCount
    var i = 0
    while i &+ 16 <= count {
      var k1 = unsafe UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self))
      var k2 = unsafe UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: i &+ 8, as: UInt64.self))
      k1 = Self.rotate(k1 &* c1, 31) &* c2
      h1 = (Self.rotate(h1 ^ k1, 27) &+ h2) &* 5 &+ 0x52dc_e729
      k2 = Self.rotate(k2 &* c2, 33) &* c1
      h2 = (Self.rotate(h2 ^ k2, 31) &+ h1) &* 5 &+ 0x3849_5ab5
      i &+= 16
    }
    if i < count {
      var k1: UInt64 = 0
      var k2: UInt64 = 0
      for j in i..<count {
        let byte = unsafe UInt64(bytes.unsafeLoad(fromByteOffset: j, as: UInt8.self))
        if j &- i < 8 {
          k1 |= byte &<< UInt64(8 &* (j &- i))
        } else {
          k2 |= byte &<< UInt64(8 &* (j &- i &- 8))
        }
      }
      h2 ^= Self.rotate(k2 &* c2, 33) &* c1
      h1 ^= Self.rotate(k1 &* c1, 31) &* c2
    }
    h1 ^= UInt64(count)
    h2 ^= UInt64(count)
    h1 &+= h2
    h2 &+= h1
    h1 = Self.mix(h1)
    h2 = Self.mix(h2)
    h1 &+= h2
    h2 &+= h1
    high = h1
    low = h2
  }

  public init(of bytes: [UInt8]) { unsafe self.init(of: bytes.span.bytes) }

  /// The digest of this one followed by `bytes`: the link of a chain.
  public func chained(with bytes: [UInt8]) -> Digest {
    var link: [UInt8] = []
    link.reserveCapacity(16 + bytes.count)
    link.appendLittleEndian(high)
    link.appendLittleEndian(low)
    link.append(contentsOf: bytes)
    return Digest(of: link)
  }

  private static func rotate(_ x: UInt64, _ n: UInt64) -> UInt64 { x &<< n | x &>> (64 &- n) }

  private static func mix(_ x: UInt64) -> UInt64 {
    var k = x
    k = (k ^ k &>> 33) &* 0xff51_afd7_ed55_8ccd
    k = (k ^ k &>> 33) &* 0xc4ce_b9fe_1a85_ec53
    return k ^ k &>> 33
  }

  /// 32 hexadecimal digits.
  public var description: String { Self.hex(high) + Self.hex(low) }

  /// Reads what `description` wrote.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
      let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
