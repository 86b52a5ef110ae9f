import EvlogJSON
import EvlogMachine
import EvlogStore
import EvlogTesting
import ReplayTestSupport

/// Shelves with counts: what is violated, and for how long, follows from the events.
struct Shelves: Machine {
  struct State: Codable, Sendable, Equatable {
    var shelves: [String: Int] = [:]
    var last: [Int] = []
  }

  enum Event: Codable, Sendable {
    case counted(shelf: String, n: Int)
    case moved(shelf: String, n: Int)
  }

  var name: String { "shelves" }
  let initialState = State()
  let scopeKind: ScopeKind
  let ignoredTypes: Set<String> = ["seen"]

  var scope: Scope { scopeKind == .log ? .log : .stream }

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .counted(let shelf, let n): state.shelves[shelf] = n
    case .moved(let shelf, let n):
      state.shelves[shelf, default: 0] += n
      state.last = Array((state.last + [n]).suffix(5))
    }
  }

  var invariants: [Invariant<Self>] {
    [
      .always("no shelf is below zero") { $0.shelves.values.allSatisfy { $0 >= 0 } },
      .step("little is moved at once") { _, event, _, _ in
        if case .moved(_, let n) = event { abs(n) < 9 } else { true }
      },
    ]
  }

  var regions: Regions<State>? {
    Regions(
      of: { $0.shelves.values.allSatisfy { $0 >= 0 } ? "sound" : "short" },
      names: ["sound", "short"], moves: ["sound": ["counted": .allowed(to: ["sound"])]])
  }

  static func events(_ random: inout SeededGenerator, _ count: Int) -> [NewEvent] {
    (0..<count).map { i in
      let shelf = "s\(random.below(6))"
      let stream = "aisle-\(random.below(4))"
      let at = Int64(i) * 1_000_000_000
      return switch random.below(6) {
      case 0: NewEvent("seen", "{}", in: stream, at: at)
      case 1:
        NewEvent("counted", "{\"shelf\":\"\(shelf)\",\"n\":\(random.below(9))}", in: stream, at: at)
      default:
        NewEvent(
          "moved", "{\"shelf\":\"\(shelf)\",\"n\":\(random.below(20) - 10)}", in: stream, at: at)
      }
    }
  }
}
