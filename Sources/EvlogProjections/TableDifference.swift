import GRDB
import SystemPackage

/// A table that differs between two databases.
public struct TableDifference: Sendable, Hashable {
  /// The table's name.
  public let table: String
  /// The number of rows that only the tables in use have.
  public let onlyOld: Int
  /// The number of rows that only the new tables have.
  public let onlyNew: Int
  /// Some of the rows that only the tables in use have, as texts.
  public let oldRows: [String]
  /// Some of the rows that only the new tables have, as texts.
  public let newRows: [String]

  static let exampleLimit = 3

  /// The tables that differ, evlog's own left out.
  static func between(_ old: FilePath, _ new: FilePath) throws -> [TableDifference] {
    let queue = try DatabaseQueue()
    return try queue.writeWithoutTransaction { db in
      try db.execute(sql: "ATTACH ? AS old", arguments: [old.string])
      try db.execute(sql: "ATTACH ? AS new", arguments: [new.string])
      let oldTables = try tables(db, "old")
      let newTables = try tables(db, "new")
      var differences: [TableDifference] = []
      for table in Set(oldTables).union(newTables).sorted() {
        guard oldTables.contains(table), newTables.contains(table) else {
          let there = oldTables.contains(table) ? "old" : "new"
          let count = try Int.fetchOne(
            db, sql: "SELECT count(*) FROM \(there).\(table.quotedDatabaseIdentifier)")
          differences.append(
            TableDifference(
              table: table, onlyOld: there == "old" ? count ?? 0 : 0,
              onlyNew: there == "new" ? count ?? 0 : 0, oldRows: [], newRows: []))
          continue
        }
        let oldOnly = try rows(db, of: table, in: "old", butNot: "new")
        let newOnly = try rows(db, of: table, in: "new", butNot: "old")
        guard oldOnly.count + newOnly.count > 0 else { continue }
        differences.append(
          TableDifference(
            table: table, onlyOld: oldOnly.count, onlyNew: newOnly.count,
            oldRows: oldOnly.examples, newRows: newOnly.examples))
      }
      return differences
    }
  }

  private static func tables(_ db: Database, _ schema: String) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT name FROM pragma_table_list WHERE schema = ? AND type = 'table'
        AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'evlog\\_%' ESCAPE '\\'
        AND name <> 'grdb_migrations'
        """, arguments: [schema])
  }

  /// Rows of a table that the other database has not, or not so often.
  private static func rows(
    _ db: Database, of table: String, in schema: String, butNot other: String
  ) throws -> (count: Int, examples: [String]) {
    let columns = try db.columns(in: table, in: schema).map(\.name.quotedDatabaseIdentifier)
      .joined(separator: ", ")
    let name = table.quotedDatabaseIdentifier
    func counted(_ schema: String) -> String {
      "SELECT \(columns), count(*) AS evlog_times FROM \(schema).\(name) GROUP BY \(columns)"
    }
    let difference = "SELECT * FROM (\(counted(schema))) EXCEPT SELECT * FROM (\(counted(other)))"
    let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM (\(difference))") ?? 0
    let examples = try Row.fetchAll(db, sql: "\(difference) LIMIT \(exampleLimit)").map { row in
      row.filter { $0.0 != "evlog_times" }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
    return (count, examples)
  }
}

extension TableDifference: CustomStringConvertible {
  public var description: String { lines.joined(separator: "\n") }

  /// What there is to say, line by line. A row may have the end of a line in one of its values.
  package var lines: [String] {
    var lines = ["\(table): \(onlyOld) rows only as it is, \(onlyNew) only as it should be"]
    lines += oldRows.map { "  - \($0)" } + newRows.map { "  + \($0)" }
    return lines
  }
}
