import Dispatch
import EvlogMachine
import EvlogStore
import Synchronization

/// An event as a projection takes it.
enum Prepared<Event: Sendable>: Sendable {
  case event(Event, EventContext)
  /// A stream was erased.
  case erasure(String)
  /// The event does not concern the projection.
  case nothing
}

/// Events of a block, and what was made of each, or why nothing was.
private struct PreparedBlock<Event: Sendable>: Sendable {
  var block = EventBlock()
  /// The events themselves, of a history that has no blocks.
  var row: ArraySlice<RecordedEvent>?
  var events: [Result<Prepared<Event>, any Error>] = []

  /// The stream of an event.
  func stream(_ place: Int) -> String {
    if let row { return row[row.startIndex + place].stream }
    let event = block[place]
    return event.streamText
  }

  /// An event as the history has it.
  func recorded(_ place: Int) -> RecordedEvent {
    if let row { return row[row.startIndex + place] }
    let event = block[place]
    return RecordedEvent(event)
  }
}

/// The events of a query, prepared for a projection.
///
/// Where there are many, they are read and decoded on other threads, a few blocks ahead of the one that writes
/// to the database.
final class EventsAhead<P: Projection> {
  private let reader: AheadReader<P>
  private let isAhead: Bool
  private var current = PreparedBlock<P.Event>()
  private var place = 0
  /// The last event of those before these.
  private var previous: RecordedEvent?
  private var isAtEnd = false

  init(
    _ projection: P, _ upcasters: [Upcaster], _ history: any History, _ query: Query, isMany: Bool
  ) throws {
    reader = AheadReader(projection, upcasters, try history.reader(of: query))
    isAhead = isMany
    if isMany { reader.start() }
  }

  deinit { if isAhead { reader.stop() } }

  /// The event that came last, as the log has it; nil before the first.
  var last: RecordedEvent? { place > 0 ? current.recorded(place - 1) : previous }

  /// The stream of the event that came last; nil before the first.
  var lastStream: String? { place > 0 ? current.stream(place - 1) : previous?.stream }

  /// The next event; nil at the end. Throws the errors of reading; an error of preparing comes with its event.
  @inline(__always) func next() throws -> Result<Prepared<P.Event>, any Error>? {
    while place == current.events.count {
      if isAtEnd { return nil }
      try takeMore()
    }
    defer { place += 1 }
    return current.events[place]
  }

  private func takeMore() throws {
    previous = last
    place = 0
    current.events = []
    reader.giveBack(&current.block)
    current = try isAhead ? reader.take() : reader.read()
    isAtEnd = current.events.isEmpty
  }
}

/// Reads and prepares events for its consumer.
private final class AheadReader<P: Projection>: @unchecked Sendable {
  /// So many blocks may lie ready.
  private static var depth: Int { 4 }

  /// A block that is being prepared. What is in it is written before it is filled, and read after.
  private final class Slot: @unchecked Sendable {
    var prepared: Result<PreparedBlock<P.Event>, any Error> = .success(PreparedBlock())
    let filled = DispatchSemaphore(value: 0)
  }

  private let projection: P
  private let upcasters: [Upcaster]
  /// Used by one thread at a time: by the one that was started, or by the one that takes.
  private var source: any EventReader
  private let slots = Mutex<[Slot]>([])
  /// Blocks to reuse.
  private let spares = Mutex<[EventBlock]>([])
  private let isStopped = Atomic<Bool>(false)
  private let added = DispatchSemaphore(value: 0)
  private let room = DispatchSemaphore(value: 0)

  init(_ projection: P, _ upcasters: [Upcaster], _ source: any EventReader) {
    self.projection = projection
    self.upcasters = upcasters
    self.source = source
  }

  /// The events are copied out of the block here, and let go here: what they share is counted by one thread.
  private func prepared(_ read: consuming PreparedBlock<P.Event>) -> PreparedBlock<P.Event> {
    let row = read.row ?? read.block.recordedEvents()[...]
    read.events = [Result<Prepared<P.Event>, any Error>](capacity: row.count) { prepared in
      for event in row {
        do { prepared.append(.success(try projection.prepare(event, upcasters))) } catch {
          prepared.append(.failure(error))
        }
      }
    }
    return read
  }

  /// The next events, not yet prepared; nil at the end.
  private func readNext() throws -> PreparedBlock<P.Event>? {
    guard var cursor = source as? EventCursor else {
      return try source.nextBatch(atLeast: 1000).map { PreparedBlock(row: $0) }
    }
    var block = spares.withLock { $0.popLast() } ?? EventBlock()
    defer { source = cursor }
    return try cursor.read(into: &block) ? PreparedBlock(block: block) : nil
  }

  /// The next events, on this thread; none at the end.
  func read() throws -> PreparedBlock<P.Event> {
    try readNext().map { prepared($0) } ?? PreparedBlock()
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
        let block: PreparedBlock<P.Event>?
        do { block = try readNext() } catch {
          slot.prepared = .failure(error)
          slot.filled.signal()
          return
        }
        guard let block else {
          slot.filled.signal()
          return
        }
        DispatchQueue.global(qos: .userInitiated).async { [self] in
          slot.prepared = .success(prepared(block))
          slot.filled.signal()
        }
      }
    }
  }

  /// The next events that were read ahead; none at the end.
  func take() throws -> PreparedBlock<P.Event> {
    added.wait()
    let slot = slots.withLock { $0.removeFirst() }
    slot.filled.wait()
    room.signal()
    return try slot.prepared.get()
  }

  func giveBack(_ block: inout EventBlock) {
    var given = EventBlock()
    swap(&given, &block)
    spares.withLock { $0.append(given) }
  }

  func stop() {
    isStopped.store(true, ordering: .relaxed)
    room.signal()
  }
}
