public import SystemPackage

/// The health of a log, from what is quickly examined: the files, the lock, the mark, the ends of segments.
public struct Health: Sendable {
  /// The identity of the log.
  public var store: StoreID
  /// The version of the format that a reader must know.
  public var formatVersion: Int
  /// The size at which a segment is full.
  public var segmentBytes: UInt64
  /// Whether a process has the log open for writing.
  public var hasWriter: Bool
  /// The number of the process that wrote last; nil if it is not known.
  public var lastWriter: String?
  /// The durable mark; nil if there is no usable one.
  public var mark: Mark?
  /// The number of its events, as far as it could be opened.
  public var end: Cut
  /// Its segments, in the order of their offsets.
  public var segments: [EventLog.SegmentInfo]
  /// What opening found: damage, a torn tail.
  public var recovery: RecoveryReport
  /// The problems that a quick verification found, including damage found on opening.
  public var problems: [EventLogError]
  /// Files that a crash left unfinished; the next writer removes them.
  public var unfinished: [FilePath]
  /// The files that recovery, repairs and truncations put aside.
  public var quarantine: Files
  /// The saved files beside the log, which may be deleted.
  public var snapshots: Files
  /// The time of the last event; nil if there is none.
  public var lastTime: Timestamp?
  /// The events whose times run backwards; nil if they cannot be read.
  public var backwards: TimesBackwards?
  /// Events per day, by the times of the last events, if those allow it.
  public var eventsPerDay: Double?
  /// How long it took to open it for reading.
  public var timeToOpen: Duration

  /// The file `DURABLE`.
  public struct Mark: Sendable, Hashable {
    /// Every event before this is on disk.
    public var end: Cut
    /// Whether a write or a sync failed since the log was opened for writing.
    public var isPoisoned: Bool
  }

  /// The number of files, and their bytes.
  public struct Files: Sendable, Hashable {
    /// The number of files.
    public var count = 0
    /// Their bytes on disk.
    public var byteCount: UInt64 = 0
  }

  /// Full segments that are not compressed.
  public var unsealedCount: Int { segments.dropLast().count { !$0.isSealed } }
  /// The bytes of the segments on disk.
  public var storedBytes: UInt64 { segments.reduce(0) { $0 + $1.byteCount } }
}

extension EventLog {
  /// Examines a log without changing it.
  ///
  /// Throws `notFound` and `notAStore` if there is none, and `damaged` if its identity is damaged; other damage
  /// is in the answer.
  public static func health(of path: FilePath, options: Options = Options())
    throws(EventLogError) -> Health
  {
    let layout = StoreLayout(root: path, system: options.system)
    let inspector = Inspector(log: path, system: options.system)
    // A path that is not a log gets that error, not one about a missing lock.
    _ = try layout.readIdentity()
    let hasWriter = try layout.hasWriter()
    let clock = ContinuousClock()
    let start = clock.now
    let log = try openReadOnly(path, options: options)
    let timeToOpen = clock.now - start
    return Health(
      store: log.id, formatVersion: log.formatVersion,
      segmentBytes: log.identity.segmentBytes, hasWriter: hasWriter,
      lastWriter: layout.lastWriter(),
      mark: inspector.mark.map { Health.Mark(end: $0.end.cutBefore, isPoisoned: $0.isPoisoned) },
      end: log.end, segments: log.segmentInfo(), recovery: log.recovery,
      problems: log.verify(.quick), unfinished: layout.unfinishedSegments(),
      quarantine: layout.files(in: layout.quarantine),
      snapshots: layout.files(in: layout.snapshots),
      // What cannot be read is among the problems.
      lastTime: try? log.lastTime(before: log.end), backwards: try? log.timesBackwards(),
      eventsPerDay: log.eventsPerDay(),
      timeToOpen: timeToOpen)
  }

  /// The newest format of its segments: that of the log, unless events have several causes.
  private var formatVersion: Int {
    view().segments.reduce(Identity.formatVersion) { newest, segment in
      switch segment {
      case let active as ActiveSegment: max(newest, Int(active.header.format))
      case let sealed as SealedSegment: max(newest, Int(sealed.header.format))
      default: newest
      }
    }
  }

  /// By the last thousands of events; nil where there are too few, or their times do not ascend.
  private func eventsPerDay() -> Double? {
    let count = min(UInt64(end), 10_000)
    // What cannot be read is among the problems; a rate is only a hint.
    guard count >= 100, let last = try? lastTime(before: end),
      let first = try? lastTime(before: end - count + 1)
    else { return nil }
    let (span, isTooLong) = last.nanoseconds.subtractingReportingOverflow(first.nanoseconds)
    guard !isTooLong, span >= 60_000_000_000 else { return nil }
    return Double(count - 1) * 86_400e9 / Double(span)
  }
}

extension StoreLayout {
  /// Whether a process has the log open for writing at this moment.
  fileprivate func hasWriter() throws(EventLogError) -> Bool {
    guard let lookout = try holdOffWriters() else { return true }
    lookout.unlock()
    return false
  }

  fileprivate func unfinishedSegments() -> [FilePath] {
    // A folder that cannot be listed is among the problems already.
    ((try? listSegments()) ?? []).filter { $0.suffix == .unfinished }.map {
      segment(base: $0.base, .unfinished)
    }
  }

  /// The files in a folder, and in the folders in it.
  fileprivate func files(in folder: FilePath, depth: Int = 0) -> Health.Files {
    var files = Health.Files()
    // The sizes are a hint: what cannot be listed, or was just removed, is not counted.
    for name in (try? system.list(folder)) ?? [] {
      let path = folder.appending(name)
      // What cannot be listed is a file.
      if depth < 2, (try? system.list(path)) != nil {
        let below = self.files(in: path, depth: depth + 1)
        files.count += below.count
        files.byteCount += below.byteCount
      } else if let size = try? File(path, .read, system).size() {
        // One that cannot be opened is not counted, as above.
        files.count += 1
        files.byteCount += size
      }
    }
    return files
  }
}
