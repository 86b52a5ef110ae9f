public import EvlogCore
public import EvlogForensics
public import EvlogMachine
import EvlogReplay

extension Answers {
  /// The result of checking whether a machine refines an older one.
  public struct Refinement: Answer {
    public var question: String { "refine" }

    /// Events that the newer machine refused, as its mapping allows.
    public struct Refused: Codable, Sendable {
      public let type: String
      public let count: UInt64
      public let first: Offset
    }

    /// The states to rebuild.
    public struct Rebuild: Codable, Sendable {
      public let kind: RebuildPlan.Kind
      /// The last cut up to which all states are equal.
      @Nullable public private(set) var cut: Cut?
      /// The streams or keys whose states differ at some cut.
      public let keys: [String]

      init(_ plan: RebuildPlan) {
        (kind, keys) = (plan.kind, plan.keys)
        cut = plan.cut
      }
    }

    /// Whether the newer machine refines the older one; false if a failure left it unknown.
    public private(set) var refines: Bool
    /// Whether the newer machine is known not to refine the older one.
    public private(set) var broken: Bool
    /// Whether every event was checked.
    public let toEnd: Bool
    /// The older machine's run, and the newer one's with translated states.
    public let comparison: Comparison
    public let refused: [Refused]
    /// The invariants that only the older machine has, and those that only the newer one has.
    public let lost, added: [String]
    public let rebuild: Rebuild
    /// The few events that suffice for the first square that does not commute; null if they were not looked for.
    @Nullable public var minimal: Minimise?
    /// The exploration of both machines side by side, if requested. Its one invariant says that every square commutes.
    @Nullable public private(set) var explored: Explore?

    mutating func add(_ explored: Explore) {
      self.explored = explored
      if explored.invariants.contains(where: { $0.violations > 0 }) { broken = true }
      if broken || !explored.failures.isEmpty { refines = false }
    }

    init(_ made: RefinementCheck, comparison: Comparison) {
      refines = !made.isBroken && made.isToEnd
      broken = made.isBroken
      toEnd = made.isToEnd
      self.comparison = comparison
      refused = made.refused.map { Refused(type: $0.type, count: $0.count, first: $0.first) }
      lost = made.lost.map(\.name)
      added = made.added.map(\.name)
      rebuild = Rebuild(made.plan)
    }
  }
}

extension RebuildPlan.Kind: Codable {}

extension Investigation {
  /// Checks whether the machine refines an older one over the history, by the machine's own mapping by default.
  ///
  /// `minimises` also looks for the few events that suffice for the first square that does not commute. `exploring` also
  /// checks states that the history does not reach.
  public func refine(
    _ old: any Program, by mapping: (any RefinementMapping)? = nil, to cut: Cut? = nil,
    minimises: Bool = true, within time: Duration? = nil, exploring limits: ExplorationLimits? = nil
  ) async throws -> Answers.Refinement {
    let start = ContinuousClock.now
    let mapping = mapping ?? replayer.program.refines ?? SameMapping()
    let made = try await replayer.refine(old, by: mapping, to: cut)
    var answer = Answers.Refinement(
      made, comparison: try comparison(made.comparison, "refine", start))
    var square = self
    square.replayer = Replayer(
      try SquareProgram(replayer.program, refines: old, by: mapping), over: history,
      workers: replayer.workers)
    square.replayer.progress = replayer.progress
    if minimises, let first = made.comparison.divergences.first, first.firstCut > 0 {
      answer.minimal = try await square.minimise(
        SquareProgram.invariant, to: first.firstCut, within: time)
    }
    if let limits { answer.add(try await square.explore(within: limits)) }
    return answer
  }
}
