import SystemPackage

/// Compresses a full segment into a sealed one, reads it back, and only then lets it take its place.
struct Sealer {
  /// How many raw bytes a block collects before it is compressed.
  ///
  /// At 128 KiB the ratio is within one or two percent of what larger blocks reach.
  static let blockBytes = 128 << 10

  let layout: StoreLayout
  let store: StoreID

  private var position = UInt64(SegmentHeader.byteCount)
  private var names: [String] = []
  private var numbers: [Name: UInt64] = [:]
  private var blocks: [UInt8] = []
  private var indexes = SegmentIndexes()

  private init(layout: StoreLayout, store: StoreID) {
    self.layout = layout
    self.store = store
  }

  /// Seals `segment`, whose first event the log's digest `digestBefore` precedes.
  ///
  /// On return the sealed file is durable under its name; the active file is still there.
  static func seal(
    _ segment: ActiveSegment, layout: StoreLayout, store: StoreID, digestBefore: Digest
  ) throws(EventLogError) -> SealedSegment {
    var sealer = Sealer(layout: layout, store: store)
    let base = segment.header.baseOffset
    let temporary = layout.segment(base: base, .unfinished)
    try layout.system.removeIfPresent(temporary)
    let digest = try sealer.write(segment, to: temporary, digestBefore: digestBefore)

    // Read it all back before anything relies on it.
    let readBack = try SealedSegment(path: temporary, system: layout.system, store: store)
    guard try readBack.check(from: digestBefore) == digest else {
      throw EventLogError.damaged(
        "The sealed segment does not read back as it was written", file: temporary)
    }
    let sealed = layout.segment(base: base, .sealed)
    try layout.system.rename(temporary, to: sealed)
    try layout.system.syncDirectory(layout.segments)
    return try SealedSegment(path: sealed, system: layout.system, store: store)
  }

  private mutating func write(
    _ segment: ActiveSegment, to path: FilePath, digestBefore: Digest
  ) throws(EventLogError) -> Digest {
    let file = try File(path, .create, layout.system)
    let header = SegmentHeader(
      kind: .sealed, store: store, baseOffset: segment.header.baseOffset,
      salt: UInt64.random(in: .min ... .max), createdAt: .now(),
      previousFrame: segment.header.previousFrame)
    try file.write(header.encoded(), at: 0)

    var digest = digestBefore
    var encoder = BlockEncoder()
    var encoderDigest = digest
    var blockStart = header.baseOffset
    for i in 0..<segment.chunkCount() {
      let block = try segment.block(i, withPayload: true)
      for j in block.envelopes.indices {
        let event = block.event(j)
        if encoder.byteCount >= Self.blockBytes {
          try flush(encoder, blockStart, encoderDigest, to: file, salt: header.salt)
          encoder = BlockEncoder()
          encoderDigest = digest
          blockStart = event.offset
        }
        encoder.add(event)
        digest = digest.chained(with: event)
        indexes.add(event)
      }
    }
    try flush(encoder, blockStart, encoderDigest, to: file, salt: header.salt)
    guard let times = indexes.times else {
      throw EventLogError(.invalidEvent, "A segment without events cannot be sealed", file: path)
    }

    var sections: [SealedTrailer.Section] = []
    for bytes in [namesSection(), blocks, streamsSection(), typesSection(), indexes.turnsSection()]
    {
      sections.append(try writeSection(bytes, to: file))
    }
    let trailer = SealedTrailer(
      sections: sections, offsets: segment.offsets, times: times, digestBefore: digestBefore,
      digestAfter: digest, lastFrame: segment.end.checksum, rawByteCount: segment.byteCount)
    try file.write(trailer.encoded(salt: header.salt, position: position), at: position)
    try file.sync()
    return digest
  }

  private mutating func flush(
    _ encoder: BlockEncoder, _ firstOffset: UInt64, _ digest: Digest, to file: File, salt: UInt64
  ) throws(EventLogError) {
    guard encoder.count > 0, let times = encoder.times else { return }
    for name in encoder.names where numbers[Name(name)] == nil {
      numbers[Name(name)] = UInt64(names.count)
      names.append(name)
    }
    let envelopes = encoder.sealedEnvelopes(numbering: numbers)
    let storedEnvelopes = LZ4.stored(envelopes)
    let storedPayload = LZ4.stored(encoder.payload)
    let header = BlockHeader(
      firstOffset: firstOffset, eventCount: UInt32(encoder.count),
      envelopesStored: UInt32(storedEnvelopes.count), envelopesRaw: UInt32(envelopes.count),
      payloadStored: UInt32(storedPayload.count), payloadRaw: UInt32(encoder.payload.count),
      envelopesChecksum: CRC32C.checksum(storedEnvelopes),
      payloadChecksum: CRC32C.checksum(storedPayload))
    try file.write(
      header.encoded(salt: salt, position: position) + storedEnvelopes + storedPayload,
      at: position)

    blocks.appendLittleEndian(position)
    blocks.appendLittleEndian(firstOffset)
    blocks.appendLittleEndian(UInt64(encoder.count))
    blocks.appendLittleEndian(UInt64(bitPattern: times.lowerBound.nanoseconds))
    blocks.appendLittleEndian(UInt64(bitPattern: times.upperBound.nanoseconds))
    blocks.appendLittleEndian(digest.high)
    blocks.appendLittleEndian(digest.low)
    position += header.byteCount
  }

  private mutating func writeSection(_ bytes: [UInt8], to file: File) throws(EventLogError)
    -> SealedTrailer.Section
  {
    let stored = LZ4.stored(bytes)
    try file.write(stored, at: position)
    defer { position += UInt64(stored.count) }
    return SealedTrailer.Section(
      position: position, stored: UInt32(stored.count), raw: UInt32(bytes.count),
      checksum: CRC32C.checksum(stored))
  }

  private func namesSection() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(UInt64(names.count))
    for name in names { bytes.appendString(name) }
    return bytes
  }

  private func streamsSection() -> [UInt8] {
    var bytes: [UInt8] = []
    let base = indexes.streams.values.compactMap(\.offsets.first).min() ?? 0
    let sorted = indexes.streams.sorted { $0.key < $1.key }
    for (name, places) in sorted {
      bytes.appendVarint(numbers[name] ?? 0)
      bytes.appendVarint(places.firstRevision)
      bytes.appendVarint(UInt64(places.offsets.count))
      var last = base
      for offset in places.offsets {
        bytes.appendVarint(offset - last)
        last = offset
      }
    }
    return bytes
  }

  private func typesSection() -> [UInt8] {
    var bytes: [UInt8] = []
    for (name, count) in indexes.types.sorted(by: { $0.key < $1.key }) {
      bytes.appendVarint(numbers[name] ?? 0)
      bytes.appendVarint(count)
    }
    return bytes
  }
}
