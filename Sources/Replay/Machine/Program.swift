public import EventLog

/// A machine as the engine runs it, whatever language it is written in.
public protocol Program: Sendable {
  /// What is known of the machine from outside.
  var descriptor: MachineDescriptor { get }
  /// Begins a run with the initial state; a run belongs to one thread at a time.
  func makeExecution() throws(MachineError) -> any Execution
}

/// What is known of a machine from outside.
public struct MachineDescriptor: Sendable, Hashable {
  public let name: String
  /// As the machine says it: snapshots and verdicts of another one are not used.
  public let version: Int
  /// What the machine has one state for.
  public let scope: ScopeKind
  /// Identifies the machine's behaviour: name, version, and the digest of its code where that is
  /// known. Snapshots with another fingerprint are not used.
  public let fingerprint: Digest
  /// Why the fingerprint cannot tell the machine from another one, in words; nil where it can. Nothing is kept of
  /// a machine that cannot be told from others: no snapshots, no verdicts, no index of writes.
  public let unidentified: String?
  /// In the order of the machine.
  public let invariants: [InvariantDescriptor]
  /// The regions that are declared, if any are.
  public let regions: RegionDeclaration?
  /// The event types that it handles by name, where that is known.
  public let eventTypes: [String]
  /// Whether a condition of the moment is among the invariants, which the fingerprint does not cover.
  public let hasExpression: Bool

  public init(
    name: String, version: Int, scope: ScopeKind, code: Digest, unidentified: String? = nil,
    invariants: [InvariantDescriptor], regions: RegionDeclaration? = nil, eventTypes: [String] = [],
    hasExpression: Bool = false
  ) {
    self.hasExpression = hasExpression
    self.unidentified = unidentified
    self.regions = regions
    self.eventTypes = eventTypes
    self.name = name
    self.version = version
    self.scope = scope
    self.invariants = invariants
    fingerprint = Digest(of: Array("\(name)\u{0}\(version)\u{0}\(code)".utf8))
  }
}

/// Of an invariant at a cut: it holds, it does not, or it cannot be said.
public enum Verdict: UInt8, Sendable, Hashable, CustomStringConvertible {
  case holds = 0
  case violated = 1
  case undefined = 2

  public var description: String {
    switch self {
    case .holds: "holds"
    case .violated: "violated"
    case .undefined: "undefined"
    }
  }
}

/// An invariant's verdict became another one at a cut, or an event violates a step as the one before did.
public struct VerdictChange: Sendable, Hashable {
  /// The invariant's place in the machine's list.
  public var invariant: Int
  /// The stream or key, for a machine that has a state for each.
  public var key: String?
  /// The first cut with this verdict: for `cut` = offset + 1, the event at `offset` made it so.
  public var cut: UInt64
  /// What the verdict became.
  public var verdict: Verdict
  /// How many events of the key have been reduced at this cut, this one included.
  public var evaluation: UInt64
  /// Why it is undefined.
  public var reason: String?

  public init(
    invariant: Int, key: String?, cut: UInt64, verdict: Verdict, evaluation: UInt64,
    reason: String? = nil
  ) {
    self.invariant = invariant
    self.key = key
    self.cut = cut
    self.verdict = verdict
    self.evaluation = evaluation
    self.reason = reason?.boundedReason
  }
}

