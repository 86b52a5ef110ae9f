import EvlogCore

/// Conjunctions of local predicates, one for a line (Garg and Waldecker).
struct Conjunction {
  let causality: Causality
  let predicates: [LocalPredicate]

  init(_ predicates: [LocalPredicate], of causality: Causality) {
    self.causality = causality
    self.predicates = LocalPredicate.combined(predicates) { $0 && $1 }
  }

  /// The least consistent cut at which all hold; nil if there is none.
  ///
  /// It begins with the least cut. Where a predicate does not hold, no cut with the same position will do, so
  /// its line moves to the next position at which it holds, and all lines to what that one knows. A line never
  /// goes back, and what is reached is included in each cut at which all hold.
  func leastCut() -> [UInt32]? {
    var cut = [UInt32](repeating: 0, count: causality.width)
    var isSettled = false
    while !isSettled {
      isSettled = true
      for predicate in predicates where !predicate.holds(cut[predicate.line]) {
        guard let next = predicate.first(from: cut[predicate.line]) else { return nil }
        causality.join(&cut, predicate.line, before: next)
        isSettled = false
      }
    }
    return cut
  }

  /// Whether every run passes a cut at which all hold.
  ///
  /// That is so if each line has a stretch of truth that begins, in every run, before any of the others ends. If
  /// one may end before another begins, it may end before all later ones of that line as well: its line moves on
  /// to its next stretch.
  func holdsInEveryRun() -> Bool {
    let predicates = predicates.map { $0.throughGroups(of: causality) }
    var stretches: [ClosedRange<UInt32>] = []
    for predicate in predicates {
      guard let first = predicate.first(from: 0) else { return false }
      stretches.append(first...predicate.endOfStretch(first))
    }
    var isSettled = false
    while !isSettled {
      isSettled = true
      for i in predicates.indices {
        for j in predicates.indices {
          while mayEnd(predicates[j], stretches[j], before: predicates[i], stretches[i]) {
            guard let next = predicates[j].first(from: stretches[j].upperBound + 1) else {
              return false
            }
            stretches[j] = next...predicates[j].endOfStretch(next)
            isSettled = false
          }
        }
      }
    }
    return true
  }

  /// Whether a stretch of one line ends, in some run, before that of another begins.
  ///
  /// It does not if the event that ends the one has the event that begins the other in its past. The two must
  /// not be of one atomic group either.
  private func mayEnd(
    _ one: LocalPredicate, _ stretch: ClosedRange<UInt32>, before other: LocalPredicate,
    _ later: ClosedRange<UInt32>
  ) -> Bool {
    let (end, start) = (stretch.upperBound, later.lowerBound)
    guard start > 0, end < one.end, one.line != other.line else { return false }
    return causality.known(one.line, before: end + 1, of: other.line) < start
      || causality.known(other.line, before: start, of: one.line) > end
  }
}
