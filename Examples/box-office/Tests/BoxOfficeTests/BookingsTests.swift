import BoxOffice
import Evlog
import EvlogTesting
import Testing

@Suite struct BookingsTests {
  /// Two shows, and a reservation that is given back.
  private func season() throws -> GivenEvents<Bookings> {
    try GivenEvents(for: Bookings())
      .event(Show.Event.opened(title: "Hamlet", seats: 10), in: "hamlet")
      .event(Show.Event.opened(title: "Macbeth", seats: 8), in: "macbeth")
      .event(Show.Event.reserved(reservation: "r1", customer: "ada", seats: 4), in: "hamlet")
      .event(Show.Event.reserved(reservation: "r1", customer: "ada", seats: 1), in: "macbeth")
      .event(Show.Event.reserved(reservation: "r2", customer: "alan", seats: 3), in: "hamlet")
      .event(Show.Event.cancelled(reservation: "r2"), in: "hamlet")
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
