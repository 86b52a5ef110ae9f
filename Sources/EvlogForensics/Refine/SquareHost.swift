import EvlogCore
import EvlogJSON
import EvlogMachine

/// Runs two machines beside each other, and judges whether they have the same states.
final class SquareHost: Host {
  /// How many events are run at once, as far as only verdicts are watched.
  private static let mostTogether = 256

  /// The newer machine's, with its own states.
  private let raw: any Host
  /// The same, with its states as they are seen.
  private let new: any Host
  private let old: any Host
  private let mapper: any RefinementMapper
  private let narrows: Set<String>
  private let scope: ScopeKind
  private let judges: Bool
  private var verdicts: [Name: Verdict] = [:]
  private var failuresTold = 0
  /// Where the two differ, while that is followed by what they write.
  private var differing: DifferingPlaces?

  init(
    _ new: any Host, _ old: any Host, _ mapping: any RefinementMapping, scope: ScopeKind,
    events mapper: any RefinementMapper, judges: Bool
  ) {
    raw = new
    self.new = mapping.keepsStates ? new : AbstractedHost(new, mapper)
    (self.old, self.mapper, narrows) = (old, mapper, mapping.narrows)
    (self.scope, self.judges) = (scope, judges)
  }

  // MARK: Running

  func run(
    _ events: ArraySlice<RecordedEvent>, watching watch: Watch, verdict: (VerdictChange) -> Void,
    moment: (Moment) -> Void
  ) throws(MachineError) {
    let checks: Bool
    switch watch {
    case .nothing: checks = false
    case .verdicts: checks = true
    default: return try runSingly(events, watching: watch, verdict, moment)
    }
    var rest = events
    while !rest.isEmpty {
      let some = rest.prefix(Self.mostTogether)
      if try !runTogether(some, checks: checks, verdict) {
        try runSingly(some, watching: watch, verdict, moment)
      }
      rest = rest.dropFirst(some.count)
    }
  }

  private func runSingly(
    _ events: ArraySlice<RecordedEvent>, watching watch: Watch, _ verdict: (VerdictChange) -> Void,
    _ moment: (Moment) -> Void
  ) throws(MachineError) {
    let (checks, watchesWrites, tellsAll) =
      switch watch {
      case .nothing: (false, false, false)
      case .verdicts: (true, false, false)
      case .writes(let verdicts): (verdicts, true, false)
      case .states: (true, false, true)
      case .keys, .reads, .paths, .regions: (false, false, true)
      }
    differing = nil
    for event in events {
      let before = watchesWrites ? try states() : JSONObject([])
      let keys = try step(event)
      if checks, judges {
        for key in keys { try note(judge(0, of: scope == .log ? nil : key), key, event, verdict) }
      }
      guard watchesWrites || tellsAll else { continue }
      let key = keys.first
      var seen = Moment(
        offset: event.offset, key: scope == .log ? nil : key, isReduced: key != nil)
      if watchesWrites, let key {
        seen.writes = Write.between(
          before[key], try state(of: scope == .log ? nil : key), at: StatePath())
      }
      if case .reads = watch { seen.looks = Looks() }
      if seen.isReduced || tellsAll { moment(seen) }
    }
  }

  /// Runs events in one machine and then in the other, and compares what they write, event by event. False, with
  /// everything as it was, if one of them fails on the way, or may refuse an event.
  private func runTogether(
    _ events: ArraySlice<RecordedEvent>, checks: Bool, _ verdict: (VerdictChange) -> Void
  ) throws(MachineError) -> Bool {
    guard events.count > 1, narrows.isEmpty, try new.counts.failed + old.counts.failed == 0 else {
      return false
    }
    let kept = try checkpoint()
    var (newer, older): ([Moment], [Moment]) = ([], [])
    do throws(MachineError) {
      if differing == nil {
        differing = DifferingPlaces(try new.soundState(scope), try old.soundState(scope))
      }
      try new.run(events, watching: .writes(verdicts: false), verdict: { _ in }) {
        newer.append($0)
      }
      var mapped: [RecordedEvent] = []
      for event in events { mapped += try mapper.events(for: event) }
      try old.run(mapped[...], watching: .writes(verdicts: false), verdict: { _ in }) {
        older.append($0)
      }
    } catch {
      try resume(from: kept)
      return false
    }
    if try new.counts.failed + old.counts.failed > 0 {
      try resume(from: kept)
      return false
    }
    var later: [String: UInt64] = [:]
    for moment in newer { later[moment.key ?? "", default: 0] += 1 }
    var (i, j) = (0, 0)
    for event in events {
      var keys: [String] = []
      while true {
        let isNew = i < newer.count && newer[i].offset == event.offset
        let isOld = j < older.count && older[j].offset == event.offset
        guard isNew || isOld else { break }
        differing?.apply(
          isNew ? newer[i].wholeWrites : [], isOld ? older[j].wholeWrites : [])
        for key in [isNew ? newer[i].key ?? "" : nil, isOld ? older[j].key ?? "" : nil] {
          if let key, !keys.contains(key) { keys.append(key) }
        }
        if isNew { later[newer[i].key ?? ""]? -= 1 }
        i += isNew ? 1 : 0
        j += isOld ? 1 : 0
      }
      guard checks, judges, let differing else { continue }
      for key in keys {
        let isDifferent =
          scope == .log ? !differing.isEmpty : differing.isDifferent(below: .key(key))
        try note(
          Judgement(isDifferent ? .violated : .holds), key, event, later: later[key] ?? 0, verdict)
      }
    }
    return true
  }

