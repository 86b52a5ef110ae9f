public import Replay

/// A search that asks for a verdict at few cuts: for predicates that are too dear to ask at all.
///
/// It is the classic binary search, right only where what is broken stays broken. What it finds is
/// two neighbouring cuts, the first good and the second bad: a boundary, not "the first".
public struct Probe: Sendable {
  /// One question and its answer.
  public struct Step: Sendable, Hashable {
    public let cut: UInt64
    public let verdict: Verdict
  }

  public enum Outcome: Sendable, Hashable {
    /// The last cut is good: nothing to search for.
    case lastIsGood
    /// The first cut is bad already.
    case firstIsBad
    /// `bad - 1` is good and `bad` is bad.
    case boundary(bad: UInt64)
    /// The bad cut is one of these; the others could not be judged.
    case range(ClosedRange<UInt64>)
    /// The last or the first cut cannot be judged.
    case undefined(cut: UInt64)
  }

  public let steps: [Step]
  public let outcome: Outcome
  public let work: Replayer.Work
}

extension Replayer {
  /// Searches between two cuts. `judge` is given each state that is asked about; `step` is told what
  /// it said and how many cuts are left.
  public func probe(
    from first: UInt64 = 0, to last: UInt64? = nil,
    judge: (JSONValue, UInt64) async throws -> Verdict,
    step: (Probe.Step, _ left: UInt64) -> Void = { _, _ in }
  ) async throws -> Probe {
    let last = try checked(last)
    guard first <= last else { throw CutBeyondEnd(cut: first, end: last) }
    let states = ProbedStates(self)
    var steps: [Probe.Step] = []

    func ask(_ cut: UInt64, left: UInt64) async throws -> Verdict {
      let verdict = try await judge(try states.state(at: cut), cut)
      if verdict == .holds { states.keep(cut) }
      steps.append(Probe.Step(cut: cut, verdict: verdict))
      step(Probe.Step(cut: cut, verdict: verdict), left)
      return verdict
    }
    func found(_ outcome: Probe.Outcome) -> Probe {
      Probe(steps: steps, outcome: outcome, work: states.work)
    }

    switch try await ask(last, left: last - first) {
    case .holds: return found(.lastIsGood)
    case .undefined: return found(.undefined(cut: last))
    case .violated: break
    }
    if first == last { return found(.firstIsBad) }
    switch try await ask(first, left: last - first) {
    case .violated: return found(.firstIsBad)
    case .undefined: return found(.undefined(cut: first))
    case .holds: break
    }
    var (good, bad) = (first, last)
    var skipped: Set<UInt64> = []
    while bad - good > 1 {
      guard let cut = Self.nearest(to: good + (bad - good) / 2, good, bad, skipped) else {
        return found(.range((good + 1)...bad))
      }
      switch try await ask(cut, left: bad - good - 1) {
      case .holds: good = cut
      case .violated: bad = cut
      case .undefined: skipped.insert(cut)
      }
    }
    return found(.boundary(bad: bad))
  }

  /// The cut nearest to the middle that may be asked about.
  private static func nearest(
    to middle: UInt64, _ good: UInt64, _ bad: UInt64, _ skipped: Set<UInt64>
  ) -> UInt64? {
    for distance in 0...(bad - good) {
      let up = middle + distance
      if up < bad, !skipped.contains(up) { return up }
      if middle > good + distance, !skipped.contains(middle - distance) { return middle - distance }
    }
    return nil
  }
}

/// The states that a search asks for, each made from the nearest good one before it.
private final class ProbedStates {
  private let replayer: Replayer
  private(set) var work = Replayer.Work()
  private var execution: (any Execution)?
  private var position: UInt64 = 0
  private var kept: (cut: UInt64, saved: [UInt8])?

  init(_ replayer: Replayer) { self.replayer = replayer }

  func state(at cut: UInt64) throws -> JSONValue {
    let current: any Execution
    if let execution, position <= cut {
      current = execution
    } else if let kept, kept.cut <= cut, let execution {
      try execution.restore(kept.saved)
      current = execution
      position = kept.cut
    } else {
      current = try replayer.execution(at: cut, work: &work)
      position = cut
    }
    try replayer.advance(
      current, from: position, to: cut, checks: false, saves: false, work: &work,
      counted: { _ in }, change: { _ in })
    execution = current
    position = cut
    return try current.wholeState(replayer.machine.scope)
  }

  /// The search does not go below a good cut again: from here it goes on.
  func keep(_ cut: UInt64) {
    guard let saved = try? execution?.save() else { return }
    kept = (cut, saved)
  }
}
