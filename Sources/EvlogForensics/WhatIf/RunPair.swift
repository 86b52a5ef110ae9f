import EvlogCore
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// Two runs over the same log, or over a log and an edited one, side by side.
final class RunPair {
  let first: Run
  let second: Run
  let cut: Cut
  /// How far both have come.
  private var position: Cut = 0
  private var divergences: [Comparison.Divergence] = []
  var openSince: Cut?
  /// Where the states differed that differed first, where that was followed.
  private var firstPlaces: [DifferingPlaces.Place]?
  /// The second run's state there, where it was not.
  private var firstAfter: JSONValue?
  /// Whether the first difference came with an event of the log, and not with one that is behind all of them.
  private var isFirstOfEvent = true
  /// Where the states differ, as far as it is followed.
  var differing: DifferingPlaces
  /// Whether the two runs may differ, in what their states do not show too: in the order of members, say.
  private var mayDiffer = false
  /// At which cut it is looked next whether they are the same in all that a saved state has.
  private var nextSaving: Cut = 0
  /// A path at which the states differed when they were last compared as wholes.
  private var witness: StatePath?
  /// How many events the next piece has.
  var pieceCount = 32
  /// Whether keys are taken down whose states differ at some cut.
  var recordsKeys = false
  private var differed: Set<Name> = []
  /// The keys at which one of the runs failed, and the cut from which on their states are not compared.
  private(set) var excluded: [Name: Cut] = [:]

  init(_ first: any Program, _ second: any Program, to cut: Cut) throws {
    // States that are cut up otherwise are compared as wholes, of which a failing key leaves none.
    let isolates = first.descriptor.scope == second.descriptor.scope
    self.first = try Run(first, isolates: isolates)
    self.second = try Run(second, isolates: isolates)
    self.cut = cut
    differing = DifferingPlaces(try self.first.whole(), try self.second.whole())
    if !differing.isEmpty { note(isDifferent: true, at: 0) }
  }

  var hasFailed: Bool { first.failure != nil || second.failure != nil }

  /// Whether what both write is followed event by event. Of a compiled machine it is what an event changes in
  /// the state of its key; one large state is compared where that may have become another.
  private var isFollowing: Bool { first.scope != .log || first.execution.watchesWrites }

  /// Whether the states differ. Mostly they still differ where they did, so that path is compared first.
  func isDifferent() throws -> Bool {
    if let witness, first.scope == .log, second.scope == .log,
      try first.execution.value(at: witness, of: nil)
        != second.execution.value(at: witness, of: nil)
    {
      return true
    }
    witness = nil
    guard
      try first.execution.wholeDigest(first.scope) != second.execution.wholeDigest(second.scope)
    else { return false }
    if first.scope == .log, second.scope == .log {
      let places = Write.between(
        try first.whole(), try second.whole(), at: StatePath())
      witness = places.first?.path
    }
    return true
  }

  /// The keys whose states differed at some cut, if that is recorded.
  var differingKeys: [String] { differed.map(\.string) }

  /// Takes down the key of what was written, if its states differ now.
  func record(_ moment: Moment) {
    guard recordsKeys, let key = moment.key, differing.isDifferent(below: .key(key)) else { return }
    differed.insert(Name(key))
  }

  /// Takes down whether the states differ at a cut.
  func note(isDifferent: Bool, at cut: Cut) {
    guard isDifferent else { return close(at: cut) }
    if openSince == nil, divergences.isEmpty { firstPlaces = differing.all }
    openSince = openSince ?? cut
  }

  func close(at cut: Cut) {
    if let openSince { divergences.append(.init(firstCut: openSince, endCut: cut)) }
    openSince = nil
  }

  // MARK: The same machine over edited events

  /// Runs a row of events as it was, and as it would have been.
  func run(_ events: ArraySlice<RecordedEvent>, editedBy edited: EditedLog, of history: any History)
    throws
  {
    guard isFollowing else {
      for stretch in edited.stretches(of: events) where !hasFailed { try run(stretch) }
      return
    }
    guard let firstEdit = events.firstIndex(where: edited.isEdited) else {
      return try runAlike(events, of: history)
    }
    // What comes before an edit is alike in both.
    try runAlike(events[..<firstEdit], of: history)
    mayDiffer = true
    let rest = events[firstEdit...]
    try run(rest, edited.events(inPlaceOf: rest)[...], of: history)
  }

