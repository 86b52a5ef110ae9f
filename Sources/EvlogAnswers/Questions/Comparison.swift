public import EvlogCore
public import EvlogForensics
public import EvlogJSON
import EvlogMachine
import EvlogReplay

extension Answers {
  /// Two runs beside each other: of a log and the same with edits, or of two machines.
  public struct Comparison: Answer {
    /// `what-if` or `compare`.
    public let question: String

    /// What the first differing event changed in each run.
    public struct Changes: Codable, Sendable {
      public let first, second: [StateDiff.Change]
    }

    /// An invariant in both runs.
    public struct Invariant: Codable, Sendable {
      public let name: String
      /// The stream or key; null for all that have no row of their own.
      @Nullable public private(set) var key: String?
      public let change: EvlogForensics.Comparison.Change.Kind
      @Nullable public private(set) var first: Finding?
      @Nullable public private(set) var second: Finding?

      init(_ change: EvlogForensics.Comparison.Change) {
        name = change.name
        self.change = change.kind
        key = change.key
        first = change.first.map { Finding($0) }
        second = change.second.map { Finding($0) }
      }
    }

    public let first, second: Machine
    public let cut: Cut
    public let judgedThrough: Cut
    public let same: Bool
    /// Why each run could not go on.
    public let failures: [String?]
    /// The events at which the runs could not go on.
    public let failureOffsets: [Offset?]
    /// Of each run, like the two below.
    public let keys: [Int?]
    public let failedKeys: [[FailedKey]]
    public let unconcerned: [UInt64?]
    /// Where the states differ.
    public let divergences: [EvlogForensics.Comparison.Divergence]
    /// The event that first made them differ.
    @Nullable public private(set) var event: RecordedEvent?
    @Nullable public private(set) var changes: Changes?
    /// From the first run's last state to the second's.
    public let final: [StateDiff.Change]
    public let invariants: [Invariant]
    @Seconds public private(set) var seconds: Duration
    /// Whether something is known to differ.
    public let differs: Bool

    private enum CodingKeys: String, CodingKey {
      case question = "command"
      case first, second, cut, judgedThrough, same, failures, failureOffsets, keys, failedKeys
      case unconcerned, divergences, event, changes, final, invariants, seconds, differs
    }

    init(
      _ made: EvlogForensics.Comparison, question: String, _ event: RecordedEvent?, took: Duration,
      _ wording: (any Error) -> String
    ) {
      self.question = question
      let scans = [made.first, made.second]
      first = Machine(made.first.machine)
      second = Machine(made.second.machine)
      cut = made.first.cut
      judgedThrough = made.first.judgedThrough
      same = made.isSame
      failures = scans.map { $0.failure.map(wording) }
      failureOffsets = scans.map { $0.failure?.offset }
      keys = scans.map(\.countedKeys)
      failedKeys = scans.map { $0.failedKeys.map(FailedKey.init) }
      unconcerned = scans.map(\.unconcerned)
      divergences = made.divergences
      final = made.finalDiff.changes
      invariants = made.changes.map(Invariant.init)
      seconds = took
      differs = made.isOther
      self.event = event
      changes = made.firstDivergence.map {
        Changes(first: $0.first.changes, second: $0.second.changes)
      }
    }
  }
}

extension EvlogForensics.Comparison.Change.Kind: Codable {}

extension EvlogForensics.Comparison.Divergence: Codable {
  private enum Key: String, CodingKey { case firstCut, endCut }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    self.init(
      firstCut: try members.decode(Cut.self, forKey: .firstCut),
      endCut: try members.decodeIfPresent(Cut.self, forKey: .endCut))
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(firstCut, forKey: .firstCut)
    try members.encode(endCut, forKey: .endCut)
  }
}
