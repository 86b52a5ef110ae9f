import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogSources
import EvlogStore

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract:
      "Import events from NDJSON, CSV and other formats, also compressed, and from tables of databases.",
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

      OTHER SHAPES (--map, for the formats ndjson, json-array and csv)
        Each field of an event is a path (order.id, lines[0].sku, ["order id"]), a column, a text in \
      quotes, or several of them joined by +. $ is the whole record; json(payload) reads a text that is \
      JSON, and json(payload).order.id goes into it; raw(payload) is the bytes of a text, whatever they are. Fields: stream, type, time, data, id, causation, \
      correlation, metadata, schemaVersion, contentType, data64, metadata64. Without data=…, data is the \
      whole record, or an object of the columns that are not used otherwise: texts, or null for a field \
      that is empty and has no quotes. A value that is absent leaves an optional field out. Try it first \
      with --dry-run. --bad-lines sets refused lines aside, each with its reason; the others are imported, \
      and every record is in one of the two.

      OTHER FORMATS (--format); what cannot be read is refused with its line
        json-array  One array in JSON, read piece by piece. Data over several lines is put on one.
        cloudevents  CloudEvents 1.0 in JSON: one, a batch, or one on each line. The stream is the \
      subject, or else the source; other attributes become metadata. An event that comes again, by source \
      and id, is passed over and counted. --map changes fields.
        kafka  Lines of kcat -J, or of the console consumer with print.key and, if you like, \
      print.timestamp, print.partition and print.offset. The stream is the key, the type the topic, the \
      data the payload. --map changes fields: --map 'type=json(payload).kind'.
        debezium  Changes of rows: values, pairs of key and value, or lines of kcat -J. The stream is \
      TABLE/KEY; the types are created, updated, deleted, truncated, message and, for rows of a snapshot, \
      snapshot. The events of a transaction are one turn; if its end is in the input, all of them must be \
      there.
        xes  Traces of IEEE 1849, merged by time. The stream is the trace's name, the type concept:name, \
      followed by /lifecycle:transition if there is one. At most 256 MiB.
        csv  By RFC 4180, with quotes, line breaks in quotes, LF or CRLF; the first row names the columns. \
      Without --map, the columns are the fields of events, and data is JSON, as export writes it.
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

      TABLES (--sqlite, --postgres)
        The rows of a query are events, in the order of one of its columns: a whole number that rises and \
      is in no two rows. All rows are of one moment, and the import goes on behind the last row that the log \
      has; if that row is gone or was changed, it says so. --preset NAME knows the event table of marten, \
      emmett, message-db, axon, commanded, eventsourcing (Python) or rails-event-store; --map changes fields, \
      and columns that no field is made of become metadata. For other tables: --query, and --map as for CSV. \
      JSON, numbers and booleans stay what they are, bytes are base64 within an object, and times without \
      a zone are in UTC.
        Others may write to the tables meanwhile. In PostgreSQL, rows are taken up to the last one that is \
      there when the import begins, after the transactions that may still add rows before it have ended \
      (--wait); if they do not, the rows behind a missing number are left for the next import.

      EXAMPLES
        evlog import shop.evlog events.ndjson.gz
        zcat events-*.gz | evlog import shop.evlog - --batch 5000
        evlog import shop.evlog clicks.ndjson --map 'stream="user-"+user.id,type=kind,time=at'
        evlog import shop.evlog orders.csv --format csv --infer --dry-run \\
          --map 'stream="order-"+id,type=status,time=changed_at'
        evlog import shop.evlog events.json --format json-array --bad-lines bad.ndjson
        evlog import shop.evlog orders.jsonl --format kafka --map 'type=json(payload).kind'
        evlog import run.evlog cluster.log --format shiviz --delimiter '^=+$'
        evlog import etcd.evlog history.edn --format jepsen
        evlog import traces.evlog traces.jsonl.gz --format otlp
        evlog import shop.evlog --postgres postgres://me@localhost/shop \\
          --preset marten
        evlog import shop.evlog --sqlite shop.db --map 'stream=who,type=kind,time=at' \\
          --query 'select * from history order by id'
      """)

  @OptionGroup var store: StoreOptions

  @Argument(help: "The file; - is standard input.", completion: .file())
  var file: String?

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
  @OptionGroup(title: "Options for other shapes") var shapes: MappingOptions
  @OptionGroup(title: "Options of single formats") var formats: FormatOptions
  @OptionGroup(title: "Options for tables of databases") var tables: TableOptions
  @Option(
    help: "Set refused lines aside in this file, with the reason, and import the others.",
    completion: .file())
  var badLines: String?
  @Flag(help: "Import nothing: show the first three events, and count what is there.")
  var dryRun = false
  @Flag(help: "Compress what was imported right away, not only when a segment is full.")
  var seal = false

  func validate() throws {
    if name?.isEmpty == true { throw ValidationError("--as needs a name.") }
    if tables.hasDatabase == (file != nil) {
      throw ValidationError("Name what to import: one of FILE, --sqlite and --postgres.")
    }
    guard (1...Limits.turnEvents).contains(batch) else {
      throw ValidationError("--batch must be from 1 to \(Limits.turnEvents).")
    }
    if badLines == "-" { throw ValidationError("--bad-lines needs a file.") }
    if try tables.check(format, shapes, hasStream: stream != nil) {
      return try formats.check(for: format)
    }
    if stream != nil, ![.ndjson, .jsonArray, .csv, .kafka, .otlp].contains(format) {
      throw ValidationError(
        "--stream is for NDJSON, JSON arrays, CSV, Kafka and OTLP: in \(format.rawValue) every event has a stream."
      )
    }
    let hasFields = format == .csv || [.ndjson, .jsonArray].contains(format) && shapes.map.isEmpty
    if !ignoreField.isEmpty, !hasFields {
      throw ValidationError(
        "--ignore-field is for NDJSON, JSON arrays and CSV whose fields are those of events.")
    }
    if badLines != nil, !format.setsAside {
      throw ValidationError(
        "--bad-lines is not an option of the format \(format.rawValue): what follows a line that cannot be "
          + "read cannot be read either.")
    }
    try formats.check(for: format)
    try shapes.check(for: format, hasStream: stream != nil)
  }

  func run() throws {
    guard let file else { return try runTable() }
    let input = try InputBytes(file, verifying: true)
    defer { input.close() }
    try run(try source(of: input), byteCount: input.byteCount)
  }

  private func runTable() throws {
    var options = RowOptions()
    options.mapping = try shapes.mapping()
    if shapes.timeFormat != .rfc3339 { options.times = shapes.timeFormat }
    options.defaultStream = stream
    options.ignoredFields = Set(ignoreField)
    try tables.reading(options, self)
  }

  fileprivate func run(
    _ source: any EventSource, byteCount: UInt64?, anchor: ImportAnchor? = nil
  ) throws {
    let start = ContinuousClock.now
    var reader = ImportReader(
      source, ownEvents: ownEvents, settingAside: badLines != nil || dryRun)
    if dryRun {
      return try ImportTrial(&reader, of: byteCount, isQuiet: store.json).print(asJSON: store.json)
    }
    let bad = try badLines.map { try BadLines($0) }
    if bad != nil, PathKind(store.store) != .nothing {
      reader.contract = try store.openForReading().contract()?.contract
    }
    // No log is made of what does not even begin with an event.
    var next = try event(of: &reader, bad)
    if next == nil, let first = bad?.first {
      try bad?.finish()
      throw Failure.usage(
        "No event was found: "
          + Words.count(
            reader.setAsideCount, "record was refused, and is", "records were refused, and are")
          + " in \(badLines ?? ""). The first: \(Words.source(first))")
    }
    let log = try store.openForWriting(createsIfMissing: true)
    var importer = try Importer(log: log, batch: batch, name: name)
    let progress = Progress("importing", of: byteCount, unless: store.json)
    do {
      if let anchor { try importer.resume(at: anchor) }
      while let event = next {
        try importer.add(event)
        progress.update(byteCount == nil ? importer.addedEvents : reader.bytesRead)
        next = try self.event(of: &reader, bad)
      }
      try importer.finish()
      try bad?.finish()
    } catch {
      progress.finish()
      let known =
        (error as? DifferentCopy)?.failure(of: reader, log: store.store)
        ?? (error as? RefusedEvent)?.failure(of: reader)
        ?? (error as? TooLargeTurn)?.failure(of: reader)
        ?? (error as? ImportAnchor.Missing)?.failure(of: reader)
        ?? (error as? ImportAnchor.Moved)?.failure(of: reader) ?? error
      noteBrokenOff(importer, isDoubtful: reader.isDamaged)
      throw known
    }
    progress.finish()
    try ImportNotes(importer, reader, bad.flatMap(\.first), badLines).print(log)
    try check(importer, reader)
    if seal { try log.seal() }
    let took = ContinuousClock.now - start
    let info = log.segmentInfo()
    let stored = info.reduce(0) { $0 + $1.byteCount }
    log.close()
    try report(importer, reader, log, stored: stored, took)
  }

  /// The next event, after the records before it that are refused were set aside.
  private func event(of reader: inout ImportReader, _ bad: BadLines?) throws -> SourceEvent? {
    while let item = try reader.next() {
      switch item {
      case .event(let event): return event
      case .refused(let error): try bad?.add(error)
      }
    }
    return nil
  }

  /// What came in must be in the log, or have been set aside.
  private func check(_ importer: Importer, _ reader: ImportReader) throws {
    let kept = importer.addedEvents + importer.alreadyThere
    let records = reader.recordCount ?? reader.eventCount
    let waiting = reader.recordCount == nil ? 0 : UInt64(reader.waitingCount)
    let passedOver = reader.passedOver.reduce(0) { $0 + $1.count }
    guard records == kept + reader.setAsideCount + passedOver + waiting else {
      throw Failure(
        .failed,
        "The input has \(Words.count(records, "record")), but \(Words.count(kept, "event")) are in the log and "
          + "\(Words.number(reader.setAsideCount)) were set aside. This is a fault of "
          + "\(EvlogTool.name); please report it.")
    }
  }

  private func source(of input: InputBytes) throws -> any EventSource {
    switch format {
    case .ndjson, .jsonArray:
      JSONSource(
        input, format == .jsonArray ? .array : .lines,
        mapper: try shapes.mapper(keepingData: false),
        defaultStream: stream, ignoredFields: Set(ignoreField))
    case .cloudevents: CloudEventsSource(input, mapper: try shapes.mapper(keepingData: true))
    case .kafka:
      KafkaSource(input, mapper: try shapes.mapper(keepingData: true), defaultStream: stream)
    case .debezium: formats.changes(of: input)
    case .xes: XESSource(input)
    case .csv: try shapes.rows(of: input, stream: stream, ignoring: ignoreField)
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
      Output.note(
        "\(count), from offset \(first) on, were added before this was noticed, and may be wrong. To "
          + "remove them: \(EvlogTool.name) truncate \(Words.shell(store.store)) --to \(first). If "
          + "they stay, the next import of this input compares them and adds none twice.")
    } else {
      Output.note(
        "\(count) were added. Correct what follows, and run the same import again to go "
          + "on: nothing is added twice.")
    }
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
      answer.records = reader.recordCount ?? reader.eventCount
      answer.setAside = reader.setAsideCount
      answer.passedOver = reader.passedOver.reduce(0) { $0 + $1.count }
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
    if let badLines {
      text +=
        ", \(Words.number(reader.setAsideCount)) of \(Words.count(reader.recordCount ?? 0, "record")) "
        + "set aside in \(badLines)"
    }
    text += ", \(Words.bytes(stored)) on disk"
    if seal, importer.alreadyThere == 0, importer.addedEvents == UInt64(log.end), stored > 0 {
      text +=
        " (\(Words.oneDecimal(Double(reader.inputBytes) / Double(stored))) × smaller)"
    }
    Output.standard.line(text + ", \(Words.duration(took))")
  }
}

extension ImportCommand: RowReader {
  func read<Rows: TableRows>(_ source: inout TableSource<Rows>) throws {
    // What is set aside must be all that was ever refused, and a trial shows what is there.
    let looksAtAll = dryRun || badLines != nil
    let anchor = looksAtAll ? nil : try tables.anchor(of: &source, named: name, in: store)
    try source.begin(from: anchor?.position, behind: anchor?.count ?? 0)
    try run(source, byteCount: nil, anchor: anchor)
  }
}
