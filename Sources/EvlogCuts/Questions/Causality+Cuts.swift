import EvlogCore

extension Causality {
  /// The cut before all events.
  public var start: VectorCut { cut(Array(repeating: 0, count: width)) }

  /// The cut after all events.
  public var end: VectorCut { cut(counts) }

  /// Whether a cut holds the causal past of each of its events, and whole atomic groups only.
  ///
  /// It takes a clock for each line. Throws ``CausalityError`` for a cut of other lines or beyond their end.
  public func isConsistent(_ cut: VectorCut) throws(CausalityError) -> Bool {
    isConsistent(try positions(of: cut))
  }

  /// The cut with its lines in the order of the causality, if it is consistent. Throws ``CausalityError`` if it is
  /// not, with the edge that makes it so.
  public func consistent(_ cut: VectorCut) throws(CausalityError) -> VectorCut {
    if let edge = try crossingEdge(of: cut) {
      throw CausalityError(
        .inconsistentCut,
        "The cut \(cut) is inconsistent: it has \(lines.name(edge.effect)), but not "
          + "\(lines.name(edge.cause)), "
          + (edge.isAtomic ? "which is of the same transaction" : "which caused it"),
        edge.effect, edge.cause)
    }
    return try cut.arranged(as: names)
  }

  /// The greatest consistent cut that a cut includes.
  ///
  /// It is the cut of all events whose whole past is in the given cut. These are a beginning of each line, since
  /// clocks only grow along it: one binary search for each line finds its end (Chase and Garg 1998).
  public func nearestBelow(_ cut: VectorCut) throws(CausalityError) -> VectorCut {
    self.cut(nearestBelow(try positions(of: cut)))
  }

  /// The least consistent cut that includes a cut.
  ///
  /// It joins the clocks of the last events, once: clocks are closed.
  public func nearestAbove(_ cut: VectorCut) throws(CausalityError) -> VectorCut {
    self.cut(nearestAbove(try positions(of: cut)))
  }

  /// The least consistent cut that has these events in it: their causal past, and themselves.
  public func leastCut(containing events: some Sequence<CausalEvent>) throws(CausalityError)
    -> VectorCut
  {
    var vector = [UInt32](repeating: 0, count: width)
    for event in events {
      guard lines.hold(event) else {
        throw CausalityError(.unknownEvent, "There is no event \(lines.name(event))", event)
      }
      join(&vector, event.line, before: UInt32(event.offset) + 1)
    }
    return cut(vector)
  }

  /// Whether the first event is in the causal past of the second, or is the second. Events of one atomic group
  /// are in each other's past. Throws ``CausalityError`` if there is no such event.
  public func past(of event: CausalEvent, holds other: CausalEvent) throws(CausalityError) -> Bool {
    for one in [event, other] where !lines.hold(one) {
      throw CausalityError(.unknownEvent, "There is no event \(lines.name(one))", one)
    }
    let position = UInt32(event.offset) + 1
    return known(event.line, before: position, of: other.line) > UInt32(other.offset)
  }
}

// MARK: - Positions as numbers

extension Causality {
  func cut(_ positions: some Sequence<UInt32>) -> VectorCut {
    VectorCut(checked: names, positions.map { Cut(UInt64($0)) })
  }

  /// The positions of a cut of these lines, in their order.
  func positions(of cut: VectorCut) throws(CausalityError) -> [UInt32] {
    let cut = try cut.arranged(as: names)
    for (line, position) in zip(lines, cut.positions) where position > line.end {
      throw CausalityError(
        .invalidCut, "'\(line.name)' has \(line.end) events, so there is no cut \(position) of it")
    }
    return cut.positions.map { UInt32($0) }
  }

  func isConsistent(_ positions: [UInt32]) -> Bool {
    positions.indices.allSatisfy { line in
      guard let row = row(line, before: positions[line]) else { return true }
      return isKnown(row, in: positions)
    }
  }

  /// Whether the past of a row's event is in a cut.
  private func isKnown(_ row: Int, in positions: [UInt32]) -> Bool {
    for other in 0..<width where clocks[row * width + other] > positions[other] { return false }
    return true
  }

  func nearestBelow(_ positions: [UInt32]) -> [UInt32] {
    var below = positions
    for line in positions.indices {
      var low = rowStarts[line]
      let end = learners.rank(line, positions[line])
      var high = end
      while low < high {
        let middle = (low + high) / 2
        if isKnown(middle, in: positions) { low = middle + 1 } else { high = middle }
      }
      if low < end { below[line] = learners.position(ofRank: low, in: line) }
    }
    return below
  }

  func nearestAbove(_ positions: [UInt32]) -> [UInt32] {
    var above = positions
    for line in positions.indices where positions[line] > 0 {
      join(&above, line, before: positions[line])
    }
    return above
  }
}
