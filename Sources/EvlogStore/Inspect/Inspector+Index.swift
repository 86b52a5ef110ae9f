import SystemPackage

/// The index of a sealed segment.
extension Inspector {
  /// What the sections say of the blocks, and where the blocks must end.
  struct Sections {
    var blocks: [SealedSegment.BlockEntry]?
    var start: UInt64?
    var pages: [FileInspection.Part] = []
  }

  private static func count(_ value: Int, _ noun: String) -> String {
    "\(value) \(noun)\(value == 1 ? "" : "s")"
  }

  /// The pages of a part of the index, which lie side by side.
  private static func part(_ name: String, _ pages: [PageDirectory.Page]) -> FileInspection.Part {
    let start = pages.first?.section.position ?? 0
    let end = pages.last.map { $0.section.position + UInt64($0.section.stored) } ?? start
    return FileInspection.Part(
      name: name, bytes: start..<max(start, end),
      fields: pages.map {
        FileInspection.Field(
          byte: $0.section.position, count: Int($0.section.stored), name: "page",
          value: "\($0.section.raw) bytes raw, from \(quoted($0.firstKey))")
      })
  }

  /// Explains each section, as far as the trailer can be read.
  func inspectSections(
    _ file: File, _ header: SegmentHeader, _ trailer: SealedTrailer?,
    _ result: inout FileInspection
  ) throws(EventLogError) -> Sections {
    var sections = Sections()
    // Why the segment cannot be opened is said where its header and trailer are looked at.
    guard let trailer,
      let segment = try? SealedSegment(path: file.path, system: system, store: header.store)
    else {
      result.add(
        remark: "Without header and trailer the index is not looked at; blocks are found one after "
          + "the other")
      return sections
    }
    for kind in SealedTrailer.SectionKind.allCases {
      let place = trailer.sections[kind.rawValue]
      let end = place.position.addingReportingOverflow(UInt64(place.stored))
      var part = FileInspection.Part(
        name: "index of \(kind)",
        bytes: place.position..<(end.overflow ? place.position : end.partialValue))
      func add(_ name: String, _ value: String) {
        part.fields.append(
          FileInspection.Field(
            byte: place.position, count: Int(place.stored), name: name, value: value))
      }
      add("compressed", "\(place.stored) bytes of \(place.raw)")
      do throws(EventLogError) {
        add("holds", try words(kind, segment, &sections))
      } catch {
        add("holds", "DAMAGED")
        result.add(problem: error.message, byte: error.byte)
      }
      result.parts.append(part)
    }
    result.parts += sections.pages.filter { !$0.bytes.isEmpty }
    result.parts.sort { $0.bytes.lowerBound < $1.bytes.lowerBound }
    sections.start = sections.blocks?.last.map { $0.position + $0.place.byteCount }
    return sections
  }

  /// What a section holds; its pages are read too.
  private func words(
    _ kind: SealedTrailer.SectionKind, _ segment: SealedSegment, _ sections: inout Sections
  ) throws(EventLogError) -> String {
    switch kind {
    case .blocks:
      let blocks = try segment.blocks()
      sections.blocks = blocks
      return Self.count(blocks.count, "block")
    case .types:
      var counts = EventCounts()
      try segment.addTypeCounts(to: &counts)
      return Self.count(counts.typeCount, "type")
    case .streams:
      let pages = try segment.streamPages().pages
      var counts = EventCounts()
      try segment.addCounts(to: &counts)
      sections.pages.append(Self.part("pages of streams", pages))
      return "\(Self.count(pages.count, "page")), \(Self.count(counts.streamCount, "stream"))"
    case .turns:
      let pages = try segment.turnPages().pages
      var count = 0
      for page in pages {
        let bytes = try segment.section(page.section, "turns")
        count += try segment.turnCount(inPage: bytes, at: page.section.position)
      }
      sections.pages.append(Self.part("pages of turns", pages))
      return "\(Self.count(pages.count, "page")), \(Self.count(count, "turn")) with an id"
    case .filter:
      return "\(try segment.filter().bytes.count * 8) bits over the names of streams and turns"
    }
  }
}

extension SealedSegment {
  /// Adds how many events there are of each type.
  fileprivate func addTypeCounts(to counts: inout EventCounts) throws(EventLogError) {
    let bytes = try section(.types)
    do throws(ByteReader.Malformed) {
      var reader = ByteReader(bytes.span)
      while !reader.isAtEnd {
        let name = bytes.span.extracting(try reader.text())
        counts.add(type: name, hash: hash64(name), count: try reader.varint())
      }
    } catch {
      throw damaged(
        "The index (types) of the sealed segment is malformed",
        byte: trailer.sections[SealedTrailer.SectionKind.types.rawValue].position)
    }
  }

  /// How many entries a page of turns has.
  fileprivate func turnCount(inPage bytes: [UInt8], at position: UInt64) throws(EventLogError)
    -> Int
  {
    var count = 0
    do throws(ByteReader.Malformed) {
      var reader = ByteReader(bytes.span)
      while !reader.isAtEnd {
        _ = try TurnEntry(decoding: &reader, base: offsets.lowerBound)
        count += 1
      }
    } catch {
      throw damaged("The index (turns) of the sealed segment is malformed", byte: position)
    }
    return count
  }
}
