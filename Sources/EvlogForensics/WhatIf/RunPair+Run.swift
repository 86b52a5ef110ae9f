import EvlogCore
import EvlogJSON
import EvlogMachine
import EvlogReplay

extension RunPair {
  /// One of the two.
  final class Run {
    let program: any Program
    private(set) var execution: any Host
    private var record: VerdictRecord
    var failure: MachineError?
    var count: UInt64 = 0
    /// The last cut whose verdicts are known.
    private var reached: Cut = 0

    /// Whether a key at which the machine fails is put aside, and the others go on.
    private let isolates: Bool
    /// Of the log's one state, by invariant: the verdict after the last event.
    private var standing: [VerdictChange]
    /// The cut to which the last event leads, and the worst verdicts at it where several do.
    private var lastCut: Cut = 0
    private var worst: [VerdictChange]?
    /// Whether no event led to the last cut, so that the run's last verdict on a step is not the record's.
    private var isInterrupted = false
    private var failuresTold = 0

    init(_ program: any Program, isolates: Bool) throws {
      self.program = program
      self.isolates = isolates
      record = VerdictRecord(of: program.descriptor)
      standing = program.descriptor.invariants.indices.map {
        VerdictChange(invariant: $0, key: nil, cut: 0, verdict: .holds, evaluation: 0)
      }
      execution = try program.makeHost(HostSetup(isolatesFailures: isolates))
      try execution.judgeBeginning(of: program.descriptor, standing.indices) {
        record.note($0)
        if scope == .log { standing[$0.invariant] = $0 }
      }
    }

    var scope: ScopeKind { program.descriptor.scope }

    /// Runs events; `cut` is the cut of their verdicts, where that is not the one after each.
    func run(_ events: ArraySlice<RecordedEvent>, at cut: Cut? = nil) {
      noting(events, at: cut) { (events, note) throws(MachineError) in
        try execution.run(events, checks: true, change: note)
      }
    }

    /// Runs events, and reports what each changed.
    func trace(_ events: ArraySlice<RecordedEvent>, at cut: Cut? = nil) -> [Moment] {
      var moments: [Moment] = []
      noting(events, at: cut) { (events, note) throws(MachineError) in
        try execution.run(events, watching: .writes(verdicts: true), verdict: note) {
          if !$0.writes.isEmpty { moments.append($0) }
        }
      }
      return moments
    }

    /// Runs events, and takes down their verdicts.
    private func noting(
      _ events: ArraySlice<RecordedEvent>, at cut: Cut?,
      _ run: (ArraySlice<RecordedEvent>, (VerdictChange) -> Void) throws(MachineError) -> Void
    ) {
      var rest = events
      do throws(MachineError) {
        while failure == nil, let first = rest.first {
          let isJoining = scope == .log && (cut ?? first.offset.cutAfter) == lastCut
          let part = isJoining ? rest.prefix(1) : distinct(rest, at: cut)
          if isJoining {
            try noteJoining(part, run)
          } else {
            try noteEach(part, at: cut, run)
          }
          rest = rest.dropFirst(part.count)
        }
      } catch { failure = error }
    }

    /// The first events, up to one that leads to the cut of the one before it.
    private func distinct(
      _ events: ArraySlice<RecordedEvent>, at cut: Cut?
    ) -> ArraySlice<RecordedEvent> {
      guard scope == .log else { return events }
      if cut != nil { return events.prefix(1) }
      let second = events.indices.dropFirst().first {
        events[$0].offset == events[$0 - 1].offset
      }
      return events[..<(second ?? events.endIndex)]
    }

    /// Runs events that each lead to a cut of their own, or that have states of their own.
    private func noteEach(
      _ events: ArraySlice<RecordedEvent>, at cut: Cut?,
      _ run: (ArraySlice<RecordedEvent>, (VerdictChange) -> Void) throws(MachineError) -> Void
    ) throws(MachineError) {
      var rest = events
      func pass(to end: Cut) {
        while let next = rest.first.map({ cut ?? $0.offset.cutAfter }), next <= end {
          makeNoStep(before: next)
          reached = next
          lastCut = next
          resume(at: next)
          rest.removeFirst()
        }
      }
      worst = nil
      try run(events) { change in
        var change = change
        if let cut { change.cut = cut }
        pass(to: change.cut)
        if scope == .log {
          change.evaluation = UInt64(change.cut)
          standing[change.invariant] = change
        }
        record.note(change)
      }
      pass(to: .max)
      count += UInt64(events.count)
    }

