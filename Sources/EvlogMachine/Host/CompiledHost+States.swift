import CEvlog
package import EvlogCore
package import EvlogJSON

extension CompiledHost {
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

  func encoded(_ state: some Encodable) throws(MachineError) -> JSONValue {
    do { return try StateEncoder().encode(state) } catch { throw badState(error) }
  }

  /// Adds the canonical text of a state.
  func encode(_ state: some Encodable, to bytes: inout [UInt8]) throws(MachineError) {
    do { try StateEncoder().write(state, to: &bytes) } catch { throw badState(error) }
  }

  func bytes(of state: some Encodable) throws(MachineError) -> [UInt8] {
    var bytes: [UInt8] = []
    try encode(state, to: &bytes)
    return bytes
  }

  package func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue? {
    try checkFailure(of: Name(key ?? ""))
    guard let cell = cells[Name(key ?? "")] else { return nil }
    if path.steps.isEmpty { return try encoded(cell.state) }
    do { return try StateEncoder().encode(cell.state, at: path) } catch { throw badState(error) }
  }

  func badState(_ error: any Error) -> MachineError {
    MachineError(.badState, machine: machine.name, "The state cannot be encoded: \(error)")
  }

  package func states() throws(MachineError) -> JSONObject {
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
    saved.append(contentsOf: "\(cell.evaluations)".utf8)
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
      try JSONPlace.reading(saved.span) { try restore($0) }
    } catch {
      throw MachineError(
        .badSnapshot, machine: machine.name, "A saved state cannot be read: \(error)")
    }
  }

  private func restore(_ saved: JSONPlace) throws {
    var cells = CellTable<Cell>()
    var (unconcerned, failures): (UInt64, Int) = (0, 0)
    for entry in saved.elements ?? [] {
      let parts = entry.elements ?? []
      // `[null, count]`, the events that concern no key.
      if parts.count == 2, let count = parts[1].integer {
        // Each of several workers has counted all of them.
        unconcerned = max(unconcerned, count)
        continue
      }
      let (key, cell) = try cell(parts)
      if isMine(key) {
        cells.put(cell, of: key)
        if cell.failure != nil { failures += 1 }
      }
    }
    if case .log = scope, cells.keys != [Self.log] {
      throw MachineError(.badSnapshot, machine: machine.name, "It has no state of the log")
    }
    self.cells = cells
    unconcernedCount = unconcerned
    failureCount = failures
  }

  /// Reads `[key, evaluations, state, memories]`, and why it was put aside.
  private func cell(_ parts: [JSONPlace]) throws -> (Name, Cell) {
    let checks = invariants.compactMap {
      if case .history(let check) = $0.check { check } else { nil }
    }
    guard parts.count == 4 || parts.count == 5, let key = parts[0].string,
      let evaluations = parts[1].integer, let memories = parts[3].elements
    else { throw malformed }
    if parts.count == 5 {
      var cell = newCell()
      guard let error = MachineError(json: parts[4].value, machine: name) else {
        throw malformed
      }
      cell.failure = Boxed(error)
      cell.evaluations = evaluations
      return (Name(key), cell)
    }
    guard memories.count == checks.count else { throw malformed }
    // Each is decoded: a state of a class must not be its own shadow.
    var cell = newCell(
      try parts[2].decode(), shadow: needsBefore ? try parts[2].decode() : nil,
      memories: try zip(checks, memories).map { try $0.decode($1) })
    cell.evaluations = evaluations
    return (Name(key), cell)
  }

  private var malformed: MachineError {
    MachineError(.badSnapshot, machine: machine.name, "It is malformed")
  }
}
