/// A walk over the blocks of a sealed segment that does not stop at damage: blocks stand alone, so
/// the next one is found by the index, or by its header.
struct BlockWalk {
  let inspector: Inspector
  let file: File
  let header: SegmentHeader
  let trailer: SealedTrailer?
  /// What the index says of the blocks, where it can be read.
  let entries: [SealedSegment.BlockEntry]?
  /// Where the blocks end, as far as that is known.
  let end: UInt64
  private(set) var chunks: [FileInspection.Chunk] = []
  private(set) var times: ClosedRange<Timestamp>?
  /// The offset after the last whole block.
  private(set) var wholeEnd: Offset = 0
  private let dictionary: SegmentDictionary
  private var position: UInt64
  private var offset: Offset
  /// The digest of the events, as long as nothing is missing of them.
  private var digest: Digest? = .zero
  private var block = EventBlock()

  init(
    inspector: Inspector, file: File, header: SegmentHeader, trailer: SealedTrailer?,
    entries: [SealedSegment.BlockEntry]?, dictionary: SegmentDictionary, bytes: Range<UInt64>
  ) {
    self.inspector = inspector
    self.file = file
    self.header = header
    self.trailer = trailer
    self.entries = entries
    self.dictionary = dictionary
    position = bytes.lowerBound
    end = bytes.upperBound
    offset = header.baseOffset
  }

  mutating func run() throws(EventLogError) {
    let decoder = PageDecoder(dictionary)
    while position < end {
      let look = try inspector.lookAtBlock(at: position, file, header.salt, decoder, into: &block)
      if let found = look.header {
        add(found, look)
      } else if try !pass(look) {
        return
      }
    }
  }

  private mutating func add(_ found: BlockHeader, _ look: BlockLook) {
    var chunk = FileInspection.Chunk(
      bytes: position..<(position + found.byteCount), offsets: found.offsets,
      rawByteCount: found.rawByteCount, problem: look.problem)
    if look.problem == nil, found.offsets.lowerBound != offset {
      chunk.problem =
        "it begins at offset \(found.offsets.lowerBound), and the one before ends at \(offset)"
    }
    if look.hasEnvelopes {
      chunk.times = block.timeRange
      chunk.turnCount = block.turnCount
    }
    if chunk.problem == nil {
      times = chunk.times?.joined(times)
      wholeEnd = found.offsets.upperBound
      if var sum = digest {
        block.append(to: &sum, hashes: block.nameHashes())
        digest = sum
      }
    } else {
      digest = nil
    }
    chunks.append(chunk)
    position += found.byteCount
    offset = found.offsets.upperBound
  }

  /// Moves past bytes that are no block, to the next one; false where there is none.
  private mutating func pass(_ look: BlockLook) throws(EventLogError) -> Bool {
    var next = entries?.first { $0.position > position }?.position
    if next == nil { next = try nextBlock(from: position + 1) }
    // Without a trailer nothing says where the blocks end and the index begins.
    if next == nil, trailer == nil, !chunks.isEmpty { return false }
    digest = nil
    let entry = entries?.first { $0.position == position }
    let end = next ?? self.end
    chunks.append(
      FileInspection.Chunk(
        bytes: position..<max(end, position), offsets: entry?.place.offsets,
        times: entry?.place.times, problem: look.problem ?? "it is not a block"))
    if let offsets = entry?.place.offsets { offset = offsets.upperBound }
    guard let next else { return false }
    position = next
    return true
  }

  /// The first place from `position` on at which a block's header is whole.
  private func nextBlock(from position: UInt64) throws(EventLogError) -> UInt64? {
    var window = FileWindow(file)
    var position = position
    while position < end {
      let place = try window.range(at: position, count: BlockHeader.mostBytes)
      let bytes = window.buffer.span.extracting(place)
      if BlockHeader(decoding: bytes, salt: header.salt, position: position) != nil {
        return position
      }
      position += 1
    }
    return nil
  }

  /// Says what is damaged, and whether the trailer and the index say what the blocks say.
  func judge(_ result: inout FileInspection) {
    for (i, chunk) in chunks.enumerated() {
      guard let problem = chunk.problem else { continue }
      result.add(problem: "Block \(i) is damaged: \(problem)", byte: chunk.bytes.lowerBound)
    }
    if let entries {
      let places = chunks.map { [$0.bytes.lowerBound, $0.offsets.map { UInt64($0.lowerBound) }] }
      if places != entries.map({ [$0.position, UInt64($0.place.firstOffset)] }) {
        result.add(problem: "The index of blocks gives other positions than the blocks have")
      }
    }
    guard let trailer else {
      if position < result.byteCount {
        result.add(
          remark: "From here on no further block was found: what follows was the index",
          byte: position)
      }
      return
    }
    if let digest, chunks.allSatisfy({ $0.problem == nil }) {
      if digest != trailer.digest {
        result.add(
          problem: "The events have the digest \(digest), and the trailer says \(trailer.digest)")
      } else {
        result.add(remark: "The digest of its events, \(digest), is what the trailer says")
      }
      if offset != trailer.offsets.upperBound {
        result.add(
          problem: "The blocks end at offset \(offset), and the trailer says "
            + "\(trailer.offsets.upperBound)")
      }
    }
  }
}
