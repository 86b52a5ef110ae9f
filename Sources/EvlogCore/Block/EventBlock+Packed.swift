/// Reading the blocks of sealed segments, in which any event can be read without the others.
extension EventBlock {
  /// What a block's part of names, its ids and its payloads have before compression.
  package struct PackedCounts {
    package var names: Int
    package var ids: Int
    package var payload: Int

    package init(names: Int, ids: Int, payload: Int) {
      (self.names, self.ids, self.payload) = (names, ids, payload)
    }
  }

  /// Makes room for the streams' names, which are about to be put at the beginning of `column`.
  package mutating func reserve(_ fields: borrowing PackedFields, _ counts: PackedCounts) {
    reserve(columnCount: counts.names + fields.typeList.count + counts.ids)
  }

  /// Decodes the envelopes of some events, by their places in the block.
  ///
  /// The streams' names are in `column`. Afterwards the ids and the payloads of the ranges that it gives are to be put
  /// into `column`, from `idsStart` on, and into `payload`.
  package mutating func decode(
    _ fields: borrowing PackedFields, _ counts: PackedCounts, firstOffset: Offset,
    events: Range<Int>
  ) throws(ByteReader.Malformed) -> (idsStart: Int, ids: Range<Int>, payload: Range<Int>) {
    self.firstOffset = firstOffset
    storedCount = fields.count
    let idsStart = counts.names + fields.typeList.count
    for i in fields.typeList.indices { column[counts.names + i] = fields.typeList[i] }
    // What is filled is taken out for the time, because the reader looks into the column.
    var envelopes: [Envelope] = []
    swap(&envelopes, &self.envelopes)
    var reader = ByteReader(column.span.extracting(first: columnCount))
    try names.read(&reader)
    // Nothing in the fields need grow with the events, but each of them has a bit of a size at least.
    guard reader.position == idsStart, fields.count <= Int(UInt32.max) else {
      throw ByteReader.Malformed(position: reader.position)
    }
    if envelopes.count > events.count { envelopes.removeSubrange(events.count...) }
    if envelopes.count < events.count {
      envelopes.append(
        contentsOf: repeatElement(Envelope(), count: events.count - envelopes.count))
    }
    var span = envelopes.mutableSpan
    let places = try fields.decode(
      events, streamCount: names.streamCount, typeCount: names.count - names.streamCount,
      ids: idsStart..<(idsStart + counts.ids), into: &span)
    guard let ids = places.ids, let payload = places.payload, ids.upperBound <= counts.ids,
      payload.upperBound <= counts.payload
    else { throw ByteReader.Malformed(position: 0) }
    if events.count == fields.count {
      guard ids.upperBound == counts.ids, payload.upperBound == counts.payload,
        places.streamCount == names.streamCount
      else { throw ByteReader.Malformed(position: 0) }
    } else {
      for i in span.indices {
        span[i].dataStart &-= UInt32(truncatingIfNeeded: payload.lowerBound)
        span[i].texts &-= UInt32(truncatingIfNeeded: ids.lowerBound)
      }
    }
    payloadCount = payload.count
    swap(&envelopes, &self.envelopes)
    return (idsStart, ids, payload)
  }

  /// Checks that the ids in the column are those that the envelopes say there are: each event's begin
  /// where those of the one before end. `ids` is where they lie in the column.
  package func checkIDs(in ids: Range<Int>) throws(ByteReader.Malformed) {
    var reader = ByteReader(column.span.extracting(first: ids.upperBound), from: ids.lowerBound)
    for envelope in envelopes {
      guard reader.position == Int(envelope.texts) else {
        throw ByteReader.Malformed(position: reader.position)
      }
      if !envelope.flags.isDisjoint(with: .anyID) {
        try IdentifierCoding.skip(envelope.flags, &reader)
      }
    }
    guard reader.isAtEnd else { throw ByteReader.Malformed(position: reader.position) }
  }
}

/// Collects events of one stream that lie here and there in a sealed segment.
package struct EventGatherer {
  private var envelopes: [EventBlock.Envelope] = []
  private var names: [BlockNames.Place]
  /// The names, and the ids.
  package var column: [UInt8]
  package var payload: [UInt8] = []

  package init(stream: [UInt8]) {
    column = stream
    names = [BlockNames.Place(start: 0, count: UInt32(stream.count))]
  }

  package var count: Int { envelopes.count }

  /// Adds an event of a block, by its place there; it gets another one among those that are collected.
  ///
  /// Afterwards the ids and the payload of the ranges that it gives are to be appended to `column` and `payload`.
  package mutating func add(
    _ event: Int, of fields: borrowing PackedFields, _ counts: EventBlock.PackedCounts, place: Int
  ) throws(ByteReader.Malformed) -> (ids: Range<Int>, payload: Range<Int>) {
    let decoded = try fields.decode(event, idsCount: counts.ids)
    var envelope = decoded.envelope
    guard let ids = decoded.places.ids, let bytes = decoded.places.payload,
      ids.upperBound <= counts.ids, bytes.upperBound <= counts.payload
    else { throw ByteReader.Malformed(position: event) }
    envelope.place = UInt32(place)
    envelope.type = try number(ofType: envelope.type, in: fields.typeList)
    if envelope.flags.contains(.contentType) {
      envelope.contentType = try number(ofType: envelope.contentType, in: fields.typeList)
    }
    envelope.dataStart = UInt32(payload.count)
    envelope.texts = UInt32(column.count)
    envelopes.append(envelope)
    return (ids, bytes)
  }

  /// Checks that the ids that were appended to `column` are those of the event that was added last.
  package func checkIDs() throws(ByteReader.Malformed) {
    guard let last = envelopes.last else { return }
    var reader = ByteReader(column.span, from: Int(last.texts))
    try IdentifierCoding.skip(last.flags, &reader)
    guard reader.isAtEnd else { throw ByteReader.Malformed(position: reader.position) }
  }

  /// The number that a type of a block has among the names here.
  private mutating func number(ofType number: UInt32, in list: Span<UInt8>)
    throws(ByteReader.Malformed) -> UInt32
  {
    var reader = ByteReader(list)
    let count = try reader.count(upTo: reader.remaining)
    guard number < count, try reader.byte() == 0 else {
      throw ByteReader.Malformed(position: reader.position)
    }
    var (start, length) = (0, 0)
    for i in 0..<count {
      let next = try reader.count(upTo: list.count)
      if i < number { start += next }
      if i == number { length = next }
    }
    _ = try reader.skip(start)
    let name = list.extracting(try reader.skip(length))
    for i in names.indices.dropFirst() where names[i].count == name.count {
      let known = Int(names[i].start)..<Int(names[i].start + names[i].count)
      if isEqual(column.span.extracting(known), name) { return UInt32(i) }
    }
    do { _ = try UTF8Span(validating: name) } catch {
      throw ByteReader.Malformed(position: reader.position)
    }
    names.append(BlockNames.Place(start: UInt32(column.count), count: UInt32(name.count)))
    column.append(name)
    return UInt32(names.count - 1)
  }

  /// Puts the events into a block, with their places counted from an offset.
  package consuming func finish(firstOffset: Offset, into block: inout EventBlock) {
    block.firstOffset = firstOffset
    block.storedCount = envelopes.last.map { Int($0.place) + 1 } ?? 0
    block.names = BlockNames(names, streamCount: 1, columnCount: column.count)
    block.columnCount = column.count
    block.payloadCount = payload.count
    block.envelopes = envelopes
    block.column = column
    block.payload = payload
  }
}
