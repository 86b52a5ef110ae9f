import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// What a scan answers, in words.
struct BisectText {
  /// How many changed paths are shown around an event.
  private static let changeLimit = 12
  /// The most earlier reads that are shown.
  private static let readLimit = 3

  let answer: Answers.Bisect
  /// The log, the machine and the edits, as another verb is asked about them.
  let asked: AskedWords
  let episodeLimit: Int

  func print() {
    let violated = answer.invariants.filter(\.violated).sorted {
      ($0.firstBreak?.offset.map { $0 + 1 } ?? 0) < ($1.firstBreak?.offset.map { $0 + 1 } ?? 0)
    }
    for finding in violated {
      show(finding)
      Output.standard.line()
    }
    for finding in answer.invariants where !finding.violated {
      Output.standard.line(Self.summary(finding, failed))
    }
    let cuts = Words.count(answer.judgedThrough + 1, "cut")
    let all = answer.failure == nil ? "" : " of \(Words.number(answer.cut + 1))"
    let before = answer.work.judgedBefore.map { " (\(Words.number($0 + 1)) of them before)" }
    Output.standard.line(
      "\(cuts)\(all) judged\(before ?? ""), \(Words.count(answer.invariants.count, "invariant")), "
        + Words.duration(answer.seconds))
    KeysText.sayUnconcerned(answer.unconcerned)
  }

  /// One line: holds, violated, or cannot be said; `failed` says what is known of keys at which the machine failed.
  static func summary(_ finding: Answers.Finding, _ failed: String?) -> String {
    let name = "\(finding.name) (\(finding.kind.rawValue))"
    if let first = finding.firstBreak {
      let place =
        first.offset.map { "first by offset \(Words.number($0))" } ?? "by the initial state"
      let count = Words.count(finding.breakCount, finding.kind == .step ? "event" : "episode")
      return "violated   \(name): \(place), \(count)"
    }
    if let failed, finding.undefinedCuts == finding.undefinedByFailure {
      return "holds      \(name) for \(failed)"
    }
    if finding.undefinedCuts > 0, let first = finding.firstUndefined {
      return
        "undefined  \(name): \(Words.count(finding.undefinedCuts, "cut")) could not be judged, "
        + "first \(Words.number(first)): \(finding.undefinedReason ?? "")"
    }
    if let range = finding.range {
      return "unknown    \(name): holds to cut \(Words.number(range[0] - 1)), where the "
        + "machine failed"
    }
    return "holds      \(name)"
  }

  private func show(_ finding: Answers.Finding) {
    let out = Output.standard
    if let event = finding.event {
      out.line(
        out.bold("FIRST VIOLATION")
          + "  offset \(Words.number(event.offset))  \(Words.plain(event.type))  stream "
          + "\(Words.plain(event.stream))  "
          + "\(event.recordedAt)")
    } else {
      out.line(out.bold("FIRST VIOLATION") + "  the initial state, before any event")
    }
    row(
      "invariant",
      "\(finding.name) (\(finding.kind.rawValue)\(finding.atEnd ? ", at the end" : ""))"
        + (finding.place.map { "  \($0)" } ?? ""))
    if let event = finding.event {
      row("event", short(event.data))
      if let metadata = event.metadata { row("metadata", short(metadata)) }
    }
    if let key = finding.firstBreak?.key {
      row(
        "state of",
        "\(Words.key(key))  (\(Words.count(finding.violatedKeys, "key")) violated in all)")
    }
    let changes = finding.changes ?? []
    for (i, line) in changes.lines(limit: Self.changeLimit).enumerated() {
      row(i == 0 ? "change" : "", out.coloured(line))
    }
    if !changes.isEmpty {
      row(
        "",
        "\(Words.number(changes.count)) of \(Words.count(finding.pathCount ?? 0, "path")) changed")
    } else if let problem = finding.statesProblem {
      row("change", "the states cannot be shown: \(problem)")
    } else if finding.event != nil {
      row("change", "none: the event left the state as it was")
    }
    let reads = finding.lastWriters ?? []
    for (i, read) in reads.prefix(Self.readLimit).enumerated() {
      row(i == 0 ? "before that" : "", WhyText.line(read))
    }
    let isExpression = finding.name == MachineOptions.expressionName
    let leftOut = max(0, reads.count - Self.readLimit) + (finding.lastWritersLeftOut ?? 0)
    if leftOut > 0 {
      // `--expr` exists in this verb only, so there is no command to suggest.
      let how = isExpression ? "" : ": \(asked.command("why", about: finding.name))"
      row("", "… and \(Words.number(leftOut)) more\(how)")
    }
    episodes(finding)
    row("guarantee", guarantee(finding))
    guard let offset = finding.firstBreak?.offset else { return }
    let cuts = "\(asked.cut(offset.cutBefore)) \(asked.cut(offset.cutAfter))"
    row("next", asked.command("diff", cuts, key: finding.firstBreak?.key))
    if isExpression { return }
    row("", asked.command("why", about: finding.name))
    row("", asked.command("minimise", about: finding.name))
    if !asked.isEdited { row("", asked.command("what-if", "--drop \(offset)")) }
  }

