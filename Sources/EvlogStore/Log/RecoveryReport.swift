public import SystemPackage

/// What opening a log found and did.
public struct RecoveryReport: Sendable, Hashable {
  /// Bytes after the last whole frame that were never announced: an interrupted write.
  public struct TornTail: Sendable, Hashable {
    /// The segment with the torn bytes.
    public let file: FilePath
    /// The position of the torn bytes.
    public let byte: UInt64
    /// The number of torn bytes.
    public let byteCount: UInt64
    /// The file with their copy; nil if the log was opened for reading and nothing was touched.
    public let quarantined: FilePath?
  }

  /// The log's end after recovery.
  public internal(set) var end: Cut = 0
  /// The number of segments of the log.
  public internal(set) var segmentCount: Int = 0
  /// What an interrupted write left behind; nil if it left nothing.
  public internal(set) var tornTail: TornTail?
  /// Events on disk that were not announced to readers, in a log opened for reading: the next writer takes them
  /// up.
  public internal(set) var unannounced: Range<Offset>?
  /// Unfinished files of a crash, which were removed.
  public internal(set) var removedUnfinished: [FilePath] = []
  /// Active segments whose sealed form was already complete, and were removed.
  public internal(set) var finishedSeals: [FilePath] = []
  /// The cut at which the log now ends, if an interrupted truncation was finished.
  public internal(set) var finishedTruncation: Cut?
  /// Damage of a log that was opened for reading; opening it for writing fails.
  public internal(set) var damage: [EventLogError] = []

  /// True if there was nothing to repair.
  public var isClean: Bool {
    tornTail == nil && removedUnfinished.isEmpty && finishedSeals.isEmpty && damage.isEmpty
      && finishedTruncation == nil && unannounced == nil
  }
}

extension RecoveryReport: CustomStringConvertible {
  public var description: String {
    isClean ? "clean" : lines.joined(separator: "\n")
  }

  /// What there is to say, line by line; nothing where all is clean.
  package var lines: [String] {
    var lines: [String] = []
    if let torn = tornTail {
      var line = "torn tail: \(torn.byteCount) bytes of an unacknowledged write"
      line += " (\(torn.file), byte \(torn.byte))"
      if let copy = torn.quarantined { line += ", kept in \(copy)" }
      lines.append(line)
    }
    if let events = unannounced {
      lines.append(
        "on disk, but not announced to readers: offsets \(events.lowerBound)..<\(events.upperBound); "
          + "the next writer takes up")
    }
    if let cut = finishedTruncation {
      lines.append("finished a truncation that was interrupted: the log ends at cut \(cut)")
    }
    lines += removedUnfinished.map { "removed an unfinished file: \($0)" }
    lines += finishedSeals.map { "removed a segment that was already sealed: \($0)" }
    lines += damage.map { "damage: \($0)" }
    return lines
  }
}
