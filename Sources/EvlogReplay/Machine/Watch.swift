public import EvlogStore

/// What is watched while a host runs events.
public enum Watch: Sendable {
  case nothing
  /// Where verdicts change, and every event that violates a step.
  case verdicts
  /// For which key each event was reduced. Every event is a moment.
  case keys
  /// What events change in the state that they are reduced for, and verdicts where they are wanted. Events that are
  /// reduced for a state are moments.
  case writes(verdicts: Bool)
  /// What each event changes, and what the machine looks at meanwhile; of an invariant, by its place, what it looks at
  /// when it is judged after the event. Every event is a moment.
  case reads(judging: Int?)
  /// The values at some places of the state of the log, or of a key. Events that make one of them another value are
  /// moments.
  case places([StatePath], of: String?)
  /// In which region each event came and to which it led: that is counted.
  case regions(RegionCounter)
  /// Verdicts, and the states themselves where a look at one is due. Every event is a moment.
  case states(StateLooks)
}

/// What was watched at one event.
public struct Moment: Sendable {
  /// The event.
  public let offset: Offset
  /// The stream or key whose state the event was reduced for; nil for the log's state, and where it was reduced for none.
  public let key: String?
  /// Whether it was reduced for a state: it was not where its type is ignored, where it concerns no key, and where its key
  /// was put aside.
  public let isReduced: Bool
  /// The places that have other values after the event, none of which is in another. Of a stream or key that had no state
  /// before, it is the whole one.
  public var writes: [Write] = []
  /// How many more there are than are in `writes`.
  public var writesLeftOut = 0
  /// What the machine looked at; nil where that was not watched.
  public var looks: Looks?
  /// Of the places that are watched, by their numbers, those with another value, and that value; nil is the value of a
  /// place that is not there.
  public var values: [(place: Int, value: JSONValue?)] = []
  /// A number that tells the state after the event from others, where it was looked at.
  public var stateNumber: UInt64?

  public init(offset: Offset, key: String?, isReduced: Bool) {
    self.offset = offset
    self.key = key
    self.isReduced = isReduced
  }
}

/// What a machine looked at in the reducing of one event, and in the judging after it.
public struct Looks: Sendable {
  /// The places of the state that the reducer looked at, in their order; nil where that cannot be seen.
  public var reads: [StatePath]?
  /// The places of the state after the event that the invariant looked at, as far as they have to do with what was
  /// written; nil where that cannot be seen.
  public var judged: [StatePath]?
  /// The places of the state before the event that the invariant looked at, be it before the event or after it, when they
  /// were still as before.
  public var judgedBefore: [StatePath]?
  /// Of the reads, those that only fed a write of the same place, as counting does.
  public var counted: [StatePath] = []
  /// How many more there are than are in `reads` and `judgedBefore`.
  public var readsLeftOut = 0
  public var judgedLeftOut = 0

  public init(
    reads: [StatePath]? = nil, judged: [StatePath]? = nil, judgedBefore: [StatePath]? = nil
  ) {
    self.reads = reads
    self.judged = judged
    self.judgedBefore = judgedBefore
  }
}

/// Counts the regions between which events lead. It belongs to one host.
public final class RegionCounter: @unchecked Sendable {
  /// What tells in which region a state is.
  public let rule: RegionRule
  /// What was counted.
  public var tally = RegionTally()
  /// By key, of a host that leaves it to the counter: the region that the state is in, and the state's digest where an
  /// event may come that must not change it.
  var present: [Name: (region: String, digest: Digest?)] = [:]

  public init(_ rule: RegionRule) { self.rule = rule }
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

/// A moment of a run, kept in memory.
public struct Checkpoint: Sendable {
  package let content: any Sendable

  package init(_ content: any Sendable) { self.content = content }
}
