public import EvlogCore
public import EvlogJSON
public import EvlogMachine
public import EvlogReplay

/// A search that asks for a verdict at few cuts, for predicates that are too expensive to ask at every cut.
///
/// It is the classic binary search, which is right only if what is broken stays broken. It finds two
/// neighbouring cuts, the first good and the second bad: a boundary, not "the first violation". So at the end
/// it asks about some earlier cuts too; if one of them is bad, the search continues before it.
public struct Probe: Sendable {
  /// One question and its answer.
  public struct Step: Sendable, Hashable {
    /// The cut that was asked about.
    public let cut: Cut
    /// The answer.
    public let verdict: Verdict
  }

  /// Where the search ended.
  public enum Outcome: Sendable, Hashable {
    /// The last cut is good: there is nothing to search for.
    case lastIsGood
    /// The first cut is already bad.
    case firstIsBad
    /// `bad - 1` is good and `bad` is bad.
    case boundary(bad: Cut)
    /// The first bad cut is in this range; the others could not be judged.
    case range(ClosedRange<Cut>)
    /// The last or the first cut cannot be judged.
    case undefined(cut: Cut)
  }

  /// Every question, in the order of asking.
  public let steps: [Step]
  /// How the search ended.
  public let outcome: Outcome
  /// The number of earlier cuts that were checked at the end; none of them was bad.
  public let recheckedCount: Int
  /// The work of the replays to the cuts.
  public let work: Replayer.Work
  /// Whether every cut was judged because that costs less than keeping states for a few cuts.
  public internal(set) var judgedAll = false
  /// How strong the answer is: a boundary, unless every cut was judged.
  public internal(set) var guarantee = Guarantee.boundary
}

/// What a search does when judging every cut turns out to be cheaper than asking about a few.
public enum CostlySearch: Sendable {
  /// It judges every cut.
  case judgesAll
  /// It stops with what it knows, because its caller judges every cut next.
  case stops
}

/// The invariant cannot be judged at a single cut.
public struct NotProbable: Error, Sendable, CustomStringConvertible {
  public let description: String
}

extension Replayer {
  /// Searches between two cuts. `judge` gets the state at each cut, for `jobs` cuts at once; `step` gets each
  /// verdict and the number of cuts left. Cuts whose verdict is `known` are not judged again. Without
  /// `rechecks` this is the textbook search, which checks no earlier cut at the end.
  public func probe(
    from first: Cut = 0, to last: Cut? = nil, jobs: Int = 1, known: [Cut: Verdict] = [:],
    rechecks: Bool = true,
    judge: @escaping @Sendable (JSONValue, Cut) async throws -> Verdict,
    step: (Probe.Step, _ left: UInt64) -> Void = { _, _ in }
  ) async throws -> Probe {
    try await QuestionThreads.run {
      let states = ProbedStates(self)
      var search = try ProbeSearch(
        from: first, to: checked(last), jobs: max(1, jobs), saved: states.snapshotCuts)
      try await search.run(
        rechecking: { rechecks ? recheckedCuts(before: $0, states.snapshotCuts) : [] }
      ) { cuts in
        // The states are made one after the other, and judged side by side.
        try await withThrowingTaskGroup(of: (Cut, Verdict).self) { group in
          for cut in cuts {
            if let verdict = known[cut] {
              group.addTask { (cut, verdict) }
              continue
            }
            let state = try states.execution(at: cut).wholeState(machine.scope)
            group.addTask { (cut, try await judge(state, cut)) }
          }
          var verdicts: [Cut: Verdict] = [:]
          for try await (cut, verdict) in group { verdicts[cut] = verdict }
          if let cut = cuts.last, verdicts[cut] == .holds { states.keep(cut) }
          return verdicts
        }
      } step: {
        step($0, $1)
      }
      return search.probe(states.work)
    }
  }

