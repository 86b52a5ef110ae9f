import SystemPackage

/// Where a log is cut: the segment that becomes the last one, and what it continues.
struct TruncationPlace {
  var base: Offset
  var previousFrame: UInt32
}

/// What can be said of a cut by looking at the log.
extension EventLog {
  /// What goes if the log is to end at a cut, and where that is.
  func truncation(to cut: Cut, _ progress: (UInt64) -> Void) throws(EventLogError)
    -> (plan: Truncation, place: TruncationPlace)
  {
    guard cut <= end else {
      throw EventLogError(
        .invalidCut, "There is no cut \(cut): the log ends at \(end)", file: path,
        advice: "Choose a cut from 0 to \(end).")
    }
    try requireIntact(before: cut)
    let names = try layout.listSegments().filter(\.suffix.isSegment)
    let base = names.map(\.base).filter { $0 <= cut.offsetAfter }.max() ?? 0
    if cut < end, cut.offsetAfter != base, try !isTurnBoundary(cut) { throw noBoundary(cut) }
    var plan = Truncation(cut: cut, end: end)
    if cut < end {
      plan.files = names.filter { $0.base >= base }.sorted { $0.base < $1.base }.map {
        layout.segment(base: $0.base, $0.suffix)
      }
      try look(at: &plan, progress)
    }
    return (plan, TruncationPlace(base: base, previousFrame: lastFrame(before: base)))
  }

  /// Throws where something before a cut cannot be read, as far as opening the log has found.
  private func requireIntact(before cut: Cut) throws(EventLogError) {
    for segment in view().segments where segment.offsets.lowerBound < cut.offsetAfter {
      var error: EventLogError
      if let damaged = segment as? DamagedSegment {
        error = damaged.error
      } else {
        do throws(EventLogError) {
          try segment.requireIntact(segment.offsets.clamped(to: 0..<cut.offsetAfter))
          continue
        } catch let found { error = found }
      }
      error.advice = .init("Cut the log before the damage, or repair it first", .planRepair(path))
      throw error
    }
  }

  /// The header checksum of the last frame before a segment, which it must name.
  private func lastFrame(before base: Offset) -> UInt32 {
    switch view().segments.last(where: { $0.offsets.lowerBound < base }) {
    case let active as ActiveSegment: active.end.checksum
    case let sealed as SealedSegment: sealed.trailer.lastFrame
    default: 0
    }
  }

  // MARK: Turns

  /// Whether a turn begins at a cut, or ends there.
  ///
  /// A frame begins and ends with a turn, so its end is one even where what follows is damaged.
  private func isTurnBoundary(_ cut: Cut) throws(EventLogError) -> Bool {
    let next = cut.offsetAfter
    for case let active as ActiveSegment in view().segments
    where active.offsets.lowerBound < next && next <= active.offsets.upperBound {
      let chunk = active.chunk(try active.chunkIndex(holding: next - 1))
      if chunk.offsets.upperBound == next { return true }
    }
    do throws(EventLogError) { return try event(at: next)?.beginsTurn ?? true } catch
      where error.isDamage
    { return false }
  }

  private func noBoundary(_ cut: Cut) -> EventLogError {
    var nearest: [Cut] = []
    if let below = boundary(Query(to: cut, isBackwards: true)) { nearest.append(below) }
    nearest.append(boundary(Query(from: cut + 1)) ?? end)
    return EventLogError(
      .invalidCut, "No turn begins at offset \(cut), and a log ends with a whole turn", file: path,
      advice: "The nearest cuts: \(nearest.map { "\($0)" }.joined(separator: " and ")).")
  }

  /// The first event of a query with which a turn begins; nil where damage comes before it.
  private func boundary(_ query: Query) -> Cut? {
    var cursor = events(query).makeCursor()
    var block = EventBlock()
    // Damage ends the search: the nearest cut is only a hint.
    while (try? cursor.read(into: &block)) == true {
      for i in block.indices where block[i].beginsTurn { return block[i].offset.cutBefore }
    }
    return nil
  }

  // MARK: What goes

  private func look(at plan: inout Truncation, _ progress: (UInt64) -> Void)
    throws(EventLogError)
  {
    var seen = plan
    try forEachReadable(in: plan.offsets) { block throws(EventLogError) in
      for i in block.indices {
        let event = block[i]
        if event.beginsTurn { seen.turnCount += 1 }
        let time = event.recordedAt
        seen.times =
          seen.times.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
      }
      if let first = block.indices.first, let last = block.indices.last {
        if seen.first == nil { seen.first = RecordedEvent(block[first]) }
        seen.last = RecordedEvent(block[last])
        progress(block[last].offset - plan.cut.offsetAfter)
      }
    } damaged: { offsets, _ throws(EventLogError) in
      seen.unreadableCount += UInt64(offsets.count)
    }
    plan = seen
  }

  /// Reads what can be read of a stretch, chunk by chunk, and says what is damaged.
  ///
  /// Throws where the system does not let it be read, which is another thing than damage.
  func forEachReadable(
    in offsets: Range<Offset>, _ body: (EventBlock) throws(EventLogError) -> Void,
    damaged: (Range<Offset>, EventLogError) throws(EventLogError) -> Void
  ) throws(EventLogError) {
    var position = offsets.lowerBound
    var block = EventBlock()
    for segment in view().segments where segment.offsets.overlaps(offsets) {
      let upper = min(segment.offsets.upperBound, offsets.upperBound)
      var reason = EventLogError.damaged(
        "The segment is damaged where these events are", file: segment.path)
      do throws(EventLogError) {
        var reader = try segment.makeReader()
        for i in 0..<(try segment.chunkCount()) {
          let place = try segment.chunk(i)
          guard position < upper, place.offsets.overlaps(position..<upper) else { continue }
          do throws(EventLogError) {
            try reader.read(i, withPayload: true, into: &block)
          } catch  where error.isDamage {
            reason = error
            continue
          }
          if place.firstOffset > position { try damaged(position..<place.firstOffset, reason) }
          let from = position
          block.keep { (from..<upper).contains(place.firstOffset + UInt64($0.place)) }
          position = min(place.offsets.upperBound, upper)
          try body(block)
        }
      } catch  where error.isDamage { reason = error }
      if position < upper { try damaged(position..<upper, reason) }
      position = max(position, upper)
    }
    if position < offsets.upperBound {
      try damaged(
        position..<offsets.upperBound,
        EventLogError.damaged("No segment holds these events", file: layout.segments))
    }
  }
}

extension EventLogError {
  /// Whether it says that bytes are not what they should be, rather than that they cannot be had.
  var isDamage: Bool { code == .damaged || code == .foreign }
}
