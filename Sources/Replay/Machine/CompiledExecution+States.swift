import CEvlog
package import EventLog

extension CompiledExecution {
  // Values share what is not changed, so that keeping them costs little; the next event copies the table.
  package func checkpoint() -> Checkpoint {
    Checkpoint(KeptCells(cells: cells, unconcerned: unconcernedCount, failures: failureCount))
  }

  private struct KeptCells: Sendable {
    let cells: CellTable<Cell>
    let unconcerned: UInt64
    let failures: Int
  }

  package func resume(from checkpoint: Checkpoint) {
    guard let kept = checkpoint.content as? KeptCells else { return }
    cells = kept.cells
    unconcernedCount = kept.unconcerned
    failureCount = kept.failures
    // As after `restore`, the next verdicts are told, whatever they were.
    guard case .log = scope, let log = cells.place(of: Self.log) else { return }
    cells.values[log].verdicts = invariants.map { _ in nil }
  }

  // MARK: States

  private func encoded(_ state: some Encodable) throws(MachineError) -> JSONValue {
    do { return try StateEncoder().encode(state) } catch { throw badState(error) }
  }

  /// Adds the canonical text of a state.
  private func encode(_ state: some Encodable, to bytes: inout [UInt8]) throws(MachineError) {
    do { try StateEncoder().write(state, to: &bytes) } catch { throw badState(error) }
  }

  private func bytes(of state: some Encodable) throws(MachineError) -> [UInt8] {
    var bytes: [UInt8] = []
    try encode(state, to: &bytes)
    return bytes
  }

  package func audit(
    _ events: ArraySlice<RecordedEvent>, _ looks: inout StateLooks,
    change: (VerdictChange) -> Void, each: (_ offset: UInt64, _ look: UInt64?) -> Void
  ) throws(MachineError) {
    var text: [UInt8] = []
    for i in events.indices {
      let offset = events[i].offset
      try run(events[i...i], checks: true, change: change)
      guard looks.isDue(at: offset), !wasPutAside, let key = lastKey, let cell = cells[Name(key)]
      else {
        each(offset, nil)
        continue
      }
      text.removeAll(keepingCapacity: true)
      text.append(contentsOf: key.utf8)
      text.append(0)
      do throws(MachineError) { try encode(cell.state, to: &text) } catch {
        var error = error
        error.offset = offset
        throw error
      }
      each(offset, looks.number(of: text))
    }
  }

