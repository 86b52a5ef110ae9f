import Evlog

/// A log, the turns that are taken on it, and the tables that are made of it.
public struct BoxOffice: Sendable {
  public let shows: TurnRunner<Show>
  public let bookings: Projector<Bookings>

  public init(_ log: EventLog) throws {
    shows = try TurnRunner(Show(), on: log)
    bookings = try Projector(Bookings(), over: log)
  }

  /// Opens a show for reservations.
  public func open(_ show: String, title: String, seats: Int) async throws {
    try await shows.run(.open(title: title, seats: seats), on: show)
    try await bookings.catchUp()
  }

  /// Reserves seats and returns how many are left. Asked again, it reserves nothing more.
  public func reserve(_ seats: Int, of show: String, for customer: String, as reservation: String)
    async throws -> Int
  {
    let turned = try await shows.run(
      .reserve(seats: seats, customer: customer, reservation: reservation), on: show,
      TurnDetails(id: "reserve \(show) \(reservation)"))
    try await bookings.catchUp()
    return turned.state.seats - turned.state.reserved
  }

  /// Gives the seats of a reservation back. Asked again, it does nothing more.
  public func cancel(_ reservation: String, of show: String) async throws {
    try await shows.run(
      .cancel(reservation: reservation), on: show,
      TurnDetails(id: "cancel \(show) \(reservation)"))
    try await bookings.catchUp()
  }
}
