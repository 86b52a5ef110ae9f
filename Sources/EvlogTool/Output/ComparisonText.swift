import EvlogForensics
import EvlogReplay
import EvlogStore

/// What two runs beside each other have shown.
struct ComparisonText {
  /// How many changed paths are shown of one difference.
  private static let changeLimit = 12

  let verb: String
  let comparison: Comparison
  let log: EventLog
  let took: Duration
  let names: (first: String, second: String)

  /// Prints it, and throws the exit code that goes with it.
  func report(isJSON: Bool) throws {
    let event = try comparison.divergences.first.flatMap { divergence in
      try divergence.firstCut.offsetBefore.flatMap { try log.event(at: $0) }
    }
    if isJSON { json(event).print() } else { text(event) }
    for failure in [comparison.first.failure, comparison.second.failure].compactMap({ $0 }) {
      Output.standard.flush()
      Output.error.line("\(EvlogTool.name): \(failure)")
      Output.error.flush()
    }
    // What one of the two did not come to is not known to be the same, nor to be another.
    if hasFailed { throw Failure(.inconclusive, "") }
    if comparison.isOther { throw Failure(.found, "") }
    if !comparison.isSame || scans.contains(where: { !$0.failedKeys.isEmpty }) {
      throw Failure(.inconclusive, "")
    }
  }

  private var scans: [Scan] { [comparison.first, comparison.second] }

  private var hasFailed: Bool {
    comparison.first.failure != nil || comparison.second.failure != nil
  }

  // MARK: JSON

  private func json(_ event: RecordedEvent?) -> Report {
    var report = Report(verb)
    report["first"] = .machine(comparison.first.machine)
    report["second"] = .machine(comparison.second.machine)
    report["cut"] = .int(comparison.first.cut)
    report["judgedThrough"] = .int(comparison.first.judgedThrough)
    report["same"] = .bool(comparison.isSame)
    report["failures"] = .array(
      [comparison.first.failure, comparison.second.failure].map { .optional($0.map { "\($0)" }) })
    report["keys"] = .array(scans.map(JSONValue.keys))
    report["failedKeys"] = .array(scans.map { .failedKeys($0.failedKeys) })
    report["unconcerned"] = .array(scans.map { .optional($0.unconcerned) })
    report["divergences"] = .array(
      comparison.divergences.map { divergence in
        .object([
          ("firstCut", .int(divergence.firstCut)), ("endCut", .optional(divergence.endCut)),
        ])
      })
    report["event"] = event.map { .event($0) }
    report["changes"] = comparison.firstDivergence.map { diffs in
      .object([
        ("first", .changes(diffs.first.changes)), ("second", .changes(diffs.second.changes)),
      ])
    }
    report["final"] = .changes(comparison.finalDiff.changes)
    report["invariants"] = .array(
      comparison.changes.map { change in
        .object([
          ("name", .string(change.name)), ("key", .optional(change.key)),
          ("change", .string(change.kind.rawValue)),
          ("first", change.first.map { .finding($0) } ?? .null),
          ("second", change.second.map { .finding($0) } ?? .null),
        ])
      })
    report["seconds"] = .seconds(took)
    return report
  }

  // MARK: Text

  private func text(_ event: RecordedEvent?) {
    let out = Output.standard
    for (failure, name) in [
      (comparison.first.failure, names.first), (comparison.second.failure, names.second),
    ] {
      guard let failure else { continue }
      let place = failure.offset.map { "at offset \(Words.number($0))" } ?? "before the end"
      out.line("failed     the machine, \(name), \(place): nothing after it is judged")
    }
    KeysText.say(comparison.first.failedKeys, of: scope, beside: names.first)
    KeysText.say(comparison.second.failedKeys, of: scope, beside: names.second)
    changes()
    if !comparison.changes.isEmpty { out.line() }
    if let first = comparison.divergences.first {
      diverged(first, event)
    } else {
      let hasFailedKeys = [comparison.first, comparison.second].contains { !$0.failedKeys.isEmpty }
      out.line(
        hasFailed
          ? "The states are the same as far as both runs went."
          : hasFailedKeys
            ? "The states are the same at every cut that was compared."
            : "The states are the same at every cut.")
    }
    let cuts = Words.count(comparison.first.judgedThrough + 1, "cut")
    let all = hasFailed ? " of \(Words.number(comparison.first.cut + 1))" : ""
    out.line("\(cuts)\(all) compared, \(Words.duration(took))")
    if comparison.first.unconcerned == comparison.second.unconcerned {
      KeysText.sayUnconcerned(comparison.first.unconcerned)
    } else {
      KeysText.sayUnconcerned(comparison.first.unconcerned, beside: names.first)
      KeysText.sayUnconcerned(comparison.second.unconcerned, beside: names.second)
    }
  }

