/// Escapes terminal controls in texts from outside.
///
/// Names, data, messages of scripts and states are printed among our own words. A terminal obeys some
/// characters in them: it would be coloured, cleared, or made to show another order of characters than
/// there is. Those are written out, here and nowhere else.
enum TerminalText {
  /// How such a character is written: for people, or so that a JSON text stays the same value.
  enum Form {
    case people, json
  }

  /// What stands for ESC in our own sequences until they are printed. No text of others can know it.
  static let mark = Unicode.Scalar(UInt32.random(in: 0xF_0000...0xF_FFFD)) ?? "\u{F0000}"

  /// Adds a text as a terminal may get it. Newlines are kept where the text is ours, of several lines.
  static func append(
    _ text: String, keepsNewlines: Bool, form: Form = .people, to bytes: inout [UInt8]
  ) {
    var text = text
    let isPlain = text.withUTF8 { utf8 in
      unsafe utf8.allSatisfy { 0x20...0x7E ~= $0 || keepsNewlines && $0 == 0x0A }
    }
    if isPlain {
      bytes += text.utf8
      return
    }
    for scalar in text.unicodeScalars {
      if scalar == mark {
        bytes.append(0x1B)
      } else if isControl(scalar), !(keepsNewlines && scalar == "\n") {
        bytes += escape(scalar, form).utf8
      } else {
        bytes += UTF8.encode(scalar).map(Array.init) ?? []
      }
    }
  }

  /// The same as a text.
  static func plain(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isControl(scalar) {
        result += escape(scalar, .people)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// An argument as a shell takes it, and a terminal too.
  static func shell(_ text: String) -> String {
    var result = "$'"
    for scalar in text.unicodeScalars {
      if scalar == "'" || scalar == "\\" {
        result += "\\\(scalar)"
      } else if isControl(scalar) {
        for byte in String(scalar).utf8 {
          result += (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
        }
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result + "'"
  }

  /// The beginning and the end of a text that is longer than people read, and what was left out.
  static func shortened(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    let head = prefix(text, limit * 3 / 4)
    let tail = suffix(text, limit / 4)
    let left = text.utf8.count - head.utf8.count - tail.utf8.count
    return "\(head)… (\(Words.number(left)) more bytes) …\(tail)"
  }

  private static func prefix(_ text: String, _ count: Int) -> Substring {
    var end = text.utf8.index(text.startIndex, offsetBy: count)
    while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return text[..<end]
  }

  private static func suffix(_ text: String, _ count: Int) -> Substring {
    var start = text.utf8.index(text.endIndex, offsetBy: -count)
    while start.samePosition(in: text.unicodeScalars) == nil {
      start = text.utf8.index(after: start)
    }
    return text[start...]
  }

  private static func escape(_ scalar: Unicode.Scalar, _ form: Form) -> String {
    switch form {
    case .people: "\\u{\(String(scalar.value, radix: 16))}"
    case .json:
      UTF16.encode(scalar).map { units in
        units.map { unit in
          let digits = String(unit, radix: 16)
          return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
      } ?? ""
    }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
    default: false
    }
  }
}
