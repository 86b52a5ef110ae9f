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
    envelopes.removeAll(keepingCapacity: true)
    let payloadCount = try decodeColumn(count: count, &names, &envelopes)
    swap(&names, &self.names)
    swap(&envelopes, &self.envelopes)
    self.payloadCount = payloadCount
  }

  private func decodeColumn(
    count: Int, _ names: inout [NameRange], _ envelopes: inout [Envelope]
  ) throws(ByteReader.Malformed) -> Int {
    var reader = ByteReader(column.span.extracting(first: columnCount))
    try Self.decodeNames(&reader, into: &names)
    // Each event takes six bytes at least, so no more room is asked for than the column needs.
    guard count <= reader.remaining / 6 else {
      throw ByteReader.Malformed(position: reader.position)
    }
    let (start, nameCount) = (reader.position, names.count)
    var payloadCount = 0
    var malformed: ByteReader.Malformed?
    envelopes.append(addingCapacity: count) { output in
      var reader = ByteReader(column.span.extracting(first: columnCount), from: start)
      do throws(ByteReader.Malformed) {
        payloadCount = try Self.decodeEnvelopes(
          &reader, count: count, nameCount: nameCount, into: &output)
        guard reader.isAtEnd else { throw ByteReader.Malformed(position: reader.position) }
      } catch { malformed = error }
    }
    if let malformed { throw malformed }
    return payloadCount
  }

  /// The names: how many, how long each is, and then their bytes.
  @_lifetime(reader: copy reader)
  private static func decodeNames(_ reader: inout ByteReader, into names: inout [NameRange])
    throws(ByteReader.Malformed)
  {
    let count = try reader.count(upTo: reader.remaining)
    names.reserveCapacity(count)
    var start = 0
    for _ in 0..<count {
      let length = try reader.count(upTo: reader.remaining)
      names.append(NameRange(start: UInt32(start), count: UInt32(length)))
      start &+= length
    }
    let texts = try reader.skip(start)
    let bytes = reader.bytes.extracting(texts)
    do { _ = try UTF8Span(validating: bytes) } catch {
      throw ByteReader.Malformed(position: texts.lowerBound)
    }
    for i in names.indices {
      let name = names[i]
      // All of them together are UTF-8; each is, if none begins inside of a character.
      if name.count > 0, bytes[Int(name.start)] & 0xC0 == 0x80 {
        throw ByteReader.Malformed(position: texts.lowerBound + Int(name.start))
      }
      names[i].start &+= UInt32(texts.lowerBound)
    }
  }

  /// The envelopes; returns how many bytes their payloads take.
  @_lifetime(reader: copy reader)
  @_lifetime(envelopes: copy envelopes)
  private static func decodeEnvelopes(
    _ reader: inout ByteReader, count: Int, nameCount: Int,
    into envelopes: inout OutputSpan<Envelope>
  ) throws(ByteReader.Malformed) -> Int {
    var time: Int64 = 0
    var position = 0
    for place in 0..<count {
      var envelope = Envelope()
      envelope.flags = EnvelopeFlags(rawValue: try reader.byte())
      envelope.place = UInt32(truncatingIfNeeded: place)
      envelope.stream = UInt32(truncatingIfNeeded: try reader.count(upTo: nameCount &- 1))
      envelope.type = UInt32(truncatingIfNeeded: try reader.count(upTo: nameCount &- 1))
      envelope.contentType = .max
      envelope.revision = try reader.varint()
      time &+= try reader.signedVarint()
      envelope.time = time
      let dataCount = try reader.count(upTo: Limits.eventDataBytes)
      envelope.dataStart = UInt32(truncatingIfNeeded: position)
      envelope.dataCount = UInt32(truncatingIfNeeded: dataCount)
      position &+= dataCount
      // Most events have nothing more.
      if envelope.flags.rawValue > EnvelopeFlags.beginsTurn.rawValue {
        try decodeRest(&reader, nameCount: nameCount, of: &envelope, &position)
      }
      guard position <= Int(UInt32.max) else {
        throw ByteReader.Malformed(position: reader.position)
      }
      envelopes.append(envelope)
    }
    return position
  }

  @_lifetime(reader: copy reader)
  private static func decodeRest(
    _ reader: inout ByteReader, nameCount: Int, of envelope: inout Envelope,
    _ position: inout Int
  ) throws(ByteReader.Malformed) {
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
      position &+= count
    }
    if flags.contains(.contentType) {
      envelope.contentType = UInt32(truncatingIfNeeded: try reader.count(upTo: nameCount &- 1))
    }
    if flags.contains(.schemaVersion) {
      envelope.schemaVersion = UInt32(
        truncatingIfNeeded: try reader.count(upTo: Int(UInt32.max)))
    }
  }
}
