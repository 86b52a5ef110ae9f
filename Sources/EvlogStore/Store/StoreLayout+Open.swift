import SystemPackage

/// What a log is made of when it has been opened.
struct OpenedStore {
  var segments: [any Segment] = []
  var end: Offset = 0
  var report = RecoveryReport()
}

extension StoreLayout {
  /// Makes the folders, and last of all the identity, with which the folder becomes a log.
  ///
  /// A crash in the middle leaves a folder without an identity, which the next `create` completes.
  func create(options: EventLog.Options) throws(EventLogError) {
    try create(
      Identity(store: .random(), segmentBytes: UInt64(max(4096, options.segmentBytes))))
  }

  /// The names in the folder of the log.
  private func contents() throws(EventLogError) -> [String] {
    do { return try system.list(root) } catch  where error.errno == .notDirectory {
      throw EventLogError(
        .notAStore, "This is a file, and a log is a folder", file: root,
        advice: "Choose another path.")
    }
  }

  /// Makes a log with an identity, which a copy of another log has from that.
  func create(_ identity: Identity) throws(EventLogError) {
    if try system.exists(root) {
      let strangers = try contents().filter {
        ![
          "segments", "snapshots", "quarantine", "EVLOG.tmp", "LOCK", "TRUNCATE", "TRUNCATE.tmp",
        ].contains($0)
      }
      let segmentCount = try system.exists(segments) ? try system.list(segments).count : 0
      guard strangers.isEmpty, segmentCount == 0 else {
        throw EventLogError(
          .notAStore, "The folder is not an event log, and not empty", file: root,
          advice: "Choose another path.")
      }
    } else {
      do throws(EventLogError) { try system.makeDirectory(root) } catch
        where error.code == .notFound
      {
        throw EventLogError(
          .notFound, "The folder for the log cannot be made: its parent does not exist", file: root,
          errno: error.errno)
      }
    }
    // Where the identity is, everything above it must be on disk: so the parent comes first.
    let parent = root.removingLastComponent()
    try system.syncDirectory(parent.isEmpty ? "." : parent)
    // Of two that make the same log at once, the second finds it made.
    let lock = try lockForWriting()
    defer { lock.unlock() }
    if try system.exists(self.identity) { return }
    for folder in [segments, snapshots, quarantine] where try !system.exists(folder) {
      try system.makeDirectory(folder)
    }
    let temporary = root.appending("EVLOG.tmp")
    try system.removeIfPresent(temporary)
    let file = try File(temporary, .create, system)
    try file.write(identity.encoded(), at: 0)
    try file.sync()
    // The names of the folders must not depend on the order in which a disk stores names: where the
    // identity is, they are.
    try system.syncDirectory(root)
    try system.rename(temporary, to: self.identity)
    try system.syncDirectory(root)
  }

  func readIdentity() throws(EventLogError) -> Identity {
    guard try system.exists(root) else {
      throw EventLogError(
        .notFound, "There is no log here", file: root,
        advice: .init("To make one", .create(root)))
    }
    guard try system.exists(identity) else {
      throw EventLogError(
        .notAStore, "This is not an event log: it has no file EVLOG", file: root,
        advice: .init("To make one in an empty folder", .create(nil)))
    }
    let file = try File(identity, .read, system)
    return try Identity(decoding: try file.read(at: 0, count: 4096), file: identity)
  }

  func openDurableMark(create: Bool) throws(EventLogError) -> File? {
    if try system.exists(durable) { return try File(durable, create ? .readWrite : .read, system) }
    guard create else { return nil }
    // Where making the log was interrupted, the identity's name may be in memory only: nothing is put
    // beside it before it is on disk, or the folder would be no log and not empty either.
    try system.syncDirectory(root)
    return try File(durable, .create, system)
  }

  // MARK: Segments

  /// The segments in order. A segment that is there in both forms counts as sealed.
  func segmentNames() throws(EventLogError) -> [SegmentName] {
    let all = try listSegments()
    let sealed = Set(all.filter { $0.suffix == .sealed }.map(\.base))
    return all.filter {
      $0.suffix == .sealed || $0.suffix == .active && !sealed.contains($0.base)
    }.sorted { $0.base < $1.base }
  }

  private func misnamed(_ path: FilePath) -> EventLogError {
    EventLogError(
      .damaged, "The segment has another segment's name", file: path,
      advice: .init("Nothing was changed. To see which name it should have", .planRepair(root)))
  }

  /// `path`: where it is under another name.
  func openActive(base: Offset, _ mode: File.Mode, _ store: StoreID, at path: FilePath? = nil)
    throws(EventLogError) -> (File, SegmentHeader)
  {
    let file = try File(path ?? segment(base: base, .active), mode, system)
    let header = try SegmentHeader.read(file, store: store, kind: .active)
    guard header.baseOffset == base else {
      throw misnamed(file.path)
    }
    return (file, header)
  }

