import SystemPackage

/// Doing what the survey found: each file is replaced by itself, after a copy of it is durable.
///
/// Removing is not made durable here: what comes back is found again, and opening the log in the end
/// syncs its folders.
extension RepairSurvey {
  /// Does the steps in order; those that lose events only where that is wanted.
  mutating func apply(losesEvents: Bool) throws(EventLogError) -> Repair {
    let wanted = repair.steps.filter { losesEvents || $0.lost.isEmpty }
    guard !wanted.isEmpty else { return repair }
    let folder = try layout.makeQuarantineFolder("repair")
    repair.quarantined = folder
    var lost = LostEvents(nextRevision: nextLostRevision)
    try giveNames(wanted)
    for step in wanted {
      switch step.work {
      case .makeIdentity: try makeIdentity(folder)
      case .moveAway:
        try moveAway(step.file, to: folder)
      case .rebuild(let work): try rebuild(work, losing: step.lost, folder, &lost)
      case .makeFolder:
        try layout.system.makeDirectory(step.file)
        try layout.system.syncDirectory(layout.root)
      case .rename: break
      }
      repair.doneCount += 1
    }
    return repair
  }

  private func keep(_ files: [FilePath], in folder: FilePath) throws(EventLogError) {
    for file in files { try layout.copy(file, into: folder) }
    try layout.syncQuarantine(folder)
  }

  /// A file is removed when its copy is durable; anything else (a link, a pipe) is moved as it is.
  private func moveAway(_ path: FilePath, to folder: FilePath) throws(EventLogError) {
    if try layout.system.status(path)?.kind == .file {
      try keep([path], in: folder)
      try layout.system.unlink(path)
    } else {
      try layout.system.rename(path, to: folder.appending(path.lastComponent?.string ?? "other"))
      try layout.syncQuarantine(folder)
    }
  }

  /// Gives segments the names that are in their headers. Two may have each other's, so all let go of the
  /// wrong names first; a crash in between leaves names that the next repair finds as it found these.
  private func giveNames(_ steps: [Repair.Step]) throws(EventLogError) {
    var waiting: [(from: FilePath, to: FilePath)] = []
    for step in steps {
      guard case .rename(let right) = step.work else { continue }
      let aside = FilePath(step.file.string + RepairSurvey.misnamed)
      if step.file.string.hasSuffix(RepairSurvey.misnamed) {
        waiting.append((step.file, right))
      } else {
        try layout.system.rename(step.file, to: aside)
        waiting.append((aside, right))
      }
    }
    if waiting.isEmpty { return }
    try layout.system.syncDirectory(layout.segments)
    for (from, to) in waiting { try layout.system.rename(from, to: to) }
    try layout.system.syncDirectory(layout.segments)
  }

  private func makeIdentity(_ folder: FilePath) throws(EventLogError) {
    if try layout.system.exists(layout.identity) { try keep([layout.identity], in: folder) }
    let temporary = layout.root.appending("EVLOG.tmp")
    try layout.system.removeIfPresent(temporary)
    let file = try File(temporary, .create, layout.system)
    try file.write(identity.encoded(), at: 0)
    try file.sync()
    try layout.system.rename(temporary, to: layout.identity)
  }

  // MARK: Segments

