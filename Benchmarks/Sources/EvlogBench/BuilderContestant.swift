import EvlogProjections
import EvlogReplay
import EvlogStore
import EvlogTurns
import Foundation
import GRDB
import Synchronization
import SystemPackage

/// evlog at what a service asks of it: turns, projections, subscriptions.
struct BuilderContestant {
  let load: Load
  private let clock = ContinuousClock()

  init(_ load: Load) { self.load = load }

  private var path: FilePath { FilePath(load.folder).appending("log") }
  private var tables: FilePath { FilePath(load.folder).appending("tables") }

  func run(_ job: Job) throws -> Measurement {
    switch job {
    case .project: try waiting { try await project() }
    case .projectBare: try projectBare()
    case .rebuild: try waiting { try await rebuild() }
    case .turn: try waiting { try await turn(overBytes: false) }
    case .turnOverBytes: try waiting { try await turn(overBytes: true) }
    default: throw Failure("evlog does not do '\(job.rawValue)' here")
    }
  }

  // MARK: Projections

  private func project() async throws -> Measurement {
    let log = try EventLog.openReadOnly(path)
    removeTables()
    let projector = try Projector(LastAmounts(), over: log, in: tables)
    let start = clock.now
    try await projector.catchUp()
    let seconds = (clock.now - start).inSeconds
    let sum = try await projector.read(LastAmounts.sum)
    return Measurement(seconds: seconds, events: UInt64(log.end), checksum: sum)
  }

  /// The same rows in transactions of the same size, from memory.
  private func projectBare() throws -> Measurement {
    let log = try EventLog.openReadOnly(path)
    removeTables()
    let projection = LastAmounts()
    var events: [(CodableTotals.Event, EventContext)] = []
    events.reserveCapacity(Int(log.end))
    var cursor = log.events().makeCursor()
    while let event = try cursor.next() {
      events.append((try projection.decode(event), EventContext(event)))
    }
    var configuration = Configuration()
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
    let pool = try DatabasePool(
      path: tables.string + ".sqlite", configuration: configuration)
    var migrator = DatabaseMigrator()
    projection.migrate(&migrator)
    try migrator.migrate(pool)
    let start = clock.now
    for first in stride(from: 0, to: events.count, by: 1000) {
      try pool.write { db in
        for (event, context) in events[first..<min(first + 1000, events.count)] {
          try projection.apply(event, context, to: db)
        }
      }
    }
    let seconds = (clock.now - start).inSeconds
    return Measurement(
      seconds: seconds, events: UInt64(log.end), checksum: try pool.read(LastAmounts.sum))
  }

  private func rebuild() async throws -> Measurement {
    let log = try EventLog.openReadOnly(path)
    removeTables()
    let projection = Counting()
    let projector = try Projector(projection, over: log, in: tables)
    let start = clock.now
    try await projector.rebuild()
    let seconds = (clock.now - start).inSeconds
    guard projection.count.load(ordering: .relaxed) == UInt64(log.end) else {
      throw Failure("the rebuild has not counted every event")
    }
    return Measurement(seconds: seconds, events: UInt64(log.end))
  }

  private func removeTables() {
    for suffix in ["", ".sqlite", ".sqlite-wal", ".sqlite-shm"] {
      try? FileManager.default.removeItem(atPath: tables.string + suffix)
    }
  }

  // MARK: Turns

  /// Blocks of turns and blocks of appends in turn, so that the disk is the same for both; the times are
  /// the differences, a turn. An append makes the same event's bytes, or has them.
  private func turn(overBytes: Bool) async throws -> Measurement {
    let log = try EventLog.create(path)
    let block = 20
    let runner = try TurnRunner(Purse(), on: log)
    try await runner.run(1, on: "purse")
    let event = Purse.Event.moved(cents: 1)
    let encoded = try EncodedEvent(encoding: event)
    var differences: [Duration] = []
    for i in 0..<(Int(load.events) / block) {
      let start = clock.now
      for _ in 0..<block { try await runner.run(1, on: "purse") }
      let middle = clock.now
      for j in 0..<block {
        let next: Turn.Expectation =
          i + j == 0 ? .noStream : .revision(Revision(i * block + j - 1))
        if overBytes {
          try await log.append(
            Turn([NewEvent(encoded, stream: "other")], expecting: ["other": next]))
        } else {
          try await log.append(event, to: "other", expecting: next)
        }
      }
      let end = clock.now
      differences.append(max(.zero, (middle - start) - (end - middle)) / block)
    }
    var result = Measurement(
      seconds: differences.reduce(.zero, +).inSeconds, events: load.events)
    result.latencies = Latencies(differences)
    log.close()
    return result
  }
}

/// The last amount of each account.
private struct LastAmounts: Projection {
  typealias Event = CodableTotals.Event

  func decode(_ event: RecordedEvent) throws -> Event {
    try StateDecoder().decode(Event.self, from: event.data)
  }

  func migrate(_ migrator: inout DatabaseMigrator) {
    migrator.registerMigration("amounts") { db in
      try db.execute(
        sql:
          "CREATE TABLE amount (account TEXT PRIMARY KEY, amount TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID"
      )
    }
  }

  func apply(_ event: Event, _ context: EventContext, to db: Database) throws {
    try db.cachedStatement(
      sql:
        "INSERT INTO amount VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET amount = excluded.amount, at = excluded.at"
    ).execute(arguments: [event.account, event.amount, Int64(context.offset)])
  }

  @Sendable static func sum(_ db: Database) throws -> UInt64 {
    let sum = try Int64.fetchOne(
      db, sql: "SELECT sum(at * 3 + length(account || amount)) FROM amount")
    return UInt64(sum ?? 0)
  }
}

/// Counts events, and writes nothing.
private struct Counting: Projection {
  typealias Event = CodableTotals.Event
  final class Count: Sendable {
    let value = Atomic<UInt64>(0)
    func load(ordering: AtomicLoadOrdering) -> UInt64 { value.load(ordering: .relaxed) }
  }
  let count = Count()

  func decode(_ event: RecordedEvent) throws -> Event {
    try StateDecoder().decode(Event.self, from: event.data)
  }
  func migrate(_ migrator: inout DatabaseMigrator) {}
  func apply(_ event: Event, _ context: EventContext, to db: Database) {
    count.value.add(1, ordering: .relaxed)
  }
}

/// A decider with a state, an invariant and hardly anything to decide.
private struct Purse: Decider {
  struct State: Codable, Sendable {
    var cents = 0
    var moves: [String: Int] = [:]
  }
  enum Event: Codable, Sendable { case moved(cents: Int) }

  let initialState = State()
  let scope = Scope.stream

  func decide(_ command: Int, _ state: State) -> [Event] { [.moved(cents: command)] }
  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    guard case .moved(let cents) = event else { return }
    state.cents += cents
    state.moves["\(cents)", default: 0] += 1
  }
  var invariants: [Invariant<Purse>] { [.always("never empty") { $0.cents > 0 }] }
}
