public import EvlogStore
import GRDB
import SystemPackage

extension Projector {
  /// The result of a rebuild.
  public struct Rebuilt: Sendable {
    /// The cut of the new tables when they came into use.
    public let position: Cut
    /// The position of an earlier, interrupted rebuild that this one continued.
    public let resumedFrom: Cut
    /// How the new tables differ from the old ones at the same position; nil if they could not be compared,
    /// because the old ones are of another version, or behind.
    public let differences: [TableDifference]?
  }

  /// Makes new tables from the log's beginning, beside those in use, verifies them, and puts them in use.
  ///
  /// Readers, and new events, use the old tables until the new ones are complete. An interrupted rebuild
  /// continues where it was. A handler that fails is treated as usual, so that live and rebuilt tables are the
  /// same.
  ///
  /// Throws `inUse` if another rebuild is running, and `notVerified`.
  @discardableResult
  public func rebuild() async throws -> Rebuilt {
    let lock = try generations.lockForRebuild()
    defer { withExtendedLifetime(lock) {} }
    try refresh()
    let number = generations.next()
    let new = try unfinished(number)
    let resumedFrom = try await new.position()
    let applier = quickApplier(for: new)
    let differences = try await differences(from: new, applier)
    try await applier.advance(to: history.end)
    try await new.verify()
    // What came while that went on; the rest is applied when the tables are in use.
    try await applier.advance(to: history.end)
    try await new.makeDurable()
    try generations.use(number)
    // Nobody reads less than was there before.
    let current = try database()
    try await self.applier(for: current).advance(to: history.end)
    let position = try await current.position()
    generations.removeOld()
    return Rebuilt(position: position, resumedFrom: resumedFrom, differences: differences)
  }

  /// Compares the tables in use with tables that are newly made up to the same position; changes nothing.
  ///
  /// A difference comes from a handler that is not a pure function of the event and its own tables, from
  /// another handler of the same version, or from outside.
  public func verify() async throws -> [TableDifference] {
    let lock = try generations.lockForRebuild()
    defer { withExtendedLifetime(lock) {} }
    try await database().verify()
    let file = generations.scratch
    Generations.remove(file)
    defer { Generations.remove(file) }
    let new = try ProjectionDatabase(file, of: projection, history)
    return try await differences(from: new, quickApplier(for: new)) ?? []
  }

  /// What an earlier rebuild left, if it is of use, or an empty database.
  private func unfinished(_ number: Int) throws -> ProjectionDatabase<P> {
    let file = generations.database(number)
    do { return try ProjectionDatabase(file, number, of: projection, history) } catch {
      Generations.remove(file)
      return try ProjectionDatabase(file, number, of: projection, history)
    }
  }

  /// No reader uses what it makes, so its transactions may be long.
  private func quickApplier(for database: ProjectionDatabase<P>) -> Applier<P> {
    Applier(
      database: database, policy: options.failurePolicy, batchSize: max(10_000, options.batchSize)
    ) { position, _ in self.options.progress?(position, self.history.end) }
  }

  /// Brings new tables to where those in use are, and compares them there.
  private func differences(from new: ProjectionDatabase<P>, _ applier: Applier<P>) async throws
    -> [TableDifference]?
  {
    // Tables that cannot be opened are why one rebuilds: there is nothing to compare with.
    guard let old = try? database() else { return nil }
    let copy = generations.copy
    Generations.remove(copy)
    defer { Generations.remove(copy) }
    try await old.copy(to: copy)
    let position = try await DatabaseQueue(path: copy.string).read(Bookkeeping.position)
    guard try await new.position() <= position else { return nil }
    try await applier.advance(to: position)
    return try TableDifference.between(copy, new.file)
  }
}

extension ProjectionDatabase {
  /// Brings the journal into the file, and the file onto the disk.
  func makeDurable() async throws {
    do {
      try await writer.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA synchronous = FULL")
        try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        try db.execute(sql: "PRAGMA synchronous = NORMAL")
      }
    } catch { throw ProjectionError.naming(file, error) }
  }

  /// Throws `notVerified` where SQLite finds the file damaged, or a foreign key that leads nowhere.
  func verify() async throws {
    let problems = try await writer.read { db in
      try String.fetchAll(db, sql: "PRAGMA quick_check").filter { $0 != "ok" }
        + Row.fetchAll(db, sql: "PRAGMA foreign_key_check").prefix(3).map { row in
          "a row of '\(row[0] as String? ?? "?")' refers to none of '\(row[2] as String? ?? "?")'"
        }
    }
    if let problem = problems.first { throw ProjectionError.notVerified(problem) }
  }

  /// Copies the tables as they are at one position, while they are written to.
  func copy(to file: FilePath) async throws {
    do { try await writer.vacuum(into: file.string) } catch {
      throw ProjectionError.naming(file, error)
    }
  }
}
