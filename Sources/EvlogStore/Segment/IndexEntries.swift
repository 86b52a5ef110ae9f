/// The entries of a sealed segment's index, as they are read and written.

extension SealedSegment.BlockEntry {
  func append(to bytes: inout [UInt8]) {
    bytes.appendLittleEndian(position)
    bytes.appendLittleEndian(UInt64(place.firstOffset))
    bytes.appendLittleEndian(UInt32(place.count))
    bytes.appendLittleEndian(UInt32(frontBytes))
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
    frontBytes = Int(try reader.littleEndian(UInt32.self))
    let byteCount = try reader.littleEndian(UInt64.self)
    let from = Int64(bitPattern: try reader.littleEndian(UInt64.self))
    let to = Int64(bitPattern: try reader.littleEndian(UInt64.self))
    let high = try reader.littleEndian(UInt64.self)
    let low = try reader.littleEndian(UInt64.self)
    guard from <= to, count > 0, firstOffset <= UInt64(Int64.max), byteCount <= UInt64(UInt32.max),
      byteCount >= UInt64(frontBytes)
    else { throw ByteReader.Malformed(position: reader.position) }
    place = ChunkPlace(
      firstOffset: Offset(firstOffset), count: Int(count),
      times: Timestamp(nanoseconds: from)...Timestamp(nanoseconds: to),
      digestBefore: Digest(high: high, low: low), byteCount: byteCount)
  }
}

/// A stream in the index, without the list of its events' places, which follows; in formats 3 and 4, of its blocks.
struct StreamEntry {
  /// Where its name is in the page.
  var name: Range<Int>
  var firstRevision: UInt64
  var count: UInt64
  var listByteCount: Int

  @_lifetime(reader: copy reader)
  init(decoding reader: inout ByteReader) throws(ByteReader.Malformed) {
    name = try reader.text()
    firstRevision = try reader.varint()
    count = try reader.varint()
    listByteCount = try reader.count(upTo: reader.remaining)
    guard count > 0, listByteCount > 0, count <= UInt64(UInt32.max),
      firstRevision <= UInt64(Int64.max)
    else {
      throw ByteReader.Malformed(position: reader.position)
    }
  }

  /// The blocks that have events of it, which come next.
  @_lifetime(reader: copy reader)
  func blocks(_ reader: inout ByteReader, below limit: Int) throws(ByteReader.Malformed) -> [Int] {
    let end = reader.position + listByteCount
    var blocks: [Int] = []
    var next = 0
    while reader.position < end {
      let block = next + (try reader.count(upTo: limit))
      guard block < limit else { throw ByteReader.Malformed(position: reader.position) }
      blocks.append(block)
      next = block + 1
    }
    return blocks
  }

  /// The places of its events in the segment, which come next.
  @_lifetime(reader: copy reader)
  func places(_ reader: inout ByteReader, below limit: Int) throws(ByteReader.Malformed) -> [Int] {
    let list = reader.bytes.extracting(try reader.skip(listByteCount))
    return try PlaceList.decode(list, count: Int(count), below: limit)
  }

  static func append(
    name: Span<UInt8>, firstRevision: UInt64, count: UInt64, list: [UInt8],
    to bytes: inout [UInt8]
  ) {
    bytes.appendVarint(UInt64(name.count))
    bytes.append(name)
    bytes.appendVarint(firstRevision)
    bytes.appendVarint(count)
    bytes.appendVarint(UInt64(list.count))
    bytes.append(contentsOf: list)
  }

  /// The blocks that some places are in, of which each ends at a place.
  static func blocks(of places: ArraySlice<UInt32>, blockEnds: [Int]) -> [UInt8] {
    var list: [UInt8] = []
    var (next, block) = (0, 0)
    for place in places {
      while Int(place) >= blockEnds[block] { block += 1 }
      guard block >= next else { continue }
      list.appendVarint(UInt64(block - next))
      next = block + 1
    }
    return list
  }
}

/// A turn in the index, by the upper six bytes of its id's hash.
struct TurnEntry {
  var key: [UInt8]
  var offsets: Range<Offset>

  /// The bytes by which turns are sorted, the highest first.
  static func key(_ hash: UInt64) -> [UInt8] {
    (0..<6).map { UInt8(truncatingIfNeeded: hash >> UInt64(56 - 8 * $0)) }
  }

  @_lifetime(reader: copy reader)
  init(decoding reader: inout ByteReader, base: Offset) throws(ByteReader.Malformed) {
    key = reader.bytes.extracting(try reader.skip(6)).copied()
    let first = try reader.varint()
    let count = try reader.varint()
    guard first <= UInt64(UInt32.max), count <= UInt64(UInt32.max) else {
      throw ByteReader.Malformed(position: reader.position)
    }
    offsets = (base + first)..<(base + first + count)
  }

  static func append(_ turn: SegmentIndexes.Turn, base: Offset, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: key(turn.hash))
    bytes.appendVarint(turn.offsets.lowerBound - base)
    bytes.appendVarint(UInt64(turn.offsets.count))
  }
}
