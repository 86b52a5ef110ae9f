public import EvlogCore

/// A past with edits, which is a history of its own: its events have the offsets and revisions that they would
/// have had.
///
/// Making one reads the events once, to count them.
public struct EditedPast: History {
  private let original: any History
  private let edited: EditedLog
  private let cut: Cut
  /// Points whose two offsets are known, in order: events are counted from each on.
  private var marks: [(edited: Offset, original: Offset)] = [(0, 0)]
  /// By stream, from which offset on its revisions differ from the original ones, and by how much.
  private var shifts: [Name: [(from: Offset, by: Int64)]] = [:]
  public private(set) var end: Cut = 0

  /// So many events are from one mark to the next.
  private static let rowLength: UInt64 = 4096

  /// The events before a cut, with edits. Throws `InvalidEdit` for an offset, stream or type that does not
  /// exist.
  public init(_ history: any History, to cut: Cut? = nil, _ edits: [Edit]) throws {
    original = history
    self.cut = min(cut ?? history.end, history.end)
    edited = try EditedLog(history, to: self.cut, edits)
    var counts: [Name: Revision] = [:]
    var end: Offset = 0
    var (marks, shifts) = (marks, shifts)
    func take(_ event: RecordedEvent) {
      let stream = Name(event.stream)
      let revision = counts[stream, default: 0]
      counts[stream] = revision.next
      let shift = Int64(revision) - Int64(event.revision)
      if shift != shifts[stream]?.last?.by ?? 0 { shifts[stream, default: []].append((end, shift)) }
      end += 1
    }
    try history.forEachRow(of: Query(to: self.cut)) { row in
      for i in row.indices {
        if UInt64(row[i].offset) % Self.rowLength == 0 { marks.append((end, row[i].offset)) }
        for event in edited.events(inPlaceOf: row[i...i]) { take(event) }
      }
      return true
    }
    edited.addedAtEnd.forEach(take)
    (self.end, self.marks, self.shifts) = (end.cutBefore, marks, shifts)
  }

  public func event(at offset: Offset) throws -> RecordedEvent? {
    guard offset < end.offsetAfter else { return nil }
    var reader = try reader(of: Query(from: offset.cutBefore, limit: 1))
    return try reader.nextBatch(atLeast: 1)?.first
  }

  /// The offset of an event before the edits; for an inserted event, the offset of the event that it precedes.
  public func origin(of offset: Offset) throws -> Offset? {
    guard offset < end.offsetAfter else { return nil }
    var reader = makeReader(from: offset)
    return try reader.next()?.origin
  }

  public func reader(of query: Query) throws -> any EventReader {
    guard query.isBackwards else {
      return QueryReader(
        query: query, left: query.limit ?? .max, events: makeReader(from: query.from.offsetAfter))
    }
    // From the end: the rows between marks, the last one first.
    return BackwardReader(
      past: self, query: query, left: query.limit ?? .max,
      end: min(query.to ?? end, end).offsetAfter)
  }

  fileprivate func makeReader(from offset: Offset) -> Reader {
    let mark = marks.last { $0.edited <= offset } ?? (0, 0)
    return Reader(past: self, position: mark.edited, unread: mark.original, from: offset)
  }

  /// By how much a stream's revisions differ at an offset.
  private func shift(of stream: String, at offset: Offset) -> Int64 {
    guard let shifts = shifts[Name(stream)] else { return 0 }
    var (low, high) = (0, shifts.count)
    while low < high {
      let middle = (low + high) / 2
      if shifts[middle].from <= offset { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? 0 : shifts[low - 1].by
  }

  fileprivate func lastMark(before offset: Offset) -> Offset {
    marks.last { $0.edited < offset }?.edited ?? 0
  }

  /// Goes through the events from an offset on.
  fileprivate struct Reader {
    let past: EditedPast
    /// The offset of the next event to be made, and of the next original one to be read.
    var position: Offset
    var unread: Offset
    let from: Offset
    private var made: ArraySlice<(event: RecordedEvent, origin: Offset)> = []
    private var hasAdded = false

    init(past: EditedPast, position: Offset, unread: Offset, from: Offset) {
      (self.past, self.position, self.unread, self.from) = (past, position, unread, from)
    }

    mutating func next() throws -> (event: RecordedEvent, origin: Offset)? {
      while true {
        while let first = made.popFirst() { if first.event.offset >= from { return first } }
        if unread < past.cut.offsetAfter {
          var reader = try past.original.reader(
            of: Query(
              from: unread.cutBefore, to: min(unread.cutBefore + EditedPast.rowLength, past.cut)))
          while let row = try reader.nextBatch(atLeast: 1000) {
            make(past.edited.events(inPlaceOf: row))
            unread = (row.last?.offset.cutAfter ?? past.cut).offsetAfter
          }
        } else if !hasAdded {
          hasAdded = true
          make(past.edited.addedAtEnd)
        } else {
          return nil
        }
      }
    }

    /// Gives events their offsets and revisions.
    private mutating func make(_ events: [RecordedEvent]) {
      for event in events {
        var event = event
        let origin = event.offset
        event.offset = position
        let shift = past.shift(of: event.stream, at: position)
        event.revision = Revision(Int(event.revision) + Int(shift))
        position += 1
        made.append((event, origin))
      }
    }
  }

  private struct QueryReader: EventReader {
    let query: Query
    var left: Int
    var events: Reader

    mutating func nextBatch(atLeast count: Int) throws -> ArraySlice<RecordedEvent>? {
      var found: [RecordedEvent] = []
      while left > 0, found.count < count, let (event, _) = try events.next(),
        event.offset < query.to?.offsetAfter ?? .max
      {
        guard query.asksFor(event) else { continue }
        found.append(event)
        left -= 1
      }
      return found.isEmpty ? nil : found[...]
    }
  }

  private struct BackwardReader: EventReader {
    let past: EditedPast
    let query: Query
    var left: Int
    var end: Offset

    mutating func nextBatch(atLeast count: Int) throws -> ArraySlice<RecordedEvent>? {
      var found: [RecordedEvent] = []
      while left > 0, end > query.from.offsetAfter, found.count < count {
        let start = max(past.lastMark(before: end), query.from.offsetAfter)
        var events = past.makeReader(from: start)
        var row: [RecordedEvent] = []
        while let (event, _) = try events.next(), event.offset < end {
          if query.asksFor(event) { row.append(event) }
        }
        end = start
        found += row.reversed().prefix(left)
        left -= min(left, row.count)
      }
      return found.isEmpty ? nil : found[...]
    }
  }
}
