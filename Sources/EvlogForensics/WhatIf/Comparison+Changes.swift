import EvlogCore
import EvlogMachine
import EvlogReplay

extension Comparison {
  /// What became of each invariant, in the order of the first machine; then of those that only the second has.
  ///
  /// Of machines with a state per stream or key, an invariant has a change for each key that it did not hold
  /// for at every event of both runs. What is left, if it is not known to hold everywhere, comes last.
  static func changes(_ first: Scan, _ second: Scan, countingEvents: Bool = true) -> [Change] {
    let names = second.machine.invariants.map { Name($0.name) }
    var changes: [Change] = []
    for (i, invariant) in first.machine.invariants.enumerated() {
      if let j = names.firstIndex(of: Name(invariant.name)) {
        changes += Self.changes(first, i, second, j, countingEvents)
      } else {
        changes.append(Change(first.findings[i], nil, isToEnd: false))
      }
    }
    let known = Set(first.machine.invariants.map { Name($0.name) })
    for (j, name) in names.enumerated() where !known.contains(name) {
      changes.append(Change(nil, second.findings[j], isToEnd: false))
    }
    return changes
  }

  private static func changes(
    _ first: Scan, _ i: Int, _ second: Scan, _ j: Int, _ countsEvents: Bool
  ) -> [Change] {
    // Both runs are judged up to the first failure in either; everything after it is unknown.
    let isToEnd = first.failure == nil && second.failure == nil
    guard first.machine.scope == second.machine.scope, first.machine.scope != .log else {
      return [
        Change(
          first.finding(ofAll: i), second.finding(ofAll: j),
          isToEnd: isToEnd && first.failedKeys.isEmpty && second.failedKeys.isEmpty)
      ]
    }
    let (before, after) = (first.findingsByKey(of: i), second.findingsByKey(of: j))
    let inSecond = Dictionary(uniqueKeysWithValues: after.map { ($0.key, $0.finding) })
    let inFirst = Dictionary(uniqueKeysWithValues: before.map { ($0.key, $0.finding) })
    let failed = Set((first.failedKeys + second.failedKeys).map { Name($0.key) })
    let nothing = (first.finding(of: i, [], .init()), second.finding(of: j, [], .init()))
    let keys = before.map(\.key) + after.map(\.key).filter { inFirst[$0] == nil }
    var changes = keys.map { key in
      Change(
        inFirst[key] ?? nothing.0, inSecond[key] ?? nothing.1, of: key.string,
        isToEnd: isToEnd && !failed.contains(key), countingEvents: countsEvents)
    }
    if changes.isEmpty || !isToEnd {
      changes.append(Change(nothing.0, nothing.1, isToEnd: isToEnd))
    }
    return changes
  }
}

extension Scan {
  fileprivate func finding(ofAll i: Int) -> Finding { findings[i] }
}

extension Comparison.Change {
  fileprivate init(
    _ first: Finding?, _ second: Finding?, of key: String? = nil, isToEnd: Bool,
    countingEvents: Bool = true
  ) {
    name = first?.invariant.name ?? second?.invariant.name ?? ""
    self.key = key
    self.first = first
    self.second = second
    kind = Self.kind(first, second, isToEnd, countingEvents)
  }

  private static func kind(
    _ first: Finding?, _ second: Finding?, _ isToEnd: Bool, _ countsEvents: Bool
  ) -> Kind {
    guard let first, let second else { return .undefined }
    let isKnown = (isToEnd && first.undefinedCount == 0, isToEnd && second.undefinedCount == 0)
    switch (first.episodes.isEmpty, second.episodes.isEmpty) {
    case (false, true): return isKnown.1 ? .gone : .undefined
    case (true, false): return isKnown.0 ? .new : .undefined
    case (false, false):
      // The same episodes may be followed by others that were not judged.
      if isAlike(first, second, countsEvents) {
        return isKnown == (true, true) ? .same : undefinedAlike()
      }
      let isEarlier = first.episodes[0].firstCut != second.episodes[0].firstCut
      return isToEnd || isEarlier ? .other : .undefined
    case (true, true): return isKnown == (true, true) ? .same : undefinedAlike()
    }
    /// What could not be judged must be the same in both, and come from the invariant itself.
    func undefinedAlike() -> Kind {
      isToEnd && first.undefinedCount == second.undefinedCount
        && first.firstUndefined == second.firstUndefined ? .same : .undefined
    }
  }

  /// Whether they were violated at the same cuts, and steps by the same events.
  private static func isAlike(_ first: Finding, _ second: Finding, _ countsEvents: Bool) -> Bool {
    first.episodes.count == second.episodes.count
      && zip(first.episodes, second.episodes).allSatisfy {
        countsEvents ? $0 == $1 : $0.isWhere($1)
      }
      && first.breaks.count == second.breaks.count
      && zip(first.breaks, second.breaks).allSatisfy {
        $0.firstCut == $1.firstCut && $0.key == $1.key
      }
  }
}
