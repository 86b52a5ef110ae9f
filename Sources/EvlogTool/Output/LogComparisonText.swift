import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// What two logs beside each other have shown.
struct LogComparisonText {
  /// How many differences are listed, unless more are wanted.
  static let listed = 10
  /// How many streams, divergences, and paths of one difference are shown.
  private static let streamLimit = 10
  private static let divergenceLimit = 5
  private static let changeLimit = 12

  let answer: Answers.LogComparison
  let names: (first: String, second: String)
  /// The machine, if what follows can be asked of both logs as they are.
  let machine: String?

  /// Prints it, and throws the exit code that goes with it.
  func report(isJSON: Bool) throws {
    if isJSON { try answer.print() } else { text() }
    let failures = answer.states?.failures.compactMap { $0 } ?? []
    for failure in failures { Output.note(failure) }
    if !failures.isEmpty { throw Failure(.inconclusive, "") }
    if !answer.same || answer.states?.same == false { throw Failure(.found, "") }
  }

  private func text() {
    let out = Output.standard
    if answer.same {
      let ignored =
        answer.ignored.isEmpty ? "" : ", but for \(answer.ignored.joined(separator: ", "))"
      out.line(
        "\(names.first) and \(names.second) are the same\(ignored): "
          + Words.count(answer.ends.first, "event"))
    } else {
      first()
      events()
      streams()
      differences()
      hint()
    }
    if let states = answer.states { self.states(states) }
    out.line(
      "\(Words.number(answer.ends.first)) and \(Words.count(answer.ends.second, "event")) compared, "
        + "\(Words.number(answer.eventsRead)) of them read, \(Words.duration(answer.seconds))")
  }

  // MARK: Events

  private func first() {
    guard let position = answer.firstDifference else { return }
    Output.standard.line(Output.standard.bold("FIRST DIFFERENCE") + "  " + cuts(position))
    let width = max(names.first.count, names.second.count)
    for (name, event) in [
      (names.first, answer.firstEvents.first), (names.second, answer.firstEvents.second),
    ] {
      let space = String(repeating: " ", count: width - name.count)
      Output.standard.line(
        "  \(name)\(space)  \(event.map { EventText.line($0) } ?? "no event here")")
    }
  }

  private func events() {
    Output.standard.line()
    row("events", [words(answer.counts)])
    if !answer.parts.entries.isEmpty {
      row(
        "changed",
        [
          "in "
            + answer.parts.entries.map { "\($0.name) \(Words.number($0.value))" }.joined(
              separator: ", ")
        ])
    }
    if !answer.shortest {
      row("alignment", ["not every combination of equal events was tried: fewer may differ"])
    }
  }

  private func streams() {
    let streams = answer.streams.prefix(Self.streamLimit)
    let width = streams.map { Words.key($0.name).count }.max() ?? 0
    var lines = streams.map { stream in
      let name = Words.key(stream.name)
      return name + String(repeating: " ", count: width - name.count + 2) + words(stream.counts)
    }
    let rest = answer.streams.count - streams.count + answer.streamsLeftOut
    if rest > 0 { lines.append("… and \(Words.number(rest)) more") }
    row(answer.streams.count == 1 ? "stream" : "streams", lines)
    Output.standard.line()
  }

  private func differences() {
    for difference in answer.differences {
      switch (difference.kind, difference.first, difference.second) {
      case (.onlyInFirst, let event?, _): line("-", event, "")
      case (.onlyInSecond, _, let event?): line("+", event, "")
      case (let kind, let event?, let other?):
        let isElsewhere = kind == .moved || event.offset != other.offset
        line(
          kind == .moved ? ">" : "~", event,
          isElsewhere ? "  at \(Words.number(other.offset)) in \(names.second)" : "")
        for change in difference.changes.lines(limit: Self.changeLimit) {
          Output.standard.line("              \(Output.standard.coloured(change))")
        }
      default: break
      }
    }
    if answer.differencesLeftOut > 0 {
      Output.standard.line("… and \(Words.number(answer.differencesLeftOut)) more: --limit, --json")
    }
    Output.standard.line()
  }

  private func line(_ sign: String, _ event: RecordedEvent, _ rest: String) {
    Output.standard.line(Output.standard.coloured("\(sign)\(EventText.line(event))") + rest)
  }

  /// What to ask instead, if the logs differ everywhere for a reason that may not matter.
  private func hint() {
    let parts = answer.parts.entries
    if answer.alignment == .offset, answer.counts.changed > 1, answer.parts["stream"] != nil {
      row("hint", ["events come at other offsets: --align stream matches them"])
    } else if !parts.isEmpty, parts.allSatisfy({ !["stream", "type", "data"].contains($0.name) }) {
      row(
        "hint",
        [
          "the data of changed events is the same: --ignore \(parts.map(\.name).joined(separator: ","))"
        ])
    }
  }