  /// Searches for where a state invariant breaks, for a machine with one state or for one stream or key.
  ///
  /// If the states are so large that returning to them costs more than judging every cut, every cut is judged,
  /// or the search stops, as `choice` says.
  public func probe(
    _ invariant: InvariantDescriptor, ofKey key: String? = nil, from first: Cut = 0,
    to last: Cut? = nil, whenCostly choice: CostlySearch = .judgesAll,
    step: (Probe.Step, _ left: UInt64) -> Void = { _, _ in }
  ) async throws -> Probe {
    try await QuestionThreads.run {
      guard (machine.scope == .log) == (key == nil), invariant.kind == .state,
        !invariant.isFinal, let place = machine.invariants.firstIndex(of: invariant)
      else {
        throw NotProbable(
          description:
            "'\(invariant.name)' cannot be judged at single cuts: only a state invariant can that is not "
            + "about the end, of a machine with one state for the log or of one stream or key. Use a scan."
        )
      }
      let last = try checked(last)
      let states = ProbedStates(self, ofKey: key)
      var costs = ProbeCosts()
      var search = try ProbeSearch(
        from: first, to: last, jobs: 1, replayIsCostly: true, saved: states.snapshotCuts)
      do {
        try await search.run(rechecking: { recheckedCuts(before: $0, states.snapshotCuts) }) {
          cuts in
          if costs.exceedJudgingAll(for: last - first, cuts: UInt64(last)) {
            throw JudgingAllIsCheaper()
          }
          var verdicts: [Cut: Verdict] = [:]
          for cut in cuts {
            let execution = try states.execution(at: cut)
            let start = ContinuousClock.now
            let verdict = try execution.judge(place, of: key).verdict
            let judging = ContinuousClock.now - start
            if cut == last, first < last {
              costs.note(replay: states.replaying, events: states.work.events, judging: judging)
              costs.keeping = states.secondsToKeep()
            }
            verdicts[cut] = verdict
            if verdict == .holds { states.keep(cut) }
          }
          return verdicts
        } step: {
          step($0, $1)
        }
      } catch is JudgingAllIsCheaper {
        states.letGo()
        let asked = search.probe(states.work)
        return switch choice {
        case .stops: asked.cutShort(first...last)
        case .judgesAll:
          try await judged(invariant, place, ofKey: key, from: first, to: last, after: asked)
        }
      }
      return search.probe(states.work)
    }
  }

  /// Every cut is judged, up to the first bad one.
  private func judged(
    _ invariant: InvariantDescriptor, _ place: Int, ofKey key: String?, from first: Cut,
    to last: Cut, after asked: Probe
  ) async throws -> Probe {
    // With a state for each key, the first violation may be of another one.
    let isFirst = first == 0 && key == nil
    let scan = try await scan(
      to: last, judging: [invariant], for: isFirst ? .firstViolation : .verdicts)
    if let failure = scan.failure { throw failure }
    let name = key.map(Name.init)
    let changes = scan.changes.filter { $0.invariant == place && $0.key.map(Name.init) == name }
    func verdict(at cut: Cut) -> Verdict {
      changes.last { $0.cut <= cut }?.verdict ?? .holds
    }
    var outcome = Probe.Outcome.lastIsGood
    if verdict(at: first) != .holds {
      outcome = verdict(at: first) == .violated ? .firstIsBad : .undefined(cut: first)
    } else if let bad = changes.first(where: { $0.cut > first && $0.verdict == .violated })?.cut {
      // What could not be judged right before it may be bad.
      let unknown = changes.last { $0.cut < bad }
      outcome =
        verdict(at: bad - 1) == .undefined
        ? .range(max(first + 1, unknown?.cut ?? bad)...bad) : .boundary(bad: bad)
    }
    var work = asked.work
    work.events += scan.work.events
    var probe = Probe(steps: asked.steps, outcome: outcome, recheckedCount: 0, work: work)
    probe.judgedAll = true
    let bad: Cut? = if case .boundary(let bad) = outcome { bad } else { nil }
    let isSure = !changes.contains { $0.cut < bad ?? .max && $0.verdict == .undefined }
    if isSure, bad != nil || outcome == .lastIsGood { probe.guarantee = .exact }
    return probe
  }

  /// Earlier cuts that are asked in the end: those of snapshots, where there are any.
  private func recheckedCuts(before cut: Cut, _ saved: [Cut]) -> [Cut] {
    let count: UInt64 = 7
    let saved = saved.filter { $0 < cut }
    if !saved.isEmpty { return Array(saved.suffix(Int(count))) }
    return (1...count).map { Cut(UInt64(cut) / (count + 1) * $0) }.filter { $0 < cut }
  }
}

/// Which cuts to ask about, and what follows from the answers.
private struct ProbeSearch {
  let first: Cut
  let last: Cut
  /// How many cuts are asked about at once.
  let jobs: Int
  /// Whether a question costs less than the replay to it.
  let replayIsCostly: Bool
  /// Cuts whose states are there, the lowest first.
  let saved: [Cut]
  private var verdicts: [Cut: Verdict] = [:]
  private var steps: [Probe.Step] = []
  private var outcome = Probe.Outcome.lastIsGood
  private var recheckedCount = 0

