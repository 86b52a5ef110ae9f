public import EvlogStore

/// A past with edits, which is a history of its own: its events have the offsets and revisions that they would
/// have had.
///
/// Making one reads the events once, to count them.
public struct EditedPast: History {
  private let original: any History
  private let edited: EditedLog
  private let cut: UInt64
  /// Points whose two offsets are known, in order: events are counted from each on.
  private var marks: [(edited: UInt64, original: UInt64)] = [(0, 0)]
  /// By stream, from which offset on its revisions differ from the original ones, and by how much.
  private var shifts: [Name: [(from: UInt64, by: Int64)]] = [:]
  public private(set) var end: UInt64 = 0

  /// So many events are from one mark to the next.
  private static let rowLength: UInt64 = 4096

  /// The events before a cut, with edits. Throws `InvalidEdit` for an offset, stream or type that does not
  /// exist.
  public init(_ history: any History, to cut: UInt64? = nil, _ edits: [Edit]) throws {
    original = history
    self.cut = min(cut ?? history.end, history.end)
    edited = try EditedLog(history, to: self.cut, edits)
    var counts: [Name: UInt64] = [:]
    var end: UInt64 = 0
    var (marks, shifts) = (marks, shifts)
    func take(_ event: RecordedEvent) {
      let stream = Name(event.stream)
      let revision = counts[stream, default: 0]
      counts[stream] = revision + 1
      let shift = Int64(revision) - Int64(event.revision)
      if shift != shifts[stream]?.last?.by ?? 0 { shifts[stream, default: []].append((end, shift)) }
      end += 1
    }
    try history.forEachRow(of: Query(to: self.cut)) { row in
      for i in row.indices {
        if row[i].offset % Self.rowLength == 0 { marks.append((end, row[i].offset)) }
        for event in edited.events(inPlaceOf: row[i...i]) { take(event) }
      }
      return true
    }
    edited.addedAtEnd.forEach(take)
    (self.end, self.marks, self.shifts) = (end, marks, shifts)
  }

  public func event(at offset: UInt64) throws -> RecordedEvent? {
    guard offset < end else { return nil }
    var reader = try reader(of: Query(from: offset, limit: 1))
    return try reader.nextBatch(atLeast: 1)?.first
  }

  /// The offset of an event before the edits; for an inserted event, the offset of the event that it precedes.
  public func origin(of offset: UInt64) throws -> UInt64? {
    guard offset < end else { return nil }
    var reader = makeReader(from: offset)
    return try reader.next()?.origin
  }

  public func reader(of query: Query) throws -> any EventReader {
    guard query.isBackwards else {
      return QueryReader(
        query: query, left: query.limit ?? .max, events: makeReader(from: query.from))
    }
    // From the end: the rows between marks, the last one first.
    return BackwardReader(
      past: self, query: query, left: query.limit ?? .max, end: min(query.to ?? end, end))
  }

  fileprivate func makeReader(from offset: UInt64) -> Reader {
    let mark = marks.last { $0.edited <= offset } ?? (0, 0)
    return Reader(past: self, position: mark.edited, unread: mark.original, from: offset)
  }

  /// By how much a stream's revisions differ at an offset.
  private func shift(of stream: String, at offset: UInt64) -> Int64 {
    guard let shifts = shifts[Name(stream)] else { return 0 }
    var (low, high) = (0, shifts.count)
    while low < high {
      let middle = (low + high) / 2
      if shifts[middle].from <= offset { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? 0 : shifts[low - 1].by
  }

  fileprivate func lastMark(before offset: UInt64) -> UInt64 {
    marks.last { $0.edited < offset }?.edited ?? 0
  }

  /// Goes through the events from an offset on.
  fileprivate struct Reader {
    let past: EditedPast
    /// The offset of the next event to be made, and of the next original one to be read.
    var position: UInt64
    var unread: UInt64
    let from: UInt64
    private var made: ArraySlice<(event: RecordedEvent, origin: UInt64)> = []
    private var hasAdded = false

    init(past: EditedPast, position: UInt64, unread: UInt64, from: UInt64) {
      (self.past, self.position, self.unread, self.from) = (past, position, unread, from)
    }

    mutating func next() throws -> (event: RecordedEvent, origin: UInt64)? {
      while true {
        while let first = made.popFirst() { if first.event.offset >= from { return first } }
        if unread < past.cut {
          var reader = try past.original.reader(
            of: Query(from: unread, to: min(unread + EditedPast.rowLength, past.cut)))
          while let row = try reader.nextBatch(atLeast: 1000) {
            make(past.edited.events(inPlaceOf: row))
            unread = row.last.map { $0.offset + 1 } ?? past.cut
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
        event.revision = UInt64(Int64(event.revision) + past.shift(of: event.stream, at: position))
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
        event.offset < query.to ?? .max
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
    var end: UInt64

    mutating func nextBatch(atLeast count: Int) throws -> ArraySlice<RecordedEvent>? {
      var found: [RecordedEvent] = []
      while left > 0, end > query.from, found.count < count {
        let start = max(past.lastMark(before: end), query.from)
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
