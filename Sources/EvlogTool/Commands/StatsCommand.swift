import ArgumentParser
import EventLog
import Replay
import SystemPackage

struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Say what is in a log: events, types, streams, sizes, times.",
    discussion: """
      Reads the indexes, not the events.

      EXAMPLES
        evlog stats shop.evlog
        evlog stats shop.evlog --json | jq .types
      """)

  @OptionGroup var store: StoreOptions
  @Option(help: "How many types and streams to name.") var top: Int = 10

  func validate() throws {
    if top < 0 { throw ValidationError("--top must not be negative.") }
  }

  func run() throws {
    let log = try store.openForReading()
    let counts = try log.counts()
    let segments = log.segmentInfo()
    let times = try range(log, segments)
    let stored = segments.reduce(0) { $0 + $1.byteCount }
    let raw = segments.reduce(0) { $0 + $1.rawByteCount }
    if store.json {
      json(log, counts, segments, times)
      return
    }
    let out = Output.standard
    out.line("events    \(Words.number(log.end))")
    out.line("streams   \(Words.number(counts.byStream.count))")
    out.line("types     \(Words.number(counts.byType.count))")
    if let times { out.line("times     \(times.lowerBound) to \(times.upperBound)") }
    let sealed = segments.filter(\.isSealed).count
    out.line(
      "segments  \(segments.count): \(sealed) sealed, \(segments.count - sealed) active")
    var size = "size      \(Words.bytes(stored))"
    if sealed > 0, stored > 0 {
      size += ", \(Words.oneDecimal(Double(raw) / Double(stored))) × smaller than its frames"
    }
    out.line(size)
    list("type", counts.byType)
    list("stream", counts.byStream)
  }

  private func list(_ noun: String, _ counts: [EventCounts.Count]) {
    guard !counts.isEmpty else { return }
    Output.standard.line()
    let sorted = counts.enumerated().sorted {
      ($1.element.count, $0.offset) < ($0.element.count, $1.offset)
    }.map(\.element)
    for (name, count) in sorted.prefix(top) {
      let number = Words.number(count)
      Output.standard.line(
        String(repeating: " ", count: max(0, 12 - number.count)) + "\(number)  \(Words.plain(name))"
      )
    }
    if sorted.count > top {
      Output.standard.line("              … \(Words.count(sorted.count - top, "more \(noun)"))")
    }
  }

  /// From the indexes where they say it, else from the events of the active segment.
  private func range(_ log: EventLog, _ segments: [EventLog.SegmentInfo]) throws -> ClosedRange<
    Timestamp
  >? {
    var all: [ClosedRange<Timestamp>] = []
    for segment in segments {
      if let times = segment.times {
        all.append(times)
      } else {
        let query = Query(from: segment.offsets.lowerBound, to: segment.offsets.upperBound)
        var cursor = log.events(query).makeCursor()
        while let event = try cursor.next() { all.append(event.recordedAt...event.recordedAt) }
      }
    }
    guard let first = all.map(\.lowerBound).min(), let last = all.map(\.upperBound).max() else {
      return nil
    }
    return first...last
  }

  private func json(
    _ log: EventLog, _ counts: EventCounts, _ segments: [EventLog.SegmentInfo],
    _ times: ClosedRange<Timestamp>?
  ) {
    func object(_ counts: [EventCounts.Count]) -> JSONValue {
      .object(JSONObject(counts.map { ($0.name, JSONValue.int($0.count)) }))
    }
    var report = Report("stats")
    report["log"] = .string("\(log.id)")
    report["events"] = .int(log.end)
    report["types"] = object(counts.byType)
    report["streams"] = object(counts.byStream)
    report["firstTime"] = .optional(times.map { "\($0.lowerBound)" })
    report["lastTime"] = .optional(times.map { "\($0.upperBound)" })
    report["segments"] = .array(
      segments.map { segment in
        .object([
          ("file", .string(segment.file.lastComponent?.string ?? "")),
          ("sealed", .bool(segment.isSealed)), ("firstOffset", .int(segment.offsets.lowerBound)),
          ("endOffset", .int(segment.offsets.upperBound)), ("bytes", .int(segment.byteCount)),
          ("rawBytes", .int(segment.rawByteCount)),
        ])
      })
    report.print()
  }
}
