import EvlogCore
import EvlogProjections
import EvlogReplay
import Synchronization

/// Tables that are asked in SQL as of any cut: the events and, with a projection, its own. One question at a time is
/// answered for each projection, for the tables move.
final class SubjectTables: Sendable {
  private let history: any History
  let projections: [any Projection]
  private let last = Mutex<[String: Task<Asked, any Error>]>([:])

  /// The tables where a question left them, and its answer.
  private struct Asked: Sendable {
    let tables: any TablesInTime
    let page: Result<SQLPage, any Error>
  }

  init(_ projections: [any Projection], over history: any History) {
    self.projections = projections
    self.history = history
  }

  func page(_ sql: String, of name: String?, at cut: Cut, seconds: Double, limit: Int) async throws
    -> SQLPage
  {
    guard let name else {
      return try await QuestionThreads.run {
        try SQLPage.of(sql, events: self.history, before: cut, seconds: seconds, limit: limit)
      }
    }
    guard let projection = projections.first(where: { Name($0.name) == Name(name) }) else {
      throw StudioError(404, "There is no projection '\(name)'.")
    }
    let task = last.withLock { last in
      let task = Self.asking(projection, history, after: last[name]) { tables in
        try await tables.page(sql, at: cut, seconds: seconds, limit: limit)
      }
      last[name] = task
      return task
    }
    return try await task.value.page.get()
  }

  /// Asks once the question before is answered, with the tables that it left, unless those could not be made.
  private static func asking(
    _ projection: any Projection, _ history: any History, after before: Task<Asked, any Error>?,
    _ ask: @escaping @Sendable (any TablesInTime) async throws -> SQLPage
  ) -> Task<Asked, any Error> {
    Task {
      let tables: any TablesInTime
      // Why the question before had no tables was its own answer.
      if let known = try? await before?.value.tables {
        tables = known
      } else {
        tables = try await projection.tablesInTime(over: history)
      }
      let page: Result<SQLPage, any Error>
      do { page = .success(try await ask(tables)) } catch { page = .failure(error) }
      return Asked(tables: tables, page: page)
    }
  }
}