  private func words(_ counts: LogComparison.Counts) -> String {
    [
      (counts.onlyInFirst, "only in \(names.first)"),
      (counts.onlyInSecond, "only in \(names.second)"),
      (counts.changed, "changed"), (counts.moved, "moved"),
    ].filter { $0.0 > 0 }.map { "\(Words.number($0.0)) \($0.1)" }.joined(separator: ", ")
  }

  private func cuts(_ position: LogComparison.Position) -> String {
    position.first == position.second
      ? "cut \(Words.number(position.first))"
      : "cuts \(Words.number(position.first)) and \(Words.number(position.second))"
  }

  private func row(_ label: String, _ lines: [String]) {
    for (i, line) in lines.enumerated() {
      let label = i == 0 ? label : ""
      let space = String(repeating: " ", count: max(1, 12 - label.count))
      Output.standard.line("  \(label)\(space)\(line)")
    }
  }

  // MARK: States

  private func states(_ states: Answers.LogComparison.States) {
    let out = Output.standard
    for (i, name) in [names.first, names.second].enumerated() {
      if states.failures[i] != nil {
        let place = states.failureOffsets[i].map { "at offset \(Words.number($0))" }
        out.line(
          "failed     the machine over \(name), \(place ?? "before the end"): nothing after it is compared"
        )
      }
      KeysText.say(states.failedKeys[i], of: states.machine.scope, beside: name)
    }
    for invariant in states.invariants { out.line(line(invariant)) }
    guard let first = states.divergences.first else {
      return out.line(
        states.failures.contains { $0 != nil }
          ? "The states are the same as far as both runs went."
          : "The states are the same everywhere.")
    }
    out.line(out.bold("FIRST STATES THAT DIFFER") + "  \(cuts(first.start))")
    let lines = first.changes.lines(limit: Self.changeLimit).map { out.coloured($0) }
    row("differs", lines)
    for (i, divergence) in states.divergences.prefix(Self.divergenceLimit).enumerated() {
      row(i == 0 ? "different" : "", [words(divergence)])
      for (broken, name) in [
        (divergence.brokenInFirst, names.first), (divergence.brokenInSecond, names.second),
      ] where !broken.isEmpty {
        row("", broken.prefix(Self.divergenceLimit).map { self.line($0, onlyIn: name) })
      }
    }
    let rest =
      UInt64(max(0, states.divergences.count - Self.divergenceLimit)) + states.divergencesLeftOut
    if rest > 0 { row("", ["… and \(Words.number(rest)) more: --json"]) }
    if states.divergences.last?.end == nil || states.divergencesLeftOut > 0, !states.final.isEmpty {
      row("at the end", states.final.lines(limit: Self.changeLimit).map { out.coloured($0) })
    } else if states.final.isEmpty {
      let isPartial = states.failedKeys.contains { !$0.isEmpty }
      row("at the end", [isPartial ? "the other states are the same" : "the states are the same"])
    }
    if let machine, first.start.first == first.start.second {
      row(
        "next",
        [
          "\(EvlogTool.name) diff \(Words.shell(names.first)) --machine \(Words.shell(machine)) "
            + "\(Words.option("--log", names.second)) \(first.start.first)"
        ])
    }
  }

  private func words(_ divergence: Answers.LogComparison.States.Divergence) -> String {
    guard let end = divergence.end else { return "from \(cuts(divergence.start)) to the end" }
    return "from \(cuts(divergence.start)) on, equal again at \(cuts(end))"
  }

  private func line(_ broken: Answers.LogComparison.States.Broken, onlyIn name: String) -> String {
    let key = broken.key.map { " of \(Words.key($0))" } ?? ""
    let place = broken.offset.map { "by offset \(Words.number($0))" } ?? "from the beginning"
    return "violated only in \(name): \(broken.invariant)\(key), \(place)"
  }

  private func line(_ invariant: Answers.LogComparison.States.Invariant) -> String {
    let about = "\(invariant.name) (\(invariant.first.kind.rawValue))"
    func place(_ finding: Answers.Finding) -> String {
      let first = finding.firstBreak?.offset.map { "first at offset \(Words.number($0))" }
      return "\(first ?? "from the beginning") (\(Words.number(finding.breakCount)) ×)"
    }
    return switch invariant.violatedIn {
    case .neither: "holds      \(about) over both"
    case .first: "violated   \(about) only over \(names.first), \(place(invariant.first))"
    case .second: "violated   \(about) only over \(names.second), \(place(invariant.second))"
    case .both:
      "violated   \(about) over both: \(names.first) \(place(invariant.first)), \(names.second) "
        + place(invariant.second)
    case .undefined: "undefined  \(about): it could not be judged everywhere"
    }
  }
}
