/// A block of pages, decoded from bytes in memory: as many as are needed for what is asked.
struct PagedBlock: ~Escapable {
  let header: PagedBlockHeader
  /// From the block's first byte on, with ``slack`` bytes more than are asked for.
  private let bytes: Span<UInt8>
  private let isChecked: Bool
  let table: PageTable
  let fields: PackedFields

  static let slack = PackedFields.slack

  /// Why a block cannot be decoded.
  enum Problem: Error {
    /// The checksum of a part does not hold.
    case checksum(_ part: String, said: UInt32, found: UInt32)
    /// The checksums hold, and a part is not what a writer makes.
    case malformed(_ part: String)
  }

  /// Reads the front; with `table`, it was read before. Without `isChecked`, no checksum is computed.
  @_lifetime(copy bytes)
  init(
    _ header: PagedBlockHeader, _ bytes: Span<UInt8>, table known: PageTable? = nil,
    isChecked: Bool
  ) throws(Problem) {
    guard bytes.count >= header.namesStart + Self.slack else { throw .malformed("front") }
    let front = bytes.extracting(PagedBlockHeader.byteCount..<header.namesStart)
    if isChecked, known == nil { try Self.check("front", front, header.frontChecksum) }
    do throws(ByteReader.Malformed) {
      if let known { table = known } else { table = try PageTable(front, header) }
      fields = try PackedFields(
        bytes.extracting(
          (PagedBlockHeader.byteCount + table.byteCount)..<(header.namesStart + Self.slack)),
        count: Int(header.eventCount))
    } catch { throw .malformed("front") }
    self.header = header
    self.bytes = bytes
    self.isChecked = isChecked
  }

  static func check(_ part: String, _ bytes: Span<UInt8>, _ checksum: UInt32) throws(Problem) {
    let found = CRC32C.checksum(bytes)
    guard found == checksum else { throw .checksum(part, said: checksum, found: found) }
  }

  var counts: EventBlock.PackedCounts {
    EventBlock.PackedCounts(
      names: Int(header.names.raw), ids: Int(header.ids.raw), payload: Int(header.payload.raw))
  }

  /// Decodes the envelopes of some events, with their names and ids; where their payloads are.
  ///
  /// The bytes go to the end of the ids.
  func decodeEnvelopes(
    _ events: Range<Int>, _ decoder: PageDecoder, into block: inout EventBlock
  ) throws(Problem) -> Range<Int> {
    guard bytes.count >= header.payloadStart else { throw .malformed("names") }
    let names = bytes.extracting(header.namesStart..<header.idsStart)
    if isChecked { try Self.check("names", names, header.namesChecksum) }
    block.reserve(fields, counts)
    guard LZ4.load(names, rawCount: Int(header.names.raw), into: &block.column) else {
      block.removeEvents()
      throw .malformed("names")
    }
    do {
      let found = try block.decode(
        fields, counts, firstOffset: header.firstOffset, events: events)
      try copyIDs(found.ids, decoder, to: &block.column, at: found.idsStart)
      try block.checkIDs(in: found.idsStart..<(found.idsStart + found.ids.count))
      return found.payload
    } catch {
      block.removeEvents()
      throw error as? Problem ?? .malformed("fields")
    }
  }

  /// Copies some of the ids of the block.
  func copyIDs(
    _ some: Range<Int>, _ decoder: PageDecoder, to target: inout [UInt8], at place: Int
  ) throws(Problem) {
    try Self.copy(
      some, of: table.ids, Int(header.ids.raw), header.pageBytes,
      bytes.extracting(header.idsStart..<header.payloadStart), from: 0, decoder, isChecked,
      to: &target, at: place)
  }

  /// Decompresses the payloads of the events that `decodeEnvelopes` has decoded. The bytes are the whole block.
  func decodePayload(_ some: Range<Int>, _ decoder: PageDecoder, into block: inout EventBlock)
    throws(Problem)
  {
    guard bytes.count >= Int(header.byteCount) else { throw .malformed("payloads") }
    block.reserve(payloadCount: some.count)
    try Self.copy(
      some, of: table.payload, Int(header.payload.raw), header.pageBytes,
      bytes.extracting(header.payloadStart..<Int(header.byteCount)), from: 0, decoder, isChecked,
      to: &block.payload, at: 0)
  }

  /// Checks all of the block by its checksums, and decompresses nothing.
  func check() throws(Problem) {
    guard isChecked, bytes.count >= Int(header.byteCount) else { return }
    try Self.check(
      "names", bytes.extracting(header.namesStart..<header.idsStart), header.namesChecksum)
    for (start, pages) in [(header.idsStart, table.ids), (header.payloadStart, table.payload)] {
      for page in pages {
        let first = start + page.start
        try Self.check("page", bytes.extracting(first..<(first + page.stored)), page.checksum)
      }
    }
  }

  /// Copies some of a part of the block, which is in pages; `bytes` begins at byte `start` of the part as it is stored.
  static func copy(
    _ some: Range<Int>, of pages: [PageTable.Page], _ rawCount: Int, _ pageBytes: Int,
    _ bytes: Span<UInt8>, from start: Int, _ decoder: PageDecoder, _ isChecked: Bool,
    to target: inout [UInt8], at place: Int
  ) throws(Problem) {
    var position = some.lowerBound
    while position < some.upperBound {
      let number = position / pageBytes
      let page = pages[number]
      let first = number * pageBytes
      let end = min(first + pageBytes, rawCount)
      let stored = bytes.extracting((page.start - start)..<(page.start - start + page.stored))
      if isChecked { try check("page", stored, page.checksum) }
      let upper = min(end, some.upperBound)
      guard
        decoder.copy(
          (position - first)..<(upper - first), of: stored, rawCount: end - first, to: &target,
          at: place + position - some.lowerBound)
      else { throw .malformed("page") }
      position = upper
    }
  }

  /// The pages in which a part's bytes are.
  static func pages(of some: Range<Int>, _ pageBytes: Int) -> Range<Int> {
    some.isEmpty
      ? 0..<0 : (some.lowerBound / pageBytes)..<((some.upperBound - 1) / pageBytes + 1)
  }
}
