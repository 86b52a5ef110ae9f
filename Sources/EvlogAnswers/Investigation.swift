public import EvlogForensics
public import EvlogJSON
public import EvlogMachine
public import EvlogReplay
public import EvlogStore

/// A machine over a history, and every question that can be asked of them.
///
///     let shop = Investigation(Shop().program, of: try EventLog.openReadOnly("shop.evlog"))
///     let found = try await shop.bisect()
///     print(found.invariants[0].event?.offset, try found.json().canonicalText)
///
/// A question runs on threads of its own, so a caller's task is only waiting, and ends with `CancellationError` when
/// that task is cancelled. Errors are `MachineError`, `EventLogError` and ``InvestigationError``.
public struct Investigation: Sendable {
  /// The machine and the history, with workers, caches and progress.
  public var replayer: Replayer
  /// How an error of the machine is worded in an answer.
  public var wording: @Sendable (any Error) -> String = { "\($0)" }

  /// Snapshots, kept verdicts and the index of writes beside a log or a group are used and made, unless `caches` is false.
  public init(
    _ program: any Program, of history: any History, workers: Int = 2, caches: Bool = true
  ) {
    replayer = Replayer(
      program, over: history, workers: workers,
      snapshots: caches ? SnapshotStore(of: history) : nil)
  }

  /// The machine that answers.
  public var machine: MachineDescriptor { replayer.machine }
  /// What is asked about.
  public var history: any History { replayer.history }

  /// The same machine over the same history with edits. Throws `InvalidEdit` for an event that is not there.
  public func editing(_ edits: [Edit]) throws -> Investigation {
    var edited = self
    edited.replayer = Replayer(
      replayer.program, over: try EditedPast(history, edits), workers: replayer.workers)
    edited.replayer.progress = replayer.progress
    return edited
  }

  // MARK: States

  /// The state at a cut, the last one by default: the whole, or that of a stream or key.
  public func state(at cut: Cut? = nil, ofKey key: String? = nil) async throws -> Answers.State {
    let cut = try replayer.checked(cut)
    guard let key else {
      let whole = try await replayer.state(at: cut)
      return Answers.State(
        machine, whole.value, at: cut, of: nil, unconcerned: whole.unconcerned, whole.work)
    }
    try checkKeys()
    let found = try await replayer.state(ofKey: key, at: cut)
    guard let state = found.value else { throw InvestigationError.noState(key: key, cut: cut) }
    return Answers.State(
      machine, state, at: cut, of: key, unconcerned: found.unconcerned, found.work)
  }

  /// A state as one side of a comparison; a stream or key without a state has none.
  public func side(named name: String? = nil, at cut: Cut? = nil, ofKey key: String? = nil)
    async throws -> Answers.Diff.Side
  {
    let cut = try replayer.checked(cut)
    let name = name ?? "cut \(cut)"
    guard let key else {
      let whole = try await replayer.state(at: cut)
      return .init(name: name, state: whole.value, unconcerned: whole.unconcerned)
    }
    try checkKeys()
    let found = try await replayer.state(ofKey: key, at: cut)
    return .init(name: name, state: found.value, unconcerned: found.unconcerned)
  }

  /// What is different between the states at two cuts.
  public func diff(from old: Cut, to new: Cut, ofKey key: String? = nil) async throws
    -> Answers.Diff
  {
    Answers.Diff(
      from: try await side(at: old, ofKey: key), to: try await side(at: new, ofKey: key))
  }

  /// Replays to a cut, and judges the invariants at every cut if `checks` is true. Throws the machine's error if it
  /// fails.
  public func replay(to cut: Cut? = nil, checks: Bool = false) async throws -> Answers.Replay {
    let start = ContinuousClock.now
    let cut = try replayer.checked(cut)
    let scan = checks ? try await replayer.scan(to: cut) : nil
    if let failure = scan?.failure { throw failure }
    // A key at which the machine failed has no state, so there is none of the whole.
    let state = scan?.failedKeys.isEmpty == false ? nil : try await replayer.state(at: cut)
    return Answers.Replay(
      machine, at: cut, state, scan, logDigest: try replayer.log?.digest(at: cut),
      took: ContinuousClock.now - start)
  }

  /// Which events wrote what is at a path: the last one before the cut, or with `history` all that ever did.
  ///
  /// If there is a state for each stream or key and `key` is nil, the first step of the path names the key, as in the
  /// whole state.
  public func blame(
    _ path: StatePath, ofKey key: String? = nil, at cut: Cut? = nil, history: Bool = false
  ) async throws -> Answers.Blame {
    let start = ContinuousClock.now
    var (path, key) = (path, key)
    if key != nil {
      try checkKeys()
    } else if machine.scope != .log {
      guard case .key(let first)? = path.steps.first else {
        throw InvestigationError.needsKey(machine: machine.name, machine.scope)
      }
      path.steps.removeFirst()
      key = first
    }
    let blame = try await replayer.blame(path, ofKey: key, at: cut, history: history)
    if blame.value == nil, blame.writers.isEmpty {
      throw InvestigationError.nothingThere(path, key: blame.key, cut: blame.cut)
    }
    return Answers.Blame(blame, took: ContinuousClock.now - start)
  }

  /// Indexes the writes of the machine up to the log's end, so that blame looks them up.
  public func index() async throws -> Answers.Index {
    let start = ContinuousClock.now
    let made = try await replayer.indexWrites()
    return Answers.Index(
      machine, cut: made.cut, before: made.before, writes: made.writes, files: made.files,
      bytes: UInt64(made.bytes), took: ContinuousClock.now - start)
  }

