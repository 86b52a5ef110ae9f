/// Reads the blocks of a sealed segment of format 5: whole ones, or a few of their events.
struct PagedBlockReader: ChunkReader {
  private let lent: LentSegment
  private let entries: [SealedSegment.BlockEntry]
  /// False only where a test leaves the checksums of blocks out.
  private let isChecked: Bool
  private let decoder: PageDecoder
  /// A block from its beginning on, as far as it was read.
  private var bytes: [UInt8] = []
  private var loaded: Loaded?
  private var pages: [UInt8] = []

  private struct Loaded {
    var block: Int
    var count: Int
    var header: PagedBlockHeader
    /// Once the front was read and checked.
    var table: PageTable?
  }

  init(
    _ segment: SealedSegment, _ open: OpenSegment, _ decoder: PageDecoder,
    entries: [SealedSegment.BlockEntry]
  ) {
    lent = LentSegment(segment, open)
    self.decoder = decoder
    self.entries = entries
    isChecked = !open.file.system.omits(.blockChecksum)
  }

  private var segment: SealedSegment { lent.segment }
  private var open: OpenSegment { lent.open }

  func eventCount(_ i: Int) -> Int { entries[i].place.count }

  mutating func read(
    _ i: Int, _ events: Range<Int>, withPayload: Bool, into block: inout EventBlock
  )
    throws(EventLogError)
  {
    // Of a block of which much is wanted, everything is read at once.
    let isWhole = withPayload && events.count > entries[i].place.count / 4
    var header = try load(i, isWhole ? Int(entries[i].place.byteCount) : entries[i].frontBytes)
    if !isWhole { header = try load(i, header.payloadStart) }
    let payload: Range<Int>
    let table: PageTable
    do throws(PagedBlock.Problem) {
      let paged = try PagedBlock(
        header, bytes.span, table: loaded?.table, isChecked: isChecked)
      table = paged.table
      // Payloads that are read later have the places that they have in the whole block.
      payload = try paged.decodeEnvelopes(
        withPayload ? events : 0..<eventCount(i), decoder, into: &block)
      if isWhole { try paged.decodePayload(payload, decoder, into: &block) }
    } catch { throw damaged(i) }
    loaded?.table = table
    if !withPayload, events.count < block.count {
      block.keep { events.contains(Int($0.place)) }
    }
    if withPayload, !isWhole {
      block.reserve(payloadCount: payload.count)
      try copyPayload(payload, i, header, to: &block.payload, at: 0)
    }
  }

  /// Reads the payloads of the events that are left in the block, in the places that they have there.
  mutating func readPayload(_ i: Int, into block: inout EventBlock) throws(EventLogError) {
    // The envelopes were read just before, and with them the table of pages.
    let header = try load(i, entries[i].frontBytes)
    let (pageBytes, all) = (header.pageBytes, Int(header.payload.raw))
    block.reserve(payloadCount: all)
    // Pages that lie side by side are read at once.
    var wanted = 0..<0
    for envelope in block.envelopes {
      let start = Int(envelope.dataStart)
      let end = start + Int(envelope.dataCount) + Int(envelope.metadataCount)
      guard end > start else { continue }
      let pages =
        (start / pageBytes * pageBytes)..<min((end - 1) / pageBytes * pageBytes + pageBytes, all)
      if pages.lowerBound <= wanted.upperBound {
        wanted = wanted.lowerBound..<max(wanted.upperBound, pages.upperBound)
      } else {
        try copyPayload(wanted, i, header, to: &block.payload, at: wanted.lowerBound)
        wanted = pages
      }
    }
    try copyPayload(wanted, i, header, to: &block.payload, at: wanted.lowerBound)
  }