  private func short(_ bytes: ArraySlice<UInt8>) -> String {
    let text = Words.plain(String(decoding: bytes.prefix(1000), as: UTF8.self))
    return text.count > 100 ? text.prefix(99) + "…" : text
  }

  private func row(_ label: String, _ text: some StringProtocol) {
    let space = String(repeating: " ", count: max(1, 12 - label.count))
    Output.standard.line("  \(label)\(space)\(text)")
  }

  private func episodes(_ finding: Answers.Finding) {
    let isStep = finding.kind == .step
    // A step is violated by an event; a state, from a cut to another.
    let shown: [(key: String?, text: String)] =
      isStep
      ? (finding.violations ?? []).prefix(episodeLimit).map {
        ($0.key, Words.number($0.offset ?? 0))
      }
      : finding.episodes.prefix(episodeLimit).map { episode in
        let end = episode.endCut.map {
          "\(Words.number($0))\(episode.isHealed ? "" : ", then undefined"))"
        }
        return (episode.key, "[\(Words.number(episode.firstCut))–" + (end ?? "end]"))
      }
    let title =
      isStep
      ? "\(Words.count(finding.breakCount, "event")), at offset"
      : "\(Words.number(finding.episodes.count)), \(finding.class?.rawValue ?? ""); cuts"
    let label = isStep ? "violated by" : "episodes"
    if shown.first?.key == nil {
      let list = shown.map(\.text).joined(separator: isStep ? "  " : " ")
      row(label, "\(title) \(list)")
    } else {
      // The cuts of one key say nothing of another's.
      row(label, title)
      for key in shown.compactMap(\.key).map(Name.init).uniqued() {
        let own = shown.filter { $0.key.map(Name.init) == key }.map(\.text)
        row("", "\(own.joined(separator: " "))  of \(Words.key(key.string))")
      }
    }
    if finding.breakCount > shown.count {
      row(
        "", "and \(Words.number(finding.breakCount - shown.count)) more; all of them: --violations")
    }
  }

  /// Of streams or keys at which the machine failed: how many are left, and which they are.
  private var failed: String? {
    KeysText.covered(answer.keys, answer.failedKeys, of: answer.machine.scope)
  }

  private func guarantee(_ finding: Answers.Finding) -> String {
    if let failed, finding.undefinedCuts == finding.undefinedByFailure {
      return "EXACT for \(failed)"
    }
    guard let range = finding.range else {
      return "EXACT: \(Words.count(answer.judgedThrough + 1, "cut")) judged, "
        + "\(Words.number(finding.undefinedCuts)) undefined, \(Words.duration(answer.seconds))"
    }
    return "RANGE: the first violated cut is one of \(Words.number(range[0])) to "
      + "\(Words.number(range[1])); \(Words.count(finding.undefinedCuts, "cut")) could "
      + "not be judged: \(finding.undefinedReason ?? "")"
  }
}
