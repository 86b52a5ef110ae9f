import SystemPackage

/// The files of a log, and where they are.
struct StoreLayout: Sendable {
  let root: FilePath
  let system: SystemCalls

  let identity: FilePath
  let lock: FilePath
  let durable: FilePath
  /// There while the log is being truncated, and nowhere else.
  let truncation: FilePath
  let segments: FilePath
  let snapshots: FilePath
  let quarantine: FilePath

  init(root: FilePath, system: SystemCalls) {
    self.root = root
    self.system = system
    identity = root.appending("EVLOG")
    lock = root.appending("LOCK")
    durable = root.appending("DURABLE")
    truncation = root.appending("TRUNCATE")
    segments = root.appending("segments")
    snapshots = root.appending("snapshots")
    quarantine = root.appending("quarantine")
  }

  /// A segment is named by its first offset, in twenty digits, so that names sort as offsets do.
  func segment(base: Offset, _ suffix: SegmentSuffix) -> FilePath {
    let digits = String(base)
    let name = String(repeating: "0", count: 20 - digits.utf8.count) + digits
    return segments.appending("\(name).\(suffix.rawValue)")
  }

  enum SegmentSuffix: String {
    /// Takes appends, or took them and waits to be sealed.
    case active
    /// Compressed; never changes again.
    case sealed
    /// A file that was not finished; removed when the log is opened.
    case unfinished = "tmp"
    /// Zeros on disk, which become an active segment when one is needed. Its number means nothing.
    case spare
    /// A spare that was not finished.
    case unfinishedSpare = "zeros"

    /// Whether such a file has events.
    var isSegment: Bool { self == .active || self == .sealed }
  }

  struct SegmentName {
    let base: Offset
    let suffix: SegmentSuffix
  }

  /// Throws `damaged` where the folder of segments is missing.
  func requireSegments() throws(EventLogError) {
    guard try !system.exists(segments) else { return }
    throw EventLogError(
      .damaged, "The log's folder of segments, and with it every event, is missing",
      file: segments,
      advice:
        .init(
          "Put it back, or restore the log from a backup. To see what else can be done",
          .planRepair(root)))
  }

  /// The segment files, by first offset; anything else in the folder is reported as foreign.
  func listSegments() throws(EventLogError) -> [SegmentName] {
    var result: [SegmentName] = []
    try requireSegments()
    for name in try system.list(segments) {
      guard let segment = segmentName(name) else {
        throw EventLogError(
          .foreign, "There is a file in the log's folder of segments that evlog did not make",
          file: segments.appending(name), advice: "Move it elsewhere and try again.")
      }
      result.append(segment)
    }
    return result
  }

  /// What a file's name says; nil where it is not a segment's.
  func segmentName(_ name: String) -> SegmentName? {
    guard let dot = name.lastIndex(of: "."), name.utf8.count > 20,
      name.distance(from: name.startIndex, to: dot) == 20,
      name.utf8.prefix(20).allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      let base = Offset(name[..<dot]), base <= Limits.lastOffset,
      let suffix = SegmentSuffix(rawValue: String(name[name.index(after: dot)...]))
    else { return nil }
    return SegmentName(base: base, suffix: suffix)
  }
}
