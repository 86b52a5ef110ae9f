import EvlogForensics
import EvlogReplay
import EvlogStore

/// What an audit has found.
struct AuditText {
  let outcome: Audit.Outcome
  let event: RecordedEvent?
  let invariants: [InvariantDescriptor]
  let runs: Int
  let took: Duration

  /// The states that two runs came to, at the places that differ.
  private var diff: StateDiff? {
    outcome.divergence?.moments.map { moments in
      StateDiff(from: moments.first["state"] ?? .null, to: moments.second["state"] ?? .null)
    }
  }

  /// The invariants that two runs judged differently.
  private var verdicts: [(name: String, first: String, second: String)] {
    guard let moments = outcome.divergence?.moments,
      let first = moments.first["verdicts"]?.arrayValue,
      let second = moments.second["verdicts"]?.arrayValue
    else { return [] }
    return zip(invariants, zip(first, second)).compactMap { invariant, pair in
      pair.0 == pair.1
        ? nil : (invariant.name, pair.0.stringValue ?? "", pair.1.stringValue ?? "")
    }
  }

  private static func words(_ run: AuditRun) -> String {
    switch run {
    case .plain: "in another process"
    case .reloaded: "from states that were saved and read back"
    case .again: "in a process that had run it before"
    }
  }

  var json: Report {
    var report = Report("audit")
    report["deterministic"] = .bool(outcome.divergence == nil)
    report["events"] = .int(outcome.events)
    report["runs"] = .int(runs + 2)
    report["failure"] = .optional(outcome.divergence?.failure ?? outcome.failure?.text)
    report["failureOffset"] = .optional(
      outcome.divergence?.failure == nil ? outcome.failure?.offset : outcome.divergence?.offset)
    report["failedKeyCount"] = .int(outcome.failedKeys)
    report["couldNotSave"] = .optional(outcome.couldNotSave)
    report["offset"] = .optional(outcome.divergence?.offset)
    report["differs"] = .optional(outcome.divergence.map { $0.second.rawValue })
    report["event"] = event.map { .event($0) }
    report["changes"] = diff.map { .changes($0.changes) }
    report["verdicts"] = .array(
      verdicts.map { verdict in
        .object([
          ("invariant", .string(verdict.name)), ("first", .string(verdict.first)),
          ("second", .string(verdict.second)),
        ])
      })
    report["seconds"] = .seconds(took)
    return report
  }

  func print() {
    let out = Output.standard
    var sum =
      "\(Words.count(outcome.events, "event")) in \(Words.count(runs, "process", "processes"))"
    sum +=
      outcome.couldNotSave == nil
      ? ", from saved states, and again in one process" : " and again in one process"
    sum += ", \(Words.duration(took))"
    if let reason = outcome.couldNotSave {
      sum += "; not from saved states, because one could not be saved: \(Words.plain(reason))"
    }
    guard let divergence = outcome.divergence else {
      out.line(out.bold(outcome.failure == nil ? "DETERMINISTIC" : "THE SAME SO FAR") + "  " + sum)
      if let failure = outcome.failure {
        let place = failure.offset.map { "at offset \(Words.number($0))" } ?? "at the end"
        if outcome.failedKeys > 0, !failure.isOfBounds {
          row(
            "failed",
            "\(Words.count(outcome.failedKeys, "stream or key", "streams or keys")), in every run; first "
              + "\(place). The others were followed to the end")
          return
        }
        row("stopped", failure.isOfBounds ? "\(place), by a bound" : "\(place), in every run")
      }
      return
    }
    var title = out.bold("NOT DETERMINISTIC") + "  offset \(Words.number(divergence.offset))"
    if let event { title += "  \(Words.plain(event.type))  stream \(Words.plain(event.stream))" }
    out.line(title)
    row("differs", Self.words(divergence.second))
    if let failure = divergence.failure {
      row("failure", "in one of the two: \(failure.split(separator: "\n").first ?? "")")
    } else if divergence.moments == nil {
      row("state", "the same when both ran again: it does not differ every time")
    }
    if let key = divergence.moments?.first["key"]?.stringValue { row("state of", Words.key(key)) }
    if divergence.isOfAll {
      row("state of", "all keys, not only the event's")
    }
    for (i, line) in (diff?.lines(limit: 12) ?? []).enumerated() {
      row(i == 0 ? "state" : "", out.coloured(line))
    }
    for verdict in verdicts {
      row("verdict", "\(verdict.name): \(verdict.first), and \(verdict.second)")
    }
    row(
      "look for",
      divergence.second == .plain
        ? "the order of a set or dictionary, a clock, random numbers, addresses, fresh memory"
        : "what the machine keeps outside of its state, or does not encode")
    out.line(sum)
  }

  private func row(_ label: String, _ text: String) {
    let space = String(repeating: " ", count: max(1, 12 - label.count))
    Output.standard.line("  \(label)\(space)\(text)")
  }
}
