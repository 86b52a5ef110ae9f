public import EvlogCore
public import EvlogMachine

/// The verdicts of every invariant at every cut: the exact answer, from which all others are made.
public struct Scan: Sendable {
  /// The machine that judged.
  public let machine: MachineDescriptor
  /// The indices of the judged invariants.
  package let judged: [Int]
  /// The last cut in question.
  public let cut: Cut
  /// The last cut whose verdicts are known: `cut`, unless the machine failed before.
  public let judgedThrough: Cut
  /// Why the machine could not go on after `judgedThrough`.
  public let failure: MachineError?
  /// Where verdicts change, and every event that violates a step.
  package let record: VerdictRecord
  /// How many events had been reduced for each key whose last verdict is not `holds`.
  package let evaluations: [Name: UInt64]
  /// The streams or keys at which the machine failed, in the order of the log, while the others were judged on.
  public var failedKeys: [KeyFailure] { keys.failed }
  /// The number of streams or keys that have had an event.
  public var keyCount: Int { keys.count }
  /// The number of events that concerned no key; nil for a machine without a state per key.
  public var unconcerned: UInt64? { machine.scope == .key ? keys.unconcerned : nil }
  package let keys: ScannedKeys
  /// The work of the scan.
  public package(set) var work: Replayer.Work

  package init(
    machine: MachineDescriptor, judging judged: [Int]? = nil, cut: Cut, judgedThrough: Cut,
    failure: MachineError?, record: VerdictRecord, evaluations: [Name: UInt64],
    keys: ScannedKeys = ScannedKeys(), work: Replayer.Work
  ) {
    self.keys = keys
    self.machine = machine
    self.judged = judged ?? Array(machine.invariants.indices)
    self.cut = cut
    self.judgedThrough = judgedThrough
    self.failure = failure
    self.record = record
    self.evaluations = evaluations
    self.work = work
  }

  /// The changes of verdicts, in the order of the cuts. A machine with one state has its first verdicts here;
  /// with a state per key, every invariant holds at first.
  public var changes: [VerdictChange] { record.changes }
}

/// What a verdict is of: an invariant, and a key where there is a state for each.
struct VerdictSubject: Hashable {
  let invariant: Int
  let key: Name?
}

extension VerdictChange {
  var subject: VerdictSubject { VerdictSubject(invariant: invariant, key: key.map(Name.init)) }
}

extension Sequence<VerdictChange> {
  /// Of changes in the order of the log: those in the end that are not `holds`.
  package var open: [VerdictChange] {
    var last: [VerdictSubject: VerdictChange] = [:]
    for change in self { last[change.subject] = change }
    return last.values.filter { $0.verdict != .holds }
  }
}

/// What a scan is for.
package enum ScanGoal: Sendable {
  /// Every verdict up to the cut.
  case verdicts
  /// Every violation up to the cut; counts may include more cuts.
  case violations
  /// The first violation. Soon after it the scan may end, as if that were the last cut in question.
  case firstViolation
}

/// What a scan is asked for.
private struct ScanRequest {
  let cut: Cut
  /// The places of the invariants.
  let judged: [Int]
  let goal: ScanGoal
  let counter: ProgressCounter

  func upTo(_ cut: Cut) -> ScanRequest {
    ScanRequest(cut: cut, judged: judged, goal: .verdicts, counter: counter)
  }

  /// The next cut at which it is asked whether there is a violation: not often, and what is judged in vain is
  /// little beside what was judged before.
  func stop(after position: Cut) -> Cut {
    goal == .firstViolation ? min(cut, position + max(2048, UInt64(position) / 4)) : cut
  }
}

extension Replayer {
  /// Judges invariants, all or some, at every cut up to one; by default, up to the log's end.
  ///
  /// The work is divided between the workers: for a machine with one state by the cuts that have snapshots, for
  /// a state per stream or key by those. Verdicts that were kept earlier are not judged again. The answer does
  /// not depend on any of this.
  public func scan(to cut: Cut? = nil, judging wanted: [InvariantDescriptor]? = nil)
    async throws -> Scan
  {
    try await scan(to: cut, judging: wanted, for: .verdicts)
  }

