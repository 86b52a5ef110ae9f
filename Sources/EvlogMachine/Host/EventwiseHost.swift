public import EvlogCore
public import EvlogJSON

/// A host that reduces one event at a time, and is watched by comparing the states around each event.
///
/// It replaces `run` and `attempt` of ``Host`` by ``reduce(_:judges:verdict:)``, ``key(of:)``, ``machine`` and
/// ``initialState``; the other requirements of ``Host`` remain. Watching writes costs the size of a state, not what
/// an event changes.
public protocol EventwiseHost: Host {
  /// The description of the machine.
  var machine: MachineDescriptor { get }

  /// The state of the log, or of a key, before its first event.
  var initialState: JSONValue { get }

  /// The stream or key whose state an event is for, the empty one for the log's; nil if it concerns none.
  func key(of event: RecordedEvent) throws(MachineError) -> String?

  /// Reduces one event and, on request, judges the state after it.
  ///
  /// It reports a verdict if it differs from the last one that was reported or assumed, and every violation of a
  /// step. A stream or key begins with `holds`; the state of the log begins with no verdict, so its first one is
  /// always reported. Only the invariants in `setup.judged` are judged, and only keys in `setup.part` are reduced:
  /// another key's event is `unconcerned`, and changes no count.
  ///
  /// If the event cannot be reduced, throws the error, unless `setup.isolatesFailures` is true and there is a state
  /// per stream or key: then the key is put aside, and from this event on its verdicts are undefined and its events
  /// are only counted.
  func reduce(_ event: RecordedEvent, judges: Bool, verdict: (VerdictChange) -> Void)
    throws(MachineError) -> Reduction

  /// The declared region of the state of the log, or of a key.
  func declaredRegion(of key: String?) throws(MachineError) -> String
}

/// The result of reducing an event.
public enum Reduction: Sendable, Hashable {
  /// The event was reduced for the state of the log or of a key; the empty key stands for the log's.
  case reduced(String)
  /// The machine ignores its type.
  case ignored
  /// The event concerns no key, or none in the host's part.
  case unconcerned
  /// Its key was put aside.
  case putAside
}

extension EventwiseHost {
  /// No regions are declared.
  public func declaredRegion(of key: String?) throws(MachineError) -> String { "" }

  public func run(
    _ events: ArraySlice<RecordedEvent>, watching watch: Watch, verdict: (VerdictChange) -> Void,
    moment: (Moment) -> Void
  ) throws(MachineError) {
    var known: [JSONValue?] = []
    if case .paths(let paths, let key) = watch { known = try values(at: paths, of: key) }
    for event in events {
      switch watch {
      case .nothing: _ = try reduce(event, judges: false, verdict: verdict)
      case .verdicts: _ = try reduce(event, judges: true, verdict: verdict)
      case .keys: moment(seen(event, try reduce(event, judges: false, verdict: verdict)))
      case .writes(let judges):
        let seen = try compared(event, judges: judges, verdict)
        if seen.isReduced { moment(seen) }
      case .reads:
        var seen = try compared(event, judges: false, verdict)
        seen.looks = Looks()
        moment(seen)
      case .paths(let paths, let key):
        var seen = seen(event, try reduce(event, judges: false, verdict: verdict))
        guard seen.isReduced, seen.key.map(Name.init) == key.map(Name.init) else { continue }
        for (place, new) in try values(at: paths, of: key).enumerated() where new != known[place] {
          seen.values.append((place, new))
          known[place] = new
        }
        if !seen.values.isEmpty { moment(seen) }
      case .regions(let counter): try count(event, in: counter)
      case .states(let looks):
        var seen = seen(event, try reduce(event, judges: true, verdict: verdict))
        if looks.isDue(at: event.offset), seen.isReduced, let state = try state(of: seen.key) {
          seen.stateNumber = looks.number(
            of: Array((seen.key ?? "").utf8) + [0] + state.canonicalBytes)
        }
        moment(seen)
      }
    }
  }

