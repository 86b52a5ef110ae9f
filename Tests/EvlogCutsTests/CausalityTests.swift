import EvlogStore
import EvlogTesting
import Testing

@testable import EvlogCuts

@Suite struct CausalityTests {
  /// The questions about cuts, against trying everything.
  @Test func cutsAreThoseOfBruteForce() async throws {
    try await Posets.forEach { poset, random in
      let causality = try poset.causality()
      let cuts = poset.consistentCuts
      let isIn = Set(cuts)
      let vectors = poset.vectors
      for vector in vectors where vectors.count < 100 || random.oneIn(8) {
        let cut = try poset.vectorCut(vector)
        #expect(try causality.isConsistent(cut) == isIn.contains(vector), "\(poset) \(cut)")
        let below = try causality.nearestBelow(cut)
        let above = try causality.nearestAbove(cut)
        // Of the consistent cuts below, one includes all others.
        let allBelow = cuts.filter { isBelow($0, vector) }
        let allAbove = cuts.filter { isBelow(vector, $0) }
        #expect(isIn.contains(below.numbers) && isBelow(below.numbers, vector), "\(poset) \(cut)")
        #expect(isIn.contains(above.numbers) && isBelow(vector, above.numbers), "\(poset) \(cut)")
        #expect(allBelow.allSatisfy { isBelow($0, below.numbers) }, "\(poset) \(cut)")
        #expect(allAbove.allSatisfy { isBelow(above.numbers, $0) }, "\(poset) \(cut)")
        try expectCrossing(poset, causality, cut)
      }
    }
  }

  /// The edge that is named was declared, and leads into the cut.
  private func expectCrossing(_ poset: Poset, _ causality: Causality, _ cut: VectorCut) throws {
    guard let edge = try causality.crossingEdge(of: cut) else {
      #expect(poset.isConsistent(cut.numbers), "\(poset) \(cut)")
      return
    }
    func isIn(_ event: CausalEvent) -> Bool { event.offset.cutAfter <= cut.positions[event.line] }
    #expect(!isIn(edge.cause) && isIn(edge.effect), "\(poset) \(cut)")
    let isDeclared =
      edge.isAtomic
      ? poset.groups.contains { $0.contains(edge.cause) && $0.contains(edge.effect) }
      : poset.edges.contains { $0 == (edge.cause, edge.effect) }
    #expect(isDeclared, "\(poset) \(cut) \(edge)")
  }

  @Test func pastsAreThoseOfBruteForce() async throws {
    try await Posets.forEach { poset, _ in
      let causality = try poset.causality()
      let cuts = poset.consistentCuts
      var concurrent: UInt64 = 0
      for event in poset.events {
        let past = cuts.filter { $0[event.line] > Int(event.offset) }
        let least = past.reduce(poset.counts) { zip($0, $1).map(min) }
        #expect(try causality.leastCut(containing: [event]).numbers == least, "\(poset) \(event)")
        for other in poset.events {
          let isBefore = try causality.past(of: event, holds: other)
          #expect(isBefore == (least[other.line] > Int(other.offset)), "\(poset)")
          let isAfter = try causality.past(of: other, holds: event)
          if !isBefore, !isAfter { concurrent += 1 }
        }
      }
      #expect(causality.concurrentPairCount == concurrent / 2, "\(poset)")
      let all = try causality.leastCut(containing: poset.events)
      #expect(all == causality.end)
      #expect(causality.statistics.events == UInt64(poset.events.count))
      #expect(causality.statistics.edges == UInt64(poset.edges.count))
      #expect(causality.statistics.effects == UInt64(Set(poset.edges.map(\.effect)).count))
    }
  }

  /// An edge that follows from others is not kept: what is named as the cause of an event is direct.
  @Test func keptCausesAreDirect() throws {
    var builder = try CausalityBuilder(lines: ["a", "b", "c"].map { CausalLine($0, end: 3) })
    let (a, b, c) = (
      CausalEvent(line: 0, offset: 1), CausalEvent(line: 1, offset: 1),
      CausalEvent(line: 2, offset: 1)
    )
    try builder.addEdge(from: a, to: c)
    try builder.addEdge(from: b, to: c)
    try builder.addEdge(from: a, to: b)
    let causality = try builder.build()
    #expect(causality.causes.count == 2)
    let edge = try causality.crossingEdge(of: VectorCut("a=1,b=1,c=2"))
    #expect(edge == CrossingEdge(cause: b, effect: c, isAtomic: false))
    #expect(causality.statistics.edges == 3 && causality.statistics.effects == 2)
    #expect(causality.statistics.learners == 2)
  }

  @Test func cutsOfOtherLinesAreRefused() throws {
    let causality = try CausalityBuilder(lines: [CausalLine("a", end: 3)]).build()
    let tooLong = #expect(throws: CausalityError.self) {
      try causality.isConsistent(VectorCut("a=4"))
    }
    #expect(tooLong?.description == "'a' has 3 events, so there is no cut 4 of it.")
    #expect(throws: CausalityError.self) { try causality.nearestBelow(VectorCut("b=1")) }
    #expect(throws: CausalityError.self) {
      try causality.leastCut(containing: [CausalEvent(line: 0, offset: 3)])
    }
  }

  @Test func emptyLinesHaveOneCut() throws {
    let causality = try CausalityBuilder(lines: [CausalLine("a", end: 0)]).build()
    #expect(try causality.isConsistent(causality.start) && causality.start == causality.end)
    #expect(causality.concurrentPairCount == 0)
  }
}

