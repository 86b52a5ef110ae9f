import BoxOffice
import Evlog
import Testing

@Suite struct InvariantsSnippets {
  @Test func quarantine() async throws {
    let log = try EventLog.inMemory()
    let shows = try TurnRunner(Show(), on: log)
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    try await shows.run(.reserve(seats: 4, customer: "ada", reservation: "r1"), on: "hamlet")
    do {
      try await shows.run(.reserve(seats: 7, customer: "alan", reservation: "r2"), on: "hamlet")
    } catch { print(error) }
    // The turn is refused: 'no more seats are reserved than there are' (state) would be violated in
    // the stream 'hamlet' by reserved {"customer":"alan","reservation":"r2","seats":7}: +
    // reservations.r2  {"customer":"alan","seats":7}. Nothing was written.

    // Another program appends to the log, and judges nothing.
    try await log.append(
      Show.Event.reserved(reservation: "r2", customer: "alan", seats: 7), to: "hamlet",
      schemaVersion: 2)
    do { try await shows.run(.cancel(reservation: "r1"), on: "hamlet") } catch { print(error) }
    // The stream 'hamlet' is in quarantine: 'no more seats are reserved than there are' is violated
    // since the event at offset 2. It takes no turns until it is released.

    print(try await shows.quarantined().map(\.stream))  // ["hamlet"]
    try await shows.release("hamlet", because: "a seat is put in the aisle")
    try await shows.run(.cancel(reservation: "r1"), on: "hamlet")
    print(try await shows.state(of: "hamlet").reserved)  // 7

    let found = try await Replayer(Show().program, over: log).firstViolation()
    print(found?.event?.offset ?? 0)  // 2
    print(found?.episode.healedBy ?? 0)  // 4
  }

  /// Of a stream that is let go, what is violated later counts again; what stays so does not.
  @Test func aReleaseLastsUntilItBreaksAnew() async throws {
    let log = try EventLog.inMemory()
    try await log.append(Show.Event.opened(title: "Hamlet", seats: 1), to: "hamlet")
    for (reservation, seats) in [("r1", 2), ("r2", 1)] {
      try await log.append(
        Show.Event.reserved(reservation: reservation, customer: "ada", seats: seats), to: "hamlet",
        schemaVersion: 2)
    }
    let shows = try TurnRunner(Show(), on: log)
    try await shows.release("hamlet", because: "known")
    try await shows.run(.cancel(reservation: "r2"), on: "hamlet")
    try await shows.run(.cancel(reservation: "r1"), on: "hamlet")
    await #expect(throws: TurnError.self) {
      try await shows.run(.reserve(seats: 2, customer: "ada", reservation: "r3"), on: "hamlet")
    }
  }

  @Test func byOrder() async throws {
    let log = try EventLog.inMemory()
    let shows = try TurnRunner(Show(), on: log)
    try await shows.quarantine("hamlet", because: "the hall is being repaired")
    do {
      try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    } catch { print(error) }
    // The stream 'hamlet' is in quarantine: by order at offset 0: the hall is being repaired. It takes
    // no turns until it is released.
    print(try log.event(at: 0)?.stream ?? "")  // evlog.quarantine.Show
  }
}