  private func rebuild(
    _ work: RepairWork.Rebuild, losing planned: [Range<Offset>], _ folder: FilePath,
    _ lost: inout LostEvents
  ) throws(EventLogError) {
    let base = work.offsets.lowerBound
    var old: [FilePath] = []
    for suffix in [StoreLayout.SegmentSuffix.active, .sealed] {
      let path = layout.segment(base: base, suffix)
      if try layout.system.exists(path) { old.append(path) }
    }
    try keep(old, in: folder)
    let salvage = try work.source.map { path throws(EventLogError) in
      try Salvage(
        path, work.isSourceSealed ? .sealed : .active, base: base, upTo: work.offsets.upperBound,
        layout)
    }
    // A disk that reads now this and now that would lose more than was agreed to.
    guard work.lost(salvage) == planned else { throw changed(work) }
    let plannedCount = planned.reduce(0) { $0 + UInt64($1.count) }
    let placeholderTime = timeBefore(base)
    let header = SegmentHeader(
      kind: .active, store: identity.store, baseOffset: base,
      salt: UInt64.random(in: .min ... .max), createdAt: .now(),
      previousFrame: work.previousFrame)
    var revisions = lost
    let new: FilePath
    if work.isLast {
      new = layout.segment(base: base, .active)
      let unfinished = layout.segment(base: base, .unfinished)
      var writer = try FrameWriter.begin(header, to: unfinished, layout.system)
      try Self.forEachBlock(of: salvage, work.offsets, placeholderTime, &revisions) {
        block throws(EventLogError) in try writer.add(block)
      }
      guard revisions.nextRevision - lost.nextRevision == plannedCount else { throw changed(work) }
      try writer.finish(
        at: work.offsets.cutAfter, room: min(Commit.growth.lowerBound, identity.segmentBytes))
      try layout.system.rename(unfinished, to: new)
      try layout.system.syncDirectory(layout.segments)
    } else {
      new = layout.segment(base: base, .sealed)
      let first = lost
      let changed = changed(work)
      let raw = salvage?.chunks.reduce(0) { $0 + $1.rawByteCount } ?? 0
      let source = Sealer.Source(
        header: header, offsets: work.offsets, lastFrame: work.lastFrame,
        rawByteCount: UInt64(SegmentHeader.byteCount) + raw, blockCount: salvage?.chunks.count ?? 0
      ) { body throws(EventLogError) in
        var lost = first
        try Self.forEachBlock(of: salvage, work.offsets, placeholderTime, &lost, body)
        guard lost.nextRevision - first.nextRevision == plannedCount else { throw changed }
      }
      _ = try Sealer.seal(source, layout: layout, .fast)
      revisions.nextRevision += plannedCount
    }
    lost = revisions
    for file in old where file != new { try layout.system.unlink(file) }
  }

  private func changed(_ work: RepairWork.Rebuild) -> EventLogError {
    EventLogError(
      .ioFailed, "The file does not read as it did a moment ago, and would lose other events",
      file: work.source, offsets: work.offsets,
      advice:
        .init(
          "It was not replaced. The disk may be failing: copy the log's folder to another one, and "
            + "repair the copy."))
  }

  /// All the events of a stretch in order: those that can be read, and placeholders between them.
  private static func forEachBlock(
    of salvage: Salvage?, _ offsets: Range<Offset>, _ time: Timestamp, _ lost: inout LostEvents,
    _ body: (EventBlock) throws(EventLogError) -> Void
  ) throws(EventLogError) {
    var position = offsets.lowerBound
    var time = time
    var block = EventBlock()
    if let salvage {
      for chunk in salvage.chunks {
        if chunk.offsets.lowerBound > position {
          try lost.forEachBlock(position..<chunk.offsets.lowerBound, at: time, body)
        }
        try salvage.read(chunk, into: &block)
        try body(block)
        if let last = block.indices.last { time = block[last].recordedAt }
        position = chunk.offsets.upperBound
      }
    }
    if position < offsets.upperBound {
      try lost.forEachBlock(position..<offsets.upperBound, at: time, body)
    }
  }

  /// The time of the last event before an offset that can be read, or the beginning of time.
  private func timeBefore(_ offset: Offset) -> Timestamp {
    // An event that cannot be read has no time, which is what is asked.
    guard offset > 0,
      let log = try? layout.openLocked(identity, EventLog.Options()),
      let event = try? log.event(at: offset - 1)
    else { return Timestamp(nanoseconds: 0) }
    return event.recordedAt
  }
}

extension RepairWork.Rebuild {
  /// The events that are not among what can be read.
  func lost(_ salvage: Salvage?) -> [Range<Offset>] {
    var lost: [Range<Offset>] = []
    var at = offsets.lowerBound
    for readable in (salvage?.chunks.map(\.offsets) ?? []) + [
      offsets.upperBound..<offsets.upperBound
    ] {
      if readable.lowerBound > at { lost.append(at..<readable.lowerBound) }
      at = max(at, readable.upperBound)
    }
    return lost
  }
}
