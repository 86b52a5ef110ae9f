public import EvlogCore
public import EvlogMachine
public import EvlogReplay

/// The result of a scan for one invariant.
public struct Finding: Sendable {
  /// The invariant that was judged.
  public let invariant: InvariantDescriptor
  /// Every run of violated cuts, ordered by where they begin.
  public let episodes: [Episode]
  /// Every event that broke the invariant, in the order of the log.
  public let breaks: Breaks
  /// The number of cuts (with a state per key: of events) that could not be judged.
  public let undefinedCount: UInt64
  /// The first cut that could not be judged; nil if all could.
  public let firstUndefined: Cut?
  /// How many of the undefined ones belong to streams or keys at which the machine failed.
  public let undefinedByFailure: UInt64
  /// Why it could not be judged there.
  public let undefinedReason: String?
  /// How strong the answer is.
  public let guarantee: Guarantee

  package init(
    invariant: InvariantDescriptor, episodes: [Episode], breaks: Breaks? = nil,
    undefinedCount: UInt64,
    undefinedByFailure: UInt64 = 0, firstUndefined: Cut?, undefinedReason: String?,
    guarantee: Guarantee
  ) {
    self.invariant = invariant
    self.episodes = episodes
    self.breaks = breaks ?? Breaks(episodes)
    self.undefinedCount = undefinedCount
    self.undefinedByFailure = undefinedByFailure
    self.firstUndefined = firstUndefined
    self.undefinedReason = undefinedReason
    self.guarantee = guarantee
  }

  /// The first break: for a step, one event; nil if the invariant holds.
  public var firstBreak: Episode? { breaks.first }
  /// The episode that began first; nil if the invariant holds.
  public var firstEpisode: Episode? { episodes.first }
  /// How the episodes end; nil if there are none.
  public var episodeClass: EpisodeClass? { EpisodeClass(episodes) }
  /// The number of violated cuts (with a state per key: of events).
  public var violations: UInt64 { episodes.reduce(0) { $0 + $1.violations } }
  /// How often the invariant was broken: for a step, the number of events that violate it; for other
  /// invariants, the number of episodes.
  public var breakCount: Int { breaks.count }
  /// How many streams or keys have a violation.
  public var keyCount: Int { Set(episodes.map { Name($0.key ?? "") }).count }
}

extension Scan {
  /// One finding for each invariant that was judged, in the order of the machine.
  public var findings: [Finding] {
    judged.map { i in finding(of: i, changes.filter { $0.invariant == i }, record.steps[i]) }
  }

  /// One finding for each key that has a verdict other than `holds`, ordered by the cut of the first such verdict.
  func findingsByKey(of i: Int) -> [(key: Name, finding: Finding)] {
    var changes: [Name: [VerdictChange]] = [:]
    var steps: [Name: StepViolations] = [:]
    var keys: [Name] = []
    for change in self.changes where change.invariant == i {
      let key = Name(change.key ?? "")
      if changes[key] == nil { keys.append(key) }
      changes[key, default: []].append(change)
    }
    for step in record.steps[i] {
      steps[Name(step.key ?? ""), default: StepViolations()].append(cut: step.cut, key: step.key)
    }
    return keys.map { ($0, finding(of: i, changes[$0] ?? [], steps[$0] ?? StepViolations())) }
  }

  /// The finding that follows from some of an invariant's changes and step violations.
  func finding(of i: Int, _ changes: [VerdictChange], _ steps: StepViolations) -> Finding {
    var runs: [Name?: VerdictChange] = [:]
    var episodes: [Episode] = []
    var undefined: (count: UInt64, first: VerdictChange?) = (0, nil)
    var byFailure: UInt64 = 0
    var failedAt: [Name: Offset] = [:]
    let isFinal = machine.invariants[i].isFinal
    for failed in failedKeys { failedAt[Name(failed.key)] = failed.error.offset }
    /// Ends the run that began with `start`, because of `next` or because nothing follows.
    func end(_ start: VerdictChange, _ next: VerdictChange?) {
      // Of an invariant about the end, only what lasts to the end counts; if that was not reached, nothing is known.
      if isFinal, next != nil || judgedThrough < cut { return }
      let last =
        start.key.map { evaluations[Name($0)] ?? start.evaluation } ?? UInt64(judgedThrough)
      let count = (next?.evaluation ?? last + 1) - start.evaluation
      switch start.verdict {
      case .holds: break
      case .violated:
        episodes.append(
          Episode(
            key: start.key, firstCut: start.cut, endCut: next?.cut,
            isHealed: next?.verdict == .holds, violations: count))
      case .undefined:
        undefined.count += count
        if let key = start.key, let offset = failedAt[Name(key)], start.cut > offset.cutBefore {
          byFailure += count
        }
        if undefined.first.map({ start.cut < $0.cut }) ?? true { undefined.first = start }
      }
    }
    for change in changes {
      let key = change.key.map(Name.init)
      if let start = runs[key] { end(start, change) }
      runs[key] = change
    }
    for start in runs.values { end(start, nil) }
    episodes.sort { $0.firstCut < $1.firstCut }

    var guarantee = Guarantee.exact
    if let first = undefined.first, first.cut < episodes.first?.firstCut ?? .max {
      guarantee = .range(first.cut...max(first.cut, episodes.first?.firstCut ?? cut))
    } else if judgedThrough < cut, episodes.isEmpty {
      guarantee = .range(judgedThrough + 1...max(judgedThrough + 1, cut))
    }
    return Finding(
      invariant: machine.invariants[i], episodes: episodes,
      breaks: machine.invariants[i].kind == .step
        ? Breaks(steps, to: judgedThrough) : Breaks(episodes),
      undefinedCount: undefined.count,
      undefinedByFailure: byFailure, firstUndefined: undefined.first?.cut,
      undefinedReason: undefined.first?.reason,
      guarantee: guarantee)
  }

  /// Whether every judged invariant holds, one is violated, or the answer is unknown.
  public var outcome: Outcome {
    let findings = findings
    if findings.contains(where: { !$0.episodes.isEmpty }) { return .violated }
    if failure != nil || !failedKeys.isEmpty || findings.contains(where: { $0.undefinedCount > 0 })
    {
      return .inconclusive
    }
    return .clean
  }

  /// A scan in a word.
  public enum Outcome: String, Sendable, CaseIterable {
    case clean, violated, inconclusive
  }
}
