public import EvlogCore

/// An edit of the past, to see what would have happened.
public enum Edit: Sendable, Hashable {
  /// The events at these offsets never happened.
  case drop(Range<Offset>)
  /// No event of this stream, or of this type, ever happened.
  case dropStream(String)
  case dropType(String)
  /// Something else happened instead of an event, at its time.
  case replace(Offset, NewEvent)
  /// One more event happened just before the event at an offset, or at the end of the log.
  case insert(before: Offset, NewEvent)
  /// Two events swapped places. They keep their times and take each other's offsets.
  case swap(Offset, Offset)
}

/// An edit that a log does not allow.
public struct InvalidEdit: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// A log with edits, read from the beginning.
struct EditedLog {
  private let history: any History
  private let cut: Cut
  private var dropped: [Range<Offset>] = []
  private var droppedStreams: Set<Name> = []
  private var droppedTypes: Set<Name> = []
  private var replaced: [Offset: RecordedEvent] = [:]
  private var inserted: [Offset: [RecordedEvent]] = [:]

  /// Throws `InvalidEdit` for an offset, a stream or a type that the log does not have before the cut.
  init(_ history: any History, to cut: Cut, _ edits: [Edit]) throws {
    self.history = history
    self.cut = cut
    for edit in edits {
      switch edit {
      case .drop(let offsets):
        try check(offsets.lowerBound)
        try check(offsets.upperBound - 1)
        dropped.append(offsets)
      case .dropStream(let stream):
        try check(Query(to: cut, stream: stream, limit: 1), has: "of the stream '\(stream)'")
        droppedStreams.insert(Name(stream))
      case .dropType(let type):
        try check(Query(to: cut, types: [type], limit: 1), has: "of the type '\(type)'")
        droppedTypes.insert(Name(type))
      case .replace(let offset, let event):
        let original = try self.event(offset)
        replaced[offset] = RecordedEvent(event, inPlaceOf: original, revision: original.revision)
      case .insert(let offset, let event):
        if offset != cut.offsetAfter { try check(offset) }
        let place = try self.event(min(offset, cut.offsetBefore ?? 0))
        var made = RecordedEvent(event, inPlaceOf: place, revision: 0)
        made.offset = offset
        inserted[offset, default: []].append(made)
      case .swap(let a, let b):
        var (first, second) = (try self.event(a), try self.event(b))
        (first.offset, second.offset) = (b, a)
        (replaced[a], replaced[b]) = (second, first)
      }
    }
  }

  private func check(_ query: Query, has what: String) throws {
    var reader = try history.reader(of: query)
    guard try reader.nextBatch(atLeast: 1) == nil else { return }
    throw InvalidEdit(description: "There is no event \(what) before cut \(cut).")
  }

  private func check(_ offset: Offset) throws {
    guard offset < cut.offsetAfter else {
      throw InvalidEdit(
        description: cut == 0
          ? "There is no event at offset \(offset): there is nothing to replay."
          : "There is no event at offset \(offset): the last one to be replayed is at \(cut - 1).")
    }
  }

  private func event(_ offset: Offset) throws -> RecordedEvent {
    try check(offset)
    guard let event = try replaced[offset] ?? history.event(at: offset) else {
      throw InvalidEdit(description: "There is no event at offset \(offset).")
    }
    return event
  }

  private func isDropped(_ event: RecordedEvent) -> Bool {
    dropped.contains { $0.contains(event.offset) }
      || !droppedStreams.isEmpty && droppedStreams.contains(Name(event.stream))
      || !droppedTypes.isEmpty && droppedTypes.contains(Name(event.type))
  }

  /// Whether something else happens in an event's place, or before it.
  func isEdited(_ event: RecordedEvent) -> Bool {
    isDropped(event) || replaced[event.offset] != nil || inserted[event.offset] != nil
  }

  /// A row of events as it would have been; those in an event's place have its offset.
  func events(inPlaceOf events: ArraySlice<RecordedEvent>) -> [RecordedEvent] {
    events.flatMap { event in
      (inserted[event.offset] ?? [])
        + (isDropped(event) ? [] : [replaced[event.offset] ?? event])
    }
  }

  /// A stretch of the log, as it was and as it would have been.
  struct Stretch {
    let cut: Cut
    let original: ArraySlice<RecordedEvent>
    let edited: [RecordedEvent]
    let isEdited: Bool
  }

  /// Divides a row of events so that each edit is in a stretch of its own.
  func stretches(of events: ArraySlice<RecordedEvent>) -> [Stretch] {
    var stretches: [Stretch] = []
    var start = events.startIndex
    func end(at i: Int) {
      guard i > start else { return }
      let row = events[start..<i]
      stretches.append(
        Stretch(
          cut: events[i - 1].offset.cutAfter, original: row, edited: Array(row), isEdited: false))
      start = i
    }
    for i in events.indices {
      let event = events[i]
      let added = inserted[event.offset] ?? []
      let isGone = isDropped(event)
      guard !added.isEmpty || isGone || replaced[event.offset] != nil else { continue }
      end(at: i)
      let own = isGone ? [] : [replaced[event.offset] ?? event]
      stretches.append(
        Stretch(
          cut: event.offset.cutAfter, original: events[i...i], edited: added + own, isEdited: true))
      start = i + 1
    }
    end(at: events.endIndex)
    return stretches
  }

  /// What is inserted behind the last event.
  var addedAtEnd: [RecordedEvent] { inserted[cut.offsetAfter] ?? [] }
}

extension RecordedEvent {
  /// An event as it would have been recorded in the place of another one, at its time.
  fileprivate init(_ event: NewEvent, inPlaceOf place: RecordedEvent, revision: Revision) {
    var event = event
    event.recordedAt = event.recordedAt ?? place.recordedAt
    self.init(event, offset: place.offset, revision: revision)
  }
}
