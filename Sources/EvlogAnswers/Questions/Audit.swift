public import EvlogCore
public import EvlogForensics
public import EvlogJSON
public import EvlogMachine
public import EvlogReplay

extension Answers {
  /// Whether a machine gives the same states every time.
  public struct Audit: Answer {
    public var question: String { "audit" }

    /// An invariant that two runs judged differently.
    public struct Judged: Codable, Sendable, Hashable {
      public let invariant, first, second: String

      public init(invariant: String, first: String, second: String) {
        (self.invariant, self.first, self.second) = (invariant, first, second)
      }
    }

    public let deterministic: Bool
    /// How many events every run took.
    public let events: UInt64
    public let runs: Int
    /// The machine's error, in all runs or in one.
    @Nullable public internal(set) var failure: String?
    /// The event that failed.
    @Nullable public internal(set) var failureOffset: Offset?
    /// Whether a bound of time or memory stopped a run.
    public internal(set) var stoppedByBounds = false
    /// How many streams or keys the machine failed at in every run; the others were followed to the end.
    public let failedKeyCount: Int
    /// Why no run continued from a saved state.
    @Nullable public internal(set) var couldNotSave: String?
    /// The first event that differs.
    @Nullable public internal(set) var offset: Offset?
    /// The run that differs from the first.
    @Nullable public internal(set) var differs: AuditRun?
    /// Whether the difference is in the states of all keys, and not in that of the event's key.
    public internal(set) var isOfAll = false
    @Nullable public internal(set) var key: String?
    @Nullable public internal(set) var event: RecordedEvent?
    /// Between the two states; null if the difference did not occur again.
    @Nullable public internal(set) var changes: [StateDiff.Change]?
    public internal(set) var verdicts: [Judged] = []
    @Seconds public internal(set) var seconds: Duration

    /// Where two runs differ first.
    public struct Divergence: Sendable {
      public let run: AuditRun
      public let offset: Offset
      /// What the machine's failure in one of the two runs says.
      public let failure: String?
      public let isOfAll: Bool
      /// What each run came to; nil if it did not happen again.
      public let moments: (first: JSONValue, second: JSONValue)?

      public init(
        run: AuditRun, offset: Offset, failure: String?, isOfAll: Bool,
        moments: (first: JSONValue, second: JSONValue)?
      ) {
        (self.run, self.offset, self.failure) = (run, offset, failure)
        (self.isOfAll, self.moments) = (isOfAll, moments)
      }
    }

    /// `failure` is why the machine stopped in all runs, or at a bound in one; `event` is the one that differs.
    public init(
      runs: Int, events: UInt64, failedKeys: Int,
      failure: (text: String, offset: Offset?, isOfBounds: Bool)?, couldNotSave: String?,
      divergence: Divergence?, event: RecordedEvent?, invariants: [InvariantDescriptor],
      took: Duration
    ) {
      deterministic = divergence == nil
      self.events = events
      self.runs = runs
      failedKeyCount = failedKeys
      seconds = took
      self.failure = divergence?.failure ?? failure?.text
      failureOffset = divergence?.failure == nil ? failure?.offset : divergence?.offset
      stoppedByBounds = failure?.isOfBounds == true
      self.couldNotSave = couldNotSave
      self.event = event
      guard let divergence else { return }
      offset = divergence.offset
      differs = divergence.run
      isOfAll = divergence.isOfAll
      guard let moments = divergence.moments else { return }
      key = moments.first["key"]?.stringValue
      changes =
        StateDiff(from: moments.first["state"] ?? .null, to: moments.second["state"] ?? .null)
        .changes
      if let first = moments.first["verdicts"]?.arrayValue,
        let second = moments.second["verdicts"]?.arrayValue
      {
        verdicts = zip(invariants, zip(first, second)).compactMap { invariant, pair in
          pair.0 == pair.1
            ? nil
            : Judged(
              invariant: invariant.name, first: pair.0.stringValue ?? "",
              second: pair.1.stringValue ?? "")
        }
      }
    }
  }

  /// A cut of a log at which a debugger stands.
  public struct Moment: Answer {
    public var question: String { "debug" }

    /// An invariant that does not hold at the cut.
    public struct Broken: Codable, Sendable, Hashable {
      public let invariant: String
      @Nullable public private(set) var key: String?
      public let verdict: Verdict
      /// The first cut with this verdict; of a step, the cut after the event that violates it.
      public let since: Cut
      /// The first cut with another verdict; null if it lasts.
      @Nullable public private(set) var until: Cut?

      public init(
        invariant: String, key: String?, verdict: Verdict, since: Cut, until: Cut?
      ) {
        self.invariant = invariant
        self.verdict = verdict
        self.since = since
        self.key = key
        self.until = until
      }
    }

    public let cut: Cut
    /// The last cut.
    public let end: Cut
    /// The event that leads to the cut; null at the beginning.
    @Nullable public private(set) var event: RecordedEvent?
    @Nullable public private(set) var key: String?
    public let changes: [StateDiff.Change]
    /// Absent, like those below, until verdicts were asked for.
    public internal(set) var keys: Nullable<Int>?
    public internal(set) var failedKeys: [FailedKey]?
    public internal(set) var unconcerned: Nullable<UInt64>?
    public private(set) var broken: [Broken]?

    public init(at cut: Cut, of end: Cut, after step: Timeline.Step?) {
      self.cut = cut
      self.end = end
      changes = step?.changes ?? []
      event = step?.event
      key = step?.key
    }

    /// Adds what does not hold at the cut.
    public mutating func add(_ broken: [Broken], in scan: Scan) {
      keys = Nullable(wrappedValue: scan.countedKeys)
      failedKeys = scan.failedKeys.map(FailedKey.init)
      unconcerned = Nullable(wrappedValue: scan.unconcerned)
      self.broken = broken
    }
  }

  /// The event that leads to a cut.
  public struct MomentEvent: Answer {
    public var question: String { "debug" }
    public let cut: Cut
    public let event: RecordedEvent

    public init(at cut: Cut, _ event: RecordedEvent) { (self.cut, self.event) = (cut, event) }
  }

  /// What is at a path at a cut.
  public struct MomentValue: Answer {
    public var question: String { "debug" }
    public let cut: Cut
    @Nullable public private(set) var key: String?
    public let path: StatePath
    @Nullable public private(set) var value: JSONValue?

    public init(at cut: Cut, of key: String?, _ path: StatePath, _ value: JSONValue?) {
      self.cut = cut
      self.path = path
      self.key = key
      self.value = value
    }
  }

  /// Why a step cannot be done.
  public struct MomentProblem: Answer {
    public var question: String { "debug" }
    public let error: String

    public init(_ error: String) { self.error = error }
  }
}

extension AuditRun: Codable {}