  package func scan(
    to cut: Cut?, judging wanted: [InvariantDescriptor]?, for goal: ScanGoal
  ) async throws -> Scan {
    try await QuestionThreads.run {
      let cut = try checked(cut)
      let judged = machine.invariants.indices.filter {
        wanted?.contains(machine.invariants[$0]) ?? true
      }
      // What must hold at the end is not known before the end.
      let needsEnd = judged.contains { machine.invariants[$0].isFinal }
      let request = ScanRequest(
        cut: cut, judged: judged, goal: goal == .firstViolation && needsEnd ? .violations : goal,
        counter: ProgressCounter(progress))
      // A condition of the moment is not in the machine's fingerprint.
      guard let snapshots, !machine.hasExpression else {
        return try await scan(request, after: nil, Work())
      }
      let ledgers = LedgerStore(snapshots: snapshots, machine: machine, judged: judged)
      let start = ContinuousClock.now
      let (ledger, ignored) = ledgers.usable(to: cut, orBeyond: request.goal != .verdicts)
      var work = Work()
      work.ignored = ignored
      work.judgedBefore = ledger.map { min($0.cut, cut) }
      if let ledger,
        ledger.cut >= cut || request.goal == .firstViolation && ledger.record.isViolated(to: cut)
      {
        let cut = min(cut, ledger.cut)
        var record = ledger.record
        record.arrange(to: cut)
        return Scan(
          machine: machine, judging: judged, cut: cut, judgedThrough: cut, failure: nil,
          record: record, evaluations: ledger.evaluations, keys: ledger.keys, work: work)
      }
      do {
        let kept = try ledger.map { try KeptVerdicts($0, for: self, to: cut, since: start) }
        return try await scan(request, after: kept, work, keeping: ledgers)
      } catch let error as MachineError where error.kind == .badSnapshot {
        // A cache that cannot be read: it is done without.
        work.judgedBefore = nil
        work.ignored.append(.init(.verdicts, fileName: "saved states", error))
        var plain = self
        plain.snapshots = nil
        return try await plain.scan(request, after: nil, work)
      }
    }
  }

  private func scan(
    _ request: ScanRequest, after kept: KeptVerdicts?, _ work: Work,
    keeping ledgers: LedgerStore? = nil
  ) async throws -> Scan {
    var found: [Found]
    var work = work
    var cut = request.cut
    if machine.scope == .log {
      var starts: [Snapshot] = []
      // The first violation is searched from the beginning on.
      if workers > 1, request.goal != .firstViolation, let snapshots {
        let (usable, ignored) = snapshots.usable(for: machine, to: cut, atMost: 4 * workers)
        starts = usable.filter { $0.cut > kept?.cut ?? 0 && $0.cut < cut }
        work.ignored += ignored
        work.startedFrom = starts.map(\.cut)
      }
      (found, cut) = try await judgeIntervals(starts, request, after: kept)
    } else {
      (found, cut) = try await judgeParts(request, after: kept)
      if let failure = found.compactMap(\.failure).min(by: { ($0.offset ?? 0) < ($1.offset ?? 0) }),
        workers > 1, let offset = failure.offset
      {
        // The other workers have counted events that come after it: once more, up to there.
        (found, _) = try await judgeParts(request.upTo(offset.cutBefore), after: kept)
        found[0].failure = found[0].failure ?? failure
      }
      if found.count > 1 {
        // Every worker reads every event; each event was reduced once.
        let most = found.map(\.work.events).max() ?? 0
        for i in found.indices { found[i].work.events = i == 0 ? most : 0 }
      }
    }
    var scan = merge(found, request.judged, to: cut, after: kept, work)
    let states = (machine.scope == .log ? found.suffix(1) : found[...]).map(\.saved)
    if let ledgers, savesSnapshots, scan.failure == nil, isWorthKeeping(found, after: kept),
      let saved = SavedKeys.joined(states, beside: kept?.otherKeys)
    {
      do {
        try ledgers.save(
          VerdictLedger(
            cut: cut, record: scan.record, evaluations: scan.evaluations, keys: scan.keys,
            saved: saved))
      } catch { scan.work.couldNotSave = scan.work.couldNotSave ?? "\(error)" }
    }
    return scan
  }

