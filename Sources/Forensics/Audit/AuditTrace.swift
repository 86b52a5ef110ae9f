import EventLog
public import Replay

/// A way to replay that gives the same states and verdicts as any other, if the machine is a pure
/// function of its events.
public enum AuditRun: String, Sendable, CaseIterable {
  /// From the beginning to the end.
  case plain
  /// Saved now and then, and gone on with in a run of its own from what was saved.
  case reloaded
  /// After a whole run in the same process.
  case again
}

/// What a run came to at an event: the state that it was reduced for, and what holds of it.
public struct AuditMoment: Sendable {
  /// The stream or key; nil for the log's state.
  public let key: String?
  /// The state after the event.
  public let state: JSONValue
  /// By the invariants of the machine.
  public let verdicts: [Verdict]
}

extension Replayer {
  /// Replays in a way, and gives one word for each event, which follows from what the run has come to
  /// so far: where two runs differ at an event, their words differ from there on.
  ///
  /// Verdicts are looked at after every event; so are small states, and from `exactFrom` on all. A
  /// large state is looked at once in so many events as it has times 2 KiB.
  ///
  /// Throws the machine's error at the event that it cannot take, after the words of those before. Says why a
  /// state could not be saved where one was to be: the run went on with that state then.
  @discardableResult
  public func trace(
    _ run: AuditRun, to cut: UInt64? = nil, exactFrom: UInt64 = .max, emit: (UInt64) throws -> Void
  ) throws -> String? {
    let cut = try checked(cut)
    if run == .again { _ = try follow(.plain, to: cut) { _, _, _ in } }
    var chain = Digest.zero
    var stride = 1
    var passed = 0
    return try follow(run, to: cut) { offset, verdicts, moment in
      passed += 1
      chain = chain.chained(with: verdicts.map(\.rawValue))
      if passed >= stride || offset >= exactFrom, let moment = try moment() {
        let bytes = moment.state.canonicalBytes
        chain = chain.chained(with: bytes)
        stride = bytes.count / 2048
        passed = 0
      }
      try emit(chain.low)
    }
  }

  /// What a run came to at one event; nil where it was reduced for no state.
  public func moment(_ run: AuditRun, at offset: UInt64) throws -> AuditMoment? {
    if run == .again { _ = try follow(.plain, to: log.end) { _, _, _ in } }
    var found: AuditMoment?
    _ = try follow(run, to: try checked(offset + 1)) { place, _, moment in
      if place == offset { found = try moment() }
    }
    return found
  }

  /// How many events there are between two savings; a shorter log has a few nevertheless.
  private static let reloadInterval: UInt64 = 500

  private func follow(
    _ run: AuditRun, to cut: UInt64,
    _ each: (UInt64, [Verdict], () throws -> AuditMoment?) throws -> Void
  ) throws -> String? {
    var couldNotSave: String?
    var execution = try program.makeExecution()
    var verdicts: [Name: [Verdict]] = [:]
    let holding = machine.invariants.map { _ in Verdict.holds }
    func note(_ change: VerdictChange) {
      verdicts[Name(change.key ?? ""), default: holding][change.invariant] = change.verdict
    }
    try execution.judge(at: 0, change: note)
    let interval = cut > Self.reloadInterval ? Self.reloadInterval : max(1, cut / 4)
    var sinceSaved: UInt64 = 0
    var cursor = log.events(Query(to: cut)).makeCursor()
    while let events = try cursor.nextBatch(atLeast: Self.batchCount) {
      try Task.checkCancellation()
      for event in events {
        if run == .reloaded, sinceSaved == interval {
          sinceSaved = 0
          if let saved = try saved(execution, &couldNotSave) {
            execution = try program.makeExecution()
            try execution.restore(saved)
            // What held of a key's state is told again where it does not hold.
            if machine.scope != .log { verdicts = [:] }
          }
        }
        sinceSaved += 1
        try execution.run([event], checks: true, change: note)
        guard let key = execution.lastKey else {
          try each(event.offset, []) { nil }
          continue
        }
        let scoped = machine.scope == .log ? nil : key
        let judged = verdicts[Name(key)] ?? holding
        try each(event.offset, judged) {
          AuditMoment(
            key: scoped, state: try execution.state(of: scoped) ?? .null, verdicts: judged)
        }
      }
    }
    return couldNotSave
  }

  private func saved(_ execution: any Execution, _ couldNotSave: inout String?) throws -> [UInt8]? {
    do throws(MachineError) { return try execution.save() } catch {
      couldNotSave = couldNotSave ?? error.message
      return nil
    }
  }
}