extension String {
  /// What somebody else's code says is wrong, as far as anybody will read it.
  var boundedReason: String {
    let limit = 2000
    return utf8.count <= limit ? self : "\(prefix(limit))…"
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

/// One run of a machine: its states, fed with events.
public protocol Execution: AnyObject {
  /// Of machines with a state per stream or key: run only keys whose hash falls to this part.
  var part: KeyPart? { get set }

  /// Of machines with a state per stream or key: whether a key at which the machine fails is put aside, and the
  /// others go on. From the failing event on, every verdict of it is undefined, and its events are passed
  /// over. Where it is not known which key an event is for, the run fails all the same.
  var isolatesFailures: Bool { get set }

  /// The keys that were put aside, and why.
  func failures() -> [KeyFailure]

  /// How many keys were put aside.
  var failureCount: Int { get }

  /// How many events concerned no key: those whose key is nil, or null, of a type that is not ignored.
  var unconcernedCount: UInt64 { get }

  /// How many streams or keys have had an event.
  var keyCount: Int { get }

  /// Reduces events that follow the ones before without a gap. With `checks`, judges the invariants
  /// after each, and calls `change` where a verdict changes, and for every event that violates a step: each is
  /// a violation of its own.
  func run(
    _ events: ArraySlice<RecordedEvent>, checks: Bool, change: (VerdictChange) -> Void
  ) throws(MachineError)

  /// Says that the same events will be run many times: what they are decoded to may be kept from now on, by
  /// their offsets.
  func keepDecoded()

  /// From now on some invariants are judged, and no other is asked; nor are other histories followed. Said
  /// before the first event.
  func judgeOnly(_ invariants: Set<Int>) throws(MachineError)

  /// Whether a block of so many events is taken as it is, faster than copies of its events.
  func takesBlock(of count: Int) -> Bool

  /// Reduces the events of a block as ``run(_:checks:change:)-(ArraySlice<RecordedEvent>,_,_)`` does.
  func run(_ block: borrowing EventBlock, checks: Bool, change: (VerdictChange) -> Void)
    throws(MachineError)

  /// Reduces events as ``run(_:checks:change:)-(ArraySlice<RecordedEvent>,_,_)`` does, and tells the
  /// value at some places of a state after each event that made it another one; nil is the value of
  /// a place that is not there.
  ///
  /// The state is the one of the log, or of `key`; `change` is told which of the places it was.
  func follow(
    _ paths: [StatePath], of key: String?, through events: ArraySlice<RecordedEvent>,
    change: (_ path: Int, _ cut: UInt64, JSONValue?) -> Void
  ) throws(MachineError)

  /// Reduces events as ``run(_:checks:change:)-(ArraySlice<RecordedEvent>,_,_)`` does, and tells of each
  /// that changed something what that was.
  ///
  /// A machine in JavaScript is watched while it writes; the state of another is encoded after every
  /// event, the one of the log or of the event's key.
  func trace(
    _ events: ArraySlice<RecordedEvent>, checks: Bool, change: (VerdictChange) -> Void,
    traced: (Trace) -> Void
  ) throws(MachineError)

  /// Whether ``trace(_:checks:change:traced:)`` costs what the events change, not the size of a state.
  var tracesWrites: Bool { get }

  /// Reduces and judges events as ``run(_:checks:change:)-(ArraySlice<RecordedEvent>,_,_)`` does, and looks
  /// at the state that an event was reduced for where that is due.
  ///
  /// `each` is called after every event, and after the changes that it made; where its state was looked at,
  /// with a number that tells states apart.
  func audit(
    _ events: ArraySlice<RecordedEvent>, _ looks: inout StateLooks,
    change: (VerdictChange) -> Void, each: (_ offset: UInt64, _ look: UInt64?) -> Void
  ) throws(MachineError)

  /// Reduces one event, and tells what it changed and what was looked at.
  func observe(_ event: RecordedEvent, judging invariant: Int?) throws(MachineError) -> Observation

  /// The value at a place of the state of the log, or of a key; nil where there is none.
  func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue?

  /// Judges the state invariants on the present state, as at cut 0, before any event.
  func judge(at cut: UInt64, change: (VerdictChange) -> Void) throws(MachineError)

  /// The verdict of one state invariant on the present state of the log, or of a key. A key that has had no
  /// event has nothing that could violate it; one at which the machine failed cannot be judged.
  func verdict(of invariant: Int, on key: String?) throws(MachineError) -> Verdict

  /// Reduces events as ``run(_:checks:change:)-(ArraySlice<RecordedEvent>,_,_)`` does, from the first one
  /// on, and counts in which region each came and to which it led.
  func tally(
    _ events: ArraySlice<RecordedEvent>, by rule: RegionRule, into tally: inout RegionTally
  ) throws(MachineError)

  /// The same for the events of a block.
  func tally(_ block: borrowing EventBlock, by rule: RegionRule, into tally: inout RegionTally)
    throws(MachineError)

  /// What an event would do to the state that another event is for, or with none to the initial state.
  /// Nothing is changed by it.
  func attempt(_ event: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule)
    throws(MachineError) -> Attempt

  /// The key whose state the last event was reduced for, the empty one for the log's; nil where it
  /// was reduced for none.
  var lastKey: String? { get }

  /// How many events of a key have been reduced.
  func evaluations(of key: String?) -> UInt64

  /// Takes the last of these verdicts for those of the present states, as after ``restore(_:)``: then
  /// only what differs from them is a change.
  func assume(_ verdicts: [VerdictChange]) throws(MachineError)

  /// Everything that is needed to go on from here, in the machine's own encoding: a JSON array with an
  /// element for each key. With a ``part``, only its keys are saved and restored.
  /// Throws `notSavable` where this state cannot be saved without changing what follows.
  func save() throws(MachineError) -> [UInt8]
  /// Goes on from what ``save()`` returned. Throws `badSnapshot` where it cannot be read.
  func restore(_ saved: [UInt8]) throws(MachineError)

  /// Everything that is needed to come back here within this process.
  func checkpoint() throws(MachineError) -> Checkpoint
  /// Comes back to what ``checkpoint()`` kept.
  func resume(from checkpoint: Checkpoint) throws(MachineError)

  /// The state, or with a key its state; nil where the key has had no event.
  func state(of key: String?) throws(MachineError) -> JSONValue?
  /// The states of all keys, or of the log under the empty key. Where a key was put aside, there is no such
  /// whole, and that throws; unless `isWhole` is false, which leaves those keys out.
  func states(isWhole: Bool) throws(MachineError) -> JSONObject
  /// The digest of the whole state's canonical text, without keys that were put aside.
  func wholeDigest(_ scope: ScopeKind) throws(MachineError) -> Digest
}

/// What happened in the reducing of one event, and in the judging after it.
public struct Observation: Sendable {
  /// A place of the state with another value than before; nil where it is not there.
  public struct Write: Sendable, Hashable {
    /// The place.
    public let path: StatePath
    /// The value before; nil where the place was not there.
    public let old: JSONValue?
    /// The value after; nil where the place is not there any more.
    public let new: JSONValue?

    public init(path: StatePath, old: JSONValue?, new: JSONValue?) {
      self.path = path
      self.old = old
      self.new = new
    }
  }

  /// In the state of the stream or key that the event concerns.
  public var writes: [Write]
  /// The places of the state that the reducer looked at, in their order; nil where that cannot be seen.
  public var reads: [StatePath]?
  /// Those of the state after the event that the invariant looked at, as far as they have to do with
  /// what was written; nil where that cannot be seen.
  public var judged: [StatePath]?
  /// Those of the state before the event that the invariant looked at, be it before the event or after it,
  /// when they were still as before.
  public var judgedBefore: [StatePath]?
  /// Of the reads, those that only fed a write of the same place, as counting does.
  public var counted: [StatePath] = []
  /// How many more there are than are in `writes`, `reads` and `judgedBefore`.
  public var writesLeftOut = 0
  public var readsLeftOut = 0
  public var judgedLeftOut = 0

  public init(
    writes: [Write], reads: [StatePath]? = nil, judged: [StatePath]? = nil,
    judgedBefore: [StatePath]? = nil
  ) {
    self.writes = writes
    self.reads = reads
    self.judged = judged
    self.judgedBefore = judgedBefore
  }
}

/// What an event would do to a state.
public struct Attempt: Sendable {
  /// Whether the state would be another one.
  public var isChanged: Bool
  /// The region of the state after it.
  public var region: String
  /// The invariants that it would break, by their places in the machine's list.
  public var broken: [Int]
  /// Those that could not be judged after it.
  public var undefined: [Int]

  public init(isChanged: Bool, region: String, broken: [Int], undefined: [Int]) {
    self.isChanged = isChanged
    self.region = region
    self.broken = broken
    self.undefined = undefined
  }
}

/// A moment of an execution, kept in memory.
public struct Checkpoint: Sendable {
  package let content: any Sendable

  package init(_ content: any Sendable) { self.content = content }
}

extension Execution {
  public func keepDecoded() {}

  public func takesBlock(of count: Int) -> Bool { false }

  public func run(_ block: borrowing EventBlock, checks: Bool, change: (VerdictChange) -> Void)
    throws(MachineError)
  {
    try run(block.recordedEvents()[...], checks: checks, change: change)
  }

  public func tally(
    _ block: borrowing EventBlock, by rule: RegionRule, into tally: inout RegionTally
  ) throws(MachineError) {
    try self.tally(block.recordedEvents()[...], by: rule, into: &tally)
  }

  public func audit(
    _ events: ArraySlice<RecordedEvent>, _ looks: inout StateLooks,
    change: (VerdictChange) -> Void, each: (_ offset: UInt64, _ look: UInt64?) -> Void
  ) throws(MachineError) {
    for i in events.indices {
      let offset = events[i].offset
      try run(events[i...i], checks: true, change: change)
      let isDue = looks.isDue(at: offset)
      if isDue, let key = lastKey, let state = try state(of: key) {
        each(offset, looks.number(of: Array(key.utf8) + [0] + state.canonicalBytes))
      } else {
        each(offset, nil)
      }
    }
  }

  public func checkpoint() throws(MachineError) -> Checkpoint { Checkpoint(try save()) }

  public func resume(from checkpoint: Checkpoint) throws(MachineError) {
    try restore(checkpoint.content as? [UInt8] ?? [])
  }

  public func wholeDigest(_ scope: ScopeKind) throws(MachineError) -> Digest {
    try soundState(scope).digest
  }

  /// The states of all keys; throws where one of them was put aside.
  public func states() throws(MachineError) -> JSONObject { try states(isWhole: true) }

  /// The whole state: the one of the log, or an object of the states by key.
  public func wholeState(_ scope: ScopeKind) throws(MachineError) -> JSONValue {
    if scope == .log { return try state(of: nil) ?? .null }
    return .object(try states(isWhole: true))
  }

  /// The whole state without the keys at which the machine failed.
  package func soundState(_ scope: ScopeKind) throws(MachineError) -> JSONValue {
    if scope == .log { return try state(of: nil) ?? .null }
    return .object(try states(isWhole: false))
  }
}

/// One of several equal shares of all keys, or one key alone.
public struct KeyPart: Sendable, Hashable {
  /// Which of the shares it is, from 0.
  public let index: Int
  /// How many shares there are.
  public let count: Int
  /// The key that alone is meant; nil for a share.
  public let key: String?

  public init(index: Int, of count: Int) {
    self.index = index
    self.count = count
    key = nil
  }

  /// One key alone.
  public init(only key: String) {
    (index, count) = (0, 1)
    self.key = key
  }

  /// Every key is in exactly one part, the same one in every process.
  public func contains(_ key: String) -> Bool { contains(key.utf8Span.span) }

  package func contains(_ key: Span<UInt8>) -> Bool {
    if let only = self.key {
      let bytes = only.utf8Span.span
      return bytes.count == key.count && bytes.indices.allSatisfy { bytes[$0] == key[$0] }
    }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for i in key.indices { hash = (hash ^ UInt64(key[i])) &* 0x100_0000_01b3 }
    // The upper half knows little of the last bytes, in which names differ most.
    return Int(((hash >> 32) ^ hash) & 0xFFFF_FFFF) % count == index
  }
}
