/// One run of a system in a log that has several.
struct Execution {
  /// Nil for what comes before the first delimiter that names one.
  let label: String?
  let range: Range<String.Index>

  /// The parts of a text between delimiters. Without names they are numbered from 1.
  static func all(
    of text: Substring, delimiter: RecordPattern?, input: String, lines: inout LineCount
  ) throws(SourceError) -> [Execution] {
    guard let delimiter else {
      return [Execution(label: nil, range: text.startIndex..<text.endIndex)]
    }
    let isNamed = delimiter.regex.contains(captureNamed: "trace")
    var result: [Execution] = []
    var start = text.startIndex
    var name: String?
    func end(at end: String.Index) {
      let label = isNamed ? name : "\(result.count + 1)"
      // What is blank is no execution: it has no number.
      if !text[start..<end].allSatisfy(\.isWhitespace) {
        result.append(Execution(label: label, range: start..<end))
      }
    }
    for match in text.matches(of: delimiter.regex) {
      guard !match.range.isEmpty else {
        throw SourceError(
          input, .malformed("the delimiter matches here without any text."),
          line: lines.number(of: match.range.lowerBound))
      }
      end(at: match.range.lowerBound)
      start = match.range.upperBound
      name = match["trace"]?.substring.map(String.init)
    }
    end(at: text.endIndex)
    return result
  }
}

/// The numbers of the lines of a text, asked in their order.
struct LineCount {
  private let text: String
  private var place: String.Index
  private var number = 1

  init(_ text: String) {
    self.text = text
    place = text.startIndex
  }

  /// The line of a place that is not before the last one that was asked for.
  mutating func number(of next: String.Index) -> Int {
    if next > place {
      number += text.utf8[place..<next].count { $0 == 0x0A }
      place = next
    }
    return number
  }
}
