import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension StoreLayout {
  /// How a reader found the log: what its writer says, and whether there is a writer at all.
  private struct Outlook {
    let store: StoreID
    let mark: DurableMark?
    let isAbandoned: Bool
    /// Whether the mark is as new as it can be: what lies past it may then be in memory only, until a
    /// writer has written it again.
    let isCurrent: Bool

    /// The end that the writer vouches for.
    var end: Offset { mark?.end ?? 0 }
    /// Whether something that was never acknowledged may lie past the mark.
    var mayHaveTornTail: Bool { isAbandoned && mark?.isPoisoned != true }
  }

  /// Opens for reading, waiting up to a second for a writer that is just opening the log itself.
  func openForReading(identity: Identity) throws(EventLogError) -> (OpenedStore, File?) {
    var attempt = 0
    while true {
      let durable = try openDurableMark(create: false)
      do throws(EventLogError) {
        return (try openForReading(identity: identity, durable: durable), durable)
      } catch {
        attempt += 1
        guard error.code == .locked, attempt < 100 else { throw error }
        usleep(10_000)
      }
    }
  }

  /// Opens without changing a byte; damage becomes a segment that reports it.
  ///
  /// `isLocked`: the caller has the writer's lock, so no other process writes.
  func openForReading(identity: Identity, durable: File?, isLocked: Bool = false)
    throws(EventLogError) -> OpenedStore
  {
    // The order matters: whether a writer is alive first, then how far it says it is, then files.
    // Where there is none, none begins while this looks: or a frame that is being written, and not
    // yet synced, would be taken for one that a crash left.
    let lookout = isLocked ? nil : try holdOffWriters()
    let isAbandoned = isLocked || lookout != nil
    defer { lookout?.unlock() }
    try requireNoTruncation(isAbandoned: isAbandoned)
    let mark =
      try durable.map { f throws(EventLogError) in
        try DurableMark.read(f, store: identity.store)
      } ?? nil
    if mark == nil, !isAbandoned, try !segmentNames().isEmpty {
      throw EventLogError(
        .locked, "The log's writer is opening it and has not said yet how far it goes", file: root,
        advice: "Try again in a moment.")
    }
    let outlook = Outlook(
      store: identity.store, mark: mark, isAbandoned: isAbandoned,
      isCurrent: mark?.isCurrent(system) ?? false)
    for attempt in 0..<100 {
      do throws(EventLogError) {
        let opened = try openForReading(outlook)
        if !isAbandoned { try requireNoTruncation(since: mark, durable) }
        // A folder that is listed while segments are sealed may seem to lack one: look again.
        if isAbandoned || opened.report.damage.isEmpty || attempt >= 3 { return opened }
      } catch  where error.code == .notFound {
        continue  // A segment was sealed between the listing and the opening.
      }
    }
    throw EventLogError(.ioFailed, "The log's segments change too fast to be opened", file: root)
  }

  private func openForReading(_ outlook: Outlook) throws(EventLogError) -> OpenedStore {
    var opened = OpenedStore()
    let names = try segmentNames()
    var chain: UInt32? = 0
    for (i, name) in names.enumerated() {
      let next = i + 1 < names.count ? names[i + 1].base : nil
      // A writer that is alive may have made this segment after its mark was read.
      if !outlook.isAbandoned, name.base > outlook.end { break }
      let path = segment(base: name.base, name.suffix)
      if name.base > opened.end {
        opened.appendDamage(
          .damaged(
            "Events are missing before the segment", file: path, offsets: opened.end..<name.base),
          path, upTo: name.base)
        chain = nil
      }
      do throws(EventLogError) {
        if name.suffix == .sealed {
          let sealed = try openSealed(base: name.base, outlook.store)
          if let chain { try checkChain(sealed.header, chain, path) }
          try checkEnd(sealed.offsets.upperBound, next, path)
          opened.segments.append(sealed)
          opened.end = sealed.offsets.upperBound
          chain = sealed.trailer.lastFrame
        } else {
          let (file, header) = try openActive(base: name.base, .read, outlook.store)
          if let chain { try checkChain(header, chain, path) }
          let scan = try readActive(file, header, next: next, outlook, &opened)
          chain = scan.gaps.isEmpty && scan.end.offset == opened.end ? scan.end.checksum : nil
        }
      } catch  where error.code == .damaged || error.code == .foreign {
        opened.appendDamage(error, path, upTo: next ?? max(outlook.end, name.base + 1))
        chain = nil
      }
    }
    if outlook.end > opened.end {
      opened.appendDamage(
        .damaged(
          "Acknowledged events are missing at the end of the log", file: segments,
          offsets: opened.end..<outlook.end),
        segments, upTo: outlook.end)
    }
    opened.report.end = opened.end.cutBefore
    opened.report.segmentCount = opened.segments.count
    return opened
  }

  /// Throws if a segment goes on past the beginning of the next one, because it is unknown which of the two is
  /// right.
  private func checkEnd(_ end: Offset, _ next: Offset?, _ path: FilePath) throws(EventLogError) {
    guard let next, end > next else { return }
    throw EventLogError.damaged(
      "The segment goes on past the beginning of the next one", file: path, offsets: next..<end)
  }

  /// Adds an active segment as far as it can be read, and what damage hides of it.
  private func readActive(
    _ file: File, _ header: SegmentHeader, next: Offset?, _ outlook: Outlook,
    _ opened: inout OpenedStore
  ) throws(EventLogError) -> FrameScan {
    var mayBeTorn = next == nil && outlook.mayHaveTornTail
    var limit = next ?? (mayBeTorn ? .max : outlook.end)
    var scan = try FrameScan(file: file, header: header, below: limit)
    var whole = scan
    if mayBeTorn {
      if outlook.isCurrent {
        // A frame vouches for those before it, as the mark does.
        limit = max(outlook.end, scan.durableBefore)
      } else {
        // What a crashed process wrote may be in memory only; if it cannot be synced, the mark rules.
        do throws(EventLogError) { try file.sync() } catch {
          mayBeTorn = false
          limit = outlook.end
        }
      }
      if scan.end.offset > limit {
        whole = scan
        scan = try FrameScan(file: file, header: header, below: limit)
        opened.report.unannounced = scan.end.offset..<whole.end.offset
      }
    }
    try checkEnd(scan.end.offset, next, file.path)
    var known = next ?? max(outlook.end, scan.end.offset)
    let torn = mayBeTorn ? try tornBytes(file, after: whole) : nil
    if scan.end.offset < known || scan.problem != nil || torn != nil {
      let stop = scan.end
      let later = try scan.framesAfterProblem(file: file, header: header)
      known = max(known, scan.durableBefore, later.map(\.header.durableBefore).max() ?? 0)
      if known > stop.offset {
        opened.report.damage.append(
          EventLogError.damaged(
            "Acknowledged data is damaged", file: file.path, byte: stop.position,
            offsets: stop.offset..<known))
        scan.skipDamage(later.filter { $0.header.offsets.upperBound <= limit })
      } else if let torn {
        opened.report.tornTail = RecoveryReport.TornTail(
          file: file.path, byte: torn.lowerBound, byteCount: UInt64(torn.count), quarantined: nil)
      }
    }
    opened.segments.append(ActiveSegment(file: file, header: header, frames: scan))
    opened.end = scan.end.offset
    if opened.end < known {
      // Its error is in the report already.
      let error = EventLogError.damaged(
        "Acknowledged data is damaged", file: file.path, byte: scan.end.position,
        offsets: opened.end..<known)
      opened.segments.append(
        DamagedSegment(path: file.path, offsets: opened.end..<known, error: error))
      opened.end = known
    }
    return scan
  }

  /// The bytes after the frames that are not the zeros that were laid out for the next ones.
  private func tornBytes(_ file: File, after scan: FrameScan) throws(EventLogError)
    -> Range<UInt64>?
  {
    let end = scan.end.position
    let size = try file.size()
    guard size > end, let last = try lastNonZeroByte(of: file, in: end..<size) else { return nil }
    return end..<(last + 1)
  }
}

extension OpenedStore {
  /// Puts an error where events would be, so that reading them says what is wrong.
  fileprivate mutating func appendDamage(
    _ error: EventLogError, _ path: FilePath, upTo end: Offset
  ) {
    var error = error
    if error.offsets == nil, end > self.end { error.offsets = self.end..<end }
    report.damage.append(error)
    guard end > self.end else { return }
    segments.append(DamagedSegment(path: path, offsets: self.end..<end, error: error))
    self.end = end
  }
}
