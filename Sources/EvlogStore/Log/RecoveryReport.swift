public import SystemPackage

/// What opening a log found and did.
public struct RecoveryReport: Sendable, Hashable {
  /// Bytes after the last whole frame that no one was told were there: an interrupted write.
  public struct TornTail: Sendable, Hashable {
    /// The segment that they were in.
    public let file: FilePath
    /// Where the torn bytes began.
    public let byte: UInt64
    /// How many bytes were torn.
    public let byteCount: UInt64
    /// Where their copy is; nil where the log was opened for reading and nothing was touched.
    public let quarantined: FilePath?
  }

  /// The log's end after recovery.
  public internal(set) var end: Cut = 0
  /// How many segments the log has.
  public internal(set) var segmentCount: Int = 0
  /// What an interrupted write left behind; nil where it left nothing.
  public internal(set) var tornTail: TornTail?
  /// Events on disk of which no reader has been told, in a log opened for reading: the next writer takes
  /// them up.
  public internal(set) var unannounced: Range<Offset>?
  /// Files that were left unfinished by a crash, and were removed.
  public internal(set) var removedUnfinished: [FilePath] = []
  /// Active segments whose sealed form was already complete, and were removed.
  public internal(set) var finishedSeals: [FilePath] = []
  /// The cut at which the log ends now, where a truncation was interrupted and has been finished.
  public internal(set) var finishedTruncation: Cut?
  /// Damage that a log opened for reading has; opening it for writing refuses.
  public internal(set) var damage: [EventLogError] = []

  /// True where there was nothing to mend.
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
        "on disk, but no reader was told: offsets \(events.lowerBound)..<\(events.upperBound), which "
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
