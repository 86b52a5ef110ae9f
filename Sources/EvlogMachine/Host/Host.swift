public import EvlogJSON
public import EvlogStore

/// What runs a machine: its states, fed with events. Compiled Swift and JavaScript are two hosts, and others can be
/// written in any package.
///
/// A host knows no question. The engine stands it at a cut, moves it, and watches what it needs to know: see
/// ``Watch``. Where a host reduces one event at a time, ``EventwiseHost`` does all of the watching for it.
public protocol Host: AnyObject {
  /// Reduces events that follow the ones before without a gap, and tells what is watched.
  ///
  /// - Parameters:
  ///   - verdict: told where a verdict changes, and of every event that violates a step, as far as verdicts are
  ///     watched.
  ///   - moment: told of the events that a watch asks for, after their verdicts.
  func run(
    _ events: ArraySlice<RecordedEvent>, watching watch: Watch, verdict: (VerdictChange) -> Void,
    moment: (Moment) -> Void
  ) throws(MachineError)

  /// Whether a block of so many events is run as it is, faster than copies of its events.
  func takesBlock(of count: Int) -> Bool

  /// Reduces the events of a block; nothing but verdicts or regions is watched.
  func run(
    _ block: borrowing EventBlock, watching watch: Watch, verdict: (VerdictChange) -> Void
  ) throws(MachineError)

  /// The value at a place of the state of the log, or of a key; nil where there is none, or no state yet.
  /// Throws why the key was put aside, where it was.
  func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue?

  /// Judges a state invariant on the present state of the log, or of a key. A key that has had no event has nothing
  /// that could violate it; one that was put aside cannot be judged.
  func judge(_ invariant: Int, of key: String?) throws(MachineError) -> Judgement

  /// Takes these verdicts for those of the present states: from then on only what differs from them is a change.
  func assume(_ verdicts: [VerdictChange]) throws(MachineError)

  /// The states of all keys, or of the log under the empty key, without keys that were put aside.
  func states() throws(MachineError) -> JSONObject

  /// What has been run so far.
  var counts: HostCounts { get throws(MachineError) }

  /// The keys that were put aside, and why.
  func failures() throws(MachineError) -> [KeyFailure]

  /// How many events of a key have been reduced.
  func evaluations(of key: String?) throws(MachineError) -> UInt64

  /// Everything that is needed to go on from here, in the host's own encoding: a JSON array with an element for each
  /// key. A host of a part of the keys saves and restores only those.
  /// Throws `notSavable` where this state cannot be saved without changing what follows.
  func save() throws(MachineError) -> [UInt8]

  /// Goes on from what ``save()`` returned. Throws `badSnapshot` where it cannot be read.
  func restore(_ saved: [UInt8]) throws(MachineError)

  /// Everything that is needed to come back here within this process.
  func checkpoint() throws(MachineError) -> Checkpoint

  /// Comes back to what ``checkpoint()`` kept.
  func resume(from checkpoint: Checkpoint) throws(MachineError)

  /// The digest of the whole state's canonical text, without keys that were put aside.
  func wholeDigest(_ scope: ScopeKind) throws(MachineError) -> Digest

  /// Whether watching writes costs what the events change, not the size of a state.
  var watchesWrites: Bool { get }

  /// What an event would do to the state that another event is for, or with none to the initial state.
  /// Nothing is changed by it.
  func attempt(_ event: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule)
    throws(MachineError) -> Attempt
}

/// What a host has run so far.
public struct HostCounts: Sendable, Hashable {
  /// How many streams or keys have had an event.
  public var keys: Int
  /// How many of them were put aside.
  public var failed: Int
  /// How many events concerned no key: those whose key is nil, or null, of a type that is not ignored.
  public var unconcerned: UInt64

  public init(keys: Int, failed: Int = 0, unconcerned: UInt64 = 0) {
    self.keys = keys
    self.failed = failed
    self.unconcerned = unconcerned
  }
}

/// What an invariant says of a state, and why it is undefined.
public struct Judgement: Sendable, Hashable {
  public var verdict: Verdict
  public var reason: String?

  public init(_ verdict: Verdict, reason: String? = nil) {
    self.verdict = verdict
    self.reason = reason
  }
}

/// A stream or key at which a machine failed, while the others went on.
public struct KeyFailure: Sendable, Hashable {
  public let key: String
  /// What went wrong, and at which event.
  public let error: MachineError

  public init(key: String, error: MachineError) {
    self.key = key
    self.error = error
  }
}

extension Host {
  public func takesBlock(of count: Int) -> Bool { false }

  public func run(
    _ block: borrowing EventBlock, watching watch: Watch, verdict: (VerdictChange) -> Void
  ) throws(MachineError) {
    try run(block.recordedEvents()[...], watching: watch, verdict: verdict) { _ in }
  }

  public var watchesWrites: Bool { false }

  public func checkpoint() throws(MachineError) -> Checkpoint { Checkpoint(try save()) }

  public func resume(from checkpoint: Checkpoint) throws(MachineError) {
    try restore(checkpoint.content as? [UInt8] ?? [])
  }

  public func wholeDigest(_ scope: ScopeKind) throws(MachineError) -> Digest {
    try soundState(scope).digest
  }

  /// Reduces events, and judges them where that is wanted.
  public func run(
    _ events: ArraySlice<RecordedEvent>, checks: Bool, change: (VerdictChange) -> Void
  ) throws(MachineError) {
    try run(events, watching: checks ? .verdicts : .nothing, verdict: change) { _ in }
  }

  /// Reduces the events of a block, and judges them where that is wanted.
  public func run(_ block: borrowing EventBlock, checks: Bool, change: (VerdictChange) -> Void)
    throws(MachineError)
  {
    try run(block, watching: checks ? .verdicts : .nothing, verdict: change)
  }

  /// The state of the log, or of a key; nil where that has had no event.
  public func state(of key: String?) throws(MachineError) -> JSONValue? {
    try value(at: StatePath(), of: key)
  }

  /// The whole state: the one of the log, or an object of the states by key. Throws where a key was put aside.
  public func wholeState(_ scope: ScopeKind) throws(MachineError) -> JSONValue {
    if try counts.failed > 0, let failure = try failures().first { throw failure.error }
    return try soundState(scope)
  }

  /// The whole state without the keys at which the machine failed.
  package func soundState(_ scope: ScopeKind) throws(MachineError) -> JSONValue {
    scope == .log ? try state(of: nil) ?? .null : .object(try states())
  }

  /// Judges the log's state as at cut 0, before any event: every verdict is told, and assumed.
  package func judgeBeginning(
    of machine: MachineDescriptor, _ judged: some Sequence<Int>, change: (VerdictChange) -> Void
  ) throws(MachineError) {
    guard machine.scope == .log else { return }
    var verdicts: [VerdictChange] = []
    for i in judged {
      let judgement =
        machine.invariants[i].kind == .state ? try judge(i, of: nil) : Judgement(.holds)
      verdicts.append(
        VerdictChange(
          invariant: i, key: nil, cut: 0, verdict: judgement.verdict, evaluation: 0,
          reason: judgement.reason))
    }
    try assume(verdicts)
    for verdict in verdicts { change(verdict) }
  }
}