  /// Whether judging took long enough, also beside what it took to come back to where the kept verdicts
  /// end: else those serve as well the next time.
  private func isWorthKeeping(_ found: [Found], after kept: KeptVerdicts?) -> Bool {
    guard secondsWorthKeeping > 0 else { return true }
    let restoring = (kept?.took ?? .zero) + (found.map(\.restoring).max() ?? .zero)
    let judging = found.map(\.judging).max() ?? .zero
    return judging / .seconds(1) >= secondsWorthKeeping && judging >= restoring
  }

  /// What one worker found between two cuts.
  fileprivate struct Found: Sendable {
    var record: VerdictRecord
    var failure: MachineError?
    var work = Work()
    var evaluations: [Name: UInt64] = [:]
    var keys = ScannedKeys()
    /// The state at the end, where it can be saved.
    var saved: [UInt8]?
    /// How long it took to come back to where a ledger ended, and to judge what is new.
    var restoring = Duration.zero
    var judging = Duration.zero
  }

  /// A run in which some invariants are judged.
  private func judgedRun(_ judged: [Int], from cut: Cut, part: KeyPart? = nil) throws
    -> JudgedRun
  {
    let setup = HostSetup(
      part: part, isolatesFailures: machine.scope != .log,
      judged: judged.count < machine.invariants.count ? Set(judged) : nil)
    return JudgedRun(
      try program.makeHost(setup), at: cut, judging: judged, part, VerdictRecord(of: machine))
  }

  private func judge(
    _ run: JudgedRun, to cut: Cut, workers: Int = 1, _ counter: ProgressCounter
  ) throws {
    if run.found.failure != nil { return }
    let start = ContinuousClock.now
    var work = Work()
    defer { run.found.work.add(work) }
    do {
      if run.position == 0 {
        try run.execution.judgeBeginning(of: machine, run.judged) { run.note($0) }
      }
      try advance(
        run.execution, from: run.position, to: cut, checks: true, saves: false, workers: workers,
        work: &work, counted: counter.add
      ) { run.note($0) }
      run.position = cut
      run.found.judging += ContinuousClock.now - start
    } catch let error as MachineError {
      run.found.failure = error
    }
  }

  /// What a run found out, to be put beside what was known.
  private func finish(_ run: JudgedRun, after verdicts: [VerdictChange]) -> Found {
    let execution = run.execution
    var found = run.found
    // For the verdicts that are kept. A state that JSON cannot hold is said here.
    if snapshots != nil, found.failure == nil {
      do throws(MachineError) { found.saved = try execution.save() } catch {
        found.work.couldNotSave = error.description
      }
    }
    do throws(MachineError) {
      found.keys = try ScannedKeys(of: execution)
      for key in Set((verdicts + found.record.changes).compactMap(\.key).map(Name.init))
      where run.part?.contains(key.string) ?? true {
        found.evaluations[key] = try execution.evaluations(of: key.string)
      }
    } catch { found.failure = found.failure ?? error }
    return found
  }

  private func judgeIntervals(
    _ starts: [Snapshot], _ request: ScanRequest, after kept: KeptVerdicts?
  ) async throws -> ([Found], Cut) {
    let ends = starts.map(\.cut) + [request.cut]
    let begins = [kept?.cut ?? 0] + starts.map(\.cut)
    let found = try await inParallel(starts.count + 1) { i in
      let start = ContinuousClock.now
      let run = try judgedRun(request.judged, from: begins[i])
      if i > 0 {
        try run.execution.restore(starts[i - 1].saved)
      } else {
        try kept?.restore(run.execution)
        run.found.restoring = ContinuousClock.now - start
      }
      repeat {
        try judge(
          run, to: min(ends[i], request.stop(after: run.position)),
          workers: starts.isEmpty ? workers : 1, request.counter)
      } while run.position < ends[i] && !run.isOver
      // Where the next interval began, this one must have ended: else the snapshot is no state of
      // this machine, or the machine is not a pure function of the events.
      if i < starts.count, run.found.failure == nil,
        try run.execution.wholeDigest(machine.scope) != starts[i].stateDigest
      {
        throw MachineError(
          .badSnapshot, machine: machine.name,
          "A replay gives another state at cut \(starts[i].cut); does the machine keep something "
            + "outside of its state?")
      }
      return (finish(run, after: []), run.position)
    }
    let hasFailed = found.contains { $0.0.failure != nil }
    return (found.map(\.0), hasFailed ? request.cut : found.last?.1 ?? request.cut)
  }

