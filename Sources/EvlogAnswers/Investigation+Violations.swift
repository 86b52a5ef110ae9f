public import EvlogCore
public import EvlogForensics
package import EvlogMachine
package import EvlogReplay

extension Investigation {
  /// Finds which events broke which invariants: all of the machine's, or the named ones.
  ///
  /// At most `limit` violations of each step are listed in the answer.
  public func bisect(
    _ invariants: [String] = [], to cut: Cut? = nil, listing limit: Int = 1000
  ) async throws -> Answers.Bisect {
    let start = ContinuousClock.now
    var scan = try await replayer.scan(to: cut, judging: try descriptors(invariants))
    let (explained, work) = try await replayer.explained(in: scan)
    scan.work.add(work)
    return Answers.Bisect(
      scan, explained: explained, failure: scan.failure.map(wording), listing: limit,
      took: ContinuousClock.now - start)
  }

  /// Every event that broke an invariant, in the order of the log.
  public func violations(_ invariants: [String] = [], to cut: Cut? = nil) async throws
    -> Answers.Violations
  {
    let scan = try await replayer.scan(to: cut, judging: try descriptors(invariants))
    var answer = Answers.Violations(scan, failure: scan.failure.map(wording))
    try scan.forEachBreak(in: history) { answer.violations.append($0) }
    return answer
  }

  /// The same, row by row: there may be more of them than fit into memory. `begin` gets the answer without rows.
  package func violations(
    _ invariants: [String], to cut: Cut?, begin: (Answers.Violations) throws -> Void,
    row: (Answers.Violations.Row) throws -> Void
  ) async throws {
    let scan = try await replayer.scan(to: cut, judging: try descriptors(invariants))
    try begin(Answers.Violations(scan, failure: scan.failure.map(wording)))
    try scan.forEachBreak(in: history, row)
  }

  /// Follows a violation back to the events that wrote what was read: the first violation, or that of an invariant,
  /// or of an event.
  ///
  /// `depth` says how many steps, `limit` how many paths of each event are followed.
  public func why(
    _ invariant: String? = nil, offset: Offset? = nil, to cut: Cut? = nil, depth: Int = 3,
    limit: Int = 5
  ) async throws -> Answers.Why {
    let found = try await violation(invariant, offset: offset, to: cut)
    return try await why(found, depth: depth, limit: limit)
  }

  package func why(_ found: SoughtViolation, depth: Int, limit: Int) async throws -> Answers.Why {
    guard let violation = found.violation else { return Answers.Why(nothingIn: found.scan) }
    let why = try await replayer.why(violation, depth: depth, limit: limit)
    return Answers.Why(why, in: found.scan, took: ContinuousClock.now - found.start)
  }

  /// Finds the few events that break an invariant as all of them do. With a `time`, the answer is the smallest part
  /// found by then.
  public func minimise(
    _ invariant: String? = nil, offset: Offset? = nil, to cut: Cut? = nil,
    policy: Minimisation.Policy = .accept, seed: UInt64 = 1, within time: Duration? = nil
  ) async throws -> Answers.Minimise {
    let found = try await violation(invariant, offset: offset, to: cut)
    guard let violation = found.violation else { return Answers.Minimise(nothingIn: found.scan) }
    return try await minimise(violation, found, policy: policy, seed: seed, within: time).answer
  }

  package func minimise(
    _ violation: Violation, _ found: SoughtViolation, policy: Minimisation.Policy, seed: UInt64,
    within time: Duration?
  ) async throws -> (answer: Answers.Minimise, made: Minimisation) {
    let made = try await replayer.minimise(violation, policy: policy, seed: seed, within: time)
    return (
      Answers.Minimise(
        made, of: violation, in: found.scan, policy: policy, took: ContinuousClock.now - found.start
      ),
      made
    )
  }