  private var scope: ScopeKind { comparison.first.machine.scope }

  /// The most unchanged keys that are named for each invariant.
  private static let sameLimit = 5

  /// A line for each invariant and key: all that differ, and some of those that do not.
  private func changes() {
    var same: [String: Int] = [:]
    for change in comparison.changes {
      if change.key != nil, change.kind == .same {
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

  private func line(_ change: Comparison.Change) -> String {
    let word = change.kind.rawValue
    let space = String(repeating: " ", count: max(1, 11 - word.count))
    var text = "\(word)\(space)\(change.name)"
    if let kind = (change.first ?? change.second)?.invariant.kind { text += " (\(kind.rawValue))" }
    if let key = change.key { text += " of \(Words.key(key))" }
    switch change.kind {
    case .same:
      text +=
        change.first?.episodes.isEmpty == false
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
        : ": cannot be said; \(known(change.first)) \(names.first), \(known(change.second)) \(names.second)"
    }
    return text
  }

  /// What is known of an invariant in one run, as far as it was judged.
  private func known(_ finding: Finding?) -> String {
    guard let finding, finding.episodes.isEmpty else {
      return "violated \(place(finding))"
    }
    if let undefined = undefined(finding) { return undefined }
    return hasFailed
      ? "holds up to cut \(Words.number(comparison.first.judgedThrough))" : "holds"
  }

  /// How much of it could not be judged; nil where everything could.
  private func undefined(_ finding: Finding?) -> String? {
    guard let finding, finding.undefinedCount > 0, let cut = finding.firstUndefined else {
      return nil
    }
    let noun = scope == .log ? "cut" : "event"
    return "not judged at \(Words.count(finding.undefinedCount, noun)), first at cut "
      + Words.number(cut)
  }

  private func place(_ finding: Finding?) -> String {
    guard let finding, let first = finding.firstEpisode else { return "" }
    let by = first.brokenBy.map { "from offset \(Words.number($0)) on" } ?? "from the beginning"
    let noun = finding.invariant.kind == .step ? "violation" : "episode"
    let rest = undefined(finding).map { "; \($0)" } ?? ""
    return "\(by) (\(Words.count(finding.breakCount, noun))\(rest))"
  }

  private func diverged(_ first: Comparison.Divergence, _ event: RecordedEvent?) {
    let out = Output.standard
    var title = out.bold("FIRST DIFFERENCE") + "  cut \(Words.number(first.firstCut))"
    if let event {
      title += ", after offset \(Words.number(event.offset))  \(Words.plain(event.type))  stream "
      title += Words.plain(event.stream)
    } else {
      title += ", the initial states"
    }
    out.line(title)
    if let diffs = comparison.firstDivergence {
      rows(names.first, diffs.first)
      rows(names.second, diffs.second)
    }
    let ends = comparison.divergences.prefix(10).map { divergence in
      "[\(Words.number(divergence.firstCut))–"
        + (divergence.endCut.map { "\(Words.number($0)))" } ?? "end]")
    }
    row(
      "different",
      "at cuts " + ends.joined(separator: " ") + (comparison.divergences.count > 10 ? " …" : ""))
    if comparison.divergences.last?.endCut != nil {
      row("in the end", "the states are the same")
    } else if !hasFailed {
      rows("in the end", comparison.finalDiff)
    }
  }

  private func rows(_ label: String, _ diff: StateDiff) {
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
