import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import SystemPackage

/// Runs in several processes, compared event by event.
struct Audit {
  let store: String
  let machine: String
  let options: [String]
  /// How many plain runs there are, each in a process of its own.
  let plainRuns: Int
  let cut: Cut
  /// How many processes run beside each other.
  let workers: Int

  /// Where two runs differ first.
  struct Divergence {
    let first: AuditRun
    let second: AuditRun
    var offset: Offset
    /// What the second run said where the machine failed in it, or the first, alone.
    var failure: String?
    /// Whether it was seen in the states of all keys only, not in that of an event's.
    var isOfAll = false
    /// What each came to there; nil where it did not happen again.
    var moments: (first: JSONValue, second: JSONValue)?

    var answered: Answers.Audit.Divergence {
      .init(run: second, offset: offset, failure: failure, isOfAll: isOfAll, moments: moments)
    }
  }

  struct Outcome {
    var divergence: Divergence?
    /// How many events every run took.
    var events: UInt64
    /// Why the machine went no further, in every run alike; or why some runs were stopped.
    var failure: AuditProcess.MachineFailure?
    /// How many streams or keys the machine failed at, in every run alike, while the others went on; `failure` is
    /// the first of those failures, then.
    var failedKeys = 0
    /// Why no run could go on from a saved state.
    var couldNotSave: String?
  }

  private func process(_ run: AuditRun, _ number: Int) -> AuditProcess {
    AuditProcess(
      store: store, machine: machine, run: run, number: number, options: options, cut: cut)
  }

  /// The first process runs it twice: that is a plain run, and one after a whole run.
  private var runs: [AuditRun] {
    [.again] + Array(repeating: .plain, count: plainRuns - 1) + [.reloaded]
  }

  func run(progress: @Sendable @escaping (UInt64) -> Void) async throws -> Outcome {
    let traces = try await allTraces(progress)
    defer { for trace in traces { trace.file.close() } }
    guard let reference = traces.first else {
      throw Failure(.failed, "A run of the audit gave no answer.")
    }
    var outcome = Outcome(
      events: traces.map(\.count).min() ?? 0,
      failure: reference.ending.failure ?? reference.ending.firstOfKey,
      failedKeys: reference.ending.failedKeys,
      couldNotSave: traces.lazy.compactMap(\.ending.couldNotSave).first)
    var widest: UInt64 = 1
    for trace in traces.dropFirst() {
      if let failure = trace.ending.failure, failure.isOfBounds,
        failure.offset ?? .max < outcome.failure?.offset ?? .max
      {
        outcome.failure = failure
      }
      guard let divergence = try Self.difference(reference, trace),
        divergence.offset < outcome.divergence?.offset ?? .max
      else { continue }
      outcome.divergence = divergence
      widest = max(reference.ending.widest, trace.ending.widest)
    }
    if var divergence = outcome.divergence, divergence.failure == nil {
      divergence.offset =
        divergence.isOfAll
        ? try await exactlyOfAll(divergence) : try await exactly(divergence, widest)
      divergence.moments = try await moments(divergence)
      outcome.divergence = divergence
    }
    return outcome
  }

  /// Those of all runs, in their order.
  private func allTraces(_ progress: @Sendable @escaping (UInt64) -> Void) async throws
    -> [AuditProcess.Trace]
  {
    let processes = runs.enumerated().map { process($0.element, $0.offset) }
    return try await withThrowingTaskGroup(of: (Int, [AuditProcess.Trace]).self) { group in
      var traces: [Int: [AuditProcess.Trace]] = [:]
      var done: UInt64 = 0
      for i in processes.indices {
        if i >= workers, let (number, some) = try await group.next() {
          traces[number] = some
          done += UInt64(max(1, some.count))
          progress(done)
        }
        group.addTask { (i, try await processes[i].traces()) }
      }
      for try await (number, some) in group {
        traces[number] = some
        done += UInt64(max(1, some.count))
        progress(done)
      }
      // What any process shows is no matter of what was in it before.
      let all = processes.indices.flatMap { traces[$0] ?? [] }
      return all.filter { $0.run != .again } + all.filter { $0.run == .again }
    }
  }

  // MARK: Where two runs differ

