package import EvlogCore

package import EvlogMachine
package import EvlogReplay

extension Replayer {
  /// The maps at some cuts, which ascend, by one replay.
  package func maps(by rule: RegionRule, at cuts: [Cut]) throws -> [RegionMap] {
    let counting = RegionCounter(rule)
    let playhead = try playhead()
    return try cuts.map { cut in
      try playhead.advance(
        to: cut, watching: .regions(counting), workers: workers, verdict: { _ in },
        moment: { _ in }, passed: { _ in })
      return RegionMap(
        machine, rule, cut: cut, counting.tally, try ScannedKeys(of: playhead.host))
    }
  }

  /// How many events found a state in each region before some cuts, which ascend, by one replay. A region may come more
  /// than once, for events of several types.
  package func regionCounts(
    by rule: RegionRule, at cuts: [Cut], _ body: ([(region: String, count: UInt64)]) -> Void
  ) throws {
    let counting = RegionCounter(rule)
    let playhead = try playhead()
    for cut in cuts {
      try playhead.advance(
        to: cut, watching: .regions(counting), workers: workers, verdict: { _ in },
        moment: { _ in }, passed: { _ in })
      body(counting.tally.counts.map { ($0.key.region, $0.value.events) })
    }
  }

  /// The first events of a type that found a state in a region.
  package func offsets(
    inRegion region: String, ofType type: String, by rule: RegionRule, limit: Int
  ) throws -> [Offset] {
    let counting = RegionCounter(rule)
    let place = RegionTally.Place(region: region, type: type)
    let wanted = Name(type)
    var found: [Offset] = []
    let playhead = try playhead()
    try playhead.advance(to: history.end) { events in
      // Events of the type are run one by one, to see which of them the cell counts.
      var start = events.startIndex
      for i in events.indices where Name(events[i].type) == wanted {
        if start < i { try run(events[start..<i], counting, in: playhead.host) }
        let before = counting.tally.counts[place]?.events ?? 0
        try run(events[i...i], counting, in: playhead.host)
        if counting.tally.counts[place]?.events ?? 0 > before { found.append(events[i].offset) }
        if found.count >= limit { return false }
        start = i + 1
      }
      if start < events.endIndex { try run(events[start...], counting, in: playhead.host) }
      return true
    }
    return found
  }

  private func run(
    _ events: ArraySlice<RecordedEvent>, _ counting: RegionCounter, in host: any Host
  ) throws {
    try host.run(events, watching: .regions(counting), verdict: { _ in }, moment: { _ in })
  }
}
