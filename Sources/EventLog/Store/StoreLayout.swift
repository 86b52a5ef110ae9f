import SystemPackage

/// The files of a log, and where they are.
struct StoreLayout: Sendable {
  let root: FilePath
  let system: SystemCalls

  var identity: FilePath { root.appending("EVLOG") }
  var lock: FilePath { root.appending("LOCK") }
  var durable: FilePath { root.appending("DURABLE") }
  var segments: FilePath { root.appending("segments") }
  var snapshots: FilePath { root.appending("snapshots") }
  var quarantine: FilePath { root.appending("quarantine") }

  /// A segment is named by its first offset, in twenty digits, so that names sort as offsets do.
  func segment(base: UInt64, _ suffix: SegmentSuffix) -> FilePath {
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
  }

  struct SegmentName {
    let base: UInt64
    let suffix: SegmentSuffix
  }

  /// The segment files, by first offset; anything else in the folder is reported as foreign.
  func listSegments() throws(EventLogError) -> [SegmentName] {
    var result: [SegmentName] = []
    for name in try system.list(segments) {
      guard let dot = name.lastIndex(of: "."), name.utf8.count > 20,
        name.distance(from: name.startIndex, to: dot) == 20, let base = UInt64(name[..<dot]),
        let suffix = SegmentSuffix(rawValue: String(name[name.index(after: dot)...]))
      else {
        throw EventLogError(
          .foreign, "There is a file in the log's folder of segments that evlog did not make",
          file: segments.appending(name), advice: "Move it elsewhere and try again.")
      }
      result.append(SegmentName(base: base, suffix: suffix))
    }
    return result
  }
}
