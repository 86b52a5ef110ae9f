import EvlogCore

extension CutDetector {
  /// Whether every run that the edges allow passes a cut at which a predicate holds.
  ///
  /// Throws `CancellationError` where the task is cancelled; rethrows what judges throw.
  public func definitely(_ predicate: CutPredicate) async throws -> Definitely {
    predicate.checkLines(of: causality)
    switch predicate {
    case .conjunction(let predicates):
      return exact(Conjunction(predicates, of: causality).holdsInEveryRun(), .conjunctive)
    case .disjunction:
      return exact(try await possibly(predicate).first != nil, .disjunctive)
    case .count(let predicates, let ranges):
      return try definitelySum(
        LocalVariable.counting(predicates),
        ranges.map { Int64($0.lowerBound)...Int64($0.upperBound) })
    case .sum(let variables, let ranges):
      return try definitelySum(variables, ranges)
    case .stable(let makeJudge):
      let judge = try makeJudge()
      let end = causality.counts
      return exact(
        try judge(VisitedCut(end.span, changed: 0..<end.count)), .stable, cutCount: 1)
    case .general(let makeJudge):
      return try definitely(makeJudge())
    }
  }

  private func exact(_ holds: Bool, _ method: DetectionMethod, cutCount: UInt64 = 0) -> Definitely {
    Definitely(holds: holds, method: method, extent: .exact, cutCount: cutCount)
  }

  /// The first and the last cut are in every run, and what lies between their sums is passed.
  private func definitelySum(
    _ variables: [LocalVariable], _ ranges: [ClosedRange<Int64>]
  ) throws -> Definitely {
    let bounds = SumBounds(causality: causality, variables: variables)
    let ends = [
      bounds.sum(at: Array(repeating: 0, count: causality.width)), bounds.sum(at: causality.counts),
    ].sorted()
    let step = bounds.largestStep
    let isPassed = ranges.contains { range in
      range.contains(ends[0]) || range.contains(ends[1])
        || (ends[0] < range.lowerBound && range.upperBound < ends[1]
          && range.cannotBePassed(bySteps: step))
    }
    if isPassed { return exact(true, .run) }
    guard try firstInterval(of: bounds, ranges) != nil else { return exact(false, .flow) }
    return try definitely(bounds.judge(ranges))
  }

  /// First the run that is the order itself; if the predicate holds at some time in that, all runs, level by
  /// level, as far as it has not held in them.
  private func definitely(_ judge: CutJudge) throws -> Definitely {
    var cutCount: UInt64 = 0
    func holds(_ cut: ArraySlice<UInt32>) throws -> Bool {
      cutCount += 1
      return try judge(VisitedCut(cut.span, changed: 0..<causality.width))
    }
    if try !isInOrder(holds) { return exact(false, .run, cutCount: cutCount) }
    var sweep = LevelSweep(causality, memoryLimit: memoryLimit)
    if try holds(sweep[0]) { return exact(true, .run, cutCount: cutCount) }
    while sweep.count > 0 {
      if sweep.cuts == causality.counts { return exact(false, .levels, cutCount: cutCount) }
      guard cutCount < cutLimit, try sweep.advance({ try !holds($0) }) else {
        return Definitely(
          holds: nil, method: .levels,
          extent: .bounded(lookedAt: sweep.level + 1, of: causality.statistics.events + 1),
          cutCount: cutCount)
      }
    }
    return exact(true, .levels, cutCount: cutCount)
  }

  /// Whether a predicate holds at some consistent cut of the order.
  private func isInOrder(_ holds: (ArraySlice<UInt32>) throws -> Bool) throws -> Bool {
    var cut = [UInt32](repeating: 0, count: causality.width)
    for index in 0...order.count {
      if index > 0 { cut[order.line(at: index - 1)] += 1 }
      if index & 0xFFF == 0 { try Task.checkCancellation() }
      if causality.statistics.atomicGroups > 0, !causality.isConsistent(cut) { continue }
      if try holds(cut[...]) { return true }
    }
    return false
  }
}
