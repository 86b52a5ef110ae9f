import CEvlog
package import EvlogCore
import EvlogJSON

// What is watched while events are run.
extension CompiledHost {
  package func run(
    _ events: ArraySlice<RecordedEvent>, watching watch: Watch, verdict: (VerdictChange) -> Void,
    moment: (Moment) -> Void
  ) throws(MachineError) {
    switch watch {
    case .nothing: try reduce(events, checks: false, verdict)
    case .verdicts: try reduce(events, checks: true, verdict)
    case .keys:
      for i in events.indices {
        try reduce(events[i...i], checks: false, verdict)
        moment(seen(at: events[i].offset))
      }
    case .writes(let verdicts): try trace(events, checks: verdicts, verdict, moment)
    case .reads: for event in events { moment(try observe(event)) }
    case .paths(let paths, let key): try follow(paths, of: key, through: events, moment)
    case .regions(let counter): try tally(events, by: counter.rule, into: &counter.tally)
    case .states(let looks): try look(at: events, looks, verdict, moment)
    }
  }

  package var watchesWrites: Bool { hasSharedMaps }

  /// The event that was reduced last.
  private func seen(at offset: Offset) -> Moment {
    let isLog = if case .log = scope { true } else { false }
    return Moment(offset: offset, key: isLog ? nil : lastKey, isReduced: lastKey != nil)
  }

  private func trace(
    _ events: ArraySlice<RecordedEvent>, checks: Bool, _ verdict: (VerdictChange) -> Void,
    _ moment: (Moment) -> Void
  ) throws(MachineError) {
    // What a state was after one event, it is before the next.
    var known: [Name: SparseState] = [:]
    for event in events {
      let upcast = try? Upcaster.apply(upcasters, to: event)
      let key = upcast.flatMap { self.key(of: $0) } ?? Self.log
      let before = if let state = known[key] { state } else { try sparseState(of: key) }
      try reduce([event], checks: checks, verdict)
      guard lastKey != nil else { continue }
      let after = try sparseState(of: key)
      known[key] = after
      var seen = seen(at: event.offset)
      do { seen.writes = try SparseState.writes(from: before, to: after, at: StatePath()) } catch {
        throw badState(error)
      }
      moment(seen)
    }
  }

  private func sparseState(of key: Name) throws(MachineError) -> SparseState? {
    guard let cell = cells[key] else { return nil }
    do { return try SparseState(of: cell.state) } catch { throw badState(error) }
  }

  private func observe(_ event: RecordedEvent) throws(MachineError) -> Moment {
    let before = cells
    try reduce([event], checks: false) { _ in }
    var seen = seen(at: event.offset)
    // What a compiled function looks at cannot be seen from outside.
    seen.looks = Looks()
    guard let key = lastKey, let new = try state(of: key) else { return seen }
    let old = try encoded(before[Name(key)]?.state ?? machine.initialState)
    if old != new { seen.writes = [Write(path: StatePath(), old: old, new: new)] }
    return seen
  }

  private func follow(
    _ paths: [StatePath], of key: String?, through events: ArraySlice<RecordedEvent>,
    _ moment: (Moment) -> Void
  ) throws(MachineError) {
    var values: [JSONValue?] = []
    for path in paths { values.append(try value(at: path, of: key)) }
    var count = evaluations(of: key)
    for i in events.indices {
      try reduce(events[i...i], checks: false) { _ in }
      // Only an event that was reduced for this state can have changed it.
      guard evaluations(of: key) != count else { continue }
      count = evaluations(of: key)
      var seen = seen(at: events[i].offset)
      for (place, path) in paths.enumerated() {
        let new = try value(at: path, of: key)
        if new != values[place] { seen.values.append((place, new)) }
        values[place] = new
      }
      if !seen.values.isEmpty { moment(seen) }
    }
  }

  /// Judges events, and looks at the states that they are reduced for where that is due.
  private func look(
    at events: ArraySlice<RecordedEvent>, _ looks: StateLooks, _ verdict: (VerdictChange) -> Void,
    _ moment: (Moment) -> Void
  ) throws(MachineError) {
    var text: [UInt8] = []
    for i in events.indices {
      let offset = events[i].offset
      try reduce(events[i...i], checks: true, verdict)
      var seen = seen(at: offset)
      if looks.isDue(at: offset), !wasPutAside, let key = lastKey, let cell = cells[Name(key)] {
        text.removeAll(keepingCapacity: true)
        text.append(contentsOf: key.utf8)
        text.append(0)
        do throws(MachineError) { try encode(cell.state, to: &text) } catch {
          var error = error
          error.offset = offset
          throw error
        }
        seen.stateNumber = looks.number(of: text)
      }
      moment(seen)
    }
  }

