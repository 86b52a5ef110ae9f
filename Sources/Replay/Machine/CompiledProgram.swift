import CEvlog
import EventLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A machine that is written in Swift, for the engine.
public struct CompiledProgram<M: Machine>: Program {
  public let machine: M
  public let descriptor: MachineDescriptor

  public init(_ machine: M) {
    self.machine = machine
    descriptor = MachineDescriptor(
      name: machine.name, version: machine.version, scope: machine.scope.kind,
      code: Self.code(of: machine), invariants: machine.invariants.map(\.descriptor),
      regions: machine.regions?.declaration)
  }

  /// The running code, and the machine's own values: two machines of one type with other values are
  /// two. Values whose text differs from process to process only make snapshots go unused.
  private static func code(of machine: M) -> Digest {
    let value: JSONValue = .array([
      .string(machine.scope.kind.rawValue), .string(String(reflecting: machine)),
      (try? StateEncoder().encode(machine.initialState)) ?? .null,
      .array(machine.ignoredTypes.map(Name.init).sorted().map { .string($0.string) }),
      .array(
        machine.invariants.flatMap { [.string($0.name), .string($0.descriptor.kind.rawValue)] }),
    ])
    return RunningCode.digest.chained(with: value.canonicalBytes)
  }

  public func makeExecution() -> any Execution { CompiledExecution(machine) }
}

extension Machine {
  /// This machine for the engine.
  public var program: CompiledProgram<Self> { CompiledProgram(self) }
}

/// What is known of the code of compiled machines: the executable they are in.
enum RunningCode {
  /// Changes with every build, so that a snapshot of yesterday's code is never taken for today's.
  static let digest: Digest = {
    #if os(Linux)
      var info = stat()
      if unsafe stat("/proc/self/exe", &info) == 0 {
        let text = "\(info.st_ino) \(info.st_size) \(info.st_mtim.tv_sec) \(info.st_mtim.tv_nsec)"
        return Digest(of: Array(text.utf8))
      }
    #endif
    // Not known here: no process takes another one's snapshots.
    return Digest(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
  }()
}

/// A run of a compiled machine.
final class CompiledExecution<M: Machine>: Execution {
  /// The state of the log, or of one key.
  private struct Cell: Sendable {
    var state: M.State
    /// A second copy, one event behind while a step is judged. It is brought along by reducing each
    /// event twice: copying the state before each event would cost its whole size each time.
    var shadow: M.State
    var memories: [any Sendable]
    var verdicts: [Verdict?]
    var evaluations: UInt64 = 0
    /// Where regions are counted: the one after the last event, and the state's digest there if an
    /// event may come that must not change it.
    var region: String?
    var digest: Digest?
  }

  private let machine: M
  private let invariants: [Invariant<M>]
  private let ignored: Set<Name>
  private let upcasters: [Upcaster]
  private let scope: Scope
  private let needsBefore: Bool
  private var cells: [Name: Cell] = [:]
  var part: KeyPart?
  private(set) var lastKey: String?
  /// The type of the last event, as it was reduced; nil where it was ignored.
  private var lastType: String?

  init(_ machine: M) {
    self.machine = machine
    invariants = machine.invariants
    ignored = Set(machine.ignoredTypes.map(Name.init))
    upcasters = machine.upcasters
    scope = machine.scope
    needsBefore = invariants.contains { if case .state = $0.check { false } else { true } }
    if case .log = scope { cells[Self.log] = newCell() }
  }

  private static var log: Name { Name("") }

  private func newCell() -> Cell {
    Cell(
      state: machine.initialState, shadow: machine.initialState,
      memories: invariants.compactMap {
        if case .history(let check) = $0.check { check.initialMemory } else { nil }
      },
      // A key's first verdict is news only if it is bad; the log's always is.
      verdicts: invariants.map { _ in if case .log = scope { nil } else { .holds } })
  }

  private func key(of event: RecordedEvent) -> Name? {
    switch scope {
    case .log: Self.log
    case .stream: Name(event.stream)
    case .key(let key): key(event).map(Name.init)
    }
  }

  private func isMine(_ key: Name) -> Bool { part?.contains(key.string) ?? true }

  func run(
    _ events: ArraySlice<RecordedEvent>, checks: Bool, change: (VerdictChange) -> Void
  ) throws(MachineError) {
    unsafe machine.name.withCString { unsafe evlog_crash_note_begin($0) }
    defer { evlog_crash_note_end() }
    for raw in events {
      evlog_crash_note_offset(raw.offset)
      lastKey = nil
      lastType = nil
      let event: RecordedEvent
      do { event = try Upcaster.apply(upcasters, to: raw) } catch {
        throw MachineError(
          .threw, machine: machine.name, "\(error)", handler: "the upcasters", offset: raw.offset)
      }
      if ignored.contains(Name(event.type)) {
        if checks, case .log = scope { judgeIgnored(at: event.offset + 1, change) }
        continue
      }
      lastType = event.type
      guard let key = key(of: event) else {
        // It concerns no state; of a type that is known it must be all the same.
        _ = try decode(event)
        continue
      }
      guard isMine(key) else { continue }
      let decoded = try decode(event)
      let context = EventContext(event)
      let cell = cells.index(forKey: key) ?? insert(key)
      machine.reduce(into: &cells.values[cell].state, decoded, context)
      cells.values[cell].evaluations += 1
      lastKey = key.string
      if checks || needsBefore {
        judge(&cells.values[cell], key, decoded, context, checks: checks, change)
      }
      if needsBefore { machine.reduce(into: &cells.values[cell].shadow, decoded, context) }
    }
  }

