import EvlogCore
import GRDB
import GRDBSQLite

/// SQLite's functions that make a text of JSON end it at its first U+0000, so that two texts which differ
/// only after it would become one. For an event that has one, they are put out of the way by these, which are
/// a failure where they would give such a text.
enum WholeTexts {
  private static let json: UInt32 = 74  // SQLite's mark of what is JSON: 'J'

  static let refusal =
    "a text contains U+0000, where SQLite's JSON functions would cut it off; write :NAME for the "
    + "member's whole text, or @data -> '$.NAME' for its JSON"

  /// Whether statements make texts of JSON at all.
  static func areAsked(_ sql: String) -> Bool {
    sql.contains("->>") || sql.lowercased().contains("json_")
  }

  /// Whether an event has a text in its JSON that SQLite would end.
  static func concerns(_ event: RecordedEvent) -> Bool {
    CutTexts.hasNull(event.data.span) || event.metadata.map { CutTexts.hasNull($0.span) } ?? false
      || CutTexts.hasNull(event.causation)
  }

  /// Runs a body in which no text is ended in silence.
  static func guarding<R>(_ db: Database, _ sql: [String], _ body: () throws -> R) throws -> R {
    // These give a table, and cannot be replaced so.
    for name in ["json_each", "json_tree"] {
      if sql.contains(where: { $0.lowercased().contains(name) }) {
        throw SQLRefused(description: "\(name): \(refusal)")
      }
    }
    // SQLite does not give its own functions back, so these stay, and refuse nothing outside of the body.
    for name in ["->>", "json_extract"] {
      let asked = unsafe Unmanaged.passRetained(try Asked()).toOpaque()
      let result = unsafe sqlite3_create_function_v2(
        db.sqliteConnection, name, 2,
        SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, asked,
        { context, _, values in unsafe WholeTexts.answer(context, values) }, nil, nil,
        { unsafe $0.map { unsafe Unmanaged<Asked>.fromOpaque($0).release() } })
      guard result == SQLITE_OK else {
        throw DatabaseError(resultCode: ResultCode(rawValue: result))
      }
    }
    return try $isRefused.withValue(true, operation: body)
  }

  @TaskLocal private static var isRefused = false

  /// SQLite's own functions, on another connection.
  @safe private final class Asked {
    private let queue: DatabaseQueue
    let statement: OpaquePointer?

    init() throws {
      queue = try DatabaseQueue()
      var new: OpaquePointer?
      queue.inDatabase { db in
        _ = unsafe sqlite3_prepare_v2(
          db.sqliteConnection, "SELECT ?1 -> ?2, ?1 ->> ?2", -1, &new, nil)
      }
      unsafe statement = new
    }

    deinit { unsafe sqlite3_finalize(statement) }
  }

  private static func answer(
    _ context: OpaquePointer?, _ values: UnsafeMutablePointer<OpaquePointer?>?
  ) {
    guard let own = unsafe sqlite3_user_data(context) else { return }
    let asked = unsafe Unmanaged<Asked>.fromOpaque(own).takeUnretainedValue()
    let statement = unsafe asked.statement
    defer {
      unsafe sqlite3_reset(statement)
      unsafe sqlite3_clear_bindings(statement)
    }
    for i in 0..<2 { unsafe sqlite3_bind_value(statement, CInt(i + 1), values?[i]) }
    guard unsafe sqlite3_step(statement) == SQLITE_ROW else {
      return unsafe sqlite3_result_error(context, sqlite3_errmsg(sqlite3_db_handle(statement)), -1)
    }
    if let text = unsafe sqlite3_column_text(statement, 0) {
      let bytes = unsafe Array(
        UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, 0))))
      if isRefused, bytes.first == UInt8(ascii: "\""), CutTexts.hasNull(bytes.span) {
        return unsafe sqlite3_result_error(context, refusal, -1)
      }
      unsafe sqlite3_result_value(context, sqlite3_column_value(statement, 1))
      if let first = bytes.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
        unsafe sqlite3_result_subtype(context, json)
      }
      return
    }
    unsafe sqlite3_result_value(context, sqlite3_column_value(statement, 1))
  }
}
