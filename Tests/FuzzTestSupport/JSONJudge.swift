/// Says of a text whether it is JSON, by the grammar of RFC 8259 and no more: another opinion than
/// that of the library's reader, written without it.
///
/// As evlog has it, arrays and objects are at most 512 deep, exponents have at most twelve digits,
/// surrogates come in pairs, and the text is UTF-8.
enum JSONJudge {
  static func accepts(_ bytes: [UInt8]) -> Bool {
    guard let text = String(validating: bytes, as: UTF8.self) else { return false }
    var rest = Array(text.unicodeScalars)[...]
    guard value(&rest, depth: 0) else { return false }
    space(&rest)
    return rest.isEmpty
  }

  private typealias Rest = ArraySlice<Unicode.Scalar>

  private static func space(_ rest: inout Rest) {
    rest = rest.drop { " \t\n\r".unicodeScalars.contains($0) }
  }

  private static func take(_ text: String, _ rest: inout Rest) -> Bool {
    guard rest.starts(with: text.unicodeScalars) else { return false }
    rest = rest.dropFirst(text.unicodeScalars.count)
    return true
  }

  private static func value(_ rest: inout Rest, depth: Int) -> Bool {
    space(&rest)
    for word in ["null", "true", "false"] where take(word, &rest) { return true }
    if take("{", &rest) {
      return depth < 512
        && list(&rest, until: "}") { rest in
          space(&rest)
          guard string(&rest) else { return false }
          space(&rest)
          return take(":", &rest) && value(&rest, depth: depth + 1)
        }
    }
    if take("[", &rest) {
      return depth < 512 && list(&rest, until: "]") { value(&$0, depth: depth + 1) }
    }
    return rest.first == "\"" ? string(&rest) : number(&rest)
  }

  private static func list(_ rest: inout Rest, until end: String, _ item: (inout Rest) -> Bool)
    -> Bool
  {
    space(&rest)
    if take(end, &rest) { return true }
    while item(&rest) {
      space(&rest)
      if take(end, &rest) { return true }
      if !take(",", &rest) { return false }
    }
    return false
  }

  private static func digits(_ rest: inout Rest) -> Rest {
    let found = rest.prefix { "0"..."9" ~= $0 }
    rest = rest.dropFirst(found.count)
    return found
  }

  private static func number(_ rest: inout Rest) -> Bool {
    _ = take("-", &rest)
    let whole = digits(&rest)
    guard !whole.isEmpty, whole.count == 1 || whole.first != "0" else { return false }
    if take(".", &rest), digits(&rest).isEmpty { return false }
    if take("e", &rest) || take("E", &rest) {
      if !take("+", &rest) { _ = take("-", &rest) }
      let exponent = digits(&rest)
      guard !exponent.isEmpty, exponent.drop(while: { $0 == "0" }).count <= 12 else { return false }
    }
    return true
  }

  private static func unit(_ rest: inout Rest) -> UInt32? {
    let four = rest.prefix(4)
    guard four.count == 4, four.allSatisfy({ $0.properties.isASCIIHexDigit }) else { return nil }
    rest = rest.dropFirst(4)
    return UInt32(String(String.UnicodeScalarView(four)), radix: 16)
  }

  private static func string(_ rest: inout Rest) -> Bool {
    guard take("\"", &rest) else { return false }
    while let scalar = rest.popFirst() {
      if scalar == "\"" { return true }
      if scalar.value < 0x20 { return false }
      guard scalar == "\\" else { continue }
      guard let escape = rest.popFirst() else { return false }
      if "\"\\/bfnrt".unicodeScalars.contains(escape) { continue }
      guard escape == "u", let unit = unit(&rest), !(0xDC00..<0xE000).contains(unit) else {
        return false
      }
      if (0xD800..<0xDC00).contains(unit) {
        guard take("\\u", &rest), let low = self.unit(&rest), (0xDC00..<0xE000).contains(low) else {
          return false
        }
      }
    }
    return false
  }
}
