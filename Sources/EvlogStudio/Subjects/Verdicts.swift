import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// The verdicts of every invariant at every cut that was judged, in a form in which one cut is looked up.
struct Verdicts: Sendable {
  let scan: Scan
  let findings: [Finding]
  /// The last cut that was judged.
  var knownTo: Cut { scan.judgedThrough }
  private let runs: [InvariantRuns]

  init(_ scan: Scan) {
    self.scan = scan
    findings = scan.findings
    runs = scan.machine.invariants.indices.map { InvariantRuns(scan, of: $0) }
  }

  /// What an invariant says at a cut.
  struct AtCut {
    var verdict: Verdict
    var reason: String?
    /// The first cut with this verdict, and the first with another one.
    var since: Cut?
    var until: Cut?
    /// How many other streams or keys violate it.
    var others = 0
  }

  /// The verdict for a key, or of a machine with one state; with a state for each key and no key, the worst of all.
  func verdict(of invariant: Int, at cut: Cut, key: String?) -> AtCut {
    let isKeyed = scan.machine.scope != .log
    let finding = findings.first { $0.invariant == scan.machine.invariants[invariant] }
    if scan.machine.invariants[invariant].kind == .step, let finding {
      // A step is of one event, and says nothing about other cuts.
      guard let broken = finding.breaks.at(cut: cut),
        !isKeyed || key == nil || broken.key.map(Name.init) == key.map(Name.init)
      else { return AtCut(verdict: .holds) }
      return AtCut(verdict: .violated, since: cut, until: cut + 1)
    }
    let runs = runs[invariant]
    let violated = runs.count(of: .violated, at: cut)
    if isKeyed, key == nil {
      let undefined = runs.count(of: .undefined, at: cut)
      return AtCut(
        verdict: violated > 0 ? .violated : undefined > 0 ? .undefined : .holds,
        others: violated)
    }
    guard let run = runs.run(of: key, at: cut) else {
      return AtCut(verdict: .holds, others: violated)
    }
    return AtCut(
      verdict: run.verdict, reason: run.reason, since: run.first, until: run.end,
      others: violated - (run.verdict == .violated ? 1 : 0))
  }

  /// The cut of the next or previous event that breaks or heals an invariant.
  func edge(of invariant: Int?, from cut: Cut, isForward: Bool) -> Cut? {
    let edges = findings.indices.filter { i in
      invariant.map { findings[i].invariant == scan.machine.invariants[$0] } ?? true
    }.flatMap { i -> [Cut] in
      let breaks = findings[i].breaks
      let next = isForward ? breaks.next(after: cut) : breaks.last(before: cut)
      // Only where episodes end is not among the breaks.
      let ends = findings[i].episodes.lazy.compactMap(\.endCut)
      let end = isForward ? ends.filter { $0 > cut }.min() : ends.filter { $0 < cut }.max()
      return [next?.firstCut, findings[i].invariant.kind == .step ? nil : end].compactMap { $0 }
    }
    return isForward ? edges.min() : edges.max()
  }
}

/// The runs of cuts at which one invariant does not hold.
private struct InvariantRuns: Sendable {
  struct Run: Sendable {
    let verdict: Verdict
    let reason: String?
    let first: Cut
    var end: Cut?
  }

  private var byKey: [Name: [Run]] = [:]
  /// Where runs of each verdict begin, and where they end, in the order of the log.
  private var starts: [Verdict: [Cut]] = [:]
  private var ends: [Verdict: [Cut]] = [:]

  /// Of an invariant about the end, only the runs that last to the end.
  init(_ scan: Scan, of invariant: Int) {
    let isFinal = scan.machine.invariants[invariant].isFinal
    var open: [Name: VerdictChange] = [:]
    for change in scan.changes where change.invariant == invariant {
      let key = Name(change.key ?? "")
      if isFinal {
        open[key] = change
        continue
      }
      if let i = byKey[key]?.indices.last, byKey[key]?[i].end == nil {
        byKey[key]?[i].end = change.cut
        if let verdict = byKey[key]?[i].verdict { ends[verdict, default: []].append(change.cut) }
      }
      guard change.verdict != .holds else { continue }
      byKey[key, default: []].append(
        Run(verdict: change.verdict, reason: change.reason, first: change.cut))
      starts[change.verdict, default: []].append(change.cut)
    }
    for (key, change) in open where change.verdict != .holds && scan.judgedThrough == scan.cut {
      byKey[key] = [Run(verdict: change.verdict, reason: change.reason, first: change.cut)]
      starts[change.verdict, default: []].append(change.cut)
    }
    for verdict in ends.keys { ends[verdict]?.sort() }
    for verdict in starts.keys { starts[verdict]?.sort() }
  }

  func count(of verdict: Verdict, at cut: Cut) -> Int {
    let begun = starts[verdict].map { $0.partitioningIndex { $0 > cut } } ?? 0
    let over = ends[verdict].map { $0.partitioningIndex { $0 > cut } } ?? 0
    return begun - over
  }

  func run(of key: String?, at cut: Cut) -> Run? {
    guard let runs = byKey[Name(key ?? "")] else { return nil }
    let i = runs.partitioningIndex { $0.first > cut }
    guard i > 0, runs[i - 1].end.map({ cut < $0 }) ?? true else { return nil }
    return runs[i - 1]
  }
}
