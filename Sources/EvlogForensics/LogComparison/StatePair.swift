import EvlogCore
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// A machine over two histories side by side, and where its states differ.
final class StatePair {
  typealias Position = LogComparison.Position

  private let alignment: LogAlignment
  private var steps: LogAlignment.Steps
  /// How far both have come.
  private var position: Position
  private var differing = DifferingPlaces(.null, .null)
  /// The keys at which the machine failed in one of the histories; they are not compared from there on.
  private var excluded: Set<Name> = []
  /// How many divergences are kept.
  private let limit: Int
  private var divergences: [Found] = []
  private var count: UInt64 = 0
  private var isOpen = false
  /// The step that first made the states differ, and the keys that were not compared there.
  private var firstStep: (step: LogAlignment.Step, excluded: Set<Name>)?
  /// What differs at the end.
  private var final: [StateDiff.Change] = []

  /// The states differ from one position on, to another.
  private struct Found {
    /// The cuts before the event that made them differ, and after it.
    let before, start: Position
    var changes: [StateDiff.Change]
    /// The last cuts at which they differ, and the first at which they are equal again.
    var last: Position
    var end: Position?
  }

  /// Up to `cut` the events of both are the same in everything, so the states are too.
  init(_ alignment: LogAlignment, from cut: Cut, listing limit: Int) {
    self.alignment = alignment
    self.limit = limit
    position = Position(first: cut, second: cut)
    steps = alignment.makeSteps(from: cut)
  }

  /// Replays both, and compares the states after every step, by what the events wrote.
  func run(_ first: Replayer, _ second: Replayer, _ counter: ProgressCounter) throws {
    let ends = alignment.ends
    guard position.first < ends.first || position.second < ends.second else { return }
    var work = Replayer.Work()
    let sides = (
      first: Side(
        try first.execution(at: position.first, work: &work),
        try first.history.reader(of: Query(from: position.first, to: ends.first))),
      second: Side(
        try second.execution(at: position.second, work: &work),
        try second.history.reader(of: Query(from: position.second, to: ends.second)))
    )
    try exclude(sides.first.newFailures() + sides.second.newFailures())
    try run(sides, counter)
    let hasFailed = sides.first.failure != nil || sides.second.failure != nil
    final =
      hasFailed
      ? changes
      : try first.machine.scope.difference(sides.first.host, sides.second.host, without: excluded)
    guard let firstStep, !divergences.isEmpty else { return }
    // As whole states: an element of an array has its name there, not only its number.
    let start = divergences[0].start
    divergences[0].changes = try first.machine.scope.difference(
      try first.execution(at: start.first, work: &work),
      try second.execution(at: start.second, work: &work), without: firstStep.excluded)
  }

  private func run(_ sides: (first: Side, second: Side), _ counter: ProgressCounter) throws {
    var pieceCount = 32
    while true {
      try Task.checkCancellation()
      var piece: [LogAlignment.Step] = []
      while piece.count < pieceCount, let step = steps.next() { piece.append(step) }
      guard !piece.isEmpty else { return }
      let moments = (
        first: try sides.first.trace(piece.count { $0.first != nil }),
        second: try sides.second.trace(piece.count { $0.second != nil })
      )
      try compare(piece, moments.first, moments.second, sides)
      if sides.first.failure != nil || sides.second.failure != nil { return }
      counter.add(UInt64(piece.count))
      let weight = [moments.first, moments.second].joined().reduce(0) { $0 + $1.weight }
      pieceCount = RunPair.nextCount(after: piece.count, of: weight)
    }
  }

  private func compare(
    _ piece: [LogAlignment.Step], _ firsts: [Moment], _ seconds: [Moment],
    _ sides: (first: Side, second: Side)
  ) throws {
    var (i, j) = (0, 0)
    var failures = (
      first: try sides.first.newFailures()[...], second: try sides.second.newFailures()[...]
    )
    for step in piece {
      if let failed = sides.first.failure?.offset, step.first == failed { return }
      if let failed = sides.second.failure?.offset, step.second == failed { return }
      while let failure = failures.first.first, failure.error.offset == step.first {
        exclude([failures.first.removeFirst()])
      }
      while let failure = failures.second.first, failure.error.offset == step.second {
        exclude([failures.second.removeFirst()])
      }
      let isOfFirst = i < firsts.count && firsts[i].offset == step.first
      let isOfSecond = j < seconds.count && seconds[j].offset == step.second
      if isOfFirst || isOfSecond {
        differing.apply(
          isOfFirst && !isExcluded(firsts[i]) ? firsts[i].wholeWrites : [],
          isOfSecond && !isExcluded(seconds[j]) ? seconds[j].wholeWrites : [])
      }
      i += isOfFirst ? 1 : 0
      j += isOfSecond ? 1 : 0
      note(step)
    }
  }

  private func exclude(_ failures: [KeyFailure]) {
    for failure in failures where excluded.insert(Name(failure.key)).inserted {
      differing.drop(StatePath([.key(failure.key)]))
    }
  }

  private func isExcluded(_ moment: Moment) -> Bool {
    moment.key.map { excluded.contains(Name($0)) } ?? false
  }

  /// Takes down whether the states differ after a step.
  private func note(_ step: LogAlignment.Step) {
    let before = position
    position = Position(
      first: step.first?.cutAfter ?? before.first, second: step.second?.cutAfter ?? before.second)
    let isDifferent = !differing.isEmpty
    defer { isOpen = isDifferent }
    if isDifferent, !isOpen {
      count += 1
      if firstStep == nil { firstStep = (step, excluded) }
      guard divergences.count < limit else { return }
      divergences.append(
        Found(before: before, start: position, changes: changes, last: position))
    } else if isOpen, count == UInt64(divergences.count) {
      if isDifferent {
        divergences[divergences.count - 1].last = position
      } else {
        divergences[divergences.count - 1].end = position
      }
    }
  }