@Suite struct FaultyEdgesTests {
  private func builder(_ dangling: DanglingReferences = .refused) throws -> CausalityBuilder {
    try CausalityBuilder(
      lines: [CausalLine("orders", end: 5), CausalLine("payments", end: 4)], dangling: dangling)
  }
  private func order(_ offset: Offset) -> CausalEvent { CausalEvent(line: 0, offset: offset) }
  private func payment(_ offset: Offset) -> CausalEvent { CausalEvent(line: 1, offset: offset) }

  @Test func cyclesNameBothEvents() throws {
    var builder = try builder()
    try builder.addEdge(from: order(3), to: payment(1))
    try builder.addEdge(from: payment(2), to: order(2))
    let error = #expect(throws: CausalityError.self) { try builder.build() }
    #expect(error?.code == .cycle)
    let edges: Set = [[payment(1), order(3)], [order(2), payment(2)]]
    #expect(edges.contains([error?.event, error?.other].compactMap { $0 }))
    #expect(
      error?.description.contains("@") == true
        && error?.description.contains("which is itself an effect of") == true)
  }

  /// Random edges in any direction: a cycle is found exactly where there is one, and the edge is part of it.
  @Test func cyclesAreThoseOfBruteForce() async throws {
    try await Posets.forEach(hasGroups: false) { poset, random in
      var poset = poset
      guard poset.events.count > 2 else { return }
      for _ in 0...random.below(2) {
        let (a, b) = (
          poset.events[random.below(poset.events.count)],
          poset.events[random.below(poset.events.count)]
        )
        if a.line != b.line { poset.edges.append((a, b)) }
      }
      // Events of a cycle are in the same cuts.
      let cuts = poset.consistentCuts
      let whereEachIs = poset.events.map { event in
        cuts.map { $0[event.line] > Int(event.offset) }
      }
      let hasCycle = Set(whereEachIs).count < poset.events.count
      do {
        _ = try poset.causality()
        #expect(!hasCycle, "\(poset)")
      } catch let error as CausalityError {
        #expect(hasCycle && error.code == .cycle, "\(poset)")
        let (effect, cause) = (try #require(error.event), try #require(error.other))
        #expect(poset.edges.contains { $0 == (cause, effect) }, "\(poset)")
        // Each cut has both of them or none.
        #expect(
          cuts.allSatisfy {
            ($0[effect.line] > Int(effect.offset)) == ($0[cause.line] > Int(cause.offset))
          }, "\(poset) \(error)")
      }
    }
  }

  @Test func theFutureIsNoCause() throws {
    var builder = try builder()
    let later = #expect(throws: CausalityError.self) {
      try builder.addEdge(from: order(3), to: order(2))
    }
    #expect(later?.code == .futureCause && later?.event == order(2) && later?.other == order(3))
    #expect(
      later?.description == "orders@2 names orders@3 as its cause, which comes after it.")
    let itself = #expect(throws: CausalityError.self) {
      try builder.addEdge(from: order(3), to: order(3))
    }
    #expect(itself?.description == "orders@3 names itself as its cause.")
    try builder.addEdge(from: order(1), to: order(2))
    #expect(try builder.build().statistics.learners == 0)
  }

  @Test func missingEventsAreNamedOrCounted() throws {
    var builder = try builder()
    let missing = #expect(throws: CausalityError.self) {
      try builder.addEdge(from: order(5), to: payment(1))
    }
    #expect(missing?.code == .missingCause)
    #expect(missing?.event == payment(1) && missing?.other == order(5))
    #expect(
      missing?.description == "payments@1 names orders@5 as its cause, which does not exist.")
    #expect(throws: CausalityError.self) { try builder.addDanglingReference("x", of: payment(1)) }
    let effect = #expect(throws: CausalityError.self) {
      try builder.addEdge(from: order(1), to: payment(9))
    }
    #expect(effect?.code == .unknownEvent)
    #expect(throws: CausalityError.self) { try builder.addAtomicGroup([order(1), payment(9)]) }

    var counting = try self.builder(.counted)
    try counting.addEdge(from: order(5), to: payment(1))
    try counting.addEdge(from: CausalEvent(line: 2, offset: 0), to: payment(1))
    try counting.addDanglingReference("x", of: payment(1))
    let causality = try counting.build()
    #expect(causality.statistics.danglingReferences == 3 && causality.statistics.edges == 0)
  }

  @Test func namesMustBeWritable() {
    for names in [["a", "a"], [""], ["a=b"]] {
      #expect(throws: CausalityError.self) {
        try CausalityBuilder(lines: names.map { CausalLine($0, end: 1) })
      }
    }
    #expect(throws: CausalityError.self) {
      try CausalityBuilder(lines: [CausalLine("a", end: Cut(UInt64(1) << 32))])
    }
  }

  /// Two transactions in opposite orders, and one with something in its middle.
  @Test func crosswiseGroupsAreOne() throws {
    var crosswise = try builder()
    try crosswise.addAtomicGroup([order(1), payment(2)])
    try crosswise.addAtomicGroup([order(3), payment(0)])
    let causality = try crosswise.build()
    #expect(try causality.leastCut(containing: [order(1)]).description == "orders=4,payments=3")
    #expect(try causality.leastCut(containing: [payment(0)]).description == "orders=4,payments=3")
    #expect(causality.statistics.atomicGroups == 2 && causality.statistics.atomicEvents == 4)
    let edge = try causality.crossingEdge(of: VectorCut("orders=2,payments=2"))
    #expect(edge?.isAtomic == true)
  }
}
