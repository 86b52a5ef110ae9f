import EvlogCore

/// Vector clocks that programs recorded with their events, turned into edges.
///
/// A clock is a number for each host, and a line is the events of one host, by the host's name. The number that
/// an event has for its own host numbers the event; the number `k` for another host means the event of that
/// host which has the number `k`. A host that a clock does not mention is not known to it, so clocks may name
/// different hosts.
///
/// Numbers of a host may leave some out, as where not every event was recorded: the event `k` is then a *hole*.
/// An event that knows of it knows of those before it. Everything else that does not fit together is an error
/// which names the event: clocks are never guessed.
public struct RecordedClocks: Sendable {
  /// What a clock says of another host that the clock before it in its line did not.
  private struct Claim {
    var event: UInt32
    var host: Int
    var number: UInt64
  }

  private let lines: [CausalLine]
  private let hosts: [String: Int]
  private let allowsHoles: Bool
  private var claims: [[Claim]]
  /// The numbered events of each line, in order.
  private var numbered: [[(number: UInt64, event: UInt32)]]
  /// The last clock of each line.
  private var last: [[Int: UInt64]]
  /// Hosts that have no line, and what knew of them.
  private var strangers: [(host: String, number: UInt64, event: CausalEvent)] = []
  /// How often a clock knows of an event that is a hole. Known once the edges were added.
  public private(set) var holeCount: UInt64 = 0
  /// The first event that knows of a hole. Known once the edges were added.
  public private(set) var firstHole: CausalEvent?

  /// Clocks of the events of lines, whose names are the hosts.
  public init(lines: [CausalLine], allowsHoles: Bool = true) {
    self.lines = lines
    self.allowsHoles = allowsHoles
    hosts = Dictionary(lines.enumerated().map { ($1.name, $0) }) { first, _ in first }
    claims = Array(repeating: [], count: lines.count)
    numbered = Array(repeating: [], count: lines.count)
    last = Array(repeating: [:], count: lines.count)
  }

  /// Adds the clock of an event. Those of a line must come in their order; events without a clock are left out.
  ///
  /// Throws ``CausalityError`` with both events if the clock does not number its own event, has the same number
  /// as the one before it, or has a smaller number for any host: then it was copied, its host started again, or
  /// lines were swapped.
  public mutating func add(
    _ clock: some Sequence<(key: String, value: UInt64)>, of event: CausalEvent
  ) throws(CausalityError) {
    guard lines.hold(event) else {
      throw CausalityError(.unknownEvent, "There is no event \(lines.name(event))", event)
    }
    let (line, offset) = (event.line, UInt32(event.offset))
    let before = numbered[line].last
    let previous = before.map { CausalEvent(line, $0.event) }
    precondition(before.map { $0.event < offset } ?? true, "clocks of a line in their order")
    var own: UInt64 = 0
    for (host, number) in clock {
      guard let other = hosts[host] else {
        if number > 0 { strangers.append((host, number, event)) }
        continue
      }
      if other == line { own = number }
      let known = last[line][other, default: 0]
      if number < known, let previous {
        throw CausalityError(
          .decreasingClock,
          "The clock of \(lines.name(event)) has \(number) for '\(host)', and that of "
            + "\(lines.name(previous)) before it has \(known)", event, previous)
      }
      guard number > known else { continue }
      last[line][other] = number
      if other != line { claims[line].append(Claim(event: offset, host: other, number: number)) }
    }
    guard own > 0 else {
      throw CausalityError(
        .unnumberedClock,
        "The clock of \(lines.name(event)) has no number for its own host '\(lines[line].name)'",
        event)
    }
    if let before, let previous, before.number == own {
      throw CausalityError(
        .duplicateClock,
        "The clock of \(lines.name(event)) has the same number \(own) for its own host as that of "
          + lines.name(previous), event, previous)
    }
    numbered[line].append((own, offset))
  }

  /// Adds the edges that the clocks say.
  ///
  /// Throws ``CausalityError`` if a clock knows of a host that has no line, or of an event after the last one of
  /// its host, and the builder refuses dangling references; also for a hole, if those are not allowed.
  public mutating func addEdges(to builder: inout CausalityBuilder) throws(CausalityError) {
    for (host, number, event) in strangers {
      try builder.addDanglingReference("\(host):\(number)", of: event)
    }
    for line in lines.indices {
      for claim in claims[line] {
        let effect = CausalEvent(line, claim.event)
        let events = numbered[claim.host]
        // The last event with at most this number.
        var (low, high) = (0, events.count)
        while low < high {
          let middle = (low + high) / 2
          if events[middle].number <= claim.number { low = middle + 1 } else { high = middle }
        }
        let isExact = low > 0 && events[low - 1].number == claim.number
        if !isExact {
          let name = "\(lines[claim.host].name):\(claim.number)"
          guard low < events.count else {
            try builder.addDanglingReference(name, of: effect)
            continue
          }
          guard allowsHoles else {
            throw CausalityError(
              .clockHole,
              "The clock of \(lines.name(effect)) knows of '\(name)', but the next event of that "
                + "host is number \(events[low].number)", effect,
              CausalEvent(claim.host, events[low].event))
          }
          holeCount += 1
          firstHole = firstHole ?? effect
          if low == 0 { continue }
        }
        try builder.addEdge(from: CausalEvent(claim.host, events[low - 1].event), to: effect)
      }
    }
  }
}
