import EvlogMachine
import EvlogStore
import Foundation
import GRDB
import SystemPackage

/// One database of a projection, open for applying events to it.
final class ProjectionDatabase<P: Projection>: Sendable {
  let file: FilePath
  /// Among the databases of its folder.
  let number: Int
  let writer: any DatabaseWriter
  /// The event types that are read for the projection.
  let types: Set<String>?
  /// Used in the transactions of the one writer that a database has, and so by one at a time.
  private let batch: Batch<P>

  /// Opens a database, and makes it where there is none. Throws `otherVersion`, `otherText` and
  /// `otherLog` where it is not this projection's, of this log.
  convenience init(_ file: FilePath, _ number: Int = 0, of projection: P, _ history: any History)
    throws
  {
    var configuration = Configuration()
    configuration.label = "projection \(projection.name)"
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      // What a power cut takes back, it takes back together with the position.
      try db.execute(sql: "PRAGMA synchronous = NORMAL")
      // What is erased is overwritten.
      try db.execute(sql: "PRAGMA secure_delete = ON")
    }
    let pool = try ProjectionError.naming(file) {
      try DatabasePool(path: file.string, configuration: configuration)
    }
    try self.init(pool, file, number, of: projection, history)
  }

  /// A database of its own, in memory or in a new file.
  convenience init(past projection: P, _ history: any History, in file: FilePath?) throws {
    if let file, FileManager.default.fileExists(atPath: file.string) {
      throw ProjectionError.fileExists(file)
    }
    try self.init(
      try file.map { try DatabaseQueue(path: $0.string) } ?? DatabaseQueue(),
      file ?? ":memory:", 0, of: projection, history)
  }

  private init(
    _ writer: any DatabaseWriter, _ file: FilePath, _ number: Int, of projection: P,
    _ history: any History
  ) throws {
    self.writer = writer
    self.file = file
    self.number = number
    let types = projection.storedTypes.map { $0.union([ControlEvents.erased]) }
    self.types = types
    let record = Bookkeeping(projection, history)
    var migrator = DatabaseMigrator()
    projection.migrate(&migrator)
    try ProjectionError.naming(file) {
      if P.self == SQLProjection.self { try writer.writeWithoutTransaction(SteadyTime.add) }
      if let row = try writer.read(Bookkeeping.row) {
        try record.check(row, of: history, in: file.removingLastComponent())
      }
      try writer.write(record.migrate)
      try migrator.migrate(writer)
    }
    batch = Batch(projection, history, types)
  }

  /// Uses the applier in a transaction of its own, which is kept only if the body does not throw.
  func transaction<R: Sendable>(
    _ body: @escaping @Sendable (Database, Batch<P>) throws -> R
  ) async throws -> R {
    do {
      return try await writer.write { db in
        do { return try body(db, self.batch) } catch {
          self.batch.forget()
          throw error
        }
      }
    } catch {
      // The transaction may have failed at its end, too.
      try? await writer.write { _ in self.batch.forget() }
      throw ProjectionError.naming(file, error)
    }
  }

  /// Personal data was taken out: the tables that were in use before still have it.
  func removeOlder() {
    let generations = Generations(folder: file.removingLastComponent())
    guard number > 0, generations.current() == number else { return }
    for other in generations.all() where other < number {
      Generations.remove(generations.database(other))
    }
  }

  func position() async throws -> Cut { try await writer.read(Bookkeeping.position) }
}
