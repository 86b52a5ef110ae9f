import CEvlog
import EvlogCore

// Strings and numbers.
extension JSONScanner {
  // MARK: Numbers

  package struct Number {
    package let token: Range<Int>
    /// Whether it is written without a point and an exponent.
    package let isWhole: Bool
    /// The digits before the point.
    package let digits: Int
    package let hasLongExponent: Bool

    @inlinable package init(token: Range<Int>, isWhole: Bool, digits: Int, hasLongExponent: Bool) {
      (self.token, self.isWhole) = (token, isWhole)
      (self.digits, self.hasLongExponent) = (digits, hasLongExponent)
    }
  }

  /// Moves past a number.
  @inlinable @inline(__always) package mutating func number() throws(Failure) -> Number {
    let start = i
    var whole = start
    if peek == UInt8(ascii: "-") { whole &+= 1 }
    i = digitsEnd(from: whole)
    let count = i &- whole
    guard count > 0 else {
      i = whole
      throw failure("This is not a value", at: start)
    }
    if count > 1, bytes[whole] == 0x30 { throw failure("A number begins with 0", at: start) }
    // Most are whole.
    guard i < bytes.count, bytes[i] == UInt8(ascii: ".") || bytes[i] | 0x20 == UInt8(ascii: "e")
    else { return Number(token: start..<i, isWhole: true, digits: count, hasLongExponent: false) }
    return try number(from: start, digits: count)
  }

  @usableFromInline @inline(never) package mutating func number(from start: Int, digits: Int)
    throws(Failure)
    -> Number
  {
    var hasLongExponent = false
    if peek == UInt8(ascii: ".") {
      let fraction = i + 1
      i = digitsEnd(from: fraction)
      guard i > fraction else { throw failure("Digits are missing after the point") }
    }
    if let byte = peek, byte | 0x20 == UInt8(ascii: "e") {
      i += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { i += 1 }
      var exponent = i
      i = digitsEnd(from: exponent)
      guard i > exponent else { throw failure("Digits are missing in the exponent") }
      hasLongExponent = i - exponent > 2
      while exponent < i, bytes[exponent] == 0x30 { exponent += 1 }
      guard i - exponent <= JSONParser.exponentDigitLimit else {
        throw failure("A number's exponent is too large", at: start)
      }
    }
    return Number(
      token: start..<i, isWhole: false, digits: digits, hasLongExponent: hasLongExponent)
  }

  @inlinable @inline(__always) package func digitsEnd(from start: Int) -> Int {
    var i = start
    while i < bytes.count, bytes[i] &- 0x30 < 10 { i &+= 1 }
    return i
  }

