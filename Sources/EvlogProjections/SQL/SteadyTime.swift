import GRDB
import GRDBSQLite

/// SQLite's date functions without the present time and the computer's time zone, with which tables would
/// differ at each rebuild.
///
/// They replace SQLite's own on a connection, and ask those of another connection. They refuse these only while a projection's SQL runs (``guarding(_:_:)``): a query on the same connection may use it.
final class SteadyTime {
  /// The functions, and where a time stands among the arguments.
  static let functions: [String: [Int]] = [
    "date": [0], "time": [0], "datetime": [0], "julianday": [0], "unixepoch": [0], "strftime": [1],
    "timediff": [0, 1],
  ]

  /// How long a value may be that SQL makes, in bytes.
  static let lengthLimit: CInt = 64 << 20

  @TaskLocal private static var isRefused = false

  /// One of the functions, and the connection that it asks.
  @safe private final class Function {
    let name: String
    private let queue: DatabaseQueue
    private var statements: [Int: OpaquePointer]

    init(_ name: String, asking queue: DatabaseQueue) {
      self.name = name
      self.queue = queue
      unsafe statements = [:]
    }

    deinit { unsafe statements.values.forEach { unsafe sqlite3_finalize($0) } }

    func answer(
      _ context: OpaquePointer?, _ count: Int, _ values: UnsafeMutablePointer<OpaquePointer?>?
    ) {
      if SteadyTime.isRefused {
        let texts = (0..<count).map { place in
          unsafe sqlite3_value_text(values?[place]).map { unsafe String(cString: $0) }
        }
        if let reason = SteadyTime.unsteadiness(of: name, texts) {
          return unsafe sqlite3_result_error(context, SteadyTime.refusal(name, reason), -1)
        }
      }
      guard let statement = unsafe statement(count) else {
        return unsafe sqlite3_result_error(
          context, "wrong number of arguments to function \(name)()", -1)
      }
      defer {
        unsafe sqlite3_reset(statement)
        unsafe sqlite3_clear_bindings(statement)
      }
      for i in 0..<count { unsafe sqlite3_bind_value(statement, CInt(i + 1), values?[i]) }
      guard unsafe sqlite3_step(statement) == SQLITE_ROW else {
        return unsafe sqlite3_result_error(
          context, sqlite3_errmsg(sqlite3_db_handle(statement)), -1)
      }
      unsafe sqlite3_result_value(context, sqlite3_column_value(statement, 0))
    }

    private func statement(_ count: Int) -> OpaquePointer? {
      if let known = unsafe statements[count] { return unsafe known }
      let sql = "SELECT \(name)(\(Array(repeating: "?", count: count).joined(separator: ", ")))"
      var new: OpaquePointer?
      queue.inDatabase { db in
        _ = unsafe sqlite3_prepare_v2(db.sqliteConnection, sql, -1, &new, nil)
      }
      unsafe statements[count] = new
      return unsafe new
    }
  }

  /// Puts the functions on a connection.
  static func add(to db: Database) throws {
    // Of a later version than the others.
    let names = functions.keys.filter {
      $0 != "timediff" || sqlite3_libversion_number() >= 3_043_000
    }
    let queue = try DatabaseQueue()
    for name in names {
      let function = unsafe Unmanaged.passRetained(Function(name, asking: queue)).toOpaque()
      let result = unsafe sqlite3_create_function_v2(
        db.sqliteConnection, name, -1,
        SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, function,
        { context, count, values in
          guard let own = unsafe sqlite3_user_data(context) else { return }
          unsafe Unmanaged<Function>.fromOpaque(own).takeUnretainedValue().answer(
            context, Int(count), values)
        }, nil, nil,
        { unsafe $0.map { unsafe Unmanaged<Function>.fromOpaque($0).release() } })
      guard result == SQLITE_OK else {
        throw DatabaseError(resultCode: ResultCode(rawValue: result))
      }
    }
  }

  /// Runs a projection's SQL: without the present time, and without values that are longer than the limit.
  static func guarding<R>(_ db: Database, _ body: () throws -> R) throws -> R {
    let before = unsafe sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, lengthLimit)
    defer { unsafe sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, before) }
    return try $isRefused.withValue(true, operation: body)
  }

  /// What a function would depend on with these texts among its arguments, if on anything else; nil stands for an
  /// argument that is no text, or is not known.
  static func unsteadiness(of function: String, _ arguments: [String?]) -> String? {
    let places = functions[function, default: [0]]
    let isPresent = places.contains { place in
      guard place < arguments.count else { return place == arguments.count }
      return ["now", "subsec", "subsecond"].contains(arguments[place]?.lowercased())
    }
    if isPresent { return "the current time" }
    let isZoned = arguments.indices.contains { place in
      !places.contains(place) && ["localtime", "utc"].contains(arguments[place]?.lowercased())
    }
    return isZoned ? "the computer's time zone" : nil
  }

  static func refusal(_ function: String, _ reason: String) -> String {
    "\(function) is refused: with \(reason), tables would differ at each rebuild; the event's time is @time"
  }
}
