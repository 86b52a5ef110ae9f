import EvlogCore

/// Collects the direct edges between the events of several lines, and makes a ``Causality`` of them.
///
///     var builder = try CausalityBuilder(lines: [
///       CausalLine("orders", end: 3), CausalLine("payments", end: 2),
///     ])
///     try builder.addEdge(
///       from: CausalEvent(line: 0, offset: 1), to: CausalEvent(line: 1, offset: 0))
///     let causality = try builder.build()
///
/// Edges may come in any order; those of a line that come in the order of their effects need not be sorted.
public struct CausalityBuilder: Sendable {
  /// An effect and one of its causes.
  struct Edge {
    var effect: UInt32
    var cause: CauseList.Cause
  }

  let lines: [CausalLine]
  private let dangling: DanglingReferences
  private(set) var edges: [[Edge]]
  private var isSorted: [Bool]
  private(set) var statistics = CausalityStatistics()

  /// A builder for lines that do not grow any more.
  ///
  /// Throws ``CausalityError`` where a name cannot be written in a cut, a line has 2³² events or more, or there
  /// are more than 32,767 lines.
  public init(lines: [CausalLine], dangling: DanglingReferences = .refused) throws(CausalityError) {
    try VectorCut.check(lines.map(\.name))
    guard lines.count <= CauseList.lineLimit else {
      throw CausalityError(
        .tooLarge, "There are \(lines.count) lines; at most \(CauseList.lineLimit) can be compared")
    }
    if let line = lines.first(where: { UInt64($0.end) >= UInt64(UInt32.max) }) {
      throw CausalityError(
        .tooLarge,
        "'\(line.name)' has \(line.end) events; at most \(UInt32.max - 1) can be compared")
    }
    self.lines = lines
    self.dangling = dangling
    edges = Array(repeating: [], count: lines.count)
    isSorted = Array(repeating: true, count: lines.count)
    for line in lines { statistics.events += UInt64(line.end) }
  }

  /// Adds that one event was a direct cause of another.
  ///
  /// Throws ``CausalityError`` with both events if the effect does not exist, or the cause is the effect itself
  /// or comes after it in the same line; also if the cause does not exist and dangling references are refused.
  public mutating func addEdge(
    from cause: CausalEvent, to effect: CausalEvent
  ) throws(CausalityError) {
    try checkEffect(effect)
    guard lines.hold(cause) else {
      guard dangling == .counted else {
        throw CausalityError(
          .missingCause,
          "\(lines.name(effect)) names \(lines.name(cause)) as its cause, which does not exist",
          effect, cause)
      }
      statistics.danglingReferences += 1
      return
    }
    if cause.line == effect.line, cause.offset >= effect.offset {
      throw CausalityError(
        .futureCause,
        cause == effect
          ? "\(lines.name(effect)) names itself as its cause"
          : "\(lines.name(effect)) names \(lines.name(cause)) as its cause, which comes after it",
        effect, cause)
    }
    statistics.edges += 1
    add(
      .init(line: cause.line, offset: UInt32(cause.offset), isAtomic: false), of: effect)
  }

  /// Adds that an event refers to something that no event is: `reference` is the id or the number that was not
  /// found. Throws ``CausalityError`` if dangling references are refused.
  public mutating func addDanglingReference(
    _ reference: String, of effect: CausalEvent
  ) throws(CausalityError) {
    try checkEffect(effect)
    guard dangling == .counted else {
      throw CausalityError(
        .missingCause, "\(lines.name(effect)) names '\(reference)' as its cause, which no event is",
        effect)
    }
    statistics.danglingReferences += 1
  }

  /// Adds that events happened as one: a consistent cut has all of them or none.
  ///
  /// Throws ``CausalityError`` if one of them does not exist.
  public mutating func addAtomicGroup(_ events: [CausalEvent]) throws(CausalityError) {
    for event in events { try checkEffect(event) }
    let members = Set(events).sorted { ($0.line, $0.offset) < ($1.line, $1.offset) }
    guard members.count > 1 else { return }
    statistics.atomicGroups += 1
    statistics.atomicEvents += UInt64(members.count)
    // In a ring, each needs all others.
    for (i, member) in members.enumerated() {
      let next = members[(i + 1) % members.count]
      add(.init(line: next.line, offset: UInt32(next.offset), isAtomic: true), of: member)
    }
  }

  /// Closes the edges transitively. It takes time for each edge and line, and none for events without edges.
  ///
  /// Throws ``CausalityError`` with two events of a cycle if an event is a cause of its own cause. Events that
  /// are so only through an atomic group belong to that group: two groups that lie crosswise are one.
  public consuming func build() throws(CausalityError) -> Causality {
    for line in lines.indices where !isSorted[line] {
      edges[line].sort { $0.effect < $1.effect }
    }
    var clocks = ClockBuilding(lines, edges, statistics)
    edges = []
    return try clocks.causality()
  }

  private func checkEffect(_ event: CausalEvent) throws(CausalityError) {
    guard lines.hold(event) else {
      throw CausalityError(.unknownEvent, "There is no event \(lines.name(event))", event)
    }
  }

  private mutating func add(_ cause: CauseList.Cause, of event: CausalEvent) {
    let effect = UInt32(event.offset)
    if let last = edges[event.line].last, last.effect > effect { isSorted[event.line] = false }
    edges[event.line].append(Edge(effect: effect, cause: cause))
  }
}
