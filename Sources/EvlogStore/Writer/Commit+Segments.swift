import Synchronization
import SystemPackage

/// The segments that a writer goes through, and those it keeps ready.
extension Commit {
  /// Makes the spare segments that are asked for, and one more where there is no active segment.
  mutating func makeSpares() throws(EventLogError) {
    var spares = try SpareSegments(log.layout, segmentBytes: log.identity.segmentBytes)
    let reserved = spares.count(for: log.options.reservedBytes)
    let needed = reserved > 0 && active == nil ? reserved + 1 : reserved
    while spares.count < needed {
      let number = spares.nextNumber
      try SpareSegments.make(number, log.layout, byteCount: log.identity.segmentBytes)
      spares.add(number)
    }
    self.spares = spares
  }

  /// Lets a new segment follow the active one, or take its place if it has no events. It has the same format,
  /// unless another one is needed.
  mutating func roll(to format: UInt16? = nil) throws(EventLogError) {
    guard let full = active else { return }
    try makeSegment(
      previousFrame: full.end.checksum, format: format ?? full.header.format)
    do throws(EventLogError) { try publish(log.end.offsetAfter) } catch { throw poison(error) }
  }

  mutating func makeSegment(previousFrame: UInt32, format: UInt16) throws(EventLogError) {
    let layout = log.layout
    let base = log.end.offsetAfter
    let header = SegmentHeader(
      kind: .active, store: log.identity.store, baseOffset: base,
      salt: UInt64.random(in: .min ... .max), createdAt: .now(), previousFrame: previousFrame,
      format: format)
    let path = layout.segment(base: base, .active)
    try makeFile(header, path)
    // Once it has its name the old segment must not grow any more, or the two would overlap: from
    // here on every failure ends the writer, a full disk too.
    let segment: ActiveSegment
    do throws(EventLogError) {
      try layout.system.syncDirectory(layout.segments)
      let file = try File(path, .readWrite, layout.system)
      allocated = try file.size()
      segment = ActiveSegment(
        file: file, header: header,
        frames: try FrameScan(file: file, header: header, below: base))
      try didOpen(segment)
    } catch {
      throw poison(error)
    }
    active = segment
    log.state.withLock { state in
      if let last = state.segments.last as? ActiveSegment, last.header.baseOffset == base {
        state.segments.removeLast()
      }
      state.segments.append(segment)
    }
  }

  /// Puts a file under its name that has a header and then zeros: a spare one, or a new one.
  private mutating func makeFile(_ header: SegmentHeader, _ path: FilePath) throws(EventLogError) {
    let system = log.layout.system
    if let spare = spares?.take() {
      do throws(EventLogError) {
        let file = try File(spare, .readWrite, system)
        try file.write(header.encoded(), at: 0)
        try file.sync()
        try system.rename(spare, to: path)
      } catch { throw poison(error) }
      return
    }
    let temporary = log.layout.segment(base: header.baseOffset, .unfinished)
    let size = min(Self.growth.lowerBound, max(log.identity.segmentBytes, 4096))
    try system.removeIfPresent(temporary)
    do throws(EventLogError) {
      let file = try File(temporary, .create, system)
      try file.write(header.encoded(), at: 0)
      try file.writeZeros(UInt64(SegmentHeader.byteCount)..<size)
      try file.sync()
      try system.rename(temporary, to: path)
    } catch {
      system.removeUnfinished(temporary)
      throw error.code == .diskFull ? error : poison(error)
    }
  }

  /// The number of a spare segment that is missing, if one is.
  func missingSpare() -> Offset? {
    guard let spares, spares.count < spares.count(for: log.options.reservedBytes) else {
      return nil
    }
    return spares.nextNumber
  }

  /// Takes note of a spare segment that was made.
  mutating func add(spare number: Offset) { spares?.add(number) }
}
