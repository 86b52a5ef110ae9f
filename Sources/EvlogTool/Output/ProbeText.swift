import EvlogForensics
import EvlogReplay
import EvlogStore

extension Probe {
  /// The event between the last good and the first bad cut that were found.
  var brokenBy: Offset? {
    switch outcome {
    case .boundary(let bad): bad.offsetBefore
    default: nil
    }
  }
}

/// What a search by a command answers.
enum ProbeText {
  static func print(_ probe: Probe, _ event: RecordedEvent?, _ diff: StateDiff?) {
    let out = Output.standard
    switch probe.outcome {
    case .lastIsGood:
      if probe.guarantee == .exact {
        return out.line("no cut is bad: every one was judged, \(reason)")
      }
      out.line("the last cut is good: there is nothing to search for")
      out.line("  guarantee   BOUNDARY: earlier cuts may be bad, for only the last was asked")
    case .firstIsBad: out.line(out.bold("BAD") + "  from the first cut on")
    case .undefined(let cut):
      out.line("cannot tell: the command skipped cut \(Words.number(cut)), at the end of the range")
    case .range(let range):
      out.line(
        out.bold("RANGE") + "  the first bad cut is one of \(Words.number(range.lowerBound)) to "
          + "\(Words.number(range.upperBound)): the others were skipped")
    case .boundary(let bad):
      out.line(
        out.bold(probe.guarantee == .exact ? "EXACT" : "BOUNDARY")
          + "  cut \(Words.number(bad - 1)) is good, cut \(Words.number(bad)) is bad")
      if let event { out.line(EventText.line(event)) }
      for line in diff?.lines(limit: 12) ?? [] { out.line("  \(out.coloured(line))") }
      if probe.isDear {
        let isExact = probe.guarantee == .exact
        out.line(
          "  guarantee   \(isExact ? "EXACT: every cut up to it was judged" : "BOUNDARY: earlier cuts could not be judged"), "
            + reason)
        return
      }
      out.line(
        "  guarantee   BOUNDARY: exact only if what breaks stays broken; "
          + "\(Words.count(probe.steps.count, "cut")) asked, \(rechecked(probe))")
    }
  }

  private static let reason = "which is cheaper than returning to states this large"

  private static func rechecked(_ probe: Probe) -> String {
    "\(Words.number(probe.recheckedCount)) of them before it to be sure"
  }

  /// What is known at once, before every cut is judged.
  static func bound(_ probe: Probe, _ invariant: InvariantDescriptor) -> String {
    let known =
      switch probe.outcome {
      case .range(let range) where probe.isDear:
        "is violated at the last cut, \(Words.number(range.upperBound))"
      case .lastIsGood: "holds at the last cut; \(Words.count(probe.steps.count, "cut")) asked"
      case .firstIsBad: "is violated at the first cut"
      case .boundary(let bad): "is violated at offset \(Words.number(bad - 1)), if not before"
      case .range(let range):
        "is violated at offset \(Words.number(range.upperBound - 1)), if not before"
      case .undefined(let cut): "cannot be judged at cut \(Words.number(cut))"
      }
    return "so far     \(invariant.name) (\(invariant.kind.rawValue)) \(known)"
  }

  static func json(_ probe: Probe, _ event: RecordedEvent?, _ diff: StateDiff?) -> Report {
    var report = Report("bisect")
    let outcome: String
    var (cut, bad): (Cut?, Cut?)
    var range: JSONValue?
    switch probe.outcome {
    case .lastIsGood: outcome = "lastIsGood"
    case .firstIsBad: outcome = "firstIsBad"
    case .undefined(let unjudged): (outcome, cut) = ("undefined", unjudged)
    case .range(let cuts):
      outcome = "range"
      range = .array([.int(cuts.lowerBound), .int(cuts.upperBound)])
    case .boundary(let first): (outcome, bad) = ("boundary", first)
    }
    report["outcome"] = .string(outcome)
    report["cut"] = .optional(cut)
    report["range"] = range
    report["firstBadCut"] = .optional(bad)
    report["offset"] = .optional(bad?.offsetBefore)
    report["guarantee"] = .string(probe.guarantee.name)
    report["event"] = event.map { .event($0) }
    report["changes"] = diff.map { .changes($0.changes) }
    report["rechecked"] = .int(probe.recheckedCount)
    report["steps"] = .array(
      probe.steps.map {
        .object([("cut", .int($0.cut)), ("verdict", .string("\($0.verdict)"))])
      })
    return report
  }
}