  /// Runs what is inserted behind the last event.
  func runAtEnd(_ events: [RecordedEvent]) throws {
    guard !events.isEmpty, !hasFailed else { return }
    let wasSame = openSince == nil && divergences.isEmpty
    if isFollowing {
      let traces = second.trace(events[...], at: cut)
      for failure in try second.newFailures() { exclude(failure.key, from: cut) }
      for trace in traces where !isExcluded(trace) { differing.apply([], trace.wholeWrites) }
      if !hasFailed { note(isDifferent: !differing.isEmpty, at: cut) }
    } else {
      second.run(events[...], at: cut)
      try compare(at: cut)
    }
    if wasSame { isFirstOfEvent = false }
    // They are no events of the log: nothing more comes that could be judged.
    if let offset = second.failure?.offset { second.failure?.offset = min(offset, cut.offsetAfter) }
    moveOn(to: cut)
  }

  /// Runs the same events in both; compares after every one, by what the two runs write, until they are the
  /// same in all that a saved state has.
  private func runAlike(_ events: ArraySlice<RecordedEvent>, of history: any History) throws {
    guard let start = events.first?.offset, !hasFailed else { return }
    if mayDiffer, differing.isEmpty { mayDiffer = try !areSavedAlike(at: start.cutBefore) }
    if mayDiffer { return try run(events, events, of: history) }
    second.run(events)
    first.run(events)
    for (key, cut) in try newExclusions() { exclude(key, from: cut) }
    moveOn(to: events.last?.offset.cutAfter ?? position)
  }

  /// The keys at which one of the runs has failed since, and the cuts to which those events lead.
  func newExclusions() throws -> [(key: String, cut: Cut)] {
    try (first.newFailures() + second.newFailures()).filter { excluded[Name($0.key)] == nil }
      .map { ($0.key, min(($0.error.offset ?? 0).cutAfter, cut)) }
      .sorted { $0.1 < $1.1 }
  }

  /// Compares the states of a key no more.
  func exclude(_ key: String, from cut: Cut) {
    guard excluded[Name(key)] == nil else { return }
    excluded[Name(key)] = cut
    differing.drop(StatePath([.key(key)]))
  }

  func isExcluded(_ moment: Moment) -> Bool {
    moment.key.map { excluded[Name($0)] != nil } ?? false
  }

  /// A whole state without the keys that are not compared at a cut.
  private func compared(_ state: JSONValue, at cut: Cut) -> JSONValue {
    guard !excluded.isEmpty, first.scope == second.scope, case .object(let states) = state else {
      return state
    }
    return .object(
      JSONObject(
        states.members.filter { excluded[Name($0.key)] ?? .max > cut }.map { ($0.key, $0.value) }))
  }

  /// Whether two runs with equal visible states are equal in everything that is saved. This is not checked more
  /// often than the replay in between makes worthwhile.
  private func areSavedAlike(at cut: Cut) throws -> Bool {
    guard first.execution.watchesWrites else { return true }
    guard cut >= nextSaving else { return false }
    // States that cannot be saved are compared by what is written.
    guard let saved = try? (first.execution.save(), second.execution.save()) else {
      nextSaving = .max
      return false
    }
    nextSaving = cut + max(1000, UInt64(saved.0.count) / 64)
    return saved.0 == saved.1
  }

  /// One large state of a compiled machine, which is compared at edits and by batches.
  private func run(_ stretch: EditedLog.Stretch) throws {
    if stretch.isEdited {
      second.run(stretch.edited[...], at: stretch.cut)
      first.run(stretch.original)
      mayDiffer = true
      try compare(at: stretch.cut)
    } else if mayDiffer, openSince != nil {
      try runWhereTheyMayMeet(stretch.original)
    } else {
      second.run(stretch.original)
      first.run(stretch.original)
    }
    moveOn(to: stretch.cut)
  }

