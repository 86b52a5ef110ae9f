public import EvlogCore
public import EvlogForensics
public import EvlogJSON
public import EvlogMachine
public import EvlogReplay

extension Answers {
  /// Which events made an invariant be violated, and what each had read.
  public struct Why: Answer {
    public var question: String { "why" }

    public struct Reason: Codable, Sendable {
      public let event: RecordedEvent
      /// How many steps it is from the violation.
      public let depth: Int
      /// What it wrote that a later reason or the invariant read.
      public let wrote: [StateDiff.Change]
      public let wroteLeftOut: Int
      /// What it read; null if that was not followed.
      @Nullable public private(set) var read: [EvlogForensics.Why.Read]?
      public let readsLeftOut: Int
      /// What the invariant read that was already so before the event; absent if there is nothing.
      public let judgedBefore: [EvlogForensics.Why.Read]?
      public let judgedLeftOut: Int?
      /// The earlier events that it names as its causes, in the order in which it names them.
      public let causes: [RecordedEvent]

      /// What it or the invariant read that says most about the violation; not in the JSON.
      package private(set) var deciding: EvlogForensics.Why.Read?

      private enum CodingKeys: String, CodingKey {
        case event, depth, wrote, wroteLeftOut, read, readsLeftOut, judgedBefore, judgedLeftOut
        case causes
      }

      init(_ reason: EvlogForensics.Why.Reason) {
        deciding = reason.readsByWeight.first { $0.isFollowed && $0.writer != nil }
        event = reason.event
        depth = reason.depth
        wrote = reason.writes.map { StateDiff.Change(path: $0.path, old: $0.old, new: $0.new) }
        wroteLeftOut = reason.writesLeftOut
        readsLeftOut = reason.readsLeftOut
        let isJudged = !reason.judgedBefore.isEmpty || reason.judgedLeftOut > 0
        judgedBefore = isJudged ? reason.judgedBefore : nil
        judgedLeftOut = isJudged ? reason.judgedLeftOut : nil
        causes = reason.causes
        read = reason.reads
      }
    }

    /// Null, like the members below, if there is no violation.
    @Nullable public private(set) var invariant: String?
    @Nullable public private(set) var kind: InvariantDescriptor.Kind?
    @Nullable public private(set) var place: String?
    @Nullable public private(set) var key: String?
    @Nullable public private(set) var offset: Offset?
    /// Whether reads were observed. If not, what an event wrote is taken for what it read.
    @Nullable public private(set) var watched: Bool?
    /// The last event first.
    @Nullable public private(set) var reasons: [Reason]?
    /// What to ask next, as commands.
    @Nullable public var next: [String]?
    /// Known only if there is no violation: the log need not have been judged beyond one.
    @Nullable public private(set) var keys: Int?
    public let failedKeys: [FailedKey]
    @Nullable public private(set) var unconcerned: UInt64?
    @Nullable public private(set) var work: Replayer.Work?
    @Nullable public private(set) var seconds: Seconds?

    init(_ why: EvlogForensics.Why, in scan: Scan, took: Duration) {
      failedKeys = scan.failedKeys(before: why.violation)
      let about = why.violation.finding.invariant
      invariant = about.name
      kind = about.kind
      place = about.place?.description
      key = why.violation.episode.key
      offset = why.violation.episode.brokenBy
      watched = why.isWatched
      reasons = why.reasons.map(Reason.init)
      work = why.work
      seconds = Seconds(wrappedValue: took)
    }

    /// There is nothing to explain in what was judged.
    public init(nothingIn scan: Scan) {
      failedKeys = scan.failedKeys.map(FailedKey.init)
      keys = scan.countedKeys
      unconcerned = scan.unconcerned
    }
  }

  /// The few events that break an invariant as all of them do.
  public struct Minimise: Answer {
    public var question: String { "minimise" }

    public struct Kept: Codable, Sendable {
      public let event: RecordedEvent
      /// Whether the log without this event alone does not break the invariant; null if time ran out before it was
      /// tried.
      @Nullable public private(set) var butFor: Bool?

      init(_ kept: Minimisation.Kept) {
        event = kept.event
        butFor = kept.isButFor
      }
    }

    /// Null, like the members below, if there is no violation.
    @Nullable public private(set) var invariant: String?
    @Nullable public private(set) var key: String?
    @Nullable public private(set) var offset: Offset?
    /// How many events there were to choose from.
    @Nullable public private(set) var considered: Int?
    @Nullable public private(set) var kept: [Kept]?
    @Nullable public private(set) var progress: Minimisation.Progress?
    /// How many sub-logs were rejected because the machine took too long or too much memory.
    @Nullable public private(set) var stopped: Int?
    @Nullable public private(set) var replays: Int?
    /// How many random choices of other events were added back; null if every choice was.
    @Nullable public private(set) var randomChoices: Int?
    /// How many events are kept only because others would heal the violation.
    @Nullable public private(set) var addedBack: Int?
    @Nullable public private(set) var policy: Minimisation.Policy?
    @Nullable public private(set) var seed: UInt64?
    @Nullable public private(set) var keys: Int?
    public let failedKeys: [FailedKey]
    @Nullable public private(set) var unconcerned: UInt64?
    /// The folder in which a reproduction was written.
    @Nullable public var out: String?
    @Nullable public private(set) var seconds: Seconds?

    init(
      _ made: Minimisation, of violation: Violation, in scan: Scan, policy: Minimisation.Policy,
      took: Duration
    ) {
      failedKeys = scan.failedKeys(before: violation)
      invariant = made.invariant.name
      key = made.key
      offset = made.offset
      considered = made.considered
      kept = made.kept.map(Kept.init)
      progress = made.progress
      stopped = made.stopped
      replays = made.replays
      randomChoices = made.randomChoices
      addedBack = made.addedBack
      self.policy = policy
      seed = made.seed
      seconds = Seconds(wrappedValue: took)
    }

    /// There is nothing to minimise in what was judged.
    public init(nothingIn scan: Scan) {
      failedKeys = scan.failedKeys.map(FailedKey.init)
      keys = scan.countedKeys
      unconcerned = scan.unconcerned
    }
  }

  /// Which events wrote what is at a path.
  public struct Blame: Answer {
    public var question: String { "blame" }

    public struct Writer: Codable, Sendable {
      public let event: RecordedEvent
      /// What it changed at the path and below it.
      public let changes: [StateDiff.Change]
    }

    public let path: StatePath
    @Nullable public private(set) var key: String?
    public let cut: Cut
    /// What is there; null if nothing is, or a null.
    @Nullable public private(set) var value: JSONValue?
    /// In the order of the log.
    public let writers: [Writer]
    public let work: Replayer.Work
    @Seconds public private(set) var seconds: Duration

    init(_ blame: EvlogForensics.Blame, took: Duration) {
      path = blame.path
      cut = blame.cut
      writers = blame.writers.map { Writer(event: $0.event, changes: $0.changes) }
      work = blame.work
      seconds = took
      key = blame.key
      value = blame.value
    }
  }
}

extension Minimisation.Progress: Codable {}
extension Minimisation.Policy: Codable {}
