public import EvlogCore
public import EvlogForensics
public import EvlogJSON
public import EvlogMachine
import EvlogReplay

extension Answers {
  /// The result of executing every event that may happen in each state of a machine.
  public struct Explore: Answer {
    public var question: String { "explore" }

    /// The source of the events: `machine`, which declares them, or `log`.
    public struct Events: Codable, Sendable, Hashable {
      public let from: String
      /// For a log: the number of events drawn, and the number of distinct ones in it.
      public let drawn, distinct: Int?
    }

    public struct States: Codable, Sendable, Hashable {
      /// The executed events, and one for the beginning.
      public let generated: UInt64
      public let distinct: Int
      public let depth: Int
      /// States in which no event can happen.
      public let ends: UInt64
      /// States beyond the bound that the machine declares. They were judged.
      public let beyondBound: UInt64
    }

    /// One run: its events, and what each changed.
    public struct Run: Codable, Sendable {
      public struct Step: Codable, Sendable {
        public let event: RecordedEvent
        /// Null for an event that the machine did not take.
        @Nullable public private(set) var changes: [StateDiff.Change]?

        init(_ event: RecordedEvent, _ changes: [StateDiff.Change]?) {
          self.event = event
          self.changes = changes
        }
      }

      /// The state before the first event.
      public let beginning: JSONValue
      public let steps: [Step]
      /// Whether replaying these events as a log gives the same verdict.
      public let repeats: Bool

      init(_ trace: ExploredSpace.Trace) {
        beginning = trace.states[0]
        repeats = trace.isRepeated
        steps = trace.events.enumerated().map { i, event in
          let diff =
            i + 1 < trace.states.count
            ? StateDiff(from: trace.states[i], to: trace.states[i + 1]) : nil
          return Step(event, diff?.changes)
        }
      }
    }

    public struct Invariant: Codable, Sendable {
      public let name: String
      public let kind: InvariantDescriptor.Kind
      /// `holds` in all that was explored, `violated`, or `undefined`.
      public let verdict: String
      /// Distinct states that violate it; of a step or history invariant, executed events.
      public let violations: UInt64
      public let undefined: UInt64
      @Nullable public private(set) var undefinedReason: String?
      /// The shortest run that violates it or, if none does, that leaves it undefined.
      @Nullable public private(set) var run: Run?

      init(_ finding: ExploredSpace.Finding) {
        name = finding.invariant.name
        kind = finding.invariant.kind
        violations = finding.violations
        undefined = finding.undefined
        verdict = violations > 0 ? "violated" : undefined > 0 ? "undefined" : "holds"
        undefinedReason = finding.undefinedReason
        run = finding.example.map(Run.init)
      }
    }

    /// Events at which the machine failed, for one reason.
    public struct Failure: Codable, Sendable {
      public let type, reason: String
      public let events: UInt64
      /// The shortest run to one of them, which is its last event.
      @Nullable public private(set) var run: Run?

      init(_ failure: ExploredSpace.Failure, _ wording: (any Error) -> String) {
        type = failure.type
        reason = wording(failure.error)
        events = failure.count
        run = failure.example.map(Run.init)
      }
    }

    /// Executed events of a type in a region: a third kind of evidence, beside what was seen in a log and what was
    /// probed.
    public struct Executed: Codable, Sendable, Hashable {
      public struct Target: Codable, Sendable, Hashable {
        public let region: String
        public let events: UInt64
      }

      /// Null for a machine without regions.
      @Nullable public private(set) var region: String?
      public let type: String
      public let events: UInt64
      public let targets: [Target]

      init(region: String?, type: String, _ moves: [ExploredSpace.Move]) {
        self.type = type
        events = moves.reduce(0) { $0 + $1.count }
        targets = moves.compactMap { move in
          move.target.map { Target(region: $0, events: move.count) }
        }.sorted { Name($0.region) < Name($1.region) }
        self.region = region
      }
    }

    public let machine: Machine
    /// The cut whose state it began with; null for the initial state.
    @Nullable public private(set) var cut: Cut?
    @Nullable public private(set) var key: String?
    public let events: Events
    public let states: States
    /// Whether every reachable state was explored.
    public let complete: Bool
    /// The limits that kept states from being reached: `machine`, `depth`, `states`, `seconds`, `interrupted`, `violation` or
    /// `failure`.
    public let bounds: [String]
    /// Whether one state was explored for all states that differ only in names.
    public let symmetry: Bool
    /// The probability that two different states had the same digest.
    public let collision: Double
    /// The history invariants whose memory counts as a part of the state here.
    public let remembered: [String]
    /// The invariants about the end, which explored states do not have: they are not judged.
    public let aboutEnd: [String]
    public let invariants: [Invariant]
    public let failures: [Failure]
    /// The failure that ended the exploration.
    @Nullable public private(set) var end: Failure?
    public let explored: [Executed]
    /// The types that the machine handles and that were never executed.
    public let never: [String]
    /// The files that were written.
    public package(set) var out, itf: String?
    /// The bytes of memory for each remembered state.
    public let bytesPerState: Double
    @Seconds public private(set) var seconds: Duration