  /// Runs an event in both; the keys whose states may have changed, the newer machine's first.
  private func step(_ event: RecordedEvent) throws(MachineError) -> [String] {
    var keys: [String] = []
    func note(_ seen: Moment) {
      let key = seen.key ?? ""
      if seen.isReduced, !keys.contains(key) { keys.append(key) }
    }
    if narrows.contains(event.type) {
      let (kept, failed) = (try new.checkpoint(), try new.counts.failed)
      var isRefused = false
      do throws(MachineError) {
        try new.run([event], watching: .keys, verdict: { _ in }, moment: note)
        // A key that was put aside, of a host that goes on with the others.
        isRefused = try new.counts.failed > failed
      } catch { isRefused = true }
      if isRefused {
        // An event that it may refuse is one that neither of them has had.
        try new.resume(from: kept)
        return []
      }
    } else {
      try new.run([event], watching: .keys, verdict: { _ in }, moment: note)
    }
    let mapped = try mapper.events(for: event)
    try old.run(mapped[...], watching: .keys, verdict: { _ in }, moment: note)
    // A key that was put aside was not reduced, and is undefined from here on.
    let failures = try new.failures() + old.failures()
    for failure in failures.dropFirst(failuresTold) where !keys.contains(failure.key) {
      keys.append(failure.key)
    }
    failuresTold = failures.count
    return keys
  }

  /// Reports the judgement of a key after an event, if it is another one than before; `later` events of the key have
  /// been run since.
  private func note(
    _ judgement: Judgement, _ key: String, _ event: RecordedEvent, later: UInt64 = 0,
    _ report: (VerdictChange) -> Void
  ) throws(MachineError) {
    let name = Name(key)
    let last = verdicts[name] ?? (scope == .log ? nil : .holds)
    verdicts[name] = judgement.verdict
    guard judgement.verdict != last else { return }
    report(
      VerdictChange(
        invariant: 0, key: scope == .log ? nil : key, cut: event.offset.cutAfter,
        verdict: judgement.verdict,
        evaluation: scope == .log
          ? UInt64(event.offset.cutAfter) : try new.evaluations(of: key) - later,
        reason: judgement.reason))
  }

  func judge(_ invariant: Int, of key: String?) -> Judgement {
    do throws(MachineError) {
      let (seen, before) = (try new.state(of: key), try old.state(of: key))
      return Judgement(seen == before ? .holds : .violated)
    } catch { return Judgement(.undefined, reason: "\(error)") }
  }

  // MARK: States

  /// Both states of the log or of a key.
  func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue? {
    let (newer, older) = (try new.state(of: key), try old.state(of: key))
    guard newer != nil || older != nil else { return nil }
    let both = JSONObject([
      ("new", try raw.state(of: key) ?? .null), ("seen", newer ?? .null), ("old", older ?? .null),
    ])
    return JSONValue.object(both)[path]
  }

  func states() throws(MachineError) -> JSONObject {
    var keys: [String] = []
    for key in try new.states().members.map(\.key) + old.states().members.map(\.key)
    where !keys.contains(key) { keys.append(key) }
    var states: [(String, JSONValue)] = []
    for key in keys {
      if let state = try state(of: scope == .log ? nil : key) { states.append((key, state)) }
    }
    return JSONObject(states)
  }

  func assume(_ changes: [VerdictChange]) {
    for change in changes { verdicts[Name(change.key ?? "")] = change.verdict }
  }

  var counts: HostCounts { get throws(MachineError) { try new.counts } }

  func failures() throws(MachineError) -> [KeyFailure] { try new.failures() + old.failures() }

  func evaluations(of key: String?) throws(MachineError) -> UInt64 { try new.evaluations(of: key) }

  // MARK: Keeping

  private struct Kept: Sendable {
    let new, old: Checkpoint
    let verdicts: [Name: Verdict]
    let failuresTold: Int
  }

  func checkpoint() throws(MachineError) -> Checkpoint {
    Checkpoint(
      Kept(
        new: try new.checkpoint(), old: try old.checkpoint(), verdicts: verdicts,
        failuresTold: failuresTold))
  }

  func resume(from checkpoint: Checkpoint) throws(MachineError) {
    guard let kept = checkpoint.content as? Kept else { return }
    try new.resume(from: kept.new)
    try old.resume(from: kept.old)
    (verdicts, failuresTold) = (kept.verdicts, kept.failuresTold)
    differing = nil
  }

  /// The newer machine's, after its length in a line of its own, and the older one's.
  func save() throws(MachineError) -> [UInt8] {
    let newer = try new.save()
    return Array("\(newer.count)\n".utf8) + newer + (try old.save())
  }

  func restore(_ saved: [UInt8]) throws(MachineError) {
    let line = saved.prefix { $0 != UInt8(ascii: "\n") }
    let rest = saved.dropFirst(line.count + 1)
    guard let count = Int(String(decoding: line, as: UTF8.self)), count <= rest.count else {
      throw MachineError(
        .badSnapshot, machine: "", "The saved states are not those of two machines")
    }
    try new.restore(Array(rest.prefix(count)))
    try old.restore(Array(rest.dropFirst(count)))
    (verdicts, failuresTold) = ([:], 0)
    differing = nil
  }

  func attempt(_ event: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule)
    throws(MachineError) -> Attempt
  { try new.attempt(event, onStateOf: witness, by: rule) }
}
