import EvlogForensics
import EvlogReplay
import EvlogStore

/// Every event that broke an invariant, one a line, in the order of the log.
struct BreaksText {
  enum Form { case text, csv, json }

  let log: EventLog
  let findings: [Finding]

  func print(as form: Form, _ head: Report) throws {
    let out = Output.standard
    switch form {
    case .text:
      out.line("      offset  time                            rule")
      try forEach { finding, offset, key, time in
        let number = offset.map { Words.number($0) } ?? "initial"
        let space = String(repeating: " ", count: max(0, 12 - number.count))
        let moment = time ?? ""
        let more = String(repeating: " ", count: max(0, 30 - moment.count))
        let whose = key.map { "  of \(Words.key($0))" } ?? ""
        out.line(
          "\(space)\(number)  \(moment)\(more)  \(Words.plain(finding.invariant.name))\(whose)")
      }
    case .csv:
      out.line("rule,key,offset,time")
      try forEach { finding, offset, key, time in
        let cells = [
          finding.invariant.name, key ?? "", offset.map { "\($0)" } ?? "", time ?? "",
        ]
        out.forPrograms(cells.map(Self.cell).joined(separator: ",") + "\n")
      }
    case .json:
      // Written as it is found, for there may be more than fit into memory as values.
      var head = head
      head["violations"] = .array([])
      out.json(String(head.value.canonicalText.dropLast(2)))
      var separator = ""
      try forEach { finding, offset, key, time in
        let row: JSONValue = .object([
          ("invariant", .string(finding.invariant.name)), ("key", .optional(key)),
          ("offset", .optional(offset)), ("time", .optional(time)),
        ])
        out.json(separator + row.canonicalText)
        separator = ","
      }
      out.line("]}")
    }
  }

  /// Calls `body` for each, by offset and then in the order of the machine's invariants.
  private func forEach(
    _ body: (Finding, _ offset: Offset?, _ key: String?, _ time: String?) throws -> Void
  ) throws {
    var places = findings.map { $0.breaks.startIndex }
    var times = EventTimes(log: log)
    while true {
      let next = findings.indices.filter { places[$0] < findings[$0].breaks.endIndex }
        .min { cut($0, places) < cut($1, places) }
      guard let i = next else { return }
      let broken = findings[i].breaks[places[i]]
      places[i] += 1
      let time = try broken.brokenBy.flatMap { try times.time(at: $0) }
      try body(findings[i], broken.brokenBy, broken.key, time.map { "\($0)" })
    }
  }

  private func cut(_ i: Int, _ places: [Int]) -> Cut { findings[i].breaks[places[i]].firstCut }

  private static func cell(_ text: String) -> String {
    text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
      ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}

/// The times of events that are asked for in the order of the log.
private struct EventTimes {
  let log: EventLog
  private var batch: ArraySlice<RecordedEvent> = []

  init(log: EventLog) { self.log = log }

  mutating func time(at offset: Offset) throws -> Timestamp? {
    if batch.last.map({ $0.offset < offset }) ?? true {
      var cursor = log.events(Query(from: offset.cutBefore)).makeCursor()
      batch = try cursor.nextBatch() ?? []
    }
    guard let first = batch.first, offset >= first.offset else { return nil }
    let i = batch.startIndex + Int(offset - first.offset)
    return i < batch.endIndex ? batch[i].recordedAt : nil
  }
}
