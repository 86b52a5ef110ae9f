public import EvlogCore
import EvlogJSON

/// A machine inside another one, with a state for each key: many states in the log's one state.
///
///     let accounts = Keyed(Account(), identity: "by stream") { $0.stream }
///     let bank = Combined(accounts, Ledger()) {
///       [.always("the ledger has what the accounts have") { … }]
///     }
///
/// A machine whose scope is the stream or a key also has many states, but no invariant sees more than one of
/// them. Here they are in one state, so an invariant can look at all of them. The machine's own invariants must
/// hold for every key; each is judged only for the key that an event concerns.
public struct Keyed<Inner: Machine>: Machine {
  public struct Event: Sendable {
    /// The key of the state; nil for none.
    public let key: String?
    public let inner: Inner.Event
  }

  public let inner: Inner
  public let name: String
  private let key: @Sendable (RecordedEvent) -> String?
  private let identity: String?
  /// The predicates on one key's state.
  private let predicates: [@Sendable (Inner.State) throws -> Bool]

  public var version: Int { inner.version }
  public var initialState: KeyedState<Inner.State> { KeyedState() }
  public var upcasters: [Upcaster] { inner.upcasters }
  public var ignoredTypes: Set<String> { inner.ignoredTypes }

  public var parameters: [String: Any] { ["inner": inner, "key": identity as Any? ?? key] }

  /// - Parameters:
  ///   - identity: What `key` is known by: another text for another function. Without it, nothing is
  ///     cached for the machine, because what a function does cannot be seen.
  ///   - key: The key of the state that an event is for; nil for none, which is not an error.
  public init(
    _ inner: Inner, name: String? = nil, identity: String? = nil,
    by key: @escaping @Sendable (RecordedEvent) -> String?
  ) {
    self.inner = inner
    self.name = name ?? inner.name
    self.identity = identity
    self.key = key
    predicates = inner.invariants.compactMap {
      if case .state(let predicate) = $0.check { predicate } else { nil }
    }
  }

  public func decode(_ event: RecordedEvent) throws -> Event {
    Event(key: key(event), inner: try inner.decode(event))
  }

  public func reduce(
    into state: inout KeyedState<Inner.State>, _ event: Event, _ context: EventContext
  ) {
    guard let key = event.key.map(Name.init) else { return }
    let place =
      state.states.index(forKey: key)
      ?? {
        state.states[key] = inner.initialState
        return state.states.index(forKey: key) ?? state.states.startIndex
      }()
    inner.reduce(into: &state.states.values[place], event.inner, context)
    let new = state.states.values[place]
    for (i, predicate) in predicates.enumerated() {
      let verdict: Verdict
      do { verdict = try predicate(new) ? .holds : .violated } catch { verdict = .undefined }
      state.note(verdict, of: key, for: i)
    }
  }

  public var invariants: [Invariant<Self>] {
    var place = 0
    return inner.invariants.map { invariant in
      let check: Invariant<Self>.Check
      switch invariant.check {
      case .state:
        let i = place
        place += 1
        check = .state { state in
          if state.keys(.violated, for: i) > 0 { return false }
          if state.keys(.undefined, for: i) > 0 {
            throw Unsaid()
          }
          return true
        }
      case .step(let predicate):
        let initial = inner.initialState
        check = .step { before, event, after, context in
          guard let key = event.key, let new = after[key] else { return true }
          return try predicate(before[key] ?? initial, event.inner, new, context)
        }
      case .history(let inside):
        check = .history(KeyedHistory(inner: inside, initial: inner.initialState))
      }
      return Invariant<Self>(
        name: invariant.name, place: invariant.place, check: check, isFinal: invariant.isFinal)
    }
  }
}

/// The states of a ``Keyed`` machine, by key.
public struct KeyedState<State: Codable & Sendable>: Codable, Sendable {
  var states: [Name: State] = [:]
  /// For each predicate on states, the keys for which it is violated or undefined. They are kept, so that
  /// judging all keys examines none.
  private var bad: [Int: [Name: Verdict]] = [:]

  init() {}

  /// The state of a key; nil if it has had no event.
  public subscript(key: String) -> State? { states[Name(key)] }

  /// Every key, in the order of their bytes.
  public var keys: [String] { states.keys.sorted().map(\.string) }

  /// The states of all keys, in no order.
  public var values: some Collection<State> { states.values }

