import EvlogCore
import EvlogTesting
import Testing

@testable import EvlogCuts

@Suite struct EnumerationTests {
  @Test func cutsAreVisitedInLexicalOrder() async throws {
    try await Posets.forEach { poset, random in
      let causality = try poset.causality()
      let cuts = poset.consistentCuts
      var visited: [Positions] = []
      try causality.forEachConsistentCut { cut in
        let positions = cut.positions.map { Int($0) }
        // Lines that are not said to have changed have not.
        if let last = visited.last {
          #expect(last[..<cut.changed.lowerBound] == positions[..<cut.changed.lowerBound])
        }
        visited.append(positions)
        return true
      }
      #expect(visited == cuts, "\(poset)")
      #expect(try causality.consistentCutCount() == UInt64(cuts.count))
      #expect(try causality.consistentCutCount(limit: UInt64(cuts.count)) == UInt64(cuts.count))
      #expect(try causality.consistentCutCount(limit: UInt64(cuts.count - 1)) == nil)

      let (lower, upper) = (
        poset.vectors.randomElement(using: &random) ?? [], cuts[random.below(cuts.count)]
      )
      var between: [Positions] = []
      try causality.forEachConsistentCut(
        from: poset.vectorCut(lower), to: poset.vectorCut(upper)
      ) { cut in
        between.append(cut.positions.map { Int($0) })
        return true
      }
      #expect(between == cuts.filter { isBelow(lower, $0) && isBelow($0, upper) }, "\(poset)")
    }
  }

  /// Each consistent cut is in the interval of exactly one event, which is the last of it in the order.
  @Test func intervalsPartitionTheCuts() async throws {
    try await Posets.forEach { poset, random in
      let causality = try poset.causality()
      let keys = poset.events.map { _ in Int64(random.below(9)) }
      var next = 0
      let order = try CausalOrder(of: causality) { _ in
        defer { next += 1 }
        return keys[next]
      }
      let cuts = poset.consistentCuts
      var seen: Set<Positions> = []
      for interval in 0...order.count {
        let expected = cuts.filter { order.index(including: $0.map { UInt32($0) }) == interval }
        let found = try await IntervalRecorder.cuts(of: interval, in: order)
        #expect(found == expected, "\(poset) \(interval)")
        seen.formUnion(found)
      }
      #expect(seen.count == cuts.count)
      for workers in [1, 3] {
        var detector = CutDetector(order, workers: workers)
        #expect(try await detector.consistentCutCount() == UInt64(cuts.count), "\(poset)")
        detector.cutLimit = UInt64(cuts.count)
        #expect(try await detector.consistentCutCount() == UInt64(cuts.count))
        detector.cutLimit -= 1
        #expect(try await detector.consistentCutCount() == nil)
      }
    }
  }

  @Test func levelsAreThoseOfBruteForce() async throws {
    try await Posets.forEach(hasGroups: false) { poset, _ in
      let causality = try poset.causality()
      let cuts = Dictionary(grouping: poset.consistentCuts) { $0.reduce(0, +) }
      var sweep = LevelSweep(causality, memoryLimit: .max)
      for level in 0...poset.events.count {
        let found = Set((0..<sweep.count).map { sweep[$0].map { Int($0) } })
        #expect(found == Set(cuts[level] ?? []) && sweep.count == found.count, "\(poset)")
        #expect(try sweep.advance { _ in true })
      }
      #expect(sweep.count == 0)
    }
  }
}

/// The cuts of one interval, seen by a judge that stops nowhere.
private enum IntervalRecorder {
  static func cuts(of interval: Int, in order: CausalOrder) async throws -> [Positions] {
    LexicalWalk.over(order.causality) { walk in
      var cuts: [Positions] = []
      var line = 0
      if interval == 0 {
        walk.start(
          at: order.positions(before: 0), to: order.positions(before: 0))
      } else {
        walk.setUpper(order.positions(before: interval - 1))
        if !walk.startInterval(of: order.line(at: interval - 1)) { return [] }
      }
      while line >= 0 {
        cuts.append(walk.cut.map { Int($0) })
        line = walk.step()
      }
      return cuts
    }
  }
}
