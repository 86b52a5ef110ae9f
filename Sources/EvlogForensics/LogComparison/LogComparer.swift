import EvlogCore

/// Compares two histories event by event.
struct LogComparer {
  let first, second: any History
  let ends: (first: Cut, second: Cut)
  let rules: LogComparison.Rules
  /// Called with the number of events that were read.
  let progress: (UInt64) -> Void

  /// How often it is said how far it has come, in events.
  private static let progressStep: UInt64 = 1 << 16

  func compare() throws -> (comparison: LogComparison, alignment: LogAlignment, same: Cut) {
    let common = try CommonEnds(first, second, to: ends)
    let made =
      switch rules.alignment {
      case .offset: try compareByOffset(common)
      case .stream: try compareByStream(common)
      }
    // What need not be read is the same in everything; so is what was read, if everything counts.
    let same = rules.ignoredParts.isEmpty ? made.alignment.start : common.start
    return (made.comparison, made.alignment, same)
  }

  private func compareByOffset(_ common: CommonEnds) throws -> (
    comparison: LogComparison, alignment: LogAlignment
  ) {
    let counted = CountedParts(without: rules.ignoredParts)
    var tally = DifferenceTally(rules)
    var start = min(ends.first, ends.second)
    var position = common.start
    let readEnds = (first: min(ends.first, common.end), second: min(ends.second, common.end))
    var walk = try PairWalk(first, second, from: common.start, to: readEnds)
    try walk.forEachPair { first, second, stream in
      if !first.isAlike(second, in: counted) {
        start = min(start, position)
        tally.noteFirst(position, position, hasFirst: true, hasSecond: true)
        tally.add(
          .changed, position.offsetAfter, position.offsetAfter, ofStream: stream,
          parts: first.differing(from: second))
      }
      position += 1
      report(position - common.start)
      return true
    }
    if position < max(readEnds.first, readEnds.second) {
      tally.noteFirst(
        position, position, hasFirst: position < ends.first, hasSecond: position < ends.second)
    }
    try walk.forEachLeft { _, stream in
      tally.add(.onlyInFirst, position.offsetAfter, nil, ofStream: stream)
      position += 1
    } inSecond: { _, stream in
      tally.add(.onlyInSecond, nil, position.offsetAfter, ofStream: stream)
      position += 1
    }
    return (
      try tally.comparison(
        of: first, second, to: ends, names: walk.names, readCount: walk.readCount),
      LogAlignment(ends: ends, start: start)
    )
  }

  private func compareByStream(_ common: CommonEnds) throws -> (
    comparison: LogComparison, alignment: LogAlignment
  ) {
    let counted = CountedParts(without: rules.ignoredParts)
    var start = common.start
    let readEnds = (first: min(ends.first, common.end), second: min(ends.second, common.end))
    var walk = try PairWalk(first, second, from: common.start, to: readEnds)
    try walk.forEachPair { first, second, _ in
      guard first.isAlike(second, in: counted) else { return false }
      start += 1
      report(start - common.start)
      return true
    }
    var sides = (first: StreamAlignment.Side(), second: StreamAlignment.Side())
    try walk.forEachLeft { parts, stream in
      sides.first.add(parts.digest(of: counted), stream)
    } inSecond: { parts, stream in
      sides.second.add(parts.digest(of: counted), stream)
    }
    var aligned = StreamAlignment(sides.first, sides.second, streamCount: walk.names.count)
    sides = (.init(), .init())
    let gaps = aligned.gaps()
    let parts = (
      first: try PartsTable(first, from: start, at: gaps.flatMap(\.first)),
      second: try PartsTable(second, from: start, at: gaps.flatMap(\.second))
    )
    for gap in gaps { aligned.findChanged(in: gap, parts) }
    aligned.findOrder()
    var tally = DifferenceTally(rules)
    aligned.count(into: &tally, from: start, ignoringOrder: rules.ignoresOrder, parts: parts)
    return (
      try tally.comparison(
        of: first, second, to: ends, names: walk.names, readCount: walk.readCount,
        isShortest: aligned.isShortest),
      LogAlignment(
        ends: ends, start: start, partners: aligned.partnersInOrder,
        behind: ends.first - readEnds.first)
    )
  }

  private func report(_ count: UInt64) {
    if count % Self.progressStep == 0 { progress(count) }
  }
}
