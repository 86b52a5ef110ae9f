public import EvlogCore
public import EvlogJSON

/// A division of a machine's states into a few regions, and what each event type is meant to do in
/// each of them.
///
///     enum Phase: String, CaseIterable { case open, closed }
///
///     var regions: Regions<State>? {
///       Regions(of: { $0.isClosed ? Phase.closed : .open }, moves: [
///         .open: ["deposited": .allowed(to: [.open]), "closed": .allowed(to: [.closed])],
///         .closed: ["deposited": .forbidden],
///       ])
///     }
public struct Regions<State>: Sendable {
  let of: @Sendable (State) -> String
  /// Where regions are cases of an enum: the number of a state's region among the names.
  let number: (@Sendable (State) -> Int)?
  /// The declaration.
  public let declaration: RegionDeclaration

  /// Regions that are cases of an enum, named by their raw values. This is the fast way: no name is looked up.
  @inlinable @inline(__always)
  public init<Region: RawRepresentable<String> & CaseIterable & Hashable & Sendable>(
    of region: @escaping @Sendable (State) -> Region,
    moves: [Region: [String: RegionMove<Region>]]
  ) {
    let isNumbered = areNumbered(Region.self)
    let number: @Sendable (State) -> Int = { numberOfCase(region($0)) }
    var named: [String: [String: Move]] = [:]
    for (region, types) in moves {
      named[region.rawValue] = types.mapValues { $0.mapped { $0.rawValue } }
    }
    self.init(
      of: { region($0).rawValue }, number: isNumbered ? number : nil,
      RegionDeclaration(names: Region.allCases.map { $0.rawValue }, moves: named))
  }

  @usableFromInline
  init(
    of: @escaping @Sendable (State) -> String, number: (@Sendable (State) -> Int)?,
    _ declaration: RegionDeclaration
  ) {
    self.of = of
    self.number = number
    self.declaration = declaration
  }

  /// Regions by their names. `names` are the intended ones; those that `moves` mentions are added.
  public init(
    of region: @escaping @Sendable (State) -> String, names: [String] = [],
    moves: [String: [String: Move]]
  ) {
    self.init(of: region, number: nil, RegionDeclaration(names: names, moves: moves))
  }
}

/// Whether the byte that a value is in memory is its place among all cases: it is, of an enum without cases that
/// have values, unless it lists its cases itself.
@usableFromInline func areNumbered<Case: CaseIterable>(_: Case.Type) -> Bool {
  guard MemoryLayout<Case>.size == 1, _isPOD(Case.self) else { return false }
  return Case.allCases.enumerated().allSatisfy { $0 == numberOfCase($1) }
}

@inlinable @inline(__always) func numberOfCase<Case>(_ value: Case) -> Int {
  unsafe withUnsafeBytes(of: value) { unsafe Int($0[0]) }
}

/// What an event of a type is meant to do in a region, by the regions' names.
public typealias Move = RegionMove<String>

/// What an event of a type is meant to do in a region.
public enum RegionMove<Region: Hashable>: Hashable {
  /// The event leads to one of these regions.
  case allowed(to: [Region])
  /// The event may occur, and changes nothing.
  case ignored
  /// The event must not occur.
  case forbidden

  @usableFromInline func mapped<Other>(_ other: (Region) -> Other) -> RegionMove<Other> {
    switch self {
    case .allowed(let regions): .allowed(to: regions.map(other))
    case .ignored: .ignored
    case .forbidden: .forbidden
    }
  }
}

extension RegionMove: Sendable where Region: Sendable {}

/// The declared regions of a machine's states, and the moves between them.
public struct RegionDeclaration: Sendable, Hashable {
  /// The region before the first event of a stream or key.
  public static let beginning: String = "∅"

  /// The regions in the order of declaration; those that only `moves` mentions come last.
  public let names: [String]
  /// The moves by region, then by event type.
  public let moves: [String: [String: Move]]

  public init(names: [String] = [], moves: [String: [String: Move]]) {
    var all = names
    for (region, types) in moves.sorted(by: { $0.key < $1.key }) {
      let targets = types.sorted { $0.key < $1.key }.flatMap { _, move -> [String] in
        if case .allowed(let targets) = move { targets } else { [] as [String] }
      }
      for name in [region] + targets
      where !all.contains(where: { Name($0) == Name(name) }) && name != Self.beginning {
        all.append(name)
      }
    }
    self.names = all
    self.moves = moves
  }

  /// The declaration for an event type in a region; nil if there is none.
  public func move(in region: String, on type: String) -> Move? {
    Self.value(of: type, in: Self.value(of: region, in: moves) ?? [:])
  }

  /// Names are bytes; to a dictionary of texts, two spellings of "é" are one.
  private static func value<T>(of name: String, in values: [String: T]) -> T? {
    guard let i = values.index(forKey: name), Name(values[i].key) == Name(name) else { return nil }
    return values[i].value
  }

  /// Whether anything in a region is declared to change nothing.
  package func hasIgnored(in region: String) -> Bool {
    Self.value(of: region, in: moves)?.values.contains(.ignored) ?? false
  }
}

