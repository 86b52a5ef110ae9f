public import EvlogCore
public import EvlogForensics
import EvlogJSON
public import EvlogMachine
import EvlogReplay

extension Answers {
  /// How far a machine is known: what is unknown of it, which laws hold, and whether it still does what an older one
  /// did. An earlier answer is a baseline, behind which nothing may fall.
  public struct Growth: Answer {
    public var question: String { "grow" }

    /// A law of the machine: one of its invariants.
    public struct Law: Codable, Sendable, Hashable {
      public let name: String
      public let kind: InvariantDescriptor.Kind
      /// Over the log: `holds`, `violated` or `undefined`.
      public let observed: String
      /// The offset of the first event that violates it there; null if none does.
      @Nullable public private(set) var offset: Offset?
      /// In all states that were explored; null if none were.
      @Nullable public private(set) var explored: String?

      init(_ finding: EvlogForensics.Finding, explored: Explore.Invariant?) {
        name = finding.invariant.name
        kind = finding.invariant.kind
        observed =
          finding.violations > 0 ? "violated" : finding.undefinedCount > 0 ? "undefined" : "holds"
        offset = finding.firstBreak?.brokenBy
        self.explored = explored?.verdict
      }

      /// Whether no state is known in which it does not hold.
      public var holds: Bool { observed == "holds" && (explored ?? "holds") == "holds" }
    }

    /// What is worse than in the baseline.
    public struct Setback: Codable, Sendable, Hashable {
      public enum Kind: String, Codable, Sendable, CaseIterable {
        /// More cells are unknown.
        case unknown
        /// A cell is newly not as declared.
        case cell
        /// A law of the baseline is gone.
        case lost
        /// A law that held does not hold.
        case law
        /// Exploration was complete, and is not.
        case explored
        /// More mutants survive.
        case mutants
      }

      public let kind: Kind
      /// The law or the cell; null for numbers.
      @Nullable public private(set) var name: String?
      public let before, now: String

      init(_ kind: Kind, _ name: String? = nil, before: String, now: String) {
        (self.kind, self.before, self.now) = (kind, before, now)
        self.name = name
      }
    }

    /// The members of a badge as shields.io reads them from an address.
    public struct Badge: Codable, Sendable, Hashable {
      public let schemaVersion: Int
      public let label, message, color: String
    }

    public let machine: Machine
    public let cut: Cut
    public let laws: [Law]
    /// Regions against event types; null for a machine that declares no regions.
    @Nullable public private(set) var map: Map?
    /// The machine's own state space; null for a machine that does not say which events may happen.
    @Nullable public private(set) var explored: Explore?
    /// Whether it does what an older machine did; null if none was given.
    @Nullable public private(set) var refined: Refinement?
    /// What the laws say of small changes of the machine; null if none were made.
    @Nullable public internal(set) var mutants: Mutants?
    /// What is worse than in the baseline; null if there is none.
    @Nullable public private(set) var setbacks: [Setback]?
    public private(set) var badge: Badge
    @Seconds public private(set) var seconds: Duration

    init(
      _ scan: Scan, map: Map?, explored: Explore?, refined: Refinement?, mutants: Mutants?,
      took: Duration
    ) {
      machine = Machine(scan.machine)
      cut = scan.cut
      laws = scan.findings.map { finding in
        Law(
          finding, explored: explored?.invariants.first { $0.name == finding.invariant.name })
      }
      badge = Badge(schemaVersion: 1, label: "", message: "", color: "")
      seconds = took
      self.map = map
      self.explored = explored
      self.refined = refined
      self.mutants = mutants
      badge = madeBadge
    }

    /// Whether something is known to be wrong, with or without a baseline.
    public var broken: Bool {
      laws.contains { $0.observed == "violated" || $0.explored == "violated" }
        || map?.broken == true || refined?.broken == true
    }

    /// Whether something could not be said: a law is undefined, or the older machine was not compared to the end.
    public var inconclusive: Bool {
      laws.contains { !$0.holds } || refined?.refines == false || map?.failedKeys.isEmpty == false
        || explored?.failures.isEmpty == false
    }

