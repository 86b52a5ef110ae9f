import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// What an audit has found, in words.
struct AuditText {
  let answer: Answers.Audit

  private static func words(_ run: AuditRun) -> String {
    switch run {
    case .plain: "in another process"
    case .reloaded: "from states that were saved and read back"
    case .again: "in a process that had run it before"
    }
  }

  func print() {
    let out = Output.standard
    var sum = Words.count(answer.events, "event")
    sum += " in \(Words.count(answer.runs - 2, "process", "processes"))"
    sum +=
      answer.couldNotSave == nil
      ? ", from saved states, and again in one process" : " and again in one process"
    sum += ", \(Words.duration(answer.seconds))"
    if let reason = answer.couldNotSave {
      sum += "; not from saved states, because one could not be saved: \(Words.plain(reason))"
    }
    guard let offset = answer.offset, let differs = answer.differs else {
      out.line(out.bold(answer.failure == nil ? "DETERMINISTIC" : "THE SAME SO FAR") + "  " + sum)
      if answer.failure != nil {
        let place = answer.failureOffset.map { "at offset \(Words.number($0))" } ?? "at the end"
        if answer.failedKeyCount > 0, !answer.stoppedByBounds {
          row(
            "failed",
            "\(Words.count(answer.failedKeyCount, "stream or key", "streams or keys")), in every run; first "
              + "\(place). The others were followed to the end")
          return
        }
        row("stopped", answer.stoppedByBounds ? "\(place), by a bound" : "\(place), in every run")
      }
      return
    }
    var title = out.bold("NOT DETERMINISTIC") + "  offset \(Words.number(offset))"
    if let event = answer.event {
      title += "  \(Words.plain(event.type))  stream \(Words.plain(event.stream))"
    }
    out.line(title)
    row("differs", Self.words(differs))
    if let failure = answer.failure {
      row("failure", "in one of the two: \(failure.split(separator: "\n").first ?? "")")
    } else if answer.changes == nil {
      row("state", "the same when both ran again: it does not differ every time")
    }
    if let key = answer.key { row("state of", Words.key(key)) }
    if answer.isOfAll {
      row("state of", "all keys, not only the event's")
    }
    for (i, line) in (answer.changes ?? []).lines(limit: 12).enumerated() {
      row(i == 0 ? "state" : "", out.coloured(line))
    }
    for verdict in answer.verdicts {
      row("verdict", "\(verdict.invariant): \(verdict.first), and \(verdict.second)")
    }
    row(
      "look for",
      differs == .plain
        ? "the order of a set or dictionary, a clock, random numbers, addresses, fresh memory"
        : "what the machine keeps outside of its state, or does not encode")
    out.line(sum)
  }

  private func row(_ label: String, _ text: String) {
    let space = String(repeating: " ", count: max(1, 12 - label.count))
    Output.standard.line("  \(label)\(space)\(text)")
  }
}
