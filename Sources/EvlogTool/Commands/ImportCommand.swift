import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogSources
import EvlogStore

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import events from NDJSON and other formats, plain or gzipped.",
    discussion: """
      One event per line: {"stream":"order-118","type":"StockReserved","data":{...}}, and \
      optionally time, id, causation, correlation, metadata, schemaVersion, contentType. The bytes \
      of data are kept as they are. causation is the id of what caused the event, or an array of \
      ids. The log is created if it does not exist.

      An import can be interrupted at any moment and run again: what is already in the log is not \
      added twice. The same holds for a file that has grown at its end; if a file ends earlier \
      than before, nothing is added. A file that differs from what was imported from it earlier is \
      refused, with the line and the event, unless --as gives it a name of its own.

      If an object has the same key twice, every reader takes the last value; import counts such \
      events.

      Limits: 16 MiB of data and 1 MiB of metadata per event, 64 MiB per line and per turn, 512 \
      levels of nesting, 512 bytes for a stream's name, 256 for a type's name or an id, 128 for a \
      content type, 256 causes, times from 1678 to 2261 without leap seconds.

      OTHER FORMATS (--format); what cannot be read is refused with its line
        shiviz, govector  Text in which a regular expression (--parser) finds records, with the \
      groups host (the stream), clock (a vector clock in JSON) and event; a group named type gives \
      the type, which is otherwise 'logged', and all other groups become data. The default is \
      (?<host>\\S*) (?<clock>{.*})\\n(?<event>.*), or the first line of the log if that is one. \
      --delimiter separates executions; a group named trace names them, and streams are then \
      TRACE/HOST. In govector, a number before the host is the time in nanoseconds. At most 256 MiB. The last \
      record of a log that still grows may not be whole.
        jepsen  A history in EDN. The stream is process-N or the process's name, the type is :f/:type, \
      and all other entries are data. Keywords become their names; a ratio becomes a text, a set an \
      array, and a tagged value {"#tag":...}. --since dates the events.
        otlp  Spans of OpenTelemetry, as the collector's file exporter writes them. A span is one \
      event, dated by its start: the stream is service.name, the type the span's name, the id \
      TRACE/SPAN, the causation its parent. A span is added after its parent, wherever that is in \
      the input; without a parent in the input, at the end. For a file that still grows: --growing.

      EXAMPLES
        evlog import shop.evlog events.ndjson.gz
        zcat events-*.gz | evlog import shop.evlog - --batch 5000
        evlog import shop.evlog <(jq -c '.[]' events.json)
        evlog import run.evlog cluster.log --format shiviz --delimiter '^=+$'
        evlog import etcd.evlog history.edn --format jepsen
        evlog import traces.evlog traces.jsonl.gz --format otlp
      """)

  @OptionGroup var store: StoreOptions

  @Argument(help: "The file; - is standard input.", completion: .file())
  var file: String

  @Option(help: "The format of the file.") var format: ImportFormat = .ndjson
  @Option(help: "How many events make a turn.") var batch: Int = 1000
  @Option(help: "The stream for lines or spans that do not name one.") var stream: String?
  @Option(help: "A field to ignore; repeatable.") var ignoreField: [String] = []
  @Option(
    name: .customLong("as"),
    help: "The input's name in the log: it is compared only with earlier imports of that name."
  )
  var name: String?
  @Flag(help: "Accept evlog's own types and streams (evlog.…), which an export may contain.")
  var ownEvents = false
  @OptionGroup(title: "Options of single formats") var formats: FormatOptions
  @Flag(help: "Compress what was imported right away, not only when a segment is full.")
  var seal = false

  func validate() throws {
    if name?.isEmpty == true { throw ValidationError("--as needs a name.") }
    guard (1...Limits.turnEvents).contains(batch) else {
      throw ValidationError("--batch must be from 1 to \(Limits.turnEvents).")
    }
    if stream != nil, format != .ndjson, format != .otlp {
      throw ValidationError(
        "--stream is for NDJSON and OTLP: in \(format) every event has a stream.")
    }
    if !ignoreField.isEmpty, format != .ndjson {
      throw ValidationError("--ignore-field is for NDJSON.")
    }
    try formats.check(for: format)
  }

  func run() throws {
    let input = try InputBytes(file, verifying: true)
    defer { input.close() }
    let start = ContinuousClock.now
    var reader = ImportReader(try source(of: input), ownEvents: ownEvents)
    // No log is made of what does not even begin with an event.
    var next = try reader.next()
    let log = try store.openForWriting(createsIfMissing: true)
    var importer = try Importer(log: log, batch: batch, name: name)
    let progress = Progress("importing", of: input.byteCount, unless: store.json)
    do {
      while let event = next {
        try importer.add(event)
        progress.update(input.byteCount == nil ? importer.addedEvents : reader.input.bytesRead)
        next = try reader.next()
      }
      try importer.finish()
    } catch {
      progress.finish()
      let known =
        (error as? DifferentCopy)?.failure(of: input.name, log: store.store)
        ?? (error as? RefusedEvent)?.failure(of: input.name) ?? error
      noteBrokenOff(importer, isDoubtful: reader.input.isDamaged)
      throw known
    }
    progress.finish()
    try note(importer, reader, log)
    if seal { try log.seal() }
    let took = ContinuousClock.now - start
    let info = log.segmentInfo()
    let stored = info.reduce(0) { $0 + $1.byteCount }
    log.close()
    try report(importer, reader, log, stored: stored, took)
  }

  private func source(of input: InputBytes) throws -> any EventSource {
    switch format {
    case .ndjson:
      NDJSONSource(input, defaultStream: stream, ignoredFields: Set(ignoreField))
    case .shiviz, .govector: try formats.records(of: input, format)
    case .jepsen: JepsenSource(input, since: formats.since.flatMap { Timestamp($0) })
    case .otlp: OTLPSource(input, defaultService: stream, isGrowing: formats.growing)
    }
  }

  /// What an import has left that did not come to its end.
  private func noteBrokenOff(_ importer: Importer, isDoubtful: Bool) {
    guard let first = importer.firstAdded else { return }
    let count = Words.count(importer.addedEvents, "event")
    if isDoubtful {
      note(
        "\(count), from offset \(first) on, were added before this was noticed, and may be wrong. To "
          + "remove them: \(EvlogTool.name) truncate \(Words.shell(store.store)) --to \(first). If "
          + "they stay, the next import of this input compares them and adds none twice")
    } else {
      note(
        "\(count) were added. Correct what follows, and run the same import again to go "
          + "on: nothing is added twice")
    }
  }

  /// What came in, and was perhaps not meant so.
  private func note(_ importer: Importer, _ reader: ImportReader, _ log: EventLog) throws {
    if importer.isUnlikeEarlierImports {
      note(
        "the log has other imports, and this input begins like none of them: all of it was added")
    }
    if importer.alreadyThere < importer.sourceEvents, importer.addedEvents == 0 {
      note(
        "the input ends after \(Words.count(importer.alreadyThere, "event")), and "
          + "\(Words.number(importer.sourceEvents)) were imported from it before: nothing was added"
      )
    }
    if let line = reader.skipped.first {
      note(
        "\(Words.count(reader.skipped.count, "line")) outside of records were passed over, the first "
          + "on line \(Words.number(line))")
    }
    if reader.waitingCount > 0 {
      note(
        "\(Words.count(reader.waitingCount, "span")) whose parents have not come yet are left for "
          + "the next import of this input")
    }
    let times = reader.times
    if let line = times.firstBackwards {
      note(
        "times run backwards: \(Words.count(times.backwards, "event")) dated before an "
          + "earlier event, the first on line \(Words.number(line))")
    }
    if let offset = importer.firstAdded, offset > 0, times.timed > 0,
      let last = try log.event(at: offset - 1), let added = try log.event(at: offset),
      added.recordedAt < last.recordedAt
    {
      note(
        "times run backwards: the event added at offset \(Words.number(offset)) is dated "
          + "\(added.recordedAt), and the one before it in the log \(last.recordedAt)")
    }
    if let line = times.firstTimeless, times.timed > 0 {
      let fate =
        importer.addedEvents > 0
        ? "they were given the time of the import" : "their times were not compared"
      note(
        "\(Words.count(times.timeless, "event")) without a time among others that have one, the first "
          + "on line \(Words.number(line)): \(fate)")
    }
    if let (line, key) = reader.firstRepeatedKey {
      note(
        "\(Words.count(reader.repeatedKeys, "event")) with a key twice in one object, the first on "
          + "line \(Words.number(line)): '\(key)'. Their bytes are kept; all readers take the last value"
      )
    }
  }

  private func note(_ text: String) {
    Output.error.line("\(EvlogTool.name): \(text).")
    Output.error.flush()
  }

  private func report(
    _ importer: Importer, _ reader: ImportReader, _ log: EventLog, stored: UInt64, _ took: Duration
  ) throws {
    if store.json {
      var answer = Answers.Import()
      answer.addedEvents = UInt64(importer.addedEvents)
      answer.addedTurns = UInt64(importer.addedTurns)
      answer.alreadyThere = UInt64(importer.alreadyThere)
      answer.sourceEvents = UInt64(importer.sourceEvents)
      answer.timesBackwards = UInt64(reader.times.backwards)
      answer.timeless = UInt64(reader.times.timeless)
      answer.repeatedKeys = UInt64(reader.repeatedKeys)
      answer.skippedLines = reader.skipped.count
      answer.waiting = UInt64(reader.waitingCount)
      answer.inputBytes = reader.inputBytes
      answer.end = log.end
      answer.storedBytes = UInt64(stored)
      answer.seconds = took
      return try answer.print()
    }
    var text =
      "\(Words.count(importer.addedEvents, "event")) in \(Words.count(importer.addedTurns, "turn"))"
    if importer.alreadyThere > 0 {
      text += ", \(Words.number(importer.alreadyThere)) were there already"
    }
    text += ", \(Words.bytes(stored)) on disk"
    if seal, importer.alreadyThere == 0, importer.addedEvents == UInt64(log.end), stored > 0 {
      text +=
        " (\(Words.oneDecimal(Double(reader.inputBytes) / Double(stored))) × smaller)"
    }
    Output.standard.line(text + ", \(Words.duration(took))")
  }
}