  /// Where two runs differ first. That a run was stopped by a bound, or that the machine failed in both alike,
  /// is no difference.
  private static func difference(_ a: AuditProcess.Trace, _ b: AuditProcess.Trace) throws
    -> Divergence?
  {
    if let word = try firstDifference(a, b) {
      return Divergence(first: a.run, second: b.run, offset: Offset(word))
    }
    let failures = (a.ending.failure, b.ending.failure)
    if failures.0?.isOfBounds == true || failures.1?.isOfBounds == true { return nil }
    switch failures {
    case (nil, nil):
      guard a.ending.whole != b.ending.whole, a.count > 0 else { return nil }
      return Divergence(first: a.run, second: b.run, offset: Offset(a.count - 1), isOfAll: true)
    case (let x?, let y?) where x.offset == y.offset && x.kind == y.kind: return nil
    default:
      let first = [failures.0, failures.1].compactMap { $0 }.min {
        $0.offset ?? .max < $1.offset ?? .max
      }
      return Divergence(
        first: a.run, second: b.run, offset: first?.offset ?? Offset(max(a.count, 1) - 1),
        failure: first?.text)
    }
  }

  /// The first event that two runs took and whose words differ.
  private static func firstDifference(_ a: AuditProcess.Trace, _ b: AuditProcess.Trace) throws
    -> UInt64?
  {
    let chunk: UInt64 = 1 << 15
    func read(_ trace: AuditProcess.Trace, _ words: Range<UInt64>) throws -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: words.count * 8)
      let count = try unsafe bytes.withUnsafeMutableBytes {
        try unsafe trace.file.descriptor.read(
          fromAbsoluteOffset: Int64((trace.start + words.lowerBound) * 8), into: $0)
      }
      return Array(bytes[..<count])
    }
    let end = min(a.count, b.count)
    for start in stride(from: 0, to: end, by: Int(chunk)) {
      let words = start..<min(start + chunk, end)
      let (x, y) = (try read(a, words), try read(b, words))
      if x == y { continue }
      let place = zip(x, y).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      return start + UInt64((place ?? min(x.count, y.count)) / 8)
    }
    return nil
  }

  /// Where states are large, not all were looked at: the first event that differs, perhaps before the one that
  /// was found to. They are looked at closer and closer, so that no run costs much more than the first did. By
  /// chance it may differ later this time.
  private func exactly(_ divergence: Divergence, _ widest: UInt64) async throws -> Offset {
    var offset = divergence.offset
    var window = min(UInt64(offset), widest - 1)
    while window > 0 {
      let every = max(1, (window + 1) / Self.closerLooks)
      let closer = StateLooks.Closer(from: offset - window, every: every)
      let first = try await trace(divergence.first, 0, until: offset.cutAfter, closer)
      defer { first.file.close() }
      let second = try await trace(divergence.second, 1, until: offset.cutAfter, closer)
      defer { second.file.close() }
      offset = min(try Self.firstDifference(first, second).map { Offset($0) } ?? offset, offset)
      window = min(UInt64(offset), every - 1)
    }
    return offset
  }

  /// So often states are looked at that lie between two looks of before.
  private static let closerLooks: UInt64 = 64

  private func trace(
    _ run: AuditRun, _ number: Int, until: Cut, _ closer: StateLooks.Closer
  ) async throws -> AuditProcess.Trace {
    let traces = try await process(run, number).traces(until: until, closer: closer)
    guard let trace = traces.last else {
      throw Failure(.failed, "A run of the audit gave no answer.")
    }
    return trace
  }

  /// The first event after which the states of all keys differ, by halves; the difference stays once it is
  /// there, as far as is known.
  private func exactlyOfAll(_ divergence: Divergence) async throws -> Offset {
    // The states are known to be the same at the first cut, and to differ at the other.
    var (low, high) = (Cut(0), divergence.offset.cutAfter)
    while high - low > 1 {
      let every = max(1, (high - low) / 32)
      let cuts = Array(stride(from: low + every, to: high, by: Int(every)))
      let first = try await process(divergence.first, 0).wholes(at: cuts)
      let second = try await process(divergence.second, 1).wholes(at: cuts)
      let place = zip(first, second).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      if let place {
        (low, high) = (place > 0 ? cuts[place - 1] : low, cuts[place])
      } else {
        low = cuts.last ?? high - 1
      }
    }
    return (high - 1).offsetAfter
  }

  /// How often two runs are asked again what they came to.
  private static let tries = 20

  private func moments(_ divergence: Divergence) async throws -> (JSONValue, JSONValue)? {
    for i in 1...Self.tries {
      let first = try await process(divergence.first, 2 * i)
        .moment(at: divergence.offset, ofAll: divergence.isOfAll)
      let second = try await process(divergence.second, 2 * i + 1)
        .moment(at: divergence.offset, ofAll: divergence.isOfAll)
      if first != second { return (first, second) }
    }
    return nil
  }
}
