import SystemPackage

/// A walk over the files of a log that asks of each whether it is whole, and what would repair it.
struct RepairSurvey {
  let layout: StoreLayout
  let identity: Identity
  let mark: DurableMark?
  var repair = Repair()
  /// The revision of the next placeholder.
  private(set) var nextLostRevision: Revision = 0
  /// How far the walk is, and the header checksum of the last frame before.
  private var position: Offset = 0
  private var chain: UInt32 = 0

  /// How the names of segments end while they are given their own.
  static let misnamed = ".misnamed"

  /// The files of one segment: where they are, which is elsewhere than they belong until they get their names.
  fileprivate struct Entry {
    var base: Offset
    var active: FilePath?
    var sealed: FilePath?
    var hasActive: Bool { active != nil }
    var hasSealed: Bool { sealed != nil }
  }

  init(_ layout: StoreLayout) throws(EventLogError) {
    self.layout = layout
    let isMade: Bool
    do throws(EventLogError) {
      identity = try layout.readIdentity()
      isMade = false
    } catch
      where error.isDamage || error.code == .notAStore
    {
      guard let store = try Self.storeOfSegments(layout) else { throw error }
      identity = Identity(store: store, segmentBytes: UInt64(EventLog.Options().segmentBytes))
      isMade = true
    }
    let durable = try layout.openDurableMark(create: false)
    mark =
      if let durable { try DurableMark.read(durable, store: identity.store) } else { nil }
    if isMade {
      add(
        layout.identity, "the identity is missing or damaged",
        "make a new one from what the segments say", .makeIdentity(identity.store))
    }
  }

  /// The log that most segments say they belong to.
  private static func storeOfSegments(_ layout: StoreLayout) throws(EventLogError) -> StoreID? {
    var counts: [StoreID: Int] = [:]
    guard try layout.system.exists(layout.segments) else { return nil }
    for name in try layout.system.list(layout.segments) {
      if let header = try layout.header(of: layout.segments.appending(name)) {
        counts[header.store, default: 0] += 1
      }
    }
    return counts.max { $0.value < $1.value }?.key
  }

  private mutating func add(
    _ file: FilePath, _ problem: String, _ action: String, _ work: RepairWork,
    lost: [Range<Offset>] = []
  ) {
    repair.steps.append(
      Repair.Step(file: file, problem: problem, action: action, lost: lost, work: work))
  }

  // MARK: The walk

  mutating func look() throws(EventLogError) {
    if try layout.system.exists(layout.truncation), try !layout.hasUsableTruncation() {
      add(
        layout.truncation, "it is not a readable note of a truncation of this log",
        "move it to the quarantine, and keep what the log has", .moveAway)
    }
    let entries = try entries()
    for (i, entry) in entries.enumerated() {
      let next = i + 1 < entries.count ? entries[i + 1] : nil
      guard entry.base >= position else {
        throw irreconcilable("Two segments have the same events", entry)
      }
      if entry.base > position {
        try rebuild(
          Entry(base: position), upTo: entry.base, try previousFrame(of: entry), "it is missing")
      }
      try look(at: entry, next)
    }
    if let mark, mark.end > position {
      try rebuild(Entry(base: position), upTo: nil, nil, "acknowledged events are missing")
    }
  }

  /// The segments by the names that they have or ought to have; whatever else is in their folder is to be
  /// moved away.
  private mutating func entries() throws(EventLogError) -> [Entry] {
    guard try layout.system.exists(layout.segments) else {
      add(layout.segments, "the folder is missing", "make it", .makeFolder)
      return []
    }
    var entries: [Offset: Entry] = [:]
    var strangers: [(path: FilePath, header: SegmentHeader?)] = []
    for name in try layout.system.list(layout.segments) {
      let path = layout.segments.appending(name)
      let segment = layout.segmentName(name)
      let isFile = try layout.system.status(path)?.kind == .file
      if let segment, !segment.suffix.isSegment, isFile { continue }
      let header = isFile ? try layout.header(of: path) : nil
      guard let segment, segment.suffix.isSegment, isFile,
        header.map({ isRight($0, segment) }) != false
      else {
        strangers.append((path, header))
        continue
      }
      let kind: SegmentHeader.Kind = segment.suffix == .sealed ? .sealed : .active
      entries[segment.base, default: Entry(base: segment.base)].add(path, kind)
    }
    for (path, header) in strangers { addStranger(path, header, to: &entries) }
    return entries.values.sorted { $0.base < $1.base }
  }

