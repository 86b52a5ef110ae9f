/// The unit that is written, synced and checked together in an active segment: one or more turns.
///
/// A frame holds everything that one sync makes durable, so that after a power cut, whatever order
/// the disk chose, it is there as a whole or not at all.
struct FrameHeader: Sendable, Equatable {
  static let byteCount = 48
  static let kind: UInt8 = 1

  /// Body bytes, without padding.
  var bodyCount: UInt32
  /// How many of them are the envelope column; the payloads follow.
  var envelopeCount: UInt32
  var firstOffset: UInt64
  var eventCount: UInt32
  /// The log's end that was known durable when this frame was formed.
  ///
  /// It tells damage from a torn tail: whatever lies below it was acknowledged.
  var durableBefore: UInt64
  /// The header checksum of the frame before, across segments: the chain.
  var previousFrame: UInt32
  var bodyChecksum: UInt32

  /// Header, body and padding.
  var byteCount: UInt64 { UInt64(Self.byteCount) + (UInt64(bodyCount) + 7) & ~7 }
  var offsets: Range<UInt64> { firstOffset..<(firstOffset + UInt64(eventCount)) }

  func encoded(salt: UInt64, position: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    bytes.appendLittleEndian(UInt32(0))
    bytes.append(Self.kind)
    bytes.append(contentsOf: [0, 0, 0])
    bytes.appendLittleEndian(bodyCount)
    bytes.appendLittleEndian(envelopeCount)
    bytes.appendLittleEndian(firstOffset)
    bytes.appendLittleEndian(durableBefore)
    bytes.appendLittleEndian(eventCount)
    bytes.appendLittleEndian(previousFrame)
    bytes.appendLittleEndian(bodyChecksum)
    bytes.appendLittleEndian(UInt32(0))
    bytes.storeLittleEndian(
      CRC32C.checksum(bytes[4...], seed: CRC32C.seed(salt: salt, position: position)), at: 0)
    return bytes
  }

  /// Reads a header where its checksum holds for this file and position; nil otherwise.
  init?(decoding bytes: ArraySlice<UInt8>, salt: UInt64, position: UInt64) {
    guard bytes.count >= Self.byteCount else { return nil }
    let header = Array(bytes.prefix(Self.byteCount))
    guard header[4] == Self.kind,
      CRC32C.checksum(header[4...], seed: CRC32C.seed(salt: salt, position: position))
        == header.loadLittleEndian(UInt32.self, at: 0)
    else { return nil }
    bodyCount = header.loadLittleEndian(UInt32.self, at: 8)
    envelopeCount = header.loadLittleEndian(UInt32.self, at: 12)
    firstOffset = header.loadLittleEndian(UInt64.self, at: 16)
    durableBefore = header.loadLittleEndian(UInt64.self, at: 24)
    eventCount = header.loadLittleEndian(UInt32.self, at: 32)
    previousFrame = header.loadLittleEndian(UInt32.self, at: 36)
    bodyChecksum = header.loadLittleEndian(UInt32.self, at: 40)
    guard envelopeCount <= bodyCount, eventCount > 0, bodyCount <= UInt32.max - 8,
      durableBefore <= firstOffset
    else { return nil }
  }

  init(
    bodyCount: UInt32, envelopeCount: UInt32, firstOffset: UInt64, eventCount: UInt32,
    durableBefore: UInt64, previousFrame: UInt32, bodyChecksum: UInt32
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
  static func checksum(of encoded: some Collection<UInt8>) -> UInt32 {
    Array(encoded.prefix(4)).loadLittleEndian(UInt32.self, at: 0)
  }
}

/// A whole frame, ready to be written at one position of one segment.
struct EncodedFrame {
  let bytes: [UInt8]
  let header: FrameHeader
  let checksum: UInt32

  init(
    _ block: BlockEncoder, firstOffset: UInt64, durableBefore: UInt64, previousFrame: UInt32,
    salt: UInt64, position: UInt64
  ) {
    let envelopes = block.frameEnvelopes()
    var body = envelopes
    body.append(contentsOf: block.payload)
    let bodyCount = body.count
    body.padToMultipleOfEight()
    header = FrameHeader(
      bodyCount: UInt32(bodyCount), envelopeCount: UInt32(envelopes.count),
      firstOffset: firstOffset, eventCount: UInt32(block.count), durableBefore: durableBefore,
      previousFrame: previousFrame, bodyChecksum: CRC32C.checksum(body))
    let encoded = header.encoded(salt: salt, position: position)
    checksum = FrameHeader.checksum(of: encoded)
    bytes = encoded + body
  }
}
