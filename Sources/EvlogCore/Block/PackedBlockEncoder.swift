/// Collects events, and writes them as a block of a sealed segment: names, fields, ids and payloads.
///
/// Streams and types are numbers of tables that outlive the block; see ``LocalNames``.
package struct PackedBlockEncoder: ~Copyable, Sendable {
  /// The numbers of one event.
  private struct Event: Sendable {
    var revision: UInt64
    var time: Int64
    var stream: UInt32
    var type: UInt32
    var contentType: UInt32
    var schemaVersion: UInt32
    var dataCount: UInt32
    var metadataCount: UInt32
    var idsCount: UInt32
    var flags: EnvelopeFlags
  }

  private var streams = LocalNames()
  /// The types and content types.
  private var types = LocalNames()
  private var events: [Event] = []
  package private(set) var ids: [UInt8] = []
  package private(set) var payload: [UInt8] = []
  /// The bytes of the names, about.
  private var nameBytes = 0
  private var firstTime = Int64.max
  private var lastTime = Int64.min

  package init() {}

  package var count: Int { events.count }

  /// From the earliest to the latest time of an event.
  package var times: ClosedRange<Timestamp>? {
    events.isEmpty
      ? nil : Timestamp(nanoseconds: firstTime)...Timestamp(nanoseconds: lastTime)
  }

  /// What the fields of an event take, about.
  private static let fieldBytes = 9

  /// The bytes so far, about: by this, a block is found to be full.
  package var byteCount: Int {
    payload.count &+ ids.count &+ count &* Self.fieldBytes &+ nameBytes
  }

  /// Starts a new block in the same memory.
  package mutating func removeAll() {
    streams.removeAll()
    types.removeAll()
    events.removeAll(keepingCapacity: true)
    ids.removeAll(keepingCapacity: true)
    payload.removeAll(keepingCapacity: true)
    nameBytes = 0
    firstTime = .max
    lastTime = .min
  }

  /// Adds an event of another block; its names have these numbers in the tables.
  ///
  /// Its payload is added by itself: see ``addPayload(_:)``.
  package mutating func add(_ event: EventView, stream: Int, type: Int, contentType: Int?) {
    let envelope = event.envelope
    let known = streams.count
    let streamPlace = streams.place(of: stream)
    if streamPlace == known { nameBytes &+= event.stream.count }
    var added = Event(
      revision: envelope.revision, time: envelope.time,
      stream: UInt32(truncatingIfNeeded: streamPlace),
      type: UInt32(truncatingIfNeeded: types.place(of: type)), contentType: 0, schemaVersion: 0,
      dataCount: envelope.dataCount, metadataCount: envelope.metadataCount, idsCount: 0,
      flags: envelope.flags)
    firstTime = min(firstTime, envelope.time)
    lastTime = max(lastTime, envelope.time)
    if envelope.flags.rawValue > EnvelopeFlags.beginsTurn.rawValue {
      let stored = event.storedIdentifiers
      ids.append(stored)
      added.idsCount = UInt32(truncatingIfNeeded: stored.count)
      if let contentType {
        added.contentType = UInt32(truncatingIfNeeded: types.place(of: contentType))
      }
      if envelope.flags.contains(.schemaVersion) { added.schemaVersion = envelope.schemaVersion }
    }
    events.append(added)
  }

  /// Adds the payloads of events that were added.
  package mutating func addPayload(_ bytes: Span<UInt8>) { payload.append(bytes) }

  /// Appends the list of the streams' names.
  package func appendNames(to bytes: inout [UInt8], streams table: borrowing NameTable) {
    NameList.append(streams, of: table, isCompact: true, to: &bytes)
  }

  /// Appends the types, the unit of the times, and the runs of events.
  package func appendFields(to bytes: inout [UInt8], types table: borrowing NameTable) {
    var list: [UInt8] = []
    NameList.append(types, of: table, isCompact: false, to: &list)
    bytes.appendVarint(UInt64(list.count))
    bytes.append(contentsOf: list)
    let unit = TimeUnit.largest(dividing: events.lazy.map(\.time))
    bytes.append(unit.rawValue)
    var start = RunStart()
    for first in stride(from: 0, to: events.count, by: PackedRun.eventCount) {
      let run = events[first..<min(first + PackedRun.eventCount, events.count)]
      append(run, unit: unit.nanoseconds, from: &start, to: &bytes)
    }
  }

  /// Where a run begins.
  private struct RunStart {
    var ids = 0
    var payload = 0
    var streams: UInt32 = 0
  }

  private func append(
    _ run: ArraySlice<Event>, unit: Int64, from start: inout RunStart, to bytes: inout [UInt8]
  ) {
    var isRepeated: [UInt64] = []
    var repeated: [UInt64] = []
    let before = start
    for event in run {
      // A stream that is new to the block is the next one, and needs no number.
      let isNew = event.stream == start.streams
      isRepeated.append(isNew ? 0 : 1)
      if isNew { start.streams += 1 } else { repeated.append(UInt64(event.stream)) }
      start.ids += Int(event.idsCount)
      start.payload += Int(event.dataCount) + Int(event.metadataCount)
    }
    for number in [repeated.count, before.ids, before.payload, Int(before.streams)] {
      bytes.appendVarint(UInt64(number))
    }
    func append(_ values: [UInt64]) { PackedColumn.append(values.span, to: &bytes) }
    append(run.map { UInt64($0.flags.rawValue) })
    append(isRepeated)
    append(repeated)
    append(run.map { UInt64($0.type) })
    append(run.map(\.revision))
    let times = run.map { $0.time / unit }
    let steps = zip(times.dropFirst(), times).map { $0 &- $1 }
    let leastStep = steps.min() ?? 0
    bytes.appendSignedVarint(times.first ?? 0)
    bytes.appendSignedVarint(leastStep)
    append(steps.map { UInt64(bitPattern: $0 &- leastStep) })
    append(run.map { UInt64($0.dataCount) })
    append(run.map { UInt64($0.idsCount) })
    append(run.map { UInt64($0.metadataCount) })
    append(run.map { UInt64($0.contentType) })
    append(run.map { UInt64($0.schemaVersion) })
  }
}
