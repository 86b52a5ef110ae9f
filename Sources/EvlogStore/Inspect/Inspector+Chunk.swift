import SystemPackage

/// One frame or block.
extension Inspector {
  func inspect(chunk number: Int, of inspection: FileInspection) throws(EventLogError)
    -> ChunkInspection
  {
    let file = try File(inspection.file, .read, system)
    let chunk = inspection.chunks[number]
    let start = chunk.bytes.lowerBound
    let stored = try file.read(at: start, count: Int(chunk.bytes.upperBound - start))
    var result = ChunkInspection(
      file: inspection.file, kind: inspection.kind, number: number, chunk: chunk, parts: [],
      events: [], stored: stored)
    guard let salt = inspection.segment?.salt else { return result }
    var block = EventBlock()
    if inspection.kind == .active {
      result.parts.append(frameHeader(stored, at: start, salt: salt))
      var window = FileWindow(file)
      let look = try lookAtFrame(at: start, &window, salt, try file.size(), into: &block)
      if let header = look.header { result.parts += columns(header, start) }
      if look.header != nil, look.problem == nil { result.events = Self.envelopes(block) }
    } else {
      result.parts.append(blockHeader(stored, at: start, salt: salt))
      let look = try lookAtBlock(
        at: start, file, salt, PageDecoder(try dictionary(file, salt: salt)), into: &block)
      if let header = look.header { result.parts += columns(header, start) }
      if look.hasEnvelopes { result.events = Self.envelopes(block) }
    }
    return result
  }

  private func columns(_ header: FrameHeader, _ start: UInt64) -> [FileInspection.Part] {
    let body = start + UInt64(FrameHeader.byteCount)
    let envelopes = body + UInt64(header.bodyCount - header.envelopeCount)
    let end = body + UInt64(header.bodyCount)
    return [
      FileInspection.Part(name: "payloads", bytes: body..<envelopes),
      FileInspection.Part(name: "envelopes", bytes: envelopes..<end),
      FileInspection.Part(name: "padding", bytes: end..<(start + header.byteCount)),
    ].filter { !$0.bytes.isEmpty }
  }

  private func columns(_ header: BlockHeader, _ start: UInt64) -> [FileInspection.Part] {
    var parts: [FileInspection.Part] = []
    var position = start + UInt64(header.headerBytes)
    func add(_ name: String, _ stored: UInt32, isCompressed: Bool) {
      let end = position + UInt64(stored)
      parts.append(
        FileInspection.Part(name: isCompressed ? "\(name), LZ4" : name, bytes: position..<end))
      position = end
    }
    switch header {
    case .columns(let header):
      add(
        "envelopes", header.envelopesStored,
        isCompressed: header.envelopesStored < header.envelopesRaw)
      add("payloads", header.payloadStored, isCompressed: header.payloadStored < header.payloadRaw)
    case .pages(let header):
      add("table of pages, and fields", header.front, isCompressed: false)
      for (name, part) in [
        ("names", header.names), ("ids", header.ids), ("payloads", header.payload),
      ] { add(name, part.stored, isCompressed: part.stored < part.raw) }
    }
    return parts.filter { !$0.bytes.isEmpty }
  }

  private static func envelopes(_ block: EventBlock) -> [ChunkInspection.Envelope] {
    block.indices.map { i in
      let event = block[i]
      return ChunkInspection.Envelope(
        offset: event.offset, stream: event.text(event.envelope.stream),
        revision: event.revision, type: event.text(event.envelope.type),
        recordedAt: event.recordedAt, schemaVersion: event.schemaVersion,
        contentType: event.contentType, beginsTurn: event.beginsTurn, turnID: event.turnID,
        id: event.id, causation: event.causation, correlation: event.correlation,
        dataBytes: Int(event.envelope.dataCount),
        metadataBytes: event.hasMetadata ? Int(event.envelope.metadataCount) : nil,
        dataStart: Int(event.envelope.dataStart))
    }
  }
}