  // MARK: Other pasts, other machines, regions

  /// What would be different with edits.
  public func whatIf(_ edits: [Edit], to cut: Cut? = nil) async throws -> Answers.Comparison {
    let start = ContinuousClock.now
    return try comparison(try await replayer.whatIf(edits, to: cut), "what-if", start)
  }

  /// How another machine takes the same events.
  public func compare(with other: any Program, to cut: Cut? = nil) async throws
    -> Answers.Comparison
  {
    let start = ContinuousClock.now
    return try comparison(try await replayer.compare(with: other, to: cut), "compare", start)
  }

  func comparison(
    _ made: Comparison, _ question: String, _ start: ContinuousClock.Instant
  ) throws -> Answers.Comparison {
    let event = try made.divergences.first.flatMap { divergence in
      try divergence.firstCut.offsetBefore.flatMap { try history.event(at: $0) }
    }
    return Answers.Comparison(
      made, question: question, event, took: ContinuousClock.now - start, wording)
  }

  /// Counts events by the region in which they found a state, beside what is declared; and what is worse than in a
  /// `baseline`, and what another map has not seen.
  public func map(
    by rule: RegionRule = .declared, to cut: Cut? = nil,
    worseThan baseline: RegionBaseline? = nil,
    unseenIn other: RegionBaseline? = nil
  ) async throws -> Answers.Map {
    try await map(by: rule, to: cut, worseThan: baseline, unseenIn: other) { _ in nil }
  }

  /// The same, with trials of what was never seen; `probing` does them.
  package func map(
    by rule: RegionRule, to cut: Cut?, worseThan baseline: RegionBaseline?,
    unseenIn other: RegionBaseline?, probing: (RegionMap) async throws -> Answers.Map.Probed?
  ) async throws -> Answers.Map {
    let start = ContinuousClock.now
    let map = try await replayer.map(by: rule, to: cut)
    func names(_ cells: [RegionMap.Cell]) -> [Answers.Map.CellName] {
      cells.map { .init(region: $0.region, type: $0.type, mark: $0.mark) }
    }
    var answer = Answers.Map(map, took: .zero)
    answer.probed = try await probing(map)
    answer.worsened = baseline.map { names($0.worsened(in: map)) }
    answer.unknownBefore = baseline?.unknownCount
    answer.unseen = other.map { names($0.unseen(of: map)) }
    answer.seconds = ContinuousClock.now - start
    return answer
  }

  func checkKeys() throws {
    if machine.scope == .log { throw InvestigationError.hasNoKeys(machine: machine.name) }
  }
}

/// A question that cannot be asked of this machine and history.
public enum InvestigationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A key was given for a machine with one state.
  case hasNoKeys(machine: String)
  /// No stream or key was named, for a machine with a state for each.
  case needsKey(machine: String, ScopeKind)
  case noState(key: String, cut: Cut)
  /// Nothing is at the path, and nothing ever was up to the cut.
  case nothingThere(StatePath, key: String?, cut: Cut)
  case noInvariant(String, known: [String])
  case noInvariants(machine: String)
  case noEvent(offset: Offset, end: Cut)
  /// The event is behind the last cut that is to be looked at.
  case notBefore(offset: Offset, cut: Cut)
  /// Only a group has runs other than the recorded one.
  case noGroup
  /// The machine has no state for each log of the group.
  case noLocalStates(machine: String)
  case noLog(String, known: [String])
  /// The machine declares no events to explore it by, and the history has none.
  case noEventsToExplore(machine: String)
  /// The event broke no invariant (or not this one) that held before it.
  case notBroken(offset: Offset, invariant: String?)

  public var description: String {
    switch self {
    case .hasNoKeys(let machine):
      "The machine '\(machine)' has a single state, and none for each stream or key."
    case .needsKey(let machine, let scope):
      "The machine '\(machine)' has a state per \(scope.rawValue): name the one that is meant."
    case .noState(let key, let cut):
      "At cut \(cut), '\(key)' has no state: no event of it was reduced."
    case .nothingThere(let path, let key, let cut):
      "Nothing was ever at '\(path)'\(key.map { " of '\($0)'" } ?? "") up to cut \(cut)."
    case .noInvariant(let name, let known):
      "The machine has no invariant '\(name)'. It has: "
        + known.map { "'\($0)'" }.joined(separator: ", ") + "."
    case .noInvariants(let machine): "The machine '\(machine)' has no invariants."
    case .noEvent(let offset, let end):
      "There is no event at offset \(offset): the log has \(end) event\(end == 1 ? "" : "s")."
    case .notBefore(let offset, let cut):
      "The event at offset \(offset) is not before cut \(cut), the last one to look at."
    case .noGroup: "Only a group of logs has other runs than the recorded one."
    case .noLocalStates(let machine):
      "The machine '\(machine)' has one state for all logs. Other runs can be judged if it has one for each, "
        + "and names them as 'logs'."
    case .noLog(let name, let known):
      "The group has no log '\(name)'. It has: "
        + known.map { "'\($0)'" }.joined(separator: ", ") + "."
    case .noEventsToExplore(let machine):
      "The machine '\(machine)' declares no events to explore its states by ('explore' in a script, 'exploration' in "
        + "Swift), and there are none in a log. Declare them, or name a log that has some."
    case .notBroken(let offset, let invariant):
      "The event at offset \(offset) did not break \(invariant.map { "'\($0)'" } ?? "an invariant")"
        + " that held before it."
    }
  }
}
