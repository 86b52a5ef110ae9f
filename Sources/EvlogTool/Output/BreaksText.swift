import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON

/// Every event that broke an invariant, one a line, in the order of the log. Rows are written as they are found: there
/// may be more of them than fit into memory.
struct BreaksText {
  enum Form { case text, csv, json }

  let form: Form
  private var separator = ""

  init(as form: Form) { self.form = form }

  func begin(_ answer: Answers.Violations) throws {
    let out = Output.standard
    switch form {
    case .text: out.line("      offset  time                            invariant")
    case .csv: out.line("invariant,key,offset,time")
    // Without the brackets that end the list and the object.
    case .json: out.json(String(try answer.json().canonicalText.dropLast(2)))
    }
  }

  mutating func add(_ row: Answers.Violations.Row) throws {
    let out = Output.standard
    let time = row.time.map { "\($0)" } ?? ""
    switch form {
    case .text:
      let number = row.offset.map { Words.number($0) } ?? "initial"
      let space = String(repeating: " ", count: max(0, 12 - number.count))
      let more = String(repeating: " ", count: max(0, 30 - time.count))
      let whose = row.key.map { "  of \(Words.key($0))" } ?? ""
      out.line("\(space)\(number)  \(time)\(more)  \(Words.plain(row.invariant))\(whose)")
    case .csv:
      var line = CSVLine()
      line.add(row.invariant)
      line.add(row.key)
      line.add(row.offset.map { "\($0)" })
      line.add(row.time.map { "\($0)" })
      line.end(on: out)
    case .json:
      out.json(separator + (try StateEncoder().encode(row).canonicalText))
      separator = ","
    }
  }

  func end() { if form == .json { Output.standard.line("]}") } }
}
