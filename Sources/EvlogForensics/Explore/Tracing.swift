import EvlogCore
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// Makes runs of what an exploration found: the events, which are asked for again one after the other, and the states
/// to which a host comes with them.
struct Tracing<E: Explorer> {
  private let explorer: E
  private let replayer: Replayer
  private let setup: ExplorerSetup
  private let cut: Cut?

  init(_ explorer: E, _ replayer: Replayer, _ setup: ExplorerSetup, from cut: Cut?) {
    self.explorer = explorer
    self.replayer = replayer
    self.setup = setup
    self.cut = cut
  }

  /// The run of the events with these numbers, and whether its end violates an invariant.
  func trace(_ path: some Collection<Int>, breaking invariant: Int? = nil) throws
    -> ExploredSpace.Trace
  {
    let events = try recorded(try events(path))
    let host: any Host
    if let cut {
      var work = Replayer.Work()
      host = try replayer.execution(at: cut, ofKey: setup.key, work: &work)
    } else {
      host = try replayer.program.makeHost()
    }
    var key = setup.key
    var states = [try state(of: host, key)]
    var verdict: Verdict?
    if events.isEmpty, let invariant { verdict = try host.judge(invariant, of: key).verdict }
    for event in events {
      verdict = nil
      do throws(MachineError) {
        try host.run([event], watching: .writes(verdicts: true)) { change in
          if change.invariant == invariant { verdict = change.verdict }
        } moment: {
          key = $0.key ?? key
        }
      } catch {
        // The last event may be one that the machine does not take.
        break
      }
      states.append(try state(of: host, key))
    }
    let isRepeated = invariant == nil || verdict == .violated || verdict == .undefined
    return ExploredSpace.Trace(events: events, states: states, isRepeated: isRepeated)
  }

  /// A key that has had no event has the initial state, which a host has no name for.
  private func state(of host: any Host, _ key: String?) throws -> JSONValue {
    try host.state(of: key) ?? .object(JSONObject())
  }

  private func events(_ path: some Collection<Int>) throws -> [NewEvent] {
    var events: [NewEvent] = []
    var node = try explorer.beginning().node
    for (i, number) in path.enumerated() {
      let offset = (cut ?? 0).offsetAfter + UInt64(i)
      let offered = try explorer.events(in: node, at: offset)
      guard offered.indices.contains(number) else { throw changed() }
      events.append(offered[number])
      if i == path.count - 1 { break }
      var found = Expansion<E.Node>()
      try explorer.expand([node], at: offset, isKnown: { _ in false }, into: &found)
      guard let next = found.arrivals.first(where: { $0.place.event == number }) else {
        throw changed()
      }
      node = next.node
    }
    return events
  }

  private func changed() -> MachineError {
    MachineError(
      .invalid, machine: replayer.machine.name,
      "It gives other events for the same state when it is asked again",
      handler: "the exploration's events")
  }

  /// The events as they are in a log after those before the cut.
  private func recorded(_ events: [NewEvent]) throws -> [RecordedEvent] {
    var revisions: [Name: Revision] = [:]
    var recorded: [RecordedEvent] = []
    for (i, event) in events.enumerated() {
      let stream = Name(event.stream)
      if revisions[stream] == nil, let cut {
        let query = Query(to: cut, stream: event.stream, isBackwards: true, limit: 1)
        var reader = try replayer.history.reader(of: query)
        revisions[stream] = try reader.nextBatch(atLeast: 1)?.first.map { $0.revision + 1 }
      }
      let revision = revisions[stream, default: 0]
      revisions[stream] = revision + 1
      recorded.append(
        RecordedEvent(
          event, offset: (cut ?? 0).offsetAfter + UInt64(i), revision: revision))
    }
    return recorded
  }
}
