public import EvlogMachine

/// A machine that is also asked: what follows from a command, given the state.
///
///     struct Account: Decider {
///       struct State: Codable, Sendable { var cents = 0 }
///       enum Event: Codable, Sendable { case deposited(cents: Int), withdrawn(cents: Int) }
///       enum Command: Sendable { case deposit(Int), withdraw(Int) }
///
///       let initialState = State()
///       let scope = Scope.stream
///
///       func decide(_ command: Command, _ state: State) throws -> [Event] {
///         switch command {
///         case .deposit(let cents): [.deposited(cents: cents)]
///         case .withdraw(let cents): [.withdrawn(cents: cents)]
///         }
///       }
///
///       func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
///         switch event {
///         case .deposited(let cents): state.cents += cents
///         case .withdrawn(let cents): state.cents -= cents
///         }
///       }
///
///       var invariants: [Invariant<Account>] {
///         [.always("never overdrawn") { $0.cents >= 0 }]
///       }
///     }
///
/// A decision is free to throw what the domain has to say: `TurnRunner` passes it on, and nothing is
/// written. What must never be, whatever is decided, is an invariant's business.
public protocol Decider<State, Event, Command>: Machine {
  /// What somebody wants to happen: it is decided and forgotten, and never in the log.
  associatedtype Command: Sendable

  /// The events that follow from a command; none where nothing is to happen.
  ///
  /// It may be asked several times for one command, where another turn came first.
  func decide(_ command: Command, _ state: State) throws -> [Event]

  /// What is written of an event to a stream: what ``Reducer/decode(_:)-(RecordedEvent)`` reads again.
  func encode(_ event: Event, to stream: String) throws -> EncodedEvent
}

extension Decider where Event: Encodable {
  public func encode(_ event: Event, to stream: String) throws -> EncodedEvent {
    var encoded = try EncodedEvent(encoding: event)
    encoded.schemaVersion = schemaVersion(of: encoded.type)
    return encoded
  }
}
