public import EvlogStore
public import GRDB
import Synchronization
public import SystemPackage

/// Reads a projection's tables in any process, while a ``Projector`` keeps them up to date.
///
///     let stock = ProjectionReader(of: "Stock", in: log)
///     try await stock.waitUntil(position: appended.offsets.cutAfter, timeout: .seconds(1))
///     let rows = try await stock.read { db in try Row.fetchAll(db, sql: "SELECT * FROM stock") }
///
/// After a rebuild, it reads the new tables; a read that has begun ends in the old ones.
public final class ProjectionReader: Sendable {
  /// The folder of the tables.
  public let folder: FilePath
  private let generations: Generations
  private let open = Mutex<(number: Int, pool: DatabasePool)?>(nil)

  /// Reads the tables in a folder; whether there are any is found only by reading.
  public init(in folder: FilePath) {
    self.folder = folder
    generations = Generations(folder: folder)
  }

  /// Reads the tables of a projection, in the folder that projectors use by default.
  public convenience init(of projection: String, in log: EventLog) {
    self.init(in: Generations.folder(of: projection, in: log))
  }

  /// Throws `notBuilt` where there are no tables.
  private func pool() throws -> DatabasePool {
    try open.withLock { open in
      guard let current = generations.current() else {
        throw ProjectionError.notBuilt(folder: folder)
      }
      if let open, open.number == current { return open.pool }
      var configuration = Configuration()
      configuration.readonly = true
      let pool = try DatabasePool(
        path: generations.database(current).string, configuration: configuration)
      open = (current, pool)
      return pool
    }
  }

  /// Reads the tables, all of them at one position.
  public func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws
    -> T
  {
    do { return try await pool().read(body) } catch {
      let file = generations.database(generations.current() ?? 0)
      if let error = error as? DatabaseError, error.isOfDamage {
        throw ProjectionError.damaged(file, error.message ?? "\(error)")
      }
      throw ProjectionError.naming(file, error)
    }
  }

  /// Reads the tables, all of them at the position that the body gets.
  ///
  /// Throws `otherVersion`, `otherText` or `otherLog` if the tables are not what this projection makes of the
  /// events before that position of this log.
  public func read<P: Projection, T: Sendable>(
    _ projection: P, over log: any History,
    _ body: @escaping @Sendable (Database, _ position: Cut) throws -> T
  ) async throws -> T {
    let wanted = Bookkeeping(projection, log)
    return try await read { [folder] db in
      guard let row = try Bookkeeping.row(db) else {
        throw ProjectionError.notBuilt(folder: folder)
      }
      try wanted.check(row, of: log, in: folder)
      return try body(db, row.position)
    }
  }

  /// Why the tables are not what this projection makes of this log: `otherVersion`, `otherText` or `otherLog`.
  /// Nil if they are.
  public func mismatch<P: Projection>(with projection: P, over log: any History) async throws
    -> ProjectionError?
  {
    do { try await read(projection, over: log) { _, _ in } } catch let error as ProjectionError {
      switch error {
      case .otherVersion, .otherText, .otherLog: return error
      default: throw error
      }
    }
    return nil
  }

  /// The projection that made the tables, and the position that they show.
  public func about() async throws -> (name: String, version: Int, log: String, position: Cut) {
    let row = try await read(Bookkeeping.row)
    guard let row else { throw ProjectionError.notBuilt(folder: folder) }
    return (row.name, row.version, row.log, row.position)
  }

  /// The progress of the tables; `head` is the log's end.
  public func progress(head: Cut) async throws -> ProjectionProgress {
    try await read { db in try Bookkeeping.progress(db, head: head, rate: nil) }
  }

  /// The events that were skipped or left out, or at which the projection stopped.
  public func failures() async throws -> [ProjectionFailure] {
    try await read(Bookkeeping.failures)
  }

  /// Waits until the tables show every event before a position. Throws `timedOut`.
  public func waitUntil(position: Cut, timeout: Duration? = nil) async throws {
    let deadline = timeout.map { ContinuousClock.now + $0 }
    var pause = Duration.microseconds(200)
    while true {
      let reached = try await read(Bookkeeping.position)
      if reached >= position { return }
      if let deadline, ContinuousClock.now >= deadline {
        throw ProjectionError.timedOut(position: position, reached: reached)
      }
      try await Task.sleep(for: pause)
      pause = min(pause * 2, .milliseconds(5))
    }
  }
}
