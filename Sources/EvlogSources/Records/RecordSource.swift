import EvlogJSON
import EvlogStore

/// The records of a log that a regular expression finds, each with a host and its vector clock.
///
/// A record becomes an event of its host's stream, with the clock, the text and all other groups as data.
package struct RecordSource: InputSource {
  package private(set) var input: InputBytes
  package private(set) var inputBytes: UInt64 = 0
  package private(set) var skipped = SkippedLines()
  private var pattern: RecordPattern
  private var delimiter: RecordPattern?
  /// Whether the pattern was chosen, so that one that the log begins with is not used.
  private let isChosen: Bool
  private let skipsUnmatched: Bool
  private let timestampsAreNanoseconds: Bool

  private var text = ""
  private var lines = LineCount("")
  private var executions: ArraySlice<Execution>?
  private var place = "".startIndex

  /// Without a pattern it is the one of the format, or the one with which the log begins. Text outside of
  /// records is an error, unless it is skipped, and counted.
  package init(
    _ input: InputBytes, pattern: RecordPattern?, format: RecordPattern, delimiter: RecordPattern?,
    timestampsAreNanoseconds: Bool = false, skipsUnmatched: Bool = false
  ) {
    self.input = input
    self.pattern = pattern ?? format
    self.delimiter = delimiter
    self.timestampsAreNanoseconds = timestampsAreNanoseconds
    self.skipsUnmatched = skipsUnmatched
    isChosen = pattern != nil
  }

  package mutating func next() throws(SourceError) -> SourceEvent? {
    if executions == nil { try begin() }
    while let execution = executions?.first {
      let rest = text[place..<execution.range.upperBound]
      guard let match = rest.firstMatch(of: pattern.regex) else {
        try pass(rest)
        executions?.removeFirst()
        place = executions?.first?.range.lowerBound ?? text.endIndex
        continue
      }
      try pass(rest[..<match.range.lowerBound])
      let line = lines.number(of: match.range.lowerBound)
      guard !match.range.isEmpty else {
        throw SourceError(
          input.name, .malformed("the regular expression matches here without any text."),
          line: line)
      }
      place = match.range.upperBound
      inputBytes += UInt64(text.utf8[match.range].count)
      let event = try event(match, of: execution, line)
      return SourceEvent(event: event, line: line, bytes: event.data, mayRepeatKeys: true)
    }
    return nil
  }

  private mutating func begin() throws(SourceError) {
    text = try InputText(&input).text
    lines = LineCount(text)
    let body = try heading(text[...])
    let executions = try Execution.all(
      of: body, delimiter: delimiter, input: input.name, lines: &lines)
    lines = LineCount(text)
    self.executions = executions[...]
    place = executions.first?.range.lowerBound ?? text.endIndex
  }

  /// A log may begin with its pattern, and on the next line its delimiter, for those who open it.
  private mutating func heading(_ text: Substring) throws(SourceError) -> Substring {
    func line(_ text: Substring) -> (line: Substring, rest: Substring) {
      let end = text.firstIndex(of: "\n") ?? text.endIndex
      return (text[..<end], text[end...].dropFirst())
    }
    let (first, afterFirst) = line(text)
    guard first.contains("(?<clock>"), first.contains("(?<host>") else { return text }
    let (second, afterSecond) = line(afterFirst)
    let hasDelimiter = !second.allSatisfy(\.isWhitespace) && second.contains("(?<trace>")
    if !isChosen {
      do {
        pattern = try RecordPattern(String(first))
        if hasDelimiter, delimiter == nil {
          delimiter = try RecordPattern(delimiter: String(second))
        }
      } catch {
        throw SourceError(
          input.name, .malformed("the log begins with a regular expression: \(error)"), line: 1)
      }
    }
    return hasDelimiter ? afterSecond : afterFirst
  }

  /// Goes past text in which there is no record.
  private mutating func pass(_ gap: Substring) throws(SourceError) {
    guard let start = gap.firstIndex(where: { !$0.isWhitespace }) else { return }
    let line = lines.number(of: start)
    guard skipsUnmatched else {
      let shown = gap[start...].prefix { !$0.isNewline }.prefix(80)
      throw SourceError(input.name, .unmatched(String(shown)), line: line)
    }
    let count = gap[start...].split(separator: "\n").count { !$0.allSatisfy(\.isWhitespace) }
    skipped.add(count, from: line)
  }

  // MARK: Events

  private func event(
    _ match: Regex<AnyRegexOutput>.Match, of execution: Execution, _ line: Int
  ) throws(SourceError) -> NewEvent {
    func wrong(_ message: String) -> SourceError {
      SourceError(input.name, .malformed(message), line: line)
    }
    func group(_ name: String) -> Substring? { match[name]?.substring }
    guard let host = group("host"), !host.isEmpty else { throw wrong("the record names no host.") }
    guard let clock = group("clock") else { throw wrong("the record has no clock.") }
    var data = Array("{\"clock\":".utf8)
    do { data += try VectorClock(clock, of: host).json } catch { throw wrong(error.description) }
    func add(_ name: String, _ value: some StringProtocol) {
      data.append(UInt8(ascii: ","))
      JSONValue.write(name, to: &data)
      data.append(UInt8(ascii: ":"))
      JSONValue.write(String(value), to: &data)
    }
    for element in match.output {
      guard let name = element.name, let value = element.substring else { continue }
      if !["host", "clock", "type"].contains(name) { add(name, value) }
    }
    if let label = execution.label {
      add("execution", label)
      add("host", host)
    }
    data.append(UInt8(ascii: "}"))
    var event = NewEvent(
      stream: execution.label.map { "\($0)/\(host)" } ?? String(host),
      type: group("type").map(String.init) ?? "logged", data: data)
    if timestampsAreNanoseconds, let written = group("timestamp") {
      guard let nanoseconds = Int64(written) else {
        throw wrong("the time '\(written)' is not one in nanoseconds since 1970.")
      }
      event.recordedAt = Timestamp(nanoseconds: nanoseconds)
    }
    do { try event.check() } catch { throw wrong(error.description) }
    return event
  }
}
