public import EvlogCore
import EvlogReplay
public import GRDB
public import SystemPackage

extension Projector {
  /// The tables as of a cut, separate from the current ones: in memory, or in a file that must not exist.
  ///
  ///     let past = try await stock.asOf(7_778)
  ///     let available = try await past.read { db in
  ///       try Int.fetchOne(db, sql: "SELECT available FROM stock WHERE sku = 'A-7'")
  ///     }
  ///     try await past.move(to: 7_777)
  public func asOf(_ cut: Cut, in file: FilePath? = nil) async throws -> PastTables<P> {
    try await PastTables(
      of: projection, over: history, at: cut, in: file, policy: options.failurePolicy,
      progress: options.progress)
  }
}

/// A projection's tables as of any cut, and step by step from there, forward and back.
///
/// Getting there applies the events from the beginning. The last steps are kept as changesets, so a step
/// back costs what it changes; going back further starts again from the beginning.
public actor PastTables<P: Projection> {
  /// How many of the last steps can be undone.
  static var stepLimit: UInt64 { 256 }

  /// The projection that makes the tables.
  public nonisolated let projection: P
  /// The events that they are made from.
  public nonisolated let history: any History
  /// The cut that the tables show.
  public private(set) var cut: Cut = 0
  private let file: FilePath?
  private let policy: FailurePolicy
  private let progress: (@Sendable (Cut, Cut) -> Void)?
  private var database: ProjectionDatabase<P>
  /// The changes of the last events, and whether they can be noted at all.
  private var steps: [Changeset] = []
  private let notesSteps: Bool
  /// The last way that was asked for.
  private var moving: Task<Void, any Error>?

  /// Makes the tables as of a cut, in memory or in a file that must not exist.
  ///
  /// Throws `CutBeyondEnd` if the history has not reached the cut, and what the projection throws.
  public init(
    of projection: P, over history: any History, at cut: Cut, in file: FilePath? = nil,
    policy: FailurePolicy = .stop,
    progress: (@Sendable (_ position: Cut, _ cut: Cut) -> Void)? = nil
  ) async throws {
    self.projection = projection
    self.history = history
    self.file = file
    self.policy = policy
    self.progress = progress
    let database = try ProjectionDatabase(past: projection, history, in: file)
    self.database = database
    notesSteps = try await database.writer.read(Changeset.coversAll)
    try await move(to: cut)
  }

  /// Reads the tables as of the cut.
  public func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws
    -> T
  {
    try await database.writer.read(body)
  }

  /// Moves to another cut, forward or back. Throws `CutBeyondEnd` if the history has not reached it.
  ///
  /// Moves run one after the other. If one is interrupted, ``cut`` says how far it came.
  public func move(to target: Cut) async throws {
    let before = moving
    let own = Task {
      _ = await before?.result
      try await self.go(straightTo: target)
    }
    moving = own
    try await withTaskCancellationHandler {
      try await own.value
    } onCancel: {
      own.cancel()
    }
  }

  private func go(straightTo target: Cut) async throws {
    do { try await find(target) } catch {
      steps = []
      // What failed first is what there is to tell.
      cut = (try? await database.position()) ?? cut
      throw error
    }
  }

  private func find(_ target: Cut) async throws {
    guard target <= history.end else {
      throw Replayer.CutBeyondEnd(cut: target, end: history.end)
    }
    if target < cut {
      let count = Int(cut - target)
      guard count > steps.count else {
        let undone = Array(steps.suffix(count).reversed())
        try await database.transaction { db, batch in
          for step in undone { try step.undo(db) }
          batch.forget()
        }
        steps.removeLast(count)
        cut = target
        return
      }
      try startAnew()
    }
    let noted = notesSteps ? min(target - cut, Self.stepLimit) : 0
    try await go(to: target - noted)
    if noted > 0 { try await note(to: target) }
  }

  private func startAnew() throws {
    if let file {
      try database.writer.close()
      Generations.remove(file)
    }
    database = try ProjectionDatabase(past: projection, history, in: file)
    steps = []
    cut = 0
  }

  private func go(to target: Cut) async throws {
    guard target > cut else { return }
    let progress = progress
    let applier = Applier(database: database, policy: policy, batchSize: 10_000) { position, _ in
      progress?(position, target)
    }
    try await applier.advance(to: target)
    // What was noted before does not lead here any more.
    steps = []
    cut = target
  }

  /// Goes event by event, and notes what each changes.
  private func note(to target: Cut) async throws {
    let start = cut
    do {
      steps += try await database.transaction { db, batch in
        try (start..<target).map { cut in
          try Changeset.noting(db) { _ = try batch.apply(db, before: cut + 1, atMost: 1) }
        }
      }
      let limit = Int(Self.stepLimit)
      if steps.count > limit { steps.removeFirst(steps.count - limit) }
      cut = target
    } catch is Batch<P>.Failed {
      // The policy decides, which needs transactions of its own.
      try await go(to: target)
    }
  }
}
