import Synchronization

/// What a sealed segment's index says, read part by part.
extension SealedSegment {
  func section(_ section: SealedTrailer.Section, _ what: String) throws(EventLogError) -> [UInt8] {
    // A count that is wrong must not ask for memory, nor a position for what no file has.
    let isInside =
      section.position <= byteCount && UInt64(section.stored) <= byteCount - section.position
    let stored =
      isInside
      ? try withFile { file throws(EventLogError) in
        try file.read(at: section.position, count: Int(section.stored))
      } : []
    guard isInside, stored.count == Int(section.stored),
      CRC32C.checksum(stored) == section.checksum,
      let raw = LZ4.raw(stored[...], rawCount: Int(section.raw))
    else {
      throw damaged("The index (\(what)) of the sealed segment is damaged", byte: section.position)
    }
    return raw
  }

  func section(_ kind: SealedTrailer.SectionKind) throws(EventLogError) -> [UInt8] {
    try section(trailer.sections[kind.rawValue], "\(kind)")
  }

  private func malformed(_ section: SealedTrailer.Section, _ what: String) -> EventLogError {
    damaged("The index (\(what)) of the sealed segment is malformed", byte: section.position)
  }

  // MARK: Blocks

  func blocks() throws(EventLogError) -> [BlockEntry] {
    if let blocks = loaded.withLock({ $0.blocks }) { return blocks }
    let bytes = try section(.blocks)
    var blocks: [BlockEntry] = []
    blocks.reserveCapacity(bytes.count / BlockEntry.byteCount)
    do throws(ByteReader.Malformed) {
      var reader = ByteReader(bytes.span)
      while !reader.isAtEnd { blocks.append(try BlockEntry(decoding: &reader)) }
    } catch {
      throw malformed(trailer.sections[SealedTrailer.SectionKind.blocks.rawValue], "blocks")
    }
    guard areInARow(blocks) else {
      throw malformed(trailer.sections[SealedTrailer.SectionKind.blocks.rawValue], "blocks")
    }
    loaded.withLock { $0.blocks = blocks }
    return blocks
  }

  /// Whether blocks lie in the file one after the other, and their events in the log.
  ///
  /// Otherwise a walk from block to block might read events twice, or pass over some.
  private func areInARow(_ blocks: [BlockEntry]) -> Bool {
    // The blocks of format 5 follow the dictionary.
    var position = UInt64(SegmentHeader.byteCount)
    if header.format >= SegmentHeader.pagesFormat, let first = blocks.first {
      position = max(first.position, position + UInt64(SegmentDictionary.headerBytes))
    }
    var offset = offsets.lowerBound
    for block in blocks {
      guard block.position == position, block.place.firstOffset == offset else { return false }
      position += block.place.byteCount
      offset = block.place.offsets.upperBound
    }
    return position <= byteCount && offset == offsets.upperBound
  }

  // MARK: Streams

  func chunks(ofStream stream: String) throws(EventLogError) -> [Int] {
    if let places = try places(ofStream: stream) {
      let blocks = try blocks()
      var chunks: [Int] = []
      for place in places {
        let offset = offsets.lowerBound + UInt64(place)
        if let last = chunks.last, blocks[last].place.offsets.contains(offset) { continue }
        chunks.append(try chunkIndex(holding: offset))
      }
      return chunks
    }
    let count = try chunkCount()
    return try withEntry(ofStream: stream) { reader, entry throws(ByteReader.Malformed) in
      try entry.blocks(&reader, below: count)
    } ?? []
  }

  /// The places of a stream's events in the segment, ascending; nil before format 5, which does not know them.
  func places(ofStream stream: String) throws(EventLogError) -> [Int]? {
    guard header.format >= SegmentHeader.pagesFormat else { return nil }
    let count = offsets.count
    return try withEntry(ofStream: stream) { reader, entry throws(ByteReader.Malformed) in
      try entry.places(&reader, below: count)
    } ?? []
  }

  func lastRevision(ofStream stream: String) throws(EventLogError) -> Revision? {
    try withEntry(ofStream: stream) { reader, entry throws(ByteReader.Malformed) in
      Revision(entry.firstRevision + entry.count - 1)
    }
  }

