import EvlogForensics
import EvlogReplay
import EvlogStore

extension BisectCommand {
  /// Searches with a command.
  func probe(_ program: any Program, _ log: EventLog) async throws {
    let (from, to) = try range(log)
    let answers = try self.log.map {
      try AnswerLog($0, log: log, machine: program.descriptor, command: command)
    }
    let replayer = machine.replayer(program, over: log)
    let judge = JudgeCommand(command)
    var problem: (any Error)?
    let probe = try await replayer.probe(
      from: from, to: to, jobs: jobs, known: answers?.known ?? [:],
      judge: { state, _ in try await judge.verdict(on: state) },
      step: { step, left in
        say(step, left)
        do { try answers?.add(step.cut, step.verdict) } catch { problem = problem ?? error }
      })
    if let problem { throw problem }
    let (event, diff) = try await place(of: probe, replayer)
    if store.json {
      ProbeText.json(probe, event, diff).print()
    } else {
      ProbeText.print(probe, event, diff)
    }
    let status = status(probe, from, to ?? log.end)
    if status != .clean { throw Failure(status, "") }
  }

  /// Searches for where the state invariants break; all that is said of them where nothing follows.
  func probeInvariants(_ program: any Program, _ log: EventLog) async throws {
    let (from, to) = try range(log)
    let replayer = machine.replayer(program, over: log)
    let wanted = program.descriptor.invariants.filter(isWanted)
    let scope = program.descriptor.scope
    if key != nil, scope == .log {
      throw Failure.hasNoKeys
    }
    let isProbable = { (invariant: InvariantDescriptor) in
      (scope == .log || key != nil) && invariant.kind == .state
    }
    if mode == .probe, let other = wanted.first(where: { !isProbable($0) }) {
      throw Failure.usage(
        other.kind == .state
          ? "The machine has a state per \(scope.rawValue): choose one with --key, or leave --mode out."
          : "'\(other.name)' cannot be judged at single cuts: only a state invariant can. "
            + "Choose one with --invariant, or leave --mode out.")
    }
    if let key, try await replayer.state(ofKey: key, at: to).value == nil {
      throw Failure.usage(
        "At cut \(to ?? log.end), '\(key)' has no state: no event of it was reduced.")
    }
    var answers: [JSONValue] = []
    var status = ExitStatus.clean
    for invariant in wanted where isProbable(invariant) {
      let probe = try await replayer.probe(
        invariant, ofKey: key, from: from, to: to, whenDear: mode == .auto ? .stops : .judgesAll)
      if mode == .auto {
        if !store.json { Output.standard.line(ProbeText.bound(probe, invariant)) }
        Output.standard.flush()
        continue
      }
      let (event, diff) = try await place(of: probe, replayer)
      if store.json {
        var report = ProbeText.json(probe, event, diff)
        report["invariant"] = .string(invariant.name)
        report["key"] = .optional(key)
        answers.append(report.value)
      } else {
        let whose = key.map { " for \(Words.key($0))" } ?? ""
        Output.standard.line("\(invariant.name) (\(invariant.kind.rawValue))\(whose)")
        ProbeText.print(probe, event, diff)
      }
      let found = self.status(probe, from, to ?? log.end)
      if status != .found, found != .clean { status = found }
    }
    guard mode == .probe else { return }
    if store.json {
      var report = Report("bisect")
      report["probes"] = .array(answers)
      report.print()
    }
    if status != .clean { throw Failure(status, "") }
  }

  /// A good last cut is a clean answer only if every earlier cut was judged too.
  private func status(_ probe: Probe, _ from: Cut, _ to: Cut) -> ExitStatus {
    switch probe.outcome {
    case .lastIsGood: from == to || probe.guarantee == .exact ? .clean : .inconclusive
    case .boundary, .firstIsBad: .found
    case .range, .undefined: .inconclusive
    }
  }

  private func range(_ log: EventLog) throws -> (from: Cut, to: Cut?) {
    let from = try from.cut(in: log)
    let to = try to?.cut(in: log)
    if let to, to < from { throw Failure.usage("--to must not be before --from.") }
    return (from, to)
  }

  private func say(_ step: Probe.Step, _ left: UInt64) {
    if store.json { return }
    let word =
      switch step.verdict {
      case .holds: "good"
      case .violated: "bad"
      case .undefined: "cannot tell"
      }
    Output.standard.line(
      "cut \(Words.number(step.cut))  \(word)  "
        + (left > 0 ? "(\(Words.count(left, "cut")) left)" : "(an earlier one, to be sure)"))
    Output.standard.flush()
  }

  /// The event between the good and the bad cut that were found, and what it changed.
  private func place(of probe: Probe, _ replayer: Replayer) async throws -> (
    RecordedEvent?, StateDiff?
  ) {
    guard let offset = probe.brokenBy else { return (nil, nil) }
    func state(at cut: Cut) async throws -> JSONValue {
      guard let key else { return try await replayer.state(at: cut).value }
      return try await replayer.state(ofKey: key, at: cut).value ?? .object(JSONObject())
    }
    let before = try await state(at: offset.cutBefore)
    let after = try await state(at: offset.cutAfter)
    return (try replayer.history.event(at: offset), StateDiff(from: before, to: after))
  }
}
