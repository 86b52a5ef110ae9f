/// Collects events and writes them in the two columns of FORMAT.md: envelopes, and payloads.
struct BlockEncoder: Sendable {
  /// The streams, in the order in which they first occur.
  var streams = NameTable()
  /// The types and content types.
  var types = NameTable()
  /// Each field of all events lies by itself: fields of a kind compress better than mixed ones.
  private var flags: [UInt8] = []
  private var streamReferences: [UInt8] = []
  private var typeNumbers: [UInt8] = []
  private var revisions: [UInt8] = []
  private var timeSteps: [UInt8] = []
  private var dataCounts: [UInt8] = []
  /// What only some events have.
  private var rest: [UInt8] = []
  /// How many of the streams have occurred.
  private var streamsSeen = 0
  /// What the payloads' buffer begins with, to be filled in later: a frame's header.
  private let headerCount: Int
  private(set) var payload: [UInt8]
  private(set) var times: ClosedRange<Timestamp>?
  private var lastTime: Int64 = 0

  init(headerCount: Int = 0) {
    self.headerCount = headerCount
    payload = [UInt8](repeating: 0, count: headerCount)
  }

  var count: Int { flags.count }
  var payloadCount: Int { payload.count - headerCount }

  /// The bytes that the column of envelopes takes, about.
  var columnCount: Int {
    streams.byteCount + types.byteCount + 2 * (streams.count + types.count) + flags.count
      + streamReferences.count + typeNumbers.count + revisions.count + timeSteps.count
      + dataCounts.count + rest.count + 20
  }

  /// The bytes so far, at most.
  var byteCount: Int { columnCount + payloadCount }

  /// Begins anew, with the memory of before.
  mutating func removeAll() {
    streams.removeAll()
    types.removeAll()
    flags.removeAll(keepingCapacity: true)
    streamReferences.removeAll(keepingCapacity: true)
    typeNumbers.removeAll(keepingCapacity: true)
    revisions.removeAll(keepingCapacity: true)
    timeSteps.removeAll(keepingCapacity: true)
    dataCounts.removeAll(keepingCapacity: true)
    rest.removeAll(keepingCapacity: true)
    streamsSeen = 0
    payload.removeSubrange(headerCount...)
    times = nil
    lastTime = 0
  }

  /// Adds the event `i` of a turn, whose stream has a number in `streams`.
  ///
  /// The events are looked at where they are: a copy of one would count its references up and down.
  mutating func add(
    _ events: Span<NewEvent>, _ i: Int, stream: Int, revision: UInt64, now: Timestamp,
    turnID: String?
  ) {
    var flags: EnvelopeFlags = i == 0 ? .beginsTurn : []
    if turnID != nil { flags.insert(.turnID) }
    if events[i].id != nil { flags.insert(.id) }
    if events[i].causation != nil { flags.insert(.causation) }
    if events[i].correlation != nil { flags.insert(.correlation) }
    if events[i].metadata != nil { flags.insert(.metadata) }
    if !events[i].isJSON { flags.insert(.contentType) }
    if events[i].schemaVersion != 1 { flags.insert(.schemaVersion) }
    add(
      flags, stream: stream, type: types.add(events[i].type), revision: revision,
      recordedAt: events[i].recordedAt ?? now, dataCount: events[i].data.count)
    if flags.rawValue > EnvelopeFlags.beginsTurn.rawValue {
      for id in [turnID, events[i].id, events[i].causation, events[i].correlation] {
        if let id { IdentifierCoding.append(id, to: &rest) }
      }
      addRest(
        metadataCount: events[i].metadata?.count,
        contentType: flags.contains(.contentType) ? types.add(events[i].contentType) : nil,
        schemaVersion: flags.contains(.schemaVersion) ? events[i].schemaVersion : nil)
    }
    payload.append(contentsOf: events[i].data)
    if let metadata = events[i].metadata { payload.append(contentsOf: metadata) }
  }

  /// Adds the envelope of an event of another block, by the numbers that its names have in this one.
  ///
  /// Its payload is added by itself: see ``addPayload(_:)``.
  mutating func addEnvelope(_ event: EventView, stream: Int, type: Int, contentType: Int?) {
    let envelope = event.envelope
    add(
      envelope.flags, stream: stream, type: type, revision: event.revision,
      recordedAt: event.recordedAt, dataCount: Int(envelope.dataCount))
    guard envelope.flags.rawValue > EnvelopeFlags.beginsTurn.rawValue else { return }
    rest.append(event.storedIdentifiers)
    addRest(
      metadataCount: event.hasMetadata ? Int(envelope.metadataCount) : nil,
      contentType: contentType,
      schemaVersion: envelope.flags.contains(.schemaVersion) ? event.schemaVersion : nil)
  }

  /// Adds the payloads of events whose envelopes were added.
  mutating func addPayload(_ bytes: Span<UInt8>) { payload.append(bytes) }

  /// What every envelope has.
  private mutating func add(
    _ flags: EnvelopeFlags, stream: Int, type: Int, revision: UInt64, recordedAt: Timestamp,
    dataCount: Int
  ) {
    self.flags.append(flags.rawValue)
    // A stream that is new to the block is the next one, and needs no number.
    if stream == streamsSeen {
      streamReferences.append(0)
      streamsSeen &+= 1
    } else {
      streamReferences.appendVarint(UInt64(truncatingIfNeeded: stream &+ 1))
    }
    typeNumbers.appendVarint(UInt64(truncatingIfNeeded: type))
    revisions.appendVarint(revision)
    timeSteps.appendSignedVarint(recordedAt.nanoseconds &- lastTime)
    dataCounts.appendVarint(UInt64(truncatingIfNeeded: dataCount))
    lastTime = recordedAt.nanoseconds
    if times?.contains(recordedAt) != true {
      times =
        times.map { min($0.lowerBound, recordedAt)...max($0.upperBound, recordedAt) }
        ?? recordedAt...recordedAt
    }
  }

  private mutating func addRest(metadataCount: Int?, contentType: Int?, schemaVersion: UInt32?) {
    if let metadataCount { rest.appendVarint(UInt64(metadataCount)) }
    if let contentType { rest.appendVarint(UInt64(contentType)) }
    if let schemaVersion { rest.appendVarint(UInt64(schemaVersion)) }
  }

  /// Appends the column of envelopes: the names, then the fields.
  func appendColumn(to bytes: inout [UInt8]) {
    bytes.reserveCapacity(bytes.count + columnCount)
    for names in [streams, types] {
      bytes.appendVarint(UInt64(names.count))
      for number in 0..<names.count { bytes.appendVarint(UInt64(names[number].count)) }
      names.appendBytes(to: &bytes)
    }
    for field in [
      flags, streamReferences, typeNumbers, revisions, timeSteps, dataCounts, rest,
    ] { bytes.append(contentsOf: field) }
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
  @inline(__always)
  fileprivate var isJSON: Bool { contentType == RecordedEvent.jsonContentType }
}