  /// A violation that was looked for, and what was judged for that.
  package struct SoughtViolation: Sendable {
    /// Nil if nothing is violated.
    package let violation: Violation?
    package let scan: Scan
    let start: ContinuousClock.Instant

    package init(violation: Violation?, scan: Scan, start: ContinuousClock.Instant = .now) {
      (self.violation, self.scan, self.start) = (violation, scan, start)
    }
  }

  package func violation(_ invariant: String?, offset: Offset?, to cut: Cut?) async throws
    -> SoughtViolation
  {
    let start = ContinuousClock.now
    let wanted = try descriptors(invariant.map { [$0] } ?? [], orNone: true)
    if let offset {
      guard offset < history.end.offsetAfter else {
        throw InvestigationError.noEvent(offset: offset, end: history.end)
      }
      if let cut, cut <= history.end, offset >= cut.offsetAfter {
        throw InvestigationError.notBefore(offset: offset, cut: cut)
      }
    }
    // Events behind the one that is asked about cannot change whether it broke something.
    let last = try offset.map { min(try replayer.checked(cut), $0.cutAfter) } ?? cut
    let scan = try await replayer.scan(
      to: last, judging: wanted, for: offset == nil ? .firstViolation : .violations)
    let violations = try await replayer.violations(
      in: scan,
      choosing: { finding in
        guard let offset else { return finding.firstBreak }
        return finding.breaks.at(cut: offset.cutAfter)
      })
    let first = violations.min { $0.episode.firstCut < $1.episode.firstCut }
    if first == nil {
      if let failure = scan.failure { throw failure }
      if let offset { throw InvestigationError.notBroken(offset: offset, invariant: invariant) }
    }
    return SoughtViolation(violation: first, scan: scan, start: start)
  }

  /// The invariants of some names; all of the machine's for none. Throws if there is none of a name, or none at all
  /// unless `orNone`.
  package func descriptors(_ names: [String], orNone: Bool = false) throws -> [InvariantDescriptor]
  {
    let all = machine.invariants
    for name in names where !all.contains(where: { Name($0.name) == Name(name) }) {
      throw InvestigationError.noInvariant(name, known: all.map(\.name))
    }
    if all.isEmpty, !orNone { throw InvestigationError.noInvariants(machine: machine.name) }
    let wanted = Set(names.map(Name.init))
    return names.isEmpty ? all : all.filter { wanted.contains(Name($0.name)) }
  }
}

extension Scan {
  /// Gives every event that broke an invariant, by offset and then in the order of the machine's invariants.
  fileprivate func forEachBreak(
    in history: any History, _ body: (Answers.Violations.Row) throws -> Void
  ) throws {
    let findings = findings
    var places = findings.map { $0.breaks.startIndex }
    var times = EventTimes(history: history)
    func cut(_ i: Int) -> Cut { findings[i].breaks[places[i]].firstCut }
    while true {
      let left = findings.indices.filter { places[$0] < findings[$0].breaks.endIndex }
      guard let i = left.min(by: { cut($0) < cut($1) }) else { return }
      let broken = findings[i].breaks[places[i]]
      places[i] += 1
      try body(
        .init(
          invariant: findings[i].invariant.name, key: broken.key, offset: broken.brokenBy,
          time: try broken.brokenBy.flatMap { try times.time(at: $0) }))
    }
  }
}

/// The times of events that are asked for in the order of the log.
private struct EventTimes {
  let history: any History
  private var batch: ArraySlice<RecordedEvent> = []

  init(history: any History) { self.history = history }

  mutating func time(at offset: Offset) throws -> Timestamp? {
    if batch.last.map({ $0.offset < offset }) ?? true {
      var reader = try history.reader(of: Query(from: offset.cutBefore))
      batch = try reader.nextBatch(atLeast: 1) ?? []
    }
    guard let first = batch.first, offset >= first.offset else { return nil }
    let i = batch.startIndex + Int(offset - first.offset)
    return i < batch.endIndex ? batch[i].recordedAt : nil
  }
}
