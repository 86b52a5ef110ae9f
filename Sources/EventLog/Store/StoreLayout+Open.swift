import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a log is made of when it has been opened.
struct OpenedStore {
  var segments: [any Segment] = []
  var end: UInt64 = 0
  var report = RecoveryReport()
}

extension StoreLayout {
  /// Makes the folders, and last of all the identity, with which the folder becomes a log.
  ///
  /// A crash in the middle leaves a folder without an identity, which the next `create` completes.
  func create(options: EventLog.Options) throws(EventLogError) {
    if system.exists(root) {
      let strangers = try system.list(root).filter {
        !["segments", "snapshots", "quarantine", "EVLOG.tmp"].contains($0)
      }
      let segmentCount = system.exists(segments) ? try system.list(segments).count : 0
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
    for folder in [segments, snapshots, quarantine] where !system.exists(folder) {
      try system.makeDirectory(folder)
    }
    let identity = Identity(store: .random(), segmentBytes: UInt64(max(4096, options.segmentBytes)))
    let temporary = root.appending("EVLOG.tmp")
    try system.removeIfPresent(temporary)
    let file = try File(temporary, .create, system)
    try file.write(identity.encoded(), at: 0)
    try file.sync()
    try system.rename(temporary, to: self.identity)
    try system.syncDirectory(root)
    let parent = root.removingLastComponent()
    try system.syncDirectory(parent.isEmpty ? "." : parent)
  }

  func readIdentity() throws(EventLogError) -> Identity {
    guard system.exists(root) else {
      throw EventLogError(
        .notFound, "There is no log here", file: root, advice: "To make one: evlog init \(root).")
    }
    guard system.exists(identity) else {
      throw EventLogError(
        .notAStore, "This is not an event log: it has no file EVLOG", file: root,
        advice: "To make one in an empty folder: evlog init PATH.")
    }
    let file = try File(identity, .read, system)
    return try Identity(decoding: try file.read(at: 0, count: 4096), file: identity)
  }

  /// Takes the writer's lock, waiting up to a second for a reader that only looks at it.
  func lockForWriting() throws(EventLogError) -> File {
    let file: File
    do throws(EventLogError) {
      file = try File(lock, .readWrite, system)
    } catch  where error.code == .notFound {
      do throws(EventLogError) { file = try File(lock, .create, system) } catch
        where error.errno == .fileExists
      { file = try File(lock, .readWrite, system) }
    }
    for attempt in 0..<100 {
      if try file.tryLock(exclusive: true) {
        try file.truncate(to: 0)
        try file.write(Array("\(getpid())\n".utf8), at: 0)
        return file
      }
      if attempt < 99 { usleep(10_000) }
    }
    let holder = String(decoding: try file.read(at: 0, count: 20), as: UTF8.self)
      .split(separator: "\n").first
    throw EventLogError(
      .locked, "Another process\(holder.map { " (\($0))" } ?? "") is writing to the log",
      file: root,
      advice: "Wait until it is done. Reading works meanwhile.")
  }

  /// Whether nobody holds the writer's lock.
  private func hasNoWriter() throws(EventLogError) -> Bool {
    guard system.exists(lock) else { return true }
    let file = try File(lock, .read, system)
    guard try file.tryLock(exclusive: false) else { return false }
    file.unlock()
    return true
  }

  func openDurableMark(create: Bool) throws(EventLogError) -> File? {
    if system.exists(durable) { return try File(durable, create ? .readWrite : .read, system) }
    return create ? try File(durable, .create, system) : nil
  }

  // MARK: Segments

  /// The segments in order. A segment that is there in both forms counts as sealed.
  private func segmentNames() throws(EventLogError) -> [SegmentName] {
    let all = try listSegments()
    let sealed = Set(all.filter { $0.suffix == .sealed }.map(\.base))
    return all.filter {
      $0.suffix == .sealed || $0.suffix == .active && !sealed.contains($0.base)
    }.sorted { $0.base < $1.base }
  }

  private func openActive(base: UInt64, _ mode: File.Mode, _ store: StoreID) throws(EventLogError)
    -> (File, SegmentHeader)
  {
    let file = try File(segment(base: base, .active), mode, system)
    let header = try SegmentHeader.read(file, store: store, kind: .active)
    guard header.baseOffset == base else {
      throw EventLogError.damaged("The segment has another segment's name", file: file.path)
    }
    return (file, header)
  }

  /// Opens for writing: mends what a crash leaves, refuses where acknowledged data is damaged.
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
      let isLast = i == names.count - 1
      guard name.base == opened.end else {
        throw EventLogError.damaged(
          "Events are missing between two segments", file: segment(base: name.base, name.suffix),
          offsets: min(opened.end, name.base)..<max(opened.end, name.base))
      }
      let header: SegmentHeader
      if name.suffix == .sealed {
        let sealed = try SealedSegment(
          path: segment(base: name.base, .sealed), system: system, store: identity.store)
        opened.segments.append(sealed)
        opened.end = sealed.offsets.upperBound
        header = sealed.header
        defer { chain = sealed.trailer.lastFrame }
        try checkChain(header, chain, sealed.path)
      } else {
        let (file, h) = try openActive(base: name.base, .readWrite, identity.store)
        header = h
        try checkChain(header, chain, file.path)
        let scan =
          isLast
          ? try recoverTail(file, header, mark, &opened.report)
          : try FrameScan(file: file, header: header)
        if !isLast, let problem = scan.problem { throw problem }
        // What a crashed process wrote may be in memory only.
        if isLast { try file.sync() }
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
    opened.report.end = opened.end
    opened.report.segmentCount = opened.segments.count
    return opened
  }

  private func checkChain(_ header: SegmentHeader, _ chain: UInt32, _ path: FilePath)
    throws(EventLogError)
  {
    guard header.previousFrame == chain else {
      throw EventLogError.damaged(
        "The segment does not continue the one before it", file: path, byte: 56)
    }
  }

  /// Removes what an interrupted roll or seal left behind.
  private func removeLeftovers(_ store: StoreID, _ report: inout RecoveryReport)
    throws(EventLogError)
  {
    let all = try listSegments()
    let active = Set(all.filter { $0.suffix == .active }.map(\.base))
    for name in all {
      if name.suffix == .unfinished {
        let path = segment(base: name.base, .unfinished)
        try system.unlink(path)
        report.removedUnfinished.append(path)
      } else if name.suffix == .sealed, active.contains(name.base) {
        // The sealed file got its name after it was whole and durable: prove it, then let the
        // active one go.
        let sealed = try SealedSegment(
          path: segment(base: name.base, .sealed), system: system, store: store)
        _ = try sealed.digest(from: sealed.trailer.digestBefore)
        let path = segment(base: name.base, .active)
        try system.unlink(path)
        report.finishedSeals.append(path)
      }
    }
    if !report.removedUnfinished.isEmpty || !report.finishedSeals.isEmpty {
      try system.syncDirectory(segments)
    }
  }

  // MARK: Reading only

  /// Opens without changing a byte; what is damaged becomes a segment that says so.
  func openForReading(identity: Identity, durable: File?) throws(EventLogError) -> OpenedStore {
    // The order matters: whether a writer is alive first, then how far it says it is, then files.
    let isAbandoned = try hasNoWriter()
    let mark =
      try durable.map { f throws(EventLogError) in
        try DurableMark.read(f, store: identity.store)
      } ?? nil
    for _ in 0..<100 {
      do throws(EventLogError) {
        return try openForReading(identity.store, mark, isAbandoned: isAbandoned)
      } catch  where error.code == .notFound {
        continue  // A segment was sealed between the listing and the opening.
      }
    }
    throw EventLogError(.ioFailed, "The log's segments change too fast to be opened", file: root)
  }

  private func openForReading(_ store: StoreID, _ mark: DurableMark?, isAbandoned: Bool)
    throws(EventLogError) -> OpenedStore
  {
    var opened = OpenedStore()
    let names = try segmentNames()
    let markEnd = mark?.end ?? 0
    for (i, name) in names.enumerated() {
      let next = i + 1 < names.count ? names[i + 1].base : nil
      // A writer that is alive may have made this segment after its mark was read.
      if !isAbandoned, name.base > markEnd { break }
      if name.base > opened.end {
        let missing = opened.end..<name.base
        let path = segment(base: name.base, name.suffix)
        let error = EventLogError.damaged(
          "Events are missing before the segment", file: path, offsets: missing)
        opened.report.damage.append(error)
        opened.segments.append(DamagedSegment(path: path, offsets: missing, error: error))
        opened.end = name.base
      }
      do throws(EventLogError) {
        if name.suffix == .sealed {
          let sealed = try SealedSegment(
            path: segment(base: name.base, .sealed), system: system, store: store)
          opened.segments.append(sealed)
          opened.end = sealed.offsets.upperBound
          continue
        }
        let (file, header) = try openActive(base: name.base, .read, store)
        let isTrusted = isAbandoned && mark?.isPoisoned != true
        let limit = next ?? (isTrusted ? .max : markEnd)
        var scan = try FrameScan(file: file, header: header, below: limit)
        if next == nil, isTrusted { try? file.sync() }
        let known = next ?? max(markEnd, scan.end.offset)
        if scan.end.offset < known || scan.problem != nil {
          let later = try scan.framesAfterProblem(file: file, header: header)
          let acknowledged = later.map(\.header.durableBefore).max() ?? 0
          if max(scan.durableBefore, acknowledged, next ?? markEnd) > scan.end.offset {
            let end = max(acknowledged, next ?? markEnd)
            opened.report.damage.append(
              EventLogError.damaged(
                "Acknowledged data is damaged", file: file.path, byte: scan.end.position,
                offsets: scan.end.offset..<end))
            scan.skipDamage(later)
          } else {
            opened.report.tornTail = RecoveryReport.TornTail(
              file: file.path, byte: scan.end.position,
              byteCount: try file.size() - scan.end.position, quarantined: nil)
          }
        }
        opened.segments.append(ActiveSegment(file: file, header: header, frames: scan))
        opened.end = max(scan.end.offset, next ?? 0)
      } catch  where error.code == .damaged || error.code == .foreign {
        opened.report.damage.append(error)
        let end = next ?? max(markEnd, name.base + 1)
        opened.segments.append(
          DamagedSegment(
            path: segment(base: name.base, name.suffix), offsets: name.base..<end, error: error))
        opened.end = end
      }
    }
    if markEnd > opened.end {
      opened.report.damage.append(
        EventLogError.damaged(
          "Acknowledged events are missing at the end of the log", file: segments,
          offsets: opened.end..<markEnd))
    }
    opened.report.end = opened.end
    opened.report.segmentCount = opened.segments.count
    return opened
  }
}