    /// Runs one more event that leads to the last cut. What is violated after one of them is violated at the
    /// cut; what is so after the last of them goes on from the next cut.
    private func noteJoining(
      _ event: ArraySlice<RecordedEvent>,
      _ run: (ArraySlice<RecordedEvent>, (VerdictChange) -> Void) throws(MachineError) -> Void
    ) throws(MachineError) {
      var worst = worst ?? standing
      try run(event) { change in
        let i = change.invariant
        standing[i] = change
        if change.verdict == .violated || worst[i].verdict == .holds { worst[i] = change }
        if change.verdict == .violated, program.descriptor.invariants[i].kind == .step {
          record.note(change.moved(to: lastCut))
        }
        record.amend(worst[i].moved(to: lastCut))
        record.amend(change.moved(to: lastCut + 1))
      }
      self.worst = worst
      count += 1
    }

    /// Takes down that no event leads to the cuts before one: no step is made there, so none is violated.
    func makeNoStep(before cut: Cut) {
      guard scope == .log, reached + 1 < cut else { return }
      let first = reached + 1
      for (i, invariant) in program.descriptor.invariants.enumerated() where invariant.kind == .step
      {
        record.note(
          VerdictChange(
            invariant: i, key: nil, cut: first, verdict: .holds, evaluation: UInt64(first)))
      }
      reached = cut - 1
      isInterrupted = true
    }

    /// Records again what the run has reported before cuts without an event: it reports only a verdict that
    /// differs from its last one.
    private func resume(at cut: Cut) {
      guard isInterrupted else { return }
      isInterrupted = false
      for (i, change) in standing.enumerated()
      where change.verdict == .undefined && program.descriptor.invariants[i].kind == .step {
        record.note(
          VerdictChange(
            invariant: i, key: nil, cut: cut, verdict: .undefined, evaluation: UInt64(cut),
            reason: change.reason))
      }
    }

    /// Goes back to a cut of the log.
    func goBack(to cut: Cut, _ history: any History) throws {
      let replayer = Replayer(program, over: history)
      var work = Replayer.Work()
      execution = try replayer.execution(at: cut, work: &work)
      count = UInt64(cut)
    }

    /// The whole state, without keys that were put aside.
    func whole() throws -> JSONValue { try execution.soundState(scope) }

    /// The keys that were put aside since this was asked last.
    func newFailures() throws -> [KeyFailure] {
      guard try execution.counts.failed > failuresTold else { return [] }
      let failures = try execution.failures()
      defer { failuresTold = failures.count }
      return failures
    }

    /// A run of its own over some events, from a moment on.
    func apart(_ events: ArraySlice<RecordedEvent>, from kept: Checkpoint) throws -> any Host {
      let execution = try program.makeHost(HostSetup(isolatesFailures: isolates))
      try execution.resume(from: kept)
      try execution.run(events, checks: false) { _ in }
      return execution
    }

    func scan(to cut: Cut, judgedThrough: Cut) throws -> Scan {
      record.arrange(to: judgedThrough)
      var evaluations: [Name: UInt64] = [:]
      for key in Set(record.changes.compactMap(\.key).map(Name.init)) {
        evaluations[key] = try execution.evaluations(of: key.string)
      }
      var keys = try ScannedKeys(of: execution)
      keys.arrange(to: judgedThrough)
      var work = Replayer.Work()
      work.events = count
      return Scan(
        machine: program.descriptor, cut: cut, judgedThrough: judgedThrough, failure: failure,
        record: record, evaluations: evaluations, keys: keys, work: work)
    }
  }
}

extension VerdictChange {
  /// The same verdict on the log's one state at another cut.
  fileprivate func moved(to cut: Cut) -> VerdictChange {
    var moved = self
    (moved.cut, moved.evaluation) = (cut, UInt64(cut))
    return moved
  }
}
