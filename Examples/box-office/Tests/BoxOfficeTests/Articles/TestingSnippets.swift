import BoxOffice
import Evlog
import EvlogTesting
import Testing

@Suite struct TestingSnippets {
  @Test func failures() async throws {
    let hamlet = Given(Show(), .opened(title: "Hamlet", seats: 10))
    do {
      try await hamlet
        .when(.reserve(seats: 2, customer: "ada", reservation: "r1"))
        .then(.reserved(reservation: "r1", customer: "ada", seats: 3))
    } catch { print(error) }
    // expected reserved {"customer":"ada","reservation":"r1","seats":3}, but
    // reserved {"customer":"ada","reservation":"r1","seats":2} was decided
  }

  @Test func logsInMemory() async throws {
    let log = try EventLog.inMemory()
    var options = TurnRunner<Show>.Options()
    options.now = SeededClock(from: "2026-03-01T08:00:00Z").now
    let shows = try TurnRunner(Show(), on: log, options: options)
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    try await shows.run(.reserve(seats: 4, customer: "ada", reservation: "r1"), on: "hamlet")
    for try await event in log.events() where event.type == "reserved" {
      print(event.recordedAt)  // 2026-03-01T08:00:01.000000000Z
    }

    try expectDeterministic(Show(), over: log)
    try expectSnapshotTransparent(Show(), over: log)
  }

  @Test func disks() async throws {
    let disk = TestDisk(seed: 7)
    let log = try disk.open("box-office.evlog")
    let shows = try TurnRunner(Show(), on: log)
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    disk.cutPower()
    let again = try TurnRunner(Show(), on: try disk.open("box-office.evlog"))
    print(try await again.state(of: "hamlet").seats)  // 10
  }

  @Test func delivery() async throws {
    let opened = try GivenEvents(for: Bookings())
      .event(Show.Event.opened(title: "Hamlet", seats: 10), in: "hamlet")
    await #expect(throws: (any Error).self) { try await opened.thenSame(whenDelivered: 2) }
  }

  @Test func identifiers() {
    let ids = SeededIDs(seed: 7)
    #expect(ids.next() != ids.next())
    #expect(SeededIDs(seed: 7).next() == SeededIDs(seed: 7).next())
  }
}
