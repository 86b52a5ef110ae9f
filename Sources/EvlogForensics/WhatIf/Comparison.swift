public import EvlogCore
public import EvlogJSON
public import EvlogMachine
public import EvlogReplay

/// Two runs compared: where their states diverge, where they meet again, and which invariants have other
/// verdicts.
public struct Comparison: Sendable {
  /// A maximal run of cuts at which the states differ.
  public struct Divergence: Sendable, Hashable {
    /// The first cut at which the states differ.
    public let firstCut: Cut
    /// The first cut at which they are equal again; nil if they differ to the end.
    public let endCut: Cut?

    package init(firstCut: Cut, endCut: Cut?) {
      self.firstCut = firstCut
      self.endCut = endCut
    }
  }

  /// An invariant in both runs, for one key if there is a state for each; one of the runs may not have it.
  public struct Change: Sendable {
    /// How the verdicts of the two runs compare.
    public enum Kind: String, Sendable, CaseIterable {
      /// The same episodes.
      case same
      /// Violated in the first run only, or in the second only.
      case gone, new
      /// Violated in both, by other events or at other cuts.
      case other
      /// The change is unknown: one run does not have the invariant, could not judge it where it matters, or
      /// failed before the end.
      case undefined
    }

    /// The invariant's name.
    public let name: String
    /// The stream or key. Nil for machines with one state, and for all keys together that have no change of
    /// their own.
    public let key: String?
    /// How the verdicts changed.
    public let kind: Kind
    /// The finding of the first run; nil if it does not have the invariant.
    public let first: Finding?
    /// The finding of the second run; nil if it does not have the invariant.
    public let second: Finding?
  }

  /// The verdicts of the first run.
  public let first: Scan
  /// The verdicts of the second run.
  public let second: Scan
  /// Where the states differ, in the order of the log.
  public let divergences: [Divergence]
  /// The states before and after the first event that made them differ, in each run.
  public let firstDivergence: (first: StateDiff, second: StateDiff)?
  /// The difference from the first run's last state to the second's.
  public let finalDiff: StateDiff
  /// The changes by invariant, in the order of the machine, and by key, in the order in which the invariant was
  /// first violated or undefined for it.
  public let changes: [Change]

  /// Whether neither states nor verdicts differ anywhere.
  public var isSame: Bool { divergences.isEmpty && changes.allSatisfy { $0.kind == .same } }

  /// Whether something is known to differ, beyond what is unknown.
  public var isOther: Bool {
    !divergences.isEmpty
      || changes.contains { change in
        switch change.kind {
        case .same: false
        case .gone, .new, .other: true
        case .undefined: change.first == nil || change.second == nil
        }
      }
  }
}

extension Comparison {
  /// The same with the second run as the first one. The two may have seen different numbers of events in one place.
  var reversed: Comparison {
    Comparison(
      first: second, second: first, divergences: divergences,
      firstDivergence: firstDivergence.map { ($0.second, $0.first) },
      finalDiff: StateDiff(from: finalDiff.new, to: finalDiff.old),
      changes: Self.changes(second, first, countingEvents: false))
  }
}

extension Replayer {
  /// Replays an edited past beside the real one, and compares them.
  ///
  /// States are compared after every event, by what the two runs write, until everything that a saved state has
  /// is the same: what a state does not show, such as the order of an object's members, may show later. One
  /// large state of a compiled machine has everything in it, and cannot be followed: it is compared at edits
  /// and batch by batch, at a path where it differed before; where the states met within a batch is found by
  /// halving.
  public func whatIf(_ edits: [Edit], to cut: Cut? = nil) async throws -> Comparison {
    try await QuestionThreads.run {
      let cut = try checked(cut)
      let edited = try EditedLog(history, to: cut, edits)
      let pair = try RunPair(program, program, to: cut)
      let counter = ProgressCounter(progress)
      try history.forEachRow(of: Query(to: cut)) { events in
        try pair.run(events, editedBy: edited, of: history)
        counter.add(UInt64(events.count))
        return true
      }
      try pair.runAtEnd(edited.addedAtEnd)
      return try pair.finish(self)
    }
  }

  /// Runs another machine, or another version of this one, over the same log, and compares them.
  ///
  /// States are compared after every event, by what both wrote, so a difference that heals at once is found
  /// too.
  public func compare(with other: any Program, to cut: Cut? = nil) async throws -> Comparison {
    try await QuestionThreads.run {
      let pair = try RunPair(program, other, to: try checked(cut))
      try pair.run(over: history, progress: progress)
      return try pair.finish(self)
    }
  }
}
