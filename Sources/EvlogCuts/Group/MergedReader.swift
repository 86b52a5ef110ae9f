import EvlogCore

/// Reads the lines of a group side by side, in the causal order.
struct MergedReader: EventReader {
  private let history: CausalHistory
  private let query: Query
  private let range: Range<Cut>
  /// The next position of the order, from either end.
  private var position: Cut
  private var left: Int
  private var lines: [LineReader]

  init(_ history: CausalHistory, _ query: Query, _ range: Range<Cut>) throws {
    self.history = history
    self.query = query
    self.range = range
    position = query.isBackwards ? range.upperBound : range.lowerBound
    left = query.limit ?? .max
    let (from, to) = (
      history.order.vectorCut(at: range.lowerBound), history.order.vectorCut(at: range.upperBound)
    )
    lines = try history.group.members.indices.map { line in
      try LineReader(
        history, line, from: from.positions[line], to: to.positions[line],
        isBackwards: query.isBackwards)
    }
  }

  mutating func nextBatch(atLeast count: Int) throws -> ArraySlice<RecordedEvent>? {
    var found: [RecordedEvent] = []
    found.reserveCapacity(min(count, left))
    while left > 0, found.count < count, let event = try next() {
      guard query.asksFor(event) else { continue }
      found.append(event)
      left -= 1
    }
    return found.isEmpty ? nil : found[...]
  }

  private mutating func next() throws -> RecordedEvent? {
    let offset: Offset
    if query.isBackwards {
      guard position > range.lowerBound, let before = position.offsetBefore else { return nil }
      offset = before
      position = before.cutBefore
    } else {
      guard position < range.upperBound else { return nil }
      offset = position.offsetAfter
      position += 1
    }
    return try lines[history.order.line(at: Int(offset))].next(at: offset)
  }
}

/// Reads one line of a group.
private struct LineReader {
  private let history: CausalHistory
  private let line: Int
  /// The position in the line of the next event, from either end.
  private var position: Cut
  private let isBackwards: Bool
  private var events: any EventReader
  private var row: ArraySlice<RecordedEvent> = []
  /// The names of streams as the group has them, which are made once.
  private var streams: [Name: String] = [:]

  init(
    _ history: CausalHistory, _ line: Int, from: Cut, to: Cut, isBackwards: Bool
  ) throws {
    let member = history.group.members[line]
    (self.history, self.line, self.isBackwards) = (history, line, isBackwards)
    position = isBackwards ? to : from
    events = try member.history.reader(
      of: Query(
        from: history.own(from, in: line), to: history.own(to, in: line), stream: member.stream,
        isBackwards: isBackwards))
  }

  mutating func next(at offset: Offset) throws -> RecordedEvent? {
    if row.isEmpty { row = try events.nextBatch(atLeast: 1000) ?? [] }
    guard var event = row.popFirst() else { return nil }
    let stream = Name(event.stream)
    event.stream = streams[stream] ?? "\(history.group.members[line].name)/\(event.stream)"
    // Of very many streams, the names are made again.
    if streams.count < 10_000 { streams[stream] = event.stream }
    if isBackwards { position = position - 1 }
    history.settle(&event, at: offset, as: CausalEvent(line: line, offset: position.offsetAfter))
    if !isBackwards { position += 1 }
    return event
  }
}
