import CXXHash

/// A 128-bit digest that distinguishes different contents; it is no defence against forgery.
///
/// The function is XXH3-128 by Yann Collet, without a seed.
public struct Digest: Sendable, Hashable, CustomStringConvertible {
  /// The upper 64 bits: the first 16 digits of the description.
  public let high: UInt64
  /// The lower 64 bits.
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The empty digest, with which chains begin.
  public static let zero: Digest = Digest(high: 0, low: 0)

  /// The digest of `bytes`.
  public init(of bytes: Span<UInt8>) {
    let hash = unsafe bytes.withUnsafeBytes { unsafe evlog_xxh3_128($0.baseAddress, $0.count) }
    self.init(high: hash.high64, low: hash.low64)
  }

  public init(of bytes: [UInt8]) { self.init(of: bytes.span) }

  /// The digest of this one followed by `bytes`: the link of a chain.
  public func chained(with bytes: [UInt8]) -> Digest {
    var link: [UInt8] = []
    link.reserveCapacity(16 + bytes.count)
    link.appendLittleEndian(high)
    link.appendLittleEndian(low)
    link.append(contentsOf: bytes)
    return Digest(of: link)
  }

  /// 32 hexadecimal digits.
  public var description: String { Self.hex(high) + Self.hex(low) }

  /// Parses what `description` wrote. No other spelling of the number is accepted.
  public init?(_ text: some StringProtocol) {
    var halves: (UInt64, UInt64) = (0, 0)
    var count = 0
    for character in text.utf8 {
      let digit: UInt8
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
      default: return nil
      }
      if count < 16 {
        halves.0 = halves.0 << 4 | UInt64(digit)
      } else {
        halves.1 = halves.1 << 4 | UInt64(digit)
      }
      count += 1
    }
    guard count == 32 else { return nil }
    self.init(high: halves.0, low: halves.1)
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

/// XXH3-64 of some bytes, for tables and filters in which a collision costs time, not truth.
package func hash64(_ bytes: Span<UInt8>) -> UInt64 {
  unsafe bytes.withUnsafeBytes { unsafe evlog_xxh3_64($0.baseAddress, $0.count) }
}

/// XXH3-64 of a text's UTF-8.
package func hash64(_ text: String) -> UInt64 { text.withSpan { hash64($0) } }
