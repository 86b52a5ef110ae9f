/// What precedes each block of a sealed segment: its sizes, its place and its checksums.
struct BlockHeader: Sendable, Equatable {
  static let byteCount = 48
  static let kind: UInt8 = 2

  var firstOffset: Offset
  var eventCount: UInt32
  /// Each column's bytes in the file, equal to the raw count where compression gains nothing.
  var envelopesStored: UInt32
  var envelopesRaw: UInt32
  var payloadStored: UInt32
  var payloadRaw: UInt32
  /// Checksums of the columns as they are stored.
  var envelopesChecksum: UInt32
  var payloadChecksum: UInt32

  var offsets: Range<Offset> { firstOffset..<(firstOffset + UInt64(eventCount)) }
  var byteCount: UInt64 {
    UInt64(Self.byteCount) + UInt64(envelopesStored) + UInt64(payloadStored)
  }

  func encoded(salt: UInt64, position: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(UInt32(0))
    bytes.append(Self.kind)
    bytes.append(contentsOf: [0, 0, 0])
    bytes.appendLittleEndian(UInt64(firstOffset))
    for value in [
      eventCount, envelopesStored, envelopesRaw, payloadStored, payloadRaw, envelopesChecksum,
      payloadChecksum, 0,
    ] { bytes.appendLittleEndian(value) }
    bytes.storeLittleEndian(
      CRC32C.checksum(bytes[4...], seed: CRC32C.seed(salt: salt, position: position)), at: 0)
    return bytes
  }

  init?(decoding bytes: Span<UInt8>, salt: UInt64, position: UInt64) {
    guard bytes.count >= Self.byteCount, bytes[4] == Self.kind else { return nil }
    let front = bytes.extracting(first: Self.byteCount)
    let checksum = CRC32C.checksum(
      front.extracting(droppingFirst: 4),
      seed: CRC32C.seed(salt: salt, position: position))
    var reader = ByteReader(front)
    do {
      guard try reader.littleEndian(UInt32.self) == checksum else { return nil }
      _ = try reader.skip(4)
      firstOffset = Offset(try reader.littleEndian(UInt64.self))
      eventCount = try reader.littleEndian(UInt32.self)
      envelopesStored = try reader.littleEndian(UInt32.self)
      envelopesRaw = try reader.littleEndian(UInt32.self)
      payloadStored = try reader.littleEndian(UInt32.self)
      payloadRaw = try reader.littleEndian(UInt32.self)
      envelopesChecksum = try reader.littleEndian(UInt32.self)
      payloadChecksum = try reader.littleEndian(UInt32.self)
    } catch { return nil }
    guard firstOffset <= Limits.lastOffset else { return nil }
  }

  init(
    firstOffset: Offset, eventCount: UInt32, envelopesStored: UInt32, envelopesRaw: UInt32,
    payloadStored: UInt32, payloadRaw: UInt32, envelopesChecksum: UInt32, payloadChecksum: UInt32
  ) {
    self.firstOffset = firstOffset
    self.eventCount = eventCount
    self.envelopesStored = envelopesStored
    self.envelopesRaw = envelopesRaw
    self.payloadStored = payloadStored
    self.payloadRaw = payloadRaw
    self.envelopesChecksum = envelopesChecksum
    self.payloadChecksum = payloadChecksum
  }
}
