extension SealedSegment {
  /// Reads every event and every part of the index; the digest of the events.
  ///
  /// Throws `damaged` if a checksum or a digest is wrong. Whether the index agrees with the events is another
  /// question, which takes longer: see ``checkAll()``.
  func check(
    _ body: (EventBlock, [UInt64]) -> Void = { _, _ in }
  ) throws(EventLogError) -> Digest {
    var digest = Digest.zero
    var reader = try makeReader()
    var block = EventBlock()
    for i in 0..<(try chunkCount()) {
      guard try chunk(i).digestBefore == digest else {
        throw damaged("The index of blocks has a wrong digest", byte: 0, try chunk(i).offsets)
      }
      try reader.read(i, withPayload: true, into: &block)
      let hashes = block.nameHashes()
      block.append(to: &digest, hashes: hashes)
      body(block, hashes)
    }
    guard digest == trailer.digest else {
      throw damaged("The segment's digest is wrong", byte: byteCount)
    }
    try checkIndex()
    return digest
  }

  /// Checks the blocks that have any of some events by their checksums, without decompressing them: the events are
  /// those of the digests in the index.
  func checkBlocks(of offsets: Range<Offset>) throws(EventLogError) {
    var reader = try makeReader()
    for (i, entry) in try blocks().enumerated() where entry.place.offsets.overlaps(offsets) {
      try reader.check(i)
    }
  }

  /// Reads every part of the index, and checks the checksums.
  func checkIndex() throws(EventLogError) {
    _ = try blocks()
    _ = try rawIndex()
    guard header.format >= SegmentHeader.pagesFormat else { return }
    let file = try open()
    let first = try SegmentDictionary(
      file, at: UInt64(SegmentHeader.byteCount), salt: header.salt)
    let second = try SegmentDictionary(file, at: trailer.dictionary, salt: header.salt)
    for (copy, position) in [
      (first, UInt64(SegmentHeader.byteCount)), (second, trailer.dictionary),
    ] where copy == nil || copy != first {
      throw damaged("A copy of the sealed segment's dictionary is damaged", byte: position)
    }
  }

  /// Reads everything, and checks that every index says what the events say.
  func checkAll() throws(EventLogError) {
    var indexes = SegmentIndexes(base: offsets.lowerBound)
    _ = try check { block, hashes in indexes.add(block, hashes: hashes) }
    try check(indexes)
  }

  /// Throws where an index says something else than was collected from the events.
  func check(_ indexes: SegmentIndexes) throws(EventLogError) {
    guard indexes.end == offsets.upperBound, indexes.times == trailer.times else {
      throw damaged("The end of the sealed segment is wrong", byte: byteCount)
    }
    let index = try rawIndex()
    for (what, isRight) in [
      ("types", index.types == indexes.typesSection()),
      (
        "streams",
        index.streams
          == indexes.streamsBytes(
            blockEnds: header.format < SegmentHeader.pagesFormat
              ? try blocks().map { Int($0.place.offsets.upperBound - offsets.lowerBound) } : nil)
      ),
      ("turns", index.turns == indexes.turnsBytes()),
      ("filter", index.filter == indexes.filter().bytes),
    ] where !isRight {
      throw damaged("The index (\(what)) of the sealed segment is wrong", byte: 0)
    }
  }

  /// All of the index but the blocks, as bytes; every page begins with the key it is known by.
  private func rawIndex() throws(EventLogError) -> (
    types: [UInt8], streams: [UInt8], turns: [UInt8], filter: [UInt8]
  ) {
    var streams: [UInt8] = []
    for page in try streamPages().pages {
      let bytes = try section(page.section, "streams")
      try require(page, bytes, "streams") { reader throws(ByteReader.Malformed) in
        try StreamEntry(decoding: &reader).name
      }
      streams += bytes
    }
    var turns: [UInt8] = []
    for page in try turnPages().pages {
      let bytes = try section(page.section, "turns")
      try require(page, bytes, "turns") { reader throws(ByteReader.Malformed) in
        try reader.skip(6)
      }
      turns += bytes
    }
    let filter = try self.filter()
    return (try section(.types), streams, turns, filter.bytes)
  }

  private func require(
    _ page: PageDirectory.Page, _ bytes: [UInt8], _ what: String,
    key: (inout ByteReader) throws(ByteReader.Malformed) -> Range<Int>
  ) throws(EventLogError) {
    do throws(ByteReader.Malformed) {
      var reader = ByteReader(bytes.span)
      let range = try key(&reader)
      guard isEqual(bytes.span.extracting(range), page.firstKey.span) else {
        throw ByteReader.Malformed(position: range.lowerBound)
      }
    } catch {
      throw damaged(
        "The index (\(what)) of the sealed segment is wrong", byte: page.section.position)
    }
  }
}

extension SegmentIndexes {
  /// The streams, in the order of their names; with the blocks of formats 3 and 4, which end there.
  fileprivate func streamsBytes(blockEnds: [Int]?) -> [UInt8] {
    var bytes: [UInt8] = []
    let places = placesByStream()
    for number in streams.sorted() {
      appendEntry(ofStream: number, places, blockEnds: blockEnds, to: &bytes)
    }
    return bytes
  }

  /// The turns that have an id, in the order of their hashes.
  fileprivate func turnsBytes() -> [UInt8] {
    var bytes: [UInt8] = []
    for turn in sortedTurns { TurnEntry.append(turn, base: base, to: &bytes) }
    return bytes
  }
}
