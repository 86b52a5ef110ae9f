import BoxOffice
import Evlog
import EvlogTesting
import Testing

@Suite struct BookingsTests {
  /// Two shows, and a reservation that is given back.
  private func season() throws -> GivenEvents<Bookings> {
    try GivenEvents(for: Bookings())
      .event(Show(), .opened(title: "Hamlet", seats: 10), in: "hamlet")
      .event(Show(), .opened(title: "Macbeth", seats: 8), in: "macbeth")
      .event(Show(), .reserved(reservation: "r1", customer: "ada", seats: 4), in: "hamlet")
      .event(Show(), .reserved(reservation: "r1", customer: "ada", seats: 1), in: "macbeth")
      .event(Show(), .reserved(reservation: "r2", customer: "alan", seats: 3), in: "hamlet")
      .event(Show(), .cancelled(reservation: "r2"), in: "hamlet")
  }

  @Test func seatsLeft() async throws {
    try await season().thenRows(
      "SELECT id, seatsLeft FROM show ORDER BY id", [["hamlet", 6], ["macbeth", 7]])
  }

  @Test func reservationsByCustomer() async throws {
    try await season().thenRows(
      "SELECT customer, show, seats FROM reservation ORDER BY show",
      [["ada", "hamlet", 4], ["ada", "macbeth", 1]])
  }
}

extension GivenEvents {
  /// One more event, as a turn writes it: with the schema version of today.
  func event<D: Decider>(_ decider: D, _ event: D.Event, in stream: String) throws -> GivenEvents {
    self.event(NewEvent(try decider.encode(event, to: stream), stream: stream))
  }
}
