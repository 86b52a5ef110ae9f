/// A position that is counted from 0, of a kind of its own: no other kind can be passed for it.
///
/// In JSON and in texts it is a plain number. Arithmetic traps where the result would be below 0 or does not
/// fit into 64 bits.
public protocol Ordinal: BitwiseCopyable, Sendable, Hashable, Strideable, Codable,
  LosslessStringConvertible, ExpressibleByIntegerLiteral
where Stride == Int {
  /// The number.
  var rawValue: UInt64 { get }
  /// The position with a number.
  init(_ rawValue: UInt64)
}

extension Ordinal {
  /// The position with a number, which must not be negative.
  @inlinable public init(_ rawValue: Int) { self.init(UInt64(rawValue)) }

  @inlinable public init(integerLiteral rawValue: UInt64) { self.init(rawValue) }

  /// The position that a text names in digits; nil where it names none.
  @inlinable public init?(_ text: some StringProtocol) {
    guard let rawValue = UInt64(text) else { return nil }
    self.init(rawValue)
  }

  @inlinable public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(UInt64.self))
  }

  @inlinable public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }

  @inlinable public var description: String { rawValue.description }

  /// The last position that there can be.
  @inlinable public static var max: Self { Self(.max as UInt64) }

  @inlinable public func distance(to other: Self) -> Int { rawValue.distance(to: other.rawValue) }
  @inlinable public func advanced(by count: Int) -> Self { Self(rawValue.advanced(by: count)) }

  @inlinable public static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  @inlinable public static func + (a: Self, count: UInt64) -> Self { Self(a.rawValue + count) }
  @inlinable public static func + (a: Self, count: Int) -> Self { a + UInt64(count) }
  @inlinable public static func - (a: Self, count: UInt64) -> Self { Self(a.rawValue - count) }
  @inlinable public static func - (a: Self, count: Int) -> Self { a - UInt64(count) }
  /// How many positions lie from `b` on before `a`, which must not come before it.
  @inlinable public static func - (a: Self, b: Self) -> UInt64 { a.rawValue - b.rawValue }
  @inlinable public static func += (a: inout Self, count: UInt64) { a = a + count }
  @inlinable public static func += (a: inout Self, count: Int) { a = a + count }
  @inlinable public static func -= (a: inout Self, count: UInt64) { a = a - count }
  @inlinable public static func -= (a: inout Self, count: Int) { a = a - count }
}

extension BinaryInteger {
  /// The number of a position.
  @inlinable public init(_ ordinal: some Ordinal) { self.init(ordinal.rawValue) }
}
