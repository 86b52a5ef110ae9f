import Dispatch
import EventLog
import Replay
import Synchronization

/// An event as a projection takes it.
enum Prepared<Event: Sendable>: Sendable {
  case event(Event, EventContext)
  /// A stream was erased.
  case erasure(String)
  /// It does not concern the projection.
  case nothing
}

/// The events of a query, prepared for a projection.
///
/// Where there are many, they are read and decoded on other threads, some hundreds ahead of the one that
/// writes to the database.
final class EventsAhead<P: Projection> {
  /// An event, and what was made of it, or why nothing was.
  struct Item: Sendable {
    let event: RecordedEvent
    let prepared: Prepared<P.Event>
    let error: (any Error)?

    // Inlined, as what is below it: then types are looked up once for many events.
    @inline(__always) init(_ event: RecordedEvent, of projection: P, _ upcasters: [Upcaster]) {
      self.event = event
      do {
        prepared = try projection.prepare(event, upcasters)
        error = nil
      } catch {
        prepared = .nothing
        self.error = error
      }
    }
  }

  private let reader: AheadReader<P>
  private let isAhead: Bool
  private var items: [Item] = []
  private var place = 0
  /// The last one of those before these.
  private var previous: RecordedEvent?
  private var isAtEnd = false

  init(_ projection: P, _ upcasters: [Upcaster], _ log: EventLog, _ query: Query, isMany: Bool) {
    reader = AheadReader(projection, upcasters, log.events(query).makeCursor())
    isAhead = isMany
    if isMany { reader.start() }
  }

  deinit { if isAhead { reader.stop() } }

  /// The event that came last; nil before the first.
  var last: RecordedEvent? { place > 0 ? items[place - 1].event : previous }

  /// The next event; nil at the end. Throws what reading throws: what preparing throws is told with the
  /// event.
  @inline(__always) func next() throws -> Item? {
    while place == items.count {
      if isAtEnd { return nil }
      previous = last
      items = try isAhead ? reader.take() : reader.read()
      isAtEnd = items.isEmpty
      place = 0
    }
    defer { place += 1 }
    return items[place]
  }
}

/// Reads and prepares events, for whoever takes them.
private final class AheadReader<P: Projection>: @unchecked Sendable {
  typealias Item = EventsAhead<P>.Item

  /// So many events are prepared at once, at least.
  private static var count: Int { 200 }
  /// So many times may such events lie ready.
  private static var depth: Int { 4 }

  /// Some events that are being prepared. What is in it is written before it is filled, and read after.
  private final class Slot: @unchecked Sendable {
    var items: Result<[Item], any Error> = .success([])
    let filled = DispatchSemaphore(value: 0)
  }

  private let projection: P
  private let upcasters: [Upcaster]
  /// Used by one thread at a time: by the one that was started, or by the one that takes.
  private var cursor: EventCursor
  private let slots = Mutex<[Slot]>([])
  private let isStopped = Atomic<Bool>(false)
  private let added = DispatchSemaphore(value: 0)
  private let room = DispatchSemaphore(value: 0)

  init(_ projection: P, _ upcasters: [Upcaster], _ cursor: EventCursor) {
    self.projection = projection
    self.upcasters = upcasters
    self.cursor = cursor
  }

  private func prepared(_ events: ArraySlice<RecordedEvent>) -> [Item] {
    [Item](capacity: events.count) { items in
      for event in events { items.append(Item(event, of: projection, upcasters)) }
    }
  }

  /// The next event, on this thread; none at the end.
  func read() throws -> [Item] {
    try cursor.next().map { [Item($0, of: projection, upcasters)] } ?? []
  }

  /// Reads on a thread of its own, and prepares on as many as there are.
  func start() {
    for _ in 0..<Self.depth { room.signal() }
    DispatchQueue(label: "evlog.projection.reading", qos: .userInitiated).async { [self] in
      while true {
        room.wait()
        if isStopped.load(ordering: .relaxed) { return }
        let slot = Slot()
        slots.withLock { $0.append(slot) }
        added.signal()
        let events: ArraySlice<RecordedEvent>?
        do { events = try cursor.nextBatch(atLeast: Self.count) } catch {
          slot.items = .failure(error)
          slot.filled.signal()
          return
        }
        guard let events else {
          slot.filled.signal()
          return
        }
        DispatchQueue.global(qos: .userInitiated).async { [self] in
          slot.items = .success(prepared(events))
          slot.filled.signal()
        }
      }
    }
  }

  /// The next events that were read ahead; none at the end.
  func take() throws -> [Item] {
    added.wait()
    let slot = slots.withLock { $0.removeFirst() }
    slot.filled.wait()
    room.signal()
    return try slot.items.get()
  }

  func stop() {
    isStopped.store(true, ordering: .relaxed)
    room.signal()
  }
}
