import SystemPackage

/// The work of one backup: the segments of a log, in order, to a folder whose lock is held.
struct BackupCopy {
  private let source: EventLog
  private let layout: StoreLayout
  private var result: Backup
  /// By first offset, what the folder has of a segment.
  private let present: [Offset: any Segment]

  /// Looks at what is there. Throws `diverged` where it is not the beginning of the log.
  init(of source: EventLog, to layout: StoreLayout, _ options: EventLog.Options)
    throws(EventLogError)
  {
    self.source = source
    self.layout = layout
    result = Backup(cut: source.end)
    _ = try layout.finishTruncation(source.identity.store)
    var report = RecoveryReport()
    try layout.removeLeftovers(source.identity.store, &report)
    let copy = try layout.openLocked(source.identity, options)
    if let damage = copy.recovery.damage.first {
      var error = damage
      error.advice = "The backup is damaged. Make another one, in an empty folder."
      throw error
    }
    let segments = copy.view().segments
    let bases = Set(source.view().segments.map(\.offsets.lowerBound))
    guard copy.end <= source.end,
      segments.allSatisfy({ $0.offsets.isEmpty || bases.contains($0.offsets.lowerBound) }),
      try copy.digest(at: copy.end) == source.digest(at: copy.end)
    else { throw Self.diverged(layout.root) }
    present = Dictionary(
      segments.map { ($0.offsets.lowerBound, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static func diverged(_ root: FilePath) -> EventLogError {
    EventLogError(
      .diverged, "The folder has events, or segments, that the log does not have", file: root,
      advice: .init(
        "It diverged: it was written to, or the log was truncated or repaired. "
          + "Choose an empty folder."))
  }

  // MARK: Segments

  /// Copies what is not there; ascending, so that the folder is a log at every moment.
  mutating func copySegments(_ progress: (UInt64, UInt64) -> Void) throws(EventLogError) {
    let segments = source.view().segments.filter { !$0.offsets.isEmpty }
    let total = segments.reduce(0) { $0 + $1.byteCount }
    var done: UInt64 = 0
    for segment in segments {
      switch segment {
      case let sealed as SealedSegment: try copy(sealed)
      case let active as ActiveSegment: try copy(active)
      default: break
      }
      done += segment.byteCount
      progress(done, total)
    }
  }

  /// A sealed segment never changes, so all of its file is copied.
  private mutating func copy(_ segment: SealedSegment) throws(EventLogError) {
    let base = segment.offsets.lowerBound
    if let there = present[base] as? SealedSegment {
      guard there.header == segment.header, there.trailer == segment.trailer else {
        throw Self.diverged(layout.root)
      }
      result.presentBytes += segment.byteCount
      return
    }
    try copy(try segment.open(), segment.byteCount, to: layout.segment(base: base, .sealed))
    // Where an earlier backup met it while it was active: the sealed one counts, so it may go.
    let active = layout.segment(base: base, .active)
    if try layout.system.exists(active) {
      try layout.system.unlink(active)
      try layout.system.syncDirectory(layout.segments)
    }
  }

  /// The header and the frames keep their positions, to which their checksums are bound.
  ///
  /// This reads the file that was opened, even if it has been sealed and removed since.
  private mutating func copy(_ segment: ActiveSegment) throws(EventLogError) {
    let base = segment.offsets.lowerBound
    if let there = present[base] as? ActiveSegment, there.header == segment.header,
      there.end == segment.end
    {
      result.presentBytes += segment.byteCount
      return
    }
    // The same events, compressed in the folder itself.
    if let there = present[base] as? SealedSegment {
      guard there.offsets == segment.offsets, there.trailer.lastFrame == segment.end.checksum else {
        throw Self.diverged(layout.root)
      }
      result.presentBytes += there.byteCount
      return
    }
    try copy(segment.file, segment.byteCount, to: layout.segment(base: base, .active))
  }

  private mutating func copy(_ file: File, _ count: UInt64, to path: FilePath)
    throws(EventLogError)
  {
    let unfinished = FilePath(path.string.prefix(path.string.utf8.count - 6) + "tmp")
    try layout.system.removeIfPresent(unfinished)
    do throws(EventLogError) {
      let copy = try File(unfinished, .create, layout.system)
      try copy.copy(file, 0..<count)
      try copy.sync()
      try layout.system.rename(unfinished, to: path)
    } catch {
      layout.system.removeUnfinished(unfinished)
      throw error
    }
    try layout.system.syncDirectory(layout.segments)
    result.copiedFiles.append(path)
    result.copiedBytes += count
  }

  // MARK: The end

  /// Says how far the copy goes, and reads it back.
  mutating func finish(_ options: EventLog.Options) throws(EventLogError) -> Backup {
    let last = source.view().segments.last { !$0.offsets.isEmpty }
    let mark = DurableMark(
      store: source.identity.store, end: result.cut.offsetAfter,
      activeBase: (last as? ActiveSegment)?.header.baseOffset ?? result.cut.offsetAfter,
      isPoisoned: false)
    if let durable = try layout.openDurableMark(create: true) {
      try durable.write(mark.encoded(), at: 0)
      try durable.sync()
      try layout.system.syncDirectory(layout.root)
    }
    let copy = try layout.openLocked(source.identity, options)
    if let problem = copy.verify().first { throw problem }
    result.digest = try copy.digest(at: result.cut)
    let expected = try source.digest(at: result.cut)
    guard copy.end == result.cut, result.digest == expected else {
      throw EventLogError.damaged(
        "The copy does not read as the log does", file: layout.root)
    }
    result.lastTime = try copy.lastTime(before: result.cut)
    return result
  }
}