    init(
      _ space: ExploredSpace, took: Duration, _ wording: (any Error) -> String
    ) {
      machine = Machine(space.machine)
      events = Events(
        from: space.drawn == nil ? "machine" : "log", drawn: space.drawn?.events,
        distinct: space.drawn?.distinct)
      states = States(
        generated: space.generated, distinct: space.distinct, depth: space.depth,
        ends: space.ends, beyondBound: space.beyondBound)
      complete = space.isComplete
      bounds = space.bounds.map(\.rawValue)
      symmetry = space.machine.hasSymmetry && space.drawn == nil
      collision = space.collisionChance
      aboutEnd = space.machine.invariants.filter(\.isFinal).map(\.name)
      remembered = space.findings.filter { $0.invariant.kind == .history }.map(\.invariant.name)
      invariants = space.findings.map(Invariant.init)
      failures = space.failures.map { Failure($0, wording) }
      explored = Self.cells(space.moves)
      let seen = Set(space.moves.map { Name($0.type) })
      never = space.machine.eventTypes.filter { !seen.contains(Name($0)) }
      bytesPerState = Double(space.visitedBytes) / Double(max(1, space.distinct))
      seconds = took
      cut = space.cut
      key = space.key
      end = space.end.map { Failure($0, wording) }
    }

    private static func cells(_ moves: [ExploredSpace.Move]) -> [Executed] {
      struct Place: Hashable {
        let region: Name?
        let type: Name
      }
      let groups = Dictionary(grouping: moves) {
        Place(region: $0.region.map(Name.init), type: Name($0.type))
      }
      return groups.values.compactMap { moves in
        moves.first.map { Executed(region: $0.region, type: $0.type, moves) }
      }.sorted {
        (Name($0.region ?? ""), Name($0.type)) < (Name($1.region ?? ""), Name($1.type))
      }
    }

    /// Whether every state was explored that can be reached within the bound that the machine declares.
    public var isExhaustive: Bool { end == nil && bounds.allSatisfy { $0 == "machine" } }

    /// The violated invariant with the shortest run.
    public var shortest: Invariant? {
      invariants.filter { $0.verdict == "violated" }.min {
        ($0.run?.steps.count ?? 0) < ($1.run?.steps.count ?? 0)
      }
    }
  }
}

extension Investigation {
  /// Explores the machine's states: executes every event that each may meet, breadth first.
  ///
  /// The events are those that the machine declares or, if it declares none or `draws` is true, the distinct ones of the
  /// history. Exploration begins with the initial state, or with the state at a cut.
  public func explore(
    from cut: Cut? = nil, ofKey key: String? = nil, drawing draws: Bool = false,
    drawnLimit: Int = 256, judging wanted: [String] = [], within limits: ExplorationLimits
  ) async throws -> Answers.Explore {
    try await exploration(
      from: cut, ofKey: key, drawing: draws, drawnLimit: drawnLimit, judging: wanted,
      within: limits
    ).answer
  }

  /// The places of the invariants of some names; nil for none, which are all.
  private func indices(of names: [String]) throws -> [Int]? {
    if names.isEmpty { return nil }
    let wanted = Set(try descriptors(names).map { Name($0.name) })
    return machine.invariants.indices.filter { wanted.contains(Name(machine.invariants[$0].name)) }
  }

  /// The answer, and the space that it tells of.
  package func exploration(
    from cut: Cut?, ofKey key: String?, drawing draws: Bool, drawnLimit: Int,
    judging wanted: [String], within limits: ExplorationLimits
  ) async throws -> (answer: Answers.Explore, space: ExploredSpace) {
    let start = ContinuousClock.now
    if key != nil { try checkKeys() }
    if cut != nil, key == nil, machine.scope != .log {
      throw InvestigationError.needsKey(machine: machine.name, machine.scope)
    }
    if draws || !machine.declaresExploration, history.end == 0 {
      throw InvestigationError.noEventsToExplore(machine: machine.name)
    }
    let judged = try indices(of: wanted)
    let space = try await replayer.explore(
      from: cut, ofKey: key, drawing: draws, drawnLimit: drawnLimit, judging: judged,
      within: limits)
    return (
      Answers.Explore(space, took: ContinuousClock.now - start, wording), space
    )
  }
}
