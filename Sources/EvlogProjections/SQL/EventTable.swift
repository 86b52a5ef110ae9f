public import EvlogCore
public import GRDB
import GRDBSQLite
import Synchronization

/// The events of a log, or of another history, as a table of SQLite, read in place.
///
///     let queue = try EventTable.database(of: log)
///     let counts = try queue.read { db in
///       try Row.fetchAll(db, sql: "SELECT type, count(*) FROM events GROUP BY type")
///     }
///
/// Conditions on `offset`, `stream` and `type`, and an order by `offset`, are evaluated by the log itself: it
/// does not read other events. All other conditions examine each event.
///
/// `data` and `metadata` are JSON or NULL: NULL if there is none, if it is not JSON, and for data of another
/// content type. So SQLite's JSON functions can be used on every event. If an object has a key twice, they use
/// the last value, as machines do. `causation` is the id of what caused an event, or a JSON array of the ids if
/// there are several; `causes` is an array in any case, for `json_each`. `SELECT *` leaves out `causes`, and
/// the raw bytes, which are in `bytes` and `metadataBytes`.
public enum EventTable {
  /// The columns, as the table is declared.
  static let columns = [
    "offset", "stream", "revision", "type", "schemaVersion", "time", "id", "causation",
    "correlation", "contentType", "metadata", "data", "beginsTurn", "turn",
  ]
  /// Columns that `SELECT *` leaves out.
  static let hiddenColumns = ["bytes", "metadataBytes", "causes"]

  /// A database in memory with the table `events`: the events before a cut.
  public static func database(of history: any History, before cut: Cut? = nil) throws
    -> DatabaseQueue
  {
    var configuration = Configuration()
    configuration.prepareDatabase { db in try add(to: db, history, before: cut) }
    return try DatabaseQueue(configuration: configuration)
  }

  /// Adds the table `events` to a connection.
  public static func add(to db: Database, _ history: any History, before cut: Cut? = nil) throws {
    try add(to: db, history, before: cut, reading: { _ in })
  }

  /// The same, with progress: now and then it reports the offset that is read. Returns what is to be known
  /// about its texts after it was read.
  @discardableResult
  package static func add(
    to db: Database, _ history: any History, before cut: Cut?,
    reading: @escaping @Sendable (Offset) -> Void
  ) throws -> CutTexts {
    let source = EventSource(
      history: history, cut: min(cut ?? history.end, history.end), reading: reading)
    guard let connection = unsafe db.sqliteConnection else {
      throw DatabaseError(resultCode: .SQLITE_MISUSE)
    }
    let pointer = unsafe Unmanaged.passRetained(source).toOpaque()
    let result = unsafe sqlite3_create_module_v2(
      connection, "events", EventModule.shared.pointer, pointer,
      { unsafe $0.map { unsafe Unmanaged<EventSource>.fromOpaque($0).release() } })
    guard result == SQLITE_OK else {
      throw DatabaseError(resultCode: ResultCode(rawValue: result))
    }
    return source.cutTexts
  }
}

/// Which events were asked for their JSON that have U+0000 in it: SQLite's own functions for JSON end a text
/// there, so what `data ->> '$.member'` gave of them may be less than there is.
package final class CutTexts: Sendable {
  private struct Text: Hashable {
    let offset: Offset
    let column: Int
  }

  /// A set, because a query may ask for the same text more than once.
  private let texts = Mutex<Set<Text>>([])

  /// The offset of the first event, and how many texts there are.
  package var found: (first: Offset, count: Int)? {
    texts.withLock { texts in texts.map(\.offset).min().map { ($0, texts.count) } }
  }

  func look(at json: Span<UInt8>, of offset: Offset, column: Int) {
    guard Self.hasNull(json) else { return }
    texts.withLock { _ = $0.insert(Text(offset: offset, column: column)) }
  }

  func look(at causes: [String], of offset: Offset, column: Int) {
    guard Self.hasNull(causes) else { return }
    texts.withLock { _ = $0.insert(Text(offset: offset, column: column)) }
  }

  static func hasNull(_ causes: [String]) -> Bool { causes.contains { $0.utf8.contains(0) } }

  static func hasNull(_ json: Span<UInt8>) -> Bool {
    guard json.contains(UInt8(ascii: "\\")) else { return false }
    var i = 0
    while i < json.count {
      if json[i] == UInt8(ascii: "\\") {
        if json.extracting(droppingFirst: i + 1).starts(with: "u0000") { return true }
        // What is escaped may be a backslash itself.
        i += 1
      }
      i += 1
    }
    return false
  }
}

/// What a table reads from.
final class EventSource: Sendable {
  let history: any History
  let cut: Cut
  let reading: @Sendable (Offset) -> Void
  let cutTexts = CutTexts()

  init(history: any History, cut: Cut, reading: @escaping @Sendable (Offset) -> Void) {
    self.history = history
    self.cut = cut
    self.reading = reading
  }
}

/// What a plan of SQLite's asks of the history, as the number that it is handed on by.
struct EventPlan: OptionSet {
  let rawValue: CInt

  /// Each takes an argument, in this order.
  static let from: EventPlan = .init(rawValue: 1)
  static let to: EventPlan = .init(rawValue: 2)
  static let at: EventPlan = .init(rawValue: 4)
  static let stream: EventPlan = .init(rawValue: 8)
  static let type: EventPlan = .init(rawValue: 16)
  /// From the last event to the first.
  static let backwards: EventPlan = .init(rawValue: 32)

  static let arguments: [EventPlan] = [.from, .to, .at, .stream, .type]

  /// What a condition on a column is good for.
  init?(column: CInt, operation: UInt8) {
    switch (column, CInt(operation)) {
    case (0, SQLITE_INDEX_CONSTRAINT_EQ): self = .at
    case (0, SQLITE_INDEX_CONSTRAINT_GT), (0, SQLITE_INDEX_CONSTRAINT_GE): self = .from
    case (0, SQLITE_INDEX_CONSTRAINT_LT), (0, SQLITE_INDEX_CONSTRAINT_LE): self = .to
    case (1, SQLITE_INDEX_CONSTRAINT_EQ): self = .stream
    case (3, SQLITE_INDEX_CONSTRAINT_EQ): self = .type
    default: return nil
    }
  }

  init(rawValue: CInt) { self.rawValue = rawValue }

  /// The query; what SQLite asks more exactly, it looks at itself.
  func query(_ arguments: [DatabaseValue], before cut: Cut) -> Query {
    var query = Query(to: cut, isBackwards: contains(.backwards))
    for (part, value) in zip(Self.arguments.filter(contains), arguments) {
      switch part {
      case .from: if let first = whole(value) { query.from = max(query.from, first.cutBefore) }
      case .to: if let last = whole(value) { query.to = min(query.to ?? cut, last.cutAfter) }
      case .at:
        if let offset = whole(value) {
          query.from = max(query.from, offset.cutBefore)
          query.to = min(query.to ?? cut, offset.cutAfter)
        }
      case .stream: if let name = String.fromDatabaseValue(value) { query.stream = name }
      case .type: if let name = String.fromDatabaseValue(value) { query.types = [name] }
      default: break
      }
    }
    return query
  }

  /// The offset at or just before a number; nil for what is none, which bounds nothing.
  private func whole(_ value: DatabaseValue) -> Offset? {
    switch value.storage {
    case .int64(let number): Offset(Int(max(0, number)))
    case .double(let number) where number < 9e15: Offset(Int(max(0, number)))
    default: nil
    }
  }
}
