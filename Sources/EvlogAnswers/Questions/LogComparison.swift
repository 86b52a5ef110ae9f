public import EvlogCore
public import EvlogForensics
public import EvlogJSON
import EvlogMachine
import EvlogReplay

extension Answers {
  /// Two logs beside each other: by their events and, with a machine, by its states over them.
  public struct LogComparison: Answer {
    public var question: String { "compare" }

    /// An event that is not the same in both.
    public struct Difference: Codable, Sendable {
      public let kind: EvlogForensics.LogComparison.Difference.Kind
      /// The event of each log; null if it has none.
      @Nullable public private(set) var first: RecordedEvent?
      @Nullable public private(set) var second: RecordedEvent?
      /// The parts that differ and count.
      public let parts: [EventPart]
      /// What differs in these parts, by path.
      public let changes: [StateDiff.Change]

      init(_ difference: EvlogForensics.LogComparison.Difference) {
        kind = difference.kind
        parts = difference.parts
        changes = difference.changes
        first = difference.first
        second = difference.second
      }
    }

    /// A stream whose events differ.
    public struct Stream: Codable, Sendable {
      public let name: String
      public let counts: EvlogForensics.LogComparison.Counts
    }

    /// Events of both logs; one of them may have none.
    public struct Events: Codable, Sendable {
      @Nullable public private(set) var first: RecordedEvent?
      @Nullable public private(set) var second: RecordedEvent?

      init(_ events: (first: RecordedEvent?, second: RecordedEvent?)) {
        (first, second) = (events.first, events.second)
      }
    }

    /// `stream` or `offset`.
    public let alignment: EvlogForensics.LogComparison.Alignment
    /// The parts of events that may differ, and `order` if events of different streams may come in another order.
    public let ignored: [String]
    /// The last cuts that were compared.
    public let ends: EvlogForensics.LogComparison.Position
    /// Whether no event differs.
    public let same: Bool
    public let counts: EvlogForensics.LogComparison.Counts
    /// By how many changed events each part differs.
    public let parts: Named<UInt64>
    /// The first cuts at which the logs differ.
    @Nullable public private(set) var firstDifference: EvlogForensics.LogComparison.Position?
    /// The events that lead to these cuts.
    public let firstEvents: Events
    /// In the order of the logs.
    public let differences: [Difference]
    public let differencesLeftOut: UInt64
    /// Those with differences, in the order in which they first differ.
    public let streams: [Stream]
    public let streamsLeftOut: Int
    /// How many events of both logs were read; the digests of the logs show that the others are the same.
    public let eventsRead: UInt64
    /// Whether as many events as possible were found again.
    public let shortest: Bool
    /// How the states differ; null without a machine.
    @Nullable public private(set) var states: States?
    @Seconds public private(set) var seconds: Duration

    init(
      _ made: EvlogForensics.LogComparison, _ machine: MachineDescriptor? = nil, took: Duration,
      _ wording: (any Error) -> String = { "\($0)" }
    ) {
      alignment = made.rules.alignment
      ignored =
        EventPart.allCases.filter { made.rules.ignoredParts.contains($0) }.map(\.rawValue)
        + (made.rules.ignoresOrder ? ["order"] : [])
      ends = made.ends
      same = made.isSame
      counts = made.counts
      parts = Named(made.partCounts.map { ($0.part.rawValue, $0.count) })
      firstEvents = Events(made.firstEvents)
      differences = made.differences.map(Difference.init)
      differencesLeftOut = made.counts.sum - UInt64(made.differences.count)
      streams = made.streams.map { Stream(name: $0.name, counts: $0.counts) }
      streamsLeftOut = made.streamCount - made.streams.count
      eventsRead = made.readCount
      shortest = made.isShortest
      seconds = took
      firstDifference = made.firstDifference
      if let machine, let states = made.states { self.states = States(states, machine, wording) }
    }
  }
}

extension Answers.LogComparison {
  /// The states of a machine over both logs.
  public struct States: Codable, Sendable {
    /// A maximal run of positions at which the states differ.
    public struct Divergence: Codable, Sendable {
      /// The first cuts at which the states differ.
      public let start: EvlogForensics.LogComparison.Position
      /// The first cuts at which they are equal again; null if they differ to the end.
      @Nullable public private(set) var end: EvlogForensics.LogComparison.Position?
      /// What differs at the start, from the first state to the second.
      public let changes: [StateDiff.Change]
      /// What was violated meanwhile in one log and not in the other.
      public let brokenInFirst, brokenInSecond: [Broken]

