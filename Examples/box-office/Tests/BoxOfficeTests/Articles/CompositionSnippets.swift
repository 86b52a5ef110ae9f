import BoxOffice
import Evlog
import EvlogTesting
import Testing

/// How many seats there are for all shows together.
struct House: Machine {
  struct State: Codable, Sendable { var seats = 0 }
  enum Event: Codable, Sendable { case opened(title: String, seats: Int) }

  let initialState = State()

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    guard case .opened(_, let seats) = event else { return }
    state.seats += seats
  }
}

/// Deliveries that were counted at several doors.
struct Delivered: Mergeable {
  var count = 0
  mutating func merge(_ other: Delivered) { count += other.count }
}

@Suite struct CompositionSnippets {
  @Test func acrossStreams() async throws {
    let log = try EventLog.inMemory()
    let runner = try TurnRunner(Show(), on: log)
    try await runner.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    try await runner.run(.open(title: "Faust", seats: 20), on: "faust")

    let shows = Keyed(Show(), identity: "by stream") { $0.stream }
    let house = Combined(shows, House(), identity: "25 seats") {
      [
        .always("at most 25 seats are for sale") { $0.second.seats <= 25 },
        .always("no show is without a house") { $0.first.keys.isEmpty || $0.second.seats > 0 },
      ]
    }
    let found = try await Replayer(house.program, over: log).firstViolation()
    print(found?.finding.invariant.name ?? "")  // at most 25 seats are for sale
    print(found?.event?.stream ?? "")  // faust
  }

  @Test func merging() throws {
    var left = MergeableCounter()
    left.add(3, at: "left door")
    var right = left
    right.add(2, at: "right door")
    left.add(1, at: "left door")
    print(left.merged(with: right).value)  // 6

    try expectMergeLaws { random in
      var counter = MergeableCounter()
      counter.add(Int64(random.below(9)), at: "door \(random.below(3))")
      return counter
    }
    #expect(throws: ExpectationFailure.self) {
      try expectMergeLaws { Delivered(count: $0.below(5)) }
    }
  }
}
