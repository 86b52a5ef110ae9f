import EvlogForensics
import EvlogReplay
import EvlogStore

/// What a scan answers, with what is needed to say it.
struct BisectAnswer {
  let scan: Scan
  let findings: [Finding]
  let violations: [ExplainedViolation]
  let took: Duration
  let store: String
  let machine: String

  var status: ExitStatus { Self.status(scan, findings) }

  static func status(_ scan: Scan, _ findings: [Finding]) -> ExitStatus {
    if findings.contains(where: { !$0.episodes.isEmpty }) { return .found }
    if scan.failure != nil || !scan.failedKeys.isEmpty
      || findings.contains(where: { $0.undefinedCount > 0 })
    {
      return .inconclusive
    }
    return .clean
  }

  var json: Report {
    var report = Report("bisect")
    report["machine"] = .machine(scan.machine)
    report["cut"] = .int(scan.cut)
    report["judgedThrough"] = .int(scan.judgedThrough)
    report["failure"] = scan.failure.map { .string(Words.error($0)) }
    report.addKeys(of: scan)
    report["invariants"] = .array(
      findings.map { finding in
        let explained = violations.first { $0.violation.finding.invariant == finding.invariant }
        return .finding(finding, explained)
      })
    report["work"] = .work(scan.work)
    report["seconds"] = .seconds(took)
    return report
  }
}

extension JSONValue {
  static func finding(
    _ finding: Finding, _ explained: ExplainedViolation? = nil
  ) -> JSONValue {
    let violation = explained?.violation
    var members: [(String, JSONValue)] = [
      ("name", .string(finding.invariant.name)),
      ("kind", .string(finding.invariant.kind.rawValue)),
      ("place", .optional(finding.invariant.place?.description)),
      ("violated", .bool(!finding.episodes.isEmpty)),
      ("class", .optional(finding.episodeClass?.rawValue)),
      ("guarantee", .string(finding.guarantee.name)),
      ("violatedCuts", .int(finding.violations)),
      ("undefinedCuts", .int(finding.undefinedCount)),
      ("undefinedByFailure", .int(finding.undefinedByFailure)),
      ("firstUndefined", .optional(finding.firstUndefined)),
      (
        "episodes",
        .array(
          finding.episodes.map { episode in
            .object([
              ("key", .optional(episode.key)), ("firstCut", .int(episode.firstCut)),
              ("endCut", .optional(episode.endCut)), ("brokenBy", .optional(episode.brokenBy)),
              ("healedBy", .optional(episode.healedBy)), ("violations", .int(episode.violations)),
            ])
          })
      ),
    ]
    members.append(contentsOf: violations(of: finding))
    var range = JSONValue.null
    if case .range(let cuts) = finding.guarantee {
      range = .array([.int(cuts.lowerBound), .int(cuts.upperBound)])
    }
    members += [
      ("range", range), ("offset", .optional(violation?.episode.brokenBy)),
      ("event", violation?.event.map { .event($0) } ?? .null),
      ("changes", violation.map { .changes($0.diff.changes) } ?? .null),
      ("lastWriters", explained.map { .array($0.reads.map(JSONValue.read)) } ?? .null),
      ("lastWritersLeftOut", explained.map { .int($0.readsLeftOut) } ?? .null),
    ]
    return .object(members)
  }

  /// So many violating events of a step are listed in an answer about other things too.
  private static let violationLimit = 1000

  private static func violations(of finding: Finding) -> [(String, JSONValue)] {
    guard finding.invariant.kind == .step else {
      return [("violations", .null), ("violationsLeftOut", .null)]
    }
    let listed = finding.breaks.prefix(violationLimit)
    return [
      (
        "violations",
        .array(
          listed.map { .object([("key", .optional($0.key)), ("offset", .optional($0.brokenBy))]) })
      ),
      ("violationsLeftOut", .int(finding.breaks.count - listed.count)),
    ]
  }

  static func event(_ event: RecordedEvent) -> JSONValue {
    JSONValue(validating: EventText.ndjson(event)[...]) ?? .null
  }

