/// An ordered, read-only sequence of events with stable cuts, which can be replayed: a log, events in memory,
/// an edited past.
public protocol History: Sendable {
  /// The last cut, which is the number of events.
  var end: Cut { get }
  /// The event at an offset; nil if there is none.
  func event(at offset: Offset) throws -> RecordedEvent?
  /// Reads the events of a query, in its order.
  func reader(of query: Query) throws -> any EventReader
  /// What identifies the events to those who keep something that was made of them; nil if nothing may be kept.
  var historyID: String? { get }
  /// The digest of all events before a cut.
  func digest(at cut: Cut) throws -> Digest
}

extension History {
  /// Nothing is kept.
  public var historyID: String? { nil }

  /// The digest of all events before a cut, which are read for it.
  public func digest(at cut: Cut) throws -> Digest {
    var digest = Digest.zero
    try forEachRow(of: Query(to: cut)) { row in
      for event in row { digest = digest.appending(event) }
      return true
    }
    return digest
  }
}

/// Reads events, a row at a time.
public protocol EventReader {
  /// At least this many events, unless there are fewer left or they have many bytes; nil after the last.
  mutating func nextBatch(atLeast count: Int) throws -> ArraySlice<RecordedEvent>?
}

/// A history whose events can be read in blocks, without a copy of each.
package protocol BlockHistory: History {
  /// Reads the events of a query, in its order; nil if they can only be read in rows.
  func blockReader(of query: Query) throws -> (any BlockReader)?
}

/// Reads events, a block at a time.
package protocol BlockReader {
  /// Puts the next events in the place of those before; false after the last.
  mutating func read(into block: inout EventBlock) throws -> Bool
}

extension History {
  /// Gives the rows of events that a query asks for, until `body` says that it has seen enough. Throws
  /// `CancellationError` where the task is cancelled.
  package func forEachRow(
    of query: Query, _ body: (ArraySlice<RecordedEvent>) throws -> Bool
  ) throws {
    var reader = try reader(of: query)
    while let events = try reader.nextBatch(atLeast: 1000) {
      try Task.checkCancellation()
      guard try body(events) else { return }
    }
  }
}

/// Events in memory.
public struct EventList: History {
  /// The events; the offset of each is its index.
  public let events: [RecordedEvent]

  /// Gives events their offsets and revisions, as a log would.
  public init(_ events: some Sequence<RecordedEvent>) {
    var counts: [Name: Revision] = [:]
    self.events = events.enumerated().map { place, event in
      var event = event
      event.offset = Offset(place)
      event.revision = counts[Name(event.stream), default: 0]
      counts[Name(event.stream), default: 0] += 1
      return event
    }
  }

  public var end: Cut { Cut(events.count) }

  public func event(at offset: Offset) -> RecordedEvent? {
    offset < end.offsetAfter ? events[Int(offset)] : nil
  }

  public func reader(of query: Query) -> any EventReader {
    let range =
      Int(min(query.from, end))..<Int(max(min(query.from, end), min(query.to ?? end, end)))
    var found = events[range].filter(query.asksFor)
    if query.isBackwards { found.reverse() }
    return Rows(rest: Array(found.prefix(query.limit ?? .max))[...])
  }

  private struct Rows: EventReader {
    var rest: ArraySlice<RecordedEvent>

    mutating func nextBatch(atLeast count: Int) -> ArraySlice<RecordedEvent>? {
      defer { rest = rest.dropFirst(count) }
      return rest.isEmpty ? nil : rest.prefix(count)
    }
  }
}

extension Query {
  /// Whether an event is what it asks for, wherever it is.
  package func asksFor(_ event: RecordedEvent) -> Bool {
    (stream.map { Name($0) == Name(event.stream) } ?? true)
      && (types.map { $0.contains { Name($0) == Name(event.type) } } ?? true)
      && (since.map { event.recordedAt >= $0 } ?? true)
      && (until.map { event.recordedAt < $0 } ?? true)
  }
}
