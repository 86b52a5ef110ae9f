import SystemPackage

/// Segments that are compressed.
extension Inspector {
  func inspectSealed(
    _ file: File, _ size: UInt64, isBrief: Bool, _ result: inout FileInspection
  ) throws(EventLogError) {
    guard let header = try inspectHeader(file, .sealed, &result) else { return }
    result.segment = FileInspection.SegmentFacts(
      store: header.store, offsets: header.baseOffset..<header.baseOffset, salt: header.salt,
      chain: header.previousFrame, createdAt: header.createdAt)
    let trailer = try inspectTrailer(file, size, header, &result)
    if let trailer {
      result.segment?.offsets = trailer.offsets
      result.segment?.lastFrame = trailer.lastFrame
      result.segment?.times = trailer.times
    }
    if isBrief, result.problems.isEmpty { return }
    let sections = try inspectSections(file, header, trailer, &result)
    let (dictionary, start) = try inspectDictionary(file, header, trailer, &result)
    var end = sections.start ?? size
    // A damaged index does not say where the blocks end; the second dictionary follows them.
    if let second = trailer?.dictionary, second > start { end = min(end, second) }
    var walk = BlockWalk(
      inspector: self, file: file, header: header, trailer: trailer, entries: sections.blocks,
      dictionary: dictionary, bytes: start..<max(start, end))
    try walk.run()
    result.chunks = walk.chunks
    walk.judge(&result)
    if trailer == nil {
      result.segment?.offsets = header.baseOffset..<max(header.baseOffset, walk.wholeEnd)
      result.segment?.times = walk.times
    }
  }

  private func inspectTrailer(
    _ file: File, _ size: UInt64, _ header: SegmentHeader, _ result: inout FileInspection
  ) throws(EventLogError) -> SealedTrailer? {
    let count = SealedTrailer.byteCount
    guard size >= UInt64(SegmentHeader.byteCount + count) else {
      result.add(problem: "The file is cut short: it has no room for a trailer", byte: size)
      return nil
    }
    let position = size - UInt64(count)
    let bytes = try file.read(at: position, count: count)
    guard bytes.count == count else { return nil }
    var fields = FieldReader(bytes, at: position)
    for kind in SealedTrailer.SectionKind.allCases {
      fields.number("\(kind): position", UInt64.self) { "byte \($0)" }
      fields.number("\(kind): stored bytes", UInt32.self)
      fields.number("\(kind): raw bytes", UInt32.self)
      fields.number("\(kind): checksum", UInt32.self) { Inspector.hex($0) }
    }
    fields.number("first offset", UInt64.self)
    fields.number("end offset", UInt64.self)
    fields.time("earliest time")
    fields.time("latest time")
    fields.number("digest, high", UInt64.self) { Inspector.hex($0) }
    fields.number("digest, low", UInt64.self) { Inspector.hex($0) }
    fields.number("bytes in frames", UInt64.self)
    fields.number("chain", UInt32.self) { "\(Inspector.hex($0)): its last frame" }
    fields.number("dictionary, second copy", UInt64.self) { $0 == 0 ? "none" : "byte \($0)" }
    fields.reserved(12)
    fields.checksum(
      "checksum",
      CRC32C.checksum(
        bytes[..<(count - 12)], seed: CRC32C.seed(salt: header.salt, position: position)))
    fields.text("magic", 8)
    result.parts.append(fields.part("trailer"))
    guard let trailer = SealedTrailer(decoding: bytes, salt: header.salt, position: position) else {
      let isEnd = bytes.suffix(8).elementsEqual(SealedTrailer.magic)
      result.add(
        problem: isEnd
          ? "The trailer's checksum is wrong, or it holds numbers that no writer makes"
          : "The file does not end with EVLOGEND: it is cut short or overwritten",
        byte: position)
      return nil
    }
    if trailer.offsets.lowerBound != header.baseOffset {
      result.add(
        problem: "The trailer begins at offset \(trailer.offsets.lowerBound), and the header at "
          + "\(header.baseOffset)", byte: position + 100)
    }
    return trailer
  }
}
