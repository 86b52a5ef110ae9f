/// An instant, in nanoseconds since 1970-01-01T00:00:00Z; years 1678 to 2261, and some months more.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// The nanoseconds since 1970-01-01T00:00:00Z; negative before that.
  public let nanoseconds: Int64

  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  @inlinable public static func < (a: Timestamp, b: Timestamp) -> Bool {
    a.nanoseconds < b.nanoseconds
  }
}

// MARK: - RFC 3339

extension Timestamp: CustomStringConvertible, LosslessStringConvertible {
  /// RFC 3339 in UTC, always with nine digits of fraction: `2026-03-01T10:11:12.345000000Z`.
  ///
  /// Equal times have equal texts, and the order of the texts is the order of the times. Wherever a time is
  /// shown as text, it is spelled like this: in scripts, SQL, JSON, and text for people.
  public var description: String {
    let bytes = bytes
    return unsafe String(copying: UTF8Span(unchecked: bytes.span))
  }

  /// The bytes of ``description``.
  package var bytes: InlineArray<30, UInt8> {
    let (seconds, fraction) = nanoseconds.flooredDivision(by: 1_000_000_000)
    let (days, second) = seconds.flooredDivision(by: 86_400)
    let (year, month, day) = Self.date(days: days)
    return InlineArray<30, UInt8>(initializingWith: { text in
      text.appendTwoDigits(year / 100)
      text.appendTwoDigits(year % 100)
      text.append(UInt8(ascii: "-"))
      text.appendTwoDigits(month)
      text.append(UInt8(ascii: "-"))
      text.appendTwoDigits(day)
      text.append(UInt8(ascii: "T"))
      text.appendTwoDigits(second / 3600)
      text.append(UInt8(ascii: ":"))
      text.appendTwoDigits(second / 60 % 60)
      text.append(UInt8(ascii: ":"))
      text.appendTwoDigits(second % 60)
      text.append(UInt8(ascii: "."))
      text.appendTwoDigits(fraction / 10_000_000)
      text.appendTwoDigits(fraction / 100_000 % 100)
      text.appendTwoDigits(fraction / 1000 % 100)
      text.appendTwoDigits(fraction / 10 % 100)
      text.append(UInt8(truncatingIfNeeded: 0x30 + fraction % 10))
      text.append(UInt8(ascii: "Z"))
    })
  }

  /// Parses RFC 3339: a date, `T` or a space, a time with up to nine digits of fraction, an offset.
  ///
  /// A date alone is its midnight in UTC. Returns nil for anything else, for days that do not exist, and for
  /// instants beyond 64 bits.
  public init?(_ text: String) { self.init(text.utf8Span.span) }

  private init?(_ text: Span<UInt8>) {
    var place = 0
    func digit(_ place: Int) -> Int64? {
      guard place < text.count, (0x30...0x39).contains(text[place]) else { return nil }
      return Int64(text[place] &- 0x30)
    }
    func number(_ count: Int) -> Int64? {
      var value: Int64 = 0
      for i in place..<(place + count) {
        guard let digit = digit(i) else { return nil }
        value = value * 10 + digit
      }
      place += count
      return value
    }
    func skip(_ scalar: Unicode.Scalar, or other: Unicode.Scalar? = nil) -> Bool {
      guard place < text.count,
        text[place] == UInt8(ascii: scalar) || text[place] == other.map({ UInt8(ascii: $0) })
      else { return false }
      place += 1
      return true
    }
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
      (1...12).contains(month), day >= 1, day <= Self.daysInMonth(year, month),
      (1677...2262).contains(year)
    else { return nil }
    var seconds = Self.days(year: year, month: month, day: day) * 86_400
    var fraction: Int64 = 0
    if place < text.count {
      guard skip("T", or: "t") || skip(" "), let hour = number(2), hour < 24, skip(":"),
        let minute = number(2), minute < 60, skip(":"), let second = number(2), second < 60
      else { return nil }
      seconds += hour * 3600 + minute * 60 + second
      if skip(".") {
        let start = place
        while let digit = digit(place) {
          guard place < start + 9 else { return nil }
          fraction = fraction * 10 + digit
          place += 1
        }
        guard place > start else { return nil }
        for _ in (place - start)..<9 { fraction *= 10 }
      }
      if !skip("Z", or: "z") {
        let isNegative = place < text.count && text[place] == UInt8(ascii: "-")
        guard skip("+", or: "-"), let hour = number(2), hour < 24, skip(":"),
          let minute = number(2), minute < 60
        else { return nil }
        seconds -= (isNegative ? -1 : 1) * (hour * 3600 + minute * 60)
      }
      guard place == text.count else { return nil }
    }
    guard let nanoseconds = Int64(exactly: Int128(seconds) * 1_000_000_000 + Int128(fraction))
    else { return nil }
    self.nanoseconds = nanoseconds
  }

  private static func daysInMonth(_ year: Int64, _ month: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01 of a date in the proleptic Gregorian calendar.
  ///
  /// Both directions follow Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = y.flooredDivision(by: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let m = (5 * dayOfYear + 2) / 153
    let month = m < 10 ? m + 3 : m - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * m + 2) / 5 + 1)
  }
}

extension Int64 {
  fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

extension OutputSpan<UInt8> {
  @_lifetime(self: copy self)
  @inline(__always) fileprivate mutating func appendTwoDigits(_ value: Int64) {
    append(UInt8(truncatingIfNeeded: 0x30 + value / 10))
    append(UInt8(truncatingIfNeeded: 0x30 + value % 10))
  }
}
