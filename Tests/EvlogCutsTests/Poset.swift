import EvlogCuts
import EvlogStore
import EvlogTesting

#if canImport(Glibc)
  import Glibc
#endif

/// A small causality, whose answers are found by trying everything: each vector of positions is a cut, and a
/// cut is consistent if no edge leads into it from outside.
struct Poset: CustomStringConvertible {
  var counts: [Int]
  var edges: [(cause: CausalEvent, effect: CausalEvent)] = []
  var groups: [[CausalEvent]] = []

  /// A poset of 2 to 5 lines, whose edges follow a random order of its events.
  init(_ random: inout SeededGenerator, hasGroups: Bool) {
    let width = 2 + random.below(4)
    let limit = [0, 0, 9, 6, 4, 3][width]
    counts = (0..<width).map { _ in random.below(limit + 1) }
    var order: [CausalEvent] = []
    var positions = counts.map { _ in 0 }
    while order.count < counts.reduce(0, +) {
      let line = random.below(width)
      guard positions[line] < counts[line] else { continue }
      order.append(CausalEvent(line: line, offset: Offset(positions[line])))
      positions[line] += 1
    }
    guard order.count > 1 else { return }
    for _ in 0..<random.below(order.count + 1) {
      let effect = 1 + random.below(order.count - 1)
      edges.append((order[random.below(effect)], order[effect]))
    }
    if hasGroups {
      for _ in 0..<random.below(3) {
        groups.append((0..<2 + random.below(2)).map { _ in order[random.below(order.count)] })
      }
    }
  }

  var lines: [CausalLine] {
    counts.enumerated().map { CausalLine("l\($0)", end: Cut($1)) }
  }

  var events: [CausalEvent] {
    counts.indices.flatMap { line in
      (0..<counts[line]).map { CausalEvent(line: line, offset: Offset($0)) }
    }
  }

  func causality() throws -> Causality {
    var builder = try CausalityBuilder(lines: lines)
    for edge in edges { try builder.addEdge(from: edge.cause, to: edge.effect) }
    for group in groups { try builder.addAtomicGroup(group) }
    return try builder.build()
  }

  /// The same without the last events of its lines.
  func beginning(_ counts: [Int]) -> Poset {
    var poset = self
    poset.counts = counts
    func isIn(_ event: CausalEvent) -> Bool { Int(event.offset) < counts[event.line] }
    poset.edges.removeAll { !isIn($0.cause) || !isIn($0.effect) }
    poset.groups.removeAll { !$0.allSatisfy(isIn) }
    return poset
  }

  var description: String {
    func name(_ event: CausalEvent) -> String { "\(event.line)@\(event.offset)" }
    let edges = edges.map { "\(name($0.cause))>\(name($0.effect))" }
    return "counts \(counts), edges \(edges), groups \(groups.map { $0.map(name) })"
  }
}

/// A vector of positions.
typealias Positions = [Int]

extension Poset {
  func isConsistent(_ cut: Positions) -> Bool {
    func isIn(_ event: CausalEvent) -> Bool { Int(event.offset) < cut[event.line] }
    return edges.allSatisfy { isIn($0.cause) || !isIn($0.effect) }
      && groups.allSatisfy { group in
        let first = isIn(group[0])
        return group.allSatisfy { isIn($0) == first }
      }
  }

  /// All vectors, in lexical order.
  var vectors: [Positions] {
    counts.reduce([[]]) { vectors, count in
      vectors.flatMap { vector in (0...count).map { vector + [$0] } }
    }
  }

  var consistentCuts: [Positions] { vectors.filter(isConsistent) }

  func vectorCut(_ positions: Positions) throws -> VectorCut {
    try VectorCut(names: lines.map(\.name), positions: positions.map { Cut($0) })
  }
}

func isBelow(_ a: Positions, _ b: Positions) -> Bool { zip(a, b).allSatisfy { $0 <= $1 } }

extension VectorCut {
  var numbers: Positions { positions.map { Int($0) } }
}

/// Random posets, by seeds that are printed when something is wrong.
///
/// `EVLOG_POSETS=n` tries so many; `EVLOG_POSET_SEED=s` begins with a seed.
enum Posets {
  private static func number(_ name: String) -> UInt64? {
    guard let text = unsafe getenv(name) else { return nil }
    return unsafe UInt64(String(cString: text))
  }

  static let count = number("EVLOG_POSETS") ?? 1500

  static func forEach(
    share: UInt64 = 1, hasGroups: Bool? = nil,
    _ body: (Poset, inout SeededGenerator) async throws -> Void
  ) async rethrows {
    let first = number("EVLOG_POSET_SEED") ?? .random(in: 0..<1 << 32)
    print("posets from the seed \(first)")
    for seed in first..<first + max(1, count / share) {
      var random = SeededGenerator(seed: seed)
      let poset = Poset(&random, hasGroups: hasGroups ?? random.oneIn(3))
      try await body(poset, &random)
    }
  }
}