  func tally(
    _ events: ArraySlice<RecordedEvent>, by rule: RegionRule, into tally: inout RegionTally
  ) throws(MachineError) {
    for i in events.indices {
      if case .log = scope, let cell = cells[Self.log], cell.region == nil {
        try enter(try region(of: cell.state, rule), Self.log, rule)
      }
      try reduce(events[i...i], checks: false) { _ in }
      if wasPutAside {
        tally.afterFailure += 1
        continue
      }
      guard let type = lastType else {
        tally.ignored += 1
        continue
      }
      guard let key = lastKey.map(Name.init), let cell = cells[key] else {
        tally.unconcerned += 1
        continue
      }
      let before = cell.region ?? RegionDeclaration.beginning
      let after = try region(of: cell.state, rule)
      let isMeantToStay = cell.digest != nil && isIgnored(type, in: before, rule)
      tally.add(
        type, at: events[i].offset, from: before, to: after,
        hasChanged: isMeantToStay ? try Digest(of: bytes(of: cell.state)) != cell.digest : false)
      try enter(after, key, rule)
    }
  }

  private func region(of state: M.State, _ rule: RegionRule) throws(MachineError) -> String {
    switch rule {
    case .declared: return regions?.of(state) ?? ""
    case .value(let path):
      do { return try StateEncoder().encode(state, at: path).regionName } catch {
        throw badState(error)
      }
    }
  }

  private func isIgnored(_ type: String, in region: String, _ rule: RegionRule) -> Bool {
    rule == .declared && regions?.declaration.move(in: region, on: type) == .ignored
  }

  private func enter(_ region: String, _ key: Name, _ rule: RegionRule) throws(MachineError) {
    guard let place = cells.place(of: key) else { return }
    cells.values[place].region = region
    guard rule == .declared, regions?.declaration.hasIgnored(in: region) == true else { return }
    cells.values[place].digest = Digest(of: try bytes(of: cells.values[place].state))
  }

  package func attempt(_ raw: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule)
    throws(MachineError) -> Attempt
  {
    unsafe machine.name.withCString { unsafe evlog_crash_note_begin($0) }
    defer { evlog_crash_note_end() }
    evlog_crash_note_offset(UInt64(raw.offset))
    func upcast(_ event: RecordedEvent) throws(MachineError) -> RecordedEvent {
      do { return try Upcaster.apply(upcasters, to: event) } catch {
        throw MachineError(
          .threw, machine: machine.name, "\(error)", handler: "the upcasters", offset: event.offset)
      }
    }
    var key: Name?
    if let witness { key = self.key(of: try upcast(witness)) }
    let before = key.flatMap { cells[$0] } ?? newCell()
    let event = try upcast(raw)
    if ignored.contains(Name(event.type)) {
      return Attempt(
        isChanged: false, region: try region(of: before.state, rule), broken: [], undefined: [])
    }
    let decoded = try decode(event)
    var after = before
    let context = EventContext(event)
    machine.reduce(into: &after.state, decoded, context)
    var memory = 0
    var (broken, undefined): ([Int], [Int]) = ([], [])
    for (i, invariant) in invariants.enumerated() {
      do {
        let isTrue: Bool
        switch invariant.check {
        case .state(let predicate):
          // What could not be judged before was not broken before.
          isTrue = try predicate(after.state) || (try? predicate(before.state)) == false
        case .step(let predicate):
          isTrue = try predicate(before.state, decoded, after.state, context)
        case .history(let check):
          defer { memory += 1 }
          isTrue = try check.next(
            &after.memories[memory], before.state, decoded, after.state, context)
        }
        if !isTrue { broken.append(i) }
      } catch { undefined.append(i) }
    }
    return Attempt(
      isChanged: try bytes(of: after.state) != bytes(of: before.state),
      region: try region(of: after.state, rule), broken: broken, undefined: undefined)
  }
}
