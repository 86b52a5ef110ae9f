import Evlog

/// The seats of each show, counted: a machine in Swift.
struct Seats: Machine {
  struct State: Codable, Sendable {
    var left = 0
    var sold = 0
  }

  struct Event: Decodable, Sendable {
    var seats: Int
    var type = ""

    private enum CodingKeys: CodingKey { case seats }
  }

  let name = "seats"
  let version = 1
  let initialState = State()
  let scope = Scope.stream
  var invariants: [Invariant<Seats>] { [.always("never oversold") { $0.left >= 0 }] }
  let ignoredTypes: Set<String> = ["announced"]

  func decode(_ event: RecordedEvent) throws -> Event {
    guard ["opened", "reserved", "cancelled"].contains(event.type) else {
      throw UnknownEventType(type: event.type)
    }
    var decoded = try StateDecoder().decode(Event.self, from: event.data)
    decoded.type = event.type
    return decoded
  }

  func reduce(into state: inout State, _ event: Event, _: EventContext) {
    switch event.type {
    case "opened": state.left += event.seats
    case "reserved": (state.left, state.sold) = (state.left - event.seats, state.sold + event.seats)
    default: (state.left, state.sold) = (state.left + event.seats, state.sold - event.seats)
    }
  }
}
