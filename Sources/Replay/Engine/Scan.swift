package import EventLog

/// The verdicts of every invariant at every cut: the exact answer, of which all others are made.
public struct Scan: Sendable {
  public let machine: MachineDescriptor
  /// The last cut that was asked for.
  public let cut: UInt64
  /// The last cut whose verdicts are known: `cut`, unless the machine failed on the way.
  public let judgedThrough: UInt64
  /// Why the machine could not go on after `judgedThrough`.
  public let failure: MachineError?
  /// Where verdicts change, in the order of the cuts. A machine with one state has its first verdicts
  /// here; one with a state per key begins with every invariant holding.
  public let changes: [VerdictChange]
  /// How many events had been reduced for each key whose last verdict is not `holds`.
  package let evaluations: [Name: UInt64]
  public let work: Replayer.Work

  package init(
    machine: MachineDescriptor, cut: UInt64, judgedThrough: UInt64, failure: MachineError?,
    changes: [VerdictChange], evaluations: [Name: UInt64], work: Replayer.Work
  ) {
    self.machine = machine
    self.cut = cut
    self.judgedThrough = judgedThrough
    self.failure = failure
    self.changes = changes
    self.evaluations = evaluations
    self.work = work
  }

  /// Drops a first verdict of an interval that is no other than the last one of the interval before.
  package static func withoutRepeats(_ changes: [VerdictChange]) -> [VerdictChange] {
    struct Subject: Hashable {
      let invariant: Int
      let key: Name?
    }
    var last: [Subject: Verdict] = [:]
    return changes.filter { change in
      let subject = Subject(invariant: change.invariant, key: change.key.map(Name.init))
      defer { last[subject] = change.verdict }
      return last[subject] != change.verdict
    }
  }
}

extension Replayer {
  /// Judges every invariant at every cut up to one (the log's end unless said).
  ///
  /// Work is divided between the workers: a machine with one state by the cuts that have snapshots,
  /// one with a state per stream or key by those. The answer does not depend on it.
  public func scan(to cut: UInt64? = nil) async throws -> Scan {
    let cut = try checked(cut)
    let counter = ProgressCounter(progress)
    if machine.scope == .log {
      var work = Work()
      var starts: [Snapshot] = []
      if workers > 1, let snapshots {
        let found = snapshots.usable(for: machine, to: cut, atMost: 4 * workers)
        starts = found.snapshots.filter { $0.cut > 0 && $0.cut < cut }
        work.ignored = found.ignored
        work.startedFrom = starts.map(\.cut)
      }
      do {
        return try await scanIntervals(starts, to: cut, counter, work)
      } catch let error as MachineError where error.kind == .badSnapshot {
        // A cache that cannot be read: it is done without.
        work.startedFrom = []
        work.ignored.append(.init(fileName: "\(starts.count) snapshots", reason: "\(error)"))
        return try await scanIntervals([], to: cut, counter, work)
      }
    }
    return try await scanParts(to: cut, counter)
  }

  /// What one worker found between two cuts.
  private struct Found: Sendable {
    var changes: [VerdictChange] = []
    var failure: MachineError?
    var work = Work()
    var evaluations: [Name: UInt64] = [:]
  }

  private func judge(
    _ execution: any Execution, from: UInt64, to cut: UInt64, _ counter: ProgressCounter
  ) throws -> Found {
    var found = Found()
    var changes: [VerdictChange] = []
    do {
      if from == 0 { try execution.judge(at: 0) { changes.append($0) } }
      try advance(
        execution, from: from, to: cut, checks: true, saves: false,
        work: &found.work, counted: counter.add
      ) { changes.append($0) }
      // A state that JSON cannot hold is said here, not when someone asks for it.
      do throws(MachineError) { _ = try execution.save() } catch {
        found.work.couldNotSave = error.description
      }
    } catch let error as MachineError {
      found.failure = error
    }
    found.changes = changes
    for key in Set(changes.compactMap(\.key).map(Name.init)) {
      found.evaluations[key] = execution.evaluations(of: key.string)
    }
    return found
  }

  private func scanIntervals(
    _ starts: [Snapshot], to cut: UInt64, _ counter: ProgressCounter, _ work: Work
  ) async throws -> Scan {
    let ends = starts.map(\.cut) + [cut]
    let found = try await inParallel(starts.count + 1) { i in
      let execution = try program.makeExecution()
      if i > 0 { try execution.restore(starts[i - 1].saved) }
      let found = try judge(
        execution, from: i == 0 ? 0 : starts[i - 1].cut, to: ends[i], counter)
      // Where the next interval began, this one must have ended: else the snapshot is no state of
      // this machine, or the machine is not a pure function of the events.
      if i < starts.count, found.failure == nil,
        try execution.wholeState(machine.scope).digest != starts[i].stateDigest
      {
        throw MachineError(
          .badSnapshot, machine: machine.name,
          "A replay gives another state at cut \(starts[i].cut); does the machine keep something "
            + "outside of its state?")
      }
      return found
    }
    return merge(found, to: cut, work)
  }

  private func scanParts(to cut: UInt64, _ counter: ProgressCounter) async throws -> Scan {
    let count = workers
    let found = try await inParallel(count) { i in
      let execution = try program.makeExecution()
      if count > 1 { execution.part = KeyPart(index: i, of: count) }
      return try judge(execution, from: 0, to: cut, counter)
    }
    var merged = merge(found, to: cut, Work())
    if let failure = merged.failure, count > 1 {
      // The other workers have counted events that come after it: once more, up to there.
      let before = try await scanParts(to: merged.judgedThrough, counter)
      return Scan(
        machine: merged.machine, cut: cut, judgedThrough: before.judgedThrough,
        failure: before.failure ?? failure, changes: before.changes,
        evaluations: before.evaluations, work: before.work)
    }
    if count > 1 {
      // Every worker reads every event; each event was reduced once.
      var work = merged.work
      work.events = found.map(\.work.events).max() ?? 0
      merged = Scan(
        machine: merged.machine, cut: cut, judgedThrough: merged.judgedThrough,
        failure: merged.failure, changes: merged.changes, evaluations: merged.evaluations,
        work: work)
    }
    return merged
  }

  /// Puts together what was found; of failures, the first event that has one counts.
  private func merge(_ found: [Found], to cut: UInt64, _ work: Work) -> Scan {
    var work = work
    var changes: [VerdictChange] = []
    var evaluations: [Name: UInt64] = [:]
    for part in found {
      work.add(part.work)
      changes += part.changes
      evaluations.merge(part.evaluations) { $1 }
    }
    let failure = found.compactMap(\.failure).min { ($0.offset ?? 0) < ($1.offset ?? 0) }
    let judgedThrough = failure.map { $0.offset ?? 0 } ?? cut
    changes.removeAll { $0.cut > judgedThrough }
    changes.sort {
      ($0.cut, $0.invariant) < ($1.cut, $1.invariant)
        || ($0.cut, $0.invariant) == ($1.cut, $1.invariant)
          && Name($0.key ?? "") < Name($1.key ?? "")
    }
    return Scan(
      machine: machine, cut: cut, judgedThrough: judgedThrough, failure: failure,
      changes: Scan.withoutRepeats(changes), evaluations: evaluations, work: work)
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
