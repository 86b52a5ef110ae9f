public import EvlogStore
public import GRDB
import Synchronization
public import SystemPackage

/// Keeps a projection's tables up to date.
///
///     let stock = try Projector(Stock(), over: log)
///     try await stock.catchUp()
///     let available = try await stock.read { db in
///       try Int.fetchOne(db, sql: "SELECT available FROM stock WHERE sku = 'A-7'")
///     }
///
/// - ``catchUp()`` applies what there is; ``run()`` goes on with each new event.
/// - ``append(_:)`` appends a turn and applies it before it returns.
/// - ``rebuild()`` makes new tables beside those in use, and swaps them.
/// - ``asOf(_:in:)`` gives the tables as of any cut.
///
/// The tables are in a folder; by default, in `projections` beside the log's segments. Those of a group of logs, or
/// of another history, need one that is named. There is one projector
/// for it at a time; ``ProjectionReader`` reads it in any process.
public final class Projector<P: Projection>: Sendable {
  /// How events are applied.
  public struct Options: Sendable {
    /// About how many events are applied in one transaction.
    public var batchSize: Int = 1000
    /// What happens to events that the projection cannot apply.
    public var failurePolicy: FailurePolicy = .stop
    /// Called after each transaction with the position of the tables and the end of the log.
    public var progress: (@Sendable (_ position: Cut, _ head: Cut) -> Void)?

    public init() {}
  }

  /// The projection that makes the tables.
  public let projection: P
  /// The events that they are made from.
  public let history: any History
  /// The folder of the tables.
  public let folder: FilePath
  let options: Options
  let generations: Generations
  private let lock: FolderLock
  /// The one in use; or why it is none of this projection's, so that only a rebuild helps.
  private let inUse: Mutex<Result<ProjectionDatabase<P>, ProjectionError>>
  private let meter = Mutex(Meter())

  /// Opens the projection's tables, or makes them if there are none.
  ///
  /// Throws `ProjectionError.inUse` if another projector has them. If the tables are of another version or
  /// another log, each use of them throws; ``rebuild()`` helps.
  public init(
    _ projection: P, over history: any History, in folder: FilePath? = nil,
    options: Options = Options()
  ) throws {
    self.projection = projection
    self.history = history
    self.options = options
    if let folder {
      self.folder = folder
    } else if let log = history as? EventLog, log.isOnDisk {
      self.folder = Self.folder(of: projection.name, in: log)
    } else {
      throw ProjectionError.needsFolder
    }
    generations = Generations(folder: self.folder)
    try generations.makeFolder()
    lock = try FolderLock("lock", in: self.folder)
    generations.removeLeftovers()
    let number = generations.current()
    let database = try Self.open(number ?? 1, of: projection, history, in: generations)
    if number == nil, case .success = database { try generations.use(1) }
    inUse = Mutex(database)
  }

  /// If the tables can only be rebuilt, each other use of them throws.
  private static func open(
    _ number: Int, of projection: P, _ history: any History, in generations: Generations
  ) throws -> Result<ProjectionDatabase<P>, ProjectionError> {
    let file = generations.database(number)
    do {
      return .success(try ProjectionDatabase(file, number, of: projection, history))
    } catch let error as ProjectionError {
      return .failure(error)
    } catch let error as DatabaseError where error.isOfDamage {
      return .failure(.damaged(file, error.message ?? "\(error)"))
    }
  }

  /// The default folder of the tables.
  public static func folder(of name: String, in log: EventLog) -> FilePath {
    Generations.folder(of: name, in: log)
  }

  /// The database in use; after a rebuild, that of another process too, the new one.
  func database() throws -> ProjectionDatabase<P> {
    try inUse.withLock { inUse in
      // What could not be opened is opened again here.
      if let current = generations.current(), (try? inUse.get())?.number != current {
        inUse = try Self.open(current, of: projection, history, in: generations)
      }
      return try inUse.get()
    }
  }

  func applier(for database: ProjectionDatabase<P>) -> Applier<P> {
    Applier(
      database: database, policy: options.failurePolicy, batchSize: max(1, options.batchSize)
    ) { position, events in self.advanced(to: position, by: events) }
  }

  // MARK: Applying

