import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore

/// A stream as far as it was read, with the verdicts of its invariants. Only the task that holds the stream
/// uses it.
class TrackedStream: @unchecked Sendable {
  let name: String
  let execution: any Host
  /// How many events of the stream have been read; the revision that the next one gets.
  fileprivate(set) var count: UInt64 = 0
  /// The cut up to which the log has been read.
  fileprivate(set) var position: Cut = 0
  var quarantine: Quarantine?
  /// The offset of the last order about the stream that was looked at.
  var order: Offset?

  init(_ name: String, _ execution: any Host) {
    self.name = name
    self.execution = execution
  }

  /// Reduces what the log has of the stream beyond what was read.
  func readTail(of log: EventLog, checks: Bool = false, change: (VerdictChange) -> Void = { _ in })
    throws
  {
    let playhead = Playhead(execution, over: log, at: position, stream: name)
    defer { position = playhead.cut }
    try playhead.advance(to: log.end) { events in
      try execution.run(events, checks: checks, change: change)
      count = events.last.map { UInt64($0.revision.next) } ?? count
      return true
    }
  }

  /// Reduces events that would come next, or have. Says which verdict became bad first, if one did.
  func reduce(_ events: ArraySlice<RecordedEvent>) throws(MachineError) -> VerdictChange? {
    var bad: VerdictChange?
    try execution.run(events, checks: true) { change in
      if bad == nil, change.verdict != .holds { bad = change }
    }
    return bad
  }

  /// The events that were reduced last are in the log now, and no other of the stream before this cut.
  func hasAppended(_ count: Int, through cut: Cut) {
    self.count += UInt64(count)
    position = cut
  }

  /// What a bad verdict after some events would be called by `bisect`; leaves the state as it was before
  /// them.
  func explain(
    _ bad: VerdictChange, after events: ArraySlice<RecordedEvent>, from checkpoint: Checkpoint,
    _ machine: MachineDescriptor
  ) throws -> TurnError {
    try execution.resume(from: checkpoint)
    // What was resumed once can be resumed again.
    defer { try? execution.resume(from: checkpoint) }
    let invariant = machine.invariants[bad.invariant]
    if bad.verdict == .undefined {
      return .undefined(
        invariant: invariant.name, stream: name, reason: bad.reason ?? "it cannot be judged")
    }
    let event = events.first { $0.offset.cutAfter == bad.cut }
    var before: JSONValue?
    for next in events where next.offset.cutBefore < bad.cut {
      if next.offset.cutAfter == bad.cut { before = try execution.state(of: name) }
      try execution.run([next], checks: false) { _ in }
    }
    let none = JSONValue.object(JSONObject())
    return .violates(
      Violation(
        invariant, broken: Episode(key: name, firstCut: bad.cut, endCut: nil, violations: 1),
        by: event,
        StateDiff(from: before ?? none, to: try execution.state(of: name) ?? none)))
  }
}

/// A stream with its state.
final class StreamState<D: Decider>: TrackedStream, @unchecked Sendable {
  let typed: CompiledHost<D>

  init(_ name: String, _ decider: D) {
    // No turn is the last one, so nothing is refused for what must hold at the end.
    let judged = decider.invariants.indices.filter {
      !decider.program.descriptor.invariants[$0].isFinal
    }
    typed = CompiledHost(decider, HostSetup(judged: Set(judged)))
    super.init(name, typed)
  }

  var state: D.State { typed.machineState(of: name) }

  /// Goes on from a snapshot of the machine.
  func start(from cell: CompiledHost<D>.Cell, at cut: Cut, _ log: EventLog) throws {
    typed.adopt(name, cell)
    position = cut
    var last = log.events(Query(to: cut, stream: name, isBackwards: true, limit: 1)).makeCursor()
    count = try last.next().map { UInt64($0.revision.next) } ?? 0
  }
}

extension Violation {
  init(
    _ invariant: InvariantDescriptor, broken episode: Episode, by event: RecordedEvent?,
    _ diff: StateDiff
  ) {
    self.init(
      finding: Finding(
        invariant: invariant, episodes: [episode], undefinedCount: 0, firstUndefined: nil,
        undefinedReason: nil, guarantee: .exact),
      episode: episode, event: event, diff: diff)
  }
}
