public import EvlogCore
public import EvlogJSON

/// What to watch while a host runs events.
public enum Watch: Sendable {
  case nothing
  /// The changes of verdicts, and every event that violates a step.
  case verdicts
  /// The key that each event was reduced for. Every event is a moment.
  case keys
  /// What events change in their states and, if requested, verdicts. Events that are reduced for a state are
  /// moments.
  case writes(verdicts: Bool)
  /// What each event changes, and what the machine reads meanwhile; for the invariant with this index, what it
  /// reads when it is judged after the event. Every event is a moment.
  case reads(judging: Int?)
  /// The values at some paths of the state of the log, or of a key. Events that change one of them are moments.
  case paths([StatePath], of: String?)
  /// The region in which each event occurred, and the one it led to: these are counted.
  case regions(RegionCounter)
  /// Verdicts, and the states themselves when one is due to be examined. Every event is a moment.
  case states(StateLooks)
}

/// What was watched at one event.
public struct Moment: Sendable {
  /// The event.
  public let offset: Offset
  /// The stream or key whose state the event was reduced for; nil for the log's state, and if it was reduced
  /// for none.
  public let key: String?
  /// Whether the event was reduced for a state. It was not if its type is ignored, if it concerns no key, or if
  /// its key was put aside.
  public let isReduced: Bool
  /// The paths that have other values after the event; none of them lies below another. For a stream or key
  /// that had no state before, the whole state.
  public var writes: [Write] = []
  /// The number of paths that are not in `writes`.
  public var writesLeftOut = 0
  /// What the machine read; nil if that was not watched.
  public var looks: Looks?
  /// The watched paths, by index, whose value changed, with the new value; nil is the value of a path that does
  /// not exist.
  public var values: [(place: Int, value: JSONValue?)] = []
  /// A number that identifies the state after the event, if it was examined.
  public var stateNumber: UInt64?

  public init(offset: Offset, key: String?, isReduced: Bool) {
    self.offset = offset
    self.key = key
    self.isReduced = isReduced
  }
}

/// What a machine read while it reduced one event, and while it was judged after that.
public struct Looks: Sendable {
  /// The paths of the state that the reducer read, in order; nil if that cannot be observed.
  public var reads: [StatePath]?
  /// The paths of the state after the event that the invariant read, as far as they have to do with the writes;
  /// nil if that cannot be observed.
  public var judged: [StatePath]?
  /// The paths of the state before the event that the invariant read, either before the event or, if they were
  /// unchanged, after it.
  public var judgedBefore: [StatePath]?
  /// The reads that only fed a write of the same path, as counting does.
  public var counted: [StatePath] = []
  /// The number of paths that are not in `reads` and `judgedBefore`.
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
  /// The rule for the region of a state.
  public let rule: RegionRule
  /// The counts.
  public var tally = RegionTally()
  /// By key, of a host that leaves it to the counter: the region that the state is in, and the state's digest where an
  /// event may come that must not change it.
  var present: [Name: (region: String, digest: Digest?)] = [:]

  public init(_ rule: RegionRule) { self.rule = rule }
}

/// What an event would do to a state.
public struct Attempt: Sendable {
  /// Whether the state would change.
  public var isChanged: Bool
  /// The region of the state after it.
  public var region: String
  /// The indices of the invariants that it would break.
  public var broken: [Int]
  /// The indices of those that could not be judged after it.
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
