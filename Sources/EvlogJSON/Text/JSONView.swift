/// A value in a JSON text, read in place: whatever is not requested is skipped.
///
/// It reads only up to what is requested, so the text is not checked as a whole; an error in it is reported
/// when it is met. Each look-up of a member begins at the start of its object.
public struct JSONView: ~Escapable {
  /// The text from the value on.
  @usableFromInline let bytes: Span<UInt8>

  /// The value of a whole text.
  @inlinable @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) {
    var i = 0
    while i < bytes.count, Self.isSpace(bytes[i]) { i &+= 1 }
    self.bytes = bytes.extracting(i..<bytes.count)
  }

  @inlinable @_lifetime(copy bytes)
  init(at bytes: Span<UInt8>) { self.bytes = bytes }

  /// A text is malformed, or is not what was expected.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    @usableFromInline init(_ description: String) { self.description = description }
  }

  @inlinable static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  @usableFromInline static func malformed(_ what: StaticString) -> Failure { Failure("\(what)") }

  @usableFromInline static func missing(_ key: StaticString) -> Failure {
    Failure("there is no '\(key)'")
  }

  // MARK: Passing over

  /// The place after the string that begins at a quote.
  @inlinable func endOfString(_ start: Int) throws(Failure) -> Int {
    var i = start &+ 1
    let count = bytes.count
    let words = unsafe bytes.bytes
    // Eight bytes at a time, for as long as none of them is a quote or a backslash.
    while i &+ 8 <= count {
      let word = unsafe words.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self)
      let quotes = word ^ 0x2222_2222_2222_2222
      let slashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
      let ones: UInt64 = 0x0101_0101_0101_0101
      let hits =
        ((quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes) & 0x8080_8080_8080_8080
      if hits == 0 {
        i &+= 8
        continue
      }
      i &+= hits.trailingZeroBitCount / 8
      if bytes[i] == UInt8(ascii: "\"") { return i &+ 1 }
      i &+= 2
    }
    while i < count {
      if bytes[i] == UInt8(ascii: "\"") { return i &+ 1 }
      i &+= bytes[i] == UInt8(ascii: "\\") ? 2 : 1
    }
    throw Self.malformed("a string does not end")
  }

  /// The place after the value that begins at a place.
  @inlinable func endOfValue(_ start: Int) throws(Failure) -> Int {
    guard start < bytes.count else { throw Self.malformed("a value is missing") }
    switch bytes[start] {
    case UInt8(ascii: "\""): return try endOfString(start)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      var depth = 0
      var i = start
      while i < bytes.count {
        switch bytes[i] {
        case UInt8(ascii: "\""):
          i = try endOfString(i)
          continue
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth &+= 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          depth &-= 1
          if depth == 0 { return i &+ 1 }
        default: break
        }
        i &+= 1
      }
      throw Self.malformed("an object or array does not end")
    default:
      var i = start
      while i < bytes.count, bytes[i] != UInt8(ascii: ","), bytes[i] != UInt8(ascii: "}"),
        bytes[i] != UInt8(ascii: "]"), !Self.isSpace(bytes[i])
      { i &+= 1 }
      if i == start { throw Self.malformed("a value is missing") }
      return i
    }
  }

  @inlinable func skipSpace(_ start: Int) -> Int {
    var i = start
    while i < bytes.count, Self.isSpace(bytes[i]) { i &+= 1 }
    return i
  }

  @inlinable func isKey(_ key: StaticString, at start: Int, _ end: Int) -> Bool {
    let count = end &- start &- 2
    guard count == key.utf8CodeUnitCount else { return false }
    for j in 0..<count where unsafe bytes[start &+ 1 &+ j] != key.utf8Start[j] { return false }
    return true
  }

  // MARK: Asking

  /// The first member of an object with this name, or nil. The name is compared as it is written, without
  /// escapes.
  @inlinable @_lifetime(copy self)
  public func member(_ key: StaticString) throws(Failure) -> JSONView? {
    guard !bytes.isEmpty, bytes[0] == UInt8(ascii: "{") else {
      throw Self.malformed("this is not an object")
    }
    var i = skipSpace(1)
    while i < bytes.count, bytes[i] == UInt8(ascii: "\"") {
      let end = try endOfString(i)
      let isFound = isKey(key, at: i, end)
      i = skipSpace(end)
      guard i < bytes.count, bytes[i] == UInt8(ascii: ":") else {
        throw Self.malformed("a colon is missing after a key")
      }
      i = skipSpace(i &+ 1)
      if isFound { return JSONView(at: bytes.extracting(i..<bytes.count)) }
      i = skipSpace(try endOfValue(i))
      guard i < bytes.count, bytes[i] == UInt8(ascii: ",") else { break }
      i = skipSpace(i &+ 1)
    }
    guard i < bytes.count, bytes[i] == UInt8(ascii: "}") else {
      throw Self.malformed("an object does not end")
    }
    return nil
  }

  /// Calls `body` with each element of an array.
  @inlinable
  public func forEach(_ body: (borrowing JSONView) throws -> Void) throws {
    guard !bytes.isEmpty, bytes[0] == UInt8(ascii: "[") else {
      throw Self.malformed("this is not an array")
    }
    var i = skipSpace(1)
    if i < bytes.count, bytes[i] == UInt8(ascii: "]") { return }
    while true {
      try body(JSONView(at: bytes.extracting(i..<bytes.count)))
      i = skipSpace(try endOfValue(i))
      guard i < bytes.count, bytes[i] == UInt8(ascii: ",") else { break }
      i = skipSpace(i &+ 1)
    }
    guard i < bytes.count, bytes[i] == UInt8(ascii: "]") else {
      throw Self.malformed("an array does not end")
    }
  }

  /// Whether the value is `null`.
  public var isNull: Bool { bytes.count >= 4 && bytes[0] == UInt8(ascii: "n") }

  /// The whole number here. Throws if it has a fraction or an exponent, or does not fit.
  @inlinable
  public func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(Failure) -> T {
    var i = 0
    let isNegative = !bytes.isEmpty && bytes[0] == UInt8(ascii: "-")
    if isNegative { i = 1 }
    let first = i
    var value: T = 0
    while i < bytes.count, bytes[i] &- 0x30 < 10 {
      let digit = T(truncatingIfNeeded: bytes[i] &- 0x30)
      let (product, isOver) = value.multipliedReportingOverflow(by: 10)
      let (sum, isOverToo) =
        isNegative
        ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      if isOver || isOverToo { throw Self.malformed("a whole number is too large") }
      value = sum
      i &+= 1
    }
    guard i > first else { throw Self.malformed("this is not a whole number") }
    if i < bytes.count, bytes[i] == UInt8(ascii: ".") || bytes[i] | 0x20 == UInt8(ascii: "e") {
      throw Self.malformed("this number is not written as a whole one")
    }
    return value
  }

  /// The number here, as the nearest double.
  public func double() throws(Failure) -> Double {
    let end = try endOfValue(0)
    guard let value = Double(text(0..<end)), value.isFinite else {
      throw Self.malformed("this is not a number that a double can hold")
    }
    return value
  }

  /// The truth value. Throws if there is none.
  public func bool() throws(Failure) -> Bool {
    switch text(0..<(try endOfValue(0))) {
    case "true": return true
    case "false": return false
    default: throw Self.malformed("this is neither true nor false")
    }
  }

  /// The text here.
  @inlinable
  public func string() throws(Failure) -> String {
    let end = try endOfText()
    for i in 1..<max(1, end &- 1) where bytes[i] == UInt8(ascii: "\\") {
      return try unescaped(end)
    }
    return text(1..<(end &- 1))
  }

  /// The bytes between the quotes of the text here, as they are written.
  @inlinable @_lifetime(copy self)
  public func rawString() throws(Failure) -> Span<UInt8> {
    bytes.extracting(1..<(try endOfText() &- 1))
  }

  @inlinable func endOfText() throws(Failure) -> Int {
    guard !bytes.isEmpty, bytes[0] == UInt8(ascii: "\"") else {
      throw Self.malformed("this is not a text")
    }
    return try endOfString(0)
  }

  @usableFromInline func unescaped(_ end: Int) throws(Failure) -> String {
    do throws(JSONParser.Failure) {
      return try JSONParser.parse(bytes.extracting(0..<end)).stringValue ?? ""
    } catch { throw Failure(error.message) }
  }

  @usableFromInline func text(_ range: Range<Int>) -> String {
    let part = bytes.extracting(range)
    return String(decoding: part.indices.map { part[$0] }, as: UTF8.self)
  }

  // MARK: Members

  /// A member's whole number. Throws if there is none.
  @inlinable
  public func integer<T: FixedWidthInteger>(_ key: StaticString, as type: T.Type = T.self)
    throws(Failure) -> T
  {
    guard let value = try member(key) else { throw Self.missing(key) }
    return try value.integer()
  }

  /// A member's text. Throws if there is none.
  @inlinable
  public func string(_ key: StaticString) throws(Failure) -> String {
    guard let value = try member(key) else { throw Self.missing(key) }
    return try value.string()
  }

  /// The bytes of a member's text, as they are written. Throws if there is none.
  @inlinable @_lifetime(copy self)
  public func rawString(_ key: StaticString) throws(Failure) -> Span<UInt8> {
    guard let value = try member(key) else { throw Self.missing(key) }
    return try value.rawString()
  }
}
