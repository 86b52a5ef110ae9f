import BoxOffice
import Evlog
import EvlogTesting
import Testing

@Suite struct LiveSnippets {
  @Test func subscriptions() async throws {
    let log = try EventLog.inMemory()
    let shows = try TurnRunner(Show(), on: log)
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")

    let watching = Task {
      var seen: [String] = []
      for try await event in log.subscribe(from: 0) {
        seen.append(event.type)
        if seen.count == 2 { break }
      }
      return seen
    }
    try await shows.run(.reserve(seats: 4, customer: "ada", reservation: "r1"), on: "hamlet")
    print(try await watching.value)  // ["opened", "reserved"]

    let reservations = Query(types: ["reserved"], limit: 1)
    for try await event in log.subscribe(from: 0, reservations) {
      print(event.offset)  // 1
    }
    log.close()
    for try await event in try log.subscribe(from: .end) {
      Issue.record("\(event)")
    }
  }

  @Test func otherProcesses() async throws {
    let folder = try Scratch()
    let path = folder.path.appending("box-office.evlog")
    let log = try EventLog.open(path)
    let shows = try TurnRunner(Show(), on: log)

    let reading = try EventLog.openReadOnly(path)
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    try reading.refresh()
    print(reading.end)  // 1
    do { _ = try EventLog.open(path) } catch { print(error.code == .locked) }  // true
  }

  @Test func readYourWrites() async throws {
    let folder = try Scratch()
    let log = try EventLog.open(folder.path.appending("box-office.evlog"))
    let shows = try TurnRunner(Show(), on: log)

    let bookings = try Projector(Bookings(), over: log)
    let live = Task { try await bookings.run() }

    let turned = try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    let tables = ProjectionReader(of: "Bookings", in: log)
    if let offsets = turned.offsets {
      try await tables.waitUntil(position: offsets.cutAfter, timeout: .seconds(10))
    }
    print(try await tables.read(Bookings.shows).count)  // 1

    do {
      try await tables.waitUntil(position: 7, timeout: .milliseconds(10))
    } catch { print(error) }
    // Position 7 was not reached in time; the projection is at 1.

    do { _ = try Projector(Bookings(), over: log) } catch let error as ProjectionError {
      guard case .inUse = error else { throw error }
    }

    live.cancel()
    _ = await live.result
  }

  @Test func progress() async throws {
    let folder = try Scratch()
    let log = try EventLog.open(folder.path.appending("box-office.evlog"))
    let shows = try TurnRunner(Show(), on: log)
    let bookings = try Projector(Bookings(), over: log)
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")

    print(try await bookings.progress().lag)  // 1
    try await bookings.catchUp()
    print(try await bookings.progress().lag)  // 0
  }

  // MARK: Said without a snippet

  @Test func aSubscriptionThrowsWhereItIsCancelled() async throws {
    let log = try EventLog.inMemory()
    let task = Task { for try await _ in log.subscribe(from: 0) {} }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func aSubscriptionBeginsAtATime() async throws {
    let log = try EventLog.inMemory()
    var options = TurnRunner<Show>.Options()
    options.now = SeededClock(from: "2026-03-01T08:00:00Z").now
    let shows = try TurnRunner(Show(), on: log, options: options)
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    try await shows.run(.open(title: "Macbeth", seats: 8), on: "macbeth")
    let time = try #require(Timestamp("2026-03-01T08:00:01Z"))
    for try await event in try log.subscribe(from: .time(time), Query(limit: 1)) {
      #expect(event.stream == "macbeth")
    }
  }

  @Test func aProjectorMayBeInAnotherProcess() async throws {
    let folder = try Scratch()
    let path = folder.path.appending("box-office.evlog")
    let shows = try TurnRunner(Show(), on: try EventLog.open(path))
    let bookings = try Projector(Bookings(), over: try EventLog.openReadOnly(path))
    let live = Task { try await bookings.run() }
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    try await bookings.waitUntil(position: 1, timeout: .seconds(10))
    live.cancel()
    await #expect(throws: CancellationError.self) { try await live.value }
  }
}
