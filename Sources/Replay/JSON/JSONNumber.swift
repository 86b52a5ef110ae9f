/// A JSON number of any size, exactly: as text in one form per value.
///
/// `1.0`, `1e0` and `1` are the same number and have the same text. Whole numbers are written out
/// up to 400 digits; beyond that, and for fractions smaller than 1e-6, there is an exponent.
public struct JSONNumber: Sendable, Hashable, CustomStringConvertible {
  /// The one text that this number has.
  public let text: String

  public init(_ value: some BinaryInteger) { self.init(token: Array(String(value).utf8)[...]) }

  /// The shortest number that reads back as `value`; nil for infinities and NaN.
  public init?(_ value: Double) {
    guard value.isFinite else { return nil }
    self.init(token: Array(value.description.utf8)[...])
  }

  /// Makes a number of a token that is one by the grammar of RFC 8259.
  init(token: ArraySlice<UInt8>) {
    text = Self.canonical(token)
  }

  /// Makes a number of the one text that it has.
  init(canonical text: String) { self.text = text }

  /// Whole numbers up to this many digits are written out in any case.
  static let shortCount = 18

  public var description: String { text }

  /// The nearest double; infinite where the number is beyond all of them.
  public var double: Double { Double(text) ?? .infinity }

  /// Whole numbers with more digits get an exponent.
  private static let plainDigits = 400

  private static func canonical(_ token: ArraySlice<UInt8>) -> String {
    let isNegative = token.first == UInt8(ascii: "-")
    let unsigned = isNegative ? token.dropFirst() : token
    // Most numbers are whole and written plainly.
    if unsigned.count <= plainDigits, unsigned.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
      if unsigned.count == 1, unsigned.first == 0x30 { return "0" }
      if unsigned.first != 0x30 { return String(decoding: token, as: UTF8.self) }
    }
    let parts = unsigned.split(maxSplits: 1, omittingEmptySubsequences: false) {
      $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E")
    }
    let mantissa = parts[0].split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    var digits = Array(mantissa[0]) + (mantissa.count > 1 ? Array(mantissa[1]) : [])
    let fractionCount = mantissa.count > 1 ? mantissa[1].count : 0
    guard let significant = digits.firstIndex(where: { $0 != 0x30 }) else { return "0" }
    digits.removeFirst(significant)
    var exponent = -fractionCount
    if parts.count > 1 {
      // The parser takes no exponent that does not fit.
      exponent += Int(String(decoding: parts[1], as: UTF8.self)) ?? 0
    }
    while digits.last == 0x30 {
      digits.removeLast()
      exponent += 1
    }
    return (isNegative ? "-" : "") + plain(digits, exponent)
  }

  /// Writes digits × 10^exponent.
  private static func plain(_ digits: [UInt8], _ exponent: Int) -> String {
    let text = String(decoding: digits, as: UTF8.self)
    let point = digits.count + exponent  // where the decimal point is, from the first digit
    if exponent >= 0, point <= plainDigits { return text + String(repeating: "0", count: exponent) }
    if exponent < 0, point > 0 { return text.prefix(point) + "." + text.dropFirst(point) }
    if exponent < 0, point > -6 { return "0." + String(repeating: "0", count: -point) + text }
    let fraction = digits.count > 1 ? "." + text.dropFirst() : ""
    return text.prefix(1) + fraction + "e\(point - 1)"
  }
}