  /// What differs now, by path.
  private var changes: [StateDiff.Change] {
    differing.all.flatMap {
      StateDiff(changing: $0.path, from: $0.first, to: $0.second).changes
    }.sorted { $0.path.description < $1.path.description }
  }

  func states(_ first: Scan, _ second: Scan, _ history: any History, _ other: any History) throws
    -> LogComparison.States
  {
    let findings = (first: first.findings, second: second.findings)
    return LogComparison.States(
      first: first, second: second, comparedTo: position,
      divergences: divergences.map { found in
        let broken = (
          first: findings.first.broken(
            after: found.before.first, found.start.first...found.last.first),
          second: findings.second.broken(
            after: found.before.second, found.start.second...found.last.second)
        )
        return .init(
          start: found.start, end: found.end, changes: found.changes,
          brokenInFirst: broken.first.filter { !broken.second.contains(alike: $0) },
          brokenInSecond: broken.second.filter { !broken.first.contains(alike: $0) })
      },
      divergenceCount: count,
      firstEvents: (
        try firstStep?.step.first.flatMap { try history.event(at: $0) },
        try firstStep?.step.second.flatMap { try other.event(at: $0) }
      ),
      final: final,
      invariants: zip(findings.first, findings.second).map {
        .init($0, $1, isToEnd: (first.isToEnd, second.isToEnd))
      })
  }

  /// A run over one of the histories.
  private final class Side {
    let host: any Host
    private var reader: any EventReader
    private var row: ArraySlice<RecordedEvent> = []
    private var failuresTold = 0
    private(set) var failure: MachineError?

    init(_ host: any Host, _ reader: any EventReader) { (self.host, self.reader) = (host, reader) }

    /// Runs the next events, up to one at which the machine fails, and reports what each changed.
    func trace(_ count: Int) throws -> [Moment] {
      var moments: [Moment] = []
      var left = count
      while left > 0, failure == nil {
        if row.isEmpty {
          guard let next = try reader.nextBatch(atLeast: 1000) else { return moments }
          row = next
        }
        do throws(MachineError) {
          try host.run(row.prefix(left), watching: .writes(verdicts: false), verdict: { _ in }) {
            if !$0.writes.isEmpty { moments.append($0) }
          }
        } catch { failure = error }
        let taken = min(left, row.count)
        row = row.dropFirst(taken)
        left -= taken
      }
      return moments
    }

    /// The keys that were put aside since this was asked last, in the order of the events.
    func newFailures() throws -> [KeyFailure] {
      guard try host.counts.failed > failuresTold else { return [] }
      let failures = try host.failures()
      defer { failuresTold = failures.count }
      return failures.dropFirst(failuresTold)
        .sorted { $0.error.offset ?? 0 < $1.error.offset ?? 0 }
    }
  }
}

extension ScopeKind {
  /// What differs between the whole states of two runs, but for some keys.
  fileprivate func difference(_ first: any Host, _ second: any Host, without excluded: Set<Name>)
    throws -> [StateDiff.Change]
  {
    func whole(_ host: any Host) throws -> JSONValue {
      let state = try host.soundState(self)
      guard self != .log, case .object(let states) = state, !excluded.isEmpty else { return state }
      return .object(
        JSONObject(
          states.members.filter { !excluded.contains(Name($0.key)) }.map { ($0.key, $0.value) }))
    }
    return StateDiff(from: try whole(first), to: try whole(second)).changes
  }
}

extension [LogComparison.States.Broken] {
  fileprivate func contains(alike other: Element) -> Bool {
    contains {
      Name($0.invariant) == Name(other.invariant)
        && $0.key.map(Name.init) == other.key.map(Name.init)
    }
  }
}

extension Scan {
  fileprivate var isToEnd: Bool { failure == nil && failedKeys.isEmpty }
}

extension [Finding] {
  /// The invariants that are violated at some cuts; steps, by events after the first cut.
  fileprivate func broken(after start: Cut, _ cuts: ClosedRange<Cut>)
    -> [LogComparison.States.Broken]
  {
    flatMap { finding -> [LogComparison.States.Broken] in
      let broken =
        finding.invariant.kind == .step
        ? finding.breaks.filter { $0.firstCut > start && cuts.upperBound >= $0.firstCut }
        : finding.episodes.filter {
          $0.firstCut <= cuts.upperBound && $0.endCut ?? .max > cuts.lowerBound
        }
      var keys: Set<Name?> = []
      return broken.filter { keys.insert($0.key.map(Name.init)).inserted }.map {
        LogComparison.States.Broken(
          invariant: finding.invariant.name, key: $0.key, offset: $0.brokenBy)
      }
    }
  }
}

extension LogComparison.States.Invariant {
  fileprivate init(_ first: Finding, _ second: Finding, isToEnd: (first: Bool, second: Bool)) {
    name = first.invariant.name
    (self.first, self.second) = (first, second)
    let isHolding = (
      first: first.episodes.isEmpty && first.undefinedCount == 0 && isToEnd.first,
      second: second.episodes.isEmpty && second.undefinedCount == 0 && isToEnd.second
    )
    kind =
      switch (first.episodes.isEmpty, second.episodes.isEmpty) {
      case (false, false): .both
      case (false, true): isHolding.second ? .first : .undefined
      case (true, false): isHolding.first ? .second : .undefined
      case (true, true): isHolding == (true, true) ? .neither : .undefined
      }
  }
}
