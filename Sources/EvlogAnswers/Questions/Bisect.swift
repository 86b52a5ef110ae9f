public import EvlogCore
public import EvlogForensics
public import EvlogJSON
public import EvlogMachine
public import EvlogReplay

extension Answers {
  /// Which events broke which invariants, from the verdicts at every cut.
  public struct Bisect: Answer {
    public var question: String { "bisect" }
    public let machine: Machine
    /// The last cut that was asked for.
    public let cut: Cut
    /// The last cut whose verdicts are known.
    public let judgedThrough: Cut
    /// Why the machine could not go on.
    @Nullable public private(set) var failure: String?
    @Nullable public private(set) var keys: Int?
    public let failedKeys: [FailedKey]
    @Nullable public private(set) var unconcerned: UInt64?
    public let invariants: [Finding]
    public let work: Replayer.Work
    @Seconds public private(set) var seconds: Duration

    init(
      _ scan: Scan, explained: [ExplainedViolation], failure: String?, listing limit: Int,
      took: Duration
    ) {
      machine = Machine(scan.machine)
      cut = scan.cut
      judgedThrough = scan.judgedThrough
      failedKeys = scan.failedKeys.map(FailedKey.init)
      work = scan.work
      invariants = scan.findings.map { finding in
        Finding(
          finding,
          explained: explained.first {
            Name($0.violation.finding.invariant.name) == Name(finding.invariant.name)
          }, limit: limit)
      }
      seconds = took
      self.failure = failure
      keys = scan.countedKeys
      unconcerned = scan.unconcerned
    }

    /// Whether every invariant holds, some is violated, or it cannot be said.
    public var outcome: Scan.Outcome {
      if invariants.contains(where: \.violated) { return .violated }
      return failure != nil || !failedKeys.isEmpty || invariants.contains { $0.undefinedCuts > 0 }
        ? .inconclusive : .clean
    }
  }

  /// Every event that broke an invariant, in the order of the log.
  public struct Violations: Answer {
    public var question: String { "bisect" }

    public struct Row: Codable, Sendable, Hashable {
      public let invariant: String
      @Nullable public private(set) var key: String?
      /// Null for the initial state.
      @Nullable public private(set) var offset: Offset?
      @Nullable public private(set) var time: Timestamp?

      public init(invariant: String, key: String?, offset: Offset?, time: Timestamp?) {
        self.invariant = invariant
        self.key = key
        self.offset = offset
        self.time = time
      }
    }

    public let machine: Machine
    public let cut: Cut
    public let judgedThrough: Cut
    @Nullable public private(set) var failure: String?
    @Nullable public private(set) var keys: Int?
    public let failedKeys: [FailedKey]
    @Nullable public private(set) var unconcerned: UInt64?
    public var violations: [Row] = []
    public let outcome: Scan.Outcome
    /// What the scan took; not in the JSON.
    public private(set) var work = Replayer.Work()

    private enum CodingKeys: String, CodingKey {
      case machine, cut, judgedThrough, failure, keys, failedKeys, unconcerned, violations
      case outcome
    }

    init(_ scan: Scan, failure: String?) {
      machine = Machine(scan.machine)
      cut = scan.cut
      judgedThrough = scan.judgedThrough
      failedKeys = scan.failedKeys.map(FailedKey.init)
      outcome = scan.outcome
      work = scan.work
      self.failure = failure
      keys = scan.countedKeys
      unconcerned = scan.unconcerned
    }
  }

  /// What a search that asked about few cuts found.
  public struct Probe: Answer {
    public var question: String { "bisect" }

    /// Where the search ended.
    public enum Outcome: String, Codable, Sendable, CaseIterable {
      case lastIsGood, firstIsBad, boundary, range, undefined
    }

    public struct Step: Codable, Sendable, Hashable {
      public let cut: Cut
      public let verdict: Verdict
    }

    /// The invariant that was asked about; null for a search by a command.
    @Nullable public private(set) var invariant: String?
    @Nullable public private(set) var key: String?
    public let outcome: Outcome
    /// The first or the last cut, if it could not be judged.
    @Nullable public private(set) var cut: Cut?
    /// The first bad cut is one from the first of these to the last.
    @Nullable public private(set) var range: [Cut]?
    @Nullable public private(set) var firstBadCut: Cut?
    @Nullable public private(set) var offset: Offset?
    public let guarantee: String
    @Nullable public private(set) var event: RecordedEvent?
    @Nullable public private(set) var changes: [StateDiff.Change]?
    /// How many earlier cuts were asked as a check.
    public let rechecked: Int
    public let steps: [Step]
    /// Whether every cut was judged because returning to states is dearer than that.
    public let judgedAll: Bool

    public init(
      _ probe: EvlogForensics.Probe, invariant: String? = nil, key: String? = nil,
      _ event: RecordedEvent?, _ diff: StateDiff?
    ) {
      guarantee = probe.guarantee.name
      rechecked = probe.recheckedCount
      steps = probe.steps.map { Step(cut: $0.cut, verdict: $0.verdict) }
      judgedAll = probe.judgedAll
      switch probe.outcome {
      case .lastIsGood: outcome = .lastIsGood
      case .firstIsBad: outcome = .firstIsBad
      case .undefined(let unjudged):
        outcome = .undefined
        cut = unjudged
      case .range(let cuts):
        outcome = .range
        range = [cuts.lowerBound, cuts.upperBound]
      case .boundary(let bad):
        outcome = .boundary
        firstBadCut = bad
        offset = bad.offsetBefore
      }
      self.invariant = invariant
      self.key = key
      self.event = event
      changes = diff?.changes
    }
  }

  /// A search for each of several invariants.
  public struct Probes: Answer {
    public var question: String { "bisect" }
    public let probes: [Probe]

    public init(_ probes: [Probe]) { self.probes = probes }
  }
}

extension Verdict: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let word = try container.decode(String.self)
    guard let verdict = Verdict.allCases.first(where: { "\($0)" == word }) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(word)' is not a verdict")
    }
    self = verdict
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