  /// Applies every event of the log, and returns the position of the tables.
  ///
  /// Throws `ProjectionError.failed` if the handler fails and the policy is to stop.
  @discardableResult
  public func catchUp() async throws -> ProjectionProgress {
    try refresh()
    try await applier(for: database()).advance(to: history.end)
    return try await progress()
  }

  /// A log that another process writes to may have new events.
  func refresh() throws {
    if let log = history as? EventLog, !log.isWritable { try log.refresh() }
  }

  /// Applies every event: first those in the log, then each new one.
  ///
  /// Returns when the log is closed, or after the last event of a history that does not grow; throws `CancellationError` when its task is cancelled, and what
  /// ``catchUp()`` throws.
  public func run() async throws {
    while true {
      let database = try database()
      let position = try await database.position()
      guard let log = history as? EventLog else {
        try await applier(for: database).advance(to: history.end)
        return
      }
      guard try await log.waitForEvents(after: position) else { return }
      try await applier(for: database).advance(to: history.end)
    }
  }

  /// Appends a turn and applies it before returning: a read after that sees what was written.
  ///
  /// The turn is in the log even if this throws `ProjectionError`, but for `needsLog`: the tables catch up later.
  @discardableResult
  public func append(_ turn: Turn) async throws -> Appended {
    guard let log = history as? EventLog else { throw ProjectionError.needsLog }
    let appended = try await log.append(turn)
    while true {
      let database = try database()
      try await applier(for: database).advance(to: appended.offsets.cutAfter)
      // Where a rebuild has put other tables in their place meanwhile, those count.
      if try self.database() === database { return appended }
    }
  }

  // MARK: Reading

  /// Reads the tables, all of them at one position, while events are applied.
  public func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws
    -> T
  {
    try await database().writer.read(body)
  }

  /// The progress of the tables. Throws `otherVersion` and `otherLog` if they cannot be used.
  public func progress() async throws -> ProjectionProgress {
    let rate = meter.withLock { $0.rate }
    let head = history.end
    return try await database().writer.read { db in
      try Bookkeeping.progress(db, head: head, rate: rate)
    }
  }

  /// Waits until the tables show every event before a position.
  ///
  /// Throws `timedOut` if that takes too long.
  public func waitUntil(position: Cut, timeout: Duration? = nil) async throws {
    let deadline = timeout.map { ContinuousClock.now + $0 }
    var pause = Duration.microseconds(200)
    while true {
      let found = try await database().position()
      if found >= position { return }
      if let deadline, ContinuousClock.now >= deadline {
        throw ProjectionError.timedOut(position: position, reached: found)
      }
      try await Task.sleep(for: pause)
      pause = min(pause * 2, .milliseconds(5))
    }
  }

  private func advanced(to position: Cut, by events: Int) {
    meter.withLock { $0.add(events) }
    options.progress?(position, history.end)
  }

  // MARK: Failures

  /// The events that were skipped or left out, or at which the projection stopped.
  public func failures() async throws -> [ProjectionFailure] {
    try await read(Bookkeeping.failures)
  }

  /// Applies an event that was skipped; for a stream that was left out, everything since then.
  ///
  /// Throws `failed` if it fails again, and `noFailure` if there is no failure at that offset.
  public func retry(_ offset: Offset) async throws {
    let database = try database()
    let (failures, quarantine) = try await database.writer.read { db in
      (try Bookkeeping.failures(db), try Bookkeeping.quarantine(db))
    }
    guard let failure = failures.first(where: { $0.offset == offset }) else {
      throw ProjectionError.noFailure("no failure is recorded at offset \(offset)")
    }
    let applier = applier(for: database)
    switch failure.outcome {
    case .stop: try await applier.advance(to: history.end)
    case .skip: try await applier.retry(failure, history)
    case .quarantine:
      let since = quarantine[Name(failure.stream)] ?? offset
      try await applier.retry(stream: failure.stream, since: since, failure, history)
    }
  }
}

extension Bookkeeping {
  static func progress(_ db: Database, head: Cut, rate: Double?) throws -> ProjectionProgress {
    ProjectionProgress(
      position: try position(db), head: head, rate: rate,
      skipped: try Int.fetchOne(
        db, sql: "SELECT count(*) FROM evlog_failure WHERE outcome = 'skip'") ?? 0,
      quarantined: try Int.fetchOne(db, sql: "SELECT count(*) FROM evlog_quarantine") ?? 0)
  }
}
