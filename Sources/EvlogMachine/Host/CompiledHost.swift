import CEvlog
package import EvlogCore
package import EvlogJSON

/// A run of a compiled machine.
package final class CompiledHost<M: Machine>: Host {
  /// The state of the log, or of one key.
  package struct Cell: Sendable {
    var state: M.State
    /// Where steps are judged, a second copy, one event behind meanwhile. It is brought along by reducing
    /// each event twice: copying the state before each event would cost its whole size each time.
    var shadow: M.State?
    var memories: [any Sendable]
    var verdicts: [Verdict?]
    var evaluations: UInt64 = 0
    /// Where regions are counted: the one after the last event, and the state's digest there if an
    /// event may come that must not change it.
    var region: String?
    var digest: Digest?
    /// Why the key was put aside, if the machine failed at an event of it.
    var failure: Boxed<MachineError>?

    /// The state before the event that is judged.
    var before: M.State { shadow ?? state }
  }

  package let machine: M
  /// The machine's name, kept because the machine makes it each time it is requested.
  let name: String
  let invariants: [Invariant<M>]
  let ignored: Set<Name>
  let regions: Regions<M.State>?
  let upcasters: [Upcaster]
  let scope: Scope
  /// Whether an invariant that is judged looks at the state before an event.
  let needsBefore: Bool
  private let isStep: [Bool]
  package internal(set) var cells = CellTable<Cell>()
  private let setup: HostSetup
  package internal(set) var failureCount = 0
  package internal(set) var unconcernedCount: UInt64 = 0
  /// Whether the last event was of a key that is put aside.
  private(set) var wasPutAside = false
  package private(set) var lastKey: String?
  /// The type of the last event, as it was reduced; nil where it was ignored.
  private(set) var lastType: String?
  /// Whether there are shared maps in the machine's states; found out once, for it takes encoding one.
  private(set) lazy var hasSharedMaps =
    // A state that cannot be encoded is compared as a whole, which says so.
    (try? SparseState(of: machine.initialState))?.isShared == true

  private let blockReducer: BlockReducer<M>?
  /// The places of the invariants that are judged.
  private let judged: [Int]
  /// By offset, what was decoded, where it is kept.
  private var decoded: [Offset: M.Event] = [:]

  package init(
    _ machine: M, _ setup: HostSetup = HostSetup(), _ blockReducer: BlockReducer<M>? = nil
  ) {
    self.machine = machine
    self.setup = setup
    name = machine.name
    self.blockReducer = blockReducer
    invariants = machine.invariants
    ignored = ControlEvents.types.union(machine.ignoredTypes.map(Name.init))
    regions = machine.regions
    upcasters = machine.upcasters
    scope = machine.scope
    let (invariants, wanted) = (invariants, setup.judged)
    judged = invariants.indices.filter { wanted?.contains($0) ?? true }
    needsBefore = judged.contains { invariants[$0].looksBefore }
    isStep = invariants.map { if case .step = $0.check { true } else { false } }
    if case .log = scope { cells.put(newCell(), of: Self.log) }
  }

  static var log: Name { Name("") }

  func newCell() -> Cell {
    newCell(
      machine.initialState, shadow: needsBefore ? machine.initialState : nil,
      memories: invariants.compactMap {
        if case .history(let check) = $0.check { check.initialMemory } else { nil }
      })
  }

  func newCell(_ state: M.State, shadow: M.State?, memories: [any Sendable]) -> Cell {
    Cell(
      state: state, shadow: shadow, memories: memories,
      // A key's first verdict is news only if it is bad; the log's always is.
      verdicts: invariants.map { _ in if case .log = scope { nil } else { .holds } })
  }

  func key(of event: RecordedEvent) -> Name? {
    switch scope {
    case .log: Self.log
    case .stream: Name(event.stream)
    case .key(let key): key(event).map(Name.init)
    }
  }

  func isMine(_ key: Name) -> Bool { setup.part?.contains(key.string) ?? true }

  /// Reduces events, and judges them where that is wanted.
  func reduce(
    _ events: ArraySlice<RecordedEvent>, checks: Bool, _ change: (VerdictChange) -> Void
  ) throws(MachineError) {
    unsafe name.withCString { unsafe evlog_crash_note_begin($0) }
    defer { evlog_crash_note_end() }
    for raw in events {
      evlog_crash_note_offset(UInt64(raw.offset))
      lastKey = nil
      lastType = nil
      wasPutAside = false
      let event: RecordedEvent
      do { event = try Upcaster.apply(upcasters, to: raw) } catch {
        let failure = MachineError(
          .threw, machine: machine.name, "\(error)", handler: "the upcasters", offset: raw.offset)
        guard case .stream = scope else { throw failure }
        try putAside(Name(raw.stream), failure, checks: checks, change)
        continue
      }
      if ignored.contains(Name(event.type)) {
        if checks, case .log = scope { judgeIgnored(at: event.offset.cutAfter, change) }
        continue
      }
      lastType = event.type
      guard let key = key(of: event) else {
        // It concerns no state; of a type that is known it must be all the same.
        _ = try decode(event)
        unconcernedCount += 1
        continue
      }
      guard isMine(key) else { continue }
      if let cell = cells.place(of: key), cells.values[cell].failure != nil {
        cells.values[cell].evaluations += 1
        wasPutAside = true
        continue
      }
      let decoded: M.Event
      do throws(MachineError) { decoded = try decode(event) } catch {
        try putAside(key, error, checks: checks, change)
        continue
      }
      let context = EventContext(event)
      let cell = cells.place(of: key) ?? cells.put(newCell(), of: key)
      machine.reduce(into: &cells.values[cell].state, decoded, context)
      cells.values[cell].evaluations += 1
      lastKey = key.string
      if checks || needsBefore {
        judge(&cells.values[cell], key, decoded, context, checks: checks, change)
      }
      if var shadow = cells.values[cell].shadow.take() {
        machine.reduce(into: &shadow, decoded, context)
        cells.values[cell].shadow = shadow
      }
    }
  }

  /// Puts a key aside at which the machine failed, where that is wanted; else throws why.
  private func putAside(
    _ key: Name, _ failure: MachineError, checks: Bool, _ change: (VerdictChange) -> Void
  ) throws(MachineError) {
    if case .log = scope { throw failure }
    guard setup.isolatesFailures else { throw failure }
    guard isMine(key) else { return }
    wasPutAside = true
    let cell = cells.place(of: key) ?? cells.put(newCell(), of: key)
    cells.values[cell].evaluations += 1
    if cells.values[cell].failure != nil { return }
    cells.values[cell].failure = Boxed(failure)
    failureCount += 1
    guard checks, let offset = failure.offset else { return }
    for i in judged {
      note(&cells.values[cell], key, i, .undefined, failure.message, at: offset.cutAfter, change)
    }
  }

  package func failures() -> [KeyFailure] {
    if failureCount == 0 { return [] }
    return cells.sortedPlaces.compactMap { place in
      cells.values[place].failure.map {
        KeyFailure(key: cells.keys[place].string, error: $0.value)
      }
    }
  }

  /// Throws why a key was put aside, if it was; with nil, why any was.
  func checkFailure(of key: Name?) throws(MachineError) {
    if failureCount == 0 { return }
    if let key {
      if let failure = cells[key]?.failure { throw failure.value }
    } else if let failure = failures().first {
      throw failure.error
    }
  }

  package var counts: HostCounts {
    HostCounts(keys: cells.keys.count, failed: failureCount, unconcerned: unconcernedCount)
  }

  package func takesBlock(of count: Int) -> Bool { takesBlocks }

  /// Blocks are for one state, with nothing to be known of the state before.
  private var takesBlocks: Bool {
    if case .log = scope {
      return blockReducer != nil && upcasters.isEmpty && !needsBefore
    }
    return false
  }

  package func run(
    _ block: borrowing EventBlock, watching watch: Watch, verdict change: (VerdictChange) -> Void
  ) throws(MachineError) {
    if case .regions(let counter) = watch {
      return try tally(block, by: counter.rule, into: &counter.tally)
    }
    guard takesBlocks, let blockReducer, let log = cells.place(of: Self.log) else {
      return try run(block.recordedEvents()[...], watching: watch, verdict: change) { _ in }
    }
    let checks = if case .verdicts = watch { true } else { false }
    var pass = BlockPass<M>(
      from: 0, to: block.count, firstType: block.typeNumbers.lowerBound,
      ignored: ignoredTypes(in: block),
      predicates: checks ? predicates : [],
      verdicts: checks ? judged.map { cells.values[log].verdicts[$0] } : [])
    let failure = reduce(block, &cells.values[log], &pass, by: blockReducer)
    for found in pass.changes {
      let cut = block[found.place].offset.cutAfter
      change(
        VerdictChange(
          invariant: judged[found.predicate], key: nil, cut: cut, verdict: found.verdict,
          evaluation: UInt64(cut),
          reason: found.reason))
    }
    if checks {
      for (i, verdict) in zip(judged, pass.verdicts) { cells.values[log].verdicts[i] = verdict }
    }
    if let failure { throw failure }
  }

  /// By type, from the first number on, whether the machine ignores it; nothing where it ignores none.
  private func ignoredTypes(in block: borrowing EventBlock) -> [Bool] {
    let types = block.typeNumbers.map { ignored.contains(Name(block.typeText($0))) }
    return types.contains(true) ? types : []
  }

  /// Goes through a block; what went wrong on the way, if anything.
  private func reduce(
    _ block: borrowing EventBlock, _ cell: inout Cell, _ pass: inout BlockPass<M>,
    by blockReducer: BlockReducer<M>
  ) -> MachineError? {
    lastKey = nil
    lastType = nil
    defer { cell.evaluations += pass.reduced }
    unsafe name.withCString { unsafe evlog_crash_note_begin($0) }
    defer { evlog_crash_note_end() }
    do { try blockReducer(machine, &cell.state, block, &pass) } catch {
      return failure(error, at: block[pass.place])
    }
    return nil
  }

  private func tally(
    _ block: borrowing EventBlock, by rule: RegionRule, into tally: inout RegionTally
  )
    throws(MachineError)
  {
    // Whether something changed that must not, is seen by the states as wholes.
    guard takesBlocks, rule == .declared, let regions,
      !regions.declaration.moves.values.contains(where: { $0.values.contains(.ignored) }),
      let blockReducer, let log = cells.place(of: Self.log)
    else { return try self.tally(block.recordedEvents()[...], by: rule, into: &tally) }
    var moves = tally.takeMoves()
    let region = cells.values[log].region ?? regions.of(cells.values[log].state)
    var number = regions.number
    if number == nil {
      moves.begin(block, in: region)
    } else if !moves.begin(block, in: region, numbered: regions.declaration.names) {
      number = nil
    }
    var pass = BlockPass<M>(
      from: 0, to: block.count, firstType: block.typeNumbers.lowerBound,
      ignored: ignoredTypes(in: block), predicates: [], verdicts: [], regionOf: regions.of,
      regionNumber: number, moves: moves)
    let failure = reduce(block, &cells.values[log], &pass, by: blockReducer)
    cells.values[log].region = pass.moves.presentRegion
    tally.ignored += UInt64(pass.place) - pass.reduced
    tally.moves = pass.moves
    if let failure { throw failure }
  }

  /// All invariants that are judged are predicates on states where blocks are taken.
  private var predicates: [@Sendable (M.State) throws -> Bool] {
    judged.compactMap {
      if case .state(let predicate) = invariants[$0].check { predicate } else { nil }
    }
  }

  private func failure(_ error: any Error, at event: borrowing EventView) -> MachineError {
    failure(error, decoding: event.typeText, at: event.offset)
  }

  func decode(_ event: RecordedEvent) throws(MachineError) -> M.Event {
    do {
      return try setup.repeatsEvents ? known(event) : machine.decode(event)
    } catch { throw failure(error, decoding: event.type, at: event.offset) }
  }

  private func known(_ event: RecordedEvent) throws -> M.Event {
    if let known = decoded[event.offset] { return known }
    let new = try machine.decode(event)
    decoded[event.offset] = new
    return new
  }

  private func failure(_ error: any Error, decoding type: String, at offset: Offset) -> MachineError
  {
    if let error = error as? UnknownEventType {
      return .unknownType(error.type, machine: machine.name, offset: offset)
    }
    let reason = (error as? DecodingError)?.sentence ?? "\(error)"
    return MachineError(
      .undecodable, machine: machine.name, "The data of this '\(type)' cannot be read: \(reason)",
      offset: offset)
  }

  /// Judges the invariants after an event. Histories advance even when they are not asked about.
  private func judge(
    _ cell: inout Cell, _ key: Name, _ event: M.Event, _ context: EventContext, checks: Bool,
    _ change: (VerdictChange) -> Void
  ) {
    var memory = 0
    var next = 0
    for i in 0..<invariants.count {
      guard next < judged.count else { break }
      if judged[next] != i {
        if case .history = invariants[i].check { memory += 1 }
        continue
      }
      next += 1
      var verdict = Verdict.holds
      var reason: String?
      do {
        let isTrue: Bool
        switch invariants[i].check {
        case .state(let predicate): isTrue = try !checks || predicate(cell.state)
        case .step(let predicate):
          isTrue = try !checks || predicate(cell.before, event, cell.state, context)
        case .history(let check):
          defer { memory += 1 }
          isTrue = try check.next(
            &cell.memories[memory], cell.before, event, cell.state, context)
        }
        verdict = isTrue ? .holds : .violated
      } catch {
        verdict = .undefined
        reason = "\(error)"
      }
      if checks { note(&cell, key, i, verdict, reason, at: context.offset.cutAfter, change) }
    }
  }

  private func note(
    _ cell: inout Cell, _ key: Name, _ i: Int, _ verdict: Verdict, _ reason: String?,
    at cut: Cut, _ change: (VerdictChange) -> Void
  ) {
    guard cell.verdicts[i] != verdict || verdict == .violated && isStep[i] else { return }
    cell.verdicts[i] = verdict
    let isLog = if case .log = scope { true } else { false }
    change(
      VerdictChange(
        invariant: i, key: isLog ? nil : key.string, cut: cut, verdict: verdict,
        evaluation: isLog ? UInt64(cut) : cell.evaluations, reason: reason))
  }

  /// An ignored event is a step in which nothing happens: no step is violated by it, and all else
  /// is as it was.
  private func judgeIgnored(at cut: Cut, _ change: (VerdictChange) -> Void) {
    guard let log = cells.place(of: Self.log) else { return }
    for i in judged {
      guard case .step = invariants[i].check else { continue }
      note(&cells.values[log], Self.log, i, .holds, nil, at: cut, change)
    }
  }

  package func judge(_ invariant: Int, of key: String?) -> Judgement {
    guard case .state(let predicate) = invariants[invariant].check else {
      return Judgement(.undefined)
    }
    guard let cell = cells.place(of: Name(key ?? "")) else { return Judgement(.holds) }
    if cells.values[cell].failure != nil { return Judgement(.undefined) }
    do { return Judgement(try predicate(cells.values[cell].state) ? .holds : .violated) } catch {
      return Judgement(.undefined, reason: "\(error)")
    }
  }

  package func judge(_ invariant: Int, part: String?, on state: JSONValue) -> Judgement {
    guard case .state(let predicate) = invariants[invariant].check else {
      return Judgement(.undefined)
    }
    do {
      if let part {
        return try invariants[invariant].parts?.judge(part, state) ?? Judgement(.undefined)
      }
      let state = try StateDecoder().decode(M.State.self, from: state.canonicalText)
      return Judgement(try predicate(state) ? .holds : .violated)
    } catch {
      return Judgement(.undefined, reason: "\(error)")
    }
  }

  package func evaluations(of key: String?) -> UInt64 {
    cells[Name(key ?? "")]?.evaluations ?? 0
  }
}

extension DecodingError {
  fileprivate var sentence: String {
    let context: Context
    switch self {
    case .typeMismatch(_, let c), .valueNotFound(_, let c), .keyNotFound(_, let c),
      .dataCorrupted(let c):
      context = c
    @unknown default: return "\(self)"
    }
    let path = context.codingPath.dropFirst().map(\.stringValue).joined(separator: ".")
    return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
  }
}
