public import EvlogCore
public import EvlogForensics
public import EvlogJSON
import EvlogMachine
public import EvlogReplay

extension Answers {
  /// The state of a machine at a cut.
  public struct State: Answer {
    public var question: String { "state" }
    public let machine: Machine
    public let cut: Cut
    /// The stream or key whose state it is; null for the whole.
    @Nullable public private(set) var key: String?
    public let state: JSONValue
    public let digest: String
    /// How many events concerned no key; null for a machine without a state for each key.
    @Nullable public private(set) var unconcerned: UInt64?
    public let work: Replayer.Work

    init(
      _ machine: MachineDescriptor, _ state: JSONValue, at cut: Cut, of key: String?,
      unconcerned: UInt64?, _ work: Replayer.Work
    ) {
      self.machine = Machine(machine)
      self.cut = cut
      self.state = state
      digest = "\(state.digest)"
      self.work = work
      self.key = key
      self.unconcerned = unconcerned
    }
  }

  /// What two states have different.
  public struct Diff: Answer {
    public var question: String { "diff" }
    /// What the older and the newer state are of.
    public let from, to: String
    public let same: Bool
    /// How many paths the two states have together.
    public let pathCount: Int
    public let changes: [StateDiff.Change]
    /// How many events concerned no key, on each side.
    public let unconcerned: [UInt64?]
    /// The changes with the structure around them, for people; not in the JSON.
    public internal(set) var structure: [String] = []

    private enum CodingKeys: String, CodingKey {
      case from, to, same, pathCount, changes, unconcerned
    }

    /// One side of a comparison.
    public struct Side: Sendable {
      /// What it is of, in words.
      public let name: String
      /// Nil if a stream or key has no state.
      public let state: JSONValue?
      public let unconcerned: UInt64?

      public init(name: String, state: JSONValue?, unconcerned: UInt64? = nil) {
        self.name = name
        self.state = state
        self.unconcerned = unconcerned
      }
    }

    public init(from old: Side, to new: Side) {
      let diff = StateDiff(changing: StatePath(), from: old.state, to: new.state)
      (from, to) = (old.name, new.name)
      same = diff.isEmpty
      pathCount = diff.pathCount
      changes = diff.changes
      unconcerned = [old.unconcerned, new.unconcerned]
      structure = diff.structure
    }
  }

  /// A whole replay: the digests of the state and of the log, and what holds.
  public struct Replay: Answer {
    public var question: String { "replay" }
    public let machine: Machine
    public let cut: Cut
    /// Null if the machine failed for a key, because there is no whole state then.
    @Nullable public private(set) var stateDigest: String?
    /// Null for a past with edits, which no log has.
    @Nullable public private(set) var logDigest: String?
    @Nullable public private(set) var unconcerned: UInt64?
    public let work: Replayer.Work
    @Seconds public private(set) var seconds: Duration
    /// What the invariants say; null, like the members below, unless it was asked for.
    @Nullable public private(set) var outcome: Scan.Outcome?
    /// How many streams or keys had an event.
    @Nullable public private(set) var keys: Int?
    @Nullable public private(set) var failedKeys: [FailedKey]?
    @Nullable public private(set) var invariants: [Finding]?

    init(
      _ machine: MachineDescriptor, at cut: Cut, _ state: Replayer.State?, _ scan: Scan?,
      logDigest: Digest?, took: Duration
    ) {
      self.machine = Machine(machine)
      self.cut = cut
      work = state?.work ?? scan?.work ?? .init()
      seconds = took
      self.logDigest = logDigest.map { "\($0)" }
      stateDigest = state.map { "\($0.digest)" }
      unconcerned = state?.unconcerned ?? scan?.unconcerned
      outcome = scan?.outcome
      keys = scan?.countedKeys
      failedKeys = scan?.failedKeys.map(FailedKey.init)
      invariants = scan?.findings.map { Finding($0) }
    }
  }
}

extension Scan.Outcome: Codable {}
