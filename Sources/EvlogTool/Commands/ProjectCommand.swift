import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogProjections
import EvlogStore
import SystemPackage

struct ProjectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "project", abstract: "Keep tables in SQLite up to date with a log.",
    discussion: """
      A projection is a SQL file, in sections that begin with a comment:

        -- projection: stock 1
        CREATE TABLE stock (sku TEXT PRIMARY KEY, available INTEGER NOT NULL);

        -- on: StockCounted
        INSERT OR REPLACE INTO stock VALUES (:sku, :quantity);

        -- on: StockReserved
        UPDATE stock SET available = available - :quantity WHERE sku = :sku;

        -- ignore: PageViewed, OrderPlaced, ReservationReleased, OrderShipped

      The number is the projection's version. When you change the file, raise it and rebuild: \
      tables that were made by another text are refused. A parameter :NAME is a member of the \
      event's data. The event itself has @offset, @stream, @revision, @type, @time, @id, \
      @causation, @correlation, @schemaVersion, @contentType, @metadata, and all of its data as \
      JSON in @data, which is NULL if there is none. @causation is a JSON array if there are \
      several causes; @causes is one in any case, or NULL. A type that is in no section is a failure, \
      and so is a missing member; write @data ->> '$.member' for one that may be missing. Data or \
      metadata that is not JSON is in @bytes and @metadataBytes. A text with U+0000 is a failure \
      where ->> or json_extract would cut it off; :NAME is the whole text. Numbers stay numbers: \
      one that is not a 64-bit integer becomes the nearest double, and @data -> '$.member' is its \
      own text.

      The SQL for an event changes rows of the tables that the first section makes. It may take at \
      most 10 seconds (--handler-seconds), with values of at most 64 MiB. ATTACH, transactions, \
      PRAGMAs that set something, temporary tables, random(), the current time (also \
      datetime('now'), and as a column's default), the computer's time zone, changes(), \
      total_changes() and last_insert_rowid() are refused.

      If a type's name contains a comma, put it in quotes: -- on: "A,B", C. Write a quote in it \
      twice.

      The tables are in LOG/projections/NAME/current, a SQLite file; those of a group are in \
      FILE.projections/NAME/current. They are always written together with the position, so each \
      event is applied exactly once. If later events come before others in the order of a group, \
      its tables must be rebuilt.

      EXAMPLES
        evlog project run shop.evlog --projection stock.sql
        evlog project status shop.evlog --projection stock.sql
        evlog query shop.evlog --projection stock.sql --at 7778 "SELECT * FROM stock"
      """,
    subcommands: [Run.self, Status.self, Rebuild.self, Verify.self, Retry.self])

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Apply the log's events to the tables.",
      discussion: """
        Ends when it has caught up; with --follow, goes on to apply each new event, also while \
        another process writes. It can be stopped at any moment, and continues where it was.

        EXAMPLES
          evlog project run shop.evlog --projection stock.sql
          evlog project run shop.evlog --projection stock.sql --follow --on-failure quarantine
        """)
    @OptionGroup var store: HistoryOptions
    @OptionGroup var projection: ProjectionOptions
    @OptionGroup var failures: FailureOptions
    @Flag(help: "Go on, and apply each new event as it comes.") var follow = false

    func run() async throws { try await run(try projection.load()) }

    private func run<P: Projection>(_ projection: P) async throws {
      let log = try store.history()
      let start = ContinuousClock.now
      let bar = Progress("applying", of: log.end, unless: store.json)
      let projector = try projection.projector(
        over: log, in: self.projection.folder(for: projection, of: log, at: store.store),
        failures, bar)
      let before = try await projector.progress().position
      let progress = try await projector.catchUp()
      bar.finish()
      try report(projector, progress, from: before, ContinuousClock.now - start)
      guard follow else { return }
      guard log is EventLog else {
        throw Failure.usage(
          "--follow is for one log: a group is read as it was when the verb began.")
      }
      Output.standard.flush()
      try await projector.run()
    }

    private func report<P>(
      _ projector: Projector<P>, _ progress: ProjectionProgress, from: Cut, _ took: Duration
    ) throws {
      if store.json {
        try Answers.ProjectRun(projector.projection, progress, from: from, took: took).print()
      } else {
        Output.standard.line(
          "\(projector.projection.name)  \(ProjectText.progress(progress)); "
            + "\(Words.count(progress.position - from, "event")), \(Words.duration(took))")
      }
    }
  }

  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how far the tables are, and which events failed.",
      discussion: """
        Works while a projector is running. Exits with 1 if events failed, and with 2 if the \
        tables are not what the file, as it is now, makes of this log.

        EXAMPLES
          evlog project status shop.evlog --projection stock.sql
          evlog project status shop.evlog --projection stock.sql --json
        """)
    @OptionGroup var store: HistoryOptions
    @OptionGroup var projection: ProjectionOptions

    func run() async throws {
      let projection = try projection.load()
      let log = try store.history()
      let tables = try self.projection.folder(for: projection, of: log, at: store.store)
      let reader = ProjectionReader(in: tables)
      let about = try await reader.about()
      let progress = try await reader.progress(head: log.end)
      let failures = try await reader.failures()
      let mismatch = try await reader.mismatch(with: projection, over: log)
      if store.json {
        try Answers.ProjectStatus(
          .init(name: about.name, version: about.version), isCurrent: mismatch == nil, progress,
          failures
        ).print()
      } else {
        let out = Output.standard
        out.line("\(about.name) version \(about.version)  \(ProjectText.progress(progress))")
        for failure in failures { out.line(ProjectText.failure(failure)) }
        if let first = failures.first {
          out.line(
            "next  \(EvlogTool.name) project retry \(Words.shell(store.store)) --projection \(Words.shell(self.projection.projection)) --offset \(first.offset)"
          )
        }
      }
      if let mismatch { throw mismatch }
      if !failures.isEmpty { throw Failure(.found, "") }
    }
  }

  struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Build new tables beside the old ones, and swap them.",
      discussion: """
        Readers see the old tables until the new ones are complete and verified. An interrupted \
        rebuild continues where it was.

        EXAMPLES
          evlog project rebuild shop.evlog --projection stock.sql
          evlog project rebuild shop.evlog --projection stock.sql --on-failure skip --json
        """)
    @OptionGroup var store: HistoryOptions
    @OptionGroup var projection: ProjectionOptions
    @OptionGroup var failures: FailureOptions

    func run() async throws { try await run(try projection.load()) }

    private func run<P: Projection>(_ projection: P) async throws {
      let log = try store.history()
      let start = ContinuousClock.now
      let bar = Progress("rebuilding", of: log.end, unless: store.json)
      let projector = try projection.projector(
        over: log, in: self.projection.folder(for: projection, of: log, at: store.store),
        failures, bar)
      let rebuilt = try await projector.rebuild()
      bar.finish()
      let took = ContinuousClock.now - start
      if store.json {
        try Answers.ProjectRebuild(
          projection, position: rebuilt.position, resumedFrom: rebuilt.resumedFrom,
          rebuilt.differences, took: took
        ).print()
      } else {
        let out = Output.standard
        out.line(
          "\(projection.name) version \(projection.version)  rebuilt to position "
            + "\(Words.number(rebuilt.position))"
            + (rebuilt.resumedFrom > 0 ? ", from \(Words.number(rebuilt.resumedFrom))" : "")
            + ", \(Words.duration(took))")
        switch rebuilt.differences {
        case nil: out.line("the old tables could not be compared with the new ones")
        case let found?:
          for line in found.flatMap(\.lines) { out.line(line) }
          if found.isEmpty { out.line("the new tables are as the old ones were") }
        }
      }
    }
  }

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compare the tables with freshly built ones.",
      discussion: """
        Exits with 1 if they differ: something else wrote to them, or what an event does is not \
        the same each time.

        EXAMPLES
          evlog project verify shop.evlog --projection stock.sql
          evlog project verify shop.evlog --projection stock.sql --json
        """)
    @OptionGroup var store: HistoryOptions
    @OptionGroup var projection: ProjectionOptions
    @OptionGroup var failures: FailureOptions

    func run() async throws { try await run(try projection.load()) }

    private func run<P: Projection>(_ projection: P) async throws {
      let log = try store.history()
      let bar = Progress("applying", of: log.end, unless: store.json)
      let projector = try projection.projector(
        over: log, in: self.projection.folder(for: projection, of: log, at: store.store),
        failures, bar)
      let position = try await projector.progress().position
      let differences = try await projector.verify()
      bar.finish()
      if store.json {
        try Answers.ProjectVerify(projection, position: position, differences).print()
      } else if differences.isEmpty {
        Output.standard.line(
          "\(projection.name)  the tables are what \(Words.count(position, "event")) make of them")
      } else {
        for line in differences.flatMap(\.lines) { Output.standard.line(line) }
      }
      if !differences.isEmpty { throw Failure(.found, "") }
    }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Retry events that failed.",
      discussion: """
        A skipped event is applied now, after later ones. For a stream that was left out, \
        everything since then is applied, in order.

        EXAMPLES
          evlog project retry shop.evlog --projection stock.sql --offset 7777
          evlog project retry shop.evlog --projection stock.sql --all
        """)
    @OptionGroup var store: HistoryOptions
    @OptionGroup var projection: ProjectionOptions
    @OptionGroup var failures: FailureOptions
    @Option(help: "The offset of the event.") var offset: Offset?
    @Flag(help: "Retry every event that failed.") var all = false

    func validate() throws {
      if (offset == nil) != all { throw ValidationError("Give --offset, or --all.") }
    }

    func run() async throws { try await run(try projection.load()) }

    private func run<P: Projection>(_ projection: P) async throws {
      let log = try store.history()
      let bar = Progress("applying", of: log.end, unless: store.json)
      let projector = try projection.projector(
        over: log, in: self.projection.folder(for: projection, of: log, at: store.store),
        failures, bar)
      let failed = try await projector.failures().map(\.offset)
      let offsets = offset.map { [$0] } ?? failed
      for offset in offsets { try await projector.retry(offset) }
      bar.finish()
      let progress = try await projector.progress()
      if store.json {
        try Answers.ProjectRetry(projection, retried: offsets, progress).print()
      } else {
        Output.standard.line(
          "\(projection.name)  \(Words.count(offsets.count, "failure")) retried; "
            + ProjectText.progress(progress))
      }
    }
  }
}

extension Projection {
  fileprivate func projector(
    over log: any History, in folder: FilePath,
    _ failures: FailureOptions, _ bar: Progress
  ) throws -> Projector<Self> {
    var own = Projector<Self>.Options()
    own.batchSize = failures.batch
    own.failurePolicy = failures.policy
    own.progress = { position, _ in bar.update(position) }
    return try Projector(self, over: log, in: folder, options: own)
  }
}

/// What is said of projections.
enum ProjectText {
  static func progress(_ progress: ProjectionProgress) -> String {
    var text = "position \(Words.number(progress.position)) of \(Words.number(progress.head))"
    if progress.skipped > 0 { text += ", \(Words.count(progress.skipped, "event")) skipped" }
    if progress.quarantined > 0 {
      text += ", \(Words.count(progress.quarantined, "stream")) left out"
    }
    return text
  }

  static func failure(_ failure: ProjectionFailure) -> String {
    let outcome =
      switch failure.outcome {
      case .stop: "stopped at"
      case .skip: "skipped"
      case .quarantine: "stream left out since"
      }
    return "\(outcome)  \(Words.number(failure.offset))  \(Words.plain(failure.stream))  "
      + "\(Words.plain(failure.type))  \(Words.plain(failure.message))"
  }
}
