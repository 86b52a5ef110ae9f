import Synchronization
import SystemPackage

/// A compressed segment that never changes again.
final class SealedSegment: Segment {
  /// One entry of the index of blocks.
  struct BlockEntry: Sendable {
    static let byteCount = 56
    var position: UInt64
    var place: ChunkPlace
  }

  /// The index by stream: where each entry begins, in the order of the streams' names.
  struct StreamTable: Sendable {
    let bytes: [UInt8]
    let positions: [Int]
  }

  let path: FilePath
  private let system: SystemCalls
  let header: SegmentHeader
  let trailer: SealedTrailer
  let byteCount: UInt64

  /// Parts of the index, each read and checked when first needed.
  private struct Loaded {
    var names: [String]?
    var blocks: [BlockEntry]?
    var streams: StreamTable?
    var turns: [UInt8]?
  }
  private let loaded = Mutex(Loaded())

  /// Opens a file and checks its header and its trailer, not its blocks.
  init(path: FilePath, system: SystemCalls, store: StoreID) throws(EventLogError) {
    let file = try File(path, .read, system)
    let header = try SegmentHeader.read(file, store: store, kind: .sealed)
    let size = try file.size()
    guard size >= UInt64(SegmentHeader.byteCount + SealedTrailer.byteCount) else {
      throw EventLogError.damaged("The sealed segment is cut short", file: path, byte: size)
    }
    let position = size - UInt64(SealedTrailer.byteCount)
    let bytes = try file.read(at: position, count: SealedTrailer.byteCount)
    guard let trailer = SealedTrailer(decoding: bytes, salt: header.salt, position: position),
      trailer.offsets.lowerBound == header.baseOffset
    else {
      throw EventLogError.damaged(
        "The end of the sealed segment is damaged", file: path, byte: position)
    }
    self.path = path
    self.system = system
    self.header = header
    self.trailer = trailer
    byteCount = size
  }

  var offsets: Range<UInt64> { trailer.offsets }

  /// Opened for each use: a log may have more segments than a process may have open files.
  private func open() throws(EventLogError) -> File { try File(path, .read, system) }

  private func damaged(_ message: String, byte: UInt64, _ offsets: Range<UInt64>? = nil)
    -> EventLogError
  {
    EventLogError.damaged(message, file: path, byte: byte, offsets: offsets)
  }

  private func section(_ kind: SealedTrailer.SectionKind) throws(EventLogError) -> [UInt8] {
    let section = trailer.sections[kind.rawValue]
    let stored = try open().read(at: section.position, count: Int(section.stored))
    guard stored.count == Int(section.stored), CRC32C.checksum(stored) == section.checksum,
      let raw = LZ4.raw(stored[...], rawCount: Int(section.raw))
    else {
      throw damaged("The index (\(kind)) of the sealed segment is damaged", byte: section.position)
    }
    return raw
  }

  /// Reads a section with a parser for which running out of bytes means damage.
  private func parse<T>(
    _ kind: SealedTrailer.SectionKind,
    _ body: (inout ByteReader) throws(ByteReader.Malformed) -> T
  ) throws(EventLogError) -> T {
    var reader = ByteReader(try section(kind))
    do { return try body(&reader) } catch {
      throw damaged(
        "The index (\(kind)) of the sealed segment is malformed",
        byte: trailer.sections[kind.rawValue].position)
    }
  }

  private func names() throws(EventLogError) -> [String] {
    if let names = loaded.withLock({ $0.names }) { return names }
    let names = try parse(.names) { reader throws(ByteReader.Malformed) in
      var names: [String] = []
      let count = try reader.count(upTo: reader.end)
      names.reserveCapacity(count)
      for _ in 0..<count { names.append(try reader.string()) }
      return names
    }
    loaded.withLock { $0.names = names }
    return names
  }

