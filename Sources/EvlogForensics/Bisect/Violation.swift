public import EvlogCore
public import EvlogJSON
public import EvlogMachine
public import EvlogReplay

/// A violation of an invariant, with what happened there.
public struct Violation: Sendable {
  /// What is known about the invariant, as far as the log was judged.
  public let finding: Finding
  /// The run of violated cuts that begins here; for a step, the one event.
  public let episode: Episode
  /// The event that broke the invariant; nil if the initial state violates it.
  public let event: RecordedEvent?
  /// The state before and after the event: of the event's stream or key, if there is one for each.
  public let diff: StateDiff
  /// Why the states cannot be shown; `diff` is empty then.
  public let stateProblem: MachineError?

  package init(
    finding: Finding, episode: Episode, event: RecordedEvent?, diff: StateDiff,
    stateProblem: MachineError? = nil
  ) {
    self.finding = finding
    self.episode = episode
    self.event = event
    self.diff = diff
    self.stateProblem = stateProblem
  }
}

extension Replayer {
  /// The first violation of each violated invariant, in the order of the machine; `choosing` may take another
  /// one of its ``Finding/breaks``.
  public func violations(
    in scan: Scan, choosing episode: (Finding) -> Episode? = { $0.firstBreak }
  ) async throws -> [Violation] {
    try await violationsAndWork(in: scan, choosing: episode).violations
  }

  /// The same, and what the replays took.
  package func violationsAndWork(
    in scan: Scan, choosing episode: (Finding) -> Episode? = { $0.firstBreak }
  ) async throws -> (violations: [Violation], work: Work) {
    try await QuestionThreads.run {
      let found = scan.findings.compactMap { finding in episode(finding).map { (finding, $0) } }
      // One replay passes all the places, in the order of the log.
      var work = Work()
      var playhead: Playhead?
      // By cut: at a cut there is one event, and so one stream or key.
      var diffs: [Cut: StateDiff] = [:]
      var problems: [Cut: MachineError] = [:]
      func state(_ execution: any Host, _ episode: Episode) throws -> JSONValue {
        let state = Result { () throws(MachineError) in try execution.state(of: episode.key) }
        if case .failure(let error) = state, error.kind == .badState {
          problems[episode.firstCut] = error
          return .null
        }
        return try state.get() ?? .object(JSONObject())
      }
      for (_, episode) in found.sorted(by: { $0.1.firstCut < $1.1.firstCut })
      where diffs[episode.firstCut] == nil {
        let before = episode.firstCut == 0 ? 0 : episode.firstCut - 1
        // Of a machine with a state per stream, only that stream is read.
        let stream = machine.scope == .stream ? episode.key : nil
        let current: Playhead
        if stream != nil {
          current = Playhead(try program.makeHost(), over: history, stream: stream)
        } else if machine.scope == .log, let playhead, playhead.cut <= before {
          current = playhead
        } else {
          let host = try execution(at: before, ofKey: episode.key, work: &work)
          current = Playhead(host, over: history, at: before)
        }
        let countBefore = current.eventCount
        try current.advance(to: before)
        let old = try state(current.host, episode)
        try current.advance(to: episode.firstCut)
        let new = try state(current.host, episode)
        diffs[episode.firstCut] = StateDiff(
          from: problems[episode.firstCut] == nil ? old : .null,
          to: problems[episode.firstCut] == nil ? new : .null)
        work.events += current.eventCount - countBefore
        playhead = current
      }
      let violations = try found.compactMap { finding, episode -> Violation? in
        guard let diff = diffs[episode.firstCut] else { return nil }
        let event = try episode.brokenBy.flatMap { try history.event(at: $0) }
        return Violation(
          finding: finding, episode: episode, event: event, diff: diff,
          stateProblem: problems[episode.firstCut])
      }
      return (violations, work)
    }
  }

  /// The first violation of any invariant in the log, or nil. What comes after it is not judged.
  ///
  ///     if let violation = try await Replayer(Shop().program, over: log).firstViolation() {
  ///       print(violation.event?.offset, violation.finding.invariant.name)
  ///     }
  public func firstViolation() async throws -> Violation? {
    try await QuestionThreads.run {
      try await violations(in: try await scan(to: nil, judging: nil, for: .firstViolation)).min {
        $0.episode.firstCut < $1.episode.firstCut
      }
    }
  }
}
