import EvlogCore
public import EvlogCuts
public import EvlogMachine

// What a compiled machine says of one log, as a value that a `CutPredicate` is made of.
extension CausalHistory {
  /// Whether a condition holds of a machine's state, at each cut of one log.
  ///
  ///     let isPaid = try history.predicate(of: Payments(), in: "payments") { !$0.paid.isEmpty }
  ///     let isGone = try history.predicate(of: Stock(), in: "stock") { $0.held.isEmpty }
  ///     try await CutDetector(history.order).possibly(.conjunction([isPaid, isGone]))
  ///
  /// The machine must have one state, and sees the events of this log alone. Throws ``InvestigationError`` for a log that
  /// the group does not have, and what the machine throws.
  public func predicate<M: Machine>(
    of machine: M, in log: String, holds: (M.State) throws -> Bool
  ) throws -> LocalPredicate {
    let (line, values) = try values(of: machine, in: log, holds)
    return LocalPredicate(line: line, end: causality.lines[line].end) { values[Int($0)] }
  }

  /// A number in a machine's state, at each cut of one log; see ``predicate(of:in:holds:)``.
  public func variable<M: Machine>(
    of machine: M, in log: String, value: (M.State) throws -> Int64
  ) throws -> LocalVariable {
    let (line, values) = try values(of: machine, in: log, value)
    return LocalVariable(line: line, end: causality.lines[line].end) { values[Int($0)] }
  }

  private func values<M: Machine, Value>(
    of machine: M, in log: String, _ value: (M.State) throws -> Value
  ) throws -> (line: Int, values: [Value]) {
    guard let line = group.names.firstIndex(of: log) else {
      throw InvestigationError.noLog(log, known: group.names)
    }
    let scope = machine.program.descriptor.scope
    guard scope == .log else {
      throw InvestigationError.needsKey(machine: machine.name, scope)
    }
    let host = CompiledHost(machine, HostSetup(judged: []))
    var values = [try value(machine.initialState)]
    try forEachRow(ofLine: line) { row in
      for i in row.indices {
        try host.run(row[i...i], watching: .nothing, verdict: { _ in }, moment: { _ in })
        values.append(try value(host.machineState(of: "")))
      }
    }
    return (line, values)
  }
}
