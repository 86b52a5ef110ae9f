public import EvlogCore
public import EvlogJSON
import EvlogMachine
public import EvlogReplay
import EvlogStore

extension LogComparison {
  /// How the states of a machine differ between two histories.
  ///
  /// The states are compared where the events of both have been reduced as far as they stand for each other: after
  /// every such pair of events, and between pairs after each event of one or both.
  public struct States: Sendable {
    /// A maximal run of positions at which the states differ.
    public struct Divergence: Sendable {
      /// The first cuts at which the states differ.
      public let start: Position
      /// The first cuts at which they are equal again; nil if they differ to the end.
      public let end: Position?
      /// What differs at the start, from the first state to the second. Elements of arrays are named by their numbers,
      /// but for the first divergence.
      public let changes: [StateDiff.Change]
      /// What was violated meanwhile in one history and not in the other.
      public let brokenInFirst, brokenInSecond: [Broken]
    }

    /// An invariant that was violated.
    public struct Broken: Sendable, Hashable {
      public let invariant: String
      /// The stream or key, for a machine with a state for each.
      public let key: String?
      /// The event that broke it; nil if the initial state violates it.
      public let offset: Offset?
    }

    /// An invariant in both histories.
    public struct Invariant: Sendable {
      /// In which of them it is violated.
      public enum Kind: String, Sendable, CaseIterable {
        case neither, first, second, both
        /// It could not be judged everywhere in one of them, and is not known to be violated there.
        case undefined
      }

      public let name: String
      public let kind: Kind
      public let first, second: Finding
    }

    /// The verdicts over each history.
    public let first, second: Scan
    /// The last cuts that were compared: the ends, unless the machine failed.
    public let comparedTo: Position
    /// Where the states differ: the first of them.
    public let divergences: [Divergence]
    /// How many there are.
    public let divergenceCount: UInt64
    /// The events that first made the states differ.
    public let firstEvents: (first: RecordedEvent?, second: RecordedEvent?)
    /// What differs at the ends, from the first state to the second.
    public let final: [StateDiff.Change]
    /// The invariants, in the order of the machine.
    public let invariants: [Invariant]
  }
}

extension Replayer {
  /// Compares this history with another one, event by event, and the states of the machine over both.
  ///
  /// Each run has the events of its own history, with their offsets and revisions.
  public func compare(
    with other: any History, to cut: Cut? = nil, otherTo otherCut: Cut? = nil,
    by rules: LogComparison.Rules = .init()
  ) async throws -> LogComparison {
    let second = over(other)
    let ends = (first: try checked(cut), second: try second.checked(otherCut))
    let scans = (
      first: try await scan(to: ends.first), second: try await second.scan(to: ends.second)
    )
    return try await QuestionThreads.run {
      let counter = ProgressCounter(progress)
      var (comparison, alignment, same) = try LogComparer(
        first: history, second: other, ends: ends, rules: rules, progress: { _ in }
      ).compare()
      // In a group, what was sent and received depends on all of its events.
      if try history.event(at: 0)?.log != nil || other.event(at: 0)?.log != nil { same = 0 }
      // Where it fails in both alike, it is to be seen that it does.
      if let failed = scans.first.failure?.offset { same = min(same, failed.cutBefore) }
      let pair = StatePair(alignment, from: same, listing: rules.limit)
      try pair.run(self, second, counter)
      comparison.states = try pair.states(scans.first, scans.second, history, other)
      return comparison
    }
  }

  /// The same machine over another history.
  private func over(_ other: any History) -> Replayer {
    Replayer(
      program, over: other, workers: workers,
      snapshots: snapshots == nil ? nil : (other as? EventLog).map { SnapshotStore(log: $0) },
      savesSnapshots: savesSnapshots, progress: progress)
  }
}

extension LogComparison {
  /// Compares two histories, event by event.
  ///
  ///     let found = try await LogComparison.between(log, and: mirror)
  ///     print(found.isSame, found.counts.changed)
  public static func between(
    _ first: any History, and second: any History, to cut: Cut? = nil, otherTo otherCut: Cut? = nil,
    by rules: Rules = .init(), progress: (@Sendable (UInt64) -> Void)? = nil
  ) async throws -> LogComparison {
    for (history, cut) in [(first, cut), (second, otherCut)] {
      if let cut, cut > history.end { throw Replayer.CutBeyondEnd(cut: cut, end: history.end) }
    }
    return try await QuestionThreads.run {
      try LogComparer(
        first: first, second: second, ends: (cut ?? first.end, otherCut ?? second.end),
        rules: rules,
        progress: { progress?($0) }
      ).compare().comparison
    }
  }
}
