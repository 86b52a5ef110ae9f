extension EventBlock {
  /// Makes room for a column that is about to be put into `column`. The names of the one before go now, its
  /// events by ``decodeColumn(firstOffset:count:)`` or ``removeEvents()``.
  package mutating func reserve(columnCount: Int) {
    // Others may look at the names that were read before.
    if isKnownUniquelyReferenced(&names) { names.removeAll() } else { names = BlockNames() }
    self.columnCount = columnCount
    let needed = columnCount + NameList.Stored.slack
    if column.count < needed { column = [UInt8](repeating: 0, count: needed) }
  }

  /// Makes room for payloads that are about to be put into `payload`.
  package mutating func reserve(payloadCount: Int) {
    if payload.count < payloadCount { payload = [UInt8](repeating: 0, count: payloadCount) }
  }

  /// Puts columns that are not compressed where they belong.
  package mutating func fill(column: Span<UInt8>, payload: Span<UInt8>) {
    reserve(columnCount: column.count)
    reserve(payloadCount: payload.count)
    copy(column, to: &self.column)
    copy(payload, to: &self.payload)
  }

  private func copy(_ source: Span<UInt8>, to target: inout [UInt8]) {
    unsafe target.withUnsafeMutableBytes { target in
      unsafe source.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    }
  }

  /// Lets there be no events: what was put into the column is none.
  package mutating func removeEvents() { envelopes = [] }

  /// Decodes the column of envelopes: `count` events from `firstOffset` on.
  package mutating func decodeColumn(firstOffset: Offset, count: Int) throws(ByteReader.Malformed) {
    self.firstOffset = firstOffset
    storedCount = count
    // What is filled is taken out for the time, because the reader looks into the column.
    var envelopes: [Envelope] = []
    swap(&envelopes, &self.envelopes)
    var reader = ByteReader(column.span.extracting(first: columnCount))
    let names = names
    try names.read(&reader)
    // Each event takes six bytes at least, so no more room is asked for than the column needs.
    guard count <= reader.remaining / 6 else {
      throw ByteReader.Malformed(position: reader.position)
    }
    if envelopes.count > count { envelopes.removeSubrange(count...) }
    if envelopes.count < count {
      envelopes.append(contentsOf: repeatElement(Envelope(), count: count - envelopes.count))
    }
    var fields = EnvelopeFields(streamCount: names.streamCount, nameCount: names.count)
    var span = envelopes.mutableSpan
    try fields.decode(&reader, into: &span)
    guard reader.isAtEnd else { throw ByteReader.Malformed(position: reader.position) }
    swap(&envelopes, &self.envelopes)
    payloadCount = fields.payloadCount
  }
}

/// Decodes the fields of envelopes. Each field of all events is a column of its own, but they are decoded event
/// by event, so that an envelope is written once: where the columns begin is found out first.
private struct EnvelopeFields {
  typealias Envelope = EventBlock.Envelope

  let streamCount: Int
  let nameCount: Int
  private(set) var payloadCount = 0

  init(streamCount: Int, nameCount: Int) {
    self.streamCount = streamCount
    self.nameCount = nameCount
  }

  @_lifetime(reader: copy reader)
  @_lifetime(envelopes: copy envelopes)
  mutating func decode(_ reader: inout ByteReader, into envelopes: inout MutableSpan<Envelope>)
    throws(ByteReader.Malformed)
  {
    guard let unit = TimeUnit(rawValue: try reader.byte())?.nanoseconds else {
      throw ByteReader.Malformed(position: reader.position)
    }
    let leastDataCount = try reader.count(upTo: Limits.eventDataBytes)
    let mostMore = Limits.eventDataBytes &- leastDataCount
    let typeCount = UInt64(nameCount &- streamCount)
    let count = envelopes.count
    let flags = try reader.skip(count).lowerBound
    var streams = try reader.column(of: count)
    var types = try reader.column(of: count)
    var revisions = try reader.column(of: count)
    var times = try reader.column(of: count)
    var dataCounts = try reader.column(of: count)
    var nextStream = 0
    var time: Int64 = 0
    var dataStart = 0
    for i in 0..<count {
      // 0 stands for the next stream of the list that has not been there yet.
      let stream = try streams.count(upTo: nextStream)
      let type = try types.next()
      let revision = try revisions.next()
      // Each time is less the one before.
      time &+= try times.signed()
      let dataCount = leastDataCount &+ (try dataCounts.count(upTo: mostMore))
      let flags = EnvelopeFlags(rawValue: unsafe reader.bytes[unchecked: flags &+ i])
      envelopes[i] = Envelope(
        revision: revision, time: time &* unit, place: UInt32(truncatingIfNeeded: i),
        stream: UInt32(truncatingIfNeeded: stream == 0 ? nextStream : stream &- 1),
        type: UInt32(truncatingIfNeeded: UInt64(streamCount) &+ type),
        dataStart: UInt32(truncatingIfNeeded: dataStart),
        dataCount: UInt32(truncatingIfNeeded: dataCount), flags: flags)
      nextStream &+= stream == 0 ? 1 : 0
      dataStart &+= dataCount
      guard nextStream <= streamCount, type < typeCount, revision <= UInt64(Int64.max)
      else { throw ByteReader.Malformed(position: i) }
      // Most events have nothing that needs a flag, or nothing but a type of content.
      if flags.subtracting(.beginsTurn) == .contentType {
        envelopes[i].contentType = try contentType(&reader)
      } else if flags.rawValue > EnvelopeFlags.beginsTurn.rawValue {
        try decodeRest(&reader, of: &envelopes[i])
        dataStart &+= Int(envelopes[i].metadataCount)
      }
    }
    guard nextStream == streamCount, dataStart <= Int(UInt32.max) else {
      throw ByteReader.Malformed(position: reader.position)
    }
    payloadCount = dataStart
  }

  @_lifetime(reader: copy reader)
  @inline(__always)
  private func contentType(_ reader: inout ByteReader) throws(ByteReader.Malformed) -> UInt32 {
    let type = try reader.count(upTo: nameCount &- streamCount &- 1)
    return UInt32(truncatingIfNeeded: streamCount &+ type)
  }

  @_lifetime(reader: copy reader)
  private func decodeRest(_ reader: inout ByteReader, of envelope: inout Envelope)
    throws(ByteReader.Malformed)
  {
    let flags = envelope.flags
    // A turn has its id where it begins.
    guard !flags.contains(.turnID) || flags.contains(.beginsTurn) else {
      throw ByteReader.Malformed(position: reader.position)
    }
    if !flags.isDisjoint(with: .anyID) {
      envelope.texts = UInt32(truncatingIfNeeded: reader.position)
      try IdentifierCoding.skip(flags, &reader)
    }
    if flags.contains(.metadata) {
      let count = try reader.count(upTo: Limits.metadataBytes)
      envelope.metadataCount = UInt32(truncatingIfNeeded: count)
    }
    if flags.contains(.contentType) { envelope.contentType = try contentType(&reader) }
    if flags.contains(.schemaVersion) {
      envelope.schemaVersion = UInt32(
        truncatingIfNeeded: try reader.count(upTo: Int(UInt32.max)))
    }
  }
}
