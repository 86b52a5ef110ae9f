import ArgumentParser
import EvlogSources
import EvlogStore
import EvlogTables

extension TablePreset: ExpressibleByArgument {
  // The option's own help lists them, and so does every error about it.
  package static var allValueStrings: [String] { [] }
}

/// What is done with the rows of a database, whichever it is.
protocol RowReader {
  func read<Rows: TableRows>(_ source: inout TableSource<Rows>) throws
}

/// The options of `import` that say which rows of which database are events.
struct TableOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Import rows of a SQLite database.", valueName: "file"), completion: .file())
  var sqlite: String?
  @Option(
    help: ArgumentHelp(
      "Import rows of a PostgreSQL database: postgres://USER@HOST/NAME, or what libpq takes.",
      valueName: "url"))
  var postgres: String?
  @Option(
    help: ArgumentHelp(
      "Whose event table it is, which says what to read and where an event's fields are: "
        + "\(TablePreset.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "name"),
    completion: .list(TablePreset.allCases.map(\.rawValue)))
  var preset: TablePreset?
  @Option(help: ArgumentHelp("The preset's table, if it has another name.", valueName: "name"))
  var table: String?
  @Option(
    help: ArgumentHelp("What to read: a query that ends with ORDER BY a column.", valueName: "sql"))
  var query: String?
  @Option(
    help: ArgumentHelp(
      "The query's column of whole numbers that orders its rows; no two may have the same.",
      valueName: "column"))
  var order: String?
  @Option(
    help: ArgumentHelp(
      "postgres: wait so long for transactions to end that may still add rows before those that are there.",
      valueName: "seconds"))
  var wait: Double = 10
  @Option(
    help: ArgumentHelp(
      "postgres: how long writers may keep a number before they begin the transaction that uses it; 3 for marten and "
        + "axon, which do so, or else 0.", valueName: "seconds"))
  var settle: Double?
  @Flag(help: "Compare all rows with the log, and not only the first ones and the last imported.")
  var allRows = false

  var hasDatabase: Bool { sqlite != nil || postgres != nil }

  /// Whether a table is imported; throws where an option does not fit.
  func check(_ format: ImportFormat, _ shapes: MappingOptions, hasStream: Bool) throws -> Bool {
    for (option, isGiven) in [
      ("--preset", preset != nil), ("--table", table != nil), ("--query", query != nil),
      ("--order", order != nil), ("--all-rows", allRows),
    ] where isGiven && !hasDatabase {
      throw ValidationError("\(option) is for --sqlite and --postgres.")
    }
    if postgres == nil, settle != nil || wait != 10 {
      throw ValidationError("--wait and --settle are for --postgres.")
    }
    guard (0...86_400).contains(wait), (0...86_400).contains(settle ?? 0) else {
      throw ValidationError("--wait and --settle must be from 0 to 86400 seconds.")
    }
    guard hasDatabase else { return false }
    if sqlite != nil, postgres != nil {
      throw ValidationError(
        "--sqlite and --postgres are two databases: import one after the other.")
    }
    guard (preset == nil) != (query == nil) else {
      throw ValidationError("Say what to read: either --preset or --query.")
    }
    if table != nil, preset == nil { throw ValidationError("--table goes with --preset.") }
    if order != nil, query == nil { throw ValidationError("--order goes with --query.") }
    if format != .ndjson { throw ValidationError("--format is for files.") }
    try shapes.checkForRows(isKnown: preset != nil, hasStream: hasStream)
    return true
  }

  /// Hands out the rows as a source of events, while the database is open.
  func reading(_ options: RowOptions, _ reader: some RowReader) throws {
    var options = options
    options.preset = preset
    do {
      if let sqlite, let what = what(in: .sqlite) {
        try SQLiteRows.reading(sqlite, what) { rows in
          var source = try TableSource(rows, orderColumn: rows.orderColumn, options)
          try reader.read(&source)
        }
      } else {
        #if Postgres
          guard let postgres, let what = what(in: .postgres) else { return }
          let settling = settle ?? preset?.settlingSeconds ?? 0
          let rows = try PostgresRows(
            postgres, what, waiting: .seconds(wait), settling: .seconds(settling),
            readingLargeObjects: preset != nil)
          var source = try TableSource(rows, orderColumn: rows.orderColumn, options)
          try reader.read(&source)
        #else
          throw Failure.usage(
            "\(EvlogTool.name) was built without PostgreSQL: its trait Postgres is off.")
        #endif
      }
    } catch let error as TableQuery.Invalid {
      throw Failure.usage("\(error) To name the column: --order COLUMN")
    }
  }

  private func what(in database: TablePreset.Database) -> TableQuery? {
    preset?.query(in: database, table: table) ?? query.map { TableQuery($0, order: order) }
  }

  /// The last row that was imported, if the log knows this source, so that rows before it need not be read.
  func anchor<Rows: TableRows>(
    of source: inout TableSource<Rows>, named name: String?, in store: StoreOptions
  ) throws -> ImportAnchor? {
    // A folder without it is a log that was not finished when it was made.
    guard !allRows, PathKind("\(store.store)/EVLOG") == .file else { return nil }
    // As it will be written to: after a crash, a reader may know less of its end.
    let log = try store.openForWriting()
    defer { log.close() }
    return try ImportAnchor(of: try source.head(), named: name, in: log)
  }
}
