/// What is known of an active segment's frames: where they are, and, once asked, by name.
struct FrameIndex {
  struct Frame: Sendable {
    var position: UInt64
    var header: FrameHeader
  }

  let base: Offset
  var frames: [Frame]
  var end: FrameScan.End
  /// The first `named` frames are in `indexes`.
  private(set) var named = 0
  private(set) var indexes: SegmentIndexes
  /// By hash of its id, a turn's place in the indexes; those whose hash another one has already.
  private var turns: [UInt64: Int] = [:]
  private var otherTurns: [Int] = []

  init(base: Offset, frames: [Frame], end: FrameScan.End) {
    self.base = base
    self.frames = frames
    self.end = end
    indexes = SegmentIndexes(base: base)
  }

  var endOffset: Offset { end.offset }

  func frameIndex(holding offset: Offset) -> Int? {
    let i = frames.partitioningIndex { $0.header.offsets.upperBound > offset }
    return i < frames.count && frames[i].header.offsets.contains(offset) ? i : nil
  }

  /// Puts the next frame into the indexes.
  mutating func name(_ block: EventBlock) {
    let known = indexes.turns.count
    indexes.add(block, hashes: block.nameHashes())
    named += 1
    for i in known..<indexes.turns.count {
      if turns.updateValue(i, forKey: indexes.turns[i].hash) != nil { otherTurns.append(i) }
    }
  }

  /// The frames that have events of a stream.
  func frameIndices(ofStream stream: String) -> [Int] {
    var found: [Int] = []
    for offset in indexes.offsets(ofStream: stream) {
      if let last = found.last, frames[last].header.offsets.contains(offset) { continue }
      if let i = frameIndex(holding: offset) { found.append(i) }
    }
    return found
  }

  /// Where turns whose id has a hash are.
  func places(ofTurnsWithHash hash: UInt64) -> [Range<Offset>] {
    guard turns[hash] != nil else { return [] }
    if otherTurns.isEmpty { return turns[hash].map { [indexes.turns[$0].offsets] } ?? [] }
    return indexes.turns.filter { $0.hash == hash }.map(\.offsets)
  }
}
