import EvlogAnswers
import EvlogCore
import EvlogJSON
import EvlogProjections
import GRDB

/// Prints what a query answers, row by row.
protocol QueryPrinter: AnyObject {
  func begin(_ columns: [String]) throws
  func add(_ row: SQLRow)
  /// Adds the warnings.
  func end(_ warnings: [String])
}

/// A line of CSV for each row, after one with the names of the columns.
final class CSVRows: QueryPrinter {
  private var line = CSVLine()

  func begin(_ columns: [String]) {
    for column in columns { line.add(column) }
    line.end(on: .standard)
  }

  func add(_ row: SQLRow) {
    for i in 0..<row.count {
      if let number = row.integer(in: i) {
        line.add(number)
      } else if row.withText(in: i, { line.add($0) }) == nil {
        line.add(row.isNull(i) ? nil : row[i].text)
      }
    }
    line.end(on: .standard)
  }

  func end(_ warnings: [String]) {}
}

/// The answer's JSON, whose rows are written as they come, and after them the warnings.
final class JSONRows: QueryPrinter {
  private let cut: Cut
  private let logEnd: Cut
  private var isFirst = true

  init(cut: Cut, end: Cut) {
    self.cut = cut
    logEnd = end
  }

  func begin(_ columns: [String]) throws {
    let answer = Answers.Query(at: cut, of: logEnd, columns: columns)
    // Members are in the order of their names: only the rows and the warnings come after the columns.
    let head = try answer.json().canonicalText
    Output.standard.json(String(head.dropLast(#"],"warnings":[]}"#.count)))
  }

  func add(_ row: SQLRow) {
    var bytes = isFirst ? [] : [UInt8(ascii: ",")]
    isFirst = false
    bytes += JSONValue.array(row.values.map(\.json)).canonicalBytes
    Output.standard.json(bytes)
  }

  func end(_ warnings: [String]) {
    let texts = JSONValue.array(warnings.map { .string($0) }).canonicalText
    Output.standard.json("],\"warnings\":\(texts)}\n")
  }
}

/// Columns as wide as what is in them; numbers to the right.
///
/// The widths are those of the first rows, which are kept until then. A later row that needs more has it.
final class TextRows: QueryPrinter {
  private static let firstCount = 1000

  private var columns: [String] = []
  private var first: [[DatabaseValue]] = []
  private var layout: [(width: Int, isNumber: Bool)]?
  private var count = 0

  func begin(_ columns: [String]) { self.columns = columns.map(Words.plain) }

  func add(_ row: SQLRow) {
    let row = row.values
    count += 1
    if let layout { return write(row, layout) }
    first.append(row)
    if first.count == Self.firstCount { layOut() }
  }

  func end(_ warnings: [String]) {
    guard !columns.isEmpty else { return }
    if layout == nil { layOut() }
    Output.standard.line(Words.count(count, "row"))
  }

  private func layOut() {
    let layout = columns.indices.map { column in
      (
        width: ([columns[column]] + first.map { Words.plain($0[column].text) }).map(\.count).max()
          ?? 0,
        isNumber: !first.isEmpty && first.allSatisfy { $0[column].isNumber || $0[column].isNull }
      )
    }
    self.layout = layout
    line(columns, layout)
    line(layout.map { String(repeating: "-", count: $0.width) }, layout)
    for row in first { write(row, layout) }
    first = []
  }

  private func write(_ row: [DatabaseValue], _ layout: [(width: Int, isNumber: Bool)]) {
    line(row.map { Words.plain($0.text) }, layout)
  }

  private func line(_ texts: [String], _ layout: [(width: Int, isNumber: Bool)]) {
    var line = zip(texts, layout).map { text, column in
      let padding = String(repeating: " ", count: max(0, column.width - text.count))
      return column.isNumber ? padding + text : text + padding
    }.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    Output.standard.line(line)
  }
}

extension DatabaseValue {
  fileprivate var isNumber: Bool {
    switch storage {
    case .int64, .double: true
    default: false
    }
  }
}