  private func blocks() throws(EventLogError) -> [BlockEntry] {
    if let blocks = loaded.withLock({ $0.blocks }) { return blocks }
    let blocks = try parse(.blocks) { reader throws(ByteReader.Malformed) in
      var blocks: [BlockEntry] = []
      while !reader.isAtEnd {
        let position = try reader.littleEndian(UInt64.self)
        let firstOffset = try reader.littleEndian(UInt64.self)
        let count = try reader.littleEndian(UInt64.self)
        let from = Int64(bitPattern: try reader.littleEndian(UInt64.self))
        let to = Int64(bitPattern: try reader.littleEndian(UInt64.self))
        let high = try reader.littleEndian(UInt64.self)
        let low = try reader.littleEndian(UInt64.self)
        guard from <= to, count > 0, count <= UInt64(UInt32.max) else {
          throw ByteReader.Malformed(position: reader.position)
        }
        blocks.append(
          BlockEntry(
            position: position,
            place: ChunkPlace(
              firstOffset: firstOffset, count: Int(count),
              times: Timestamp(nanoseconds: from)...Timestamp(nanoseconds: to),
              digestBefore: Digest(high: high, low: low))))
      }
      return blocks
    }
    loaded.withLock { $0.blocks = blocks }
    return blocks
  }

  // MARK: Segment

  func chunkCount() throws(EventLogError) -> Int { try blocks().count }

  func chunk(_ i: Int) throws(EventLogError) -> ChunkPlace { try blocks()[i].place }

  func chunkIndex(holding offset: UInt64) throws(EventLogError) -> Int {
    let blocks = try blocks()
    let i = blocks.partitioningIndex { $0.place.offsets.upperBound > offset }
    guard i < blocks.count, blocks[i].place.offsets.contains(offset) else {
      throw damaged("The index has no block with this event", byte: 0, offset..<(offset + 1))
    }
    return i
  }

  func block(_ i: Int, withPayload: Bool) throws(EventLogError) -> EventBlock {
    let entry = try blocks()[i]
    let names = try names()
    let file = try open()
    let wrong = damaged(
      "A block of the sealed segment is damaged", byte: entry.position, entry.place.offsets)
    let front = try file.read(at: entry.position, count: BlockHeader.byteCount)
    guard let h = BlockHeader(decoding: front, salt: header.salt, position: entry.position),
      h.offsets == entry.place.offsets
    else { throw wrong }
    let columns = try file.read(
      at: entry.position + UInt64(BlockHeader.byteCount),
      count: Int(h.envelopesStored) + (withPayload ? Int(h.payloadStored) : 0))
    let envelopes = columns.prefix(Int(h.envelopesStored))
    guard CRC32C.checksum(envelopes) == h.envelopesChecksum || system.omits(.blockChecksum),
      let raw = LZ4.raw(envelopes, rawCount: Int(h.envelopesRaw))
    else { throw wrong }
    do {
      var reader = ByteReader(raw)
      var block = try EventBlock(
        envelopes: &reader, firstOffset: h.firstOffset, count: Int(h.eventCount)
      ) { reader throws(ByteReader.Malformed) in names[try reader.count(upTo: names.count - 1)] }
      guard reader.isAtEnd, block.payloadCount == Int(h.payloadRaw) else { throw wrong }
      if withPayload {
        let stored = columns.suffix(from: Int(h.envelopesStored))
        guard CRC32C.checksum(stored) == h.payloadChecksum || system.omits(.blockChecksum),
          let payload = LZ4.raw(stored, rawCount: Int(h.payloadRaw))
        else { throw wrong }
        block.payload = payload
      }
      return block
    } catch {
      throw wrong
    }
  }

  func events(ofStream stream: String) throws(EventLogError) -> StreamPlaces? {
    let table = try streams()
    let names = try names()
    do {
      let wanted = Array(stream.utf8)
      var low = 0
      var high = table.positions.count
      while low < high {
        let middle = (low + high) / 2
        var reader = ByteReader(table.bytes, from: table.positions[middle])
        let name = names[try reader.count(upTo: names.count - 1)]
        if Name(name) == Name(stream) { return try Self.places(&reader, base: offsets.lowerBound) }
        if name.utf8.lexicographicallyPrecedes(wanted) { low = middle + 1 } else { high = middle }
      }
      return nil
    } catch {
      throw damaged("The index by stream is malformed", byte: trailer.sections[2].position)
    }
  }

