import EvlogCore

/// The rows of an input in CSV, by RFC 4180; a line feed alone ends a row, too.
///
/// The bytes are looked at once, whatever the pieces are in which they come.
struct CSVRows {
  private enum State {
    /// Before a field's first byte; within a field without quotes, and with quotes.
    case start, plain, quoted
    /// After a quote in a field with quotes: it ends the field, or stands for itself if another one follows.
    case quote
    /// After a carriage return outside of quotes.
    case carriageReturn
  }

  /// How far a row was looked at.
  private struct Progress {
    var state = State.start
    /// The next byte in the buffer.
    var next: Int
    /// Of the field: where it begins in the text and in the row, and whether it has quotes.
    var text = 0
    var byte = 0
    var isQuoted = false
    /// Whether any field has quotes.
    var hasQuotes = false
  }

  private static let quote = UInt8(ascii: "\"")

  private let separator: UInt8
  private(set) var input: InputBytes
  private var buffer: [UInt8] = []
  /// Where the row begins.
  private var position = 0
  private var line = 1
  private var isAtEnd = false

  init(_ input: InputBytes, separator: UInt8) {
    self.input = input
    self.separator = separator
  }

  /// Reads the next row that is not empty; false after the last.
  mutating func next(_ row: inout CSVRow) throws(SourceError) -> Bool {
    while true {
      row.clear()
      guard try read(&row) else { return false }
      let count = row.record.bytes.count
      let isEmpty = count == 0 || count == 1 && row.record.bytes[0] == 0x0D
      if !isEmpty { return true }
    }
  }

  private mutating func read(_ row: inout CSVRow) throws(SourceError) -> Bool {
    var progress = Progress(next: position)
    while true {
      if let end = scan(&progress, &row) {
        finish(&row, at: end, progress.hasQuotes)
        position = end + 1
        return true
      }
      guard buffer.count - position <= InputLines.lineLimit else {
        throw SourceError(
          input.name,
          .malformed(
            "the row that begins here has more than \(InputLines.lineLimit >> 20) MiB. Perhaps a "
              + "quote is missing."), line: line)
      }
      if try fill(&progress) { continue }
      guard progress.next > position else { return false }
      if progress.state == .quoted {
        let record = InputRecord(number: line, bytes: Array(buffer[position...]))
        let error = record.wrong(
          "the quote that begins here has no end.", at: progress.byte, of: input.name)
        throw SourceError(error.input, error.problem, line: error.line, column: error.column)
      }
      end(progress, &row)
      finish(&row, at: buffer.count, progress.hasQuotes)
      position = buffer.count
      return true
    }
  }

  /// Goes on to the line feed that ends the row; nil if it is not there yet.
  private func scan(_ progress: inout Progress, _ row: inout CSVRow) -> Int? {
    let bytes = buffer.span
    var i = progress.next
    defer { progress.next = i }
    while i < bytes.count {
      let byte = bytes[i]
      switch progress.state {
      case .start:
        // What follows a mistake is taken as it is, so that the row ends where its line does.
        if byte == Self.quote, row.problem == nil {
          (progress.isQuoted, progress.hasQuotes, progress.state) = (true, true, .quoted)
          i &+= 1
        } else {
          progress.state = .plain
        }
      case .quoted:
        let start = i
        while i < bytes.count, bytes[i] != Self.quote { i &+= 1 }
        row.text.append(bytes.extracting(start..<i))
        if i < bytes.count {
          progress.state = .quote
          i &+= 1
        }
      case .quote where byte == Self.quote:
        row.text.append(byte)
        progress.state = .quoted
        i &+= 1
      case .carriageReturn where byte != 0x0A:
        note("a carriage return without a line feed must be in quotes.", at: i &- 1, &row)
        row.text.append(0x0D)
        progress.state = .plain
      case .plain, .quote, .carriageReturn:
        if byte == separator {
          end(progress, &row)
          row.text.append(UInt8(ascii: ","))
          i &+= 1
          (progress.text, progress.byte) = (row.text.count, i &- position)
          (progress.isQuoted, progress.state) = (false, .start)
        } else if byte == 0x0A {
          end(progress, &row)
          return i
        } else if byte == 0x0D {
          progress.state = .carriageReturn
          i &+= 1
        } else {
          if progress.state == .quote {
            note(
              "after the quote at the end of a field, a separator or the end of the row must follow.",
              at: i, &row)
            progress.state = .plain
          }
          i = plain(bytes, from: i, &row)
        }
      }
    }
    return nil
  }

  /// Goes past what is written without quotes.
  private func plain(_ bytes: Span<UInt8>, from start: Int, _ row: inout CSVRow) -> Int {
    var i = start
    while i < bytes.count, bytes[i] != separator, bytes[i] != 0x0A, bytes[i] != 0x0D,
      bytes[i] != Self.quote
    {
      i &+= 1
    }
    if i < bytes.count, bytes[i] == Self.quote {
      note(
        "a quote stands within a field that does not begin with one; such a field is written as "
          + "\"5\"\" pipe\".", at: i, &row)
      i &+= 1
    }
    row.text.append(bytes.extracting(start..<i))
    return i
  }

  private func note(_ message: String, at place: Int, _ row: inout CSVRow) {
    if row.problem == nil { row.problem = (message, place - position) }
  }

  private func end(_ progress: Progress, _ row: inout CSVRow) {
    row.fields.append(
      CSVRow.Field(
        text: progress.text..<row.text.count, byte: progress.byte, isQuoted: progress.isQuoted))
  }

  private mutating func finish(_ row: inout CSVRow, at end: Int, _ hasQuotes: Bool) {
    row.record = InputRecord(number: line, bytes: Array(buffer[position..<end]))
    line += 1
    if hasQuotes { line += row.record.bytes.count { $0 == 0x0A } }
    // By bytes: a row with a wrong byte is as long as one without.
    if (try? UTF8Span(validating: row.text.span)) == nil {
      note(
        "the row is not UTF-8; to convert all of it: iconv -f LATIN1 -t UTF-8", at: position, &row)
    }
  }

  private mutating func fill(_ progress: inout Progress) throws(SourceError) -> Bool {
    guard !isAtEnd else { return false }
    progress.next -= position
    buffer.removeFirst(position)
    position = 0
    isAtEnd = try !input.read(into: &buffer)
    return !isAtEnd
  }
}