  private func insert(_ key: Name) -> Dictionary<Name, Cell>.Index {
    cells[key] = newCell()
    return cells.index(forKey: key) ?? cells.startIndex
  }

  private func decode(_ event: RecordedEvent) throws(MachineError) -> M.Event {
    do { return try machine.decode(event) } catch let error as UnknownEventType {
      throw .unknownType(error.type, machine: machine.name, offset: event.offset)
    } catch let error as DecodingError {
      throw MachineError(
        .undecodable, machine: machine.name,
        "The data of this '\(event.type)' cannot be read: \(error.sentence)", offset: event.offset)
    } catch {
      throw MachineError(
        .undecodable, machine: machine.name,
        "The data of this '\(event.type)' cannot be read: \(error)", offset: event.offset)
    }
  }

  /// Judges every invariant after an event. Histories are followed even where nobody asks.
  private func judge(
    _ cell: inout Cell, _ key: Name, _ event: M.Event, _ context: EventContext, checks: Bool,
    _ change: (VerdictChange) -> Void
  ) {
    var memory = 0
    for (i, invariant) in invariants.enumerated() {
      var verdict = Verdict.holds
      var reason: String?
      do {
        let isTrue: Bool
        switch invariant.check {
        case .state(let predicate): isTrue = try !checks || predicate(cell.state)
        case .step(let predicate):
          isTrue = try !checks || predicate(cell.shadow, event, cell.state, context)
        case .history(let check):
          defer { memory += 1 }
          isTrue = try check.next(
            &cell.memories[memory], cell.shadow, event, cell.state, context)
        }
        verdict = isTrue ? .holds : .violated
      } catch {
        verdict = .undefined
        reason = "\(error)"
      }
      if checks { note(&cell, key, i, verdict, reason, at: context.offset + 1, change) }
    }
  }

  private func note(
    _ cell: inout Cell, _ key: Name, _ i: Int, _ verdict: Verdict, _ reason: String?,
    at cut: UInt64, _ change: (VerdictChange) -> Void
  ) {
    guard cell.verdicts[i] != verdict else { return }
    cell.verdicts[i] = verdict
    let isLog = if case .log = scope { true } else { false }
    change(
      VerdictChange(
        invariant: i, key: isLog ? nil : key.string, cut: cut, verdict: verdict,
        evaluation: isLog ? cut : cell.evaluations, reason: reason))
  }

  /// An ignored event is a step in which nothing happens: no step is violated by it, and all else
  /// is as it was.
  private func judgeIgnored(at cut: UInt64, _ change: (VerdictChange) -> Void) {
    guard var cell = cells.removeValue(forKey: Self.log) else { return }
    for (i, invariant) in invariants.enumerated() {
      if case .step = invariant.check { note(&cell, Self.log, i, .holds, nil, at: cut, change) }
    }
    cells[Self.log] = cell
  }

  func judge(at cut: UInt64, change: (VerdictChange) -> Void) {
    guard case .log = scope, var cell = cells[Self.log] else { return }
    for (i, invariant) in invariants.enumerated() {
      var verdict = Verdict.holds
      var reason: String?
      if case .state(let predicate) = invariant.check {
        do { verdict = try predicate(cell.state) ? .holds : .violated } catch {
          verdict = .undefined
          reason = "\(error)"
        }
      }
      note(&cell, Self.log, i, verdict, reason, at: cut, change)
    }
    cells[Self.log]?.verdicts = cell.verdicts
  }

  func evaluations(of key: String?) -> UInt64 {
    cells[Name(key ?? "")]?.evaluations ?? 0
  }

  // Values share what is not changed, so that keeping them costs little.
  func checkpoint() -> Checkpoint { Checkpoint(cells) }

  func resume(from checkpoint: Checkpoint) {
    if let kept = checkpoint.content as? [Name: Cell] { cells = kept }
  }

  // MARK: States

  private func encoded(_ state: some Encodable) throws(MachineError) -> JSONValue {
    do { return try StateEncoder().encode(state) } catch {
      throw MachineError(
        .badState, machine: machine.name, "The state cannot be encoded: \(error)")
    }
  }

