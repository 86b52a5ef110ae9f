import EvlogCore
import EvlogJSON
public import EvlogMachine

/// Two machines as one, with one invariant: that the newer machine's state, seen through its mapping, is the older
/// machine's. An event that breaks it is a square that does not commute, for every question that takes a machine.
public struct SquareProgram: Program {
  /// The name of the invariant.
  public static let invariant = "refines"

  public let descriptor: MachineDescriptor
  private let new: any Program
  private let old: any Program
  private let mapping: any RefinementMapping

  /// Throws `invalid` if the two have states for different things.
  public init(_ new: any Program, refines old: any Program, by mapping: any RefinementMapping)
    throws(MachineError)
  {
    (self.new, self.old, self.mapping) = (new, old, mapping)
    let (newer, older) = (new.descriptor, old.descriptor)
    guard newer.scope == older.scope else {
      throw MachineError(
        .invalid, machine: newer.name,
        "It has a state for each \(newer.scope.rawValue), and '\(older.name)' for each "
          + "\(older.scope.rawValue): such states cannot be seen as each other's")
    }
    descriptor = MachineDescriptor(
      name: newer.name, version: newer.version, scope: newer.scope,
      code: newer.fingerprint.chained(with: Array("\(older.fingerprint)".utf8)),
      unidentified: "it is two machines, side by side",
      invariants: [InvariantDescriptor(name: Self.invariant, kind: .state, place: nil)],
      eventTypes: newer.eventTypes, declaresExploration: newer.declaresExploration)
  }

  public func makeExplorer(_ setup: ExplorerSetup) throws(MachineError) -> (any Explorer)? {
    var inner = setup
    inner.judged = []
    // A step that leads to a known state of the newer machine is a square like any other.
    inner.reportsAll = true
    guard let explorer = try new.makeExplorer(inner) else { return nil }
    return try square(explorer, setup)
  }

  private func square<E: Explorer>(_ explorer: E, _ setup: ExplorerSetup) throws(MachineError)
    -> any Explorer
  { try SquareExplorer(explorer, old, mapping, setup) }

  public func makeHost(_ setup: HostSetup) throws(MachineError) -> any Host {
    var inner = setup
    inner.judged = []
    return SquareHost(
      try new.makeHost(inner), try old.makeHost(inner), try mapping.makeMapper(),
      narrows: mapping.narrows, scope: descriptor.scope,
      judges: setup.judged?.contains(0) ?? true)
  }
}

private final class SquareHost: Host {
  private let new: any Host
  private let old: any Host
  private let mapper: any RefinementMapper
  private let narrows: Set<String>
  private let scope: ScopeKind
  private let judges: Bool
  private var verdicts: [Name: Verdict] = [:]
  private var failuresTold = 0

  init(
    _ new: any Host, _ old: any Host, _ mapper: any RefinementMapper, narrows: Set<String>,
    scope: ScopeKind, judges: Bool
  ) {
    (self.new, self.old, self.mapper) = (new, old, mapper)
    (self.narrows, self.scope, self.judges) = (narrows, scope, judges)
  }

  // MARK: Running

  func run(
    _ events: ArraySlice<RecordedEvent>, watching watch: Watch, verdict: (VerdictChange) -> Void,
    moment: (Moment) -> Void
  ) throws(MachineError) {
    for event in events {
      let (checks, watchesWrites, tellsAll) =
        switch watch {
        case .nothing: (false, false, false)
        case .verdicts: (true, false, false)
        case .writes(let verdicts): (verdicts, true, false)
        case .states: (true, false, true)
        case .keys, .reads, .paths, .regions: (false, false, true)
        }
      let before = watchesWrites ? try states() : JSONObject([])
      let keys = try step(event)
      if checks, judges { for key in keys { try judge(key, after: event, verdict) } }
      guard watchesWrites || tellsAll else { continue }
      let key = keys.first
      var seen = Moment(
        offset: event.offset, key: scope == .log ? nil : key, isReduced: key != nil)
      if watchesWrites, let key {
        seen.writes = Write.between(before[key], try state(of: key), at: StatePath())
      }
      if case .reads = watch { seen.looks = Looks() }
      moment(seen)
    }
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

  private func judge(_ key: String, after event: RecordedEvent, _ note: (VerdictChange) -> Void)
    throws(MachineError)
  {
    let judgement = judge(0, of: scope == .log ? nil : key)
    let name = Name(key)
    let last = verdicts[name] ?? (scope == .log ? nil : .holds)
    verdicts[name] = judgement.verdict
    guard judgement.verdict != last else { return }
    note(
      VerdictChange(
        invariant: 0, key: scope == .log ? nil : key, cut: event.offset.cutAfter,
        verdict: judgement.verdict,
        evaluation: scope == .log
          ? UInt64(event.offset.cutAfter) : try new.evaluations(of: key),
        reason: judgement.reason))
  }

  func judge(_ invariant: Int, of key: String?) -> Judgement {
    do throws(MachineError) {
      let (seen, before) = (try new.state(of: key).mapped(by: mapper), try old.state(of: key))
      return Judgement(seen == before ? .holds : .violated)
    } catch { return Judgement(.undefined, reason: "\(error)") }
  }

  // MARK: States

  /// Both states of the log or of a key.
  func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue? {
    let (newer, older) = (try new.state(of: key), try old.state(of: key))
    guard newer != nil || older != nil else { return nil }
    let both = JSONObject([
      ("new", newer ?? .null), ("seen", try newer.mapped(by: mapper) ?? .null),
      ("old", older ?? .null),
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
  }

  func attempt(_ event: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule)
    throws(MachineError) -> Attempt
  { try new.attempt(event, onStateOf: witness, by: rule) }
}

extension JSONValue? {
  fileprivate func mapped(by mapper: any RefinementMapper) throws(MachineError) -> JSONValue? {
    guard let state = self else { return nil }
    return try mapper.abstract(state)
  }
}
