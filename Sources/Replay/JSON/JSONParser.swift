/// A strict reader of JSON texts (RFC 8259), which keeps numbers exact.
public struct JSONParser: ~Escapable {
  /// What is wrong with a text, and at which byte of it (from 0).
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong there, in words.
    public let message: String
    /// Where it is wrong, from 0.
    public let byte: Int
    public var description: String { "\(message) at byte \(byte)" }
  }

  /// How deep arrays and objects may be nested.
  public static let depthLimit: Int = 512

  /// How many digits an exponent may have, beside zeros in front.
  public static let exponentDigitLimit: Int = 12

  private let bytes: Span<UInt8>
  private var i = 0
  private var depth = 0
  /// Whether a whole number beyond ±(2^53 - 1), or one beyond all doubles, was met.
  private(set) var hasLargeNumber = false

  @_lifetime(copy bytes)
  private init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  /// The value of a whole text.
  public static func parse(_ bytes: ArraySlice<UInt8>) throws(Failure) -> JSONValue {
    try parse(bytes.span)
  }

  /// The value of a whole text.
  public static func parse(_ bytes: Span<UInt8>) throws(Failure) -> JSONValue {
    var parser = JSONParser(bytes)
    parser.skipSpace()
    let value = try parser.value()
    try parser.finish()
    return value
  }

  /// Reads one JSON value from a text, strictly: nothing may follow it.
  public static func parse(_ text: String) throws(Failure) -> JSONValue {
    try parse(Array(text.utf8)[...])
  }

  /// Checks a whole text without making values of it; true where it has numbers that a double
  /// does not hold exactly: whole ones beyond ±(2^53 - 1).
  public static func check(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Bool {
    try check(bytes.span, inside: 0)
  }

  /// The same for a text that becomes a part of another, so many arrays and objects deep in it.
  package static func check(_ bytes: Span<UInt8>, inside depth: Int = 0) throws(Failure) -> Bool {
    var parser = JSONParser(bytes)
    parser.depth = depth
    parser.skipSpace()
    try parser.skipValue()
    try parser.finish()
    return parser.hasLargeNumber
  }

  /// The members of the object that is the whole text, as ranges of its bytes.
  package static func members(of bytes: ArraySlice<UInt8>) throws(Failure)
    -> [(key: String, keyByte: Int, value: Range<Int>)]
  {
    var parser = JSONParser(bytes.span)
    var members: [(key: String, keyByte: Int, value: Range<Int>)] = []
    parser.skipSpace()
    guard parser.peek == UInt8(ascii: "{") else { throw parser.failure("There is no object") }
    try parser.object { p, key throws(Failure) in
      let start = p.i
      let (name, keyByte) = (p.text(of: key), key.content.lowerBound - 1)
      try p.skipValue()
      members.append(
        (name, bytes.startIndex + keyByte, (bytes.startIndex + start)..<(bytes.startIndex + p.i)))
    }
    try parser.finish()
    return members
  }

  // MARK: The grammar

  private var peek: UInt8? { i < bytes.count ? bytes[i] : nil }

  private func failure(_ message: String, at place: Int? = nil) -> Failure {
    Failure(message: message, byte: place ?? i)
  }

  /// Bytes that are known to be UTF-8, because the scan has been over them.
  private func text(_ range: Range<Int>) -> String {
    unsafe String(copying: UTF8Span(unchecked: bytes.extracting(range)))
  }

  private func array(_ range: Range<Int>) -> [UInt8] {
    let part = bytes.extracting(range)
    return part.indices.map { part[$0] }
  }

  private mutating func skipSpace() {
    while i < bytes.count {
      switch bytes[i] {
      case 0x20, 0x09, 0x0A, 0x0D: i += 1
      default: return
      }
    }
  }

  private mutating func finish() throws(Failure) {
    skipSpace()
    if i < bytes.count { throw failure("There is something after the value") }
  }

  private mutating func expect(_ text: StaticString) throws(Failure) {
    let start = i
    for scalar in text.description.utf8 {
      guard peek == scalar else { throw failure("This is not a value", at: start) }
      i += 1
    }
  }

  private mutating func value() throws(Failure) -> JSONValue {
    switch peek {
    case UInt8(ascii: "{"):
      var members: [(String, JSONValue)] = []
      try object { p, key throws(Failure) in
        let name = p.text(of: key)
        members.append((name, try p.value()))
      }
      return .object(JSONObject(members))
    case UInt8(ascii: "["):
      var items: [JSONValue] = []
      try array { p throws(Failure) in items.append(try p.value()) }
      return .array(items)
    case UInt8(ascii: "\""): return .string(text(of: try scanString()))
    case UInt8(ascii: "t"):
      try expect("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try expect("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try expect("null")
      return .null
    default:
      let token = try number()
      return .number(
        isPlain(token)
          ? JSONNumber(canonical: text(token)) : JSONNumber(token: array(token)[...]))
    }
  }

  /// Whether a number is written as it is kept: a short whole one, as most are.
  private func isPlain(_ token: Range<Int>) -> Bool {
    let digits = bytes[token.lowerBound] == UInt8(ascii: "-") ? token.dropFirst() : token
    guard digits.count <= JSONNumber.shortCount, digits == token || bytes[digits.lowerBound] != 0x30
    else { return false }
    for i in digits where bytes[i] &- 0x30 > 9 { return false }
    return true
  }

  private mutating func skipValue() throws(Failure) {
    switch peek {
    case UInt8(ascii: "{"): try object { p, _ throws(Failure) in try p.skipValue() }
    case UInt8(ascii: "["): try array { p throws(Failure) in try p.skipValue() }
    case UInt8(ascii: "\""): _ = try scanString()
    case UInt8(ascii: "t"): try expect("true")
    case UInt8(ascii: "f"): try expect("false")
    case UInt8(ascii: "n"): try expect("null")
    default: _ = try number()
    }
  }

  private mutating func enter() throws(Failure) {
    depth += 1
    guard depth <= Self.depthLimit else {
      throw failure("The text is nested deeper than \(Self.depthLimit)")
    }
    i += 1
    skipSpace()
  }

  private mutating func object(
    _ member: (inout JSONParser, Scanned) throws(Failure) -> Void
  ) throws(Failure) {
    try enter()
    if peek == UInt8(ascii: "}") {
      i += 1
      depth -= 1
      return
    }
    while true {
      guard peek == UInt8(ascii: "\"") else { throw failure("A key in quotes is missing") }
      let key = try scanString()
      skipSpace()
      guard peek == UInt8(ascii: ":") else { throw failure("A colon is missing after the key") }
      i += 1
      skipSpace()
      try member(&self, key)
      if try endOfItem(UInt8(ascii: "}"), "object") { return }
    }
  }

  private mutating func array(_ item: (inout JSONParser) throws(Failure) -> Void) throws(Failure) {
    try enter()
    if peek == UInt8(ascii: "]") {
      i += 1
      depth -= 1
      return
    }
    while true {
      try item(&self)
      if try endOfItem(UInt8(ascii: "]"), "array") { return }
    }
  }

  /// Reads a comma, or the closing bracket: then true.
  private mutating func endOfItem(_ close: UInt8, _ what: String) throws(Failure) -> Bool {
    skipSpace()
    switch peek {
    case close:
      i += 1
      depth -= 1
      return true
    case UInt8(ascii: ","):
      i += 1
      skipSpace()
      return false
    case nil: throw failure("The \(what) does not end")
    default: throw failure("A comma or the end of the \(what) is missing")
    }
  }

  private mutating func number() throws(Failure) -> Range<Int> {
    let start = i
    func digits(_ i: inout Int) -> Int {
      let from = i
      while i < bytes.count, bytes[i] >= 0x30, bytes[i] <= 0x39 { i += 1 }
      return i - from
    }
    if peek == UInt8(ascii: "-") { i += 1 }
    let whole = i
    let count = digits(&i)
    guard count > 0 else { throw failure("This is not a value", at: start) }
    if count > 1, bytes[whole] == 0x30 { throw failure("A number begins with 0", at: start) }
    var isWhole = true
    var hasLongExponent = false
    if peek == UInt8(ascii: ".") {
      isWhole = false
      i += 1
      guard digits(&i) > 0 else { throw failure("Digits are missing after the point") }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      isWhole = false
      i += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { i += 1 }
      let exponent = digits(&i)
      guard exponent > 0 else { throw failure("Digits are missing in the exponent") }
      guard array((i - exponent)..<i).drop(while: { $0 == 0x30 }).count <= Self.exponentDigitLimit
      else { throw failure("A number's exponent is too large", at: start) }
      hasLongExponent = exponent > 2
    }
    // Numbers that may be beyond all doubles are few: only those are worth a conversion.
    if !isWhole, hasLongExponent || count > 200,
      Double(text(start..<i))?.isFinite != true
    {
      hasLargeNumber = true
    }
    if isWhole, count > 15 {
      let magnitude = UInt64(text(whole..<i))
      if magnitude.map({ $0 > 1 << 53 - 1 }) ?? true { hasLargeNumber = true }
    }
    return start..<i
  }

  /// A string's content without quotes, and whether it has escapes.
  private struct Scanned {
    let content: Range<Int>
    let hasEscapes: Bool
  }

  /// Moves past a string.
  private mutating func scanString() throws(Failure) -> Scanned {
    let start = i
    i += 1
    var hasEscapes = false
    var hasHighBytes = false
    while true {
      guard i < bytes.count else { throw failure("The string does not end", at: start) }
      let byte = bytes[i]
      if byte == UInt8(ascii: "\"") { break }
      if byte < 0x20 { throw failure("A control character in a string must be escaped") }
      if byte >= 0x80 { hasHighBytes = true }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        i += 1
        guard i < bytes.count else { throw failure("The string does not end", at: start) }
        switch bytes[i] {
        case UInt8(ascii: "u"):
          guard let unit = hex(at: i + 1) else {
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
      i += 1
    }
    let content = (start + 1)..<i
    if hasHighBytes, (try? UTF8Span(validating: bytes.extracting(content))) == nil {
      throw failure("The string is not UTF-8", at: start)
    }
    i += 1
    return Scanned(content: content, hasEscapes: hasEscapes)
  }

  /// Moves past the second half of a surrogate pair, if it is there.
  private mutating func skipLow() -> Bool {
    guard i + 2 < bytes.count, bytes[i + 1] == UInt8(ascii: "\\"),
      bytes[i + 2] == UInt8(ascii: "u"), let unit = hex(at: i + 3),
      (0xDC00..<0xE000).contains(unit)
    else { return false }
    i += 6
    return true
  }

  private static func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x30...0x39: UInt32(byte) - 0x30
    case 0x41...0x46: UInt32(byte) - 0x41 + 10
    case 0x61...0x66: UInt32(byte) - 0x61 + 10
    default: nil
    }
  }

  private func text(of string: Scanned) -> String {
    let content = string.content
    if !string.hasEscapes { return text(content) }
    var text: [UInt8] = []
    text.reserveCapacity(content.count)
    var j = content.lowerBound
    while j < content.upperBound {
      let byte = bytes[j]
      j += 1
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      let escape = bytes[j]
      j += 1
      switch escape {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        // The scan has made sure that they are digits, and that pairs are whole.
        var unit = hex(at: j) ?? 0
        j += 4
        if (0xD800..<0xDC00).contains(unit) {
          unit = 0x10000 + (unit - 0xD800) << 10 + ((hex(at: j + 2) ?? 0) - 0xDC00)
          j += 6
        }
        let scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
        text.append(contentsOf: Array(String(Character(scalar)).utf8))
      default: text.append(escape)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The number that four hexadecimal digits are.
  private func hex(at place: Int) -> UInt32? {
    guard place + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for j in place..<(place + 4) {
      guard let digit = Self.hexDigit(bytes[j]) else { return nil }
      value = value << 4 | digit
    }
    return value
  }
}
