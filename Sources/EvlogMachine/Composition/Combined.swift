public import EvlogCore
import EvlogJSON

/// Two machines side by side, over the same events, and what must hold between them.
///
///     let shop = Combined(Stock(), Payments(), identity: "shipped is paid") {
///       [.always("what is shipped is paid") { $0.first.shipped.isSubset(of: $0.second.paid) }]
///     }
///
/// Each machine gets the events that it knows, converted by its own upcasters. An event that neither machine
/// knows or ignores is an error. Both must have the same scope, and keep their invariants; a third machine is
/// combined with the two.
public struct Combined<First: Machine, Second: Machine>: Machine {
  public struct State: Codable, Sendable {
    public var first: First.State
    public var second: Second.State
  }

  /// An event as each machine sees it; nil for a machine that it does not concern.
  public struct Event: Sendable {
    public let first: First.Event?
    public let second: Second.Event?
  }

  public let first: First
  public let second: Second
  public let name: String
  public let version: Int
  public let scope: Scope
  public let initialState: State
  private let own: [Invariant<Self>]
  private let identity: String?

  public var parameters: [String: Any] {
    ["first": first, "second": second, "invariants": identity as Any? ?? own]
  }

  /// The version is the sum of both: raising one raises it.
  ///
  /// - Parameters:
  ///   - identity: What `invariants` are known by: another text for other invariants. Without it, nothing is kept
  ///     of a machine that has some, because what a function does cannot be seen.
  ///   - invariants: What must hold between the two.
  public init(
    _ first: First, _ second: Second, name: String? = nil, identity: String? = nil,
    invariants: () -> [Invariant<Self>] = { [] }
  ) {
    precondition(
      first.scope.kind == second.scope.kind,
      "'\(first.name)' has a state per \(first.scope.kind.rawValue), '\(second.name)' one per "
        + "\(second.scope.kind.rawValue): put the finer one into a Keyed machine")
    self.first = first
    self.second = second
    self.name = name ?? "\(first.name)+\(second.name)"
    version = first.version + second.version
    scope = first.scope
    initialState = State(first: first.initialState, second: second.initialState)
    self.identity = identity
    own = invariants()
  }

  public func decode(_ event: RecordedEvent) throws -> Event {
    let a = try Part.decode(event, by: first)
    let b = try Part.decode(event, by: second)
    if case .unknown = a, case .unknown = b { throw UnknownEventType(type: event.type) }
    return Event(first: a.event, second: b.event)
  }

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    if let event = event.first { first.reduce(into: &state.first, event, context) }
    if let event = event.second { second.reduce(into: &state.second, event, context) }
  }

  public var invariants: [Invariant<Self>] {
    first.invariants.map { $0.lifted(at: \.first) { $0.first } }
      + second.invariants.map { $0.lifted(at: \.second) { $0.second } } + own
  }
}

/// What an event is to a machine that is a part of another one.
enum Part<Event: Sendable> {
  case event(Event)
  case ignored
  case unknown

  static func decode<M: Machine>(_ event: RecordedEvent, by machine: M) throws -> Part
  where M.Event == Event {
    let event = try Upcaster.apply(machine.upcasters, to: event)
    if machine.ignoredTypes.contains(where: { Name($0) == Name(event.type) }) { return .ignored }
    do { return .event(try machine.decode(event)) } catch is UnknownEventType { return .unknown }
  }

  /// Whether events of a type may change the machine's state. A type that it knows may well need other data than
  /// an empty object.
  static func knows<M: Machine>(_ type: String, _ machine: M) -> Bool where M.Event == Event {
    let event = RecordedEvent(
      NewEvent(stream: "", type: type, data: Array("{}".utf8)), offset: 0, revision: 0)
    do { return try decode(event, by: machine).event != nil } catch { return true }
  }

  var event: Event? { if case .event(let event) = self { event } else { nil } }
}

extension Invariant {
  /// This invariant, for a machine whose state and event contain this machine's. If the event is nil, nothing
  /// happened here.
  func lifted<Whole: Machine>(
    at part: any KeyPath<Whole.State, M.State> & Sendable,
    _ inner: @escaping @Sendable (Whole.Event) -> M.Event?
  ) -> Invariant<Whole> {
    let lifted: Invariant<Whole>.Check =
      switch check {
      case .state(let predicate): .state { try predicate($0[keyPath: part]) }
      case .step(let predicate):
        .step { before, event, after, context in
          guard let event = inner(event) else { return true }
          return try predicate(before[keyPath: part], event, after[keyPath: part], context)
        }
      case .history(let check):
        .history(PartHistory<Whole, M>(inner: check, part: part, event: inner))
      }
    return Invariant<Whole>(name: name, place: place, check: lifted, isFinal: isFinal)
  }
}

/// A history invariant of a part. Its verdict stays what it was while nothing happens there.
private struct PartHistory<Whole: Machine, Inner: Reducer>: HistoryCheck {
  typealias M = Whole

  struct Memory: Sendable {
    var inner: any Sendable
    var verdict = true
  }

  let inner: any HistoryCheck<Inner>
  let part: any KeyPath<Whole.State, Inner.State> & Sendable
  let event: @Sendable (Whole.Event) -> Inner.Event?

  var initialMemory: any Sendable { Memory(inner: inner.initialMemory) }

  func next(
    _ memory: inout any Sendable, _ before: Whole.State, _ event: Whole.Event,
    _ after: Whole.State, _ context: EventContext
  ) throws -> Bool {
    guard var own = memory as? Memory else { return false }
    defer { memory = own }
    guard let event = self.event(event) else { return own.verdict }
    own.verdict = try inner.next(
      &own.inner, before[keyPath: part], event, after[keyPath: part], context)
    return own.verdict
  }

  /// `[memory, verdict]`.
  func encode(_ memory: any Sendable, to bytes: inout [UInt8]) throws {
    guard let own = memory as? Memory else { return JSONValue.null.write(to: &bytes) }
    bytes.append(UInt8(ascii: "["))
    try inner.encode(own.inner, to: &bytes)
    bytes.append(UInt8(ascii: ","))
    JSONValue.bool(own.verdict).write(to: &bytes)
    bytes.append(UInt8(ascii: "]"))
  }

  func decode(_ saved: JSONPlace) throws -> any Sendable {
    let parts = try saved.elements(2)
    return Memory(inner: try inner.decode(parts[0]), verdict: parts[1].isTrue)
  }
}
