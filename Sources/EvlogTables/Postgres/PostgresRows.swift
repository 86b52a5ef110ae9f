#if Postgres
  package import EvlogSources

  /// The rows of a query in a PostgreSQL database, within one transaction that sees one moment.
  package struct PostgresRows: TableRows {
    /// How many bytes of rows are fetched at a time, about, and how many rows at most.
    private static let batchBytes = 1 << 20
    private static let batchRows = 8192

    package let name: String
    package let columns: [String]
    /// The column of the result that orders the rows.
    package let orderColumn: Int
    private let query: TableQuery
    private let connection: PostgresConnection
    private let decoders: [PostgresValue]
    private let tail: PostgresTail
    private var batch: PostgresResult?
    private var nextRow = 0
    /// How many rows the next batch has.
    private var batchCount = 64
    private var isOpen = false
    private var last: Int64?
    package private(set) var waitingCount: UInt64 = 0

    package var isWhole: Bool { tail.isWhole }

    /// Connects, waits until the rows that are there are whole, and begins to look at that moment.
    ///
    /// It waits for writers no longer than `waiting`: rows that they may still come before are left then.
    /// `readingLargeObjects` gives the bytes that an oid stands for; otherwise it is only a number.
    package init(
      _ url: String, _ query: TableQuery, waiting: Duration, settling: Duration,
      readingLargeObjects: Bool = false
    ) throws {
      connection = try PostgresConnection(url)
      name = connection.name
      var query = query
      try connection.begin("read committed")
      var described = try connection.columns(of: query.subquery)
      if readingLargeObjects, described.contains(where: { $0.type == PostgresValue.oid }) {
        query = try Self.readingLargeObjects(query, described)
        described = try connection.columns(of: query.subquery)
      }
      try connection.run("commit")
      self.query = query
      columns = described.map(\.name)
      decoders = described.map { PostgresValue(type: $0.type) }
      orderColumn = try query.orderColumn(columns)
      tail = try PostgresTail(
        of: query, column: columns[orderColumn], in: connection, waiting: waiting,
        settling: settling)
      try connection.begin("repeatable read")
    }

    /// The same query, with the bytes of large objects in the place of their oids.
    private static func readingLargeObjects(
      _ query: TableQuery, _ columns: [(name: String, type: UInt32)]
    ) throws -> TableQuery {
      let values = columns.map { column in
        let name = TableQuery.quoted(column.name)
        return column.type == PostgresValue.oid ? "lo_get(\(name)) as \(name)" : name
      }
      let order = try query.orderColumn(columns.map(\.name))
      return TableQuery(
        "select \(values.joined(separator: ", ")) from \(query.rows)", order: columns[order].name)
    }

    package mutating func begin(from position: Int64?) throws(SourceError) {
      // Where there was no row, those that have come since are for the next import.
      guard tail.last != nil else { return }
      if isOpen { try connection.run("close evlog_rows") }
      let rows = query.ordered(by: columns[orderColumn], from: position, through: tail.last)
      try connection.run("declare evlog_rows no scroll cursor for \(rows)")
      (isOpen, batch, nextRow, waitingCount) = (true, nil, 0, 0)
      last = position.map { $0 - 1 }
    }

    package mutating func next(_ row: inout TableRow) throws(SourceError) -> Bool {
      guard tail.last != nil else { return false }
      if !isOpen { try begin(from: nil) }
      guard waitingCount == 0, let batch = try currentBatch() else { return false }
      if !tail.isWhole {
        let position = batch.text(nextRow, orderColumn).flatMap { Int64($0) }
        if let last, let position, position > last + 1 {
          try countWaiting(from: position)
          return false
        }
        last = position
      }
      for (column, decoder) in decoders.enumerated() {
        let isThere: Void? = unsafe batch.withBytes(nextRow, column) {
          unsafe decoder.add(Span(_unsafeElements: $0), to: &row)
        }
        if isThere == nil { row.addNull() }
      }
      nextRow += 1
      return true
    }

    /// The batch that has the next row; nil after the last.
    private mutating func currentBatch() throws(SourceError) -> PostgresResult? {
      if let batch, nextRow < batch.rowCount { return batch }
      if let batch, batch.byteCount > 0 {
        let average = max(1, batch.byteCount / max(1, batch.rowCount))
        batchCount = min(Self.batchRows, max(1, Self.batchBytes / average))
      }
      // The rows that were read need no memory beside the next ones.
      batch = nil
      let fetched = try connection.run("fetch forward \(batchCount) from evlog_rows")
      (batch, nextRow) = (fetched, 0)
      return fetched.rowCount > 0 ? fetched : nil
    }

    private mutating func countWaiting(from position: Int64) throws(SourceError) {
      let rest = query.ordered(
        by: columns[orderColumn], from: position, through: tail.last)
      let count = try connection.run("select count(*) from (\(rest)) as waiting").text()
      waitingCount = count.flatMap { UInt64($0) } ?? 1
    }
  }
#endif
