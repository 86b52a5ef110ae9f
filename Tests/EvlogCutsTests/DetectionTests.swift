import EvlogCore
import EvlogTesting
import Synchronization
import Testing

@testable import EvlogCuts

/// What Cooper and Marzullo's definitions say, by trying everything.
private struct BruteForce {
  let cuts: [Positions]
  private let holds: (Positions) -> Bool
  private let end: Positions

  init(_ poset: Poset, _ holds: @escaping (Positions) -> Bool) {
    cuts = poset.consistentCuts
    self.holds = holds
    end = poset.counts
  }

  /// The least of the cuts that the first event of an order made possible.
  func possibly(_ order: CausalOrder) -> Positions? {
    let found = cuts.filter(holds).map { cut in
      (order.index(including: cut.map { UInt32($0) }), cut)
    }
    let first = found.map { $0.0 }.min()
    return found.first { $0.0 == first }?.1
  }

  /// Whether no run avoids the predicate. From each cut, a run goes to any next larger one.
  var definitely: Bool {
    let open = cuts.filter { !holds($0) }
    guard let first = open.first, first.allSatisfy({ $0 == 0 }), open.last == end else {
      return true
    }
    var reached: Set<Positions> = [first]
    // Larger cuts come later in lexical order.
    for cut in open where reached.contains(cut) {
      let above = cuts.filter { $0 != cut && isBelow(cut, $0) }
      let next = above.filter { one in !above.contains { $0 != one && isBelow($0, one) } }
      reached.formUnion(next.filter { !holds($0) })
    }
    return !reached.contains(end)
  }
}

@Suite struct DetectionTests {
  private func order(_ causality: Causality, _ random: inout SeededGenerator) throws -> CausalOrder
  {
    var keys = random
    defer { random = keys }
    let offset = Int64(keys.below(5))
    return try CausalOrder(of: causality) { event in
      (Int64(event.offset) * 7 + Int64(event.line) * offset) % 11
    }
  }

  /// Random truths of some lines.
  private func predicates(_ poset: Poset, _ random: inout SeededGenerator) -> [LocalPredicate] {
    let share = 1 + random.below(3)
    return poset.counts.indices.filter { _ in !random.oneIn(5) }.map { line in
      let truth = (0...poset.counts[line]).map { _ in random.below(4) < share }
      return LocalPredicate(line: line, end: Cut(poset.counts[line])) { truth[Int($0)] }
    }
  }

  private func holds(_ predicate: LocalPredicate, _ cut: Positions) -> Bool {
    predicate.holds(UInt32(cut[predicate.line]))
  }

  /// All methods that apply give the answer of brute force.
  private func expect(
    _ predicate: CutPredicate, is holds: @escaping @Sendable (Positions) -> Bool, _ poset: Poset,
    _ order: CausalOrder
  ) async throws {
    let brute = BruteForce(poset, holds)
    let (first, always) = (brute.possibly(order), brute.definitely)
    let general = CutPredicate.general { { holds($0.positions.map { Int($0) }) } }
    for (predicate, workers) in [(predicate, 1), (general, 1), (general, 2)] {
      var detector = CutDetector(order, workers: workers)
      detector.stretchLength = 1 + poset.events.count % 5
      let possibly = try await detector.possibly(predicate)
      #expect(possibly.first?.cut.numbers == first, "\(poset) \(possibly)")
      #expect(possibly.extent == .exact)
      if let witness = possibly.first {
        let index = order.index(including: witness.cut.numbers.map { UInt32($0) })
        #expect(witness.offset == Cut(index).offsetBefore)
      }
      let definitely = try await detector.definitely(predicate)
      #expect(definitely.holds == always && definitely.extent == .exact, "\(poset) \(definitely)")
    }
  }

  @Test func conjunctionsAndDisjunctions() async throws {
    try await Posets.forEach { poset, random in
      let order = try order(poset.causality(), &random)
      let predicates = predicates(poset, &random)
      try await expect(
        .conjunction(predicates), is: { cut in predicates.allSatisfy { holds($0, cut) } }, poset,
        order)
      try await expect(
        .disjunction(predicates), is: { cut in predicates.contains { holds($0, cut) } }, poset,
        order)
      // Two predicates of one line are one.
      let negated = (predicates.map(\.negated) + predicates).dropLast(random.below(3))
      try await expect(
        .conjunction(Array(negated)), is: { cut in negated.allSatisfy { holds($0, cut) } }, poset,
        order)
    }
  }

