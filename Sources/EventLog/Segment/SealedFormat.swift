/// What precedes each block of a sealed segment: its sizes, its place and its checksums.
struct BlockHeader: Sendable, Equatable {
  static let byteCount = 48
  static let kind: UInt8 = 2

  var firstOffset: UInt64
  var eventCount: UInt32
  /// Each column's bytes in the file, equal to the raw count where compression gains nothing.
  var envelopesStored: UInt32
  var envelopesRaw: UInt32
  var payloadStored: UInt32
  var payloadRaw: UInt32
  /// Checksums of the columns as they are stored.
  var envelopesChecksum: UInt32
  var payloadChecksum: UInt32

  var offsets: Range<UInt64> { firstOffset..<(firstOffset + UInt64(eventCount)) }
  var byteCount: UInt64 {
    UInt64(Self.byteCount) + UInt64(envelopesStored) + UInt64(payloadStored)
  }

  func encoded(salt: UInt64, position: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(UInt32(0))
    bytes.append(Self.kind)
    bytes.append(contentsOf: [0, 0, 0])
    bytes.appendLittleEndian(firstOffset)
    for value in [
      eventCount, envelopesStored, envelopesRaw, payloadStored, payloadRaw, envelopesChecksum,
      payloadChecksum, 0,
    ] { bytes.appendLittleEndian(value) }
    bytes.storeLittleEndian(
      CRC32C.checksum(bytes[4...], seed: CRC32C.seed(salt: salt, position: position)), at: 0)
    return bytes
  }

  init?(decoding bytes: [UInt8], salt: UInt64, position: UInt64) {
    guard bytes.count >= Self.byteCount, bytes[4] == Self.kind,
      CRC32C.checksum(
        bytes[4..<Self.byteCount], seed: CRC32C.seed(salt: salt, position: position))
        == bytes.loadLittleEndian(UInt32.self, at: 0)
    else { return nil }
    func word(_ i: Int) -> UInt32 { bytes.loadLittleEndian(UInt32.self, at: 16 + 4 * i) }
    self.init(
      firstOffset: bytes.loadLittleEndian(UInt64.self, at: 8), eventCount: word(0),
      envelopesStored: word(1), envelopesRaw: word(2), payloadStored: word(3), payloadRaw: word(4),
      envelopesChecksum: word(5), payloadChecksum: word(6))
  }

  init(
    firstOffset: UInt64, eventCount: UInt32, envelopesStored: UInt32, envelopesRaw: UInt32,
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

/// The last bytes of a sealed segment: what it holds and where its index is.
struct SealedTrailer: Sendable, Equatable {
  /// A part of the index, compressed by itself.
  struct Section: Sendable, Equatable {
    var position: UInt64
    var stored: UInt32
    var raw: UInt32
    var checksum: UInt32
  }

  /// The sections in the order of their numbers.
  enum SectionKind: Int, CaseIterable {
    case names, blocks, streams, types, turns
  }

  static let byteCount = 224
  static let magic: [UInt8] = Array("EVLOGEND".utf8)

  var sections: [Section]
  var offsets: Range<UInt64>
  /// From the earliest to the latest time of an event.
  var times: ClosedRange<Timestamp>
  /// The log's digest before the first event and after the last.
  var digestBefore: Digest
  var digestAfter: Digest
  /// The header checksum of the last frame, which the next segment names.
  var lastFrame: UInt32
  /// What the events took in frames.
  var rawByteCount: UInt64

  func encoded(salt: UInt64, position: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    for section in sections {
      bytes.appendLittleEndian(section.position)
      bytes.appendLittleEndian(section.stored)
      bytes.appendLittleEndian(section.raw)
      bytes.appendLittleEndian(section.checksum)
    }
    bytes.appendLittleEndian(offsets.lowerBound)
    bytes.appendLittleEndian(offsets.upperBound)
    bytes.appendLittleEndian(UInt64(bitPattern: times.lowerBound.nanoseconds))
    bytes.appendLittleEndian(UInt64(bitPattern: times.upperBound.nanoseconds))
    for digest in [digestBefore, digestAfter] {
      bytes.appendLittleEndian(digest.high)
      bytes.appendLittleEndian(digest.low)
    }
    bytes.appendLittleEndian(rawByteCount)
    bytes.appendLittleEndian(lastFrame)
    bytes.append(contentsOf: [UInt8](repeating: 0, count: Self.byteCount - 12 - bytes.count))
    bytes.appendLittleEndian(
      CRC32C.checksum(bytes, seed: CRC32C.seed(salt: salt, position: position)))
    bytes += Self.magic
    return bytes
  }

  init?(decoding bytes: [UInt8], salt: UInt64, position: UInt64) {
    guard bytes.count == Self.byteCount, bytes.suffix(8).elementsEqual(Self.magic),
      CRC32C.checksum(
        bytes[..<(Self.byteCount - 12)], seed: CRC32C.seed(salt: salt, position: position))
        == bytes.loadLittleEndian(UInt32.self, at: Self.byteCount - 12)
    else { return nil }
    func word(_ at: Int) -> UInt64 { bytes.loadLittleEndian(UInt64.self, at: at) }
    func time(_ at: Int) -> Timestamp { Timestamp(nanoseconds: Int64(bitPattern: word(at))) }
    sections = SectionKind.allCases.map { kind in
      let at = kind.rawValue * 20
      return Section(
        position: word(at), stored: bytes.loadLittleEndian(UInt32.self, at: at + 8),
        raw: bytes.loadLittleEndian(UInt32.self, at: at + 12),
        checksum: bytes.loadLittleEndian(UInt32.self, at: at + 16))
    }
    let base = SectionKind.allCases.count * 20
    guard word(base) < word(base + 8), time(base + 16) <= time(base + 24) else { return nil }
    offsets = word(base)..<word(base + 8)
    times = time(base + 16)...time(base + 24)
    digestBefore = Digest(high: word(base + 32), low: word(base + 40))
    digestAfter = Digest(high: word(base + 48), low: word(base + 56))
    rawByteCount = word(base + 64)
    lastFrame = bytes.loadLittleEndian(UInt32.self, at: base + 72)
  }

  init(
    sections: [Section], offsets: Range<UInt64>, times: ClosedRange<Timestamp>,
    digestBefore: Digest, digestAfter: Digest, lastFrame: UInt32, rawByteCount: UInt64
  ) {
    self.sections = sections
    self.offsets = offsets
    self.times = times
    self.digestBefore = digestBefore
    self.digestAfter = digestAfter
    self.lastFrame = lastFrame
    self.rawByteCount = rawByteCount
  }
}
