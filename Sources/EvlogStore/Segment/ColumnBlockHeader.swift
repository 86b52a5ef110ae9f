/// What precedes each block of a sealed segment of format 3 or 4: its sizes, its place and its checksums.
struct ColumnBlockHeader: Sendable, Equatable {
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
}

extension ColumnBlockHeader {
  /// Whether both columns are what they were when they were written.
  func hasIntactColumns(_ columns: Span<UInt8>) -> Bool {
    let (envelopes, payload) = (Int(envelopesStored), Int(payloadStored))
    return columns.count >= envelopes + payload
      && CRC32C.checksum(columns.extracting(first: envelopes)) == envelopesChecksum
      && CRC32C.checksum(columns.extracting(envelopes..<envelopes + payload)) == payloadChecksum
  }

  /// Checks, decompresses and decodes the envelopes, which come first in the columns; false where
  /// they are damaged.
  func decodeEnvelopes(_ columns: Span<UInt8>, checked: Bool = true, into block: inout EventBlock)
    -> Bool
  {
    guard columns.count >= Int(envelopesStored),
      LZ4.isPlausible(rawCount: Int(envelopesRaw), storedCount: Int(envelopesStored))
    else { return false }
    let stored = columns.extracting(first: Int(envelopesStored))
    guard !checked || CRC32C.checksum(stored) == envelopesChecksum else { return false }
    block.reserve(columnCount: Int(envelopesRaw))
    guard LZ4.load(stored, rawCount: Int(envelopesRaw), into: &block.column) else {
      block.removeEvents()
      return false
    }
    do throws(ByteReader.Malformed) {
      try block.decodeColumn(firstOffset: firstOffset, count: Int(eventCount))
    } catch { return false }
    return block.payloadCount == Int(payloadRaw)
  }

  /// Checks and decompresses the payloads, which follow the envelopes; false where they are damaged.
  func decodePayload(_ columns: Span<UInt8>, checked: Bool = true, into block: inout EventBlock)
    -> Bool
  {
    let start = Int(envelopesStored)
    let end = start + Int(payloadStored)
    guard columns.count >= end,
      LZ4.isPlausible(rawCount: Int(payloadRaw), storedCount: Int(payloadStored))
    else { return false }
    let stored = columns.extracting(start..<end)
    guard !checked || CRC32C.checksum(stored) == payloadChecksum else { return false }
    block.reserve(payloadCount: Int(payloadRaw))
    return LZ4.load(stored, rawCount: Int(payloadRaw), into: &block.payload)
  }
}