      init(_ divergence: EvlogForensics.LogComparison.States.Divergence) {
        start = divergence.start
        changes = divergence.changes
        brokenInFirst = divergence.brokenInFirst.map(Broken.init)
        brokenInSecond = divergence.brokenInSecond.map(Broken.init)
        end = divergence.end
      }
    }

    /// An invariant that was violated.
    public struct Broken: Codable, Sendable, Hashable {
      public let invariant: String
      @Nullable public private(set) var key: String?
      /// The event that broke it; null if the initial state violates it.
      @Nullable public private(set) var offset: Offset?

      init(_ broken: EvlogForensics.LogComparison.States.Broken) {
        invariant = broken.invariant
        key = broken.key
        offset = broken.offset
      }
    }

    /// An invariant over both logs.
    public struct Invariant: Codable, Sendable {
      public let name: String
      /// In which log it is violated.
      public let violatedIn: EvlogForensics.LogComparison.States.Invariant.Kind
      public let first, second: Answers.Finding
    }

    public let machine: Answers.Machine
    /// Whether the states are the same everywhere, and invariants are violated in both logs or in neither.
    public let same: Bool
    /// The last cuts whose states were compared.
    public let comparedTo: EvlogForensics.LogComparison.Position
    /// Why the machine could not go on, over each log.
    public let failures: [String?]
    /// The events at which it could not go on.
    public let failureOffsets: [Offset?]
    /// Over each log, like the next one.
    public let failedKeys: [[Answers.FailedKey]]
    public let unconcerned: [UInt64?]
    public let divergences: [Divergence]
    public let divergencesLeftOut: UInt64
    /// The events that first made the states differ.
    public let firstEvents: Events
    /// What differs at the last cuts that were compared, from the first state to the second.
    public let final: [StateDiff.Change]
    public let invariants: [Invariant]

    init(
      _ made: EvlogForensics.LogComparison.States, _ machine: MachineDescriptor,
      _ wording: (any Error) -> String
    ) {
      let scans = [made.first, made.second]
      self.machine = Answers.Machine(machine)
      same =
        made.divergenceCount == 0
        && made.invariants.allSatisfy { $0.kind == .neither || $0.kind == .both }
      comparedTo = made.comparedTo
      failures = scans.map { $0.failure.map(wording) }
      failureOffsets = scans.map { $0.failure?.offset }
      failedKeys = scans.map { $0.failedKeys.map(Answers.FailedKey.init) }
      unconcerned = scans.map(\.unconcerned)
      divergences = made.divergences.map(Divergence.init)
      divergencesLeftOut = made.divergenceCount - UInt64(made.divergences.count)
      firstEvents = Events(made.firstEvents)
      final = made.final
      invariants = made.invariants.map {
        Invariant(
          name: $0.name, violatedIn: $0.kind, first: Answers.Finding($0.first),
          second: Answers.Finding($0.second))
      }
    }
  }
}

extension EvlogForensics.LogComparison.Counts {
  /// All of them together.
  public var sum: UInt64 { onlyInFirst + onlyInSecond + changed + moved }
}

extension EvlogForensics.LogComparison.Alignment: Codable {}
extension EvlogForensics.LogComparison.Difference.Kind: Codable {}
extension EvlogForensics.LogComparison.States.Invariant.Kind: Codable {}

extension Investigation {
  /// Compares the history with another one, event by event, and the states of the machine over both.
  public func compare(
    with other: any History, to cut: Cut? = nil, otherTo otherCut: Cut? = nil,
    by rules: EvlogForensics.LogComparison.Rules = .init()
  ) async throws -> Answers.LogComparison {
    let start = ContinuousClock.now
    let made = try await replayer.compare(with: other, to: cut, otherTo: otherCut, by: rules)
    return Answers.LogComparison(made, machine, took: ContinuousClock.now - start, wording)
  }

  /// Compares two histories event by event, without a machine.
  ///
  ///     let found = try await Investigation.compare(production, with: staging, by: .init(ignoring: [.time]))
  ///     print(found.same, found.counts.onlyInFirst)
  public static func compare(
    _ first: any History, with second: any History, to cut: Cut? = nil,
    otherTo otherCut: Cut? = nil, by rules: EvlogForensics.LogComparison.Rules = .init(),
    progress: (@Sendable (UInt64) -> Void)? = nil
  ) async throws -> Answers.LogComparison {
    let start = ContinuousClock.now
    let made = try await EvlogForensics.LogComparison.between(
      first, and: second, to: cut, otherTo: otherCut, by: rules, progress: progress)
    return Answers.LogComparison(made, took: ContinuousClock.now - start)
  }
}