  @Test func countsAndSums() async throws {
    try await Posets.forEach { poset, random in
      let order = try order(poset.causality(), &random)
      let predicates = predicates(poset, &random)
      let counts = [[0...0], [1...1], [1...1, 3...3], [2...Int.max], [0...1], [0...0, 2...2]]
      let count = counts[random.below(counts.count)]
      try await expect(
        .count(predicates, in: count),
        is: { cut in
          let number = predicates.count { holds($0, cut) }
          return count.contains { $0.contains(number) }
        }, poset, order)
      let largest = 1 + random.below(3)
      let values = poset.counts.map { count in
        (0...count).reduce(into: [Int64]()) { values, _ in
          values.append((values.last ?? 0) + Int64(random.below(2 * largest + 1) - largest))
        }
      }
      let variables = values.enumerated().map { line, values in
        LocalVariable(line: line, end: Cut(values.count - 1)) { values[Int($0)] }
      }
      let middle = Int64(random.below(7) - 3)
      let ranges: [[ClosedRange<Int64>]] = [
        [Int64.min...middle], [middle...Int64.max], [middle...middle], [middle...middle + 1],
        [Int64.min...middle, (middle + 4)...Int64.max],
      ]
      let range = ranges[random.below(ranges.count)]
      try await expect(
        .sum(variables, in: range),
        is: { cut in
          let sum = zip(values, cut).reduce(0) { $0 + $1.0[$1.1] }
          return range.contains { $0.contains(sum) }
        }, poset, order)
    }
  }

  @Test func stablePredicates() async throws {
    try await Posets.forEach { poset, random in
      let order = try order(poset.causality(), &random)
      // Some vectors, and all above.
      let least = (0...random.below(3)).map { _ in poset.counts.map { random.below($0 + 2) } }
      let holds = { @Sendable (cut: Positions) in least.contains { isBelow($0, cut) } }
      try await expect(
        .stable { { holds($0.positions.map { Int($0) }) } }, is: holds, poset, order)
    }
  }

  /// The answer for a beginning of the logs is the same after they have grown.
  @Test func appendedEventsChangeNoVerdict() async throws {
    try await Posets.forEach(hasGroups: false) { poset, random in
      let cuts = poset.consistentCuts
      let beginning = poset.beginning(cuts[random.below(cuts.count)])
      let first = try order(beginning.causality(), &random)
      let whole = try CausalOrder(continuing: first, to: poset.causality()) { _ in 0 }
      let salt = random.next()
      let general = CutPredicate.general {
        { cut in
          cut.positions.reduce(salt) { ($0 ^ UInt64($1)) &* 0x9e37_79b9_7f4a_7c15 } >> 61 == 0
        }
      }
      let before = try await CutDetector(first).possibly(general)
      let after = try await CutDetector(whole).possibly(general)
      let (early, late) = (before.first, after.first)
      // What is known of the beginning is not looked at again, and makes no other answer.
      for workers in 1...2 {
        let looked = Atomic<UInt64>(0)
        let counting = CutPredicate.general {
          let judge = try general.judge()
          return { cut in
            looked.add(1, ordering: .relaxed)
            return try judge(cut)
          }
        }
        let limit = random.below(2) == 0 ? UInt64.max : UInt64(random.below(cuts.count + 1))
        let detector = CutDetector(whole, workers: workers, cutLimit: limit)
        let continued = try await detector.possibly(counting, after: before.known)
        #expect(try await continued == detector.possibly(general), "\(poset)")
        if limit == .max, workers == 1 {
          #expect(looked.load(ordering: .relaxed) == after.cutCount - before.known.cuts, "\(poset)")
        }
      }
      if let early {
        #expect(late == early, "\(poset)")
      } else if let late {
        #expect(late.offset.map { $0 >= first.end.offsetAfter } == true, "\(poset)")
      }
    }
  }

