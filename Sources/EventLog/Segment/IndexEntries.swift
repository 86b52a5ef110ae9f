/// The entries of a sealed segment's index, as they are read and written.

extension SealedSegment.BlockEntry {
  func append(to bytes: inout [UInt8]) {
    bytes.appendLittleEndian(position)
    bytes.appendLittleEndian(place.firstOffset)
    bytes.appendLittleEndian(UInt32(place.count))
    bytes.appendLittleEndian(UInt32(envelopesStored))
    bytes.appendLittleEndian(place.byteCount)
    let times = place.times ?? Timestamp(nanoseconds: 0)...Timestamp(nanoseconds: 0)
    bytes.appendLittleEndian(UInt64(bitPattern: times.lowerBound.nanoseconds))
    bytes.appendLittleEndian(UInt64(bitPattern: times.upperBound.nanoseconds))
    let digest = place.digestBefore ?? .zero
    bytes.appendLittleEndian(digest.high)
    bytes.appendLittleEndian(digest.low)
  }

  @_lifetime(reader: copy reader)
  init(decoding reader: inout ByteReader) throws(ByteReader.Malformed) {
    position = try reader.littleEndian(UInt64.self)
    let firstOffset = try reader.littleEndian(UInt64.self)
    let count = try reader.littleEndian(UInt32.self)
    envelopesStored = Int(try reader.littleEndian(UInt32.self))
    let byteCount = try reader.littleEndian(UInt64.self)
    let from = Int64(bitPattern: try reader.littleEndian(UInt64.self))
    let to = Int64(bitPattern: try reader.littleEndian(UInt64.self))
    let high = try reader.littleEndian(UInt64.self)
    let low = try reader.littleEndian(UInt64.self)
    guard from <= to, count > 0, firstOffset <= UInt64(Int64.max), byteCount <= UInt64(UInt32.max),
      byteCount >= UInt64(BlockHeader.byteCount + envelopesStored)
    else { throw ByteReader.Malformed(position: reader.position) }
    place = ChunkPlace(
      firstOffset: firstOffset, count: Int(count),
      times: Timestamp(nanoseconds: from)...Timestamp(nanoseconds: to),
      digestBefore: Digest(high: high, low: low), byteCount: byteCount)
  }
}

/// A stream in the index, without the places of its events, which follow.
struct StreamEntry {
  /// Where its name is in the page.
  var name: Range<Int>
  var firstRevision: UInt64
  var count: UInt64
  var placesByteCount: Int

  @_lifetime(reader: copy reader)
  init(decoding reader: inout ByteReader) throws(ByteReader.Malformed) {
    name = try reader.text()
    firstRevision = try reader.varint()
    count = try reader.varint()
    placesByteCount = try reader.count(upTo: reader.remaining)
    guard count > 0, count <= UInt64(placesByteCount) else {
      throw ByteReader.Malformed(position: reader.position)
    }
  }

  /// The places of its events, which come next.
  @_lifetime(reader: copy reader)
  func places(_ reader: inout ByteReader, base: UInt64) throws(ByteReader.Malformed)
    -> StreamPlaces
  {
    var places = StreamPlaces(firstRevision: firstRevision, offsets: [])
    places.offsets.reserveCapacity(Int(count))
    var offset = base
    for _ in 0..<count {
      offset &+= try reader.varint()
      places.offsets.append(offset)
    }
    return places
  }

  static func append(
    name: Span<UInt8>, firstRevision: UInt64, places: ArraySlice<UInt32>, to bytes: inout [UInt8]
  ) {
    bytes.appendVarint(UInt64(name.count))
    bytes.append(name)
    bytes.appendVarint(firstRevision)
    bytes.appendVarint(UInt64(places.count))
    var list: [UInt8] = []
    var last: UInt32 = 0
    for place in places {
      list.appendVarint(UInt64(place &- last))
      last = place
    }
    bytes.appendVarint(UInt64(list.count))
    bytes.append(contentsOf: list)
  }
}

/// A turn in the index, by the upper six bytes of its id's hash.
struct TurnEntry {
  var key: [UInt8]
  var offsets: Range<UInt64>

  /// The bytes by which turns are sorted, the highest first.
  static func key(_ hash: UInt64) -> [UInt8] {
    (0..<6).map { UInt8(truncatingIfNeeded: hash >> UInt64(56 - 8 * $0)) }
  }

  @_lifetime(reader: copy reader)
  init(decoding reader: inout ByteReader, base: UInt64) throws(ByteReader.Malformed) {
    key = reader.bytes.extracting(try reader.skip(6)).copied()
    let first = try reader.varint()
    let count = try reader.varint()
    guard first <= UInt64(UInt32.max), count <= UInt64(UInt32.max) else {
      throw ByteReader.Malformed(position: reader.position)
    }
    offsets = (base + first)..<(base + first + count)
  }

  static func append(_ turn: SegmentIndexes.Turn, base: UInt64, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: key(turn.hash))
    bytes.appendVarint(turn.offsets.lowerBound - base)
    bytes.appendVarint(UInt64(turn.offsets.count))
  }
}
