import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// What two runs beside each other have shown.
struct ComparisonText {
  /// How many changed paths are shown of one difference.
  private static let changeLimit = 12

  let answer: Answers.Comparison
  let names: (first: String, second: String)

  /// Prints it, and throws the exit code that goes with it.
  func report(isJSON: Bool) throws {
    try answer.print(asJSON: isJSON) { text() }
    for failure in answer.failures.compactMap({ $0 }) { Output.note(failure) }
    // What one of the two did not come to is not known to be the same, nor to be another.
    if hasFailed { throw Failure(.inconclusive, "") }
    if answer.differs { throw Failure(.found, "") }
    if !answer.same || hasFailedKeys { throw Failure(.inconclusive, "") }
  }

  private var hasFailed: Bool { answer.failures.contains { $0 != nil } }
  private var hasFailedKeys: Bool { answer.failedKeys.contains { !$0.isEmpty } }

  /// Prints it without some invariants.
  func text(leavingOut: Set<String> = []) {
    let out = Output.standard
    for (i, name) in [names.first, names.second].enumerated() where answer.failures[i] != nil {
      let place = answer.failureOffsets[i].map { "at offset \(Words.number($0))" }
      out.line(
        "failed     the machine, \(name), \(place ?? "before the end"): nothing after it is judged")
    }
    KeysText.say(answer.failedKeys[0], of: scope, beside: names.first)
    KeysText.say(answer.failedKeys[1], of: scope, beside: names.second)
    let shown = answer.invariants.filter { !leavingOut.contains($0.name) }
    changes(shown)
    if !shown.isEmpty { out.line() }
    if let first = answer.divergences.first {
      diverged(first)
    } else {
      out.line(
        hasFailed
          ? "The states are the same as far as both runs went."
          : hasFailedKeys
            ? "The states are the same at every cut that was compared."
            : "The states are the same at every cut.")
    }
    let cuts = Words.count(answer.judgedThrough + 1, "cut")
    let all = hasFailed ? " of \(Words.number(answer.cut + 1))" : ""
    out.line("\(cuts)\(all) compared, \(Words.duration(answer.seconds))")
    if answer.unconcerned[0] == answer.unconcerned[1] {
      KeysText.sayUnconcerned(answer.unconcerned[0])
    } else {
      KeysText.sayUnconcerned(answer.unconcerned[0], beside: names.first)
      KeysText.sayUnconcerned(answer.unconcerned[1], beside: names.second)
    }
  }

  private var scope: ScopeKind { answer.first.scope }

  /// The most unchanged keys that are named for each invariant.
  private static let sameLimit = 5

  /// A line for each invariant and key: all that differ, and some of those that do not.
  private func changes(_ changes: [Answers.Comparison.Invariant]) {
    var same: [String: Int] = [:]
    for change in changes {
      if change.key != nil, change.change == .same {
        same[change.name, default: 0] += 1
        if same[change.name, default: 0] > Self.sameLimit { continue }
      }
      Output.standard.line(line(change))
    }
    for (name, count) in same.sorted(by: { $0.key < $1.key }) where count > Self.sameLimit {
      Output.standard.line(
        "same       \(Words.plain(name)) for \(Words.number(count - Self.sameLimit)) more "
          + "\(KeysText.things(scope)): violated alike; all of them: --json")
    }
  }

  private func line(_ change: Answers.Comparison.Invariant) -> String {
    let word = change.change.rawValue
    let space = String(repeating: " ", count: max(1, 11 - word.count))
    var text = "\(word)\(space)\(change.name)"
    if let kind = (change.first ?? change.second)?.kind { text += " (\(kind.rawValue))" }
    if let key = change.key { text += " of \(Words.key(key))" }
    switch change.change {
    case .same:
      text +=
        change.first?.violated == true
        ? ": violated alike"
        : undefined(change.first).map { ": \($0) in both" } ?? ": holds in both"
    case .gone: text += ": violated \(names.first) \(place(change.first)), not \(names.second)"
    case .new: text += ": violated \(names.second) \(place(change.second)), not \(names.first)"
    case .other:
      text += ": violated \(names.first) \(place(change.first)), \(names.second) "
      text += place(change.second)
    case .undefined:
      text +=
        change.first == nil || change.second == nil
        ? ": only one of the two has it"
        : ": undecided; \(known(change.first)) \(names.first), \(known(change.second)) \(names.second)"
    }
    return text
  }

  /// What is known of an invariant in one run, as far as it was judged.
  private func known(_ finding: Answers.Finding?) -> String {
    guard let finding, !finding.violated else {
      return "violated \(place(finding))"
    }
    if let undefined = undefined(finding) { return undefined }
    return hasFailed
      ? "holds up to cut \(Words.number(answer.judgedThrough))" : "holds"
  }

  /// How much of it could not be judged; nil where everything could.
  private func undefined(_ finding: Answers.Finding?) -> String? {
    guard let finding, finding.undefinedCuts > 0, let cut = finding.firstUndefined else {
      return nil
    }
    let noun = scope == .log ? "cut" : "event"
    return "not judged at \(Words.count(finding.undefinedCuts, noun)), first at cut "
      + Words.number(cut)
  }

  private func place(_ finding: Answers.Finding?) -> String {
    guard let finding, let first = finding.episodes.first else { return "" }
    let by = first.brokenBy.map { "from offset \(Words.number($0)) on" } ?? "from the beginning"
    let noun = finding.kind == .step ? "violation" : "episode"
    let rest = undefined(finding).map { "; \($0)" } ?? ""
    return "\(by) (\(Words.count(finding.breakCount, noun))\(rest))"
  }

  private func diverged(_ first: Comparison.Divergence) {
    let out = Output.standard
    var title = out.bold("FIRST DIFFERENCE") + "  cut \(Words.number(first.firstCut))"
    if let event = answer.event {
      title += ", after offset \(Words.number(event.offset))  \(Words.plain(event.type))  stream "
      title += Words.plain(event.stream)
    } else {
      title += ", the initial states"
    }
    out.line(title)
    if let diffs = answer.changes {
      rows(names.first, diffs.first)
      rows(names.second, diffs.second)
    }
    let ends = answer.divergences.prefix(10).map { divergence in
      "[\(Words.number(divergence.firstCut))–"
        + (divergence.endCut.map { "\(Words.number($0)))" } ?? "end]")
    }
    row(
      "different",
      "at cuts " + ends.joined(separator: " ") + (answer.divergences.count > 10 ? " …" : ""))
    if answer.divergences.last?.endCut != nil {
      row("at the end", hasFailedKeys ? "the other states are the same" : "the states are the same")
    } else if !hasFailed {
      rows("at the end", answer.final)
    }
  }

  private func rows(_ label: String, _ diff: [StateDiff.Change]) {
    if diff.isEmpty { return row(label, "nothing changes") }
    for (i, line) in diff.lines(limit: Self.changeLimit).enumerated() {
      row(i == 0 ? label : "", Output.standard.coloured(line))
    }
  }

  private func row(_ label: String, _ text: String) {
    let space = String(repeating: " ", count: max(1, 12 - label.count))
    Output.standard.line("  \(label)\(space)\(text)")
  }
}