  /// The methods that are said to be used.
  @Test func thePlannerNamesItsMethod() async throws {
    var random = SeededGenerator(seed: 1)
    let lines = [CausalLine("a", end: 3), CausalLine("b", end: 3)]
    let order = try order(CausalityBuilder(lines: lines).build(), &random)
    let detector = CutDetector(order)
    func variable(_ values: [Int64], _ line: Int) -> LocalVariable {
      LocalVariable(line: line, end: 3) { values[Int($0)] }
    }
    let local = LocalPredicate(line: 0, end: 3, stretches: [1..<3])
    let ones = [variable([0, 1, 2, 1], 0), variable([0, -1, 0, 1], 1)]
    let twos = [variable([0, 2, 4, 2], 0), variable([0, -2, 0, 2], 1)]
    let methods: [(CutPredicate, DetectionMethod, DetectionMethod)] = [
      (.conjunction([local]), .conjunctive, .conjunctive),
      (.disjunction([local]), .disjunctive, .disjunctive),
      (.count([local], in: [1...1]), .flow, .levels),
      (.sum(ones, in: [3...3]), .flow, .run), (.sum(ones, in: [2...2]), .flow, .run),
      (.sum(ones, in: [4...4]), .flow, .flow), (.sum(twos, in: [3...3]), .enumeration, .run),
      (.sum(twos, in: [9...9]), .flow, .flow), (.sum(twos, in: [5...Int64.max]), .flow, .run),
      (.stable { { _ in true } }, .stable, .stable),
      (.general { { _ in false } }, .enumeration, .run),
    ]
    for (i, (predicate, possibly, definitely)) in methods.enumerated() {
      #expect(try await detector.possibly(predicate).method == possibly, "\(i)")
      #expect(try await detector.definitely(predicate).method == definitely, "\(i)")
    }
  }

  @Test func limitsAreSaid() async throws {
    let lines = ["a", "b", "c"].map { CausalLine($0, end: 9) }
    let order = try CausalOrder(of: CausalityBuilder(lines: lines).build()) { Int64($0.offset) }
    // All of a thousand cuts are consistent. The predicate holds at the last one of the order only.
    let predicate = CutPredicate.general { { $0.positions == [9, 9, 9] } }
    for limit: UInt64 in [0, 1, 2, 100, 999] {
      var answers: [Possibly] = []
      for workers in [1, 2, 3] {
        let detector = CutDetector(order, workers: workers, cutLimit: limit)
        answers.append(try await detector.possibly(predicate))
      }
      #expect(Set(answers).count == 1)
      #expect(answers[0].first == nil && answers[0].cutCount == limit)
      guard case .bounded(let lookedAt, let all) = answers[0].extent else {
        Issue.record("not bounded: \(answers[0])")
        continue
      }
      #expect(all == 28 && lookedAt < 28)
      // So many intervals have at most so many cuts.
      var whole = CutDetector(order, cutLimit: limit)
      whole.cutLimit = .max
      let end = order.vectorCut(at: Cut(max(lookedAt, 1) - 1))
      var count: UInt64 = 0
      try order.causality.forEachConsistentCut(to: end) { _ in
        count += 1
        return true
      }
      #expect(lookedAt == 0 || count <= limit)
    }
    let exact = try await CutDetector(order, workers: 2, cutLimit: 1000).possibly(predicate)
    #expect(exact.first?.cut == order.causality.end && exact.extent == .exact)

    let middle = CutPredicate.general { { cut in (0..<3).allSatisfy { cut[$0] == 4 } } }
    let bounded = try await CutDetector(order, memoryLimit: 2000).definitely(middle)
    #expect(bounded.holds == nil && bounded.method == .levels)
    guard case .bounded(let levels, 28) = bounded.extent else {
      Issue.record("not bounded: \(bounded)")
      return
    }
    #expect(levels > 1 && levels < 28)
    #expect(try await CutDetector(order).definitely(middle).holds == false)
  }

  @Test func whatAJudgeThrowsIsThrown() async throws {
    struct Failure: Error, Equatable { var sum: UInt64 }
    let lines = ["a", "b", "c"].map { CausalLine($0, end: 9) }
    let order = try CausalOrder(of: CausalityBuilder(lines: lines).build()) { Int64($0.offset) }
    for workers in [1, 2] {
      let predicate = CutPredicate.general {
        { cut in
          let sum = cut.positions.reduce(0) { $0 + UInt64($1) }
          if sum > 12 { throw Failure(sum: sum) }
          return false
        }
      }
      await #expect(throws: Failure(sum: 13)) {
        try await CutDetector(order, workers: workers).possibly(predicate)
      }
    }
  }

  @Test func workIsCancelled() async throws {
    let lines = (0..<9).map { CausalLine("l\($0)", end: 100) }
    let order = try CausalOrder(of: CausalityBuilder(lines: lines).build()) { Int64($0.offset) }
    for workers in [1, 2] {
      let work = Task {
        try await CutDetector(order, workers: workers).possibly(.general { { _ in false } })
      }
      work.cancel()
      await #expect(throws: CancellationError.self) { try await work.value }
    }
  }
}

extension CutPredicate {
  /// The judge of a general predicate.
  fileprivate func judge() throws -> CutJudge {
    guard case .general(let makeJudge) = self else { preconditionFailure("a general predicate") }
    return try makeJudge()
  }
}
