import BoxOffice
import Evlog
import EvlogTesting
import Testing

@Suite struct IdempotenceSnippets {
  private func openedHamlet() async throws -> TurnRunner<Show> {
    let shows = try TurnRunner(Show(), on: try EventLog.inMemory())
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    return shows
  }

  @Test func turnIDs() async throws {
    let shows = try await openedHamlet()
    let log = shows.log

    let request = TurnDetails(id: "reserve hamlet r1")
    let command = Show.Command.reserve(seats: 4, customer: "ada", reservation: "r1")
    try await shows.run(command, on: "hamlet", request)
    let again = try await shows.run(command, on: "hamlet", request)
    print(again.appended?.wasAlreadyThere ?? false)  // true
    print(again.events)  // []
    print(again.state.reserved)  // 4
    print(log.end)  // 2

    // Another request with the id of the first: it is taken for the first, and nothing is written.
    let other = Show.Command.reserve(seats: 1, customer: "alan", reservation: "r2")
    let taken = try await shows.run(other, on: "hamlet", request)
    print(taken.appended?.wasAlreadyThere ?? false)  // true
    print(log.end)  // 2
  }

  @Test func turnIDsOfTheLog() async throws {
    let log = try EventLog.inMemory()

    try await log.append(
      Show.Event.opened(title: "Hamlet", seats: 10), to: "hamlet", turnID: "open hamlet")
    do {
      try await log.append(
        Show.Event.opened(title: "Hamlet", seats: 12), to: "hamlet", turnID: "open hamlet")
    } catch let error as EventLogError { print(error.code == .turnConflict) }  // true
  }

  @Test func expectations() async throws {
    let log = try EventLog.inMemory()

    let opened = Show.Event.opened(title: "Hamlet", seats: 10)
    try await log.append(opened, to: "hamlet", expecting: .noStream)
    do {
      try await log.append(opened, to: "hamlet", expecting: .noStream)
    } catch let error as EventLogError { print(error.code == .wrongExpectedRevision) }  // true

    let first = Show.Event.reserved(reservation: "r1", customer: "ada", seats: 4)
    try await log.append(first, to: "hamlet", expecting: .revision(0), schemaVersion: 2)
    print(try log.lastRevision(of: "hamlet") ?? 0)  // 1
  }

  @Test func afterAFailure() async throws {
    let disk = TestDisk()
    let log = try disk.open("box-office.evlog")
    let shows = try TurnRunner(Show(), on: log)
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")

    let request = TurnDetails(id: "reserve hamlet r1")
    let command = Show.Command.reserve(seats: 4, customer: "ada", reservation: "r1")
    disk.failSyncs()
    do {
      try await shows.run(command, on: "hamlet", request)
    } catch let error as EventLogError { print(error.code == .poisoned) }  // true

    // It is unknown whether it was written. Open the log again, and ask again.
    log.close()
    let reopened = try TurnRunner(Show(), on: try disk.open("box-office.evlog"))
    try await reopened.run(command, on: "hamlet", request)
    print(try await reopened.state(of: "hamlet").reserved)  // 4
  }

  @Test func projections() async throws {
    let folder = try Scratch()
    let shows = try await openedHamlet()
    let log = shows.log

    let bookings = try Projector(Bookings(), over: log, in: folder.path)
    print(try await bookings.catchUp().position)  // 1
    print(try await bookings.catchUp().position)  // 1
    print(try await bookings.read(Bookings.shows).count)  // 1
  }

  // MARK: Said without a snippet

  @Test func theStateOfAKnownTurnIsThatOfNow() async throws {
    let shows = try await openedHamlet()
    let command = Show.Command.reserve(seats: 4, customer: "ada", reservation: "r1")
    try await shows.run(command, on: "hamlet", TurnDetails(id: "one"))
    try await shows.run(
      .reserve(seats: 1, customer: "alan", reservation: "r2"), on: "hamlet")
    let again = try await shows.run(command, on: "hamlet", TurnDetails(id: "one"))
    #expect(again.state.reserved == 5)
  }

  @Test func whatWasRefusedIsDecidedAnew() async throws {
    let shows = try await openedHamlet()
    let request = TurnDetails(id: "cancel hamlet r1")
    await #expect(throws: Show.Refusal.self) {
      try await shows.run(.cancel(reservation: "r1"), on: "hamlet", request)
    }
    try await shows.run(
      .reserve(seats: 1, customer: "ada", reservation: "r1"), on: "hamlet")
    let turned = try await shows.run(.cancel(reservation: "r1"), on: "hamlet", request)
    #expect(turned.appended?.wasAlreadyThere == false)
  }

  @Test func whereAnotherCameFirstItIsDecidedAgain() async throws {
    let shows = try await openedHamlet()
    try await shows.log.append(
      Show.Event.reserved(reservation: "r1", customer: "ada", seats: 4), to: "hamlet",
      schemaVersion: 2)
    let turned = try await shows.run(
      .reserve(seats: 1, customer: "alan", reservation: "r2"), on: "hamlet")
    #expect(turned.attempts == 2)
    #expect(turned.state.reserved == 5)
  }
}
