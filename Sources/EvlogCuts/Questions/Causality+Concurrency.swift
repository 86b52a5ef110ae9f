import EvlogCore

extension Causality {
  /// The number of pairs of events of which neither is in the other's past.
  ///
  /// It takes time for each event that learns something, not for each pair: of all pairs, those are taken away
  /// that clocks count.
  public var concurrentPairCount: UInt64 {
    var known: UInt64 = 0
    for line in lines.indices {
      var position: UInt32 = 0
      for row in rowStarts[line] - 1..<rowStarts[line + 1] {
        // The events from here on know as much as the first, and one more of their own line each.
        let end =
          row + 1 < rowStarts[line + 1]
          ? learners.position(ofRank: row + 1, in: line) : counts[line]
        let count = UInt64(end - position)
        var own: UInt64 = 0
        if row >= rowStarts[line] {
          for other in 0..<width where other != line {
            known += UInt64(clocks[row * width + other]) * count
          }
          own = UInt64(clocks[row * width + line])
        }
        // Within an atomic group, an event knows later ones of its own line.
        let ahead = min(max(own, UInt64(position)), UInt64(end)) - UInt64(position)
        known += ahead * max(own, 1) - ahead
        let (first, last) = (UInt64(position) + ahead, UInt64(end))
        if last > first { known += (first + last - 1) * (last - first) / 2 }
        position = end
      }
    }
    let events = statistics.events
    return (events == 0 ? 0 : events * (events - 1) / 2) - (known - statistics.mutualPairs)
  }
}
