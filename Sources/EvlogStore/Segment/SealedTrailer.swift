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
    case blocks, types, streams, turns, filter
  }

  static let byteCount = 192
  static let magic: [UInt8] = Array("EVLOGEND".utf8)

  var sections: [Section]
  var offsets: Range<Offset>
  /// From the earliest to the latest time of an event.
  var times: ClosedRange<Timestamp>
  /// The digest of the segment's events.
  var digest: Digest
  /// The header checksum of the last frame, which the next segment names.
  var lastFrame: UInt32
  /// What the events took in frames.
  var rawByteCount: UInt64
  /// Where the second copy of the dictionary is; 0 before format 5, which has none.
  var dictionary: UInt64 = 0

  func encoded(salt: UInt64, position: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    for section in sections {
      bytes.appendLittleEndian(section.position)
      bytes.appendLittleEndian(section.stored)
      bytes.appendLittleEndian(section.raw)
      bytes.appendLittleEndian(section.checksum)
    }
    bytes.appendLittleEndian(UInt64(offsets.lowerBound))
    bytes.appendLittleEndian(UInt64(offsets.upperBound))
    bytes.appendLittleEndian(UInt64(bitPattern: times.lowerBound.nanoseconds))
    bytes.appendLittleEndian(UInt64(bitPattern: times.upperBound.nanoseconds))
    bytes.appendLittleEndian(digest.high)
    bytes.appendLittleEndian(digest.low)
    bytes.appendLittleEndian(rawByteCount)
    bytes.appendLittleEndian(lastFrame)
    bytes.appendLittleEndian(dictionary)
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
    guard word(base) < word(base + 8), word(base + 8) <= UInt64(Int64.max),
      time(base + 16) <= time(base + 24), word(base + 60) < position
    else { return nil }
    offsets = Offset(word(base))..<Offset(word(base + 8))
    times = time(base + 16)...time(base + 24)
    digest = Digest(high: word(base + 32), low: word(base + 40))
    rawByteCount = word(base + 48)
    lastFrame = bytes.loadLittleEndian(UInt32.self, at: base + 56)
    dictionary = word(base + 60)
  }

  init(
    sections: [Section], offsets: Range<Offset>, times: ClosedRange<Timestamp>, digest: Digest,
    lastFrame: UInt32, rawByteCount: UInt64, dictionary: UInt64
  ) {
    self.sections = sections
    self.offsets = offsets
    self.times = times
    self.digest = digest
    self.lastFrame = lastFrame
    self.rawByteCount = rawByteCount
    self.dictionary = dictionary
  }
}