  private func isRight(_ header: SegmentHeader, _ name: StoreLayout.SegmentName) -> Bool {
    header.store == identity.store && header.baseOffset == name.base
      && header.kind == (name.suffix == .sealed ? .sealed : .active)
  }

  /// A file whose name is not its own: a segment gets the name from its header, if that is free or will be;
  /// anything else is moved away.
  private mutating func addStranger(
    _ path: FilePath, _ header: SegmentHeader?, to entries: inout [Offset: Entry]
  ) {
    guard let header else {
      add(path, "it is not a segment", "move it to the quarantine", .moveAway)
      return
    }
    guard header.store == identity.store else {
      add(path, "it belongs to another log", "move it to the quarantine", .moveAway)
      return
    }
    let base = header.baseOffset
    let right = layout.segment(base: base, header.kind == .sealed ? .sealed : .active)
    var entry = entries[base] ?? Entry(base: base)
    guard (header.kind == .sealed ? entry.sealed : entry.active) == nil else {
      add(path, "it belongs to another segment", "move it to the quarantine", .moveAway)
      return
    }
    entry.add(path, header.kind)
    entries[base] = entry
    let name = right.lastComponent?.string ?? ""
    add(path, "it is the segment \(name) under another name", "give it its name", .rename(right))
  }

  private func irreconcilable(_ message: String, _ entry: Entry) -> EventLogError {
    EventLogError(
      .damaged, message, file: path(of: entry),
      advice: .init(
        "This cannot be repaired. Restore the log from a backup, or cut it off here",
        .planTruncation(layout.root, to: entry.base.cutBefore)))
  }

  private func path(of entry: Entry) -> FilePath {
    layout.segment(base: entry.base, entry.hasSealed || !entry.hasActive ? .sealed : .active)
  }

  /// What a segment says it continues, where it can say it.
  private func previousFrame(of entry: Entry?) throws(EventLogError) -> UInt32? {
    guard let entry else { return nil }
    for path in [entry.sealed, entry.active] {
      if let path, let header = try layout.header(of: path), header.store == identity.store {
        return header.previousFrame
      }
    }
    return nil
  }

  private mutating func look(at entry: Entry, _ next: Entry?) throws(EventLogError) {
    var problem = "it is damaged"
    if entry.hasSealed {
      do throws(EventLogError) {
        let sealed = try layout.openSealed(base: entry.base, identity.store, at: entry.sealed)
        try sealed.checkAll()
        try pass(sealed, sealed.header, sealed.trailer.lastFrame, entry)
        return
      } catch  where error.isDamage && error.message != Self.wrongChain {
        problem = error.message
      }
    }
    if entry.hasActive, let (active, why) = try wholeActive(entry, next) {
      if let active {
        if entry.hasSealed {
          add(
            layout.segment(base: entry.base, .sealed), problem,
            "move it to the quarantine: the uncompressed segment is whole", .moveAway)
        }
        try pass(active, active.header, active.end.checksum, entry)
        return
      }
      problem = why
    }
    try rebuild(entry, upTo: next?.base, try previousFrame(of: next), problem)
  }

  private static let wrongChain = "The segment does not continue the one before it"

  /// Goes on behind a segment that is whole.
  private mutating func pass(
    _ segment: any Segment, _ header: SegmentHeader, _ lastFrame: UInt32, _ entry: Entry
  ) throws(EventLogError) {
    guard header.previousFrame == chain else { throw irreconcilable(Self.wrongChain, entry) }
    if let last = try segment.lastRevision(ofStream: EventLog.lostEventStream) {
      nextLostRevision = max(nextLostRevision, last + 1)
    }
    position = segment.offsets.upperBound
    chain = lastFrame
  }

