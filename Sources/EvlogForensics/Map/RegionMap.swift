public import EvlogCore
import EvlogJSON
public import EvlogMachine
public import EvlogReplay

/// Regions of states against event types: what is declared, what happened, and what is unknown.
///
/// The map counts executed transitions, never states alone. Transitions that were neither declared nor seen are
/// unknown: blind spots.
public struct RegionMap: Sendable {
  /// What is known about an event type in a region.
  public enum Mark: String, Sendable, CaseIterable {
    /// Allowed, seen, and it led where it should.
    case confirmed
    /// Allowed, but never seen: a claim without evidence.
    case claimed
    /// Allowed and seen, but it led to a region where it should not.
    case deviation
    /// Declared to change nothing, and it changed nothing.
    case ignored
    /// Declared to change nothing, but it changed something.
    case lie
    /// Forbidden, and never seen.
    case guarded
    /// Forbidden, but seen.
    case broken
    /// Seen, but not declared.
    case surprise
    /// Neither seen nor declared.
    case unknown
  }

  /// An event type in a region: what is declared, and what was seen.
  public struct Cell: Sendable {
    /// The region in which the events occurred.
    public let region: String
    /// The type of the events.
    public let type: String
    /// What is declared; nil if nothing is.
    public let move: Move?
    /// What was seen; nil if nothing was.
    public let count: RegionTally.Count?
    /// How declaration and observation fit together.
    public let mark: Mark

    /// The first event that is not as declared.
    public var firstWrong: Offset? {
      switch (mark, move) {
      case (.deviation, .allowed(let targets)?):
        count?.targets.filter { !targets.hasName($0.region) }.map(\.first).min()
      case (.lie, _): count?.changes?.first
      case (.broken, _), (.surprise, _): count?.first
      default: nil
      }
    }
  }

  /// The machine that has the regions.
  public let machine: MachineDescriptor
  /// The cut up to which events were counted.
  public let cut: Cut
  /// The declared regions, in their order; then others that were seen.
  public let regions: [String]
  /// The event types, ordered by name.
  public let types: [String]

  /// Whether the regions are the values at a path at which nothing ever was.
  package var isOfNothing: Bool {
    !types.isEmpty
      && regions.allSatisfy {
        $0 == RegionDeclaration.beginning || $0 == JSONValue.absentRegionName
      }
  }

  /// The cells, row by row.
  public let cells: [Cell]
  /// The counts that the cells were made from.
  public let tally: RegionTally
  /// How many streams or keys had an event, and those at which the machine failed: the events of those are
  /// in no cell from there on.
  package let keys: ScannedKeys
  public var keyCount: Int { keys.count }
  public var failedKeys: [KeyFailure] { keys.failed }

  init(
    _ machine: MachineDescriptor, _ rule: RegionRule, cut: Cut, _ tally: RegionTally,
    _ keys: ScannedKeys
  ) {
    self.keys = keys
    self.machine = machine
    self.cut = cut
    self.tally = tally
    let declared =
      rule == .declared ? machine.regions ?? RegionDeclaration(moves: [:]) : .init(moves: [:])
    let counts = tally.counts
    let seen = Set(
      counts.flatMap { place, count in
        ([place.region] + count.targets.map(\.region)).map(Name.init)
      })
    var regions = declared.names.map(Name.init)
    // Before the first event of a stream or key there is no state.
    let beginning = Name(RegionDeclaration.beginning)
    if machine.scope != .log { regions.insert(beginning, at: 0) }
    regions += seen.subtracting(regions).sorted()
    let types = Set(counts.keys.map { Name($0.type) })
      .union(declared.moves.values.flatMap { $0.keys.map(Name.init) })
      .union(machine.eventTypes.map(Name.init)).sorted()
    self.regions = regions.map(\.string)
    self.types = types.map(\.string)
    cells = regions.flatMap { region in
      types.map { type in
        let place = RegionTally.Place(region: region.string, type: type.string)
        let move = declared.move(in: region.string, on: type.string)
        let count = counts[place]
        return Cell(
          region: region.string, type: type.string, move: move, count: count,
          mark: Self.mark(move, count))
      }
    }
  }

  private static func mark(_ move: Move?, _ count: RegionTally.Count?) -> Mark {
    switch (move, count) {
    case (nil, nil): return .unknown
    case (nil, _?): return .surprise
    case (.allowed, nil): return .claimed
    case (.allowed(let targets), let count?):
      return count.targets.allSatisfy { targets.hasName($0.region) } ? .confirmed : .deviation
    case (.ignored, nil): return .ignored
    case (.ignored, let count?): return count.changes == nil ? .ignored : .lie
    case (.forbidden, nil): return .guarded
    case (.forbidden, _?): return .broken
    }
  }

  /// The number of cells with a mark.
  public func count(_ mark: Mark) -> Int { cells.count { $0.mark == mark } }

  /// The number of events that occurred while a state was in the region. With 95 % certainty, a type that never
  /// occurred there occurs in fewer than three of that many events.
  public func exposure(of region: String) -> UInt64 {
    cells.filter { Name($0.region) == Name(region) }.reduce(0) { $0 + ($1.count?.events ?? 0) }
  }

  /// Whether something is not as declared.
  public var isBroken: Bool {
    cells.contains { [.deviation, .lie, .broken].contains($0.mark) }
  }
}

extension Replayer {
  /// Counts every event by the region that its state was in, and adds what is declared.
  ///
  /// The events in the cells, the ignored ones, those that concern no state, and those after a key's failure
  /// add up to the events before the cut. Throws if a machine with one state cannot take an event.
  public func map(by rule: RegionRule = .declared, to cut: Cut? = nil) async throws -> RegionMap {
    try await QuestionThreads.run {
      let cut = try checked(cut)
      let counting = RegionCounter(rule)
      let playhead = try playhead()
      try playhead.advance(
        to: cut, watching: .regions(counting), workers: workers, verdict: { _ in },
        moment: { _ in }, passed: { _ in })
      var keys = try ScannedKeys(of: playhead.host)
      keys.arrange(to: cut)
      return RegionMap(machine, rule, cut: cut, counting.tally, keys)
    }
  }
}

extension [String] {
  fileprivate func hasName(_ name: String) -> Bool { contains { Name($0) == Name(name) } }
}
