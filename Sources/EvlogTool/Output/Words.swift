import EvlogCore

/// Numbers, counts and foreign texts as people can read them.
enum Words {
  /// With a comma between thousands.
  static func number(_ value: some BinaryInteger) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (i, digit) in digits.enumerated() {
      if i > 0, (digits.count - i) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + text
  }

  static func number(_ value: some Ordinal) -> String { number(value.rawValue) }

  /// A cut; of a group, with the cut of each log.
  static func number(_ cut: Cut) -> String {
    number(cut.rawValue) + (CurrentGroup.words(cut).map { " (\($0))" } ?? "")
  }

  /// An offset; of a group, with the event's place in its log.
  static func number(_ offset: Offset) -> String {
    number(offset.rawValue) + (CurrentGroup.words(offset).map { " (\($0))" } ?? "")
  }

  /// A text from a log for a terminal: what would control the terminal is written out.
  static func plain(_ text: String) -> String { TerminalText.plain(text) }

  /// The name of a stream or key, in quotes if it is empty or has blanks at its ends.
  static func key(_ name: String) -> String {
    let isSeen =
      !name.isEmpty && name.first?.isWhitespace == false && name.last?.isWhitespace == false
    return isSeen ? plain(name) : quoted(name)
  }

  /// A name in quotes.
  static func quoted(_ name: String) -> String { "'\(plain(name))'" }

  /// An argument as a shell takes it.
  static func shell(_ text: String) -> String {
    if text != plain(text) { return TerminalText.shell(text) }
    let isPlain = text.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || "-_./=:,@%+".utf8.contains($0)
    }
    return isPlain && !text.isEmpty ? text : "'\(text.replacing("'", with: #"'\''"#))'"
  }

  /// An option with a value as a shell takes it, also where the value looks like an option.
  static func option(_ name: String, _ value: String) -> String {
    name + (value.hasPrefix("-") ? "=" : " ") + shell(value)
  }

  static func count(_ value: some BinaryInteger, _ noun: String, _ plural: String? = nil) -> String
  {
    "\(number(value)) \(value == 1 ? noun : plural ?? noun + "s")"
  }

  /// So many as come before a cut.
  static func count(_ cut: Cut, _ noun: String) -> String { count(cut.rawValue, noun) }

  static func bytes(_ value: some BinaryInteger) -> String {
    var amount = Double(value)
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
      if amount < 1024 || unit == "GiB" {
        return unit == "bytes" ? "\(value) bytes" : "\(oneDecimal(amount)) \(unit)"
      }
      amount /= 1024
    }
    return "\(value) bytes"
  }

  static func oneDecimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(number(tenths / 10)).\(abs(tenths % 10))"
  }

  static func duration(_ value: Duration) -> String {
    let seconds = value / .seconds(1)
    if seconds < 0.001 { return "\(Int(seconds * 1_000_000)) µs" }
    if seconds < 1 { return "\(Int(seconds * 1000)) ms" }
    return "\(oneDecimal(seconds)) s"
  }
}
