import EvlogReplay
import EvlogStore
import EvlogTurns

/// An account, with a bound that its decisions do not know of.
struct Account: Decider {
  struct State: Codable, Sendable, Equatable {
    var cents = 0
    var isClosed = false
    var moves = 0
    /// Where its last event was said to be.
    var lastOffset: Offset?
  }
  enum Event: Codable, Sendable, Equatable {
    case deposited(cents: Int)
    case withdrawn(cents: Int)
    case closed
  }
  enum Command: Sendable {
    case deposit(Int)
    case withdraw(Int)
    case close
    /// Two events of which the first breaks what the second heals.
    case dip(Int)
    case nothing
  }
  struct NoSuchAmount: Error {}

  let initialState = State()
  let scope = Scope.stream

  func decide(_ command: Command, _ state: State) throws -> [Event] {
    switch command {
    case .deposit(let cents):
      guard cents > 0 else { throw NoSuchAmount() }
      return [.deposited(cents: cents)]
    case .withdraw(let cents): return [.withdrawn(cents: cents)]
    case .close: return [.closed]
    case .dip(let cents): return [.withdrawn(cents: cents), .deposited(cents: cents)]
    case .nothing: return []
    }
  }

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    state.moves += 1
    state.lastOffset = context.offset
    switch event {
    case .deposited(let cents): state.cents += cents
    case .withdrawn(let cents): state.cents -= cents
    case .closed: state.isClosed = true
    }
  }

  var invariants: [Invariant<Account>] {
    [
      .always("never overdrawn") { $0.cents >= 0 },
      .step("nothing moves once it is closed") { before, _, _, _ in !before.isClosed },
    ]
  }
}
