public import EvlogContracts
public import EvlogCore
import EvlogJSON

/// How a system moves from state to state: a pure function of the state and the event.
///
/// A reducer uses nothing but its arguments: no clock, no randomness, no order of a set or a dictionary, no
/// global variable. Then the same log gives the same state everywhere.
///
///     struct Shop: Machine {
///       struct State: Codable, Sendable { var stock: [String: Int] = [:] }
///       enum Event: Codable, Sendable { case counted(sku: String, quantity: Int) }
///
///       let initialState = State()
///
///       func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
///         switch event {
///         case .counted(let sku, let quantity): state.stock[sku] = quantity
///         }
///       }
///     }
public protocol Reducer<State, Event>: Sendable {
  /// The state. It is compared, saved in snapshots and shown by its canonical JSON.
  associatedtype State: Codable & Sendable
  /// The event, made from a recorded event's type and data; see ``decode(_:)-(RecordedEvent)``.
  associatedtype Event: Sendable

  /// The name that snapshots and verdicts belong to; by default, the type's name.
  var name: String { get }
  /// The version. Raise it whenever you change the reducer's behaviour: snapshots of other versions are not
  /// used.
  var version: Int { get }
  /// The state before the first event: of the log, or of each stream or key.
  var initialState: State { get }

  /// Applies an event to the state. It cannot fail: what must not be belongs in an invariant.
  func reduce(into state: inout State, _ event: Event, _ context: EventContext)

  /// Makes the reducer's event from a recorded one.
  ///
  /// For a `Codable` enum, the type is the case's name (its `CodingKey`) and the data is the object of its
  /// associated values. Throws `UnknownEventType` for types that the reducer does not know.
  func decode(_ event: RecordedEvent) throws -> Event
}

extension Reducer {
  public var name: String { String(describing: Self.self) }
  public var version: Int { 1 }
}

/// The machine neither knows the event's type nor ignores it by name.
public struct UnknownEventType: Error, Sendable, Hashable {
  /// The type, as the log has it.
  public let type: String
  public init(type: String) { self.type = type }
}

extension UnknownEventType: CustomStringConvertible {
  public var description: String {
    "events of the type '\(type)' are not known, and not ignored by name"
  }
}

extension Reducer where Event: Decodable {
  public func decode(_ event: RecordedEvent) throws -> Event { try event.decoded() }
}

extension RecordedEvent {
  /// The case of a `Codable` enum that this event is: its type is the case's name (its `CodingKey`), its data
  /// the object of its values. Throws `UnknownEventType` if there is no such case.
  public func decoded<Event: Decodable>(as event: Event.Type = Event.self) throws -> Event {
    try EventDecoder.decode(event, from: data.span, of: type)
  }
}

enum EventDecoder {
  /// The event that a type and its data are.
  static func decode<Event: Decodable>(
    _ event: Event.Type, from data: Span<UInt8>, of type: String
  ) throws -> Event {
    do {
      return try StateDecoder().decode(event, from: data, under: type)
    } catch let error as DecodingError {
      // A synthesized enum finds no case of this name in the object's only key.
      if case .typeMismatch(_, let context) = error, context.codingPath.isEmpty {
        throw UnknownEventType(type: type)
      }
      throw error
    }
  }
}

/// A reducer and what must hold of its states.
public protocol Machine<State, Event>: Reducer {
  /// Whether there is one state for the whole log, one for each stream, or one for each key.
  var scope: Scope { get }
  /// The invariants, judged in this order; none by default.
  var invariants: [Invariant<Self>] { get }
  /// The event types that change nothing here. Any other unknown type is an error.
  var ignoredTypes: Set<String> { get }
  /// Upcasters that convert old shapes of events to the current one, before anything else reads them.
  var upcasters: [Upcaster] { get }
  /// The regions of its states, for the map; nil if there are none.
  var regions: Regions<State>? { get }
  /// The events that its states may meet, for exploring them; nil if only a log says that.
  var exploration: Exploration<Self>? { get }
  /// For a machine over a group: the logs for which its state has a member each, by their names, that only the events
  /// of that log change. None for any other machine.
  ///
  /// Only such a machine can be judged at cuts that the recorded order does not pass.
  var logs: [String] { get }
  /// The mapping by which the machine refines an older one, usually a ``Refinement``; nil if there is none.
  var refines: (any RefinementMapping)? { get }
  /// The contract for the machine's events; nil if there is none.
  ///
  /// The machine itself reads any event that it can decode. A log enforces the contract once it is set there:
  /// `try await log.setContract(Shop().contract)`.
  var contract: Contract? { get throws }
  /// What tells this machine from others of its type, by name: everything it holds, by default.
  ///
  /// Snapshots and verdicts are shared by machines of one type, name and version whose parameters are equal. A
  /// machine that holds a function says here what that is known by:
  ///
  ///     var parameters: [String: Any] { ["limit": limit, "discount": discountName] }
  ///
  /// See ``MachineParameter`` for what can be a parameter.
  var parameters: [String: Any] { get }
}

extension Machine {
  public var scope: Scope { .log }
  public var invariants: [Invariant<Self>] { [] }
  public var ignoredTypes: Set<String> { [] }
  public var upcasters: [Upcaster] { [] }
  public var regions: Regions<State>? { nil }
  public var exploration: Exploration<Self>? { nil }
  public var logs: [String] { [] }
  public var refines: (any RefinementMapping)? { nil }
  public var contract: Contract? { nil }
  public var parameters: [String: Any] {
    // The initial state is compared by what it is in a snapshot.
    let held = Mirror(reflecting: self).children.filter { $0.label != "initialState" }
    return Dictionary(held.map { ($0.label ?? "", $0.value) }) { first, _ in first }
  }
}

/// What a machine has a state for.
public enum Scope: Sendable {
  case log
  case stream
  /// A key of each event; nil if the event concerns none.
  case key(@Sendable (RecordedEvent) -> String?)

  var kind: ScopeKind {
    switch self {
    case .log: .log
    case .stream: .stream
    case .key: .key
    }
  }
}

/// What a machine has a state for, by name.
public enum ScopeKind: String, Sendable, Hashable, CaseIterable {
  case log, stream, key
}