  private func withEntry<T>(
    ofStream stream: String,
    _ body: (inout ByteReader, StreamEntry) throws(ByteReader.Malformed) -> T
  ) throws(EventLogError) -> T? {
    guard try filter().mayHave(hash64(stream)) else { return nil }
    let wanted = Array(stream.utf8)
    guard let page = try streamPages().page(for: wanted.span) else { return nil }
    let bytes = try section(page.section, "streams")
    do throws(ByteReader.Malformed) {
      var reader = ByteReader(bytes.span)
      while !reader.isAtEnd {
        let entry = try StreamEntry(decoding: &reader)
        if isEqual(bytes.span.extracting(entry.name), wanted.span) {
          return try body(&reader, entry)
        }
        _ = try reader.skip(entry.listByteCount)
      }
      return nil
    } catch { throw malformed(page.section, "streams") }
  }

  func streamPages() throws(EventLogError) -> PageDirectory {
    if let known = loaded.withLock({ $0.streams }) { return known }
    let directory = try directory(.streams)
    loaded.withLock { $0.streams = directory }
    return directory
  }

  private func directory(_ kind: SealedTrailer.SectionKind) throws(EventLogError) -> PageDirectory {
    let bytes = try section(kind)
    do throws(ByteReader.Malformed) {
      var reader = ByteReader(bytes.span)
      return try PageDirectory(decoding: &reader)
    } catch { throw malformed(trailer.sections[kind.rawValue], "\(kind)") }
  }

  // MARK: Turns

  func turns(withID id: String) throws(EventLogError) -> [Range<Offset>] {
    let hash = IdentifierCoding.hash(id)
    guard try filter().mayHave(hash) else { return [] }
    var found: [Range<Offset>] = []
    let key = TurnEntry.key(hash)
    // Turns of one hash may begin in one page and go on in the next.
    for page in try turnPages().pages(for: key.span) {
      let bytes = try section(page.section, "turns")
      do throws(ByteReader.Malformed) {
        var reader = ByteReader(bytes.span)
        while !reader.isAtEnd {
          let entry = try TurnEntry(decoding: &reader, base: offsets.lowerBound)
          if entry.key == key { found.append(entry.offsets) }
        }
      } catch { throw malformed(page.section, "turns") }
    }
    return found
  }

  func turnPages() throws(EventLogError) -> PageDirectory {
    if let known = loaded.withLock({ $0.turns }) { return known }
    let directory = try directory(.turns)
    loaded.withLock { $0.turns = directory }
    return directory
  }

  func filter() throws(EventLogError) -> NameFilter {
    if let known = loaded.withLock({ $0.filter }) { return known }
    let filter = NameFilter(bytes: try section(.filter))
    loaded.withLock { $0.filter = filter }
    return filter
  }

  // MARK: Counts

  func addCounts(to counts: inout EventCounts) throws(EventLogError) {
    try forEachType { name, count in
      counts.add(type: name, hash: hash64(name), count: count)
    }
    for page in try streamPages().pages {
      let bytes = try section(page.section, "streams")
      do throws(ByteReader.Malformed) {
        var entries: [StreamEntry] = []
        var reader = ByteReader(bytes.span)
        while !reader.isAtEnd {
          entries.append(try StreamEntry(decoding: &reader))
          _ = try reader.skip(entries[entries.count - 1].listByteCount)
        }
        counts.add(streams: entries, of: bytes.span)
      } catch { throw malformed(page.section, "streams") }
    }
  }

  private func forEachType(_ body: (Span<UInt8>, UInt64) -> Void) throws(EventLogError) {
    let bytes = try section(.types)
    do throws(ByteReader.Malformed) {
      var reader = ByteReader(bytes.span)
      while !reader.isAtEnd {
        let name = bytes.span.extracting(try reader.text())
        body(name, UInt64(try reader.count(upTo: Int(UInt32.max))))
      }
    } catch { throw malformed(trailer.sections[SealedTrailer.SectionKind.types.rawValue], "types") }
  }

  /// Whether a type of this name occurs at all, by which a filter skips the segment.
  func mentions(anyTypeOf wanted: NameTable) throws(EventLogError) -> Bool {
    var isMentioned = false
    try forEachType { name, _ in
      if wanted.number(of: name, hash: hash64(name)) != nil { isMentioned = true }
    }
    return isMentioned
  }
}
