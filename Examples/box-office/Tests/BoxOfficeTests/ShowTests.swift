import BoxOffice
import Evlog
import EvlogTesting
import Testing

@Suite struct ShowTests {
  let hamlet = Given(
    Show(), .opened(title: "Hamlet", seats: 10),
    .reserved(reservation: "r1", customer: "ada", seats: 4))

  @Test func seatsAreReserved() async throws {
    try await hamlet
      .when(.reserve(seats: 6, customer: "alan", reservation: "r2"))
      .then(.reserved(reservation: "r2", customer: "alan", seats: 6))
  }

  @Test func noMoreThanThereAre() async throws {
    try await hamlet
      .when(.reserve(seats: 7, customer: "alan", reservation: "r2"))
      .thenRefused(by: "no more seats are reserved than there are")
  }

  @Test func aReservationIsMadeOnce() async throws {
    try await hamlet
      .when(.reserve(seats: 1, customer: "alan", reservation: "r1"))
      .thenRefused(by: "a reservation is made once")
  }

  @Test func whatIsCancelledIsFree() async throws {
    try await hamlet.when(.cancel(reservation: "r1")).thenState { $0.reserved == 0 }
  }

  @Test func aCancelledReservationIsNotCancelledAgain() async throws {
    let refusal = try await Given(
      Show(), .opened(title: "Hamlet", seats: 10),
      .reserved(reservation: "r1", customer: "ada", seats: 4),
      .cancelled(reservation: "r1")
    ).when(.cancel(reservation: "r1")).thenThrows(Show.Refusal.self)
    #expect(refusal == .noSuchReservation("r1"))
  }

  @Test func aShowIsOpenedFirstAndOnce() async throws {
    try await Given(Show())
      .when(.reserve(seats: 1, customer: "ada", reservation: "r1"))
      .thenThrows(Show.Refusal.self)
    try await hamlet.when(.open(title: "Hamlet", seats: 10)).thenThrows(Show.Refusal.self)
  }
}
