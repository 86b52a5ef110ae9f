import SystemPackage

/// The unit that is written, synced and checked together in an active segment: one or more turns.
///
/// A frame holds everything that one sync makes durable, so that after a power cut, whatever order
/// the disk chose, it is there as a whole or not at all.
struct FrameHeader: Sendable, Equatable {
  static let byteCount = 48
  static let kind: UInt8 = 1

  /// Body bytes, without padding.
  var bodyCount: UInt32
  /// How many of them are the column of envelopes, which follows the payloads.
  var envelopeCount: UInt32
  var firstOffset: Offset
  var eventCount: UInt32
  /// The log's end that was known durable when this frame was formed.
  ///
  /// It distinguishes damage from a torn tail: whatever lies below it was acknowledged.
  var durableBefore: Offset
  /// The header checksum of the frame before, across segments: the chain.
  var previousFrame: UInt32
  var bodyChecksum: UInt32

  /// Header, body and padding.
  var byteCount: UInt64 { UInt64(Self.byteCount) + (UInt64(bodyCount) + 7) & ~7 }
  var offsets: Range<Offset> { firstOffset..<(firstOffset + UInt64(eventCount)) }

  func encoded(salt: UInt64, position: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    bytes.appendLittleEndian(UInt32(0))
    bytes.append(Self.kind)
    bytes.append(contentsOf: [0, 0, 0])
    bytes.appendLittleEndian(bodyCount)
    bytes.appendLittleEndian(envelopeCount)
    bytes.appendLittleEndian(UInt64(firstOffset))
    bytes.appendLittleEndian(UInt64(durableBefore))
    bytes.appendLittleEndian(eventCount)
    bytes.appendLittleEndian(previousFrame)
    bytes.appendLittleEndian(bodyChecksum)
    bytes.appendLittleEndian(UInt32(0))
    bytes.storeLittleEndian(
      CRC32C.checksum(bytes[4...], seed: CRC32C.seed(salt: salt, position: position)), at: 0)
    return bytes
  }

  /// Reads a header where its checksum holds for this file and position; nil otherwise.
  init?(decoding bytes: Span<UInt8>, salt: UInt64, position: UInt64) {
    guard bytes.count >= Self.byteCount, bytes[4] == Self.kind else { return nil }
    let front = bytes.extracting(first: Self.byteCount)
    guard
      CRC32C.checksum(
        front.extracting(droppingFirst: 4),
        seed: CRC32C.seed(salt: salt, position: position)) == Self.checksum(of: front)
    else { return nil }
    var reader = ByteReader(front, from: 8)
    do {
      bodyCount = try reader.littleEndian(UInt32.self)
      envelopeCount = try reader.littleEndian(UInt32.self)
      firstOffset = Offset(try reader.littleEndian(UInt64.self))
      durableBefore = Offset(try reader.littleEndian(UInt64.self))
      eventCount = try reader.littleEndian(UInt32.self)
      previousFrame = try reader.littleEndian(UInt32.self)
      bodyChecksum = try reader.littleEndian(UInt32.self)
    } catch { return nil }
    guard envelopeCount <= bodyCount, eventCount > 0, eventCount <= envelopeCount / 6,
      bodyCount <= UInt32.max - 8,
      durableBefore <= firstOffset, firstOffset <= Limits.lastOffset
    else { return nil }
  }

  init(
    bodyCount: UInt32, envelopeCount: UInt32, firstOffset: Offset, eventCount: UInt32,
    durableBefore: Offset, previousFrame: UInt32, bodyChecksum: UInt32
  ) {
    self.bodyCount = bodyCount
    self.envelopeCount = envelopeCount
    self.firstOffset = firstOffset
    self.eventCount = eventCount
    self.durableBefore = durableBefore
    self.previousFrame = previousFrame
    self.bodyChecksum = bodyChecksum
  }

  /// The checksum in an encoded header, by which the next frame names it.
  static func checksum(of encoded: Span<UInt8>) -> UInt32 {
    var reader = ByteReader(encoded)
    // A header that was encoded is never shorter than its first field.
    return (try? reader.littleEndian(UInt32.self)) ?? 0
  }
}

extension BlockEncoder {
  /// Fills in the header of a frame whose body is finished, for one position of one segment; the
  /// whole frame is then in `payload`.
  mutating func setFrameHeader(
    _ body: Body, firstOffset: Offset, durableBefore: Offset, previousFrame: UInt32, salt: UInt64,
    position: UInt64
  ) -> (header: FrameHeader, checksum: UInt32) {
    let header = FrameHeader(
      bodyCount: UInt32(body.count), envelopeCount: UInt32(body.envelopeCount),
      firstOffset: firstOffset, eventCount: UInt32(count), durableBefore: durableBefore,
      previousFrame: previousFrame,
      bodyChecksum: CRC32C.checksum(
        payload.span.extracting(droppingFirst: FrameHeader.byteCount)))
    let encoded = header.encoded(salt: salt, position: position)
    setHeader(encoded)
    return (header, FrameHeader.checksum(of: encoded.span))
  }
}

extension FrameHeader {
  /// Checks and decodes a frame's body, padding included.
  func decode(body: Span<UInt8>, path: FilePath, position: UInt64, into block: inout EventBlock)
    throws(EventLogError)
  {
    let damaged = {
      EventLogError.damaged(
        "A frame of the segment is damaged", file: path, byte: position, offsets: offsets)
    }
    guard body.count == Int(byteCount) - Self.byteCount,
      CRC32C.checksum(body) == bodyChecksum
    else { throw damaged() }
    let payloadCount = Int(bodyCount - envelopeCount)
    block.fill(
      column: body.extracting(payloadCount..<Int(bodyCount)),
      payload: body.extracting(first: payloadCount))
    do throws(ByteReader.Malformed) {
      try block.decodeColumn(firstOffset: firstOffset, count: Int(eventCount))
    } catch { throw damaged() }
    guard block.payloadCount == payloadCount else { throw damaged() }
  }
}
