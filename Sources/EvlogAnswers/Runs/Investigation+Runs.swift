import EvlogCore
import EvlogCuts
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// Which runs of a group are looked at: those that differ only in the order of events which no edge orders.
public enum Runs: String, Sendable, Hashable, Codable, CaseIterable {
  /// The run that is recorded: one causal order.
  case inOrder = "in-order"
  /// Some run that the edges allow.
  case possibly
  /// Every run that the edges allow.
  case definitely
}

extension Investigation {
  /// Finds out which state invariants are violated in some run that the edges of a group allow, or in every one.
  ///
  /// The machine must have a state for each log of the group. At most `limit` cuts are looked at for each invariant;
  /// if that is too few, the answer says so. Throws ``InvestigationError`` for another history or machine.
  public func bisect(
    _ invariants: [String] = [], runs: Runs, limit: UInt64 = .max
  ) async throws -> Answers.RunsBisect {
    let start = ContinuousClock.now
    guard let history = history as? CausalHistory, runs != .inOrder else {
      throw InvestigationError.noGroup
    }
    guard !machine.logs.isEmpty else {
      throw InvestigationError.noLocalStates(machine: machine.name)
    }
    let states = try LocalStates(replayer.program, over: history)
    var answer = Answers.RunsBisect(machine, runs, cut: history.causality.end)
    var kept = KeptIntervals(replayer, of: history)
    answer.work.events = UInt64(history.end)
    answer.work.judgedBefore = kept?.cut
    answer.work.ignored = kept?.ignored ?? []
    let detector = CutDetector(history.order, workers: replayer.workers, cutLimit: limit)
    for invariant in try descriptors(invariants) {
      guard invariant.kind == .state, !invariant.isFinal,
        let index = machine.invariants.firstIndex(of: invariant)
      else {
        answer.invariants.append(
          .init(
            invariant,
            notJudged: invariant.isFinal
              ? "it is about the end, which is the same in every run"
              : "only state invariants have a verdict at a cut"))
        continue
      }
      let predicate = try violation(of: index, invariant, states, history)
      do {
        switch runs {
        case .definitely:
          answer.invariants.append(.init(invariant, try await detector.definitely(predicate)))
        default:
          let found = try await detector.possibly(
            predicate, after: kept?.known[Name(invariant.name)] ?? KnownIntervals())
          kept?.learn(invariant.name, found.known)
          answer.invariants.append(
            .init(invariant, found, try found.first.map { try explain($0, history) }))
        }
      } catch let error as Unjudged {
        answer.invariants.append(.init(invariant, notJudged: error.reason))
      }
    }
    do { try kept?.save() } catch { answer.work.couldNotSave = wording(error) }
    answer.seconds = ContinuousClock.now - start
    return answer
  }

  /// At some cut an invariant says neither yes nor no.
  private struct Unjudged: Error {
    let reason: String
  }

  private func violation(
    of index: Int, _ invariant: InvariantDescriptor, _ states: LocalStates, _ history: CausalHistory
  ) throws -> CutPredicate {
    let program = replayer.program
    guard let parts = invariant.parts else {
      return .general {
        let host = try program.makeHost(HostSetup())
        var known: [JSONValue] = history.group.members.map { _ in .null }
        return { cut in
          for line in cut.changed { known[line] = states.state(line, at: cut[line]) }
          var members = zip(history.group.names, known).map { ($0, $1) }
          members.append(("inFlight", try history.inFlightState(cut.positions)))
          let judged = try host.judge(index, part: nil, on: .object(members))
          guard judged.verdict != .undefined else {
            throw Unjudged(reason: judged.reason ?? "it said neither yes nor no")
          }
          return judged.verdict == .violated
        }
      }
    }
    let judge = PartJudge(
      host: try program.makeHost(HostSetup()), invariant: index, states: states, history: history)
    switch parts.combination {
    case .never: return .conjunction(try parts.logs.map(judge.predicate))
    case .atMost(let most):
      return .count(try parts.logs.map(judge.predicate), in: [(most + 1)...parts.logs.count])
    case .sum(let range):
      var outside: [ClosedRange<Int64>] = []
      if range.lowerBound > .min { outside.append(.min...(range.lowerBound - 1)) }
      if range.upperBound < .max { outside.append((range.upperBound + 1)...(.max)) }
      return .sum(try parts.logs.map(judge.variable), in: outside)
    }
  }

  /// Judges the parts of an invariant, each at the states of its log.
  private struct PartJudge {
    let host: any Host
    let invariant: Int
    let states: LocalStates
    let history: CausalHistory

    func predicate(_ log: String) throws -> LocalPredicate {
      let judge = try judge(log)
      return try LocalPredicate(line: judge.line, end: judge.end) {
        try judge.at($0).verdict == .violated
      }
    }

    func variable(_ log: String) throws -> LocalVariable {
      let judge = try judge(log)
      return try LocalVariable(line: judge.line, end: judge.end) { position in
        guard let value = try judge.at(position).value else {
          throw Unjudged(reason: "it gave no number")
        }
        return value
      }
    }

    private func judge(_ log: String) throws -> (
      line: Int, end: Cut, at: (Cut) throws -> Judgement
    ) {
      guard let line = history.group.names.firstIndex(of: log) else {
        throw InvestigationError.noLog(log, known: history.group.names)
      }
      var last: (state: JSONValue, judged: Judgement)?
      return (
        line, history.causality.lines[line].end,
        { position in
          let state = states.state(line, at: position)
          if let last, last.state == state { return last.judged }
          let judged = try host.judge(invariant, part: log, on: state)
          guard judged.verdict != .undefined else {
            throw Unjudged(reason: judged.reason ?? "it said neither yes nor no")
          }
          last = (state, judged)
          return judged
        }
      )
    }
  }

  /// The cut in words: the event that made it possible, and why the recorded order does not pass it.
  private func explain(_ witness: CutWitness, _ history: CausalHistory) throws
    -> Answers.RunsBisect.First
  {
    let cut = witness.cut
    let event = try witness.offset.map { try history.place(history.order[$0]) }
    let inOrder = history.order.vectorCut(at: Cut(cut.eventCount)) == cut
    var forbidding: Answers.CutCheck.Edge?
    // In the recorded order, some event outside of the cut comes before one inside, though no edge says so.
    if !inOrder, let last = witness.offset {
      var first: Offset?
      for offset in Offset(0)..<last where first == nil {
        let event = history.order[offset]
        if event.offset >= cut.positions[event.line].offsetAfter { first = offset }
      }
      if let first {
        forbidding = .init(
          cause: try history.place(history.order[first]),
          effect: try history.place(history.order[last]),
          atomic: false)
      }
    }
    return .init(
      offset: witness.offset, event: event, cut: cut, isInOrder: inOrder, forbidding: forbidding)
  }
}

extension CausalHistory {
  /// The messages that are in flight at a cut, as a machine over the group has them.
  func inFlightState(_ positions: [Cut]) throws -> JSONValue {
    guard let messages else { return .object(JSONObject()) }
    let cut = try VectorCut(names: group.names, positions: positions)
    return .object(
      JSONObject(
        try messages.inFlight(at: cut).map { message in
          let sent = try original(message.send)
          return (
            message.id,
            .object([
              ("log", .string(group.names[message.send.line])), ("type", .string(sent?.type ?? "")),
              ("data", sent.flatMap { JSONValue(validating: $0.data) } ?? .object(JSONObject())),
            ])
          )
        }))
  }
}
