// Stable predicates and sums: of all cuts between two, it can be asked at once whether there is one at which
// the predicate holds.
extension CutDetector {
  private typealias Exists = (_ lower: [UInt32], _ upper: [UInt32]) throws -> Bool

  func possiblyStable(_ judge: CutJudge) throws -> Possibly {
    var cutCount: UInt64 = 0
    // It holds somewhere between two cuts if it does at the upper one.
    func exists(_: [UInt32], _ upper: [UInt32]) throws -> Bool {
      cutCount += 1
      return try judge(VisitedCut(upper.span, changed: 0..<upper.count))
    }
    guard try exists([], causality.counts) else { return possibly(nil, .stable, cutCount: 1) }
    let interval = try firstInterval(0...order.count, above: start, exists)
    let first = try leastCut(of: interval, exists)
    return possibly(first, .stable, cutCount: cutCount)
  }

  /// Sums move by steps. Between two consistent cuts there is a way through consistent cuts, so a range that is
  /// at least as wide as the largest step cannot be jumped over.
  func possiblySum(
    _ variables: [LocalVariable], _ ranges: [ClosedRange<Int64>]
  ) async throws -> Possibly {
    let bounds = SumBounds(causality: causality, variables: variables)
    guard let interval = try firstInterval(of: bounds, ranges) else { return possibly(nil, .flow) }
    let step = bounds.largestStep
    guard ranges.allSatisfy({ $0.cannotBePassed(bySteps: step) }) else {
      return try await enumerate { bounds.judge(ranges) }
    }
    return possibly(
      try leastCut(of: interval) { try bounds.mayReach(ranges, from: $0, to: $1) }, .flow)
  }

  /// The first interval whose sums go as far as one of some ranges, from both sides.
  ///
  /// It looks at many intervals at once: those of a stretch of the order lie between the meet of the clocks of
  /// its events and its last cut. Where lines know much of each other, that is hardly more than the stretch;
  /// where they do not, stretches become longer.
  func firstInterval(of bounds: SumBounds, _ ranges: [ClosedRange<Int64>]) throws -> Int? {
    func exists(_ lower: [UInt32], _ upper: [UInt32]) throws -> Bool {
      try bounds.mayReach(ranges, from: lower, to: upper)
    }
    if try exists(start, start) { return 0 }
    var (done, length) = (0, stretchLength)
    while done < order.count {
      try Task.checkCancellation()
      let end = min(done + length, order.count)
      let lower = meetOfClocks(from: done, to: end)
      let upper = causality.nearestBelow(order.positions(before: end))
      let size = zip(lower, upper).reduce(0) { $0 + max(0, Int($1.1) - Int($1.0)) }
      if end < order.count, size > 2 * length {
        length *= 2
      } else if try exists(meet(lower, upper), upper) {
        // Earlier intervals have none.
        return try firstInterval(done + 1...end, above: lower, exists)
      } else {
        done = end
      }
    }
    return nil
  }

  private var start: [UInt32] { Array(repeating: 0, count: causality.width) }

  private func meet(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] { zip(a, b).map(min) }

  /// What all events from one cut of the order to another know.
  private func meetOfClocks(from first: Int, to end: Int) -> [UInt32] {
    var meet = causality.counts
    for (line, (from, to)) in zip(order.positions(before: first), order.positions(before: end))
      .enumerated() where from < to
    {
      var clock = start
      causality.join(&clock, line, before: from + 1)
      meet = self.meet(meet, clock)
    }
    return meet
  }

  /// The first of some intervals with a cut at which the predicate holds. The last one or one before it has
  /// some, and all are above a consistent cut.
  private func firstInterval(
    _ intervals: ClosedRange<Int>, above lower: [UInt32], _ exists: Exists
  ) throws -> Int {
    var (low, high) = (intervals.lowerBound, intervals.upperBound)
    while low < high {
      try Task.checkCancellation()
      let middle = (low + high) / 2
      let upper = causality.nearestBelow(order.positions(before: middle))
      if try exists(meet(lower, upper), upper) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The first in lexical order of the cuts of an interval at which the predicate holds; there is one. The
  /// least position is found for one line after another.
  private func leastCut(of interval: Int, _ exists: Exists) throws -> [UInt32] {
    guard interval > 0 else { return start }
    var (lower, upper) = (start, order.positions(before: interval))
    let last = order.line(at: interval - 1)
    causality.join(&lower, last, before: upper[last])
    for line in upper.indices {
      var (low, high) = (lower[line], upper[line])
      while low < high {
        try Task.checkCancellation()
        let middle = low + (high - low) / 2
        var tried = upper
        tried[line] = middle
        if try exists(lower, causality.nearestBelow(tried)) {
          high = middle
        } else {
          low = middle + 1
        }
      }
      upper[line] = low
      upper = causality.nearestBelow(upper)
    }
    return upper
  }
}

extension ClosedRange<Int64> {
  /// Whether what goes from one side to the other by steps must be in the range in between.
  func cannotBePassed(bySteps step: UInt64) -> Bool {
    lowerBound == .min || upperBound == .max
      || step <= UInt64(bitPattern: upperBound &- lowerBound) + 1
  }
}
