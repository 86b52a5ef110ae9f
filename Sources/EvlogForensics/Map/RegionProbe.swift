public import EvlogCore
public import EvlogMachine
public import EvlogReplay

/// A trial of what was never seen: an event of the log applied to a state of the log that it never met. The
/// answer is synthetic, not observed.
public struct RegionTrial: Codable, Sendable, Hashable {
  /// The region that the state is in.
  public let region: String
  /// The type of the event that is tried.
  public let type: String
  /// The cut of the state; nil for the initial state of a stream or key.
  public let cut: Cut?
  /// The event that identifies the stream or key of the state: the one just before or after the cut.
  public let witness: Offset?
  /// The event that is tried.
  public let offset: Offset

  public init(region: String, type: String, cut: Cut?, witness: Offset?, offset: Offset) {
    self.region = region
    self.type = type
    self.cut = cut
    self.witness = witness
    self.offset = offset
  }

  package var place: RegionTally.Place { RegionTally.Place(region: region, type: type) }
}

/// The outcome of a trial.
public enum RegionOutcome: Codable, Sendable, Hashable {
  /// The state changes, and is in this region.
  case leads(to: String)
  case changesNothing
  /// An invariant breaks, by its name.
  case breaks(String)
  /// An invariant cannot be judged after it.
  case undefined(String)
  /// The machine does not take the event.
  case refused(String)
  /// The process ended.
  case traps
}

extension RegionMap {
  /// Trials for every cell in which nothing was seen: unknown ones, and those allowed without evidence.
  ///
  /// States are taken from where events occurred in the region or led to it, events from where the type was
  /// seen; at most `limit` pairs for each cell, in the order of their cuts.
  public func trials(limit: Int = 8) -> [RegionTrial] {
    var states: [Name: [(cut: Cut, witness: Offset)]] = [:]
    var events: [Name: [Offset]] = [:]
    for (place, count) in tally.counts.sorted(by: { $0.value.first < $1.value.first }) {
      events[Name(place.type), default: []] += [count.first, count.last]
      if Name(place.region) != Name(RegionDeclaration.beginning) || machine.scope == .log {
        states[Name(place.region), default: []] += [
          (count.first.cutBefore, count.first), (count.last.cutBefore, count.last),
        ]
      }
      for target in count.targets {
        states[Name(target.region), default: []].append((target.first.cutAfter, target.first))
      }
    }
    var trials: [RegionTrial] = []
    for cell in cells where cell.mark == .unknown || cell.mark == .claimed {
      let offsets = (events[Name(cell.type)] ?? []).uniqued()
      let isBeginning =
        machine.scope != .log && Name(cell.region) == Name(RegionDeclaration.beginning)
      var pairs: [RegionTrial] = []
      if isBeginning {
        pairs = offsets.map {
          RegionTrial(region: cell.region, type: cell.type, cut: nil, witness: nil, offset: $0)
        }
      } else {
        let moments = states[Name(cell.region)] ?? []
        for (i, moment) in moments.enumerated() {
          for (j, offset) in offsets.enumerated() where (i + j) % max(1, moments.count / 4) == 0 {
            pairs.append(
              RegionTrial(
                region: cell.region, type: cell.type, cut: moment.cut, witness: moment.witness,
                offset: offset))
          }
        }
      }
      trials += pairs.uniqued().prefix(limit)
    }
    return trials.sorted { ($0.cut ?? 0, $0.offset) < ($1.cut ?? 0, $1.offset) }
  }
}

extension Replayer {
  /// Tries events on states, one trial after the other. `began` gets the number of each trial first, because a
  /// compiled machine may take the process down.
  public func attempt(
    _ trials: [RegionTrial], by rule: RegionRule, began: (Int) throws -> Void,
    ended: (Int, RegionOutcome) throws -> Void
  ) throws {
    let playhead = try Playhead(makeHost(), over: history)
    for (i, trial) in trials.enumerated() {
      try playhead.advance(to: trial.cut ?? 0)
      guard let event = try history.event(at: trial.offset) else {
        try ended(i, .refused("there is no event at offset \(trial.offset)"))
        continue
      }
      let witness = try trial.witness.flatMap { try history.event(at: $0) }
      try began(i)
      let made: Attempt
      do throws(MachineError) {
        made = try playhead.host.attempt(event, onStateOf: witness, by: rule)
      } catch {
        try ended(i, .refused(error.message))
        if error.kind == .timedOut || error.kind == .outOfMemory { throw error }
        continue
      }
      try ended(i, outcome(of: made))
    }
  }

  private func outcome(of attempt: Attempt) -> RegionOutcome {
    if let broken = attempt.broken.first { return .breaks(machine.invariants[broken].name) }
    if let undefined = attempt.undefined.first {
      return .undefined(machine.invariants[undefined].name)
    }
    return attempt.isChanged ? .leads(to: attempt.region) : .changesNothing
  }
}

extension RegionOutcome {
  /// One word for it.
  package var name: String {
    switch self {
    case .leads: "leads"
    case .changesNothing: "changesNothing"
    case .breaks: "breaks"
    case .undefined: "undefined"
    case .refused: "refused"
    case .traps: "traps"
    }
  }
}
