import ArgumentParser
import EvlogProjections
import EvlogReplay
import EvlogStore
import GRDB
import SystemPackage

struct QueryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Query events, and a projection's tables as of any cut, in SQL.",
    discussion: """
      The table 'events' has the columns offset, stream, revision, type, schemaVersion, time, id, \
      causation, correlation, contentType, metadata, data, beginsTurn, turn. Conditions on offset, \
      stream and type, and an order by offset, skip all other events. data and metadata are JSON, \
      or NULL if there is none, so you can ask every event for data ->> '$.member'. The bytes \
      themselves, whatever they are, are in bytes and metadataBytes, which SELECT * leaves out. \
      causation is an event's cause, or a JSON array if there are several; causes, which SELECT * \
      leaves out too, is an array in any case, or NULL: FROM events e, json_each(e.causes) c JOIN \
      events p ON p.id = c.value. Whole numbers beyond 64 bits become the nearest double, in SQLite's own functions too; data \
      -> '$.member' is the number's own text.

      With --projection, its tables are there too: the current tables, with the events of the same \
      cut, or with --at, or of an edited past, the tables as of that cut, rebuilt in memory. Tables that the file, as it \
      is now, did not make of this log are refused. A query can change nothing and reach no other \
      file.

      --csv follows RFC 4180, with lines that end in LF. NULL is an empty field; an empty text is \
      "". Rows are printed as they come, so an answer may be of any size.

      EXAMPLES
        evlog query shop.evlog "SELECT type, count(*) FROM events GROUP BY type"
        evlog query shop.evlog --projection stock.sql --at 7778 "SELECT * FROM stock WHERE available < 0"
        evlog query shop.evlog --csv "SELECT time, data ->> '$.sku' AS sku FROM events WHERE type = 'StockCounted'"
      """)

  @OptionGroup var store: HistoryOptions
  @Argument(help: "A query in SQL.") var sql: String
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
  @Option(
    help: ArgumentHelp(
      "A projection: a SQL file, or the name of one that is compiled in.",
      valueName: "file-or-name"), completion: .file(extensions: ["sql"]))
  var projection: String?
  @Option(
    name: .customLong("in"), help: "The folder of the tables; LOG/projections/NAME by default.",
    completion: .directory)
  var folder: String?
  @Option(help: "The cut, or a time (RFC 3339); the latest by default.") var at: CutArgument?
  @Flag(help: "Print CSV with a header line.") var csv = false

  @Option(help: "How long the query may take, in seconds; no limit by default.")
  var seconds: Double?

  func validate() throws {
    if csv, store.json { throw ValidationError("Choose --csv or --json.") }
    if let seconds, seconds <= 0 { throw ValidationError("--seconds must be positive.") }
  }

  func run() async throws {
    let past = try edits.past(of: try store.history(passing: at))
    let cut = try at?.cut(in: past)
    if let cut, cut > past.end { throw Replayer.CutBeyondEnd(cut: cut, end: past.end) }
    guard let projection else {
      let queue = try DatabaseQueue()
      return try await queue.read { [self] db in try ask(db, past, cut ?? past.end) }
    }
    let loaded = try ProjectionOptions.load(projection)
    try await ask(of: loaded, past, cut)
  }

  private func ask<P: Projection>(of projection: P, _ history: any History, _ cut: Cut?)
    async throws
  {
    let tables = ProjectionOptions.folder(
      folder, for: projection, of: history, at: store.store)
    guard cut == nil, let tables else {
      let cut = cut ?? history.end
      let bar = Progress("applying", of: cut, unless: store.json)
      let past = try await PastTables(of: projection, over: history, at: cut) { position, _ in
        bar.update(position)
      }
      bar.finish()
      return try await past.read { [self] db in try ask(db, history, cut) }
    }
    let reader = ProjectionReader(in: tables)
    // Events and tables are at one cut: the one that the tables have come to.
    try await reader.read(projection, over: history) { [self] db, position in
      try ask(db, history, position)
      guard position < history.end else { return }
      note(
        "the tables, and so the events, are those of cut \(Words.number(position)) of "
          + "\(Words.number(history.end)). To bring them up to date: \(EvlogTool.name) project run "
          + "\(Words.shell(store.store)) --projection \(Words.shell(self.projection ?? projection.name))"
          + (folder.map { " " + Words.option("--in", $0) } ?? ""))
    }
  }

  /// Asks on a connection that is used for nothing else, and prints each row as it comes.
  private func ask(_ db: Database, _ history: any History, _ cut: Cut) throws {
    let bar = Progress("reading", of: cut, unless: Output.standard.isTerminal)
    let cutTexts = try EventTable.add(to: db, history, before: cut) { bar.update($0) }
    let printer = printer(cut, of: history)
    defer { bar.finish() }
    try SQLQuery.run(
      sql, on: db, seconds: seconds ?? .infinity, columns: { try printer.begin($0) },
      row: { printer.add($0) })
    bar.finish()
    let warnings = warnings(cutTexts)
    printer.end(warnings)
    warnings.forEach(note)
  }

  private func warnings(_ cutTexts: CutTexts) -> [String] {
    guard sql.contains("->>") || sql.lowercased().contains("json_"),
      let (first, count) = cutTexts.found
    else { return [] }
    return [
      "SQLite's JSON functions cut a text off at U+0000. This query read "
        + "\(Words.count(count, "text")) with one, the first at offset \(Words.number(first)). For whole "
        + "texts: data or data -> '$' here, and :NAME in a projection."
    ]
  }

  /// What is to be known of an answer, beside it.
  private func note(_ text: String) {
    Output.standard.flush()
    Output.error.line("\(EvlogTool.name): \(text)")
    Output.error.flush()
  }

  private func printer(_ cut: Cut, of history: any History) -> any QueryPrinter {
    if store.json { return JSONRows(cut: cut, end: history.end) }
    return csv ? CSVRows() : TextRows()
  }
}
