/// The flags with which each event's envelope begins.
struct EnvelopeFlags: OptionSet {
  let rawValue: UInt8
  static let beginsTurn = EnvelopeFlags(rawValue: 1 << 0)
  static let turnID = EnvelopeFlags(rawValue: 1 << 1)
  static let id = EnvelopeFlags(rawValue: 1 << 2)
  static let causation = EnvelopeFlags(rawValue: 1 << 3)
  static let correlation = EnvelopeFlags(rawValue: 1 << 4)
  static let metadata = EnvelopeFlags(rawValue: 1 << 5)
  static let contentType = EnvelopeFlags(rawValue: 1 << 6)
  static let schemaVersion = EnvelopeFlags(rawValue: 1 << 7)
}

/// Collects events and writes their envelopes and payloads in the two columns of FORMAT.md.
struct BlockEncoder {
  private var numbers: [Name: UInt64] = [:]
  private(set) var names: [String] = []
  private var events: [UInt8] = []
  private(set) var payload: [UInt8] = []
  private(set) var count = 0
  private(set) var times: ClosedRange<Timestamp>?
  private var lastTime: Int64 = 0

  /// The bytes so far, about.
  var byteCount: Int { events.count + payload.count }

  mutating func add(
    _ event: NewEvent, revision: UInt64, recordedAt: Timestamp, beginsTurn: Bool, turnID: String?
  ) {
    var flags: EnvelopeFlags = beginsTurn ? .beginsTurn : []
    if turnID != nil { flags.insert(.turnID) }
    if event.id != nil { flags.insert(.id) }
    if event.causation != nil { flags.insert(.causation) }
    if event.correlation != nil { flags.insert(.correlation) }
    if event.metadata != nil { flags.insert(.metadata) }
    if event.contentType != RecordedEvent.jsonContentType { flags.insert(.contentType) }
    if event.schemaVersion != 1 { flags.insert(.schemaVersion) }
    events.append(flags.rawValue)
    events.appendVarint(number(of: event.stream))
    events.appendVarint(number(of: event.type))
    events.appendVarint(revision)
    events.appendSignedVarint(recordedAt.nanoseconds &- lastTime)
    events.appendVarint(UInt64(event.data.count))
    for text in [turnID, event.id, event.causation, event.correlation] {
      if let text { events.appendString(text) }
    }
    if let metadata = event.metadata { events.appendVarint(UInt64(metadata.count)) }
    if flags.contains(.contentType) { events.appendVarint(number(of: event.contentType)) }
    if flags.contains(.schemaVersion) { events.appendVarint(UInt64(event.schemaVersion)) }
    payload.append(contentsOf: event.data)
    if let metadata = event.metadata { payload.append(contentsOf: metadata) }
    lastTime = recordedAt.nanoseconds
    times =
      times.map { min($0.lowerBound, recordedAt)...max($0.upperBound, recordedAt) }
      ?? recordedAt...recordedAt
    count += 1
  }

  private mutating func number(of name: String) -> UInt64 {
    if let number = numbers[Name(name)] { return number }
    let number = UInt64(names.count)
    numbers[Name(name)] = number
    names.append(name)
    return number
  }

  /// The envelope column of a frame, which spells its names out.
  func frameEnvelopes() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(UInt64(names.count))
    for name in names { bytes.appendString(name) }
    return bytes + events
  }

  /// The envelope column of a sealed block, whose names are numbers into the segment's own list.
  func sealedEnvelopes(numbering: [Name: UInt64]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(UInt64(names.count))
    for name in names { bytes.appendVarint(numbering[Name(name)] ?? 0) }
    return bytes + events
  }
}

extension BlockEncoder {
  mutating func add(_ event: RecordedEvent) {
    add(
      NewEvent(
        stream: event.stream, type: event.type, data: Array(event.data),
        contentType: event.contentType, schemaVersion: event.schemaVersion, id: event.id,
        causation: event.causation, correlation: event.correlation,
        metadata: event.metadata.map(Array.init)),
      revision: event.revision, recordedAt: event.recordedAt, beginsTurn: event.beginsTurn,
      turnID: event.turnID)
  }
}

// MARK: - Decoding

extension EventBlock {
  /// Reads an envelope column. `name` reads one name of the list at its front.
  init(
    envelopes reader: inout ByteReader, firstOffset: UInt64, count: Int,
    name: (inout ByteReader) throws(ByteReader.Malformed) -> String
  ) throws(ByteReader.Malformed) {
    var names: [String] = []
    let nameCount = try reader.count(upTo: reader.end - reader.position)
    names.reserveCapacity(nameCount + 1)
    for _ in 0..<nameCount { names.append(try name(&reader)) }
    let json = names.count
    names.append(RecordedEvent.jsonContentType)

    var envelopes: [Envelope] = []
    envelopes.reserveCapacity(min(count, reader.end - reader.position))
    var texts: [Texts] = []
    var time: Int64 = 0
    var position = 0
    for _ in 0..<count {
      let flags = EnvelopeFlags(rawValue: try reader.byte())
      let stream = try reader.count(upTo: json - 1)
      let type = try reader.count(upTo: json - 1)
      let revision = try reader.varint()
      time &+= try reader.signedVarint()
      let dataCount = try reader.count(upTo: Limits.eventDataBytes)
      var envelope = Envelope(
        stream: stream, type: type, contentType: json, revision: revision, schemaVersion: 1,
        recordedAt: Timestamp(nanoseconds: time), dataStart: position, dataCount: dataCount,
        beginsTurn: flags.contains(.beginsTurn))
      if !flags.isDisjoint(with: [.turnID, .id, .causation, .correlation]) {
        var t = Texts()
        if flags.contains(.turnID) { t.turnID = try reader.string() }
        if flags.contains(.id) { t.id = try reader.string() }
        if flags.contains(.causation) { t.causation = try reader.string() }
        if flags.contains(.correlation) { t.correlation = try reader.string() }
        envelope.texts = texts.count
        texts.append(t)
      }
      position += dataCount
      if flags.contains(.metadata) {
        let count = try reader.count(upTo: Limits.metadataBytes)
        envelope.metadataCount = count
        position += count
      }
      if flags.contains(.contentType) { envelope.contentType = try reader.count(upTo: json - 1) }
      if flags.contains(.schemaVersion) {
        envelope.schemaVersion = UInt32(try reader.count(upTo: Int(UInt32.max)))
      }
      envelopes.append(envelope)
    }
    self.init(
      firstOffset: firstOffset, names: names, envelopes: envelopes, texts: texts,
      payloadCount: position)
  }
}