  private func judgeParts(_ request: ScanRequest, after kept: KeptVerdicts?) async throws -> (
    [Found], Cut
  ) {
    let runs = try await inParallel(workers) { i in
      let start = ContinuousClock.now
      let run = try judgedRun(
        request.judged, from: kept?.cut ?? 0,
        part: workers > 1 ? KeyPart(index: i, of: workers) : nil)
      try kept?.restore(run.execution)
      run.found.restoring = ContinuousClock.now - start
      return run
    }
    var cut = kept?.cut ?? 0
    repeat {
      // All come to the same cut, so that what they know together is what is known there.
      let next = request.stop(after: cut)
      _ = try await inParallel(workers) { try judge(runs[$0], to: next, request.counter) }
      cut = next
    } while cut < request.cut && !runs.contains(where: \.isOver)
    let found = try await inParallel(workers) { finish(runs[$0], after: kept?.open ?? []) }
    return (found, found.contains { $0.failure != nil } ? request.cut : cut)
  }

  /// Puts together what was found; of failures, the first event that has one counts.
  private func merge(
    _ found: [Found], _ judged: [Int], to cut: Cut, after kept: KeptVerdicts?, _ work: Work
  ) -> Scan {
    var work = work
    var record = kept?.ledger.record ?? VerdictRecord(of: machine)
    var evaluations = kept?.ledger.evaluations ?? [:]
    var keys = kept?.keysLeft ?? ScannedKeys()
    for part in found {
      work.add(part.work)
      record.append(part.record)
      evaluations.merge(part.evaluations) { $1 }
      keys.add(part.keys)
    }
    let failure = found.compactMap(\.failure).min { ($0.offset ?? 0) < ($1.offset ?? 0) }
    let judgedThrough = failure.map { $0.offset?.cutBefore ?? 0 } ?? cut
    record.arrange(to: judgedThrough)
    keys.arrange(to: judgedThrough)
    return Scan(
      machine: machine, judging: judged, cut: cut, judgedThrough: judgedThrough, failure: failure,
      record: record, evaluations: evaluations, keys: keys, work: work)
  }

  /// Runs numbered jobs on the workers; the results in the order of the numbers.
  private func inParallel<T: Sendable>(
    _ count: Int, _ job: @escaping @Sendable (Int) throws -> T
  ) async throws -> [T] {
    if count == 1 || workers == 1 { return try (0..<count).map(job) }
    return try await withThrowingTaskGroup(of: (Int, T).self) { group in
      var results: [Int: T] = [:]
      var next = 0
      func start() {
        let i = next
        next += 1
        group.addTask { (i, try job(i)) }
      }
      while next < min(workers, count) { start() }
      while let (i, result) = try await group.next() {
        results[i] = result
        if next < count { start() }
      }
      return (0..<count).compactMap { results[$0] }
    }
  }
}

/// A run whose every verdict is noted. One thread at a time uses it.
private final class JudgedRun: @unchecked Sendable {
  let execution: any Host
  /// The invariants that are judged, and the keys that are run; all of them where that is nil.
  let judged: [Int]
  let part: KeyPart?
  /// The last cut that was judged.
  var position: Cut
  var found: Replayer.Found
  private var isViolated = false

  init(
    _ execution: any Host, at cut: Cut, judging judged: [Int], _ part: KeyPart?,
    _ record: VerdictRecord
  ) {
    self.execution = execution
    self.judged = judged
    self.part = part
    position = cut
    found = Replayer.Found(record: record)
  }

  func note(_ change: VerdictChange) {
    if change.verdict == .violated { isViolated = true }
    found.record.note(change)
  }

  /// Whether a search for the first violation can stop here.
  var isOver: Bool { isViolated || found.failure != nil }
}