  private func seen(_ event: RecordedEvent, _ reduction: Reduction) -> Moment {
    guard case .reduced(let key) = reduction else {
      return Moment(offset: event.offset, key: nil, isReduced: false)
    }
    return Moment(
      offset: event.offset, key: machine.scope == .log ? nil : key, isReduced: true)
  }

  private func values(at paths: [StatePath], of key: String?) throws(MachineError) -> [JSONValue?] {
    var values: [JSONValue?] = []
    for path in paths { values.append(try value(at: path, of: key)) }
    return values
  }

  /// Reduces an event, and compares the state with what it was.
  private func compared(
    _ event: RecordedEvent, judges: Bool, _ verdict: (VerdictChange) -> Void
  ) throws(MachineError) -> Moment {
    // An event that has no key, and a state that was put aside, are told by the reducing.
    let key = try? key(of: event)
    let old = key.flatMap { try? state(of: machine.scope == .log ? nil : $0) }
    var seen = seen(event, try reduce(event, judges: judges, verdict: verdict))
    guard seen.isReduced else { return seen }
    seen.writes = Write.between(old, try state(of: seen.key), at: StatePath())
    return seen
  }

  private func count(_ event: RecordedEvent, in counter: RegionCounter) throws(MachineError) {
    if machine.scope == .log, counter.present.isEmpty { try enter(nil, in: counter) }
    switch try reduce(event, judges: false, verdict: { _ in }) {
    case .ignored: counter.tally.ignored += 1
    case .unconcerned: counter.tally.unconcerned += 1
    case .putAside: counter.tally.afterFailure += 1
    case .reduced(let key):
      let scoped = machine.scope == .log ? nil : key
      let before = counter.present[Name(key)] ?? (RegionDeclaration.beginning, nil)
      let isMeantToStay =
        before.digest != nil
        && machine.regions?.move(in: before.region, on: event.type) == .ignored
      let hasChanged = isMeantToStay ? try state(of: scoped)?.digest != before.digest : false
      let after = try enter(scoped, in: counter)
      counter.tally.add(
        event.type, at: event.offset, from: before.region, to: after, hasChanged: hasChanged)
    }
  }

  @discardableResult
  private func enter(_ key: String?, in counter: RegionCounter) throws(MachineError) -> String {
    let region = try region(of: key, by: counter.rule)
    let mayStay = counter.rule == .declared && machine.regions?.hasIgnored(in: region) == true
    counter.present[Name(key ?? "")] = (region, mayStay ? try state(of: key)?.digest : nil)
    return region
  }

  private func region(of key: String?, by rule: RegionRule) throws(MachineError) -> String {
    switch rule {
    case .declared: try declaredRegion(of: key)
    case .value(let path): try value(at: path, of: key).regionName
    }
  }

  public func attempt(
    _ event: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule
  ) throws(MachineError) -> Attempt {
    var event = event
    switch machine.scope {
    case .log: break
    case .stream: event.stream = witness?.stream ?? "\u{1}"  // a stream that has had no event
    case .key:
      guard let witness, let key = try key(of: witness), try self.key(of: event) == key else {
        throw MachineError(
          .threw, machine: machine.name, "This host tries events only on the state of their own key"
        )
      }
    }
    let key = machine.scope == .log ? nil : try self.key(of: event)
    let states = machine.invariants.indices.filter { machine.invariants[$0].kind == .state }
    var before: [Int: Verdict] = [:]
    for i in states { before[i] = try judge(i, of: key).verdict }
    let old = try state(of: key) ?? initialState
    let kept = try checkpoint()
    var verdicts: [Int: Verdict] = [:]
    let result = Result { () throws(MachineError) in
      _ = try reduce(event, judges: true) { verdicts[$0.invariant] = $0.verdict }
      return (
        isChanged: try state(of: key) ?? initialState != old, region: try region(of: key, by: rule)
      )
    }
    try resume(from: kept)
    let outcome = try result.get()
    return Attempt(
      isChanged: outcome.isChanged, region: outcome.region,
      broken: verdicts.filter { $0.value == .violated && before[$0.key] != .violated }.keys
        .sorted(),
      undefined: verdicts.filter { $0.value == .undefined }.keys.sorted())
  }
}
