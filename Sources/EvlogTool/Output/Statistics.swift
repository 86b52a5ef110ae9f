import EvlogReplay
import EvlogStore
import SystemPackage

/// What the indexes of a log say, in words and as JSON.
struct Statistics {
  let log: String
  let end: Cut
  let counts: EventCounts
  let segments: [EventLog.SegmentInfo]
  let backwards: TimesBackwards
  /// What is kept beside the log, by name; all of it may be deleted.
  let caches: [(name: String, room: SnapshotStore.Room)]

  private var storedBytes: UInt64 { segments.reduce(0) { $0 + $1.byteCount } }
  private var rawBytes: UInt64 { segments.reduce(0) { $0 + $1.rawByteCount } }
  private var times: ClosedRange<Timestamp>? {
    let all = segments.compactMap(\.times)
    guard let first = all.map(\.lowerBound).min(), let last = all.map(\.upperBound).max() else {
      return nil
    }
    return first...last
  }

  func print(top: Int, segmentTable: Bool) {
    let out = Output.standard
    out.line("events    \(Words.number(end))")
    out.line("streams   \(Words.number(counts.streamCount))")
    out.line("types     \(Words.number(counts.typeCount))")
    if let times { out.line("times     \(times.lowerBound) to \(times.upperBound)") }
    if let words = Self.words(backwards) { out.line("          \(words)") }
    let sealed = segments.count(where: \.isSealed)
    out.line(
      "segments  \(segments.count): \(sealed) sealed, \(segments.count - sealed) active")
    out.line("size      \(size(stored: storedBytes, raw: rawBytes, events: UInt64(end)))")
    let kept = caches.filter { $0.room.files > 0 }
    if !kept.isEmpty {
      let texts = kept.map { name, room in
        "\(name) \(Words.bytes(room.bytes)) in \(Words.count(room.files, "file"))"
      }
      out.line("caches    \(texts.joined(separator: ", "))")
    }
    if segmentTable { printSegments() }
    list("type", counts.byType, top)
    list("stream", counts.byStream, top)
  }

  /// Nil where times ascend.
  static func words(_ backwards: TimesBackwards) -> String? {
    backwards.first.map { first in
      "they run backwards: \(Words.count(backwards.count, "event")) of a time before that of an event "
        + "before them, the first at offset \(Words.number(first))"
    }
  }

  /// On disk, and what the events take in frames, before compression.
  private func size(stored: UInt64, raw: UInt64, events: UInt64) -> String {
    var text = Words.bytes(stored)
    if raw > stored, stored > 0 {
      text += ", \(Words.oneDecimal(Double(raw) / Double(stored))) × smaller than its frames"
    }
    if events > 0 {
      text += "; \(Words.oneDecimal(Double(stored) / Double(events))) bytes an event"
    }
    return text
  }

  private func printSegments() {
    let out = Output.standard
    out.line()
    for segment in segments {
      let offsets = segment.offsets
      var text = segment.file.lastComponent?.string ?? ""
      text += "  \(Words.count(offsets.count, "event")) from \(Words.number(offsets.lowerBound))  "
      text += size(
        stored: segment.byteCount, raw: segment.rawByteCount, events: UInt64(offsets.count))
      if let times = segment.times { text += "  \(times.lowerBound) to \(times.upperBound)" }
      out.line(text)
    }
  }

  private func list(_ noun: String, _ counts: [EventCounts.Count], _ top: Int) {
    guard !counts.isEmpty, top > 0 else { return }
    Output.standard.line()
    let sorted = counts.enumerated().sorted {
      ($1.element.count, $0.offset) < ($0.element.count, $1.offset)
    }.map(\.element)
    for (name, count) in sorted.prefix(top) {
      let share = "\(Words.oneDecimal(Double(count) / Double(UInt64(max(1, end))) * 100)) %"
      Output.standard.line(
        right(Words.number(count), 12) + right(share, 9) + "  " + Words.plain(name))
    }
    if sorted.count > top {
      Output.standard.line(
        right("…", 12) + "           \(Words.count(sorted.count - top, "more \(noun)"))")
    }
  }

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  var report: Report {
    func object(_ counts: [EventCounts.Count]) -> JSONValue {
      .object(JSONObject(counts.map { ($0.name, JSONValue.int($0.count)) }))
    }
    var report = Report("stats")
    report["log"] = .string(log)
    report["events"] = .int(end)
    report["types"] = object(counts.byType)
    report["streams"] = object(counts.byStream)
    report["firstTime"] = .optional(times.map { "\($0.lowerBound)" })
    report["lastTime"] = .optional(times.map { "\($0.upperBound)" })
    report["timesBackwards"] = .int(backwards.count)
    report["firstBackwards"] = .optional(backwards.first)
    report["bytes"] = .int(storedBytes)
    report["rawBytes"] = .int(rawBytes)
    report["caches"] = .object(
      JSONObject(
        caches.map { name, room in
          (name, .object([("files", .int(room.files)), ("bytes", .int(room.bytes))]))
        }))
    report["segments"] = .array(
      segments.map { segment in
        .object([
          ("file", .string(segment.file.lastComponent?.string ?? "")),
          ("sealed", .bool(segment.isSealed)), ("firstOffset", .int(segment.offsets.lowerBound)),
          ("endOffset", .int(segment.offsets.upperBound)), ("bytes", .int(segment.byteCount)),
          ("rawBytes", .int(segment.rawByteCount)),
          ("firstTime", .optional(segment.times.map { "\($0.lowerBound)" })),
          ("lastTime", .optional(segment.times.map { "\($0.upperBound)" })),
        ])
      })
    return report
  }
}