  init(
    from first: Cut, to last: Cut, jobs: Int, replayIsCostly: Bool = false, saved: [Cut]
  ) throws {
    guard first <= last else { throw Replayer.CutBeyondEnd(cut: first, end: last) }
    self.first = first
    self.last = last
    self.jobs = jobs
    self.replayIsCostly = replayIsCostly
    self.saved = saved
  }

  func probe(_ work: Replayer.Work) -> Probe {
    Probe(steps: steps, outcome: outcome, recheckedCount: recheckedCount, work: work)
  }

  mutating func run(
    rechecking cuts: (_ before: Cut) -> [Cut],
    ask: ([Cut]) async throws -> [Cut: Verdict],
    step: (Probe.Step, _ left: UInt64) -> Void
  ) async throws {
    func answers(_ cuts: [Cut], _ search: inout ProbeSearch, left: UInt64) async throws {
      let new = try await ask(cuts)
      for cut in cuts {
        let made = Probe.Step(cut: cut, verdict: new[cut] ?? .undefined)
        search.verdicts[cut] = made.verdict
        search.steps.append(made)
        step(made, left)
      }
    }
    try await answers([last], &self, left: last - first)
    if let decided = decided(at: last, if: .holds, .lastIsGood) { return outcome = decided }
    if first == last { return outcome = .firstIsBad }
    try await answers([first], &self, left: last - first)
    if let decided = decided(at: first, if: .violated, .firstIsBad) { return outcome = decided }
    var bad = last
    while true {
      var good = goodCut(before: bad)
      while bad - good > 1 {
        let next = unasked(between: good, bad)
        if next.isEmpty { break }
        try await answers(next, &self, left: bad - good - 1)
        bad = next.first { verdicts[$0] == .violated } ?? bad
        good = goodCut(before: bad)
      }
      outcome = bad - good == 1 ? .boundary(bad: bad) : .range((good + 1)...bad)
      let again = cuts(good).filter { $0 > first && verdicts[$0] == nil }
      if !again.isEmpty { try await answers(again, &self, left: 0) }
      recheckedCount = again.count
      guard let earlier = again.first(where: { verdicts[$0] == .violated }) else { return }
      bad = earlier
    }
  }

  private func decided(at cut: Cut, if verdict: Verdict, _ outcome: Probe.Outcome)
    -> Probe.Outcome?
  {
    switch verdicts[cut] {
    case verdict?: outcome
    case .undefined?, nil: .undefined(cut: cut)
    default: nil
    }
  }

  /// The last cut before one that is known to be good.
  private func goodCut(before bad: Cut) -> Cut {
    verdicts.filter { $0.value == .holds && $0.key < bad }.map(\.key).max() ?? first
  }

  /// Some cuts that were not asked about, at even distances.
  ///
  /// From a good answer a replay goes on, after a bad one it begins again: so the first quarter is asked about,
  /// where it is replays that cost. They come to two thirds of what halves take, for a fifth more questions.
  private func unasked(between good: Cut, _ bad: Cut) -> [Cut] {
    var cuts: Set<Cut> = []
    let hasSaved = saved.contains { $0 > good && $0 < bad && verdicts[$0] == nil }
    let parts = replayIsCostly && !hasSaved ? 4 : UInt64(jobs) + 1
    for part in 1...UInt64(jobs) {
      let place = good + (bad - good) / parts * part + (bad - good) % parts * part / parts
      if let cut = nearest(to: place, good, bad, except: cuts) { cuts.insert(cut) }
    }
    return cuts.sorted()
  }

  private func distance(_ a: Cut, _ b: Cut) -> UInt64 { a > b ? a - b : b - a }

  private func nearest(
    to middle: Cut, _ good: Cut, _ bad: Cut, except taken: Set<Cut>
  ) -> Cut? {
    func isFree(_ cut: Cut) -> Bool { verdicts[cut] == nil && !taken.contains(cut) }
    // A saved state costs no replay, and if it is not far from the middle hardly a step more.
    let slack = (bad - good) / UInt64(jobs + 1) / 2
    let from = saved.partitioningIndex { $0 + slack >= middle }
    let near = saved[from...].prefix { $0 <= middle + slack }
      .filter { $0 > good && $0 < bad && isFree($0) }
    if let cut = near.min(by: { distance($0, middle) < distance($1, middle) }) { return cut }
    for distance in 0...(bad - good) {
      let up = middle + distance
      if up > good, up < bad, isFree(up) { return up }
      if middle > good + distance, isFree(middle - distance) { return middle - distance }
    }
    return nil
  }
}

