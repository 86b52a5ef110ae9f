import EventLog
import Replay

/// Two runs over the same log, or over a log and an edited one, side by side.
final class RunPair {
  /// One of the two.
  final class Run {
    let program: any Program
    private(set) var execution: any Execution
    private var record: VerdictRecord
    var failure: MachineError?
    var count: UInt64 = 0

    init(_ program: any Program) throws {
      self.program = program
      record = VerdictRecord(of: program.descriptor)
      execution = try program.makeExecution()
      try execution.judge(at: 0) { record.note($0) }
    }

    var scope: ScopeKind { program.descriptor.scope }

    /// Runs events, whose verdicts are those of the cut that is given where it is.
    func run(_ events: ArraySlice<RecordedEvent>, at cut: UInt64? = nil) {
      guard failure == nil, !events.isEmpty else { return }
      do throws(MachineError) {
        try execution.run(events, checks: true) { change in
          var change = change
          if let cut { change.cut = cut }
          record.note(change)
        }
        count += UInt64(events.count)
      } catch { failure = error }
    }

    /// Runs events of the log, and tells what each changed.
    func trace(_ events: ArraySlice<RecordedEvent>) -> [Trace] {
      var traces: [Trace] = []
      guard failure == nil, !events.isEmpty else { return traces }
      do throws(MachineError) {
        try execution.trace(events, checks: true, change: { record.note($0) }) {
          traces.append($0)
        }
        count += UInt64(events.count)
      } catch { failure = error }
      return traces
    }

    /// Goes back to a cut of the log.
    func goBack(to cut: UInt64, _ log: EventLog) throws {
      let replayer = Replayer(program, over: log)
      var work = Replayer.Work()
      execution = try replayer.execution(at: cut, work: &work)
      execution.isolatesFailures = false
      count = cut
    }

    func whole() throws -> JSONValue { try execution.wholeState(scope) }

    /// A run of its own over some events, from a saved state on.
    func apart(_ events: ArraySlice<RecordedEvent>, from saved: [UInt8]) throws -> any Execution {
      let execution = try program.makeExecution()
      try execution.restore(saved)
      try execution.run(events, checks: false) { _ in }
      return execution
    }

    func scan(to cut: UInt64, judgedThrough: UInt64) -> Scan {
      record.arrange(to: judgedThrough)
      var evaluations: [Name: UInt64] = [:]
      for key in Set(record.changes.compactMap(\.key).map(Name.init)) {
        evaluations[key] = execution.evaluations(of: key.string)
      }
      var work = Replayer.Work()
      work.events = count
      return Scan(
        machine: program.descriptor, cut: cut, judgedThrough: judgedThrough, failure: failure,
        record: record, evaluations: evaluations, work: work)
    }
  }

  let first: Run
  let second: Run
  private let cut: UInt64
  /// How far both have come.
  private var position: UInt64 = 0
  private var divergences: [Comparison.Divergence] = []
  var openSince: UInt64?
  private var firstAfter: (first: JSONValue, second: JSONValue)?
  private var before: JSONValue?
  /// Where the states differ, as far as it is followed.
  var differing: DifferingPlaces
  /// Whether the two runs may differ, in what their states do not show too: in the order of members, say.
  private var mayDiffer = false
  private var isFollowed = false

  init(_ first: any Program, _ second: any Program, to cut: UInt64) throws {
    self.first = try Run(first)
    self.second = try Run(second)
    self.cut = cut
    differing = DifferingPlaces(try self.first.whole(), try self.second.whole())
    if !differing.isEmpty { try open(at: 0, before: .null) }
  }

  var hasFailed: Bool { first.failure != nil || second.failure != nil }

  func isDifferent() throws -> Bool {
    try first.whole().digest != second.whole().digest
  }

  func open(at cut: UInt64, before: JSONValue?) throws {
    openSince = cut
    guard firstAfter == nil else { return }
    firstAfter = (try first.whole(), try second.whole())
    self.before = before
  }

  /// Takes down whether the states differ at a cut.
  func note(isDifferent: Bool, at cut: UInt64) {
    if isDifferent { openSince = openSince ?? cut } else { close(at: cut) }
  }

  func close(at cut: UInt64) {
    if let openSince { divergences.append(.init(firstCut: openSince, endCut: cut)) }
    openSince = nil
  }

  // MARK: The same machine over edited events

  func run(_ stretch: EditedLog.Stretch, of log: EventLog) throws {
    if hasFailed { return }
    if stretch.isEdited {
      let before = firstAfter == nil ? try first.whole() : nil
      second.run(stretch.edited[...], at: stretch.cut)
      first.run(stretch.original)
      mayDiffer = true
      isFollowed = false
      try compare(at: stretch.cut, before)
    } else if !mayDiffer {
      second.run(stretch.original)
      first.run(stretch.original)
    } else if first.execution.tracesWrites {
      return try runFollowed(stretch.original, of: log)
    } else if let openSince {
      try runWhereTheyMayMeet(stretch.original, since: openSince)
    } else {
      second.run(stretch.original)
      first.run(stretch.original)
    }
    moveOn(to: stretch.cut)
  }

