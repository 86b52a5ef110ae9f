public import EvlogContracts
import EvlogCore

// What the whole says of itself is what its parts say.
extension Combined {
  /// Both contracts as one. Throws if they say different things of one event type.
  public var contract: Contract? {
    get throws {
      guard let own = try first.contract else { return try second.contract?.joined(with: nil) }
      return try own.joined(with: try second.contract)
    }
  }

  /// The regions of the parts, side by side: `held, open`. A move is declared if each part that handles the event
  /// declares one.
  ///
  /// Where only one part has regions, they are those of the whole.
  public var regions: Regions<State>? {
    let (a, b) = (first.regions, second.regions)
    switch (a, b) {
    case (nil, nil): return nil
    case (let a?, nil):
      return Regions(of: { a.of($0.first) }, number: nil, a.declaration.besideUnknown)
    case (nil, let b?):
      return Regions(of: { b.of($0.second) }, number: nil, b.declaration.besideUnknown)
    case (let a?, let b?):
      let of: @Sendable (State) -> String = { Self.place(a.of($0.first), b.of($0.second)) }
      let (inA, inB) = (
        DeclaredMoves(a.declaration, of: first), DeclaredMoves(b.declaration, of: second)
      )
      var moves: [String: [String: Move]] = [:]
      var names: [String] = []
      /// The moves from where the parts are; `stays` is where one is afterwards that the event does not move.
      func row(_ here: String, _ there: String, stays: (String, String)) -> [String: Move] {
        var row: [String: Move] = [:]
        for type in inA.types.union(inB.types) {
          guard let one = inA.move(here, type.string), let other = inB.move(there, type.string)
          else { continue }
          row[type.string] =
            switch (one, other) {
            case (.forbidden, _), (_, .forbidden): .forbidden
            case (.ignored, .ignored): .ignored
            default:
              .allowed(
                to: one.targets(from: stays.0).flatMap { a in
                  other.targets(from: stays.1).map { Self.place(a, $0) }
                })
            }
        }
        return row
      }
      for here in a.declaration.names {
        for there in b.declaration.names {
          names.append(Self.place(here, there))
          moves[Self.place(here, there)] = row(here, there, stays: (here, there))
        }
      }
      if scope.kind != .log {
        // Before the first event of a stream or key, each part is where it begins.
        let begun = (a.of(first.initialState), b.of(second.initialState))
        let none = RegionDeclaration.beginning
        moves[none] = row(
          a.declaration.moves[none] == nil ? begun.0 : none,
          b.declaration.moves[none] == nil ? begun.1 : none, stays: begun)
      }
      return Regions(of: of, names: names, moves: moves)
    }
  }

  private static func place(_ a: String, _ b: String) -> String { "\(a), \(b)" }

  /// The events of both parts. One that both have happens once, and to both.
  ///
  /// A symmetry of one part is none of the whole, because the other part may know the same names.
  public var exploration: Exploration<Self>? {
    let (a, b) = (first.exploration, second.exploration)
    guard a != nil || b != nil else { return nil }
    var bound: (@Sendable (State) -> Bool)?
    if a?.bound != nil || b?.bound != nil {
      bound = { a?.bound?($0.first) != false && b?.bound?($0.second) != false }
    }
    let stream: @Sendable (Event) -> String = { event in
      event.first.flatMap { a?.stream?($0) } ?? event.second.flatMap { b?.stream?($0) }
        ?? ExplorerSetup.stream
    }
    return Exploration(
      stream: a?.stream == nil && b?.stream == nil ? nil : stream, bound: bound,
      encoding: { event in
        if let a, let event = event.first { return try a.encode(event) }
        if let b, let event = event.second { return try b.encode(event) }
        throw UnknownEventType(type: "event of no part")
      },
      events: { state in
        var events = OfferedEvents(whole: self, stream: stream)
        for event in a?.events(state.first) ?? [] {
          events.add(Event(first: event, second: nil)) { try a?.encode(event) }
        }
        for event in b?.events(state.second) ?? [] {
          events.add(Event(first: nil, second: event)) { try b?.encode(event) }
        }
        return events.all
      })
  }
}

extension Keyed {
  public var contract: Contract? { get throws { try inner.contract } }

  /// The events that the keys' states offer, and those of a key that has had none yet.
  public var exploration: Exploration<Self>? {
    guard let inside = inner.exploration else { return nil }
    let initial = inner.initialState
    var bound: (@Sendable (KeyedState<Inner.State>) -> Bool)?
    if let isWithin = inside.bound { bound = { $0.values.allSatisfy(isWithin) } }
    let stream = inside.stream.map { stream in
      { @Sendable (event: Event) in stream(event.inner) }
    }
    return Exploration(
      stream: stream, bound: bound, encoding: { try inside.encode($0.inner) },
      events: { state in
        var events = OfferedEvents(whole: self, stream: stream ?? { _ in ExplorerSetup.stream })
        for key in state.keys {
          for event in inside.events(state[key] ?? initial) {
            events.add(Event(key: nil, inner: event)) { try inside.encode(event) }
          }
        }
        for event in inside.events(initial) {
          events.add(Event(key: nil, inner: event)) { try inside.encode(event) }
        }
        return events.all
      })
  }
}

/// Events that parts offer, each once, and as the whole machine decodes it.
private struct OfferedEvents<Whole: Machine> {
  let whole: Whole
  let stream: (Whole.Event) -> String
  private(set) var all: [Whole.Event] = []
  private var known: Set<EncodedEvent> = []

  init(whole: Whole, stream: @escaping (Whole.Event) -> String) {
    (self.whole, self.stream) = (whole, stream)
  }

  /// `event` is what one part has. It is kept as it is if it cannot be encoded or decoded; its execution then says
  /// what is wrong.
  mutating func add(_ event: Whole.Event, encoded: () throws -> EncodedEvent?) {
    do {
      guard let encoded = try encoded() else { return }
      guard known.insert(encoded).inserted else { return }
      let new = NewEvent(encoded, stream: stream(event))
      all.append(try whole.decode(RecordedEvent(new, offset: 0, revision: 0)))
    } catch { all.append(event) }
  }
}

/// The moves of a part. An event type that the part does not know changes nothing.
private struct DeclaredMoves<Inner: Machine> {
  let declaration: RegionDeclaration
  let machine: Inner
  let types: Set<Name>

  init(_ declaration: RegionDeclaration, of machine: Inner) {
    (self.declaration, self.machine) = (declaration, machine)
    types = Set(declaration.moves.values.flatMap { $0.keys.map { Name($0) } })
  }

  func move(_ region: String, _ type: String) -> Move? {
    if let move = declaration.move(in: region, on: type) { return move }
    return types.contains(Name(type)) || Part.knows(type, machine) ? nil : .ignored
  }
}

extension RegionMove<String> {
  fileprivate func targets(from region: String) -> [String] {
    if case .allowed(let targets) = self { targets } else { [region] }
  }
}

extension RegionDeclaration {
  /// The declaration of a machine beside one without regions: that may change its state where this one ignores an
  /// event.
  fileprivate var besideUnknown: RegionDeclaration {
    var moves = moves
    for (region, types) in moves {
      for (type, move) in types where move == .ignored {
        moves[region]?[type] = .allowed(to: [region])
      }
    }
    return RegionDeclaration(names: names, moves: moves)
  }
}
