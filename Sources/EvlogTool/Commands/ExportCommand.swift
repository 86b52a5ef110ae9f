import ArgumentParser
import EvlogReplay
import EvlogStore

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write events as NDJSON, also gzipped, as import reads them.",
    discussion: """
      Every event is a line, with its data byte for byte; what is not JSON on one line is written \
      in base64. A file is written under another name, synced, and renamed: it is there as a whole \
      or not at all. What was exported is said on standard output, or on standard error where the \
      events go to standard output.

      Where all the events up to a cut are exported, their digest is said too. To prove that \
      nothing was lost, import the file into a new log: 'evlog verify' must print the same digest. \
      It covers everything about the events but the turns, which are import's own.

      EXAMPLES
        evlog export shop.evlog events.ndjson.gz
        evlog export shop.evlog --type StockReserved --since 2026-03-01 > some.ndjson
        evlog import copy.evlog events.ndjson.gz && evlog verify copy.evlog
      """)

  @OptionGroup var store: StoreOptions
  @Argument(
    help: "The file; - or none is standard output. A name that ends in .gz is compressed.",
    completion: .file())
  var file: String?
  @OptionGroup var query: QueryOptions
  @Flag(help: "Compress also where no name says so.") var gzip = false
  @Flag(help: "Replace the file if there is one.") var force = false

  func run() throws {
    let log = try store.openForReading()
    var query = try query.query(in: log)
    let end = min(query.to ?? .max, log.end)
    query.to = end
    let sink = try ExportSink(file, compressed: gzip, replacing: force)
    let start = ContinuousClock.now
    let first = min(query.from, end)
    let progress = Progress("exporting", of: end - first as UInt64, unless: store.json)
    var cursor = log.events(query).makeCursor()
    var count: UInt64 = 0
    do {
      while let event = try cursor.next() {
        try sink.write(line: EventText.ndjson(event))
        count += 1
        progress.update(
          query.isBackwards ? end - event.offset.cutBefore : event.offset.cutAfter - first)
      }
      try sink.finish()
    } catch {
      progress.finish()
      throw error
    }
    progress.finish()
    let isAll = query == Query(to: end, limit: query.limit)
    let digest = isAll && count == UInt64(end) ? try log.digest(at: end) : nil
    report(
      Outcome(
        events: count, cut: digest == nil ? nil : end, digest: digest, lineBytes: sink.lineBytes,
        writtenBytes: sink.writtenBytes, took: ContinuousClock.now - start),
      to: sink.isStandardOutput ? Output.error : Output.standard)
  }

  private struct Outcome {
    var events: UInt64
    /// Where all the events up to a cut were exported.
    var cut: Cut?
    var digest: Digest?
    var lineBytes: UInt64
    var writtenBytes: UInt64
    var took: Duration
  }

  private func report(_ outcome: Outcome, to output: Output) {
    defer { output.flush() }
    if store.json {
      var report = Report("export")
      report["events"] = .int(outcome.events)
      report["bytes"] = .int(outcome.lineBytes)
      report["writtenBytes"] = .int(outcome.writtenBytes)
      report["file"] = .optional(file == "-" ? nil : file)
      report["cut"] = .optional(outcome.cut)
      report["digest"] = .optional(outcome.digest.map { "\($0)" })
      report["seconds"] = .seconds(outcome.took)
      report.print(to: output)
      return
    }
    var text = "\(Words.count(outcome.events, "event")), \(Words.bytes(outcome.lineBytes))"
    if outcome.writtenBytes != outcome.lineBytes {
      text += ", \(Words.bytes(outcome.writtenBytes)) compressed"
    }
    if let cut = outcome.cut, let digest = outcome.digest {
      text += ", digest of cut \(Words.number(cut)) \(digest)"
    }
    output.line(text + ", \(Words.duration(outcome.took))")
  }
}