    private var madeBadge: Badge {
      var parts: [String] = []
      if let map { parts.append("\(map.count(.unknown)) of \(map.cells.count) unknown") }
      let holding = laws.count { $0.holds }
      parts.append(
        holding == laws.count
          ? "\(laws.count) \(laws.count == 1 ? "law holds" : "laws hold")"
          : "\(holding) of \(laws.count) laws hold")
      if let mutants { parts.append("\(mutants.caught) of \(mutants.count) mutants caught") }
      let isWorse = broken || setbacks?.isEmpty == false
      return Badge(
        schemaVersion: 1, label: machine.name, message: parts.joined(separator: ", "),
        color: isWorse ? "red" : inconclusive ? "yellow" : "brightgreen")
    }

    /// Compares it with an earlier answer.
    mutating func compare(with earlier: Growth, _ worsened: [Map.CellName]) {
      var found: [Setback] = []
      if let before = earlier.map?.count(.unknown) {
        let now = map?.count(.unknown)
        if now.map({ $0 > before }) ?? true {
          found.append(
            Setback(.unknown, before: "\(before)", now: now.map { "\($0)" } ?? "no regions"))
        }
        for cell in worsened where cell.mark != .unknown {
          found.append(
            Setback(
              .cell, "\(cell.type) in \(cell.region)", before: "as declared",
              now: cell.mark.rawValue))
        }
      }
      for law in earlier.laws {
        guard let now = laws.first(where: { $0.name == law.name }) else {
          found.append(Setback(.lost, law.name, before: law.state, now: "gone"))
          continue
        }
        if law.holds, !now.holds {
          found.append(Setback(.law, law.name, before: law.state, now: now.state))
        }
      }
      if earlier.explored?.isExhaustive == true, explored?.isExhaustive != true {
        found.append(
          Setback(
            .explored, before: "complete",
            now: explored.map { "ended by \($0.bounds.joined(separator: ", "))" }
              ?? "not explored"))
      }
      if let before = earlier.mutants, (mutants?.survivors.count ?? .max) > before.survivors.count {
        found.append(
          Setback(
            .mutants, before: "\(before.survivors.count)",
            now: mutants.map { "\($0.survivors.count)" } ?? "none made"))
      }
      setbacks = found
      badge = madeBadge
    }
  }
}

extension Answers.Growth.Law {
  /// What is known of it, in a word or two.
  fileprivate var state: String {
    if observed != "holds" { return observed }
    guard let explored, explored != "holds" else { return "holds" }
    return "\(explored) in an explored state"
  }
}

extension Investigation {
  /// Says how far the machine is known: its map, its laws over the history and in what is explored, whether it
  /// refines an older machine, which of some mutants its laws catch, and what is worse than in a baseline.
  ///
  /// A part that the machine declares nothing for is left out. Exploration is kept within `limits`. `trying` is told
  /// how many mutants were tried.
  public func grow(
    refining old: (any Program)? = nil, to cut: Cut? = nil, within limits: ExplorationLimits,
    mutants: [Mutant]? = nil, trying: @Sendable (Int) -> Void = { _ in },
    worseThan baseline: Answers.Growth? = nil
  ) async throws -> Answers.Growth {
    let start = ContinuousClock.now
    let map =
      machine.regions == nil
      ? nil
      : try await map(to: cut, worseThan: baseline?.map.map { RegionBaseline($0) })
    var every = limits
    every.goesOn = true
    let explored = machine.declaresExploration ? try await explore(within: every) : nil
    var refined: Answers.Refinement?
    if let old {
      refined = try await refine(
        old, to: cut, minimises: false, exploring: machine.declaresExploration ? limits : nil)
    }
    let scan = try await replayer.scan(to: cut)
    var tried: Answers.Growth.Mutants?
    if let mutants {
      tried = try await tryMutants(
        mutants, beside: scan, map, explored, to: cut, within: limits, trying: trying)
    }
    var answer = Answers.Growth(
      scan, map: map, explored: explored, refined: refined, mutants: tried,
      took: ContinuousClock.now - start)
    if let baseline { answer.compare(with: baseline, map?.worsened ?? []) }
    return answer
  }
}