  static func changes(_ changes: [StateDiff.Change]) -> JSONValue {
    .array(
      changes.map { change in
        var members: [(String, JSONValue)] = [("path", .string("\(change.path)"))]
        if let old = change.old { members.append(("old", old)) }
        if let new = change.new { members.append(("new", new)) }
        if let index = change.index { members.append(("index", .int(index))) }
        if let shift = change.shift {
          members.append(
            (
              "moved",
              .object([
                ("from", .int(shift.old.lowerBound)), ("to", .int(shift.new)),
                ("count", .int(shift.old.count)),
              ])
            ))
        }
        if let old = change.old, let new = change.new,
          let text = TextChange(from: old, to: new, longerThan: 60)
        {
          members.append(
            (
              "text",
              .object([
                ("position", .int(text.position)), ("removed", .string(text.removed)),
                ("inserted", .string(text.inserted)),
              ])
            ))
        }
        return .object(members)
      })
  }
}

/// What a scan answers, in words.
enum BisectText {
  /// How many changed paths are shown around an event.
  private static let changeLimit = 12
  /// The most earlier reads that are shown.
  private static let readLimit = 3

  static func print(_ answer: BisectAnswer, episodeLimit: Int) {
    for violation in answer.violations {
      show(violation, answer, episodeLimit)
      Output.standard.line()
    }
    for finding in answer.findings where finding.episodes.isEmpty {
      Output.standard.line(summary(finding, in: answer.scan))
    }
    let cuts = Words.count(answer.scan.judgedThrough + 1, "cut")
    let all = answer.scan.failure == nil ? "" : " of \(Words.number(answer.scan.cut + 1))"
    let before = answer.scan.work.judgedBefore.map { " (\(Words.number($0 + 1)) of them before)" }
    Output.standard.line(
      "\(cuts)\(all) judged\(before ?? ""), \(Words.count(answer.findings.count, "invariant")), "
        + Words.duration(answer.took))
    KeysText.sayUnconcerned(answer.scan.unconcerned)
  }

  /// One line: holds, violated, or cannot be said.
  static func summary(_ finding: Finding, in scan: Scan) -> String {
    let failed = failed(scan)
    let name = "\(finding.invariant.name) (\(finding.invariant.kind.rawValue))"
    if let first = finding.firstBreak {
      let place =
        first.brokenBy.map { "first by offset \(Words.number($0))" } ?? "by the initial state"
      let count = Words.count(
        finding.breakCount, finding.invariant.kind == .step ? "event" : "episode")
      return "violated   \(name): \(place), \(count)"
    }
    if let failed, finding.undefinedCount == finding.undefinedByFailure {
      return "holds      \(name) for \(failed)"
    }
    if finding.undefinedCount > 0, let first = finding.firstUndefined {
      return
        "undefined  \(name): \(Words.count(finding.undefinedCount, "cut")) could not be judged, "
        + "first \(Words.number(first)): \(finding.undefinedReason ?? "")"
    }
    if case .range(let range) = finding.guarantee {
      return "unknown    \(name): holds to cut \(Words.number(range.lowerBound - 1)), where the "
        + "machine failed"
    }
    return "holds      \(name)"
  }

  private static func show(
    _ explained: ExplainedViolation, _ answer: BisectAnswer, _ limit: Int
  ) {
    let out = Output.standard
    let violation = explained.violation
    let finding = violation.finding
    if let event = violation.event {
      out.line(
        out.bold("FIRST VIOLATION")
          + "  offset \(Words.number(event.offset))  \(Words.plain(event.type))  stream "
          + "\(Words.plain(event.stream))  "
          + "\(event.recordedAt)")
    } else {
      out.line(out.bold("FIRST VIOLATION") + "  the initial state, before any event")
    }
    var invariant = "\(finding.invariant.name) (\(finding.invariant.kind.rawValue))"
    if let place = finding.invariant.place { invariant += "  \(place)" }
    row("invariant", invariant)
    if let event = violation.event {
      row("event", short(event.data))
      if let metadata = event.metadata { row("metadata", short(metadata)) }
    }
    if let key = violation.episode.key {
      row(
        "state of", "\(Words.key(key))  (\(Words.count(finding.keyCount, "key")) violated in all)"
      )
    }
    let diff = violation.diff
    for (i, line) in diff.lines(limit: changeLimit).enumerated() {
      row(i == 0 ? "change" : "", out.coloured(line))
    }
    if !diff.isEmpty {
      row(
        "", "\(Words.number(diff.changes.count)) of \(Words.count(diff.pathCount, "path")) changed")
    } else if let problem = violation.stateProblem {
      row("change", "the states cannot be shown: \(problem.message)")
    } else if violation.event != nil {
      row("change", "none: the event left the state as it was")
    }
    for (i, read) in explained.reads.prefix(readLimit).enumerated() {
      row(i == 0 ? "before that" : "", WhyText.line(read))
    }
    let leftOut = max(0, explained.reads.count - readLimit) + explained.readsLeftOut
    if leftOut > 0 {
      // `--expr` exists in this verb only, so there is no command to suggest.
      let how =
        finding.invariant.name == MachineOptions.expressionName
        ? "" : ": \(EvlogTool.name) why \(asked(answer, finding))"
      row("", "… and \(Words.number(leftOut)) more\(how)")
    }
    episodes(finding, limit)
    row("guarantee", guarantee(finding, answer))
    if let offset = violation.episode.brokenBy {
      let log = log(answer)
      let key = violation.episode.key.map { " " + Words.option("--key", $0) } ?? ""
      row("next", "\(EvlogTool.name) diff \(log) \(offset) \(offset.cutAfter)\(key)")
      if finding.invariant.name == MachineOptions.expressionName { return }
      row("", "\(EvlogTool.name) why \(asked(answer, finding))")
      row("", "\(EvlogTool.name) minimise \(asked(answer, finding))")
      row("", "\(EvlogTool.name) what-if \(log) --drop \(offset)")
    }
  }

