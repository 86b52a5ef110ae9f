public import EvlogStore

/// How a system goes from state to state: a pure function of the state and the event.
///
/// A reducer looks at nothing but its arguments: no clock, no randomness, no order of a set or a
/// dictionary, no global variable. Then the same log gives the same state everywhere.
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
  /// Compared, saved in snapshots and shown by its canonical JSON.
  associatedtype State: Codable & Sendable
  /// Made of an event's type and data; see ``decode(_:)-(RecordedEvent)``.
  associatedtype Event: Sendable

  /// The name by which snapshots and verdicts belong to this reducer; the type's name by default.
  var name: String { get }
  /// Raised whenever the reducer's behaviour changes: snapshots of other versions are not used.
  var version: Int { get }
  /// The state before the first event: of the log, or of each stream or key.
  var initialState: State { get }

  /// Does to the state what an event means. It cannot fail: what must not be is an invariant's
  /// business.
  func reduce(into state: inout State, _ event: Event, _ context: EventContext)

  /// Makes the reducer's event of a recorded one.
  ///
  /// For a `Codable` enum the type is the case's name (its `CodingKey`) and the data is the object of
  /// its associated values. Throws `UnknownEventType` for types that the reducer does not know.
  func decode(_ event: RecordedEvent) throws -> Event
}

extension Reducer {
  public var name: String { String(describing: Self.self) }
  public var version: Int { 1 }
}

/// An event's type is none that the machine knows, and none that it ignores by name.
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
  /// The case of a `Codable` enum that this event is: its type is the case's name (its `CodingKey`), its
  /// data the object of its values. Throws `UnknownEventType` where there is no such case.
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
  /// One state for the whole log, for each stream, or for each key.
  var scope: Scope { get }
  /// What must hold, judged in this order; none by default.
  var invariants: [Invariant<Self>] { get }
  /// Event types that change nothing here. Any other unknown type is an error.
  var ignoredTypes: Set<String> { get }
  /// Brings old shapes of events to the present one, before anything reads them.
  var upcasters: [Upcaster] { get }
  /// The regions of its states, for the map of what happens in them; nil where there are none.
  var regions: Regions<State>? { get }
}

extension Machine {
  public var scope: Scope { .log }
  public var invariants: [Invariant<Self>] { [] }
  public var ignoredTypes: Set<String> { [] }
  public var upcasters: [Upcaster] { [] }
  public var regions: Regions<State>? { nil }
}

/// What a machine has one state for.
public enum Scope: Sendable {
  case log
  case stream
  /// A key of each event; nil where the event concerns none.
  case key(@Sendable (RecordedEvent) -> String?)

  var kind: ScopeKind {
    switch self {
    case .log: .log
    case .stream: .stream
    case .key: .key
    }
  }
}

/// What a machine has one state for, by name.
public enum ScopeKind: String, Sendable, Hashable, CaseIterable {
  case log, stream, key
}
