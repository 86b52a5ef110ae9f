/// Puts spans in an order in which each comes after its parent.
///
/// Exporters write a span when it has ended, and a parent mostly ends after its children. So a span waits
/// until its parent has come. The order depends only on the spans so far: what follows does not change it.
struct SpanOrder {
  /// If more wait, the one that has waited longest goes on, after those of its ancestors that wait.
  static let waitingLimit = 100_000

  private var known: Set<TraceSpan.ID> = []
  private var waiting: [Int: TraceSpan] = [:]
  /// Where those that wait are, by their ids.
  private var places: [TraceSpan.ID: Int] = [:]
  /// Those that wait for a span, in the order in which they came.
  private var children: [TraceSpan.ID: [Int]] = [:]
  private var count = 0
  private var oldest = 0

  var waitingCount: Int { waiting.count }

  /// Takes a span, and gives those that wait for nothing now.
  mutating func add(_ span: TraceSpan) -> [TraceSpan] {
    guard let parent = span.parent, !known.contains(parent) else { return release(span) }
    waiting[count] = span
    places[span.id] = count
    children[parent, default: []].append(count)
    count += 1
    return waiting.count > Self.waitingLimit ? releaseOldest() : []
  }

  /// Gives the one that has waited longest, after those of its ancestors that wait, and all that have waited
  /// for these; nothing if none waits.
  mutating func releaseOldest() -> [TraceSpan] {
    while oldest < count, waiting[oldest] == nil { oldest += 1 }
    guard oldest < count else { return [] }
    var first = oldest
    var seen: Set = [oldest]
    while let parent = waiting[first]?.parent, let place = places[parent] {
      guard seen.insert(place).inserted else {
        // They are each other's ancestors, so none of them can be first.
        first = oldest
        break
      }
      first = place
    }
    return waiting.removeValue(forKey: first).map { release($0) } ?? []
  }

  private mutating func release(_ span: TraceSpan) -> [TraceSpan] {
    var released = [span]
    var next = 0
    while next < released.count {
      let id = released[next].id
      next += 1
      known.insert(id)
      places[id] = nil
      released += (children.removeValue(forKey: id) ?? []).compactMap {
        waiting.removeValue(forKey: $0)
      }
    }
    return released
  }
}