  private static func log(_ answer: BisectAnswer) -> String {
    "\(Words.shell(answer.store)) --machine \(Words.shell(answer.machine))"
  }

  /// How another verb is asked about the same invariant.
  private static func asked(_ answer: BisectAnswer, _ finding: Finding) -> String {
    "\(log(answer)) \(Words.option("--invariant", finding.invariant.name))"
  }

  private static func short(_ bytes: ArraySlice<UInt8>) -> String {
    let text = Words.plain(String(decoding: bytes.prefix(1000), as: UTF8.self))
    return text.count > 100 ? text.prefix(99) + "…" : text
  }

  private static func row(_ label: String, _ text: some StringProtocol) {
    let space = String(repeating: " ", count: max(1, 12 - label.count))
    Output.standard.line("  \(label)\(space)\(text)")
  }

  private static func episodes(_ finding: Finding, _ limit: Int) {
    let shown = finding.breaks.prefix(limit)
    let isStep = finding.invariant.kind == .step
    // A step is violated by an event; a state, from a cut to another.
    let title =
      isStep
      ? "\(Words.count(finding.breakCount, "event")), at offset"
      : "\(Words.number(finding.episodes.count)), \(finding.episodeClass?.rawValue ?? ""); cuts"
    func text(_ broken: Episode) -> String {
      if isStep { return Words.number(broken.brokenBy ?? 0) }
      return "[\(Words.number(broken.firstCut))–"
        + (broken.endCut.map { "\(Words.number($0))\(broken.isHealed ? "" : ", then undefined"))" }
          ?? "end]")
    }
    let label = isStep ? "violated by" : "episodes"
    if shown.first?.key == nil {
      let list = shown.map(text).joined(separator: isStep ? "  " : " ")
      row(label, "\(title) \(list)")
    } else {
      // The cuts of one key say nothing of another's.
      row(label, title)
      for key in shown.compactMap(\.key).map(Name.init).uniqued() {
        let own = shown.filter { $0.key.map(Name.init) == key }.map(text)
        row("", "\(own.joined(separator: " "))  of \(Words.key(key.string))")
      }
    }
    if finding.breakCount > limit {
      row("", "and \(Words.number(finding.breakCount - limit)) more; all of them: --violations")
    }
  }

  /// Of streams or keys at which the machine failed: how many are left, and which they are.
  private static func failed(_ scan: Scan) -> String? {
    KeysText.covered(scan.keyCount, scan.failedKeys, of: scan.machine.scope)
  }

  private static func guarantee(_ finding: Finding, _ answer: BisectAnswer) -> String {
    if let failed = failed(answer.scan), finding.undefinedCount == finding.undefinedByFailure {
      return "EXACT for \(failed)"
    }
    switch finding.guarantee {
    case .exact:
      return "EXACT: \(Words.count(answer.scan.judgedThrough + 1, "cut")) judged, "
        + "\(Words.number(finding.undefinedCount)) undefined, \(Words.duration(answer.took))"
    case .boundary: return "BOUNDARY: earlier violations are possible"
    case .range(let range):
      return "RANGE: the first violated cut is one of \(Words.number(range.lowerBound)) to "
        + "\(Words.number(range.upperBound)); \(Words.count(finding.undefinedCount, "cut")) could "
        + "not be judged: \(finding.undefinedReason ?? "")"
    }
  }
}