  func compare(at cut: Cut) throws {
    if hasFailed { return }
    let isDifferent = try isDifferent()
    if isDifferent, openSince == nil, divergences.isEmpty { firstAfter = try second.whole() }
    if isDifferent { openSince = openSince ?? cut } else { close(at: cut) }
  }

  /// Of fewer events than these, it is looked after each whether the states are the same: to keep a state costs as
  /// much as copying it.
  private static let fewEvents = 32

  private func runWhereTheyMayMeet(_ events: ArraySlice<RecordedEvent>) throws {
    // Where a state cannot be kept, it is looked after each event.
    let kept =
      events.count < Self.fewEvents
      ? nil : try? (first.execution.checkpoint(), second.execution.checkpoint())
    guard let kept else {
      for i in events.indices where !hasFailed {
        second.run(events[i...i])
        first.run(events[i...i])
        if openSince != nil { try compare(at: events[i].offset.cutAfter) }
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
      if try areSame(after: events[..<middle], from: kept) { high = middle } else { low = middle }
    }
    close(at: events[high - 1].offset.cutAfter)
  }

  private func areSame(
    after events: ArraySlice<RecordedEvent>, from kept: (Checkpoint, Checkpoint)
  ) throws -> Bool {
    try first.apart(events, from: kept.0).wholeDigest(first.scope)
      == second.apart(events, from: kept.1).wholeDigest(second.scope)
  }

  // MARK: The end

  func moveOn(to cut: Cut) {
    let failed = [first.failure, second.failure].compactMap { $0?.offset?.cutBefore }.min()
    for run in [first, second] where run.failure == nil { run.makeNoStep(before: cut + 1) }
    position = min(cut, failed ?? cut)
  }

  func finish(_ replayer: Replayer) throws -> Comparison {
    var last = (first: JSONValue.null, second: JSONValue.null)
    if !hasFailed {
      last = (compared(try first.whole(), at: cut), compared(try second.whole(), at: cut))
    }
    if let openSince { divergences.append(.init(firstCut: openSince, endCut: nil)) }
    let scans = (
      first: try first.scan(to: cut, judgedThrough: position),
      second: try second.scan(to: cut, judgedThrough: position)
    )
    var firstDivergence: (first: StateDiff, second: StateDiff)?
    if let start = divergences.first?.firstCut {
      let states = try firstStates(replayer, at: start)
      firstDivergence = (
        StateDiff(from: states.before, to: states.first),
        StateDiff(from: states.before, to: states.second)
      )
    }
    return Comparison(
      first: scans.first, second: scans.second, divergences: divergences,
      firstDivergence: firstDivergence,
      finalDiff: StateDiff(from: last.first, to: last.second),
      changes: Comparison.changes(scans.first, scans.second))
  }

  /// The states around the first difference.
  private func firstStates(_ replayer: Replayer, at start: Cut) throws -> (
    before: JSONValue, first: JSONValue, second: JSONValue
  ) {
    var work = Replayer.Work()
    let event = isFirstOfEvent ? start.offsetBefore : nil
    let execution = try replayer.execution(at: event?.cutBefore ?? start, work: &work)
    let scope = replayer.machine.scope
    var states = (
      before: compared(try execution.soundState(scope), at: start), first: JSONValue.null
    )
    if let event, let event = try replayer.history.event(at: event) {
      try execution.run([event], checks: false) { _ in }
    }
    states.first = compared(try execution.soundState(scope), at: start)
    if start == 0, divergences[0].firstCut == 0, isFirstOfEvent { states.before = .null }
    if let firstAfter { return (states.before, states.first, firstAfter) }
    guard let firstPlaces else {
      let second = try replayer.replaying(second.program).execution(at: start, work: &work)
      return (states.before, states.first, compared(try second.soundState(scope), at: start))
    }
    var second: JSONValue? = states.first
    second.write(firstPlaces.map { PlacedValue($0.path.steps[...], $0.second) })
    return (states.before, states.first, second ?? .null)
  }
}
