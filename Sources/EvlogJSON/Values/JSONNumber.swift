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

  /// Whether a token of digits alone is the one text of its number.
  static func isCanonical(_ token: Span<UInt8>) -> Bool {
    let isZero = token.count == 2 && token[0] == UInt8(ascii: "-") && token[1] == 0x30
    return token.count <= plainDigits && !isZero
  }

  /// Whether a text is a number of JSON and nothing else.
  package static func isToken(_ text: Span<UInt8>) -> Bool {
    guard let first = text.isEmpty ? nil : text[0], first == UInt8(ascii: "-") || first &- 0x30 < 10
    else { return false }
    var scanner = JSONScanner(text)
    // What is no number is a text.
    guard (try? scanner.number()) != nil else { return false }
    return scanner.i == text.count
  }

  public var description: String { text }

  /// The nearest double; infinite where the number is beyond all of them.
  public var double: Double { Double(text) ?? .infinity }

  // MARK: Writing

  /// Adds the one text of a whole number.
  @inline(__always)
  static func write<T: FixedWidthInteger>(_ value: T, to bytes: inout some ByteSink) {
    if T.bitWidth > 64 { return bytes.append(String(value).utf8Span.span) }
    var rest = UInt64(truncatingIfNeeded: value.magnitude)
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var first = digits.count
    repeat {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      first &-= 1
      digits[first] = 0x30 &+ UInt8(truncatingIfNeeded: digit)
      rest = quotient
    } while rest != 0
    bytes.append(digits.span.extracting(first..<digits.count))
  }

  /// Adds the one text of a number that a floating-point value's description is.
  static func write(_ description: String, to bytes: inout some ByteSink) {
    let text = description.utf8Span.span
    for i in text.indices where text[i] == UInt8(ascii: "e") {
      let number = JSONNumber(token: Array(description.utf8)[...])
      return bytes.append(number.text.utf8Span.span)
    }
    // Without an exponent, all that there can be too much is a fraction or a sign of nothing.
    let isWhole =
      text.count > 2 && text[text.count - 1] == 0x30
      && text[text.count - 2] == UInt8(ascii: ".")
    let whole = isWhole ? text.extracting(first: text.count - 2) : text
    if isCanonical(whole) { bytes.append(whole) } else { bytes.append(0x30) }
  }

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
