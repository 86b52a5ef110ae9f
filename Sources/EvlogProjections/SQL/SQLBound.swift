import GRDB
import GRDBSQLite

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How long statements may run. SQLite asks every so many steps of its machine, so statements with few steps
/// are never checked.
final class SQLBound {
  /// So many steps take some milliseconds at most.
  private static let steps: CInt = 50_000

  private let seconds: Double
  /// When it was asked first.
  private var began: (thread: Double, wall: Double)?
  private var isExceeded = false

  init(seconds: Double) { self.seconds = seconds }

  /// Runs a body, and ends its statements if they take too long: `seconds` of this thread's own time, or ten
  /// times as long if it waited. Throws ``SQLTookTooLong``.
  static func within<R>(_ seconds: Double, _ db: Database, _ body: () throws -> R) throws -> R {
    guard let connection = unsafe db.sqliteConnection else {
      throw DatabaseError(resultCode: .SQLITE_MISUSE)
    }
    let bound = SQLBound(seconds: seconds)
    unsafe sqlite3_progress_handler(
      connection, Self.steps,
      { bound in
        guard let bound = unsafe bound else { return 1 }
        return unsafe Unmanaged<SQLBound>.fromOpaque(bound).takeUnretainedValue().isOver() ? 1 : 0
      }, Unmanaged.passUnretained(bound).toOpaque())
    defer {
      unsafe sqlite3_progress_handler(connection, 0, nil, nil)
      withExtendedLifetime(bound) {}
    }
    do { return try body() } catch let error as DatabaseError where bound.isExceeded {
      throw SQLTookTooLong(seconds: seconds, message: error.message ?? "\(error)")
    }
  }

  private func isOver() -> Bool {
    let now = (thread: Self.clock(CLOCK_THREAD_CPUTIME_ID), wall: Self.clock(CLOCK_MONOTONIC))
    guard let began else {
      began = now
      return false
    }
    isExceeded = now.thread - began.thread > seconds || now.wall - began.wall > 10 * seconds
    return isExceeded
  }

  private static func clock(_ clock: clockid_t) -> Double {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// SQL was ended because it ran too long.
package struct SQLTookTooLong: Error, CustomStringConvertible {
  package let seconds: Double
  let message: String

  package var description: String { "the SQL did not end within \(seconds) s" }
}
