import BoxOffice
import Evlog
import EvlogTesting
import GRDB
import Testing

@Suite struct RebuildsSnippets {
  /// How many reservations each customer has.
  struct Regulars: Projection {
    typealias Event = Show.Event

    var version = 1
    let types: Set<String>? = ["reserved"]
    let upcasters = Show.upcasters
    var isBroken = false

    func migrate(_ migrator: inout DatabaseMigrator) {
      migrator.registerMigration("regulars") { db in
        try db.create(table: "regular") { table in
          table.primaryKey("customer", .text)
          table.column("reservations", .integer).notNull()
        }
      }
    }

    func apply(_ event: Event, _ context: EventContext, to db: Database) throws {
      guard case .reserved(_, let customer, _) = event else { return }
      if isBroken, customer == "ada" { throw Unknown(customer: customer) }
      try db.execute(
        sql: """
          INSERT INTO regular VALUES (?, 1)
          ON CONFLICT DO UPDATE SET reservations = reservations + 1
          """, arguments: [customer])
    }
  }

  struct Unknown: Error { let customer: String }

  /// A show with three reservations: ada's two, and one of alan's.
  private func log(in folder: Scratch) async throws -> EventLog {
    let log = try EventLog.open(folder.path.appending("box-office.evlog"))
    let shows = try TurnRunner(Show(), on: log)
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    for (i, customer) in ["ada", "alan", "ada"].enumerated() {
      try await shows.run(
        .reserve(seats: 1, customer: customer, reservation: "r\(i)"), on: "hamlet")
    }
    return log
  }

  private func first(_ db: Database) throws -> String? {
    try Row.fetchOne(db, sql: "SELECT * FROM regular ORDER BY customer").map { "\($0)" }
  }

  @Test func versions() async throws {
    let folder = try Scratch()
    let log = try await log(in: folder)
    try await Projector(Regulars(), over: log).catchUp()

    let regulars = try Projector(Regulars(version: 2), over: log)
    do {
      try await regulars.catchUp()
    } catch ProjectionError.otherVersion(let found, let wanted, _) {
      print("\(found), not \(wanted)")  // Regulars version 1, not Regulars version 2
    }
    let tables = ProjectionReader(of: "Regulars", in: log)
    print(try await tables.about().version)  // 1
    let rebuilt = try await regulars.rebuild()
    print(rebuilt.position)  // 4
    print(try await tables.about().version)  // 2
  }

  @Test func verifying() async throws {
    let folder = try Scratch()
    let log = try await log(in: folder)
    let regulars = try Projector(Regulars(), over: log)
    try await regulars.catchUp()

    let queue = try DatabaseQueue(path: regulars.folder.appending("current").string)
    try await queue.write { try $0.execute(sql: "DELETE FROM regular WHERE customer = 'ada'") }
    for difference in try await regulars.verify() { print(difference) }
    // regular: 0 rows only as it is, 1 only as it should be
    // + customer "ada", reservations 2

    print(try await regulars.rebuild().differences?.count ?? 0)  // 1
    print(try await regulars.verify().count)  // 0
  }

  @Test func asOf() async throws {
    let folder = try Scratch()
    let log = try await log(in: folder)
    let regulars = try Projector(Regulars(), over: log)

    let past = try await regulars.asOf(4)
    print(try await past.read(first) ?? "")  // [customer:"ada" reservations:2]
    try await past.move(to: 2)
    print(try await past.read(first) ?? "")  // [customer:"ada" reservations:1]
    print(await past.cut)  // 2
  }

  @Test func stopping() async throws {
    let folder = try Scratch()
    let log = try await log(in: folder)

    let regulars = try Projector(Regulars(isBroken: true), over: log)
    do { try await regulars.catchUp() } catch { print(error) }
    // The projection failed at offset 1, reserved of stream 'hamlet': Unknown(customer: "ada").
    // Everything before it is applied. Fix the handler and run it again, or choose another policy:
    // skip, or quarantine of the stream.
    print(try await regulars.progress().position)  // 1
  }

  @Test func skipping() async throws {
    let folder = try Scratch()
    let log = try await log(in: folder)

    var options = Projector<Regulars>.Options()
    options.failurePolicy = FailurePolicy(.skip, retries: 2, pause: .milliseconds(1))
    try await Projector(Regulars(isBroken: true), over: log, options: options).catchUp()

    // The handler is fixed.
    let regulars = try Projector(Regulars(), over: log, options: options)
    print(try await regulars.failures().map(\.offset))  // [1, 3]
    print(try await regulars.failures()[0].attempts)  // 3
    for failure in try await regulars.failures() { try await regulars.retry(failure.offset) }
    print(try await regulars.read(first) ?? "")  // [customer:"ada" reservations:2]
    print(try await regulars.failures().count)  // 0
  }

  @Test func leavingAStreamOut() async throws {
    let folder = try Scratch()
    let log = try await log(in: folder)

    var options = Projector<Regulars>.Options()
    options.failurePolicy = .quarantine
    try await Projector(Regulars(isBroken: true), over: log, options: options).catchUp()
    let regulars = try Projector(Regulars(), over: log, options: options)
    print(try await regulars.progress().quarantined)  // 1
    print(try await regulars.read(first) ?? "no rows")  // no rows
    try await regulars.retry(1)
    print(try await regulars.read(first) ?? "")  // [customer:"ada" reservations:2]
  }
}