  /// The same, eight bytes at a time.
  @inline(__always) func manyDigitsEnd(from start: Int) -> Int {
    var i = start
    while i &+ 8 <= bytes.count {
      let word = unsafe bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self)
      let others = evlog_nondigits(UInt64(littleEndian: word))
      i &+= others.trailingZeroBitCount / 8
      if others != 0 { return i }
    }
    return digitsEnd(from: i)
  }

  /// Whether a double does not hold a number: a whole one, or one beyond all doubles.
  func isLarge(_ number: Number) -> Bool {
    let token = number.token
    if number.isWhole {
      guard number.digits > 15 else { return false }
      let magnitude = UInt64(text((token.upperBound - number.digits)..<token.upperBound))
      return magnitude.map { $0 > 1 << 53 - 1 } ?? true
    }
    // Numbers that may be beyond all doubles are few: only those are worth a conversion.
    guard number.hasLongExponent || number.digits > 200 else { return false }
    return Double(text(token))?.isFinite != true
  }

  // MARK: Strings

  /// Moves past a string.
  @inlinable @inline(__always) package mutating func string() throws(Failure) -> Quoted {
    let start = i
    let end = plainEnd(from: start &+ 1)
    // Most have neither escapes nor other characters than those of ASCII.
    if end < bytes.count, bytes[end] == UInt8(ascii: "\"") {
      i = end &+ 1
      return Quoted(start: start &+ 1, end: end, hasEscapes: false)
    }
    return try string(from: start, plainTo: end)
  }

  @usableFromInline @inline(never) package mutating func string(from start: Int, plainTo end: Int)
    throws(Failure)
    -> Quoted
  {
    var hasEscapes = false
    var hasHighBytes = false
    i = end
    while true {
      guard i < bytes.count else { throw failure("The string does not end", at: start) }
      let byte = bytes[i]
      if byte == UInt8(ascii: "\"") { break }
      if byte < 0x20 { throw failure("A control character in a string must be escaped") }
      if byte >= 0x80 {
        hasHighBytes = true
      } else if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        try escape(in: start)
      }
      i = plainEnd(from: i + 1)
    }
    let end = i
    // What is not UTF-8 is said with its place.
    if hasHighBytes, (try? UTF8Span(validating: bytes.extracting((start + 1)..<end))) == nil {
      throw failure("The string is not UTF-8", at: start)
    }
    i += 1
    return Quoted(start: start + 1, end: end, hasEscapes: hasEscapes)
  }

  /// The end of a run of characters that mean themselves; eight are looked at at a time.
  @inlinable @inline(__always) package func plainEnd(from start: Int) -> Int {
    let words = unsafe bytes.bytes
    let last = bytes.count &- 8
    var i = start
    while i <= last {
      let word = unsafe words.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self)
      let hits = special(UInt64(littleEndian: word))
      if hits != 0 { return i &+ hits.trailingZeroBitCount &>> 3 }
      i &+= 8
    }
    while i < bytes.count, !isSpecial(bytes[i]) { i &+= 1 }
    return i
  }

  /// Moves to the last byte of an escape.
  private mutating func escape(in start: Int) throws(Failure) {
    i += 1
    guard i < bytes.count else { throw failure("The string does not end", at: start) }
    switch bytes[i] {
    case UInt8(ascii: "u"):
      guard let unit = Self.hex(bytes, at: i + 1) else {
        throw failure("Four hexadecimal digits are missing after \\u")
      }
      i += 4
      if (0xDC00..<0xE000).contains(unit) || (0xD800..<0xDC00).contains(unit) && !skipLow() {
        throw failure("The string has half of a surrogate pair", at: start)
      }
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      break
    default: throw failure("There is no such escape")
    }
  }

  /// Moves past the second half of a surrogate pair, if it is there.
  private mutating func skipLow() -> Bool {
    guard i + 2 < bytes.count, bytes[i + 1] == UInt8(ascii: "\\"),
      bytes[i + 2] == UInt8(ascii: "u"), let unit = Self.hex(bytes, at: i + 3),
      (0xDC00..<0xE000).contains(unit)
    else { return false }
    i += 6
    return true
  }

  /// The number that four hexadecimal digits are.
  private static func hex(_ bytes: Span<UInt8>, at place: Int) -> UInt32? {
    guard place + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for j in place..<(place + 4) {
      let digit: UInt8
      switch bytes[j] {
      case 0x30...0x39: digit = bytes[j] - 0x30
      case 0x41...0x46: digit = bytes[j] - 0x41 + 10
      case 0x61...0x66: digit = bytes[j] - 0x61 + 10
      default: return nil
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  // MARK: Texts

  /// Bytes that are known to be UTF-8, because the scan has been over them.
  package func text(_ range: Range<Int>) -> String {
    unsafe String(copying: UTF8Span(unchecked: bytes.extracting(range)))
  }

  package func text(of string: Quoted) -> String {
    string.hasEscapes
      ? String(decoding: Self.unescaped(bytes.extracting(string.content)), as: UTF8.self)
      : text(string.content)
  }

  /// What a string means whose content the scan has been over.
  package static func unescaped(_ content: Span<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(content.count)
    var j = 0
    while j < content.count {
      let byte = content[j]
      j += 1
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      let escape = content[j]
      j += 1
      switch escape {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        // The scan has made sure that they are digits, and that pairs are whole.
        var unit = hex(content, at: j) ?? 0
        j += 4
        if (0xD800..<0xDC00).contains(unit) {
          unit = 0x10000 + (unit - 0xD800) << 10 + ((hex(content, at: j + 2) ?? 0) - 0xDC00)
          j += 6
        }
        text.append(contentsOf: String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8)
      default: text.append(escape)
      }
    }
    return text
  }
}

/// Whether a byte means something else than itself in a string, or may be a part of no character.
@inlinable @inline(__always) package func isSpecial(_ byte: UInt8) -> Bool {
  byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte >= 0x80
}

/// The same of eight bytes: the lowest bit that is set is the highest of the first such byte.
@inlinable @inline(__always) package func special(_ word: UInt64) -> UInt64 {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let quotes = word ^ (ones &* 0x22)
  let slashes = word ^ (ones &* 0x5C)
  return
    (word | (word &- ones &* 0x20) & ~word | (quotes &- ones) & ~quotes
    | (slashes &- ones) & ~slashes) & (ones &* 0x80)
}