  func openSealed(base: Offset, _ store: StoreID, at path: FilePath? = nil) throws(EventLogError)
    -> SealedSegment
  {
    let sealed = try SealedSegment(
      path: path ?? segment(base: base, .sealed), system: system, store: store)
    guard sealed.header.baseOffset == base else {
      throw misnamed(sealed.path)
    }
    return sealed
  }

  /// Opens for writing: recovers from what a crash leaves, refuses where acknowledged data is damaged.
  func recover(identity: Identity, durable: File?) throws(EventLogError) -> OpenedStore {
    var opened = OpenedStore()
    try removeLeftovers(identity.store, &opened.report)
    let mark =
      try durable.map { f throws(EventLogError) in
        try DurableMark.read(f, store: identity.store)
      } ?? nil
    let names = try segmentNames()
    var chain: UInt32 = 0
    for (i, name) in names.enumerated() {
      guard name.base == opened.end else {
        throw EventLogError.damaged(
          "Events are missing between two segments", file: segment(base: name.base, name.suffix),
          offsets: min(opened.end, name.base)..<max(opened.end, name.base))
      }
      if name.suffix == .sealed {
        let sealed = try openSealed(base: name.base, identity.store)
        try checkChain(sealed.header, chain, sealed.path)
        opened.segments.append(sealed)
        opened.end = sealed.offsets.upperBound
        chain = sealed.trailer.lastFrame
      } else {
        let (file, header) = try openActive(base: name.base, .readWrite, identity.store)
        try checkChain(header, chain, file.path)
        let scan: FrameScan
        if i + 1 < names.count {
          scan = try FrameScan(file: file, header: header)
          try checkWhole(scan, file, upTo: names[i + 1].base)
        } else {
          scan = try recoverTail(file, header, mark, &opened.report)
          try writeAgain(scan, of: file, past: mark)
          // What a crashed process wrote may be in memory only.
          try file.sync()
        }
        opened.segments.append(ActiveSegment(file: file, header: header, frames: scan))
        opened.end = scan.end.offset
        chain = scan.end.checksum
      }
    }
    if let mark, mark.end > opened.end {
      throw EventLogError.damaged(
        "Acknowledged events are missing at the end of the log", file: segments,
        offsets: opened.end..<mark.end)
    }
    opened.report.end = opened.end.cutBefore
    opened.report.segmentCount = opened.segments.count
    return opened
  }

  func checkChain(_ header: SegmentHeader, _ chain: UInt32, _ path: FilePath)
    throws(EventLogError)
  {
    guard header.previousFrame == chain else {
      throw EventLogError.damaged(
        "The segment does not continue the one before it", file: path, byte: 56)
    }
  }

  /// A segment that another one follows was durable as a whole, so nothing in it is a torn tail.
  private func checkWhole(_ scan: FrameScan, _ file: File, upTo next: Offset)
    throws(EventLogError)
  {
    guard scan.problem != nil || scan.end.offset < next else { return }
    throw EventLogError.damaged(
      "Acknowledged data is damaged", file: file.path, byte: scan.end.position,
      offsets: scan.end.offset < next ? scan.end.offset..<next : nil)
  }

  /// Removes what an interrupted roll or seal left behind, and makes the names that are there
  /// durable: those that a crash left may be in memory only, and events will rest on them.
  func removeLeftovers(_ store: StoreID, _ report: inout RecoveryReport)
    throws(EventLogError)
  {
    try requireSegments()
    // A name that a crash left may be in memory only: nothing is removed on its word before it is
    // on disk.
    try system.syncDirectory(segments)
    let all = try listSegments()
    let active = Set(all.filter { $0.suffix == .active }.map(\.base))
    for name in all {
      if name.suffix == .unfinished || name.suffix == .unfinishedSpare {
        let path = segment(base: name.base, name.suffix)
        try system.unlink(path)
        report.removedUnfinished.append(path)
      } else if name.suffix == .sealed, active.contains(name.base) {
        // The sealed file got its name after it was whole and durable: prove it, then let the
        // active one go.
        let sealed = try openSealed(base: name.base, store)
        _ = try sealed.check()
        let path = segment(base: name.base, .active)
        try system.unlink(path)
        report.finishedSeals.append(path)
      }
    }
    for name in ["EVLOG.tmp", "TRUNCATE.tmp"] {
      let path = root.appending(name)
      guard try system.exists(path) else { continue }
      try system.unlink(path)
      report.removedUnfinished.append(path)
    }
    try system.syncDirectory(segments)
    try system.syncDirectory(root)
  }
}
