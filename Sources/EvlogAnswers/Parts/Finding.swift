public import EvlogCore
public import EvlogForensics
public import EvlogJSON
public import EvlogMachine

extension Answers {
  /// What is known of one invariant.
  public struct Finding: Codable, Sendable {
    /// An event that violates a step.
    public struct Violation: Codable, Sendable, Hashable {
      @Nullable public private(set) var key: String?
      @Nullable public private(set) var offset: Offset?

      init(_ broken: Episode) {
        key = broken.key
        offset = broken.brokenBy
      }
    }

    public let name: String
    public let kind: InvariantDescriptor.Kind
    /// Whether it must hold only at the end.
    public let atEnd: Bool
    /// Where the invariant is written.
    @Nullable public private(set) var place: String?
    public let violated: Bool
    @Nullable public private(set) var `class`: EpisodeClass?
    /// `exact`, or `range` with the cuts that contain the first violated one.
    public let guarantee: String
    /// The first and the last of these cuts.
    @Nullable public private(set) var range: [Cut]?
    /// Numbers of cuts; with a state for each stream or key, of their events.
    public let violatedCuts: UInt64
    public let undefinedCuts: UInt64
    /// How many of the undefined ones belong to keys at which the machine failed.
    public let undefinedByFailure: UInt64
    @Nullable public private(set) var firstUndefined: Cut?
    /// Why the first undefined cut could not be judged.
    @Nullable public private(set) var undefinedReason: String?
    public let episodes: [Episode]
    /// The events that violate a step, even right after another one; null for other kinds.
    @Nullable public private(set) var violations: [Violation]?
    /// How many more violations there are than are listed.
    @Nullable public private(set) var violationsLeftOut: Int?
    /// How many streams or keys have a violation.
    public let violatedKeys: Int
    /// The event that first broke it, and what follows is about that one; null unless it was asked for.
    @Nullable public private(set) var offset: Offset?
    @Nullable public private(set) var event: RecordedEvent?
    @Nullable public private(set) var changes: [StateDiff.Change]?
    /// How many paths the states before and after the event have together.
    @Nullable public private(set) var pathCount: Int?
    /// Why the states around the event cannot be shown.
    @Nullable public private(set) var statesProblem: String?
    /// What the invariant and the event had read before, beginning with what the event wrote.
    @Nullable public private(set) var lastWriters: [EvlogForensics.Why.Read]?
    @Nullable public private(set) var lastWritersLeftOut: Int?

    /// A finding, with what explains its first violation if that was asked for. At most `limit` violations of a step
    /// are listed.
    public init(
      _ finding: EvlogForensics.Finding, explained: ExplainedViolation? = nil, limit: Int = 1000
    ) {
      name = finding.invariant.name
      kind = finding.invariant.kind
      atEnd = finding.invariant.isFinal
      violated = !finding.episodes.isEmpty
      guarantee = finding.guarantee.name
      violatedCuts = finding.violations
      undefinedCuts = finding.undefinedCount
      undefinedByFailure = finding.undefinedByFailure
      episodes = finding.episodes
      violatedKeys = finding.keyCount
      place = finding.invariant.place?.description
      self.class = finding.episodeClass
      firstUndefined = finding.firstUndefined
      undefinedReason = finding.undefinedReason
      if case .range(let cuts) = finding.guarantee { range = [cuts.lowerBound, cuts.upperBound] }
      if finding.invariant.kind == .step {
        let listed = finding.breaks.prefix(limit)
        violations = listed.map(Violation.init)
        violationsLeftOut = finding.breaks.count - listed.count
      }
      guard let explained else { return }
      offset = explained.violation.episode.brokenBy
      event = explained.violation.event
      changes = explained.violation.diff.changes
      pathCount = explained.violation.diff.pathCount
      statesProblem = explained.violation.stateProblem?.message
      lastWriters = explained.reads
      lastWritersLeftOut = explained.readsLeftOut
    }

    /// How often it was broken: the events that violate a step; of other invariants, the episodes.
    public var breakCount: Int {
      violations.map { $0.count + (violationsLeftOut ?? 0) } ?? episodes.count
    }
    /// Where it was broken first; nil if it holds.
    public var firstBreak: Violation? {
      violations?.first ?? episodes.first.map(Violation.init)
    }
  }
}
