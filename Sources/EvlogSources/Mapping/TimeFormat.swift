import EvlogCore
import EvlogJSON

/// How an input writes its times.
package enum TimeFormat: String, Sendable, CaseIterable {
  case rfc3339
  /// As databases write it, in UTC where it names no zone.
  case sql
  case epochSeconds = "epoch-s"
  case epochMilliseconds = "epoch-ms"
  case epochMicroseconds = "epoch-us"
  case epochNanoseconds = "epoch-ns"

  /// How many digits of a number are before the nanoseconds.
  private var shift: Int {
    switch self {
    case .rfc3339, .sql, .epochNanoseconds: 0
    case .epochSeconds: 9
    case .epochMilliseconds: 6
    case .epochMicroseconds: 3
    }
  }

  private var unit: String {
    switch self {
    case .rfc3339, .sql, .epochNanoseconds: "nanoseconds"
    case .epochSeconds: "seconds"
    case .epochMilliseconds: "milliseconds"
    case .epochMicroseconds: "microseconds"
    }
  }

  /// The time that a text or the digits of a number are; nil if they are none.
  func time(_ text: String) -> Timestamp? {
    if self == .rfc3339 { return Timestamp(text) }
    if self == .sql { return Timestamp(text) ?? Timestamp(text + "Z") }
    var text = text
    if text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
      // A number with an exponent has a text without one.
      guard case .number(let number)? = JSONValue(validating: text) else { return nil }
      text = number.text
    }
    let isNegative = text.utf8.first == UInt8(ascii: "-")
    let parts = text.utf8.dropFirst(isNegative ? 1 : 0).split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = parts.first, !whole.isEmpty, whole.count <= 19 else {
      return nil
    }
    let fraction = parts.count > 1 ? parts[1] : ""[...].utf8
    guard parts.count == 1 || !fraction.isEmpty else { return nil }
    var value: Int128 = 0
    for digit in Array(whole) + Array(fraction.prefix(shift)) {
      guard (0x30...0x39).contains(digit) else { return nil }
      value = value * 10 + Int128(digit - 0x30)
    }
    for _ in min(fraction.count, shift)..<shift { value *= 10 }
    // What is smaller than a nanosecond must be nothing.
    guard fraction.dropFirst(shift).allSatisfy({ $0 == 0x30 }) else { return nil }
    return Int64(exactly: isNegative ? -value : value).map { Timestamp(nanoseconds: $0) }
  }

  /// What is to be said of a text that is no time, to follow the name of what it was given for.
  func rule(for text: String) -> String {
    guard self == .rfc3339 || self == .sql else {
      return
        "must be a number of \(unit) since 1970 (\(rawValue)), in the years 1678 to 2261; it is "
        + "'\(text.prefix(80))'."
    }
    let isNumber =
      !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
    return TimeText.rule(for: text)
      + (isNumber
        ? " For a number since 1970, name its unit: epoch-s, epoch-ms, epoch-us or epoch-ns." : "")
  }
}
