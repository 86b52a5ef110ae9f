import EvlogCore

extension Causality {
  /// Looks at the consistent cuts in lexical order, the last line moving first, until `body` says that it has
  /// seen enough. With bounds, only at those that include the one and are included in the other.
  ///
  /// It keeps a few clocks in memory, however many cuts there are. Throws ``CausalityError`` for bounds of other
  /// lines, and `CancellationError` where the task is cancelled; rethrows what `body` throws.
  public func forEachConsistentCut(
    from lower: VectorCut? = nil, to upper: VectorCut? = nil, _ body: CutJudge
  ) throws {
    let lower = nearestAbove(try positions(of: lower ?? start))
    let upper = nearestBelow(try positions(of: upper ?? end))
    guard zip(lower, upper).allSatisfy({ $0 <= $1 }) else { return }
    try LexicalWalk.over(self) { walk in
      walk.start(at: lower, to: upper)
      var line = 0
      var count = 0
      while line >= 0, try walk.judge(body, changedFrom: line) {
        line = walk.step()
        count += 1
        if count & 0xFFFF == 0 { try Task.checkCancellation() }
      }
    }
  }

  /// The number of consistent cuts; nil if there are more than a limit. It looks at each of them.
  ///
  /// Throws `CancellationError` where the task is cancelled.
  public func consistentCutCount(limit: UInt64 = .max) throws -> UInt64? {
    try LexicalWalk.over(self) { walk in
      walk.start(at: Array(repeating: 0, count: width), to: counts)
      var count: UInt64 = 0
      repeat {
        guard count < limit else { return nil }
        count += 1
        if count & 0xFFFF == 0 { try Task.checkCancellation() }
      } while walk.step() >= 0
      return count
    }
  }
}