  private static func places(_ reader: inout ByteReader, base: UInt64)
    throws(ByteReader.Malformed) -> StreamPlaces
  {
    var places = StreamPlaces(firstRevision: try reader.varint(), offsets: [])
    let count = try reader.count(upTo: reader.end)
    var offset = base
    for _ in 0..<count {
      offset &+= try reader.varint()
      places.offsets.append(offset)
    }
    return places
  }

  private func streams() throws(EventLogError) -> StreamTable {
    if let table = loaded.withLock({ $0.streams }) { return table }
    let base = offsets.lowerBound
    let bytes = try section(.streams)
    var reader = ByteReader(bytes)
    var positions: [Int] = []
    do {
      while !reader.isAtEnd {
        positions.append(reader.position)
        _ = try reader.varint()
        _ = try Self.places(&reader, base: base)
      }
    } catch {
      throw damaged("The index by stream is malformed", byte: trailer.sections[2].position)
    }
    let table = StreamTable(bytes: bytes, positions: positions)
    loaded.withLock { $0.streams = table }
    return table
  }

  func turns(withID id: String) throws(EventLogError) -> [Range<UInt64>] {
    let bytes = try turnsSection()
    let hash = Self.hash(ofTurn: id)
    var low = 0
    let count = bytes.count / 24
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if bytes.loadLittleEndian(UInt64.self, at: middle * 24) < hash {
        low = middle + 1
      } else {
        high = middle
      }
    }
    var found: [Range<UInt64>] = []
    while low < count, bytes.loadLittleEndian(UInt64.self, at: low * 24) == hash {
      let first = bytes.loadLittleEndian(UInt64.self, at: low * 24 + 8)
      found.append(first..<(first &+ bytes.loadLittleEndian(UInt64.self, at: low * 24 + 16)))
      low += 1
    }
    return found
  }

  func turnsSection() throws(EventLogError) -> [UInt8] {
    if let known = loaded.withLock({ $0.turns }) { return known }
    let bytes = try section(.turns)
    loaded.withLock { $0.turns = bytes }
    return bytes
  }

  static func hash(ofTurn id: String) -> UInt64 { Digest(of: Array(id.utf8)).low }

  func counts() throws(EventLogError) -> EventCounts {
    let names = try names()
    var counts = EventCounts()
    counts.types = try parse(.types) { reader throws(ByteReader.Malformed) in
      var types: [Name: UInt64] = [:]
      while !reader.isAtEnd {
        let name = Name(names[try reader.count(upTo: names.count - 1)])
        types[name] = try reader.varint()
      }
      return types
    }
    counts.streams = try parse(.streams) { reader throws(ByteReader.Malformed) in
      var streams: [Name: UInt64] = [:]
      while !reader.isAtEnd {
        let name = Name(names[try reader.count(upTo: names.count - 1)])
        streams[name] = UInt64(try Self.places(&reader, base: 0).offsets.count)
      }
      return streams
    }
    return counts
  }

  /// Whether a type or a stream of this name occurs at all, by which a filter skips the segment.
  func mentions(anyOf wanted: Set<Name>) throws(EventLogError) -> Bool {
    try names().contains { wanted.contains(Name($0)) }
  }
}

extension SegmentHeader {
  /// Reads and checks the header of a segment file.
  static func read(_ file: File, store: StoreID, kind: Kind) throws(EventLogError) -> SegmentHeader
  {
    let header: SegmentHeader
    do {
      header = try SegmentHeader(decoding: try file.read(at: 0, count: byteCount))
    } catch let problem as Problem {
      if case .newer(let version) = problem {
        throw EventLogError(
          .newerFormat, "The segment needs a reader of format \(version)", file: file.path,
          advice: "Use a newer evlog.")
      }
      throw EventLogError.damaged("The segment's header is damaged", file: file.path, byte: 0)
    } catch let error as EventLogError {
      throw error
    } catch {
      throw EventLogError.damaged("The segment's header is damaged", file: file.path, byte: 0)
    }
    guard header.store == store else {
      throw EventLogError(
        .foreign, "The segment belongs to another log (\(header.store))", file: file.path,
        advice: "Move it out of the folder.")
    }
    guard header.kind == kind else {
      throw EventLogError.damaged("The segment is of another kind than its name", file: file.path)
    }
    return header
  }
}