  /// Compares after every event, by what the two runs write, until they are the same in all that a saved
  /// state has.
  private func runFollowed(_ events: ArraySlice<RecordedEvent>, of log: EventLog) throws {
    if !isFollowed { differing = DifferingPlaces(try first.whole(), try second.whole()) }
    isFollowed = true
    // They are wanted where the states are not known yet that differ first, and where they may be the same.
    let isWanted = firstAfter == nil || differing.isEmpty
    let saved = isWanted ? try? (first.execution.save(), second.execution.save()) : nil
    if let saved, differing.isEmpty, saved.0 == saved.1 {
      mayDiffer = false
      second.run(events)
      first.run(events)
      moveOn(to: events.last.map { $0.offset + 1 } ?? position)
    } else if firstAfter != nil {
      try run(events, of: log)
    } else if let saved {
      try run(events, of: log)
      guard let cut = divergences.first?.firstCut ?? openSince else { return }
      let until = events.prefix { $0.offset < cut }
      firstAfter = (
        try first.apart(until, from: saved.0).wholeState(first.scope),
        try second.apart(until, from: saved.1).wholeState(second.scope)
      )
    } else {
      // A state that cannot be saved: event by event, then.
      for i in events.indices where !hasFailed {
        try run(events[i...i], of: log)
        if openSince != nil, firstAfter == nil { try open(at: events[i].offset + 1, before: nil) }
      }
    }
  }

  private func compare(at cut: UInt64, _ before: JSONValue?) throws {
    if hasFailed { return }
    switch (openSince, try isDifferent()) {
    case (nil, true): try open(at: cut, before: before)
    case (_?, false): close(at: cut)
    default: break
    }
  }

  private func runWhereTheyMayMeet(_ events: ArraySlice<RecordedEvent>, since: UInt64) throws {
    let saved = try? (first.execution.save(), second.execution.save())
    guard let saved else {
      // A state that cannot be saved: event by event, then.
      for i in events.indices where !hasFailed {
        second.run(events[i...i])
        first.run(events[i...i])
        try compare(at: events[i].offset + 1, nil)
      }
      return
    }
    second.run(events)
    first.run(events)
    if try hasFailed || isDifferent() { return }
    // Once the same, they stay so: the first such cut is found by halves.
    var (low, high) = (events.startIndex, events.endIndex)
    while high - low > 1 {
      let middle = (low + high) / 2
      if try areSame(after: events[..<middle], from: saved) { high = middle } else { low = middle }
    }
    close(at: events[high - 1].offset + 1)
  }

  private func areSame(
    after events: ArraySlice<RecordedEvent>, from saved: ([UInt8], [UInt8])
  ) throws -> Bool {
    try first.apart(events, from: saved.0).wholeDigest(first.scope)
      == second.apart(events, from: saved.1).wholeDigest(second.scope)
  }

  // MARK: The end

  func moveOn(to cut: UInt64) {
    let failed = [first.failure, second.failure].compactMap { $0?.offset }.min()
    position = min(cut, failed ?? cut)
  }

  func finish(_ replayer: Replayer) throws -> Comparison {
    var last = (first: JSONValue.null, second: JSONValue.null)
    if !hasFailed { last = (try first.whole(), try second.whole()) }
    if let openSince { divergences.append(.init(firstCut: openSince, endCut: nil)) }
    let scans = (
      first: first.scan(to: cut, judgedThrough: position),
      second: second.scan(to: cut, judgedThrough: position)
    )
    var firstDivergence: (first: StateDiff, second: StateDiff)?
    if let start = divergences.first?.firstCut {
      let other = replayer.replaying(second.program)
      let after =
        try firstAfter ?? (replayer.wholeState(at: start), other.wholeState(at: start))
      let before = try self.before ?? replayer.wholeState(at: max(start, 1) - 1)
      firstDivergence = (
        StateDiff(from: before, to: after.first), StateDiff(from: before, to: after.second)
      )
    }
    return Comparison(
      first: scans.first, second: scans.second, divergences: divergences,
      firstDivergence: firstDivergence,
      finalDiff: StateDiff(from: last.first, to: last.second),
      changes: Comparison.changes(scans.first, scans.second))
  }
}

extension Comparison {
  /// The invariants of both runs, in the order of the first; then those that only the second has.
  static func changes(_ first: Scan, _ second: Scan) -> [Change] {
    let (before, after) = (first.findings, second.findings)
    func name(_ finding: Finding) -> Name { Name(finding.invariant.name) }
    let both = before.map { finding in (finding, after.first { name($0) == name(finding) }) }
    let added = after.filter { finding in !before.contains { name($0) == name(finding) } }
    return both.map { Change($0, $1) } + added.map { Change(nil, $0) }
  }
}

extension Comparison.Change {
  fileprivate init(_ first: Finding?, _ second: Finding?) {
    name = first?.invariant.name ?? second?.invariant.name ?? ""
    self.first = first
    self.second = second
    let broken = (first?.episodes.isEmpty == false, second?.episodes.isEmpty == false)
    kind =
      switch broken {
      case (true, false): .gone
      case (false, true): .new
      case (true, true): first?.episodes == second?.episodes ? .same : .other
      case (false, false):
        first?.undefinedCount == second?.undefinedCount && first?.guarantee == second?.guarantee
          ? .same : .undefined
      }
  }
}
