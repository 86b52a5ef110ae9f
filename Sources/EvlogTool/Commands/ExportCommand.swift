import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogStore

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Export events as NDJSON, CSV and other formats, plain or gzipped.",
    discussion: """
      Writes each event as one line that import reads, with its data byte for byte; data that is not \
      JSON on one line is written in base64. A file is written under another name, synced, and renamed, so it \
      is there as a whole or not at all. A summary goes to standard output, or to standard error \
      if the events go to standard output.

      If all the events up to a cut are exported, the summary has their digest. To prove that \
      nothing was lost, import the file into a new log: 'evlog verify' must print the same digest. \
      The digest covers everything about the events except the turns, which import makes itself.

      FORMATS (--format)
        ndjson, csv, cloudevents  import makes the same log of them. A row of CSV has a column for each \
      field of an event. An event of CloudEvents has its stream as the subject, and what CloudEvents has no \
      attribute for in the extension evlog.
        shiviz  The streams are hosts. The clocks are made of the streams' order and of causation ids.
        itf  A trace for Apalache and Quint, with a state for each event.

      EXAMPLES
        evlog export shop.evlog events.ndjson.gz
        evlog export shop.evlog --type StockReserved --since 2026-03-01 > some.ndjson
        evlog export shop.evlog shop.csv --format csv
        evlog import copy.evlog events.ndjson.gz && evlog verify copy.evlog
      """)

  @OptionGroup var store: StoreOptions
  @Argument(
    help: "The file; standard output if it is - or missing. A name ending in .gz is compressed.",
    completion: .file())
  var file: String?
  @OptionGroup var query: QueryOptions
  @Option(help: "The format of the file.") var format: ExportFormat = .ndjson
  @Flag(help: "Compress even if the name does not end in .gz.") var gzip = false
  @Flag(help: "Replace the file if it exists.") var force = false

  func run() throws {
    let log = try store.openForReading()
    var query = try query.query(in: log)
    let end = min(query.to ?? .max, log.end)
    query.to = end
    let sink = try ExportSink(
      file, format.writer(of: log), compressed: gzip, replacing: force)
    let start = ContinuousClock.now
    let first = min(query.from, end)
    let progress = Progress("exporting", of: end - first as UInt64, unless: store.json)
    var count: UInt64 = 0
    do {
      try log.forEachEvent(of: query) { event, name in
        try sink.write(event, log: name)
        count += 1
        progress.update(
          query.isBackwards ? end - event.offset.cutBefore : event.offset.cutAfter - first)
        return true
      }
      try sink.finish()
    } catch {
      progress.finish()
      throw error
    }
    progress.finish()
    for remark in sink.remarks { Output.note("\(remark).") }
    let isAll = format.isWhole && query == Query(to: end, limit: query.limit)
    let digest = isAll && count == UInt64(end) ? try log.digest(at: end) : nil
    try report(
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

  private func report(_ outcome: Outcome, to output: Output) throws {
    defer { output.flush() }
    if store.json {
      var answer = Answers.Export()
      answer.events = UInt64(outcome.events)
      answer.bytes = UInt64(outcome.lineBytes)
      answer.writtenBytes = UInt64(outcome.writtenBytes)
      answer.file = file == "-" ? nil : file
      answer.cut = outcome.cut
      answer.digest = outcome.digest.map { "\($0)" }
      answer.seconds = outcome.took
      return try answer.print(to: output)
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
