import EvlogCore
import EvlogJSON
import Foundation
import GRDB
import GRDBSQLite

/// The functions by which SQLite reads the table of events: https://sqlite.org/vtab.html
///
/// SQLite calls them on the thread that uses the connection, and one at a time.
@unsafe struct EventModule: @unchecked Sendable {
  static let shared = unsafe EventModule()

  let pointer: UnsafeMutablePointer<sqlite3_module>

  private init() {
    unsafe pointer = .allocate(capacity: 1)
    var module = sqlite3_module()
    // Without a function that creates tables, there is one of the module's name in every database.
    unsafe module.xConnect = { db, source, _, _, table, _ in
      let columns =
        (EventTable.columns.map { "\"\($0)\"" }
        + EventTable.hiddenColumns.map { "\"\($0)\" HIDDEN" }).joined(separator: ", ")
      let result = unsafe sqlite3_declare_vtab(db, "CREATE TABLE events (\(columns))")
      guard result == SQLITE_OK, let source = unsafe source else { return result }
      let new = UnsafeMutablePointer<Table>.allocate(capacity: 1)
      unsafe new.initialize(
        to: Table(
          base: sqlite3_vtab(),
          source: Unmanaged<EventSource>.fromOpaque(source).takeUnretainedValue()))
      unsafe table?.pointee = UnsafeMutableRawPointer(new).assumingMemoryBound(
        to: sqlite3_vtab.self)
      return SQLITE_OK
    }
    unsafe module.xDisconnect = { table in
      let own = unsafe UnsafeMutableRawPointer(table)?.assumingMemoryBound(to: Table.self)
      unsafe own?.deinitialize(count: 1)
      unsafe own?.deallocate()
      return SQLITE_OK
    }
    unsafe module.xBestIndex = { _, info in unsafe EventModule.plan(info) }
    unsafe module.xOpen = { table, cursor in
      guard let table = unsafe UnsafeMutableRawPointer(table)?.assumingMemoryBound(to: Table.self)
      else { return SQLITE_MISUSE }
      let new = UnsafeMutablePointer<Cursor>.allocate(capacity: 1)
      unsafe new.initialize(
        to: Cursor(base: sqlite3_vtab_cursor(), reading: EventReading(table.pointee.source)))
      unsafe cursor?.pointee = UnsafeMutableRawPointer(new).assumingMemoryBound(
        to: sqlite3_vtab_cursor.self)
      return SQLITE_OK
    }
    unsafe module.xClose = { cursor in
      let own = unsafe UnsafeMutableRawPointer(cursor)?.assumingMemoryBound(to: Cursor.self)
      unsafe own?.deinitialize(count: 1)
      unsafe own?.deallocate()
      return SQLITE_OK
    }
    unsafe module.xFilter = { cursor, plan, _, count, arguments in
      let values = (0..<Int(count)).map { i in
        unsafe EventModule.value(arguments?[i])
      }
      return unsafe EventModule.reading(cursor) { reading throws in
        try reading.begin(EventPlan(rawValue: plan), values)
      }
    }
    unsafe module.xNext = { cursor in unsafe EventModule.reading(cursor) { try $0.next() } }
    unsafe module.xEof = { cursor in
      let own = unsafe UnsafeMutableRawPointer(cursor)?.assumingMemoryBound(to: Cursor.self)
      return unsafe own?.pointee.reading.isAtEnd == false ? 0 : 1
    }
    unsafe module.xRowid = { cursor, row in
      let own = unsafe UnsafeMutableRawPointer(cursor)?.assumingMemoryBound(to: Cursor.self)
      unsafe row?.pointee = Int64(own?.pointee.reading.offset ?? 0)
      return SQLITE_OK
    }
    unsafe module.xColumn = { cursor, context, column in
      let own = unsafe UnsafeMutableRawPointer(cursor)?.assumingMemoryBound(to: Cursor.self)
      if let own = unsafe own, let context = unsafe context {
        unsafe own.pointee.reading.answer(Int(column), SQLAnswer(context))
      }
      return SQLITE_OK
    }
    unsafe pointer.initialize(to: module)
  }

