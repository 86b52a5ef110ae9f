/// What the pages of a sealed segment have in common: a page is compressed as if it followed these bytes.
///
/// Without its dictionary no page can be read, so a segment has it twice: before its blocks, and after them.
struct SegmentDictionary: Sendable, Equatable {
  static let kind: UInt8 = 3
  static let headerBytes = 24
  /// LZ4 looks back no further.
  static let mostBytes = 64 << 10
  /// One for so many bytes of payloads: it must be worth its place.
  static let payloadPerByte = 64
  /// Less is worth nothing.
  static let leastBytes = 4 << 10

  /// The bytes; none where a segment is too small to have them.
  var bytes: [UInt8] = []

  /// How many bytes a segment's dictionary has.
  static func byteCount(forPayload count: Int) -> Int {
    let wanted = min(mostBytes, count / payloadPerByte)
    return wanted < leastBytes ? 0 : wanted
  }

  func encoded(salt: UInt64, position: UInt64) -> [UInt8] {
    var stored: [UInt8] = []
    _ = LZ4.store(bytes.span, .best, appendingTo: &stored)
    var record: [UInt8] = []
    record.appendLittleEndian(UInt32(0))
    record.append(contentsOf: [Self.kind, 0, 0, 0])
    record.appendLittleEndian(UInt32(stored.count))
    record.appendLittleEndian(UInt32(bytes.count))
    record.appendLittleEndian(CRC32C.checksum(stored))
    record.appendLittleEndian(UInt32(0))
    record.storeLittleEndian(
      CRC32C.checksum(record[4...], seed: CRC32C.seed(salt: salt, position: position)), at: 0)
    return record + stored
  }

  /// What a record begins with.
  struct Header: Sendable {
    var stored: Int
    var raw: Int
    var checksum: UInt32
    /// The bytes of the whole record.
    var byteCount: Int { SegmentDictionary.headerBytes + stored }

    init?(decoding bytes: Span<UInt8>, salt: UInt64, position: UInt64) {
      guard bytes.count >= SegmentDictionary.headerBytes, bytes[4] == SegmentDictionary.kind else {
        return nil
      }
      let head = bytes.extracting(first: SegmentDictionary.headerBytes)
      let sum = CRC32C.checksum(
        head.extracting(droppingFirst: 4), seed: CRC32C.seed(salt: salt, position: position))
      var reader = ByteReader(head)
      do throws(ByteReader.Malformed) {
        guard try reader.littleEndian(UInt32.self) == sum else { return nil }
        _ = try reader.skip(4)
        stored = Int(try reader.littleEndian(UInt32.self))
        raw = Int(try reader.littleEndian(UInt32.self))
        checksum = try reader.littleEndian(UInt32.self)
      } catch { return nil }
      guard raw <= SegmentDictionary.mostBytes, stored <= raw else { return nil }
    }
  }

  /// Reads a record; nil where it is damaged.
  init?(_ file: File, at position: UInt64, salt: UInt64) throws(EventLogError) {
    let head = try file.read(at: position, count: Self.headerBytes)
    guard let header = Header(decoding: head.span, salt: salt, position: position) else {
      return nil
    }
    let stored = try file.read(
      at: position + UInt64(Self.headerBytes), count: header.stored)
    guard stored.count == header.stored, CRC32C.checksum(stored) == header.checksum,
      let raw = LZ4.raw(stored[...], rawCount: header.raw)
    else { return nil }
    bytes = raw
  }

  init() {}

  /// Takes bytes from all over the payloads of a segment.
  ///
  /// - Parameters:
  ///   - count: How many there are to be, at most.
  ///   - blocks: Gives some blocks, evenly spread, and says how many there are.
  init(
    count: Int, blockCount: Int,
    _ forSome: ((EventBlock) throws(EventLogError) -> Void) throws(EventLogError) -> Void
  ) throws(EventLogError) {
    guard count > 0 else { return }
    var bytes: [UInt8] = []
    let share = (count + blockCount - 1) / max(1, blockCount)
    try forSome { block throws(EventLogError) in
      // Of a large block, some pieces.
      let wanted = min(share, block.payloadCount, count - bytes.count)
      let pieces = max(1, wanted / Self.pieceBytes)
      let piece = wanted / pieces
      for i in 0..<pieces {
        let start = (block.payloadCount - piece) * (2 * i + 1) / (2 * pieces)
        bytes.append(block.payload.span.extracting(start..<(start + piece)))
      }
    }
    self.bytes = bytes
  }

  private static let pieceBytes = 1 << 10
}
