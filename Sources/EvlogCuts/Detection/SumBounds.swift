import EvlogCore

/// The least and the greatest sum of variables over the consistent cuts between two.
///
/// A consistent cut is a set of events that holds what its events need, and each event changes the sum by a
/// weight: the least sum is that of a closed set of least weight, which is a minimum cut (Picard 1976; for
/// predicates, Chase and Garg 1995). Events between which no edge begins or ends are taken together: of such a
/// part of a line, a beginning of least weight may be taken alone, and the rest after it.
struct SumBounds {
  let causality: Causality
  let variables: [LocalVariable]

  func sum(at cut: [UInt32]) -> Int64 {
    variables.reduce(0) { $0 + $1.value(at: cut[$1.line]) }
  }

  /// The most by which an event, or an atomic group, changes the sum.
  var largestStep: UInt64 {
    var step =
      Dictionary(grouping: variables, by: \.line).values.map { ofLine in
        ofLine.reduce(0) { $0 + $1.largestStep }
      }.max() ?? 0
    guard causality.statistics.atomicGroups > 0 else { return step }
    for line in causality.lines.indices {
      for row in causality.rowStarts[line]..<causality.rowStarts[line + 1]
      where causality.isAtomic(row: row) {
        let (first, last) = causality.bounds(ofGroup: row, in: line)
        step = max(step, (sum(at: last) - sum(at: first)).magnitude)
      }
    }
    return step
  }

  /// The least sum; with the sign -1, the greatest one's negative. Both bounds are consistent cuts.
  private func minimum(from lower: [UInt32], to upper: [UInt32], sign: Int64) throws -> Int64 {
    // Positions are counted from the lower bound on.
    var parts = RankedPositions(counts: zip(upper, lower).map { $0 - $1 })
    var needs: [(line: Int, start: UInt32, causeLine: Int, causeEnd: UInt32)] = []
    for line in upper.indices where upper[line] > lower[line] {
      parts.insert(line, upper[line] - lower[line])
      let first = causality.learners.rank(line, lower[line])
      for row in first..<causality.learners.rank(line, upper[line]) {
        let start = causality.learners.position(ofRank: row, in: line) - lower[line]
        if start > 0 { parts.insert(line, start) }
        for i in Int(causality.causeStarts[row])..<Int(causality.causeStarts[row + 1]) {
          let cause = causality.causes[i]
          guard cause.offset >= lower[cause.line] else { continue }
          let end = cause.offset + 1 - lower[cause.line]
          parts.insert(cause.line, end)
          needs.append((line, start, cause.line, end))
        }
      }
    }
    parts.count()
    // Each part is two nodes: the beginning of least weight, and the rest, which needs it.
    var flow = ClosureFlow(lineCount: upper.count)
    for line in upper.indices {
      let length = upper[line] - lower[line]
      var position: UInt32 = 0
      var previous: Int?
      let ofLine = variables.filter { $0.line == line }
      while position < length, let end = parts.next(line, from: position + 1, before: length + 1) {
        let (least, whole) = weights(ofLine, lower[line] + position...lower[line] + end, sign)
        let beginning = flow.addNode(weight: least, line: line, after: previous)
        previous = flow.addNode(weight: whole - least, line: line, after: beginning)
        position = end
      }
    }
    for need in needs {
      flow.addNeed(
        of: 2 * parts.rank(need.line, need.start + 1),
        to: 2 * parts.rank(need.causeLine, need.causeEnd) + 1)
    }
    return sign * sum(at: lower) + (try flow.leastWeight())
  }

  /// The least change of the sum from the first of some cuts of a line to any other, and that to the last.
  private func weights(
    _ variables: [LocalVariable], _ cuts: ClosedRange<UInt32>, _ sign: Int64
  ) -> (least: Int64, whole: Int64) {
    func sum(_ position: UInt32) -> Int64 {
      variables.reduce(0) { $0 + sign * $1.value(at: position) }
    }
    let first = sum(cuts.lowerBound)
    var least: Int64 = 0
    for variable in variables {
      var position = cuts.lowerBound
      while let change = variable.changes.next(0, from: position + 1, before: cuts.upperBound + 1) {
        least = min(least, sum(change) - first)
        position = change
      }
    }
    return (least, sum(cuts.upperBound) - first)
  }
}

extension Causality {
  /// Whether the event of a row belongs to an atomic group.
  func isAtomic(row: Int) -> Bool {
    (Int(causeStarts[row])..<Int(causeStarts[row + 1])).contains { causes[$0].isAtomic }
  }

  /// For each line, where the events that are in each other's past with that of a row begin and end.
  func bounds(ofGroup row: Int, in line: Int) -> (first: [UInt32], last: [UInt32]) {
    let offset = learners.position(ofRank: row, in: line)
    let last = (0..<width).map { clocks[row * width + $0] }
    let first = (0..<width).map { other in
      let knows = firstRow(other, knowingMoreThan: offset, of: line)
      return knows < rowStarts[other + 1]
        ? min(last[other], learners.position(ofRank: knows, in: other)) : last[other]
    }
    return (first, last)
  }
}

extension SumBounds {
  /// Whether the sums of the consistent cuts between two go as far as one of some ranges, from both sides. They
  /// are in it, unless they jump over it.
  func mayReach(
    _ ranges: [ClosedRange<Int64>], from lower: [UInt32], to upper: [UInt32]
  ) throws -> Bool {
    let areOpenBelow = ranges.allSatisfy { $0.lowerBound == .min }
    let areOpenAbove = ranges.allSatisfy { $0.upperBound == .max }
    // One flow is enough for open ranges.
    let least = areOpenAbove ? Int64.min : try minimum(from: lower, to: upper, sign: 1)
    let greatest = areOpenBelow ? Int64.max : -(try minimum(from: lower, to: upper, sign: -1))
    return ranges.contains { least <= $0.upperBound && greatest >= $0.lowerBound }
  }

  /// Adds up the variables at each cut, those of lines that have not changed once.
  func judge(_ ranges: [ClosedRange<Int64>]) -> CutJudge {
    var values = [Int64](repeating: 0, count: variables.count)
    return { cut in
      for (i, variable) in variables.enumerated() where cut.changed.contains(variable.line) {
        values[i] = variable.value(at: cut[number: variable.line])
      }
      let sum = values.reduce(0, +)
      return ranges.contains { $0.contains(sum) }
    }
  }
}
