public import EvlogCore
import EvlogMachine
public import EvlogReplay

extension Replayer {
  /// Explores the machine's states, from its initial state or from the one at a cut of the history, by the events that
  /// the machine declares or, if it declares none or `draws` is true, by those of the history.
  ///
  /// - Parameters:
  ///   - key: The stream or key whose state is explored, for a machine with a state for each.
  ///   - drawnLimit: How many distinct events are drawn at most.
  ///   - judged: The indices of the invariants to judge; nil for all but those about the end, which explored states
  ///     do not have.
  public func explore(
    from cut: Cut? = nil, ofKey key: String? = nil, drawing draws: Bool = false,
    drawnLimit: Int = 256, judging judged: [Int]? = nil, within limits: ExplorationLimits
  ) async throws -> ExploredSpace {
    try await QuestionThreads.run {
      let cut = try cut.map { try checked($0) }
      var key = key ?? (machine.scope == .stream ? ExplorerSetup.stream : nil)
      let all = machine.invariants.indices
      let judged = judged ?? all.filter { !machine.invariants[$0].isFinal }
      var setup = ExplorerSetup(judged: judged.count == all.count ? nil : Set(judged))
      var drawn: ExploredSpace.Drawn?
      if draws || !machine.declaresExploration {
        let found = try distinctEvents(ofKey: &key, limit: drawnLimit)
        setup.events = found.events
        drawn = ExploredSpace.Drawn(events: found.events.count, distinct: found.distinct)
      }
      setup.key = key
      if let cut {
        var work = Work()
        let host = try execution(at: cut, ofKey: key, work: &work)
        // Throws why a key was put aside, if it was.
        _ = try host.state(of: key)
        setup.saved = try savedState(of: host, ofKey: key, at: cut)
        if let last = try cut.offsetBefore.flatMap({ try history.event(at: $0) }) {
          setup.time = last.recordedAt
        }
      }
      var space = ExploredSpace(machine, cut: cut, key: key, drawn: drawn)
      space.findings = judged.map { .init(invariant: machine.invariants[$0]) }
      guard let explorer = try program.makeExplorer(setup) else {
        throw MachineError(
          .invalid, machine: machine.name, "What runs this machine cannot explore it")
      }
      return try await explore(explorer, setup, space, judged, limits)
    }
  }

  private func explore<E: Explorer>(
    _ explorer: E, _ setup: ExplorerSetup, _ space: ExploredSpace, _ judged: [Int],
    _ limits: ExplorationLimits
  ) async throws -> ExploredSpace {
    func another(_ setup: ExplorerSetup) throws -> E {
      guard let made = try program.makeExplorer(setup) as? E else {
        throw MachineError(.invalid, machine: machine.name, "Its explorers are not all alike")
      }
      return made
    }
    var explorers = [explorer]
    while explorers.count < workers { explorers.append(try another(setup)) }
    let exploring = Exploring(
      explorers, space, judging: judged, from: (space.cut ?? 0).offsetAfter, limits,
      progress: progress)
    try await exploring.run()
    var explored = exploring.space
    // Another one, for one that was stopped knows nothing any more.
    var tracingSetup = setup
    tracingSetup.reportsAll = true
    let tracing = Tracing(try another(tracingSetup), self, setup, from: space.cut)
    for (place, example) in exploring.examples {
      explored.findings[place].example = try tracing.trace(
        exploring.path(to: example), breaking: judged[place])
    }
    for (place, example) in exploring.failureExamples.enumerated() {
      explored.failures[place].example = try tracing.trace(exploring.path(to: example))
    }
    if let example = exploring.endExample, let end = explored.end {
      // Where the machine could not say its events, there is none at which it failed.
      let path = exploring.path(to: example)
      let isAtEvent = end.error.handler?.hasPrefix("expl") != true
      let trace = try tracing.trace(isAtEvent ? path : path.dropLast())
      explored.end = ExploredSpace.Failure(
        type: isAtEvent ? trace.events.last?.type ?? "" : "", error: end.error, example: trace)
    }
    return explored
  }

  /// What a host of one state saves; of several, a host of the one is made.
  private func savedState(of host: any Host, ofKey key: String?, at cut: Cut) throws -> [UInt8] {
    if machine.scope == .log { return try host.save() }
    let alone = try program.makeHost(HostSetup(part: key.map(KeyPart.init(only:))))
    try alone.restore(try host.save())
    return try alone.save()
  }

  /// The events of the history without repetitions, told apart by type and data; with a state for each key, those of one
  /// key, the first by default.
  private func distinctEvents(ofKey key: inout String?, limit: Int) throws -> (
    events: [RecordedEvent], distinct: Int
  ) {
    var events: [RecordedEvent] = []
    var known: Set<Digest> = []
    func add(_ event: RecordedEvent) {
      var bytes = Array(
        "\(event.type)\u{0}\(event.schemaVersion)\u{0}\(event.contentType)\u{0}".utf8)
      bytes += event.data
      guard known.insert(Digest(of: bytes)).inserted, events.count < limit else { return }
      events.append(event)
    }
    guard machine.scope == .key else {
      try history.forEachRow(of: Query()) { row in
        for event in row { add(event) }
        return true
      }
      return (events, known.count)
    }
    let playhead = try playhead()
    var wanted = key.map(Name.init)
    var offsets: [Offset] = []
    try playhead.advance(
      to: history.end, watching: .keys,
      moment: { moment in
        guard moment.isReduced, let found = moment.key else { return }
        wanted = wanted ?? Name(found)
        if wanted == Name(found) { offsets.append(moment.offset) }
      })
    key = wanted?.string
    for offset in offsets { if let event = try history.event(at: offset) { add(event) } }
    return (events, known.count)
  }
}
