import SystemPackage

/// Segments that take appends, or took them.
extension Inspector {
  /// Explains the header; nil where it does not tell the salt, without which nothing can be checked.
  func inspectHeader(
    _ file: File, _ kind: SegmentHeader.Kind, _ result: inout FileInspection
  ) throws(EventLogError) -> SegmentHeader? {
    let bytes = try file.read(at: 0, count: SegmentHeader.byteCount)
    var fields = FieldReader(bytes, at: 0)
    fields.text("magic", 8)
    fields.number("format", UInt16.self)
    fields.number("least reader", UInt16.self)
    fields.number("kind", UInt8.self) { $0 == 1 ? "1: active" : $0 == 2 ? "2: sealed" : "\($0)" }
    fields.reserved(3)
    fields.hexadecimal("store", 16)
    fields.number("first offset", UInt64.self)
    fields.number("salt", UInt64.self) { Inspector.hex($0) }
    fields.time("created")
    fields.number("chain", UInt32.self) { "\(Inspector.hex($0)): the last frame before" }
    let isWhole = bytes.count == SegmentHeader.byteCount
    fields.checksum("checksum", isWhole ? CRC32C.checksum(bytes[..<60]) : nil)
    result.parts.append(fields.part("segment header"))
    guard isWhole else {
      result.add(problem: "The file ends inside of the segment's header", byte: result.byteCount)
      return nil
    }
    do {
      let header = try SegmentHeader(decoding: bytes)
      judge(header, kind, file.path, &result)
      return header
    } catch {
      switch error {
      case .newer(let version):
        result.add(problem: "It needs a reader of format \(version): use a newer evlog", byte: 10)
        return nil
      case .notASegment: result.add(problem: "It does not begin with EVLOGSEG", byte: 0)
      case .unknownKind(let kind): result.add(problem: "There is no kind \(kind)", byte: 12)
      default: result.add(problem: "The segment header's checksum is wrong", byte: 60)
      }
    }
    // One wrong byte elsewhere leaves the salt right, and then frames and blocks are found.
    return SegmentHeader(
      kind: kind, store: StoreID(bytes: Array(bytes[16..<32])),
      baseOffset: Offset(bytes.loadLittleEndian(UInt64.self, at: 32)),
      salt: bytes.loadLittleEndian(UInt64.self, at: 40),
      createdAt: Timestamp(
        nanoseconds: Int64(bitPattern: bytes.loadLittleEndian(UInt64.self, at: 48))),
      previousFrame: bytes.loadLittleEndian(UInt32.self, at: 56))
  }

  /// Whether a segment belongs where it lies.
  private func judge(
    _ header: SegmentHeader, _ kind: SegmentHeader.Kind, _ path: FilePath,
    _ result: inout FileInspection
  ) {
    if let store, header.store != store {
      result.add(problem: "The segment belongs to another log (\(header.store))", byte: 16)
    }
    let name = path.lastComponent
    if let base = (name?.stem).flatMap({ Offset($0) }), base != header.baseOffset {
      result.add(
        problem: "It has the name of another segment: its first offset is \(header.baseOffset)",
        byte: 32)
    }
    let expected = kind == .active ? "active" : "sealed"
    if let ending = name?.extension, ["active", "sealed"].contains(ending), ending != expected {
      result.add(problem: "It is of another kind than its name says", byte: 12)
    }
  }

  func inspectActive(
    _ file: File, _ size: UInt64, isBrief: Bool, _ result: inout FileInspection
  ) throws(EventLogError) {
    guard let header = try inspectHeader(file, .active, &result) else { return }
    var walk = FrameWalk(inspector: self, file: file, header: header, size: size)
    try walk.run()
    result.chunks = walk.chunks
    result.segment = FileInspection.SegmentFacts(
      store: header.store, offsets: header.baseOffset..<max(walk.wholeEnd, header.baseOffset),
      salt: header.salt, chain: header.previousFrame, lastFrame: walk.lastFrame,
      createdAt: header.createdAt, times: walk.times)
    try walk.judge(&result, known: knownDurable(header), isBrief: isBrief)
  }

  /// How far the log is known to be acknowledged from outside of a segment: the mark, or the segment
  /// that follows.
  private func knownDurable(_ header: SegmentHeader) -> Offset {
    guard let layout, let store, header.store == store else { return 0 }
    // A folder that cannot be listed says nothing of how far the log is known.
    let next = ((try? layout.segmentNames()) ?? []).first { $0.base > header.baseOffset }
    let marked = mark.flatMap { $0.activeBase <= header.baseOffset ? $0.end : nil } ?? 0
    return max(marked, next?.base ?? 0)
  }
}
