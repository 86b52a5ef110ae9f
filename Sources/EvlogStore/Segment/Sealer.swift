import SystemPackage

/// Compresses a full segment into a sealed one, reads it back, and only then replaces the old one by it.
struct Sealer: ~Copyable {
  /// How many raw bytes a block collects before it is compressed.
  ///
  /// At 128 KiB the ratio is within one or two percent of what larger blocks reach.
  static let blockBytes = 128 << 10

  private let layout: StoreLayout
  private let source: Source
  private let effort: LZ4.Effort
  private let header: SegmentHeader
  private let file: File
  private var position = UInt64(SegmentHeader.byteCount)
  private var digest = Digest.zero
  private var indexes: SegmentIndexes
  private var blocks: [UInt8] = []

  /// The block that is being filled.
  private var encoder = PackedBlockEncoder()
  private let dictionary: SegmentDictionary
  private let compressor: PageCompressor
  private var blockStart: Offset
  private var blockDigest = Digest.zero
  private var stored: [UInt8] = []

  /// What a sealed segment is made of.
  struct Source {
    /// Of the segment that it takes the place of: its offset, its log, and what it continues.
    var header: SegmentHeader
    var offsets: Range<Offset>
    /// The header checksum that the next segment names.
    var lastFrame: UInt32
    var rawByteCount: UInt64
    /// Gives all the events, in order.
    var forEachBlock: ((EventBlock) throws(EventLogError) -> Void) throws(EventLogError) -> Void
    /// How many blocks ``forSomeBlocks`` gives, from all over the segment.
    var sampleCount: Int
    var forSomeBlocks: ((EventBlock) throws(EventLogError) -> Void) throws(EventLogError) -> Void

    init(_ segment: ActiveSegment) {
      header = segment.header
      offsets = segment.offsets
      lastFrame = segment.end.checksum
      rawByteCount = segment.byteCount
      forEachBlock = { body throws(EventLogError) in
        var reader = try segment.makeReader()
        var frame = EventBlock()
        for i in 0..<segment.chunkCount() {
          try reader.read(i, withPayload: true, into: &frame)
          try body(frame)
        }
      }
      // As many frames as have enough bytes, and of large ones enough to be different.
      let count = segment.chunkCount()
      let bytes = max(1, Int(segment.byteCount) / max(1, count))
      let wanted = min(count, max(Self.samples, SegmentDictionary.mostBytes * 2 / bytes))
      sampleCount = wanted
      forSomeBlocks = { body throws(EventLogError) in
        var reader = try segment.makeReader()
        var frame = EventBlock()
        for i in 0..<wanted {
          try reader.read((2 * i + 1) * count / (2 * wanted), withPayload: true, into: &frame)
          try body(frame)
        }
      }
    }

    private static let samples = 64

    init(
      header: SegmentHeader, offsets: Range<Offset>, lastFrame: UInt32, rawByteCount: UInt64,
      blockCount: Int,
      forEachBlock:
        @escaping ((EventBlock) throws(EventLogError) -> Void) throws(EventLogError) -> Void
    ) {
      self.header = header
      self.offsets = offsets
      self.lastFrame = lastFrame
      self.rawByteCount = rawByteCount
      self.forEachBlock = forEachBlock
      sampleCount = blockCount
      forSomeBlocks = forEachBlock
    }
  }

  /// Seals `segment`. On return the sealed file is durable under its name; the active file is still
  /// there.
  static func seal(_ segment: ActiveSegment, layout: StoreLayout, _ effort: LZ4.Effort)
    throws(EventLogError) -> SealedSegment
  {
    try seal(Source(segment), layout: layout, effort)
  }

  static func seal(_ source: Source, layout: StoreLayout, _ effort: LZ4.Effort)
    throws(EventLogError) -> SealedSegment
  {
    let base = source.header.baseOffset
    let temporary = layout.segment(base: base, .unfinished)
    try layout.system.removeIfPresent(temporary)
    let header = SegmentHeader(
      kind: .sealed, store: source.header.store, baseOffset: base,
      salt: UInt64.random(in: .min ... .max), createdAt: .now(),
      previousFrame: source.header.previousFrame, format: SegmentHeader.pagesFormat)
    let file = try File(temporary, .create, layout.system)
    try file.write(header.encoded(), at: 0)
    let dictionary = try SegmentDictionary(
      count: SegmentDictionary.byteCount(forPayload: Int(source.rawByteCount)),
      blockCount: source.sampleCount, source.forSomeBlocks)
    var sealer = Sealer(
      source, header: header, file: file, layout: layout, dictionary, effort)
    let digest = try sealer.write()
    // Read it all back before anything relies on it.
    let readBack = try SealedSegment(
      path: temporary, system: layout.system, store: source.header.store)
    guard try readBack.check() == digest else {
      throw EventLogError.damaged(
        "The sealed segment does not read back as it was written", file: temporary)
    }
    let sealed = layout.segment(base: base, .sealed)
    try layout.system.rename(temporary, to: sealed)
    try layout.system.syncDirectory(layout.segments)
    return try SealedSegment(path: sealed, system: layout.system, store: source.header.store)
  }

