/// Collects events and writes them in the two columns of FORMAT.md: envelopes, and payloads.
struct BlockEncoder: Sendable {
  /// The streams, types and content types, in the order in which the column lists them.
  var names = NameTable()
  private var envelopes: [UInt8] = []
  /// What the payloads' buffer begins with, to be filled in later: a frame's header.
  private let headerCount: Int
  private(set) var payload: [UInt8]
  private(set) var count = 0
  private(set) var times: ClosedRange<Timestamp>?
  private var lastTime: Int64 = 0

  init(headerCount: Int = 0) {
    self.headerCount = headerCount
    payload = [UInt8](repeating: 0, count: headerCount)
  }

  var payloadCount: Int { payload.count - headerCount }

  /// The bytes so far, about.
  var byteCount: Int { envelopes.count + payloadCount + names.byteCount + 2 * names.count }

  /// Begins anew, with the memory of before.
  mutating func removeAll() {
    names.removeAll()
    envelopes.removeAll(keepingCapacity: true)
    payload.removeSubrange(headerCount...)
    count = 0
    times = nil
    lastTime = 0
  }

  /// Adds an event whose stream has a number in `names`.
  mutating func add(
    _ event: NewEvent, stream: Int, revision: UInt64, recordedAt: Timestamp, beginsTurn: Bool,
    turnID: String?
  ) {
    var flags: EnvelopeFlags = beginsTurn ? .beginsTurn : []
    if turnID != nil { flags.insert(.turnID) }
    if event.id != nil { flags.insert(.id) }
    if event.causation != nil { flags.insert(.causation) }
    if event.correlation != nil { flags.insert(.correlation) }
    if event.metadata != nil { flags.insert(.metadata) }
    if !event.isJSON { flags.insert(.contentType) }
    if event.schemaVersion != 1 { flags.insert(.schemaVersion) }
    let type = names.add(event.type)
    begin(
      flags, stream: stream, type: type, revision: revision, recordedAt: recordedAt,
      dataCount: event.data.count)
    if flags.rawValue > EnvelopeFlags.beginsTurn.rawValue {
      for id in [turnID, event.id, event.causation, event.correlation] {
        if let id { IdentifierCoding.append(id, to: &envelopes) }
      }
      if let metadata = event.metadata { envelopes.appendVarint(UInt64(metadata.count)) }
      if flags.contains(.contentType) {
        envelopes.appendVarint(UInt64(names.add(event.contentType)))
      }
      if flags.contains(.schemaVersion) { envelopes.appendVarint(UInt64(event.schemaVersion)) }
    }
    payload.append(contentsOf: event.data)
    if let metadata = event.metadata { payload.append(contentsOf: metadata) }
  }

  /// Adds the envelope of an event of another block, by the numbers that its names have in this one.
  ///
  /// Its payload is added by itself: see ``addPayload(_:)``.
  mutating func addEnvelope(_ event: EventView, stream: Int, type: Int, contentType: Int?) {
    begin(
      event.envelope.flags, stream: stream, type: type, revision: event.revision,
      recordedAt: event.recordedAt, dataCount: Int(event.envelope.dataCount))
    let flags = event.envelope.flags
    guard flags.rawValue > EnvelopeFlags.beginsTurn.rawValue else { return }
    envelopes.append(event.storedIdentifiers)
    if flags.contains(.metadata) {
      envelopes.appendVarint(UInt64(event.envelope.metadataCount))
    }
    if let contentType { envelopes.appendVarint(UInt64(contentType)) }
    if flags.contains(.schemaVersion) { envelopes.appendVarint(UInt64(event.schemaVersion)) }
  }

  /// Adds the payloads of events whose envelopes were added.
  mutating func addPayload(_ bytes: Span<UInt8>) { payload.append(bytes) }

  /// What every envelope has.
  private mutating func begin(
    _ flags: EnvelopeFlags, stream: Int, type: Int, revision: UInt64, recordedAt: Timestamp,
    dataCount: Int
  ) {
    let time = recordedAt.nanoseconds &- lastTime
    // One append of a few bytes is several times as fast as several appends of one.
    var bytes = InlineArray<64, UInt8>(repeating: 0)
    bytes[0] = flags.rawValue
    var end = 1
    func put(_ value: UInt64) {
      var rest = value
      while rest >= 0x80 {
        bytes[end] = UInt8(truncatingIfNeeded: rest) | 0x80
        end &+= 1
        rest &>>= 7
      }
      bytes[end] = UInt8(truncatingIfNeeded: rest)
      end &+= 1
    }
    put(UInt64(truncatingIfNeeded: stream))
    put(UInt64(truncatingIfNeeded: type))
    put(revision)
    put(UInt64(bitPattern: time &<< 1 ^ time &>> 63))
    put(UInt64(truncatingIfNeeded: dataCount))
    envelopes.append(bytes.span.extracting(first: end))
    lastTime = recordedAt.nanoseconds
    if let times, times.contains(recordedAt) {
    } else {
      times =
        times.map { min($0.lowerBound, recordedAt)...max($0.upperBound, recordedAt) }
        ?? recordedAt...recordedAt
    }
    count &+= 1
  }

  /// Appends the column of envelopes: the names, then the events.
  func appendColumn(to bytes: inout [UInt8]) {
    bytes.appendVarint(UInt64(names.count))
    for number in 0..<names.count { bytes.appendVarint(UInt64(names[number].count)) }
    names.appendBytes(to: &bytes)
    bytes.append(contentsOf: envelopes)
  }

  /// The payloads, then the column, then zeros to a multiple of eight, after room for a header.
  ///
  /// Ends the collecting; the buffer is the encoder's own, so that nothing is copied.
  mutating func finishFrame() -> (envelopeCount: Int, bodyCount: Int) {
    let payloadCount = payloadCount
    appendColumn(to: &payload)
    let bodyCount = payload.count - headerCount
    payload.padToMultipleOfEight()
    return (bodyCount - payloadCount, bodyCount)
  }

  /// Fills in the header of a finished frame.
  mutating func setHeader(_ header: [UInt8]) {
    for i in header.indices { payload[i] = header[i] }
  }
}

extension NewEvent {
  /// Whether the content type is the one that needs no mention.
  ///
  /// No other text is the same to Swift: nothing but itself decomposes to these characters.
  fileprivate var isJSON: Bool { contentType == RecordedEvent.jsonContentType }
}