  func tally(
    _ events: ArraySlice<RecordedEvent>, by rule: RegionRule, into tally: inout RegionTally
  ) throws(MachineError) {
    for i in events.indices {
      if case .log = scope, let cell = cells[Self.log], cell.region == nil {
        try enter(try region(of: cell.state, rule), Self.log, rule)
      }
      try run(events[i...i], checks: false) { _ in }
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
        hasChanged: isMeantToStay ? try encoded(cell.state).digest != cell.digest : false)
      try enter(after, key, rule)
    }
  }

  func attempt(_ raw: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule)
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
      isChanged: try encoded(after.state) != encoded(before.state),
      region: try region(of: after.state, rule), broken: broken, undefined: undefined)
  }

  private func region(of state: M.State, _ rule: RegionRule) throws(MachineError) -> String {
    switch rule {
    case .declared: return machine.regions?.of(state) ?? ""
    case .value(let path):
      do { return try StateEncoder().encode(state, at: path).regionName } catch {
        throw MachineError(
          .badState, machine: machine.name, "The state cannot be encoded: \(error)")
      }
    }
  }

  private func isIgnored(_ type: String, in region: String, _ rule: RegionRule) -> Bool {
    rule == .declared && machine.regions?.declaration.move(in: region, on: type) == .ignored
  }

  private func enter(_ region: String, _ key: Name, _ rule: RegionRule) throws(MachineError) {
    cells[key]?.region = region
    guard rule == .declared, machine.regions?.declaration.hasIgnored(in: region) == true,
      let state = cells[key]?.state
    else { return }
    cells[key]?.digest = try encoded(state).digest
  }

  func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue? {
    guard let cell = cells[Name(key ?? "")] else { return nil }
    do { return try StateEncoder().encode(cell.state, at: path) } catch {
      throw MachineError(
        .badState, machine: machine.name, "The state cannot be encoded: \(error)")
    }
  }

  func follow(
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

  func observe(_ event: RecordedEvent, judging invariant: Int?) throws(MachineError) -> Observation
  {
    // What a compiled function looks at cannot be seen from outside.
    let before = cells
    try run([event], checks: false) { _ in }
    guard let key = lastKey, let new = try state(of: key) else { return Observation(writes: []) }
    let old = try encoded(before[Name(key)]?.state ?? machine.initialState)
    return Observation(writes: old == new ? [] : [.init(path: StatePath(), old: old, new: new)])
  }

  func state(of key: String?) throws(MachineError) -> JSONValue? {
    guard let cell = cells[Name(key ?? "")] else { return nil }
    return try encoded(cell.state)
  }

  func states() throws(MachineError) -> JSONObject {
    var members: [(String, JSONValue)] = []
    for (key, cell) in cells { members.append((key.string, try encoded(cell.state))) }
    return JSONObject(members)
  }

  func assume(_ verdicts: [VerdictChange]) {
    for verdict in verdicts {
      cells[Name(verdict.key ?? "")]?.verdicts[verdict.invariant] = verdict.verdict
    }
  }

  func save() throws(MachineError) -> [UInt8] {
    let checks = invariants.compactMap {
      if case .history(let check) = $0.check { check } else { nil }
    }
    var saved: [JSONValue] = []
    for key in cells.keys.sorted() {
      guard let cell = cells[key] else { continue }
      var memories: [JSONValue] = []
      for (check, memory) in zip(checks, cell.memories) {
        do { memories.append(try check.encode(memory)) } catch {
          throw MachineError(
            .badState, machine: machine.name, "An invariant's memory cannot be encoded: \(error)")
        }
      }
      saved.append(
        .array([
          .string(key.string), .int(cell.evaluations), try encoded(cell.state), .array(memories),
        ]))
    }
    return JSONValue.array(saved).canonicalBytes
  }

  func restore(_ saved: [UInt8]) throws(MachineError) {
    do {
      let checks = invariants.compactMap {
        if case .history(let check) = $0.check { check } else { nil }
      }
      var cells: [Name: Cell] = [:]
      for entry in try JSONParser.parse(saved[...]).arrayValue ?? [] {
        guard let parts = entry.arrayValue, parts.count == 4, let key = parts[0].stringValue,
          let evaluations = parts[1].integer(UInt64.self), let memories = parts[3].arrayValue,
          memories.count == checks.count
        else { throw MachineError(.badSnapshot, machine: machine.name, "It is malformed") }
        var cell = newCell()
        cell.state = try StateDecoder().decode(M.State.self, from: parts[2])
        cell.shadow =
          needsBefore
          ? try StateDecoder().decode(M.State.self, from: parts[2]) : machine.initialState
        cell.memories = try zip(checks, memories).map { try $0.decode($1) }
        cell.evaluations = evaluations
        if isMine(Name(key)) { cells[Name(key)] = cell }
      }
      if case .log = scope, Array(cells.keys) != [Self.log] {
        throw MachineError(.badSnapshot, machine: machine.name, "It has no state of the log")
      }
      self.cells = cells
    } catch {
      throw MachineError(
        .badSnapshot, machine: machine.name, "A saved state cannot be read: \(error)")
    }
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
