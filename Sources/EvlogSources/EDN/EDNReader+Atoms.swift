import EvlogJSON

/// Numbers, names, strings and characters.
extension EDNReader {
  /// Whether a byte ends a number or a name.
  private static func isTerminating(_ byte: UInt8) -> Bool {
    isBlank(byte) || "()[]{}\";\\^@`~".utf8.contains(byte)
  }

  /// The bytes up to the next that ends a number or a name.
  private mutating func tokenBytes() throws(Failure) -> ArraySlice<UInt8> {
    let start = position
    while let byte = next, !Self.isTerminating(byte) { advance() }
    if position == bytes.count, !isWhole { throw .endsEarly(start) }
    return bytes[start..<position]
  }

  mutating func token() throws(Failure) -> String {
    let start = position
    return try text(try tokenBytes(), at: start)
  }

  func text(_ bytes: some Collection<UInt8>, at start: Int) throws(Failure) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw failure("the text is not UTF-8", at: start)
    }
    return text
  }

  mutating func atom() throws(Failure) -> EDNValue {
    let start = position
    let token = try token()
    guard let first = token.utf8.first else {
      throw failure(
        "'\(Character(Unicode.Scalar(bytes[start])))' begins no value of EDN", at: start)
    }
    let second = token.utf8.dropFirst().first ?? 0
    let isSigned = first == UInt8(ascii: "+") || first == UInt8(ascii: "-")
    if Self.isDigit(first) || isSigned && Self.isDigit(second) {
      return try number(Array(token.utf8), at: start)
    }
    if first == UInt8(ascii: ":") {
      let name = token.dropFirst()
      guard !name.isEmpty, name.utf8.first != first else {
        throw failure("'\(token)' is not a keyword", at: start)
      }
      try check(symbol: String(name), at: start)
      return .keyword(String(name))
    }
    switch token {
    case "nil": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default:
      try check(symbol: token, at: start)
      return .symbol(token)
    }
  }

  /// Names have letters, digits and some signs; everything that is not ASCII counts as a letter.
  func check(symbol: String, at start: Int) throws(Failure) {
    let isName = symbol.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...:
        true
      default: ".*+!-_?$%&=<>/:#'|".utf8.contains($0)
      }
    }
    guard isName, let first = symbol.utf8.first, first != UInt8(ascii: "'") else {
      throw failure("'\(symbol)' is not a name", at: start)
    }
  }

  // MARK: Numbers

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  private func number(_ token: [UInt8], at start: Int) throws(Failure) -> EDNValue {
    func wrong(_ why: String = "") -> Failure {
      failure("'\(String(decoding: token, as: UTF8.self))' is not a number\(why)", at: start)
    }
    var rest = token[...]
    func digits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      let digits = rest.prefix(while: Self.isDigit)
      rest = rest.dropFirst(digits.count)
      return digits
    }
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    let whole = digits(&rest)
    guard !(whole.count > 1 && whole.first == UInt8(ascii: "0")) else {
      throw wrong(" of EDN: it begins with 0")
    }
    func spelled(_ digits: some Sequence<UInt8>, isZero: Bool = false) -> String {
      (isNegative && !isZero ? "-" : "") + String(decoding: Array(digits), as: UTF8.self)
    }
    if rest.isEmpty || rest.elementsEqual("N".utf8) {
      return .integer(spelled(whole, isZero: whole.elementsEqual("0".utf8)))
    }
    if rest.first == UInt8(ascii: "/") {
      rest.removeFirst()
      let under = digits(&rest)
      guard rest.isEmpty, let first = under.first, first != UInt8(ascii: "0") else { throw wrong() }
      return .ratio(spelled(whole + [UInt8(ascii: "/")] + under))
    }
    var text = Array(whole)
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      let fraction = digits(&rest)
      text += [UInt8(ascii: ".")] + (fraction.isEmpty ? [UInt8(ascii: "0")] : fraction)
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      text.append(UInt8(ascii: "e"))
      rest.removeFirst()
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        text.append(sign)
        rest.removeFirst()
      }
      let exponent = digits(&rest)
      guard !exponent.isEmpty else { throw wrong() }
      guard exponent.drop(while: { $0 == UInt8(ascii: "0") }).count <= JSONParser.exponentDigitLimit
      else { throw wrong(" that can be kept: its exponent is too large") }
      text += exponent
    }
    guard rest.isEmpty || rest.elementsEqual("M".utf8) else { throw wrong() }
    return .decimal(spelled(text))
  }

  // MARK: Strings and characters

  mutating func string() throws(Failure) -> String {
    let start = position
    advance()
    var result: [UInt8] = []
    while let byte = next {
      advance()
      switch byte {
      case UInt8(ascii: "\""): return try text(result, at: start)
      case UInt8(ascii: "\\"): try escape(into: &result, since: start)
      default: result.append(byte)
      }
    }
    throw .endsEarly(start)
  }

  private mutating func escape(into result: inout [UInt8], since start: Int) throws(Failure) {
    guard let byte = next else { throw .endsEarly(start) }
    advance()
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): result.append(byte)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "u"):
      var unit = try hexadecimal(since: start)
      // The other half of a character may be still to come.
      if bytes.count - position < 2, "\\u".utf8.starts(with: bytes[position...]) {
        throw .endsEarly(start)
      }
      if 0xD800...0xDBFF ~= unit, bytes[position...].starts(with: "\\u".utf8) {
        advance(2)
        let low = try hexadecimal(since: start)
        if 0xDC00...0xDFFF ~= low { unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00) }
      }
      guard let scalar = Unicode.Scalar(unit) else {
        throw failure("\\u stands for half a character", at: position - 4)
      }
      result += String(scalar).utf8
    default:
      throw failure(
        "'\\\(Character(Unicode.Scalar(byte)))' is not an escape of EDN", at: position - 2)
    }
  }

  private mutating func hexadecimal(since start: Int) throws(Failure) -> UInt32 {
    guard position + 4 <= bytes.count else { throw .endsEarly(start) }
    let digits = bytes[position..<(position + 4)]
    guard digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
      let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("\\u is not followed by four hexadecimal digits") }
    advance(4)
    return unit
  }

  private static let namedCharacters: [String: Unicode.Scalar] = [
    "newline": "\n", "return": "\r", "space": " ", "tab": "\t", "formfeed": "\u{C}",
    "backspace": "\u{8}",
  ]

  mutating func character() throws(Failure) -> Unicode.Scalar {
    let start = position
    advance()
    guard let first = next else {
      throw isWhole ? failure("a character is missing", at: start) : .endsEarly(start)
    }
    guard !(0x09...0x0D).contains(first), first != 0x20 else {
      throw failure("a character is missing", at: start)
    }
    // The character itself may be one that ends names.
    advance()
    let token = try text([first] + (try tokenBytes()), at: start)
    let scalars = token.unicodeScalars
    if let scalar = scalars.first, scalars.count == 1 { return scalar }
    if let scalar = Self.namedCharacters[token] { return scalar }
    let digits = token.dropFirst()
    let isHexadecimal = token.hasPrefix("u") && digits.utf8.count == 4
    let isOctal = token.hasPrefix("o") && (1...3).contains(digits.utf8.count)
    if isHexadecimal || isOctal, digits.utf8.first != UInt8(ascii: "+"),
      digits.utf8.first != UInt8(ascii: "-"),
      let code = UInt32(digits, radix: isHexadecimal ? 16 : 8), isHexadecimal || code < 0x100,
      let scalar = Unicode.Scalar(code)
    {
      return scalar
    }
    throw failure("'\\\(token)' is not a character", at: start)
  }
}
