public import EvlogCore
public import EvlogJSON
public import EvlogProjections

extension Answers {
  public struct ProjectionName: Codable, Sendable, Hashable {
    public let name: String
    public let version: Int

    public init(name: String, version: Int) { (self.name, self.version) = (name, version) }
    public init(_ projection: some Projection) {
      self.init(name: projection.name, version: projection.version)
    }
  }

  /// How far a projection's tables are.
  public struct ProjectionPosition: Codable, Sendable, Hashable {
    /// The cut that the tables are at, and the log's last one.
    public let position, head: Cut
    public let lag: UInt64
    /// Events that were skipped, and streams that are left out.
    public let skipped, quarantined: Int

    public init(_ progress: ProjectionProgress) {
      (position, head, lag) = (progress.position, progress.head, progress.lag)
      (skipped, quarantined) = (Int(progress.skipped), Int(progress.quarantined))
    }
  }

  public struct TableDifference: Codable, Sendable, Hashable {
    public let table: String
    /// Numbers of rows that only one side has, and some of them.
    public let onlyOld, onlyNew: Int
    public let oldRows, newRows: [String]

    init(_ difference: EvlogProjections.TableDifference) {
      table = difference.table
      (onlyOld, onlyNew) = (Int(difference.onlyOld), Int(difference.onlyNew))
      (oldRows, newRows) = (difference.oldRows, difference.newRows)
    }
  }

  public struct ProjectRun: Answer {
    public var question: String { "project run" }
    public let projection: ProjectionName
    public let progress: ProjectionPosition
    /// The position at which it began.
    public let from: Cut
    @Seconds public private(set) var seconds: Duration

    public init(
      _ projection: some Projection, _ progress: ProjectionProgress, from: Cut, took: Duration
    ) {
      self.projection = ProjectionName(projection)
      self.progress = ProjectionPosition(progress)
      self.from = from
      seconds = took
    }
  }

  public struct ProjectStatus: Answer {
    public var question: String { "project status" }

    public struct Failure: Codable, Sendable, Hashable {
      public let offset: Offset
      public let stream, type, message: String
      public let attempts: Int
      /// `stop`, `skip` or `quarantine`.
      public let outcome: String
      public let failedAt: Timestamp

      init(_ failure: ProjectionFailure) {
        offset = failure.offset
        (stream, type, message) = (failure.stream, failure.type, failure.message)
        attempts = Int(failure.attempts)
        outcome = failure.outcome.rawValue
        failedAt = failure.failedAt
      }
    }

    public let projection: ProjectionName
    /// Whether the tables are what the given projection makes of this log.
    public let isCurrent: Bool
    public let progress: ProjectionPosition
    public let failures: [Failure]

    public init(
      _ projection: ProjectionName, isCurrent: Bool, _ progress: ProjectionProgress,
      _ failures: [ProjectionFailure]
    ) {
      self.projection = projection
      self.isCurrent = isCurrent
      self.progress = ProjectionPosition(progress)
      self.failures = failures.map(Failure.init)
    }
  }

  public struct ProjectRebuild: Answer {
    public var question: String { "project rebuild" }
    public let projection: ProjectionName
    public let position: Cut
    public let resumedFrom: Cut
    /// From the old tables; null if they could not be compared.
    @Nullable public private(set) var differences: [TableDifference]?
    @Seconds public private(set) var seconds: Duration

    public init(
      _ projection: some Projection, position: Cut, resumedFrom: Cut,
      _ differences: [EvlogProjections.TableDifference]?, took: Duration
    ) {
      self.projection = ProjectionName(projection)
      (self.position, self.resumedFrom) = (position, resumedFrom)
      self.differences = differences?.map(TableDifference.init)
      seconds = took
    }
  }

  public struct ProjectVerify: Answer {
    public var question: String { "project verify" }
    public let projection: ProjectionName
    public let position: Cut
    public let differences: [TableDifference]

    public init(
      _ projection: some Projection, position: Cut,
      _ differences: [EvlogProjections.TableDifference]
    ) {
      self.projection = ProjectionName(projection)
      self.position = position
      self.differences = differences.map(TableDifference.init)
    }
  }

  public struct ProjectRetry: Answer {
    public var question: String { "project retry" }
    public let projection: ProjectionName
    /// The offsets of the events that were applied.
    public let retried: [Offset]
    public let progress: ProjectionPosition

    public init(_ projection: some Projection, retried: [Offset], _ progress: ProjectionProgress) {
      self.projection = ProjectionName(projection)
      self.retried = retried
      self.progress = ProjectionPosition(progress)
    }
  }

  /// The rows of a query. The command writes them as they are found.
  public struct Query: Answer {
    public var question: String { "query" }
    /// The cut at which events and tables are shown, and the log's last one.
    public let cut, end: Cut
    public let columns: [String]
    public var rows: [[JSONValue]] = []
    public var warnings: [String] = []

    public init(at cut: Cut, of end: Cut, columns: [String]) {
      (self.cut, self.end, self.columns) = (cut, end, columns)
    }
  }
}