  private init(
    _ source: Source, header: SegmentHeader, file: File, layout: StoreLayout,
    _ dictionary: SegmentDictionary, _ effort: LZ4.Effort
  ) {
    self.dictionary = dictionary
    compressor = PageCompressor(dictionary.bytes, effort)
    self.layout = layout
    self.source = source
    self.effort = effort
    self.header = header
    self.file = file
    blockStart = header.baseOffset
    indexes = SegmentIndexes(base: header.baseOffset)
  }

  private mutating func write() throws(EventLogError) -> Digest {
    try writeDictionary()
    try source.forEachBlock { frame throws(EventLogError) in
      let hashes = frame.nameHashes()
      indexes.add(frame, hashes: hashes)
      try add(frame, hashes)
    }
    try flush()
    try writeIndex()
    try file.sync()
    return digest
  }

  /// Adds the events of a frame to the block, and begins new blocks where one is full.
  private mutating func add(_ frame: EventBlock, _ hashes: [UInt64]) throws(EventLogError) {
    var run = 0..<0
    for i in frame.indices {
      let event = frame[i]
      if encoder.byteCount + run.count >= Self.blockBytes {
        encoder.addPayload(frame.payload.span.extracting(run))
        try flush()
        run = run.upperBound..<run.upperBound
        blockStart = event.offset
        blockDigest = digest
      }
      let envelope = event.envelope
      encoder.add(
        event, stream: Int(indexes.numbers[Int(envelope.stream)]),
        type: Int(indexes.numbers[Int(envelope.type)]),
        contentType: event.contentTypeNumber.map { Int(indexes.numbers[$0]) })
      digest = digest.appending(event.digest(hashes))
      run =
        run
        .lowerBound..<(Int(envelope.dataStart) + Int(envelope.dataCount)
        + Int(envelope.metadataCount))
    }
    encoder.addPayload(frame.payload.span.extracting(run))
  }

  private mutating func writeDictionary() throws(EventLogError) {
    let record = dictionary.encoded(salt: header.salt, position: position)
    try file.write(record, at: position)
    position += UInt64(record.count)
  }

  /// Compresses and writes the block.
  private mutating func flush() throws(EventLogError) {
    guard encoder.count > 0, let times = encoder.times else { return }
    var stored: [UInt8] = []
    swap(&stored, &self.stored)
    defer { swap(&stored, &self.stored) }
    stored.removeAll(keepingCapacity: true)
    stored.append(contentsOf: repeatElement(0, count: PagedBlockHeader.byteCount))

    let pageBits = pageBits
    let pageBytes = 1 << Int(pageBits)
    var pages: [UInt8] = []
    let idsStored = appendPages(of: encoder.ids.span, pageBytes, to: &pages, table: &stored)
    _ = appendPages(of: encoder.payload.span, pageBytes, to: &pages, table: &stored)
    encoder.appendFields(to: &stored, types: indexes.types)
    let front = PagedBlockHeader.byteCount..<stored.count
    var names: [UInt8] = []
    encoder.appendNames(to: &names, streams: indexes.streams)
    let namesStored = LZ4.store(names.span, effort, appendingTo: &stored)
    let blockHeader = PagedBlockHeader(
      firstOffset: blockStart, eventCount: UInt32(encoder.count), pageBits: pageBits,
      front: UInt32(front.count),
      names: PagedBlockHeader.Part(stored: UInt32(namesStored), raw: UInt32(names.count)),
      ids: PagedBlockHeader.Part(stored: UInt32(idsStored), raw: UInt32(encoder.ids.count)),
      payload: PagedBlockHeader.Part(
        stored: UInt32(pages.count - idsStored), raw: UInt32(encoder.payload.count)),
      frontChecksum: CRC32C.checksum(stored[front]),
      namesChecksum: CRC32C.checksum(stored[front.upperBound...]))
    stored.append(contentsOf: pages)
    let head = blockHeader.encoded(salt: header.salt, position: position)
    for i in head.indices { stored[i] = head[i] }
    try file.write(stored, at: position)
    SealedSegment.BlockEntry(
      position: position, frontBytes: blockHeader.namesStart,
      place: ChunkPlace(
        firstOffset: blockStart, count: encoder.count, times: times, digestBefore: blockDigest,
        byteCount: blockHeader.byteCount)
    ).append(to: &blocks)
    position += blockHeader.byteCount
    encoder.removeAll()
  }

