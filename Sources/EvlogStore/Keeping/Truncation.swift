public import SystemPackage

/// What is or was removed when a log is made to end at a cut.
public struct Truncation: Sendable, Hashable {
  /// The cut at which the log then ends.
  public let cut: Cut
  /// The removed events: every offset from the cut to the end of the log, readable or not.
  public let offsets: Range<Offset>
  /// The number of turns that begin in the readable ones.
  public internal(set) var turnCount = 0
  /// The number of unreadable ones.
  public internal(set) var unreadableCount: UInt64 = 0
  /// From the earliest to the latest time of the readable ones.
  public internal(set) var times: ClosedRange<Timestamp>?
  /// The first readable one.
  public internal(set) var first: RecordedEvent?
  /// The last readable one.
  public internal(set) var last: RecordedEvent?
  /// The segment files that are removed; the first is rewritten with the events that stay.
  public internal(set) var files: [FilePath] = []
  /// The folder with copies of these files; nil before it is done.
  public internal(set) var quarantined: FilePath?

  /// The number of removed events.
  public var eventCount: UInt64 { UInt64(offsets.count) }

  init(cut: Cut, end: Cut) {
    self.cut = cut
    offsets = (cut..<end).offsets
  }
}

extension EventLog {
  /// Reports what would be removed if the log were to end at a cut; changes nothing.
  ///
  /// The cut must be the beginning of a turn, and everything before it readable. What comes after it may be
  /// damaged, so this is how to cut off damage. `progress` gets the number of events examined. Throws
  /// `invalidCut` if the cut is not the beginning of a turn, and names the nearest ones; `damaged` if something
  /// before it is damaged.
  public static func planTruncation(
    _ path: FilePath, to cut: Cut, options: Options = Options(),
    progress: (UInt64) -> Void = { _ in }
  ) throws(EventLogError) -> Truncation {
    try openReadOnly(path, options: options).truncation(to: cut, progress).plan
  }

  /// Makes the log end at a cut, for good, and returns what was removed.
  ///
  /// `count` must be the number of removed events, from ``planTruncation(_:to:options:progress:)``. No other
  /// process may have the log open for writing, and readers must open it again. Copies of all removed files are
  /// kept in the log's folder `quarantine`. A crash leaves the log as it was, or a log that is truncated when
  /// it is next opened for writing.
  ///
  /// Throws `invalidCut` if the count is wrong; otherwise as planning does, and `locked`.
  @discardableResult
  public static func truncate(
    _ path: FilePath, to cut: Cut, dropping count: UInt64, options: Options = Options()
  ) throws(EventLogError) -> Truncation {
    let layout = StoreLayout(root: path, system: options.system)
    let identity = try layout.readIdentity()
    let lock = try layout.lockForWriting()
    defer { lock.unlock() }
    _ = try layout.finishTruncation(identity.store)
    let log = try layout.openLocked(identity, options)
    var (plan, place) = try log.truncation(to: cut) { _ in }
    guard plan.eventCount == count else {
      throw EventLogError(
        .invalidCut, "\(plan.eventCount) events would go, not \(count)", file: path,
        offsets: plan.offsets.isEmpty ? nil : plan.offsets,
        advice: .init("Look again at what would go", .planTruncation(path, to: cut)))
    }
    if plan.offsets.isEmpty { return plan }
    plan.quarantined = try log.truncate(plan, place)
    return plan
  }

  /// Copies what goes, writes what stays of the segment, decides, and does it.
  private func truncate(_ plan: Truncation, _ place: TruncationPlace) throws(EventLogError)
    -> FilePath
  {
    let folder = try layout.makeQuarantineFolder("truncated-at-\(plan.cut)")
    for file in plan.files { try layout.copy(file, into: folder) }
    try layout.syncQuarantine(folder)
    let header = SegmentHeader(
      kind: .active, store: identity.store, baseOffset: place.base,
      salt: UInt64.random(in: .min ... .max), createdAt: .now(),
      previousFrame: place.previousFrame)
    let unfinished = layout.segment(base: place.base, .unfinished)
    do throws(EventLogError) {
      try rewrite(header, to: unfinished, upTo: plan.cut)
      try layout.system.syncDirectory(layout.segments)
      try layout.decide(
        TruncationIntent(
          store: identity.store, cut: plan.cut, base: place.base, salt: header.salt))
    } catch {
      // Where it cannot be said whether the truncation was decided, what it may need stays.
      if (try? layout.system.exists(layout.truncation)) == false {
        layout.system.removeUnfinished(unfinished)
      }
      throw error
    }
    _ = try layout.finishTruncation(identity.store)
    return folder
  }

  /// Writes the events from a segment's first offset up to a cut to a new active segment.
  func rewrite(_ header: SegmentHeader, to path: FilePath, upTo cut: Cut)
    throws(EventLogError)
  {
    var writer = try FrameWriter.begin(header, to: path, layout.system)
    if header.baseOffset.cutBefore < cut {
      var cursor = events(Query(from: header.baseOffset.cutBefore, to: cut)).makeCursor()
      var block = EventBlock()
      while try cursor.read(into: &block) { try writer.add(block, below: cut.offsetAfter) }
    }
    try writer.finish(at: cut, room: min(Commit.growth.lowerBound, identity.segmentBytes))
  }
}

extension StoreLayout {
  /// The log as a reader sees it, for the holder of the writer's lock.
  func openLocked(_ identity: Identity, _ options: EventLog.Options) throws(EventLogError)
    -> EventLog
  {
    let durable = try openDurableMark(create: false)
    let opened = try openForReading(identity: identity, durable: durable, isLocked: true)
    return EventLog(
      layout: self, identity: identity, options: options, opened: opened, lock: nil,
      durable: durable)
  }
}