  /// Reads events of one stream by their places in the segment, which ascend.
  mutating func gather(
    _ places: ArraySlice<Int>, ofStream stream: [UInt8], into block: inout EventBlock
  )
    throws(EventLogError)
  {
    var gatherer = EventGatherer(stream: stream)
    let base = segment.offsets.lowerBound
    var i = 0
    for place in places {
      let offset = base + UInt64(place)
      if !entries[i].place.offsets.contains(offset) {
        i = try segment.chunkIndex(holding: offset)
      }
      let header = try load(i, entries[i].frontBytes)
      let ids: Range<Int>
      let payload: Range<Int>
      let table: PageTable
      do {
        let paged = try PagedBlock(
          header, bytes.span, table: loaded?.table, isChecked: isChecked)
        table = paged.table
        (ids, payload) = try gatherer.add(
          Int(offset - header.firstOffset), of: paged.fields, paged.counts, place: place)
      } catch { throw damaged(i) }
      loaded?.table = table
      let idsStart = gatherer.column.count
      gatherer.column.append(contentsOf: repeatElement(0, count: ids.count))
      try copyIDs(ids, i, header, to: &gatherer.column, at: idsStart)
      do { try gatherer.checkIDs() } catch { throw damaged(i) }
      let payloadStart = gatherer.payload.count
      gatherer.payload.append(contentsOf: repeatElement(0, count: payload.count))
      try copyPayload(payload, i, header, to: &gatherer.payload, at: payloadStart)
    }
    gatherer.finish(firstOffset: base, into: &block)
  }

  /// Checks a block's bytes by their checksums, and decompresses nothing.
  mutating func check(_ i: Int) throws(EventLogError) {
    let header = try load(i, Int(entries[i].place.byteCount))
    do throws(PagedBlock.Problem) {
      try PagedBlock(header, bytes.span, isChecked: isChecked).check()
    } catch { throw damaged(i) }
  }

  /// Reads a block from its beginning on, so many bytes of it at least.
  private mutating func load(_ i: Int, _ count: Int) throws(EventLogError) -> PagedBlockHeader {
    if let loaded, loaded.block == i, loaded.count >= count { return loaded.header }
    loaded = nil
    let entry = entries[i]
    if bytes.count < count + PagedBlock.slack {
      bytes = [UInt8](repeating: 0, count: count * 2 + PagedBlock.slack)
    }
    let got = try open.file.read(at: entry.position, count: count, into: &bytes)
    guard got == count,
      let header = PagedBlockHeader(
        decoding: bytes.span.extracting(first: count), salt: segment.header.salt,
        position: entry.position),
      header.offsets == entry.place.offsets, header.byteCount == entry.place.byteCount,
      header.namesStart == entry.frontBytes
    else { throw damaged(i) }
    loaded = Loaded(block: i, count: count, header: header)
    return header
  }

  private mutating func copyIDs(
    _ some: Range<Int>, _ i: Int, _ header: PagedBlockHeader, to target: inout [UInt8],
    at place: Int
  ) throws(EventLogError) {
    try copy(
      some, of: loaded?.table?.ids ?? [], Int(header.ids.raw), header.idsStart, i, header,
      to: &target, at: place)
  }

  private mutating func copyPayload(
    _ some: Range<Int>, _ i: Int, _ header: PagedBlockHeader, to target: inout [UInt8],
    at place: Int
  ) throws(EventLogError) {
    try copy(
      some, of: loaded?.table?.payload ?? [], Int(header.payload.raw), header.payloadStart, i,
      header, to: &target, at: place)
  }

  /// Reads the pages that some of a part of the block is in, and copies it.
  private mutating func copy(
    _ some: Range<Int>, of all: [PageTable.Page], _ rawCount: Int, _ start: Int, _ i: Int,
    _ header: PagedBlockHeader, to target: inout [UInt8], at place: Int
  ) throws(EventLogError) {
    guard !some.isEmpty else { return }
    let numbers = PagedBlock.pages(of: some, header.pageBytes)
    guard numbers.upperBound <= all.count else { throw damaged(i) }
    do {
      let first = all[numbers.lowerBound].start
      let last = all[numbers.upperBound - 1]
      let count = last.start + last.stored - first
      let got = try open.file.read(
        at: entries[i].position + UInt64(start + first), count: count, into: &pages)
      guard got == count else { throw damaged(i) }
      try PagedBlock.copy(
        some, of: all, rawCount, header.pageBytes, pages.span.extracting(first: count), from: first,
        decoder, isChecked, to: &target, at: place)
    } catch let error as EventLogError {
      throw error
    } catch { throw damaged(i) }
  }

  private func damaged(_ i: Int) -> EventLogError {
    segment.damaged(
      "A block of the sealed segment is damaged", byte: entries[i].position,
      entries[i].place.offsets)
  }
}
