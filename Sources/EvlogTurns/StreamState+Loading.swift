import EvlogForensics
import EvlogReplay
import EvlogStore

extension StreamState {
  /// Reads what the log has of the stream, and returns whether it may take turns.
  ///
  /// What was violated when the stream was released may stay so: only what became violated later counts.
  func load(from log: EventLog, _ machine: MachineDescriptor, _ orders: Orders) throws {
    // What could not be reduced never can be.
    if case .machine = quarantine?.reason { return }
    quarantine = nil
    let order = orders.last[Name(name)]
    self.order = order?.offset
    do {
      if let order, order.isRelease {
        try readTail(of: log)
        let standing = try Standing(name, typed.machine, log)
        typed.assume(standing.changes)
        for (i, last) in standing.last
        where last.verdict != .holds && last.cut > order.offset.cutBefore {
          return quarantine(try standing.reason(i, typed.machine, machine, log))
        }
      } else {
        try readTail(of: log)
        for (i, verdict) in typed.standing(of: name).enumerated() {
          guard let verdict, verdict.verdict != .holds else { continue }
          let standing = try Standing(name, typed.machine, log)
          return quarantine(try standing.reason(i, typed.machine, machine, log))
        }
      }
    } catch let error as MachineError { quarantine(.machine(error)) }
    if let order, !order.isRelease { quarantine(.order(order.reason, offset: order.offset)) }
  }

  private func quarantine(_ reason: Quarantine.Reason) {
    quarantine = Quarantine(stream: name, reason: reason)
  }
}

/// The last verdicts of a stream, found by judging it from its beginning.
private struct Standing<D: Decider> {
  let stream: String
  /// By invariant: since when it has been so.
  private(set) var last: [(key: Int, value: VerdictChange)] = []

  init(_ stream: String, _ decider: D, _ log: EventLog) throws {
    self.stream = stream
    var found: [Int: VerdictChange] = [:]
    try StreamState(stream, decider).readTail(of: log, checks: true) { found[$0.invariant] = $0 }
    last = found.sorted { $0.key < $1.key }
  }

  var changes: [VerdictChange] { last.map(\.value) }

  func reason(_ i: Int, _ decider: D, _ machine: MachineDescriptor, _ log: EventLog) throws
    -> Quarantine.Reason
  {
    let invariant = machine.invariants[i]
    guard let since = last.first(where: { $0.key == i })?.value else {
      return .undefined(invariant: invariant.name, reason: "the snapshot it began from is wrong")
    }
    if since.verdict == .undefined {
      return .undefined(
        invariant: invariant.name, reason: since.reason ?? "it cannot be judged")
    }
    let playhead = Playhead(CompiledHost(decider), over: log, stream: stream)
    func state(at cut: Cut) throws -> JSONValue {
      try playhead.advance(to: cut)
      return try playhead.host.state(of: stream) ?? .object(JSONObject())
    }
    let before = try state(at: since.cut - 1)
    let after = try state(at: since.cut)
    return .violation(
      Violation(
        invariant,
        broken: Episode(key: stream, firstCut: since.cut, endCut: nil, violations: 1),
        by: try since.cut.offsetBefore.flatMap { try log.event(at: $0) },
        StateDiff(from: before, to: after)))
  }
}
