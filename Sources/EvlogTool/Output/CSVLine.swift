import EvlogCore

/// A line of CSV by RFC 4180, but for its end, which is LF. No value is an empty field, and an empty text is quoted.
struct CSVLine {
  private var bytes: [UInt8] = []
  private var isFirst = true

  mutating func add(_ text: String?) {
    if let text { add(text.utf8Span.span) } else { separate() }
  }

  mutating func add(_ number: Int64) {
    separate()
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    bytes.append(decimal: number.magnitude)
  }

  /// By bytes: a carriage return and a line feed are one `Character`, as a quote is with what combines with it.
  mutating func add(_ text: Span<UInt8>) {
    separate()
    let quote = UInt8(ascii: "\"")
    let isPlain =
      !text.isEmpty && !text.contains(quote) && !text.contains(UInt8(ascii: ","))
      && !text.contains(0x0A) && !text.contains(0x0D)
    if isPlain { return bytes.append(text) }
    bytes.append(addingCapacity: 2 * text.count + 2) { output in
      output.append(quote)
      for i in text.indices {
        if text[i] == quote { output.append(quote) }
        output.append(text[i])
      }
      output.append(quote)
    }
  }

  /// Prints the line, and begins the next one.
  mutating func end(on output: Output) { output.forPrograms(taken()) }

  /// The line, and begins the next one.
  mutating func taken() -> [UInt8] {
    // A line of nothing would be no row to most readers.
    if bytes.isEmpty { bytes.append("\"\"") }
    bytes.append(0x0A)
    defer {
      bytes.removeAll(keepingCapacity: true)
      isFirst = true
    }
    return bytes
  }

  private mutating func separate() {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
  }
}
