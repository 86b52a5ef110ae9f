/// Edges that the key by which events are ordered contradicts: a cause that is later than its effect. With
/// logical clocks, which every edge must raise, also one that is not earlier.
///
/// Recorded times and hybrid clocks are often wrong, so they never make an edge; this says how often.
public struct Contradictions: Sendable, Hashable {
  /// The number of direct edges that the key contradicts.
  public internal(set) var count: UInt64 = 0
  /// The first of them, by the effect's line and position.
  public internal(set) var first: CrossingEdge?

  init() {}

  init(_ edges: [[CausalityBuilder.Edge]], _ keys: [[Int64]], isTime: Bool) {
    for line in edges.indices {
      for edge in edges[line] where !edge.cause.isAtomic {
        let (cause, effect) = (
          keys[edge.cause.line][Int(edge.cause.offset)], keys[line][Int(edge.effect)]
        )
        guard isTime ? cause > effect : cause >= effect else { continue }
        count += 1
        let found = CrossingEdge(
          cause: CausalEvent(edge.cause.line, edge.cause.offset),
          effect: CausalEvent(line, edge.effect), isAtomic: false)
        if first.map({ Self.isBefore(found, $0) }) ?? true { first = found }
      }
    }
  }

  private static func isBefore(_ a: CrossingEdge, _ b: CrossingEdge) -> Bool {
    (a.effect.line, a.effect.offset) < (b.effect.line, b.effect.offset)
  }
}