extension Probe {
  /// The search was cut short: the last cut is bad, and so may be those before it, or it is good.
  fileprivate func cutShort(_ cuts: ClosedRange<Cut>) -> Probe {
    let last = steps.first { $0.cut == cuts.upperBound }?.verdict ?? .undefined
    let outcome: Outcome =
      switch last {
      case .holds: .lastIsGood
      case .violated: .range((cuts.lowerBound + 1)...cuts.upperBound)
      case .undefined: .undefined(cut: cuts.upperBound)
      }
    var probe = Probe(steps: steps, outcome: outcome, recheckedCount: 0, work: work)
    probe.judgedAll = true
    return probe
  }
}

/// Judging every cut costs less than what is left of the search.
private struct JudgingAllIsCheaper: Error {}

/// What a search costs, as far as it is known once the last cut was asked about.
private struct ProbeCosts {
  /// In seconds: for an event, and for a question.
  private var reducing = 0.0
  private var judging = 0.0
  /// In seconds: to keep a state so that the search can come back to it.
  var keeping = 0.0

  /// Below this, the search goes on unchanged.
  private static let leastSeconds = 0.5

  mutating func note(replay: Duration, events: UInt64, judging: Duration) {
    reducing = replay / .seconds(1) / Double(max(1, events))
    self.judging = judging / .seconds(1)
  }

  /// Whether keeping states for the rest of the search costs more than judging every cut.
  func exceedJudgingAll(for span: UInt64, cuts: UInt64) -> Bool {
    // About two questions halve what is left; some earlier cuts are asked in the end.
    let questions = 2 * Double(64 - span.leadingZeroBitCount) + 7
    let keepingAll = questions * keeping
    return keepingAll > Self.leastSeconds
      && keepingAll > Double(cuts) * (reducing + judging)
  }
}

/// The states that a search asks for, each made from the nearest good one before it.
private final class ProbedStates {
  private let replayer: Replayer
  /// Whose states; nil for those of the log.
  private let key: String?
  private(set) var work = Replayer.Work()
  /// How long it took to come to the states, in all.
  private(set) var replaying = Duration.zero
  private var playhead: Playhead?
  private var kept: (cut: Cut, state: Checkpoint)?

  /// The snapshots that there are, the lowest cut first.
  private let entries: [SnapshotStore.Entry]
  var snapshotCuts: [Cut] { entries.map(\.cut) }

  init(_ replayer: Replayer, ofKey key: String? = nil) {
    self.replayer = replayer
    self.key = key
    guard let snapshots = replayer.snapshots, replayer.machine.scope != .stream || key == nil else {
      entries = []
      return
    }
    do { entries = try snapshots.entries(of: replayer.machine) } catch {
      entries = []
      work.ignored.append(.init(.states, fileName: snapshots.folderName, error))
    }
  }

  /// Of a machine with a state per stream, that stream alone is read.
  private var stream: String? { replayer.machine.scope == .stream ? key : nil }

  /// How long it takes to keep the state that is here.
  func secondsToKeep() -> Double {
    let start = ContinuousClock.now
    // A state that cannot be kept costs no time to keep.
    let state = try? playhead?.host.checkpoint()
    return state == nil ? 0 : (ContinuousClock.now - start) / .seconds(1)
  }

  /// Frees the states when the search is over.
  func letGo() { (playhead, kept) = (nil, nil) }

  func execution(at cut: Cut) throws -> any Host {
    let start = ContinuousClock.now
    defer { replaying += ContinuousClock.now - start }
    let saved = entries.last { $0.cut <= cut }?.cut ?? 0
    let current: Playhead
    if let playhead, playhead.cut <= cut, playhead.cut >= saved {
      current = playhead
    } else if let kept, kept.cut <= cut, kept.cut >= saved, let playhead {
      try playhead.resume(from: kept.state, at: kept.cut)
      current = playhead
    } else if stream != nil {
      current = try replayer.playhead(stream: stream)
    } else {
      let host = try replayer.execution(
        at: cut, ofKey: key, from: entries, reusing: playhead?.host, work: &work)
      current = Playhead(host, over: replayer.history, at: cut)
    }
    let before = current.eventCount
    try current.advance(to: cut)
    work.events += current.eventCount - before
    playhead = current
    return current.host
  }

  /// The search does not go below a good cut again: from here it goes on.
  func keep(_ cut: Cut) {
    // A state that cannot be kept is replayed again.
    guard cut == playhead?.cut, let state = try? playhead?.host.checkpoint() else { return }
    kept = (cut, state)
  }
}
