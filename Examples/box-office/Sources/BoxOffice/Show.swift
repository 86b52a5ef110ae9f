import Evlog

/// A show and the seats that are reserved for it. Each show is a stream.
public struct Show: Decider {
  public struct State: Codable, Sendable {
    public var title: String?
    public var seats = 0
    public var reservations: [String: Reservation] = [:]

    public var reserved: Int { reservations.values.reduce(0) { $0 + $1.seats } }
  }

  public struct Reservation: Codable, Sendable, Hashable {
    public var customer: String
    public var seats: Int
  }

  public let initialState = State()
  public let scope = Scope.stream

  public init() {}

  public func decide(_ command: Command, _ state: State) throws -> [Event] {
    switch command {
    case .open(let title, let seats):
      guard state.title == nil else { throw Refusal.alreadyOpen }
      return [.opened(title: title, seats: seats)]
    case .reserve(let seats, let customer, let reservation):
      guard state.title != nil else { throw Refusal.noSuchShow }
      guard seats > 0 else { throw Refusal.noSeats }
      return [.reserved(reservation: reservation, customer: customer, seats: seats)]
    case .cancel(let reservation):
      guard state.reservations[reservation] != nil else {
        throw Refusal.noSuchReservation(reservation)
      }
      return [.cancelled(reservation: reservation)]
    }
  }

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .opened(let title, let seats):
      state.title = title
      state.seats = seats
    case .reserved(let reservation, let customer, let seats):
      state.reservations[reservation] = Reservation(customer: customer, seats: seats)
    case .cancelled(let reservation):
      state.reservations[reservation] = nil
    }
  }
}