  /// A page has some events of usual size: of larger ones more bytes, and more where no dictionary helps.
  private var pageBits: UInt8 {
    let wanted = 4 * (encoder.payload.count / max(1, encoder.count))
    let least = dictionary.bytes.count < SegmentDictionary.mostBytes / 2 ? 1 << 14 : 1 << 12
    var bits = PagedBlockHeader.pageBits.lowerBound
    while 1 << Int(bits) < max(wanted, least), bits < PagedBlockHeader.pageBits.upperBound {
      bits += 1
    }
    return bits
  }

  /// Compresses a part page by page; how many bytes they take.
  private func appendPages(
    of part: Span<UInt8>, _ pageBytes: Int, to pages: inout [UInt8], table: inout [UInt8]
  ) -> Int {
    let start = pages.count
    for first in stride(from: 0, to: part.count, by: pageBytes) {
      let page = part.extracting(first..<min(first + pageBytes, part.count))
      let count = compressor.append(page, to: &pages)
      PageTable.append(
        stored: count, checksum: CRC32C.checksum(pages[(pages.count - count)...]), to: &table)
    }
    return pages.count - start
  }

  // MARK: The index

  private mutating func writeIndex() throws(EventLogError) {
    guard let times = indexes.times else {
      throw EventLogError(
        .invalidEvent, "A segment without events cannot be sealed", file: file.path)
    }
    let secondDictionary = position
    try writeDictionary()
    let streams = try writeStreams()
    let turns = try writeTurns()
    var sections: [SealedTrailer.Section] = []
    for bytes in [blocks, indexes.typesSection(), streams, turns, indexes.filter().bytes] {
      sections.append(try writeSection(bytes))
    }
    let trailer = SealedTrailer(
      sections: sections, offsets: source.offsets, times: times, digest: digest,
      lastFrame: source.lastFrame, rawByteCount: source.rawByteCount,
      dictionary: secondDictionary)
    try file.write(trailer.encoded(salt: header.salt, position: position), at: position)
  }

  private mutating func writeSection(_ bytes: [UInt8]) throws(EventLogError)
    -> SealedTrailer.Section
  {
    stored.removeAll(keepingCapacity: true)
    let count = LZ4.store(bytes.span, effort, appendingTo: &stored)
    try file.write(stored, at: position)
    defer { position += UInt64(count) }
    return SealedTrailer.Section(
      position: position, stored: UInt32(count), raw: UInt32(bytes.count),
      checksum: CRC32C.checksum(stored))
  }

  /// Writes the pages of streams; their directory.
  private mutating func writeStreams() throws(EventLogError) -> [UInt8] {
    var directory = PageDirectory()
    var page: [UInt8] = []
    var first = 0
    let places = indexes.placesByStream()
    let sorted = indexes.streams.sorted()
    for (i, number) in sorted.enumerated() {
      indexes.appendEntry(ofStream: number, places, to: &page)
      if page.count >= PageDirectory.pageBytes || i == sorted.count - 1 {
        directory.add(try writeSection(page), firstKey: indexes.streams[sorted[first]].copied())
        page.removeAll(keepingCapacity: true)
        first = i + 1
      }
    }
    return directory.encoded()
  }

  /// Writes the pages of turns; their directory.
  private mutating func writeTurns() throws(EventLogError) -> [UInt8] {
    var directory = PageDirectory()
    var page: [UInt8] = []
    var first = 0
    let sorted = indexes.sortedTurns
    for (i, turn) in sorted.enumerated() {
      TurnEntry.append(turn, base: header.baseOffset, to: &page)
      if page.count >= PageDirectory.pageBytes || i == sorted.count - 1 {
        directory.add(try writeSection(page), firstKey: TurnEntry.key(sorted[first].hash))
        page.removeAll(keepingCapacity: true)
        first = i + 1
      }
    }
    return directory.encoded()
  }
}

extension SegmentIndexes {
  /// The types and how many events each has, in the order of their names.
  func typesSection() -> [UInt8] {
    var bytes: [UInt8] = []
    for number in types.sorted() where typeCounts[number] > 0 {
      bytes.appendVarint(UInt64(types[number].count))
      bytes.append(types[number])
      bytes.appendVarint(typeCounts[number])
    }
    return bytes
  }

  /// The turns that have an id, in the order of their hashes.
  var sortedTurns: [Turn] {
    turns.sorted { ($0.hash, $0.offsets.lowerBound) < ($1.hash, $1.offsets.lowerBound) }
  }

  /// The filter over the streams and the turns with an id.
  func filter() -> NameFilter {
    var filter = NameFilter(nameCount: streams.count + turns.count)
    for number in 0..<streams.count { filter.add(streams.hash(number)) }
    for turn in turns { filter.add(turn.hash) }
    return filter
  }
}
