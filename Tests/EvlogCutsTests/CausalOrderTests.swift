import EvlogCuts
import EvlogStore
import EvlogTesting
import Testing

@Suite struct CausalOrderTests {
  /// Keys of events, which do not fit to the edges.
  private func keys(_ poset: Poset, _ random: inout SeededGenerator) -> [CausalEvent: Int64] {
    Dictionary(uniqueKeysWithValues: poset.events.map { ($0, Int64(random.below(12))) })
  }

  @Test func ordersFollowEdgesAndKeys() async throws {
    try await Posets.forEach { poset, random in
      let causality = try poset.causality()
      let keys = keys(poset, &random)
      var asked: [CausalEvent] = []
      let order = try CausalOrder(of: causality) { event in
        asked.append(event)
        return try #require(keys[event])
      }
      #expect(Set(asked).count == asked.count && asked.count == poset.events.count)
      #expect(order.end == Cut(poset.events.count))
      var positions = poset.counts.map { _ in 0 }
      for i in 0..<poset.events.count {
        let event = order[Offset(i)]
        #expect(order.offset(of: event) == Offset(i))
        #expect(Int(event.offset) == positions[event.line], "\(poset)")
        #expect(order.vectorCut(at: Cut(i)).numbers == positions)
        positions[event.line] += 1
        #expect(try order.cut(including: poset.vectorCut(positions)) == Cut(i + 1))
        for edge in poset.edges where edge.effect == event && poset.groups.isEmpty {
          #expect(order.offset(of: edge.cause) < Offset(i), "\(poset)")
        }
      }
      if poset.groups.isEmpty {
        try expectLeast(poset, order, keys)
      } else {
        try expectWholeGroups(poset, causality, order)
      }
    }
  }

  /// Each event has the least key of those that could come next, and corrections are those that had to wait.
  private func expectLeast(
    _ poset: Poset, _ order: CausalOrder, _ keys: [CausalEvent: Int64]
  ) throws {
    var positions = poset.counts.map { _ in 0 }
    var waited: Set<CausalEvent> = []
    for i in 0..<poset.events.count {
      let heads = poset.counts.indices.filter { positions[$0] < poset.counts[$0] }
        .map { CausalEvent(line: $0, offset: Offset(positions[$0])) }
        .sorted { (keys[$0] ?? 0, $0.line) < (keys[$1] ?? 0, $1.line) }
      let next = heads.first { head in
        var cut = positions
        cut[head.line] += 1
        if poset.isConsistent(cut) { return true }
        waited.insert(head)
        return false
      }
      #expect(order[Offset(i)] == next, "\(poset)")
      positions[try #require(next).line] += 1
    }
    #expect(order.corrections == UInt64(waited.count), "\(poset)")
  }

  /// Where a group is begun, its events come until the cut is consistent again, and no others.
  private func expectWholeGroups(_ poset: Poset, _ causality: Causality, _ order: CausalOrder)
    throws
  {
    var last = order.vectorCut(at: 0)
    for i in 1..<poset.events.count + 1 {
      let cut = order.vectorCut(at: Cut(i))
      guard poset.isConsistent(cut.numbers) else { continue }
      let new = poset.events.filter {
        Int($0.offset) < cut.numbers[$0.line] && Int($0.offset) >= last.numbers[$0.line]
      }
      for a in new {
        for b in new { #expect(try causality.past(of: a, holds: b), "\(poset)") }
      }
      last = cut
    }
    #expect(last == causality.end)
  }

  @Test func ordersGoOnWhereTheyEnded() async throws {
    try await Posets.forEach(hasGroups: false) { poset, random in
      let keys = keys(poset, &random)
      let cuts = poset.consistentCuts
      let beginning = poset.beginning(cuts[random.below(cuts.count)])
      let first = try CausalOrder(of: beginning.causality()) { try #require(keys[$0]) }
      let whole = try CausalOrder(continuing: first, to: poset.causality()) {
        try #require(keys[$0])
      }
      #expect(whole.end == Cut(poset.events.count))
      for i in 0..<Int(first.end) { #expect(whole[Offset(i)] == first[Offset(i)]) }
      for i in 0...Int(whole.end) {
        #expect(poset.isConsistent(whole.vectorCut(at: Cut(i)).numbers), "\(poset)")
      }
    }
  }

  @Test func ordersDoNotGoOnWhereThePastIsNew() throws {
    let lines = [CausalLine("a", end: 2), CausalLine("b", end: 2)]
    let first = try CausalOrder(of: CausalityBuilder(lines: lines).build()) { _ in 0 }
    var builder = try CausalityBuilder(lines: lines.map { CausalLine($0.name, end: 3) })
    try builder.addEdge(from: CausalEvent(line: 0, offset: 2), to: CausalEvent(line: 1, offset: 1))
    let causality = try builder.build()
    let error = #expect(throws: CausalityError.self) {
      try CausalOrder(continuing: first, to: causality) { _ in 0 }
    }
    #expect(error?.code == .inconsistentCut && error?.other == CausalEvent(line: 0, offset: 2))
  }

  /// Long enough for several words and samples, with more lines than a byte has values.
  @Test(arguments: [1, 2, 3, 20, 300]) func longOrdersAreFound(width: Int) throws {
    let lines = (0..<width).map { CausalLine("l\($0)", end: Cut(6000 / width)) }
    let causality = try CausalityBuilder(lines: lines).build()
    let order = try CausalOrder(of: causality) { Int64($0.offset) * 7919 % 101 }
    let events = (0..<Int(order.end)).map { order[Offset($0)] }
    #expect(Set(events).count == Int(order.end))
    for (i, event) in events.enumerated() { #expect(order.offset(of: event) == Offset(i)) }
  }
}
