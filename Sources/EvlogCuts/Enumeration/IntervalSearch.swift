import EvlogCore
import Synchronization

/// Looks for the first consistent cut at which a predicate holds, interval by interval.
///
/// The interval of an event of a causal order is all consistent cuts that hold it and nothing after it: those
/// between the event's own past and the order's cut just after it. Each consistent cut but the empty one is in
/// exactly one interval (Chang and Garg's ParaMount 2015). So intervals can be looked at by several workers,
/// and those of earlier events do not change when events are appended. Interval 0 is the empty cut, and interval
/// `k` is that of the event before the order's cut `k`.
struct IntervalSearch: Sendable {
  let order: CausalOrder
  let workers: Int
  /// So many cuts are looked at; in the order of intervals, however many workers there are.
  let limit: UInt64
  /// What is known of the first intervals.
  var known = KnownIntervals()

  /// What was looked at, up to the first cut at which the predicate holds or to the limit.
  struct Outcome: Sendable {
    var found: [UInt32]?
    /// The number of intervals that were looked at completely. The next one has what was found.
    var intervals: Int
    var cuts: UInt64 = 0
    /// The cuts of those intervals.
    var wholeCuts: UInt64 = 0
    var isStopped = false
  }

  var intervalCount: Int { order.count + 1 }

  /// Looks at all intervals. Without a judge, cuts are only counted.
  func run(_ makeJudge: (@Sendable () throws -> CutJudge)?) async throws -> Outcome {
    guard workers > 1 else {
      var outcome = try examine(
        known.count..<intervalCount, limit: limit - known.cuts, try makeJudge?())
      outcome.cuts += known.cuts
      outcome.wholeCuts += known.cuts
      return outcome
    }
    let progress = IntervalProgress(
      from: known, to: intervalCount, workers: workers, limit: limit)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<workers {
        group.addTask {
          let judge = try makeJudge?()
          while let (part, intervals) = progress.take() {
            let result = Result {
              try examine(intervals, limit: limit, judge) { progress.isDone }
            }
            progress.finish(part, result)
          }
        }
      }
      try await group.waitForAll()
    }
    var (outcome, rest) = try progress.outcome()
    if let rest {
      let last = try examine(rest, limit: limit - outcome.cuts, try makeJudge?())
      outcome = Outcome(
        found: last.found, intervals: last.intervals, cuts: outcome.cuts + last.cuts,
        wholeCuts: outcome.wholeCuts + last.wholeCuts, isStopped: last.isStopped)
    }
    return outcome
  }

  /// Looks at some intervals, up to a number of cuts, until one is found or the work is done otherwise.
  private func examine(
    _ intervals: Range<Int>, limit: UInt64, _ judge: CutJudge?, isDone: () -> Bool = { false }
  ) throws -> Outcome {
    try LexicalWalk.over(order.causality) { walk in
      var outcome = Outcome(intervals: intervals.lowerBound)
      var checkAt = min(limit, 0xFFFF)
      walk.setUpper(order.positions(before: max(intervals.lowerBound - 1, 0)))
      for interval in intervals {
        var line = 0
        if interval == 0 {
          walk.start(
            at: Array(repeating: 0, count: order.causality.width),
            to: Array(repeating: 0, count: order.causality.width))
        } else if !walk.startInterval(of: order.line(at: interval - 1)) {
          line = -1
        }
        while line >= 0 {
          if outcome.cuts == checkAt {
            try Task.checkCancellation()
            if outcome.cuts == limit || isDone() {
              outcome.isStopped = true
              return outcome
            }
            checkAt = min(limit, checkAt + 0xFFFF)
          }
          outcome.cuts += 1
          if let judge, try walk.judge(judge, changedFrom: line) {
            outcome.found = walk.cut
            return outcome
          }
          line = walk.step()
        }
        outcome.intervals = interval + 1
        outcome.wholeCuts = outcome.cuts
      }
      return outcome
    }
  }
}

/// The first intervals of an order, of which it is known that a predicate holds at none of their cuts.
///
/// Events that are appended change nothing of them, if the order goes on.
public struct KnownIntervals: Sendable, Hashable {
  /// How many intervals: one for the cut before all events, and one for each event of the order.
  public let count: Int
  /// How many cuts they have.
  public let cuts: UInt64

  /// Nothing is known by default.
  public init(count: Int = 0, cuts: UInt64 = 0) { (self.count, self.cuts) = (count, cuts) }
}

/// Which parts of the intervals are looked at by whom, and what came of the first ones.
private final class IntervalProgress: Sendable {
  private struct State {
    var taken = 0
    /// Parts that are finished while an earlier one is not.
    var waiting: [Int: Result<IntervalSearch.Outcome, any Error>] = [:]
    /// The parts before this one are put together.
    var next = 0
    var outcome: IntervalSearch.Outcome
    var failure: (any Error)?
    var rest: Range<Int>?
  }

  private let start: Int
  private let end: Int
  private let partLength: Int
  private let limit: UInt64
  private let state: Mutex<State>
  private let done = Atomic<Bool>(false)

  init(from known: KnownIntervals, to end: Int, workers: Int, limit: UInt64) {
    (start, self.end, self.limit) = (known.count, end, limit)
    partLength = max(1, min(1024, (end - start) / (workers * 64)))
    state = Mutex(
      State(outcome: .init(intervals: known.count, cuts: known.cuts, wholeCuts: known.cuts)))
  }

  var isDone: Bool { done.load(ordering: .relaxed) }

  private func intervals(_ part: Int) -> Range<Int> {
    start + part * partLength..<min(end, start + (part + 1) * partLength)
  }

  func take() -> (part: Int, intervals: Range<Int>)? {
    if isDone { return nil }
    return state.withLock { state in
      guard start + state.taken * partLength < end else { return nil }
      defer { state.taken += 1 }
      return (state.taken, intervals(state.taken))
    }
  }

  /// Puts parts together in their order, so that the answer is that of one worker.
  func finish(_ part: Int, _ result: Result<IntervalSearch.Outcome, any Error>) {
    state.withLock { state in
      state.waiting[part] = result
      while !isDone, let result = state.waiting.removeValue(forKey: state.next) {
        switch result {
        case .failure(let error):
          state.failure = error
          done.store(true, ordering: .relaxed)
        case .success(let found):
          if found.isStopped || state.outcome.cuts + found.cuts > limit {
            // One worker would have stopped in here.
            state.rest = intervals(state.next)
            done.store(true, ordering: .relaxed)
            return
          }
          state.outcome.wholeCuts = state.outcome.cuts + found.wholeCuts
          state.outcome.cuts += found.cuts
          state.outcome.intervals = found.intervals
          state.outcome.found = found.found
          if found.found != nil { done.store(true, ordering: .relaxed) }
        }
        state.next += 1
      }
    }
  }

  /// What was found, and the part in which the limit lies, which must be looked at again.
  func outcome() throws -> (IntervalSearch.Outcome, rest: Range<Int>?) {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      return (state.outcome, state.rest)
    }
  }
}
