import EvlogStore

/// An input that was imported, or some of it: where its events are in the log.
struct ImportedSource {
  struct Stretch {
    /// Nil where it is not known any more.
    let start: Offset?
    var count: UInt64

    var end: Offset? { start.map { $0 + count } }
  }

  let id: String
  private(set) var stretches: [Stretch] = []
  private(set) var count: UInt64 = 0
  /// Where the last event is in an input that can be read from there; nil where that is not known.
  private(set) var position: Int64?

  init(id: String) { self.id = id }

  /// Adds a turn's events, of which `first` come before in the source. Those that are missing before it
  /// were lost with the id of their turn: they are where there is just the room for them, if there is.
  mutating func add(_ offsets: Range<Offset>, first: UInt64, position: Int64? = nil) {
    guard first >= count else { return }
    self.position = position
    if first > count {
      let missing = first - count
      let start = UInt64(offsets.lowerBound) >= missing ? offsets.lowerBound - missing : nil
      append(
        Stretch(start: count == 0 || start == stretches.last?.end ? start : nil, count: missing))
    }
    append(Stretch(start: offsets.lowerBound, count: UInt64(offsets.count)))
  }

  private mutating func append(_ stretch: Stretch) {
    count += stretch.count
    if let end = stretches.last?.end, end == stretch.start {
      stretches[stretches.count - 1].count += stretch.count
    } else {
      stretches.append(stretch)
    }
  }
}

/// Reads a source's events again, in their order.
struct SourceReader {
  let source: ImportedSource
  private let log: EventLog
  private var stretch = 0
  private var left: UInt64 = 0
  private var cursor: EventCursor?

  init(_ source: ImportedSource, in log: EventLog) {
    self.source = source
    self.log = log
  }

  enum Item {
    case event(RecordedEvent)
    /// Repair put a placeholder there, or its place is unknown.
    case lost
  }

  /// The next event, or nil after the last.
  mutating func next() throws -> Item? {
    while left == 0 {
      guard stretch < source.stretches.count else { return nil }
      let now = source.stretches[stretch]
      stretch += 1
      left = now.count
      cursor = now.start.map { log.events(Query($0..<($0 + now.count))).makeCursor() }
    }
    left -= 1
    guard let event = try cursor?.next(), event.type != EventLog.lostEventType else { return .lost }
    return .event(event)
  }
}
