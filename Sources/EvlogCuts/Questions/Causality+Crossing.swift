/// Why a cut is inconsistent: a direct edge from an event outside of the cut to one inside.
public struct CrossingEdge: Sendable, Hashable {
  /// The event outside.
  public let cause: CausalEvent
  /// The event inside.
  public let effect: CausalEvent
  /// Whether the two belong to one atomic group, so that it is no cause but a part.
  public let isAtomic: Bool
}

extension Causality {
  /// A direct edge that makes a cut inconsistent; nil if the cut is consistent.
  ///
  /// If an event of the cut has an event outside in its past, then some direct edge on the path between them
  /// leads into the cut. The first event of a line that knows of the outside event learned of it from a direct
  /// cause: that one is outside, or it knows, and its own line is looked at.
  ///
  /// Throws ``CausalityError`` for a cut of other lines or beyond their end.
  public func crossingEdge(of cut: VectorCut) throws(CausalityError) -> CrossingEdge? {
    let positions = try positions(of: cut)
    for line in positions.indices {
      guard let row = row(line, before: positions[line]) else { continue }
      for other in 0..<width where clocks[row * width + other] > positions[other] {
        return crossing(positions, from: line, toward: other) ?? anyCrossing(positions)
      }
    }
    return nil
  }

  private func crossing(_ positions: [UInt32], from line: Int, toward target: Int) -> CrossingEdge?
  {
    var (next, seen) = ([line], Set([line]))
    while let line = next.popLast() {
      let row = firstRow(line, knowingMoreThan: positions[target], of: target)
      for i in Int(causeStarts[row])..<Int(causeStarts[row + 1]) {
        let cause = causes[i]
        if cause.offset >= positions[cause.line] { return edge(i, of: row, in: line) }
        let known = known(cause.line, before: cause.offset + 1, of: target)
        if known > positions[target], seen.insert(cause.line).inserted { next.append(cause.line) }
      }
    }
    return nil
  }

  /// Looks at all edges. Only within atomic groups, the first event that knows need not be the one that learned.
  private func anyCrossing(_ positions: [UInt32]) -> CrossingEdge? {
    for line in positions.indices {
      for row in rowStarts[line]..<learners.rank(line, positions[line]) {
        for i in Int(causeStarts[row])..<Int(causeStarts[row + 1])
        where causes[i].offset >= positions[causes[i].line] {
          return edge(i, of: row, in: line)
        }
      }
    }
    return nil
  }

  private func edge(_ cause: Int, of row: Int, in line: Int) -> CrossingEdge {
    CrossingEdge(
      cause: CausalEvent(causes[cause].line, causes[cause].offset),
      effect: event(ofRow: row, in: line), isAtomic: causes[cause].isAtomic)
  }
}
