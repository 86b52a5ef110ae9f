public import EvlogCore
public import EvlogJSON

/// A host runs a machine: it has the states, and is fed with events. Compiled Swift and JavaScript are two
/// hosts; others can be written in any package.
///
/// A host knows no question. The engine places it at a cut, moves it, and watches what it needs to know: see
/// ``Watch``. If a host reduces one event at a time, ``EventwiseHost`` does all of the watching for it.
public protocol Host: AnyObject {
  /// Reduces events that follow the previous ones without a gap, and reports what is watched.
  ///
  /// - Parameters:
  ///   - verdict: gets each change of a verdict, and every event that violates a step, as far as verdicts are
  ///     watched.
  ///   - moment: gets the events that the watch requests, after their verdicts.
  func run(
    _ events: ArraySlice<RecordedEvent>, watching watch: Watch, verdict: (VerdictChange) -> Void,
    moment: (Moment) -> Void
  ) throws(MachineError)

  /// Whether a block of this many events is run in place, faster than copies of its events.
  func takesBlock(of count: Int) -> Bool

  /// Reduces the events of a block; nothing but verdicts or regions is watched.
  func run(
    _ block: borrowing EventBlock, watching watch: Watch, verdict: (VerdictChange) -> Void
  ) throws(MachineError)

  /// The value at a path of the state of the log, or of a key; nil if there is none, or no state yet. If the
  /// key was put aside, throws the reason.
  func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue?

  /// Judges a state invariant on the current state of the log, or of a key. A key without an event has nothing
  /// that could violate it; one that was put aside cannot be judged.
  func judge(_ invariant: Int, of key: String?) throws(MachineError) -> Judgement

  /// Judges a state invariant on a state that is given; with `part`, on the state of one log of a group whether its
  /// condition holds, as `violated`. This changes nothing.
  func judge(_ invariant: Int, part: String?, on state: JSONValue) throws(MachineError)
    -> Judgement

  /// Assumes these verdicts for the current states: from then on, only a different verdict is a change.
  func assume(_ verdicts: [VerdictChange]) throws(MachineError)

  /// The states of all keys, or of the log under the empty key, without keys that were put aside.
  func states() throws(MachineError) -> JSONObject

  /// The counts of what has been run so far.
  var counts: HostCounts { get throws(MachineError) }

  /// The keys that were put aside, and why.
  func failures() throws(MachineError) -> [KeyFailure]

  /// The number of events of the log, or of a key, that have been reduced or, after the key was put aside, skipped.
  func evaluations(of key: String?) throws(MachineError) -> UInt64

  /// Everything that is needed to continue from here, in the host's own encoding: a JSON array with an element
  /// for each key. A host for some of the keys saves and restores only those. Throws `notSavable` if this state
  /// cannot be saved without changing what follows.
  func save() throws(MachineError) -> [UInt8]

  /// Continues from what ``save()`` returned. Throws `badSnapshot` if it cannot be read.
  func restore(_ saved: [UInt8]) throws(MachineError)

  /// Everything that is needed to return here within this process.
  func checkpoint() throws(MachineError) -> Checkpoint

  /// Returns to what ``checkpoint()`` kept.
  func resume(from checkpoint: Checkpoint) throws(MachineError)

  /// The digest of the whole state's canonical text, without keys that were put aside.
  func wholeDigest(_ scope: ScopeKind) throws(MachineError) -> Digest

  /// Whether watching writes costs what the events change, not the size of a state.
  var watchesWrites: Bool { get }

  /// What an event would do to the state that another event is for; without one, to the initial state. This
  /// changes nothing.
  func attempt(_ event: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule)
    throws(MachineError) -> Attempt
}

/// What a host has run so far.
public struct HostCounts: Sendable, Hashable {
  /// The number of streams or keys that have had an event.
  public var keys: Int
  /// The number of them that were put aside.
  public var failed: Int
  /// The number of events that concerned no key: those whose key is nil, or null, of a type that is not
  /// ignored.
  public var unconcerned: UInt64

  public init(keys: Int, failed: Int = 0, unconcerned: UInt64 = 0) {
    self.keys = keys
    self.failed = failed
    self.unconcerned = unconcerned
  }
}

/// The verdict of an invariant on a state, and why it is undefined.
public struct Judgement: Sendable, Hashable {
  public var verdict: Verdict
  public var reason: String?
  /// The number that is added up, where a part of a sum was judged.
  public var value: Int64?

  public init(_ verdict: Verdict, reason: String? = nil, value: Int64? = nil) {
    self.verdict = verdict
    self.reason = reason
    self.value = value
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
  public func judge(_ invariant: Int, part: String?, on state: JSONValue) -> Judgement {
    Judgement(.undefined, reason: "this host cannot judge a state that is given to it")
  }

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

  /// Reduces events and, on request, judges them.
  public func run(
    _ events: ArraySlice<RecordedEvent>, checks: Bool, change: (VerdictChange) -> Void
  ) throws(MachineError) {
    try run(events, watching: checks ? .verdicts : .nothing, verdict: change) { _ in }
  }

  /// Reduces the events of a block and, on request, judges them.
  public func run(_ block: borrowing EventBlock, checks: Bool, change: (VerdictChange) -> Void)
    throws(MachineError)
  {
    try run(block, watching: checks ? .verdicts : .nothing, verdict: change)
  }

  /// The state of the log, or of a key; nil if that has had no event.
  public func state(of key: String?) throws(MachineError) -> JSONValue? {
    try value(at: StatePath(), of: key)
  }

  /// The whole state: the log's, or an object of the states by key. Throws if a key was put aside.
  public func wholeState(_ scope: ScopeKind) throws(MachineError) -> JSONValue {
    if try counts.failed > 0, let failure = try failures().first { throw failure.error }
    return try soundState(scope)
  }

  /// The whole state without the keys at which the machine failed.
  package func soundState(_ scope: ScopeKind) throws(MachineError) -> JSONValue {
    scope == .log ? try state(of: nil) ?? .null : .object(try states())
  }

  /// Judges the log's state as at cut 0, before any event: every verdict is reported, and assumed.
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
