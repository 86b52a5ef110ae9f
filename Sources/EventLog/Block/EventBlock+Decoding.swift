extension EventBlock {
  /// Makes room for a column that is about to be put into `column`.
  mutating func reserve(columnCount: Int) {
    self.columnCount = columnCount
    if column.count < columnCount { column = [UInt8](repeating: 0, count: columnCount) }
  }

  /// Makes room for payloads that are about to be put into `payload`.
  mutating func reserve(payloadCount: Int) {
    if payload.count < payloadCount { payload = [UInt8](repeating: 0, count: payloadCount) }
  }

  /// Puts columns that are not compressed where they belong.
  mutating func fill(column: Span<UInt8>, payload: Span<UInt8>) {
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

  /// Decodes the column of envelopes: `count` events from `firstOffset` on.
  mutating func decodeColumn(firstOffset: UInt64, count: Int) throws(ByteReader.Malformed) {
    self.firstOffset = firstOffset
    storedCount = count
    // What is filled is taken out for the time, because the reader looks into the column.
    var names: [NameRange] = []
    var envelopes: [Envelope] = []
    swap(&names, &self.names)
    swap(&envelopes, &self.envelopes)
    names.removeAll(keepingCapacity: true)
    var reader = ByteReader(column.span.extracting(first: columnCount))
    let streams = try NameList.Stored(&reader, into: &names)
    let types = try NameList.Stored(&reader, into: &names)
    // Each event takes six bytes at least, so no more room is asked for than the column needs.
    guard count <= reader.remaining / 6 else {
      throw ByteReader.Malformed(position: reader.position)
    }
    if envelopes.count > count { envelopes.removeSubrange(count...) }
    if envelopes.count < count {
      envelopes.append(contentsOf: repeatElement(Envelope(), count: count - envelopes.count))
    }
    var fields = EnvelopeFields(streamCount: streams.names.count, nameCount: names.count)
    var span = envelopes.mutableSpan
    try fields.decode(&reader, into: &span)
    guard reader.isAtEnd else { throw ByteReader.Malformed(position: reader.position) }
    try write(streams, types, &names)
    swap(&names, &self.names)
    swap(&envelopes, &self.envelopes)
    payloadCount = fields.payloadCount
    streamCount = streams.names.count
  }

  /// Writes the names that were numbers behind the column.
  private mutating func write(
    _ streams: NameList.Stored, _ types: NameList.Stored, _ names: inout [NameRange]
  ) throws(ByteReader.Malformed) {
    let needed = columnCount + streams.textCount + types.textCount + NameList.Stored.slack
    if column.count < needed {
      column.append(contentsOf: repeatElement(0, count: needed - column.count))
    }
    try streams.writeTexts(&names, at: columnCount, in: &column)
    try types.writeTexts(&names, at: columnCount + streams.textCount, in: &column)
  }
}

/// Decodes the fields of envelopes, one field of all events after the other.
private struct EnvelopeFields {
  typealias Envelope = EventBlock.Envelope

  let streamCount: Int
  let nameCount: Int
  private(set) var payloadCount = 0
  private var isPlain = true

  init(streamCount: Int, nameCount: Int) {
    self.streamCount = streamCount
    self.nameCount = nameCount
  }

  @_lifetime(reader: copy reader)
  @_lifetime(envelopes: copy envelopes)
  mutating func decode(_ reader: inout ByteReader, into envelopes: inout MutableSpan<Envelope>)
    throws(ByteReader.Malformed)
  {
    guard let unit = TimeUnit(rawValue: try reader.byte()) else {
      throw ByteReader.Malformed(position: reader.position)
    }
    let leastDataCount = try reader.count(upTo: Limits.eventDataBytes)
    let flags = try reader.skip(envelopes.count)
    for i in envelopes.indices {
      let flags = EnvelopeFlags(rawValue: reader.bytes[flags.lowerBound &+ i])
      envelopes[i] = Envelope(place: UInt32(truncatingIfNeeded: i), flags: flags)
      // A turn has its id where it begins.
      guard !flags.contains(.turnID) || flags.contains(.beginsTurn) else {
        throw ByteReader.Malformed(position: i)
      }
      // Most events have nothing that needs a flag.
      if flags.rawValue > EnvelopeFlags.beginsTurn.rawValue { isPlain = false }
    }
    try decodeStreams(&reader, &envelopes)
    let typeCount = nameCount &- streamCount
    try reader.forEachVarint(envelopes.count) { i, value throws(ByteReader.Malformed) in
      guard value < UInt64(typeCount) else { throw ByteReader.Malformed(position: i) }
      envelopes[i].type = UInt32(truncatingIfNeeded: streamCount &+ Int(value))
    }
    try reader.forEachVarint(envelopes.count) { i, value throws(ByteReader.Malformed) in
      guard value <= UInt64(Int64.max) else { throw ByteReader.Malformed(position: i) }
      envelopes[i].revision = value
    }
    try decodeTimes(&reader, &envelopes, in: unit)
    let mostMore = Limits.eventDataBytes - leastDataCount
    try reader.forEachVarint(envelopes.count) { i, more throws(ByteReader.Malformed) in
      guard more <= UInt64(mostMore) else { throw ByteReader.Malformed(position: i) }
      envelopes[i].dataCount = UInt32(truncatingIfNeeded: leastDataCount &+ Int(more))
    }
    if !isPlain {
      for i in envelopes.indices { try decodeRest(&reader, of: &envelopes[i]) }
    }
    for i in envelopes.indices {
      envelopes[i].dataStart = UInt32(truncatingIfNeeded: payloadCount)
      payloadCount &+= Int(envelopes[i].dataCount) &+ Int(envelopes[i].metadataCount)
      guard payloadCount <= Int(UInt32.max) else {
        throw ByteReader.Malformed(position: reader.position)
      }
    }
  }

  /// Each time less the one before, in the block's unit.
  @_lifetime(reader: copy reader)
  @_lifetime(envelopes: copy envelopes)
  private func decodeTimes(
    _ reader: inout ByteReader, _ envelopes: inout MutableSpan<Envelope>, in unit: TimeUnit
  ) throws(ByteReader.Malformed) {
    var time: Int64 = 0
    let nanoseconds = unit.nanoseconds
    for i in envelopes.indices {
      time &+= try reader.signedVarint()
      envelopes[i].time = time &* nanoseconds
    }
  }

  /// 0 stands for the next stream of the list that has not been there yet.
  @_lifetime(reader: copy reader)
  @_lifetime(envelopes: copy envelopes)
  private func decodeStreams(
    _ reader: inout ByteReader, _ envelopes: inout MutableSpan<Envelope>
  ) throws(ByteReader.Malformed) {
    var next = 0
    for i in envelopes.indices {
      let reference = try reader.count(upTo: next)
      envelopes[i].stream = UInt32(truncatingIfNeeded: reference == 0 ? next : reference &- 1)
      if reference == 0 {
        guard next < streamCount else { throw ByteReader.Malformed(position: reader.position) }
        next &+= 1
      }
    }
    guard next == streamCount else { throw ByteReader.Malformed(position: reader.position) }
  }

  @_lifetime(reader: copy reader)
  private func decodeRest(_ reader: inout ByteReader, of envelope: inout Envelope)
    throws(ByteReader.Malformed)
  {
    let flags = envelope.flags
    if !flags.isDisjoint(with: .anyID) {
      envelope.texts = UInt32(truncatingIfNeeded: reader.position)
      for flag in [EnvelopeFlags.turnID, .id, .causation, .correlation]
      where flags.contains(flag) {
        _ = try IdentifierCoding.skip(&reader)
      }
    }
    if flags.contains(.metadata) {
      let count = try reader.count(upTo: Limits.metadataBytes)
      envelope.metadataCount = UInt32(truncatingIfNeeded: count)
    }
    if flags.contains(.contentType) {
      let type = try reader.count(upTo: nameCount &- streamCount &- 1)
      envelope.contentType = UInt32(truncatingIfNeeded: streamCount &+ type)
    }
    if flags.contains(.schemaVersion) {
      envelope.schemaVersion = UInt32(
        truncatingIfNeeded: try reader.count(upTo: Int(UInt32.max)))
    }
  }
}
