import EvlogMachine

/// A machine of which some events end the process in some of its regions.
struct Door: Machine {
  struct State: Codable, Sendable {
    var isOpen = false
    var visitors = 0
  }

  enum Event: Codable, Sendable { case opened, closed, entered, left }

  let initialState = State()

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .opened: state.isOpen = true
    case .closed: state.isOpen = false
    case .entered:
      precondition(state.isOpen, "nobody enters through a closed door")
      state.visitors += 1
    case .left: state.visitors -= 1
    }
  }

  var invariants: [Invariant<Door>] { [.always("nobody is missing") { $0.visitors >= 0 }] }

  var regions: Regions<State>? {
    Regions(
      of: { $0.isOpen ? "open" : "closed" }, moves: ["closed": ["opened": .allowed(to: ["open"])]])
  }
}