  package func tally(
    _ events: ArraySlice<RecordedEvent>, by rule: RegionRule, into tally: inout RegionTally
  ) throws(MachineError) {
    for i in events.indices {
      if case .log = scope, let cell = cells[Self.log], cell.region == nil {
        try enter(try region(of: cell.state, rule), Self.log, rule)
      }
      try run(events[i...i], checks: false) { _ in }
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

  package func attempt(_ raw: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule)
    throws(MachineError) -> Attempt
  {
    unsafe machine.name.withCString { unsafe evlog_crash_note_begin($0) }
    defer { evlog_crash_note_end() }
    evlog_crash_note_offset(raw.offset)
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

  package func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue? {
    try checkFailure(of: Name(key ?? ""))
    guard let cell = cells[Name(key ?? "")] else { return nil }
    do { return try StateEncoder().encode(cell.state, at: path) } catch { throw badState(error) }
  }

  package func follow(
    _ paths: [StatePath], of key: String?, through events: ArraySlice<RecordedEvent>,
    change: (_ path: Int, _ cut: UInt64, JSONValue?) -> Void
  ) throws(MachineError) {
    var values: [JSONValue?] = []
    for path in paths { values.append(try value(at: path, of: key)) }
    var count = evaluations(of: key)
    for i in events.indices {
      try run(events[i...i], checks: false) { _ in }
      // Only an event that was reduced for this state can have changed it.
      guard evaluations(of: key) != count else { continue }
      count = evaluations(of: key)
      for (place, path) in paths.enumerated() {
        let new = try value(at: path, of: key)
        if new != values[place] { change(place, events[i].offset + 1, new) }
        values[place] = new
      }
    }
  }

  package var tracesWrites: Bool { hasSharedMaps }

  package func trace(
    _ events: ArraySlice<RecordedEvent>, checks: Bool, change: (VerdictChange) -> Void,
    traced: (Trace) -> Void
  ) throws(MachineError) {
    // What a state was after one event, it is before the next.
    var known: [Name: SparseState] = [:]
    for event in events {
      let upcast = try? Upcaster.apply(upcasters, to: event)
      let key = upcast.flatMap { self.key(of: $0) } ?? Self.log
      let before = if let state = known[key] { state } else { try sparseState(of: key) }
      try run([event], checks: checks, change: change)
      guard lastKey != nil else { continue }
      let after = try sparseState(of: key)
      known[key] = after
      let writes: [Observation.Write]
      do { writes = try SparseState.writes(from: before, to: after, at: StatePath()) } catch {
        throw badState(error)
      }
      guard !writes.isEmpty else { continue }
      traced(
        Trace(offset: event.offset, key: scope.kind == .log ? nil : key.string, writes: writes))
    }
  }

  private func sparseState(of key: Name) throws(MachineError) -> SparseState? {
    guard let cell = cells[key] else { return nil }
    do { return try SparseState(of: cell.state) } catch { throw badState(error) }
  }

  private func badState(_ error: any Error) -> MachineError {
    MachineError(.badState, machine: machine.name, "The state cannot be encoded: \(error)")
  }

  package func observe(_ event: RecordedEvent, judging invariant: Int?) throws(MachineError)
    -> Observation
  {
    // What a compiled function looks at cannot be seen from outside.
    let before = cells
    try run([event], checks: false) { _ in }
    guard let key = lastKey, let new = try state(of: key) else { return Observation(writes: []) }
    let old = try encoded(before[Name(key)]?.state ?? machine.initialState)
    return Observation(writes: old == new ? [] : [.init(path: StatePath(), old: old, new: new)])
  }

  package func state(of key: String?) throws(MachineError) -> JSONValue? {
    try checkFailure(of: Name(key ?? ""))
    guard let cell = cells[Name(key ?? "")] else { return nil }
    return try encoded(cell.state)
  }

  package func states(isWhole: Bool) throws(MachineError) -> JSONObject {
    if isWhole { try checkFailure(of: nil) }
    var members: [(String, JSONValue)] = []
    for (key, cell) in zip(cells.keys, cells.values) where cell.failure == nil {
      members.append((key.string, try encoded(cell.state)))
    }
    return JSONObject(members)
  }

  package func wholeDigest(_ scope: ScopeKind) throws(MachineError) -> Digest {
    if scope == .log, let cell = cells[Self.log] { return Digest(of: try bytes(of: cell.state)) }
    var text = [UInt8(ascii: "{")]
    for place in cells.sortedPlaces where cells.values[place].failure == nil {
      if text.count > 1 { text.append(UInt8(ascii: ",")) }
      JSONValue.write(cells.keys[place].string, to: &text)
      text.append(UInt8(ascii: ":"))
      try encode(cells.values[place].state, to: &text)
    }
    text.append(UInt8(ascii: "}"))
    return Digest(of: text)
  }

  package func assume(_ verdicts: [VerdictChange]) {
    for verdict in verdicts {
      guard let place = cells.place(of: Name(verdict.key ?? "")) else { continue }
      cells.values[place].verdicts[verdict.invariant] = verdict.verdict
    }
  }

  package func save() throws(MachineError) -> [UInt8] {
    var saved = [UInt8(ascii: "[")]
    if unconcernedCount > 0 { saved.append(contentsOf: "[null,\(unconcernedCount)]".utf8) }
    for place in cells.sortedPlaces {
      if saved.count > 1 { saved.append(UInt8(ascii: ",")) }
      try save(cells.values[place], of: cells.keys[place], to: &saved)
    }
    saved.append(UInt8(ascii: "]"))
    return saved
  }

  /// Writes `[key, evaluations, state, memories]`, or of a key that was put aside why in the end.
  private func save(_ cell: Cell, of key: Name, to saved: inout [UInt8]) throws(MachineError) {
    saved.append(UInt8(ascii: "["))
    JSONValue.write(key.string, to: &saved)
    saved.append(UInt8(ascii: ","))
    JSONNumber.write(cell.evaluations, to: &saved)
    saved.append(UInt8(ascii: ","))
    if let failure = cell.failure {
      saved.append(contentsOf: "null,[],".utf8)
      saved.append(contentsOf: failure.value.json.canonicalBytes)
      saved.append(UInt8(ascii: "]"))
      return
    }
    try encode(cell.state, to: &saved)
    saved.append(contentsOf: ",[".utf8)
    let checks = invariants.compactMap {
      if case .history(let check) = $0.check { check } else { nil }
    }
    for (i, (check, memory)) in zip(checks, cell.memories).enumerated() {
      if i > 0 { saved.append(UInt8(ascii: ",")) }
      do { try check.encode(memory, to: &saved) } catch {
        throw MachineError(
          .badState, machine: machine.name, "An invariant's memory cannot be encoded: \(error)")
      }
    }
    saved.append(contentsOf: "]]".utf8)
  }

  package func restore(_ saved: [UInt8]) throws(MachineError) {
    do {
      try JSONText.reading(saved.span) { text in
        try text.scan()
        try restore(text)
      }
    } catch {
      throw MachineError(
        .badSnapshot, machine: machine.name, "A saved state cannot be read: \(error)")
    }
  }

  private func restore(_ text: JSONText) throws {
    var cells = CellTable<Cell>()
    var (unconcerned, failures): (UInt64, Int) = (0, 0)
    if text.slots[text.root].kind == .array {
      let end = text.after(text.root)
      var entry = text.root + 1
      while entry < end {
        if let count = unconcernedCount(text, entry) {
          // Each of several workers has counted all of them.
          unconcerned = max(unconcerned, count)
          entry = text.after(entry)
          continue
        }
        let (key, cell) = try cell(text, entry)
        if isMine(key) {
          cells.put(cell, of: key)
          if cell.failure != nil { failures += 1 }
        }
        entry = text.after(entry)
      }
    }
    if case .log = scope, cells.keys != [Self.log] {
      throw MachineError(.badSnapshot, machine: machine.name, "It has no state of the log")
    }
    self.cells = cells
    unconcernedCount = unconcerned
    failureCount = failures
  }

  /// Reads `[null, count]`, the events that concern no key; nil where it is something else.
  private func unconcernedCount(_ text: JSONText, _ place: Int) -> UInt64? {
    let parts = text.slots[place].kind == .array ? text.children(of: place) : []
    guard parts.count == 2 else { return nil }
    return text.plainInteger(at: parts[1], UInt64.self)
  }

  /// Reads `[key, evaluations, state, memories]`, and why it was put aside.
  private func cell(_ text: JSONText, _ place: Int) throws -> (Name, Cell) {
    func decode(_ state: Int) throws -> M.State {
      try text.decode(M.State.self, at: state, in: JSONText.nowhere)
    }
    let checks = invariants.compactMap {
      if case .history(let check) = $0.check { check } else { nil }
    }
    let parts = text.slots[place].kind == .array ? text.children(of: place) : []
    guard parts.count == 4 || parts.count == 5, let key = text.string(at: parts[0]),
      let evaluations = text.plainInteger(at: parts[1], UInt64.self),
      text.slots[parts[3]].kind == .array
    else { throw malformed }
    if parts.count == 5 {
      var cell = newCell()
      guard let error = MachineError(json: text.value(at: parts[4]), machine: name) else {
        throw malformed
      }
      cell.failure = Boxed(error)
      cell.evaluations = evaluations
      return (Name(key), cell)
    }
    let memories = text.children(of: parts[3])
    guard memories.count == checks.count else { throw malformed }
    // Each is decoded: a state of a class must not be its own shadow.
    var cell = newCell(
      try decode(parts[2]), shadow: needsBefore ? try decode(parts[2]) : nil,
      memories: try zip(checks, memories).map { try $0.decode(text, at: $1) })
    cell.evaluations = evaluations
    return (Name(key), cell)
  }

  private var malformed: MachineError {
    MachineError(.badSnapshot, machine: machine.name, "It is malformed")
  }
}
