import SystemPackage

/// A truncation is decided by one file, and then rolled forward by the next process that opens the log.
extension StoreLayout {
  /// Says that the log is to end at a cut. What the intent names must be on disk.
  ///
  /// It counts once its name is on disk, which finishing begins with.
  func decide(_ intent: TruncationIntent) throws(EventLogError) {
    let temporary = root.appending("TRUNCATE.tmp")
    try system.removeIfPresent(temporary)
    do throws(EventLogError) {
      let file = try File(temporary, .create, system)
      try file.write(intent.encoded(), at: 0)
      try file.sync()
      try system.rename(temporary, to: truncation)
    } catch {
      system.removeUnfinished(temporary)
      throw error
    }
  }

  /// Finishes a truncation that was decided; the cut at which the log ends, or nil where there was
  /// none.
  ///
  /// Every step may have been done before, in part: a crash may leave any of the names that were
  /// not synced. The intent goes last, when nothing is left of what it is needed for.
  func finishTruncation(_ store: StoreID) throws(EventLogError) -> Cut? {
    guard try system.exists(truncation) else { return nil }
    let intent = try readTruncation(store)
    // Where its name is in memory only, nothing may be removed on its word, nor before the copies
    // in the quarantine have theirs.
    try system.syncDirectory(root)
    try putInPlace(intent)
    for name in try listSegments() where name.base > intent.base && name.suffix.isSegment {
      try system.unlink(segment(base: name.base, name.suffix))
    }
    // The sealed file of the same offset would count.
    try system.removeIfPresent(segment(base: intent.base, .sealed))
    try system.syncDirectory(segments)
    if let durable = try openDurableMark(create: true) {
      let mark = DurableMark(
        store: store, end: intent.cut.offsetAfter, activeBase: intent.base, isPoisoned: false)
      try durable.write(mark.encoded(), at: 0)
      try durable.sync()
    }
    try system.unlink(truncation)
    try system.syncDirectory(root)
    return intent.cut
  }

  private func readTruncation(_ store: StoreID) throws(EventLogError) -> TruncationIntent {
    let note = try File(truncation, .read, system)
    do throws(EventLogError) {
      return try TruncationIntent(
        decoding: try note.read(at: 0, count: 4096), store: store, file: truncation)
    } catch {
      guard error.isDamage else { throw error }
      var error = error
      error.advice = .init("To set it aside and keep what the log has", .repair(root))
      throw error
    }
  }

  /// Whether a truncation is noted, and can be finished.
  func hasUsableTruncation() throws(EventLogError) -> Bool {
    guard try system.exists(truncation) else { return false }
    do throws(EventLogError) {
      // What the identity is does not matter where it is lost: the segments say it.
      _ = try readTruncation(try RepairSurvey(self).identity.store)
      return true
    } catch  where error.isDamage { return false }
  }

  /// Gives the new segment its name, if it has not got it already.
  private func putInPlace(_ intent: TruncationIntent) throws(EventLogError) {
    let unfinished = segment(base: intent.base, .unfinished)
    let active = segment(base: intent.base, .active)
    if try isSegment(unfinished, of: intent) {
      try system.rename(unfinished, to: active)
    } else if try !isSegment(active, of: intent) {
      throw EventLogError(
        .damaged,
        "The log was to be truncated to cut \(intent.cut), and the segment for it is lost",
        file: active,
        advice: "Restore the log from a backup. What was removed is in the folder quarantine.")
    }
  }

  private func isSegment(_ path: FilePath, of intent: TruncationIntent) throws(EventLogError)
    -> Bool
  {
    guard try system.exists(path) else { return false }
    let file = try File(path, .read, system)
    do throws(EventLogError) {
      let header = try SegmentHeader.read(file, store: intent.store, kind: .active)
      return header.salt == intent.salt && header.baseOffset == intent.base
    } catch  where error.code == .damaged || error.code == .foreign {
      return false
    }
  }

  /// Throws where a truncation is under way, or was interrupted because its process is no more: the
  /// files are not one log then.
  func requireNoTruncation(isAbandoned: Bool) throws(EventLogError) {
    guard try system.exists(truncation) else { return }
    if isAbandoned {
      _ = try readTruncation(try readIdentity().store)
      throw EventLogError(
        .interrupted, "A truncation of the log was interrupted", file: truncation,
        advice: .init("Opening the log for writing finishes it", .repair(root)))
    }
    throw EventLogError(
      .locked, "The log is being truncated", file: root, advice: "Try again in a moment.")
  }

  /// Throws where the log was truncated while a reader was opening it.
  func requireNoTruncation(since mark: DurableMark?, _ durable: File?) throws(EventLogError) {
    try requireNoTruncation(isAbandoned: false)
    guard let mark, let durable, let now = try DurableMark.read(durable, store: mark.store),
      now.end < mark.end
    else { return }
    throw EventLogError(
      .locked, "The log was truncated while it was opened", file: root,
      advice: "Try again in a moment.")
  }
}
