import CEvlog
package import EvlogCore
package import EvlogJSON

/// Explores a compiled machine: states stay values, and are encoded only to tell them apart.
package final class CompiledExplorer<M: Machine>: Explorer {
  package typealias Node = ExploredNode<M>

  private let machine: M
  private let name: String
  private let invariants: [Invariant<M>]
  private let judged: [Int]
  private let exploration: Exploration<M>?
  private let regions: Regions<M.State>?
  private let setup: ExplorerSetup
  /// The stream of every event; nil where events say that.
  private let stream: String?
  /// The events that are executed in every state, or why one cannot be; nil if the machine gives them.
  private let drawn: [Drawn]?
  private let numbering: StateNumbering<M>?
  /// The types of events by their numbers.
  private var types: [String] = []
  private var typeNumbers: [Name: Int] = [:]
  private var recentTypes = RecentTypes<M.Event>()
  private var regionNames: [Name: Int] = [:]
  private var regionList: [String]
  private var bytes: [UInt8] = []
  private var recent: RecentDigests
  private let judgesOnlyStates: Bool

  private struct Drawn {
    let raw: RecordedEvent
    let event: Result<M.Event, MachineError>
  }

  init(_ machine: M, _ setup: ExplorerSetup) throws(MachineError) {
    self.machine = machine
    self.setup = setup
    name = machine.name
    recent = RecentDigests(room: setup.reportsAll ? 0 : RecentDigests.room)
    stream = if case .stream = machine.scope { setup.key } else { nil }
    let invariants = machine.invariants
    self.invariants = invariants
    judged = invariants.indices.filter { setup.judged?.contains($0) ?? true }
    exploration = machine.exploration
    regions = machine.regions
    regionList = machine.regions?.declaration.names ?? []
    let host = CompiledHost(machine)
    drawn = try setup.events.map { raw throws(MachineError) in
      try Self.decode(raw, by: host)
    }
    let remembers = judged.contains {
      if case .history = invariants[$0].check { true } else { false }
    }
    judgesOnlyStates = judged.allSatisfy {
      if case .state = invariants[$0].check { true } else { false }
    }
    numbering =
      remembers ? nil : exploration?.number.map { StateNumbering($0, machine: machine.name) }
    for (i, name) in regionList.enumerated() { regionNames[Name(name)] = i }
  }

  private static func decode(_ events: [RecordedEvent], by host: CompiledHost<M>)
    throws(MachineError) -> [Drawn]
  {
    var drawn: [Drawn] = []
    for raw in events {
      let event: RecordedEvent
      do { event = try Upcaster.apply(host.upcasters, to: raw) } catch {
        throw MachineError(
          .threw, machine: host.name, "\(error)", handler: "the upcasters", offset: raw.offset)
      }
      if host.ignored.contains(Name(event.type)) { continue }
      let decoded = Result { () throws(MachineError) in try host.decode(event) }
      drawn.append(Drawn(raw: raw, event: decoded))
    }
    return drawn
  }

  package func beginning() throws(MachineError) -> Beginning<Node> {
    let host = CompiledHost(machine)
    if let saved = setup.saved { try host.restore(saved) }
    let cell = host.cells[Name(setup.key ?? "")] ?? host.newCell()
    let node = Node(state: cell.state, memories: cell.memories)
    return Beginning(node, try digest(of: node), issues: stateIssues(node.state))
  }

  // MARK: Expanding

  package func expand(
    _ nodes: ArraySlice<Node>, at offset: Offset, isKnown: @escaping (Digest) -> Bool,
    into found: inout Expansion<Node>
  ) throws(MachineError) {
    unsafe name.withCString { unsafe evlog_crash_note_begin($0) }
    defer { evlog_crash_note_end() }
    evlog_crash_note_offset(UInt64(offset))
    var context = EventContext(
      offset: offset, stream: stream ?? ExplorerSetup.stream, revision: Revision(UInt64(offset)),
      time: setup.time, isOfGroup: false)
    if try expandNumbered(nodes, context, isKnown: isKnown, into: &found) {
      found.types = types
      found.regions = regionList
      return
    }
    for (i, node) in nodes.enumerated() {
      if let bound = exploration?.bound, !bound(node.state) {
        found.beyondBound.append(Int32(i))
        continue
      }
      let from = region(of: node.state)
      if let drawn {
        for (k, one) in drawn.enumerated() {
          let place = ExploredPlace(i, k)
          switch one.event {
          case .failure(let error): found.failures.append((place, one.raw.type, error))
          case .success(let event):
            try execute(
              event, number(ofType: one.raw.type), on: node, from, place, context, isKnown, &found
            )
          }
        }
      } else if let exploration {
        for (k, event) in exploration.events(node.state).enumerated() {
          let place = ExploredPlace(i, k)
          found.trying = place
          let type = try typeNumber(of: event)
          if self.stream == nil, let stream = exploration.stream?(event) {
            if stream != context.stream {
              context = EventContext(
                offset: offset, stream: stream, revision: context.revision, time: setup.time,
                isOfGroup: false)
            }
          }
          try execute(event, type, on: node, from, place, context, isKnown, &found)
        }
      }
    }
    found.types = types
    found.regions = regionList
  }

  /// Where numbers tell states apart, and nothing but states is judged, the events of all nodes at once; false where
  /// that is not so.
  private func expandNumbered(
    _ nodes: ArraySlice<Node>, _ context: EventContext, isKnown: @escaping (Digest) -> Bool,
    into found: inout Expansion<Node>
  ) throws(MachineError) -> Bool {
    guard drawn == nil, let exploration, exploration.stream == nil, judgesOnlyStates,
      regions == nil || regions?.number != nil, numbering?.isChecked == true,
      let execute = exploration.executeNumbered
    else { return false }
    var pass = NumberedPass<M>(
      typeNumber: { [unowned self] event in number(ofType: try encoded(event).type) },
      region: regions?.number, context, isKnown: isKnown, recentTypes, recent, into: found)
    // The pass is their only owner, so that adding to them copies nothing.
    found = Expansion()
    recent = RecentDigests(room: 0)
    defer {
      found = pass.found
      recent = pass.recent
      recentTypes = pass.types
    }
    for (i, node) in nodes.enumerated() {
      if let bound = exploration.bound, !bound(node.state) {
        pass.found.beyondBound.append(Int32(i))
        continue
      }
      pass.node = i
      pass.from = region(of: node.state)
      let first = pass.found.arrivals.count
      do { try execute(machine, node.state, &pass) } catch {
        throw error as? MachineError
          ?? MachineError(.invalid, machine: name, "\(error)", handler: "exploration")
      }
      for arrival in first..<pass.found.arrivals.count {
        for issue in stateIssues(pass.found.arrivals[arrival].node.state) {
          pass.found.stateIssues.append((arrival, issue))
        }
      }
    }
    return true
  }

  private func execute(
    _ event: M.Event, _ type: Int, on node: Node, _ from: Int, _ place: ExploredPlace,
    _ context: EventContext, _ isKnown: @escaping (Digest) -> Bool, _ found: inout Expansion<Node>
  ) throws(MachineError) {
    var next = node
    machine.reduce(into: &next.state, event, context)
    found.steps.append(
      ExploredStep(Int(place.node), type: type, from: from, to: region(of: next.state)))
    judgeStep(node, event, &next, context, place, &found)
    found.trying = place
    let digest = try digest(of: next)
    // Most nodes that are met again were met a moment ago; those are nearer than all that are known.
    if recent.meets(digest) || isKnown(digest) { return }
    for issue in stateIssues(next.state) {
      found.stateIssues.append((found.arrivals.count, issue))
    }
    found.arrivals.append(.init(place, digest, next))
  }

  private func judgeStep(
    _ before: Node, _ event: M.Event, _ after: inout Node, _ context: EventContext,
    _ place: ExploredPlace, _ found: inout Expansion<Node>
  ) {
    var memory = -1
    var next = 0
    for i in invariants.indices {
      let isHistory = if case .history = invariants[i].check { true } else { false }
      if isHistory { memory += 1 }
      guard next < judged.count, judged[next] == i else { continue }
      next += 1
      do {
        switch invariants[i].check {
        case .state: continue
        case .step(let predicate):
          if try predicate(before.state, event, after.state, context) { continue }
        case .history(let check):
          if try check.next(
            &after.memories[memory], before.state, event, after.state, context)
          {
            continue
          }
        }
        found.stepIssues.append((place, ExploredIssue(invariant: i, isViolated: true)))
      } catch {
        found.stepIssues.append(
          (place, ExploredIssue(invariant: i, isViolated: false, reason: "\(error)")))
      }
    }
  }

  private func stateIssues(_ state: M.State) -> [ExploredIssue] {
    var issues: [ExploredIssue] = []
    for i in judged {
      guard case .state(let predicate) = invariants[i].check else { continue }
      do {
        if try predicate(state) { continue }
        issues.append(ExploredIssue(invariant: i, isViolated: true))
      } catch {
        issues.append(ExploredIssue(invariant: i, isViolated: false, reason: "\(error)"))
      }
    }
    return issues
  }

  // MARK: Telling apart

  /// The region's number; 0 where there are none.
  private func region(of state: M.State) -> Int {
    guard let regions else { return 0 }
    if let number = regions.number { return number(state) }
    let region = regions.of(state)
    if let known = regionNames[Name(region)] { return known }
    regionNames[Name(region)] = regionList.count
    regionList.append(region)
    return regionList.count - 1
  }

  private func digest(of node: Node) throws(MachineError) -> Digest {
    let state = exploration?.symmetry?(node.state) ?? node.state
    if let numbering { return try numbering.digest(of: state) }
    do {
      bytes.removeAll(keepingCapacity: true)
      try StateEncoder().write(state, to: &bytes)
      var memory = 0
      for i in invariants.indices {
        guard case .history(let check) = invariants[i].check else { continue }
        bytes.append(UInt8(ascii: ","))
        try check.encode(node.memories[memory], to: &bytes)
        memory += 1
      }
    } catch {
      throw MachineError(
        .badState, machine: name, "The state cannot be encoded: \(error)")
    }
    return Digest(of: bytes)
  }

  // MARK: Events

  package func state(of node: Node) throws(MachineError) -> JSONValue {
    do { return try StateEncoder().encode(node.state) } catch {
      throw MachineError(.badState, machine: name, "The state cannot be encoded: \(error)")
    }
  }

  package func events(in node: Node, at offset: Offset) throws(MachineError) -> [NewEvent] {
    if let drawn { return drawn.map { NewEvent(recorded: $0.raw) } }
    guard let exploration, exploration.bound?(node.state) ?? true else { return [] }
    var events: [NewEvent] = []
    for event in exploration.events(node.state) {
      var new = NewEvent(
        try encoded(event), stream: stream ?? exploration.stream?(event) ?? ExplorerSetup.stream)
      new.recordedAt = setup.time
      events.append(new)
    }
    return events
  }

  private func encoded(_ event: M.Event) throws(MachineError) -> EncodedEvent {
    do {
      guard let exploration else { throw UnknownEventType(type: "\(event)") }
      return try exploration.encode(event)
    } catch {
      throw MachineError(
        .invalid, machine: name, "An event cannot be encoded: \(error)", handler: "exploration")
    }
  }

  private func typeNumber(of event: M.Event) throws(MachineError) -> Int {
    if let known = recentTypes.number(of: event) { return known }
    let number = number(ofType: try encoded(event).type)
    recentTypes.note(event, number)
    return number
  }

  private func number(ofType type: String) -> Int {
    if let known = typeNumbers[Name(type)] { return known }
    typeNumbers[Name(type)] = types.count
    types.append(type)
    return types.count - 1
  }
}
