public import EvlogMachine

/// A machine that also makes decisions: what follows from a command, given the state.
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
/// A decision may throw any error of the domain: `TurnRunner` passes it on, and nothing is written. What must
/// never be, whatever is decided, belongs in an invariant.
public protocol Decider<State, Event, Command>: Machine {
  /// A request for something to happen. It is decided and forgotten, and never in the log.
  associatedtype Command: Sendable

  /// The events that follow from a command; none if nothing is to happen.
  ///
  /// It may be called several times for one command, if another turn came first.
  func decide(_ command: Command, _ state: State) throws -> [Event]

  /// The encoded form of an event of a stream, which ``Reducer/decode(_:)-(RecordedEvent)`` reads.
  func encode(_ event: Event, to stream: String) throws -> EncodedEvent
}

extension Decider where Event: Encodable {
  public func encode(_ event: Event, to stream: String) throws -> EncodedEvent {
    var encoded = try EncodedEvent(encoding: event)
    encoded.schemaVersion = schemaVersion(of: encoded.type)
    return encoded
  }
}
