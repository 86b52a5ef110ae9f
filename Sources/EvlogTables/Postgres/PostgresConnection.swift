#if Postgres
  import CPostgres
  import EvlogSources

  /// A connection to a PostgreSQL server, closed with its last reference.
  @safe final class PostgresConnection {
    private let connection: OpaquePointer
    /// What people call the database; without the password.
    let name: String

    /// Connects as libpq does: what the URL leaves out is taken from the environment and from its files.
    init(_ url: String) throws(SourceError) {
      guard let connection = unsafe PQconnectdb(url) else {
        throw SourceError("PostgreSQL", .notOpened("there is no memory for a connection."))
      }
      unsafe self.connection = connection
      let database = unsafe PQdb(connection).map { unsafe String(cString: $0) } ?? ""
      let host = unsafe PQhost(connection).map { unsafe String(cString: $0) } ?? ""
      name = host.isEmpty ? database : "\(database) on \(host)"
      guard unsafe PQstatus(connection) == CONNECTION_OK else {
        throw SourceError(name, .notOpened(reason))
      }
      // What the server has to say beside its answers is for people at a prompt.
      unsafe PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    deinit { unsafe PQfinish(connection) }

    /// Begins a transaction that only reads, and in which values are written as they are read here. A pool between
    /// here and the server may give each transaction another session, so they are settings of the transaction.
    func begin(_ isolation: String) throws(SourceError) {
      try run("begin isolation level \(isolation) read only")
      for setting in [
        "client_encoding = 'UTF8'", "datestyle = 'ISO'", "timezone = 'UTC'",
        "intervalstyle = 'iso_8601'", "bytea_output = 'hex'", "extra_float_digits = 1",
      ] {
        try run("set local \(setting)")
      }
    }

    /// Runs one statement.
    @discardableResult
    func run(_ sql: String) throws(SourceError) -> PostgresResult {
      try unsafe checked(PQexec(connection, sql))
    }

    /// The names of a query's columns, and the numbers of their types.
    func columns(of sql: String) throws(SourceError) -> [(name: String, type: Oid)] {
      _ = try unsafe checked(PQprepare(connection, "", sql, 0, nil))
      return try unsafe checked(PQdescribePrepared(connection, "")).columns
    }

    private func checked(_ result: OpaquePointer?) throws(SourceError) -> PostgresResult {
      guard let result = unsafe result.map({ unsafe PostgresResult($0) }) else {
        throw SourceError(name, .notRead(reason))
      }
      guard result.isFine else { throw SourceError(name, .notRead(result.reason ?? reason)) }
      return result
    }

    /// What went wrong last, on one line.
    private var reason: String {
      let text = unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? ""
      return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
  }

  /// What a statement gave.
  @safe final class PostgresResult {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) { unsafe self.result = result }

    deinit { unsafe PQclear(result) }

    var isFine: Bool {
      let status = unsafe PQresultStatus(result)
      return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
    }

    /// The server's own sentence, without the query.
    var reason: String? {
      let field = Int32(UInt8(ascii: "M"))
      return unsafe PQresultErrorField(result, field).map { unsafe String(cString: $0) }
    }

    var rowCount: Int { unsafe Int(PQntuples(result)) }

    /// How much memory it takes.
    var byteCount: Int { unsafe PQresultMemorySize(result) }

    var columns: [(name: String, type: Oid)] {
      (0..<(unsafe PQnfields(result))).map { column in
        unsafe (String(cString: PQfname(result, column)), PQftype(result, column))
      }
    }

    /// A value as the server writes it; nil for null.
    func text(_ row: Int = 0, _ column: Int = 0) -> String? {
      unsafe withBytes(row, column) { unsafe String(decoding: $0, as: UTF8.self) }
    }

    func withBytes<R>(_ row: Int, _ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R? {
      let (row, column) = (Int32(row), Int32(column))
      guard unsafe PQgetisnull(result, row, column) == 0 else { return nil }
      let count = unsafe Int(PQgetlength(result, row, column))
      guard let start = unsafe PQgetvalue(result, row, column) else { return nil }
      return unsafe start.withMemoryRebound(to: UInt8.self, capacity: count) { start in
        unsafe body(UnsafeBufferPointer(start: start, count: count))
      }
    }
  }
#endif
