import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// What a search by a command answers.
enum ProbeText {
  static func print(_ probe: Answers.Probe) {
    let out = Output.standard
    let isExact = probe.guarantee == Guarantee.exact.name
    switch probe.outcome {
    case .lastIsGood:
      if isExact {
        return out.line("no cut is bad: every one was judged, \(reason)")
      }
      out.line("the last cut is good: there is nothing to search for")
      out.line("  guarantee   BOUNDARY: earlier cuts may be bad: only the last was asked about")
    case .firstIsBad: out.line(out.bold("BAD") + "  from the first cut on")
    case .undefined:
      out.line(
        "cannot tell: the command skipped cut \(Words.number(probe.cut ?? 0)), at the end of the range"
      )
    case .range:
      let range = probe.range ?? []
      out.line(
        out.bold("RANGE") + "  the first bad cut is one of \(Words.number(range.first ?? 0)) to "
          + "\(Words.number(range.last ?? 0)): the others were skipped")
    case .boundary:
      let bad = probe.firstBadCut ?? 0
      out.line(
        out.bold(isExact ? "EXACT" : "BOUNDARY")
          + "  cut \(Words.number(bad - 1)) is good, cut \(Words.number(bad)) is bad")
      if let event = probe.event { out.line(EventText.line(event)) }
      for line in (probe.changes ?? []).lines(limit: 12) { out.line("  \(out.coloured(line))") }
      if probe.judgedAll {
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

  private static func rechecked(_ probe: Answers.Probe) -> String {
    "\(Words.number(probe.rechecked)) of them before it to be sure"
  }

  /// What is known at once, before every cut is judged.
  static func bound(_ probe: Probe, _ invariant: InvariantDescriptor) -> String {
    let known =
      switch probe.outcome {
      case .range(let range) where probe.judgedAll:
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
}
