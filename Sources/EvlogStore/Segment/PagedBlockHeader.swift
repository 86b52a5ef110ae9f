/// What precedes each block of a sealed segment of format 5: its sizes, its place and its checksums.
///
/// After it come the table of pages and the fields of the envelopes, which are read together and called the front;
/// then the names of the streams, the pages of the ids, and those of the payloads.
struct PagedBlockHeader: Sendable, Equatable {
  static let byteCount = 64
  static let kind: UInt8 = 4
  /// A page has this many raw bytes, as powers of two.
  static let pageBits: ClosedRange<UInt8> = 12...17
  static let mostEvents = 1 << 16

  /// A part's bytes in the file and before compression.
  struct Part: Sendable, Equatable {
    var stored: UInt32
    var raw: UInt32
  }

  var firstOffset: Offset
  var eventCount: UInt32
  var pageBits: UInt8
  /// The bytes of the table of pages and the fields, which are not compressed.
  var front: UInt32
  var names: Part
  var ids: Part
  var payload: Part
  /// Checksums of the front and the names as they are stored. Each page has one of its own.
  var frontChecksum: UInt32
  var namesChecksum: UInt32

  var offsets: Range<Offset> { firstOffset..<(firstOffset + UInt64(eventCount)) }
  var pageBytes: Int { 1 << Int(pageBits) }
  /// Where the names begin in the block, the ids, and the payloads.
  var namesStart: Int { Self.byteCount + Int(front) }
  var idsStart: Int { namesStart + Int(names.stored) }
  var payloadStart: Int { idsStart + Int(ids.stored) }
  var byteCount: UInt64 { UInt64(payloadStart) + UInt64(payload.stored) }

  func encoded(salt: UInt64, position: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(UInt32(0))
    bytes.append(contentsOf: [Self.kind, pageBits, 0, 0])
    bytes.appendLittleEndian(UInt64(firstOffset))
    for value in [
      eventCount, front, names.stored, names.raw, ids.stored, ids.raw, payload.stored, payload.raw,
      frontChecksum, namesChecksum, 0, 0,
    ] { bytes.appendLittleEndian(value) }
    bytes.storeLittleEndian(
      CRC32C.checksum(bytes[4...], seed: CRC32C.seed(salt: salt, position: position)), at: 0)
    return bytes
  }

  init?(decoding bytes: Span<UInt8>, salt: UInt64, position: UInt64) {
    guard bytes.count >= Self.byteCount, bytes[4] == Self.kind else { return nil }
    let head = bytes.extracting(first: Self.byteCount)
    let checksum = CRC32C.checksum(
      head.extracting(droppingFirst: 4), seed: CRC32C.seed(salt: salt, position: position))
    var reader = ByteReader(head)
    do throws(ByteReader.Malformed) {
      guard try reader.littleEndian(UInt32.self) == checksum else { return nil }
      _ = try reader.byte()
      pageBits = try reader.byte()
      _ = try reader.skip(2)
      firstOffset = Offset(try reader.littleEndian(UInt64.self))
      eventCount = try reader.littleEndian(UInt32.self)
      front = try reader.littleEndian(UInt32.self)
      names = try Self.part(&reader)
      ids = try Self.part(&reader)
      payload = try Self.part(&reader)
      frontChecksum = try reader.littleEndian(UInt32.self)
      namesChecksum = try reader.littleEndian(UInt32.self)
    } catch { return nil }
    guard firstOffset <= Limits.lastOffset, eventCount > 0, eventCount <= Self.mostEvents,
      Self.pageBits.contains(pageBits),
      [names, ids, payload].allSatisfy({
        LZ4.isPlausible(rawCount: Int($0.raw), storedCount: Int($0.stored))
      })
    else { return nil }
  }

  @_lifetime(reader: copy reader)
  private static func part(_ reader: inout ByteReader) throws(ByteReader.Malformed) -> Part {
    Part(
      stored: try reader.littleEndian(UInt32.self), raw: try reader.littleEndian(UInt32.self))
  }

  init(
    firstOffset: Offset, eventCount: UInt32, pageBits: UInt8, front: UInt32, names: Part,
    ids: Part, payload: Part, frontChecksum: UInt32, namesChecksum: UInt32
  ) {
    self.firstOffset = firstOffset
    self.eventCount = eventCount
    self.pageBits = pageBits
    self.front = front
    self.names = names
    self.ids = ids
    self.payload = payload
    self.frontChecksum = frontChecksum
    self.namesChecksum = namesChecksum
  }
}
