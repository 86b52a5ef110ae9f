import EvlogCore
import EvlogForensics
import EvlogJSON
public import EvlogMachine
import EvlogReplay

extension Answers.Growth {
  /// What a machine's laws say of machines that differ from it in one place.
  public struct Mutants: Codable, Sendable {
    /// A mutant of which no law says that it is wrong.
    public struct Survivor: Codable, Sendable, Hashable {
      public let change: Mutant.Change
      /// Whether it was noticed in states, or in the number of states, though in no law. If not, nothing in the log and
      /// in what was explored reaches the place that was changed, or the change means nothing.
      public let changesStates: Bool
    }

    /// How many there were, without the unusable ones.
    public internal(set) var count = 0
    /// How many violate a law or a declared move, or fail.
    public internal(set) var caught = 0
    /// How many are refused before they run: a change at that place makes no machine.
    public internal(set) var unusable = 0
    public internal(set) var survivors: [Survivor] = []
  }
}

extension Investigation {
  /// Runs mutants over the history, and through their own states if the machine says which events may happen: one is
  /// caught if it violates a law or a declared move that the machine itself keeps, or if it fails.
  func tryMutants(
    _ mutants: [Mutant], beside mine: Scan, _ map: Answers.Map?, _ explored: Answers.Explore?,
    to cut: Cut?, within limits: ExplorationLimits, trying: @Sendable (Int) -> Void
  ) async throws -> Answers.Growth.Mutants {
    var answer = Answers.Growth.Mutants()
    let states = try await finalStates(to: cut)
    for (i, mutant) in mutants.enumerated() {
      try Task.checkCancellation()
      trying(i)
      let program: any Program
      do { program = try mutant.program() } catch is MachineError {
        answer.unusable += 1
        continue
      }
      answer.count += 1
      var other = self
      other.replayer = Replayer(program, over: history, workers: replayer.workers)
      let found = try await other.replayer.scan(to: cut)
      if found.isWorse(than: mine) {
        answer.caught += 1
        continue
      }
      if let map, try await other.map(to: cut).isWorse(than: map) {
        answer.caught += 1
        continue
      }
      let foundExplored = explored == nil ? nil : try await other.explore(within: limits)
      if let explored, let foundExplored, foundExplored.isWorse(than: explored) {
        answer.caught += 1
        continue
      }
      let isSame =
        try await other.finalStates(to: cut) == states
        && foundExplored?.states == explored?.states
      answer.survivors.append(.init(change: mutant.change, changesStates: !isSame))
    }
    return answer
  }

  /// The state at the end, or that of each key; nil for a machine that fails.
  private func finalStates(to cut: Cut?) async throws -> JSONValue? {
    do { return try await replayer.state(at: cut).value } catch is MachineError { return nil }
  }
}

extension Scan {
  /// Whether it fails where another one does not, or violates a law that the other one keeps.
  fileprivate func isWorse(than other: Scan) -> Bool {
    if failure != nil, other.failure == nil { return true }
    if failedKeys.count > other.failedKeys.count { return true }
    return zip(findings, other.findings).contains { mine, other in
      mine.violations > 0 && other.violations == 0
        || mine.undefinedCount > 0 && other.undefinedCount == 0
    }
  }
}

extension Answers.Map {
  /// Whether something is not as declared that is so in another map.
  fileprivate func isWorse(than other: Answers.Map) -> Bool {
    [RegionMap.Mark.deviation, .lie, .broken].contains { count($0) > other.count($0) }
  }
}

extension Answers.Explore {
  fileprivate func isWorse(than other: Answers.Explore) -> Bool {
    if !failures.isEmpty && other.failures.isEmpty || end != nil && other.end == nil { return true }
    return zip(invariants, other.invariants).contains {
      $0.verdict != "holds" && $1.verdict == "holds"
    }
  }
}
