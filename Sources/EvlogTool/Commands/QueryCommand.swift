import ArgumentParser
import EventLog
import GRDB
import Projections
import Replay
import SystemPackage

struct QueryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Ask in SQL: events, and a projection's tables at any cut.",
    discussion: """
      The events are the table 'events': offset, stream, revision, type, schemaVersion, time, id, \
      causation, correlation, contentType, metadata, data, beginsTurn, turn. Conditions on offset, \
      stream and type, and the order by offset, skip what they leave out.

      With --projection its tables are there too: those that are kept, or with --at as they were at \
      that cut, made anew in memory. Nothing can be changed.

      EXAMPLES
        evlog query shop.evlog "SELECT type, count(*) FROM events GROUP BY type"
        evlog query shop.evlog --projection stock.sql --at 7778 "SELECT * FROM stock WHERE available < 0"
        evlog query shop.evlog --csv "SELECT time, data ->> '$.sku' AS sku FROM events WHERE type = 'StockCounted'"
      """)

  @OptionGroup var store: StoreOptions
  @Argument(help: "A query in SQL.") var sql: String
  @Option(
    help: ArgumentHelp(
      "A projection: a SQL file, or the name of one that is compiled in.",
      valueName: "file-or-name"), completion: .file(extensions: ["sql"]))
  var projection: String?
  @Option(
    name: .customLong("in"), help: "The folder of its tables; LOG/projections/NAME unless said.",
    completion: .directory)
  var folder: String?
  @Option(help: "The cut, or a time (RFC 3339); the present unless said.") var at: CutArgument?
  @Flag(help: "Print comma-separated values, with a line of names.") var csv = false

  func validate() throws {
    if csv, store.json { throw ValidationError("Choose --csv or --json.") }
  }

  func run() async throws {
    let log = try store.openForReading()
    let cut = try at?.cut(in: log) ?? log.end
    guard cut <= log.end else { throw Replayer.CutBeyondEnd(cut: cut, end: log.end) }
    let table: QueryTable
    if let projection {
      let projection = try ProjectionOptions.load(projection)
      table = try await ask(projection, log, cut)
    } else {
      table = try await EventTable.database(of: log, before: cut).read { [sql] db in
        try QueryTable(db, sql)
      }
    }
    if store.json {
      var report = Report("query")
      report["cut"] = .int(cut)
      report["columns"] = .array(table.columns.map { .string($0) })
      report["rows"] = .array(table.rows.map { .array($0.map(\.json)) })
      report.print()
    } else {
      for line in csv ? table.csv : table.text { Output.standard.line(line) }
    }
  }

  private func ask<P: Projection>(_ projection: P, _ log: EventLog, _ cut: UInt64) async throws
    -> QueryTable
  {
    let ask: @Sendable (Database) throws -> QueryTable = { [sql] db in
      try EventTable.add(to: db, log, before: cut)
      return try QueryTable(db, sql)
    }
    guard at != nil else {
      let reader =
        folder.map { ProjectionReader(in: FilePath($0)) }
        ?? ProjectionReader(of: projection.name, in: log)
      return try await reader.read(ask)
    }
    let bar = Progress("applying", of: cut, unless: store.json)
    let past = try await PastTables(of: projection, over: log, at: cut) { position, _ in
      bar.update(position)
    }
    bar.finish()
    return try await past.read(ask)
  }
}

/// What a query answered.
private struct QueryTable: Sendable {
  let columns: [String]
  let rows: [[DatabaseValue]]

  init(_ db: Database, _ sql: String) throws {
    let statement = try db.makeStatement(sql: sql)
    columns = statement.columnNames
    rows = try Row.fetchAll(statement).map { Array($0.databaseValues) }
  }

  /// Columns as wide as what is in them; numbers to the right.
  var text: [String] {
    guard !columns.isEmpty else { return [] }
    let cells = rows.map { $0.map { Words.plain($0.text) } }
    let isNumber = columns.indices.map { column in
      !rows.isEmpty && rows.allSatisfy { $0[column].isNumber || $0[column].isNull }
    }
    let widths = columns.indices.map { column in
      ([columns[column]] + cells.map { $0[column] }).map(\.count).max() ?? 0
    }
    func line(_ texts: [String]) -> String {
      var line = texts.enumerated().map { column, text in
        let padding = String(repeating: " ", count: widths[column] - text.count)
        return isNumber[column] ? padding + text : text + padding
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
    return [line(columns), line(widths.map { String(repeating: "-", count: $0) })]
      + cells.map(line)
      + [Words.count(rows.count, "row")]
  }

  /// RFC 4180.
  var csv: [String] {
    func field(_ text: String) -> String {
      text.contains(where: { "\",\r\n".contains($0) })
        ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
    return ([columns] + rows.map { $0.map { $0.isNull ? "" : $0.text } }).map {
      $0.map(field).joined(separator: ",")
    }
  }
}

extension DatabaseValue {
  fileprivate var isNumber: Bool {
    switch storage {
    case .int64, .double: true
    default: false
    }
  }

  fileprivate var text: String {
    switch storage {
    case .null: "NULL"
    case .int64(let number): "\(number)"
    case .double(let number): "\(number)"
    case .string(let text): text
    case .blob(let data):
      "x'" + data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "'"
    }
  }

  fileprivate var json: JSONValue {
    switch storage {
    case .null: .null
    case .int64(let number): .int(number)
    case .double(let number): JSONNumber(number).map { .number($0) } ?? .string("\(number)")
    case .string(let text): .string(text)
    case .blob: .string(text)
    }
  }
}
