/// Collects events and writes them in the two columns of FORMAT.md: envelopes, and payloads.
///
/// Streams and types are numbers of tables that outlive the block; see ``LocalNames``.
package struct BlockEncoder: ~Copyable, Sendable {
  /// What an envelope has in any case.
  struct Envelope: Sendable {
    var revision: UInt64
    var time: Int64
    var stream: UInt32
    var type: UInt32
    var dataCount: UInt32
    var flags: EnvelopeFlags
  }

  private(set) var streams = LocalNames()
  /// The types and content types.
  private(set) var types = LocalNames()
  var envelopes: [Envelope] = []
  /// What only some events have.
  var rest: [UInt8] = []
  /// Whether an event has more than one cause, which not every format has.
  package private(set) var hasSeveralCauses = false
  /// The bytes of the names, about.
  private var nameBytes = 0
  /// What the payloads' buffer begins with, to be filled in later: a frame's header.
  let headerCount: Int
  package internal(set) var payload: [UInt8]
  private var firstTime = Int64.max
  private var lastTime = Int64.min

  package init(headerCount: Int = 0) {
    self.headerCount = headerCount
    payload = [UInt8](repeating: 0, count: headerCount)
  }

  package var count: Int { envelopes.count }
  var payloadCount: Int { payload.count - headerCount }

  /// From the earliest to the latest time of an event.
  package var times: ClosedRange<Timestamp>? {
    envelopes.isEmpty
      ? nil : Timestamp(nanoseconds: firstTime)...Timestamp(nanoseconds: lastTime)
  }

  /// What an envelope takes without its names, about.
  private static let envelopeBytes = 9

  /// The bytes so far, about: by this, a block is found to be full.
  package var byteCount: Int {
    payloadCount &+ count &* Self.envelopeBytes &+ nameBytes &+ rest.count
  }

  /// The bytes that the column of envelopes takes at most.
  var mostColumnBytes: Int {
    // The counts of the lists and a few single numbers; each field of an envelope at its longest.
    256 &+ nameBytes &+ (streams.count &+ types.count) &* 10 &+ count &* 41 &+ rest.count
  }

  /// Starts a new block in the same memory.
  package mutating func removeAll() {
    streams.removeAll()
    types.removeAll()
    envelopes.removeAll(keepingCapacity: true)
    rest.removeAll(keepingCapacity: true)
    hasSeveralCauses = false
    nameBytes = 0
    payload.removeSubrange(headerCount...)
    firstTime = .max
    lastTime = .min
  }

  /// Notes that the tables of names were replaced.
  package mutating func forgetTables() {
    streams.forgetTable()
    types.forgetTable()
  }

  /// The events from the last to the first: the number of each one's stream, and its revision.
  package func forEachEventBackwards(_ body: (_ stream: Int, _ revision: Revision) -> Void) {
    for envelope in envelopes.reversed() {
      body(Int(streams.numbers[Int(envelope.stream)]), Revision(envelope.revision))
    }
  }

  /// Asks for the memory that is needed to add events of streams with these numbers.
  package func prefetch(streams numbers: [UInt32]) { streams.prefetch(numbers) }

  /// Adds the events of a turn, which have these streams, types and revisions.
  ///
  /// The events are looked at where they are: a copy of one would count its references up and down.
  package mutating func add(
    _ turn: borrowing Turn, streams numbers: borrowing [UInt32], revisions: borrowing [Revision],
    now: Timestamp, types table: inout NameTable
  ) {
    var memo = TypeMemo()
    let count = turn.events.count
    envelopes.reserveCapacity(envelopes.count + count)
    // What is looked at stays in the nearest cache until its payload is copied.
    for first in stride(from: 0, to: count, by: 64) {
      add(
        turn, first..<min(first + 64, count), streams: numbers, revisions: revisions, now: now,
        types: &table, &memo)
    }
  }

  private mutating func add(
    _ turn: borrowing Turn, _ some: Range<Int>, streams numbers: borrowing [UInt32],
    revisions: borrowing [Revision], now: Timestamp, types table: inout NameTable,
    _ memo: inout TypeMemo
  ) {
    let events = turn.events.span
    var payloadCount = 0
    // They are filled while the rest of the encoder is used.
    var envelopes: [Envelope] = []
    swap(&envelopes, &self.envelopes)
    envelopes.append(addingCapacity: some.count) { output in
      for i in some {
        let streamCount = streams.count
        let stream = streams.place(of: Int(numbers[i]))
        if stream == streamCount { nameBytes &+= events[i].stream.utf8.count }
        let type = place(ofType: events[i].type, &memo, &table)
        var flags: EnvelopeFlags = i == 0 ? .beginsTurn : []
        let turnID = i == 0 ? turn.id : nil
        if !events[i].isPlain || turnID != nil {
          flags = addRest(of: events, i, turnID: turnID, &table)
        }
        payloadCount &+= events[i].byteCount
        let time = (events[i].recordedAt ?? now).nanoseconds
        firstTime = min(firstTime, time)
        lastTime = max(lastTime, time)
        output.append(
          Envelope(
            revision: UInt64(revisions[i]), time: time, stream: UInt32(truncatingIfNeeded: stream),
            type: type, dataCount: UInt32(truncatingIfNeeded: events[i].data.count), flags: flags)
        )
      }
    }
    swap(&envelopes, &self.envelopes)
    addPayloads(of: events, some, byteCount: payloadCount)
  }

  /// The types that a turn had last, by the words of their strings: equal words are equal strings,
  /// as long as both are alive, and the turn keeps them so.
  private struct TypeMemo {
    private var words = InlineArray<8, (UInt64, UInt64)>(repeating: (0, 0))
    private var places = InlineArray<8, UInt32>(repeating: 0)

    @inline(__always)
    private static func split(_ text: borrowing String) -> (words: (UInt64, UInt64), slot: Int) {
      let words = unsafe unsafeBitCast(copy text, to: (UInt64, UInt64).self)
      return (words, Int(truncatingIfNeeded: (words.0 ^ words.0 &>> 20 ^ words.1 &>> 4) & 7))
    }

    @inline(__always)
    func place(of type: borrowing String) -> UInt32? {
      let (text, slot) = Self.split(type)
      return words[slot] == text ? places[slot] : nil
    }

    mutating func remember(_ type: borrowing String, at place: UInt32) {
      let (text, slot) = Self.split(type)
      words[slot] = text
      places[slot] = place
    }
  }

  @inline(__always)
  private mutating func place(
    ofType type: borrowing String, _ memo: inout TypeMemo, _ table: inout NameTable
  ) -> UInt32 {
    if let place = memo.place(of: type) { return place }
    let count = types.count
    let place = types.place(of: table.add(copy type))
    if place == count { nameBytes &+= type.utf8.count }
    memo.remember(type, at: UInt32(truncatingIfNeeded: place))
    return UInt32(truncatingIfNeeded: place)
  }

  /// Adds what is not in every envelope; the event's flags.
  private mutating func addRest(
    of events: Span<NewEvent>, _ i: Int, turnID: String?, _ table: inout NameTable
  ) -> EnvelopeFlags {
    var flags: EnvelopeFlags = i == 0 ? .beginsTurn : []
    if turnID != nil { flags.insert(.turnID) }
    if events[i].id != nil { flags.insert(.id) }
    if !events[i].causation.isEmpty { flags.insert(.causation) }
    if events[i].correlation != nil { flags.insert(.correlation) }
    if events[i].metadata != nil { flags.insert(.metadata) }
    if !events[i].isJSON { flags.insert(.contentType) }
    if events[i].schemaVersion != 1 { flags.insert(.schemaVersion) }
    for id in [turnID, events[i].id] { if let id { IdentifierCoding.append(id, to: &rest) } }
    IdentifierCoding.append(causes: events[i].causation, to: &rest)
    if events[i].causation.count > 1 { hasSeveralCauses = true }
    if let id = events[i].correlation { IdentifierCoding.append(id, to: &rest) }
    var contentType: Int?
    if flags.contains(.contentType) {
      contentType = types.place(of: table.add(events[i].contentType))
      nameBytes &+= events[i].contentType.utf8.count
    }
    addRest(
      metadataCount: events[i].metadata?.count, contentType: contentType,
      schemaVersion: flags.contains(.schemaVersion) ? events[i].schemaVersion : nil)
    return flags
  }

  /// Copies the payloads of some events, which have so many bytes in all.
  private mutating func addPayloads(
    of events: Span<NewEvent>, _ some: Range<Int>, byteCount: Int
  ) {
    payload.append(addingCapacity: byteCount) { output in
      unsafe output.withUnsafeMutableBufferPointer { room, filled in
        for i in some {
          unsafe events[i].data.span.copy(to: room, at: &filled)
          if let metadata = events[i].metadata {
            unsafe metadata.span.copy(to: room, at: &filled)
          }
        }
      }
    }
  }

  /// Adds the envelope of an event of another block; its names have these numbers in the tables.
  ///
  /// Its payload is added by itself: see ``addPayload(_:)``.
  package mutating func addEnvelope(_ event: EventView, stream: Int, type: Int, contentType: Int?) {
    let envelope = event.envelope
    let known = streams.count
    let streamPlace = streams.place(of: stream)
    if streamPlace == known { nameBytes &+= event.stream.count }
    add(
      Envelope(
        revision: UInt64(event.revision), time: envelope.time,
        stream: UInt32(truncatingIfNeeded: streamPlace),
        type: UInt32(truncatingIfNeeded: types.place(of: type)), dataCount: envelope.dataCount,
        flags: envelope.flags))
    guard envelope.flags.rawValue > EnvelopeFlags.beginsTurn.rawValue else { return }
    rest.append(event.storedIdentifiers)
    if event.hasSeveralCauses { hasSeveralCauses = true }
    addRest(
      metadataCount: event.hasMetadata ? Int(envelope.metadataCount) : nil,
      contentType: contentType.map { types.place(of: $0) },
      schemaVersion: envelope.flags.contains(.schemaVersion) ? event.schemaVersion : nil)
  }

  /// Adds the payloads of events whose envelopes were added.
  package mutating func addPayload(_ bytes: Span<UInt8>) { payload.append(bytes) }

  @inline(__always)
  private mutating func add(_ envelope: Envelope) {
    envelopes.append(envelope)
    firstTime = min(firstTime, envelope.time)
    lastTime = max(lastTime, envelope.time)
  }

  private mutating func addRest(metadataCount: Int?, contentType: Int?, schemaVersion: UInt32?) {
    if let metadataCount { rest.appendVarint(UInt64(metadataCount)) }
    if let contentType { rest.appendVarint(UInt64(contentType)) }
    if let schemaVersion { rest.appendVarint(UInt64(schemaVersion)) }
  }
}

extension NewEvent {
  /// Whether the content type is the one that needs no mention.
  ///
  /// No other text is the same to Swift: nothing but itself decomposes to these characters.
  @inline(__always)
  fileprivate var isJSON: Bool { contentType == RecordedEvent.jsonContentType }

  /// Whether it has nothing that needs a flag.
  @inline(__always)
  fileprivate var isPlain: Bool {
    id == nil && causation.isEmpty && correlation == nil && metadata == nil && schemaVersion == 1
      && isJSON
  }
}