/// How the region of a state is determined.
public enum RegionRule: Sendable, Hashable {
  /// By the machine's declaration.
  case declared
  /// By the value at a path of the state.
  case value(StatePath)
}

/// How often each event type occurred in each region, and where it led.
public struct RegionTally: Sendable, Equatable {
  /// A region and an event type.
  public struct Place: Sendable, Hashable {
    /// The region that the state was in before the event.
    public let region: String
    /// The type of the event.
    public let type: String

    public init(region: String, type: String) {
      self.region = region
      self.type = type
    }

    public static func == (a: Place, b: Place) -> Bool {
      Name(a.region) == Name(b.region) && Name(a.type) == Name(b.type)
    }

    public func hash(into hasher: inout Hasher) {
      hasher.combine(Name(region))
      hasher.combine(Name(type))
    }
  }

  /// How often events of one type occurred in one region, and where they led.
  public struct Count: Sendable, Equatable {
    /// The number of events.
    public var events: UInt64 = 0
    /// The offset of the first event.
    public var first: Offset
    /// The offset of the last event.
    public var last: Offset
    /// The regions that they led to, ordered by name.
    public private(set) var targets: [Target] = []
    /// Of events declared to change nothing: how many changed something, and the first.
    public private(set) var changes: (events: UInt64, first: Offset)?

    package init(at offset: Offset) {
      first = offset
      last = offset
    }

    /// More events of the same kind that led to one region.
    mutating func add(_ count: UInt64, first: Offset, last: Offset, to region: String) {
      add(at: first, to: region, hasChanged: false)
      events += count - 1
      self.first = min(self.first, first)
      self.last = max(self.last, last)
      if let i = targets.firstIndex(where: { Name($0.region) == Name(region) }) {
        targets[i].events += count - 1
        targets[i].first = min(targets[i].first, first)
      }
    }

    package mutating func add(at offset: Offset, to region: String, hasChanged: Bool) {
      events += 1
      last = max(last, offset)
      let i = targets.firstIndex { !(Name($0.region) < Name(region)) } ?? targets.count
      if i == targets.count || Name(targets[i].region) != Name(region) {
        targets.insert(Target(region: region, events: 0, first: offset), at: i)
      }
      targets[i].events += 1
      if hasChanged { changes = ((changes?.events ?? 0) + 1, changes?.first ?? offset) }
    }

    public static func == (a: Count, b: Count) -> Bool {
      (a.events, a.first, a.last) == (b.events, b.first, b.last) && a.targets == b.targets
        && a.changes?.events == b.changes?.events && a.changes?.first == b.changes?.first
    }
  }

  /// A region that events led to.
  public struct Target: Sendable, Equatable {
    /// The region that the state was in after the event.
    public let region: String
    /// The number of events that led there.
    public fileprivate(set) var events: UInt64
    /// The offset of the first of them.
    public fileprivate(set) var first: Offset

    public static func == (a: Target, b: Target) -> Bool {
      (Name(a.region), a.events, a.first) == (Name(b.region), b.events, b.first)
    }
  }

  /// The counts; a place without events is absent.
  public var counts: [Place: Count] {
    get {
      var counts = counted
      moves.forEach { type, from, to, count in
        counts[Place(region: from, type: type), default: Count(at: count.first)].add(
          count.events, first: count.first, last: count.last, to: to)
      }
      return counts
    }
    set {
      counted = newValue
      moves = RegionMoves()
    }
  }

  /// What was counted event by event, and in blocks.
  private var counted: [Place: Count] = [:]
  var moves = RegionMoves()
  /// The number of events of types that the machine ignores by name.
  public var ignored: UInt64 = 0
  /// The number of events that concern no state.
  public var unconcerned: UInt64 = 0
  /// The number of events of streams or keys at which the machine failed, from the failing event on.
  public var afterFailure: UInt64 = 0

  public init() {}

  public static func == (a: RegionTally, b: RegionTally) -> Bool {
    (a.ignored, a.unconcerned, a.afterFailure) == (b.ignored, b.unconcerned, b.afterFailure)
      && a.counts == b.counts
  }

  /// The number of all counted events.
  public var events: UInt64 {
    counts.values.reduce(ignored + unconcerned + afterFailure) { $0 + $1.events }
  }

  /// Removes and returns what was counted in blocks, for a caller that adds to it and puts it back.
  mutating func takeMoves() -> RegionMoves {
    var taken = RegionMoves()
    swap(&taken, &moves)
    return taken
  }

  package mutating func add(
    _ type: String, at offset: Offset, from region: String, to target: String, hasChanged: Bool
  ) {
    counted[Place(region: region, type: type), default: Count(at: offset)]
      .add(at: offset, to: target, hasChanged: hasChanged)
  }
}

extension JSONValue {
  /// The region of states that have no value at the path.
  package static var absentRegionName: String { "(nothing)" }
}

extension JSONValue? {
  /// The name of the region for this value.
  package var regionName: String {
    switch self {
    case nil: JSONValue.absentRegionName
    case .string(let text)?: text
    case let value?: value.canonicalText
    }
  }
}