  /// What SQLite knows of the table; its own part comes first.
  @unsafe private struct Table {
    var base: sqlite3_vtab
    let source: EventSource
  }

  @unsafe private struct Cursor {
    var base: sqlite3_vtab_cursor
    var reading: EventReading
  }

  private static func reading(
    _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?,
    _ body: (inout EventReading) throws -> Void
  ) -> CInt {
    guard let own = unsafe UnsafeMutableRawPointer(cursor)?.assumingMemoryBound(to: Cursor.self)
    else { return SQLITE_MISUSE }
    do {
      try unsafe body(&own.pointee.reading)
      return SQLITE_OK
    } catch {
      if let table = unsafe own.pointee.base.pVtab {
        unsafe sqlite3_free(table.pointee.zErrMsg)
        let text = Array("\(error)".utf8CString)
        let copy = unsafe sqlite3_malloc(CInt(text.count))?.assumingMemoryBound(to: CChar.self)
        unsafe text.withUnsafeBufferPointer { buffer in
          if let base = buffer.baseAddress { unsafe copy?.update(from: base, count: buffer.count) }
        }
        unsafe table.pointee.zErrMsg = copy
      }
      return SQLITE_ERROR
    }
  }

  /// Which conditions the log can look after, and what that would cost.
  private static func plan(_ info: UnsafeMutablePointer<sqlite3_index_info>?) -> CInt {
    guard let info = unsafe info else { return SQLITE_MISUSE }
    var plan = EventPlan(rawValue: 0)
    var places: [(part: EventPlan, index: Int)] = []
    for i in 0..<Int(unsafe info.pointee.nConstraint) {
      let constraint = unsafe info.pointee.aConstraint[i]
      guard constraint.usable != 0,
        let part = EventPlan(column: constraint.iColumn, operation: constraint.op),
        !plan.contains(part)
      else { continue }
      // The log compares bytes; who wants names to be compared otherwise, sees them all.
      if part == .stream || part == .type {
        let collation = unsafe sqlite3_vtab_collation(info, CInt(i)).map {
          unsafe String(cString: $0)
        }
        guard collation == "BINARY" else { continue }
      }
      plan.insert(part)
      places.append((part, i))
    }
    for (number, part) in EventPlan.arguments.filter(plan.contains).enumerated() {
      guard let place = places.first(where: { $0.part == part }) else { continue }
      unsafe info.pointee.aConstraintUsage[place.index].argvIndex = CInt(number + 1)
    }
    if unsafe info.pointee.nOrderBy == 1, unsafe info.pointee.aOrderBy[0].iColumn == 0 {
      unsafe info.pointee.orderByConsumed = 1
      if unsafe info.pointee.aOrderBy[0].desc != 0 { plan.insert(.backwards) }
    }
    unsafe info.pointee.idxNum = plan.rawValue
    var cost = 1e7
    if plan.contains(.stream) { cost /= 1e4 }
    if plan.contains(.type) { cost /= 10 }
    if plan.contains(.from) { cost /= 2 }
    if plan.contains(.to) { cost /= 2 }
    if plan.contains(.at) { cost = 1 }
    unsafe info.pointee.estimatedCost = cost
    unsafe info.pointee.estimatedRows = Int64(cost)
    return SQLITE_OK
  }

  private static func value(_ value: OpaquePointer?) -> DatabaseValue {
    guard let value = unsafe value else { return .null }
    switch unsafe sqlite3_value_type(value) {
    case SQLITE_INTEGER: return unsafe sqlite3_value_int64(value).databaseValue
    case SQLITE_FLOAT: return unsafe sqlite3_value_double(value).databaseValue
    case SQLITE_TEXT:
      guard let text = unsafe sqlite3_value_text(value) else { return .null }
      let count = unsafe Int(sqlite3_value_bytes(value))
      let bytes = unsafe UnsafeBufferPointer(start: text, count: count)
      return unsafe String(decoding: bytes, as: UTF8.self).databaseValue
    default: return .null
    }
  }
}
