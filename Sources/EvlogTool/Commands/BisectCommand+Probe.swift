import EvlogAnswers
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogStore

extension BisectCommand {
  /// Searches with a command.
  func probe(_ program: any Program, _ past: any History, of history: any History) async throws {
    let (from, to) = try range(past)
    let answers = try self.log.map {
      try AnswerLog($0, history, machine: program.descriptor, command: command, edits)
    }
    let investigation = machine.investigation(program, of: past)
    let judge = JudgeCommand(command)
    var problem: (any Error)?
    let probe = try await investigation.replayer.probe(
      from: from, to: to, jobs: jobs, known: answers?.known ?? [:],
      judge: { state, _ in try await judge.verdict(on: state) },
      step: { step, left in
        say(step, left)
        do { try answers?.add(step.cut, step.verdict) } catch { problem = problem ?? error }
      })
    if let problem { throw problem }
    let answer = try await investigation.answer(probe)
    try answer.print(asJSON: store.json) { ProbeText.print(answer) }
    let status = status(answer, from, to ?? past.end)
    if status != .clean { throw Failure(status, "") }
  }

  /// Searches for where the state invariants break; all that is said of them where nothing follows.
  func probeInvariants(_ investigation: Investigation) async throws {
    let past = investigation.history
    let (from, to) = try range(past)
    let wanted = try investigation.descriptors(wanted)
    let scope = investigation.machine.scope
    if key != nil, scope == .log {
      throw InvestigationError.hasNoKeys(machine: investigation.machine.name)
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
    if let key { _ = try await investigation.state(at: to, ofKey: key) }
    var answers: [Answers.Probe] = []
    var status = ExitStatus.clean
    for invariant in wanted where isProbable(invariant) {
      let probe = try await investigation.replayer.probe(
        invariant, ofKey: key, from: from, to: to, whenCostly: mode == .auto ? .stops : .judgesAll)
      if mode == .auto {
        if !store.json { Output.standard.line(ProbeText.bound(probe, invariant)) }
        Output.standard.flush()
        continue
      }
      let answer = try await investigation.answer(probe, about: invariant.name, ofKey: key)
      answers.append(answer)
      if !store.json {
        let whose = key.map { " for \(Words.key($0))" } ?? ""
        Output.standard.line("\(invariant.name) (\(invariant.kind.rawValue))\(whose)")
        ProbeText.print(answer)
      }
      let found = self.status(answer, from, to ?? past.end)
      if status != .found, found != .clean { status = found }
    }
    guard mode == .probe else { return }
    // Each was printed as text when it was found.
    try Answers.Probes(answers).print(asJSON: store.json) {}
    if status != .clean { throw Failure(status, "") }
  }

  /// A good last cut is a clean answer only if every earlier cut was judged too.
  private func status(_ probe: Answers.Probe, _ from: Cut, _ to: Cut) -> ExitStatus {
    switch probe.outcome {
    case .lastIsGood:
      from == to || probe.guarantee == Guarantee.exact.name ? .clean : .inconclusive
    case .boundary, .firstIsBad: .found
    case .range, .undefined: .inconclusive
    }
  }

  private func range(_ past: any History) throws -> (from: Cut, to: Cut?) {
    let from = try from.cut(in: past)
    let to = try to?.cut(in: past)
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
}