  mutating func note(_ verdict: Verdict, of key: Name, for predicate: Int) {
    guard verdict != .holds || bad[predicate]?[key] != nil else { return }
    bad[predicate, default: [:]][key] = verdict == .holds ? nil : verdict
  }

  func keys(_ verdict: Verdict, for predicate: Int) -> Int {
    bad[predicate]?.values.count { $0 == verdict } ?? 0
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private static var badKey: Key { Key(stringValue: "bad") }
  private static var statesKey: Key { Key(stringValue: "states") }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    var byKey = container.nestedContainer(keyedBy: Key.self, forKey: Self.statesKey)
    for (key, state) in states { try byKey.encode(state, forKey: Key(stringValue: key.string)) }
    let places = bad.filter { !$0.value.isEmpty }
    guard !places.isEmpty else { return }
    var byPlace = container.nestedContainer(keyedBy: Key.self, forKey: Self.badKey)
    for (place, verdicts) in places {
      var byKey = byPlace.nestedContainer(keyedBy: Key.self, forKey: Key(stringValue: "\(place)"))
      for (key, verdict) in verdicts {
        try byKey.encode(Int(verdict.rawValue), forKey: Key(stringValue: key.string))
      }
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let byKey = try container.nestedContainer(keyedBy: Key.self, forKey: Self.statesKey)
    for key in byKey.allKeys {
      states[Name(key.stringValue)] = try byKey.decode(State.self, forKey: key)
    }
    guard container.contains(Self.badKey) else { return }
    let byPlace = try container.nestedContainer(keyedBy: Key.self, forKey: Self.badKey)
    for place in byPlace.allKeys {
      let byKey = try byPlace.nestedContainer(keyedBy: Key.self, forKey: place)
      for key in byKey.allKeys {
        let verdict = Verdict(rawValue: UInt8(clamping: try byKey.decode(Int.self, forKey: key)))
        bad[Int(place.stringValue) ?? 0, default: [:]][Name(key.stringValue)] = verdict
      }
    }
  }
}

/// A history invariant for each key. It is violated while it is so for any key.
private struct KeyedHistory<Inner: Machine>: HistoryCheck {
  typealias M = Keyed<Inner>

  struct Memory: Sendable {
    var inner: [Name: any Sendable] = [:]
    var violated: Set<Name> = []
  }

  let inner: any HistoryCheck<Inner>
  let initial: Inner.State

  var initialMemory: any Sendable { Memory() }

  func next(
    _ memory: inout any Sendable, _ before: KeyedState<Inner.State>, _ event: Keyed<Inner>.Event,
    _ after: KeyedState<Inner.State>, _ context: EventContext
  ) throws -> Bool {
    guard var own = memory as? Memory else { return false }
    defer { memory = own }
    guard let key = event.key.map(Name.init), let new = after.states[key] else {
      return own.violated.isEmpty
    }
    var inside = own.inner[key] ?? inner.initialMemory
    defer { own.inner[key] = inside }
    let isTrue = try inner.next(
      &inside, before.states[key] ?? initial, event.inner, new, context)
    if isTrue { own.violated.remove(key) } else { own.violated.insert(key) }
    return own.violated.isEmpty
  }

  /// A list of `[key, memory, whether it is violated]`.
  func encode(_ memory: any Sendable, to bytes: inout [UInt8]) throws {
    guard let own = memory as? Memory else { return JSONValue.null.write(to: &bytes) }
    bytes.append(UInt8(ascii: "["))
    for (i, key) in own.inner.keys.sorted().enumerated() {
      bytes.append(contentsOf: i > 0 ? ",[".utf8 : "[".utf8)
      JSONValue.write(key.string, to: &bytes)
      bytes.append(UInt8(ascii: ","))
      try inner.encode(own.inner[key] ?? inner.initialMemory, to: &bytes)
      bytes.append(UInt8(ascii: ","))
      JSONValue.bool(own.violated.contains(key)).write(to: &bytes)
      bytes.append(UInt8(ascii: "]"))
    }
    bytes.append(UInt8(ascii: "]"))
  }

  func decode(_ saved: JSONPlace) throws -> any Sendable {
    var memory = Memory()
    for entry in saved.elements ?? [] {
      let parts = try entry.elements(3)
      let key = Name(try parts[0].decode(String.self))
      memory.inner[key] = try inner.decode(parts[1])
      if parts[2].isTrue { memory.violated.insert(key) }
    }
    return memory
  }
}

/// Why the invariant of the whole has no verdict.
private struct Unsaid: Error, CustomStringConvertible {
  var description: String { "it is undecided for some key" }
}
