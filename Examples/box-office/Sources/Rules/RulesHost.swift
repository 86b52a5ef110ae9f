import Evlog

/// Runs ``Rules``. All watching is left to comparing states.
final class RulesHost: EventwiseHost {
  private struct Cell {
    var state: [String: Int]
    var evaluations: UInt64 = 0
    var verdicts: [Int: Verdict] = [:]
    var failure: MachineError?
  }

  private let rules: Rules
  private let setup: HostSetup
  private var cells: [String: Cell] = [:]

  var machine: MachineDescriptor { rules.descriptor }
  var initialState: JSONValue { json(rules.start) }

  init(_ rules: Rules, _ setup: HostSetup) {
    self.rules = rules
    self.setup = setup
    if machine.scope == .log { cells[""] = Cell(state: rules.start) }
  }

  func key(of event: RecordedEvent) -> String? { machine.scope == .log ? "" : event.stream }

  func reduce(_ event: RecordedEvent, judges: Bool, verdict: (VerdictChange) -> Void)
    throws(MachineError) -> Reduction
  {
    let key = machine.scope == .log ? "" : event.stream
    if rules.ignored.contains(event.type) { return .ignored }
    guard setup.part?.contains(key) ?? true else { return .unconcerned }
    var cell = cells[key] ?? Cell(state: rules.start)
    defer { cells[key] = cell }
    cell.evaluations += 1
    if cell.failure != nil { return .putAside }
    do throws(MachineError) {
      cell.state = try reduced(cell.state, by: event)
    } catch {
      guard setup.isolatesFailures, machine.scope != .log else { throw error }
      cell.failure = error
    }
    for i in rules.invariants.indices where judges && setup.judged?.contains(i) ?? true {
      let found = cell.failure == nil ? judgement(i, cell.state) : Judgement(.undefined)
      // A key's first verdict is news only if it is bad; the log's always is.
      if found.verdict == cell.verdicts[i] ?? (machine.scope == .log ? nil : .holds) { continue }
      cell.verdicts[i] = found.verdict
      verdict(
        VerdictChange(
          invariant: i, key: machine.scope == .log ? nil : key, cut: event.offset.cutAfter,
          verdict: found.verdict,
          evaluation: machine.scope == .log ? UInt64(event.offset) + 1 : cell.evaluations,
          reason: cell.failure?.message))
    }
    return cell.failure == nil ? .reduced(key) : .putAside
  }

  private func reduced(_ state: [String: Int], by event: RecordedEvent) throws(MachineError)
    -> [String: Int]
  {
    guard let changes = rules.handlers[event.type] else {
      throw MachineError(
        .unknownType, machine: machine.name,
        "The event type '\(event.type)' is neither handled nor ignored", offset: event.offset)
    }
    var state = state
    for change in changes {
      guard let data = try? JSONParser.parse(event.data[...]),
        let number = data[change.field]?.integer()
      else {
        throw MachineError(
          .undecodable, machine: machine.name, "There is no number '\(change.field)'",
          offset: event.offset)
      }
      state[change.name, default: 0] += change.sign == "-" ? -number : number
    }
    return state
  }

  private func judgement(_ i: Int, _ state: [String: Int]) -> Judgement {
    let rule = rules.invariants[i]
    guard let value = state[rule.field], let limit = Int(rule.limit) ?? state[rule.limit] else {
      return Judgement(.undefined, reason: "there is no '\(rule.field)' or '\(rule.limit)'")
    }
    let holds = rule.relation == "<=" ? value <= limit : value >= limit
    return Judgement(holds ? .holds : .violated)
  }

  func judge(_ invariant: Int, of key: String?) -> Judgement {
    guard let cell = cells[key ?? ""] else { return Judgement(.holds) }
    return cell.failure == nil ? judgement(invariant, cell.state) : Judgement(.undefined)
  }

  func assume(_ verdicts: [VerdictChange]) {
    for verdict in verdicts {
      cells[verdict.key ?? ""]?.verdicts[verdict.invariant] = verdict.verdict
    }
  }

  private func json(_ state: [String: Int]) -> JSONValue {
    .object(state.map { ($0.key, .int($0.value)) })
  }

  func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue? {
    guard let cell = cells[key ?? ""] else { return nil }
    if let failure = cell.failure { throw failure }
    return json(cell.state)[path]
  }

  func states() -> JSONObject {
    JSONObject(cells.filter { $0.value.failure == nil }.map { ($0.key, json($0.value.state)) })
  }

  var counts: HostCounts { HostCounts(keys: cells.count, failed: failures().count) }
  func failures() -> [KeyFailure] {
    cells.compactMap { key, cell in cell.failure.map { KeyFailure(key: key, error: $0) } }
  }
  func evaluations(of key: String?) -> UInt64 { cells[key ?? ""]?.evaluations ?? 0 }

  func save() -> [UInt8] {
    JSONValue.array(
      cells.sorted { $0.key < $1.key }.map { key, cell in
        .array([
          .string(key), .int(cell.evaluations), json(cell.state),
          cell.failure.map { .array([.string($0.message), .int($0.offset ?? 0)]) } ?? .null,
        ])
      }
    ).canonicalBytes
  }

  func restore(_ saved: [UInt8]) throws(MachineError) {
    let malformed = MachineError(.badSnapshot, machine: machine.name, "It is malformed")
    guard let list = (try? JSONParser.parse(saved[...]))?.arrayValue else { throw malformed }
    cells = [:]
    for item in list {
      guard let parts = item.arrayValue, parts.count == 4, let key = parts[0].stringValue,
        let evaluations = parts[1].integer(UInt64.self), case .object(let state) = parts[2]
      else { throw malformed }
      guard setup.part?.contains(key) ?? true else { continue }
      var cell = Cell(state: [:], evaluations: evaluations)
      for member in state.members { cell.state[member.key] = member.value.integer() }
      if let failure = parts[3].arrayValue, let text = failure.first?.stringValue {
        cell.failure = MachineError(
          .undecodable, machine: machine.name, text, offset: failure.last?.integer(Offset.self))
      }
      cells[key] = cell
    }
  }
}
