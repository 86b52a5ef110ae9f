import EvlogTesting
import Testing

@testable import EvlogCuts

@Suite struct ClosureFlowTests {
  /// Closed sets of small random graphs, against trying all sets.
  @Test func weightsAreThoseOfBruteForce() async throws {
    try await Posets.forEach { _, random in
      var flow = ClosureFlow(lineCount: 3)
      var weights: [Int64] = []
      var needs: [(Int, Int)] = []
      for line in 0..<3 {
        var previous: Int?
        for _ in 0..<random.below(5) {
          let weight = Int64(random.below(9)) - 4
          let node = flow.addNode(weight: weight, line: line, after: previous)
          if let previous { needs.append((node, previous)) }
          weights.append(weight)
          previous = node
        }
      }
      for _ in 0..<random.below(2 * weights.count + 1) {
        let (node, needed) = (random.below(weights.count), random.below(weights.count))
        flow.addNeed(of: node, to: needed)
        needs.append((node, needed))
      }
      let least = (0..<1 << weights.count).filter { set in
        needs.allSatisfy { set >> $0 & 1 == 0 || set >> $1 & 1 == 1 }
      }.map { set in
        weights.indices.reduce(Int64(0)) { $0 + (set >> $1 & 1 == 1 ? weights[$1] : 0) }
      }.min()
      let found = try flow.leastWeight()
      #expect(found == least, "\(weights) \(needs)")
    }
  }
}