  /// An active segment that is whole up to the next one or, if it is the last, as far as anything
  /// was acknowledged; or why it is not. What is torn, opening clears away.
  private func wholeActive(_ entry: Entry, _ next: Entry?) throws(EventLogError)
    -> (ActiveSegment?, String)?
  {
    do throws(EventLogError) {
      let (file, header) = try layout.openActive(
        base: entry.base, .read, identity.store, at: entry.active)
      let scan = try FrameScan(file: file, header: header, below: next?.base ?? limit)
      var known = next?.base ?? 0
      if next == nil {
        let marked = mark.flatMap { $0.activeBase <= entry.base ? $0.end : nil } ?? 0
        let later = try scan.framesAfterProblem(file: file, header: header)
        known = max(marked, scan.durableBefore, later.map(\.header.durableBefore).max() ?? 0)
      }
      guard scan.end.offset >= known, next == nil || scan.problem == nil else {
        return (nil, "acknowledged events are damaged at byte \(scan.end.position)")
      }
      guard next == nil || scan.end.offset == known else {
        throw irreconcilable("The segment has events of the next one", entry)
      }
      return (ActiveSegment(file: file, header: header, frames: scan), "")
    } catch  where error.code == .damaged && error.byte == 0 {
      return (nil, error.message)
    }
  }

  /// After a failed sync, memory may show frames that the disk does not have.
  private var limit: Offset { mark.flatMap { $0.isPoisoned ? $0.end : nil } ?? .max }

  // MARK: Rebuilding

  private mutating func rebuild(
    _ entry: Entry, upTo next: Offset?, _ nextPreviousFrame: UInt32?, _ problem: String
  ) throws(EventLogError) {
    let bound = next ?? limit
    var best: Salvage?
    var isSealed = false
    for (path, kind) in [(entry.sealed, SegmentHeader.Kind.sealed), (entry.active, .active)] {
      guard let path else { continue }
      let salvage = try Salvage(path, kind, base: entry.base, upTo: bound, layout)
      if best == nil || salvage.eventCount > (best?.eventCount ?? 0) {
        best = salvage
        isSealed = kind == .sealed
      }
    }
    let readable = best?.chunks.map(\.offsets) ?? []
    let known = [
      entry.base, readable.last?.upperBound, best?.durableBefore, mark?.end, try sealedEnd(entry),
    ]
    let end = next ?? known.compactMap { $0 }.max() ?? entry.base
    if let best { try countPlaceholders(in: best) }
    // By then it has its name.
    let source = layout.segment(base: entry.base, isSealed ? .sealed : .active)
    let work = RepairWork.Rebuild(
      offsets: entry.base..<end, source: best == nil ? nil : source, isSourceSealed: isSealed,
      isLast: next == nil, previousFrame: chain, lastFrame: nextPreviousFrame ?? 0)
    let lost = work.lost(best)
    let isWhole = lost.isEmpty
    add(
      path(of: entry), problem,
      isWhole
        ? "rewrite it: all its events can be read"
        : "rewrite it, with a placeholder for each event that cannot be read",
      .rebuild(work), lost: lost)
    position = end
    chain = work.lastFrame
  }

  /// The end that a sealed segment's trailer names, where that is whole.
  private func sealedEnd(_ entry: Entry) throws(EventLogError) -> Offset? {
    guard entry.hasSealed else { return nil }
    do throws(EventLogError) {
      return try layout.openSealed(base: entry.base, identity.store, at: entry.sealed).offsets
        .upperBound
    } catch  where error.isDamage { return nil }
  }

  private mutating func countPlaceholders(in salvage: Salvage) throws(EventLogError) {
    var block = EventBlock()
    let name = Array(EventLog.lostEventStream.utf8)
    for chunk in salvage.chunks {
      try salvage.read(chunk, into: &block)
      for i in block.indices where isEqual(block[i].stream, name.span) {
        nextLostRevision = max(nextLostRevision, block[i].revision + 1)
      }
    }
  }
}

extension RepairSurvey.Entry {
  fileprivate mutating func add(_ path: FilePath, _ kind: SegmentHeader.Kind) {
    if kind == .sealed { sealed = path } else { active = path }
  }
}

extension StoreLayout {
  /// What a file's first bytes say, where they are a segment's whole header.
  fileprivate func header(of path: FilePath) throws(EventLogError) -> SegmentHeader? {
    guard try system.status(path)?.kind == .file else { return nil }
    let bytes = try File(path, .read, system).read(at: 0, count: SegmentHeader.byteCount)
    // Nil where it is damaged, which is what is asked.
    return try? SegmentHeader(decoding: bytes)
  }
}
