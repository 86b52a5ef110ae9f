/// A walk over an active segment that does not stop at damage: it goes on with the next frame that
/// can be found.
struct FrameWalk {
  let inspector: Inspector
  let header: SegmentHeader
  private let size: UInt64
  private var window: FileWindow
  private(set) var chunks: [FileInspection.Chunk] = []
  private(set) var times: ClosedRange<Timestamp>?
  /// The checksum and the end of the last whole frame.
  private(set) var lastFrame: UInt32
  private(set) var wholeEnd: Offset
  /// The most that any frame knew to be durable.
  private var durableBefore: Offset = 0
  /// Where the frames end.
  private var position = UInt64(SegmentHeader.byteCount)
  /// What the next frame must name and where it must begin; nil after bytes that tell neither.
  private var expected: (checksum: UInt32, offset: Offset)?
  private var block = EventBlock()

  init(inspector: Inspector, file: File, header: SegmentHeader, size: UInt64) {
    self.inspector = inspector
    self.header = header
    self.size = size
    window = FileWindow(file)
    lastFrame = header.previousFrame
    wholeEnd = header.baseOffset
    expected = (header.previousFrame, header.baseOffset)
  }

  mutating func run() throws(EventLogError) {
    while position < size {
      if try window.isZero(at: position, count: FrameHeader.byteCount) {
        guard try passZeros() else { return }
        continue
      }
      var look = try inspector.lookAtFrame(
        at: position, &window, header.salt, size, into: &block)
      guard let frame = look.header, frame.byteCount <= size - position else {
        try pass(look)
        continue
      }
      if look.problem == nil { look.problem = mismatch(frame) }
      add(frame, look)
    }
  }

  /// Why a whole frame does not follow the one before it.
  private func mismatch(_ frame: FrameHeader) -> String? {
    guard let expected else { return nil }
    if frame.firstOffset != expected.offset {
      return "it begins at offset \(frame.firstOffset), and the one before ends at "
        + "\(expected.offset)"
    }
    if frame.previousFrame != expected.checksum {
      return "it follows the frame \(Inspector.hex(frame.previousFrame)), and the one before it is "
        + Inspector.hex(expected.checksum)
    }
    return nil
  }

  private mutating func add(_ frame: FrameHeader, _ look: FrameLook) {
    var chunk = FileInspection.Chunk(
      bytes: position..<(position + frame.byteCount), offsets: frame.offsets,
      rawByteCount: UInt64(frame.bodyCount), durableBefore: frame.durableBefore,
      problem: look.problem)
    if look.problem == nil {
      chunk.times = block.timeRange
      chunk.turnCount = block.turnCount
      times = chunk.times?.joined(times)
      lastFrame = look.checksum
      wholeEnd = frame.offsets.upperBound
    }
    // A header whose checksum holds says the truth also where its body is damaged.
    durableBefore = max(durableBefore, frame.durableBefore)
    chunks.append(chunk)
    position += frame.byteCount
    expected = (look.checksum, frame.offsets.upperBound)
  }

  /// Moves past bytes that are no frame, to the next one or to the end of what is not zero.
  private mutating func pass(_ look: FrameLook) throws(EventLogError) {
    let next = try inspector.nextFrame(from: position + 8, &window, header.salt, size)
    let last = try lastByte(from: position)
    let end = next ?? last.map { $0 + 1 } ?? size
    chunks.append(
      FileInspection.Chunk(
        bytes: position..<max(end, position), offsets: look.header?.offsets,
        problem: look.problem ?? "it is not a frame"))
    position = next ?? size
    expected = nil
  }

  /// Moves past zeros to a frame behind them; false where there is none, and the frames end here.
  private mutating func passZeros() throws(EventLogError) -> Bool {
    guard try lastByte(from: position) != nil,
      let next = try inspector.nextFrame(from: position + 8, &window, header.salt, size)
    else { return false }
    chunks.append(
      FileInspection.Chunk(
        bytes: position..<next, problem: "zeros are in its place, and frames come after them"))
    position = next
    expected = nil
    return true
  }

  private func lastByte(from position: UInt64) throws(EventLogError) -> UInt64? {
    guard position < size else { return nil }
    let layout = StoreLayout(root: window.file.path, system: inspector.system)
    return try layout.lastNonZeroByte(of: window.file, in: position..<size)
  }

  /// Says which of what is not whole is damage, and which an interrupted write.
  func judge(_ result: inout FileInspection, known: Offset, isBrief: Bool)
    throws(EventLogError)
  {
    let known = max(known, durableBefore)
    // What lies below this was acknowledged.
    var offset = header.baseOffset
    for (i, chunk) in chunks.enumerated() {
      let isFollowed = chunks[(i + 1)...].contains { $0.problem == nil }
      if let problem = chunk.problem {
        let text = "Frame \(i) is not whole: \(problem)"
        if (chunk.offsets?.lowerBound ?? offset) < known || isFollowed && offset < known {
          result.add(problem: text, byte: chunk.bytes.lowerBound)
        } else {
          result.add(
            remark: text + ". Nothing says that it was ever acknowledged: an interrupted write, "
              + "which the next writer keeps a copy of and clears away",
            byte: chunk.bytes.lowerBound)
        }
      }
      offset = chunk.offsets?.upperBound ?? offset
    }
    if offset < known, result.problems.isEmpty {
      result.add(
        problem: "Acknowledged events are missing: it ends at offset \(offset), and the log was "
          + "durable to offset \(known)", byte: position)
    }
    try judgeRest(&result, isBrief: isBrief)
  }

  /// What comes after the frames: zeros for the next ones, or something else.
  private func judgeRest(_ result: inout FileInspection, isBrief: Bool) throws(EventLogError) {
    guard position < size else { return }
    if let last = try lastByte(from: position) {
      result.add(
        remark: "After zeros there is something that is not part of the log, up to byte \(last)",
        byte: position)
    } else if !isBrief {
      result.add(
        remark: "From here on \(size - position) zeros: room for the next frames", byte: position)
    }
  }
}
