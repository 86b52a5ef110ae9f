public import EvlogCore
public import EvlogJSON
package import EvlogMachine
public import EvlogReplay

/// A cut of a log, with its states, that moves forward and back.
///
/// Going back costs no more than going forward: on the way to a cut, states are kept there and at shorter and
/// shorter distances before it. Their number is bounded, however long the log is.
public final class Timeline {
  /// So many states are kept at most.
  private static let checkpointLimit = 40
  /// From a kept state, so many events are replayed at most on a way back by one.
  private static let shortestWay: UInt64 = 64

  /// The replayer that it uses.
  public let replayer: Replayer
  /// The last cut that it can move to.
  public var end: Cut { replayer.history.end }
  /// The cut at which it stands.
  public var cut: Cut { playhead.cut }
  /// The work of all moves so far.
  public private(set) var work = Replayer.Work()
  private var playhead: Playhead
  /// Kept states, the lowest cut first.
  private var checkpoints: [(cut: Cut, state: Checkpoint)] = []

  /// Moves to a cut. Throws `CutBeyondEnd` if the log has not reached it, and the machine's error.
  public init(_ replayer: Replayer, at cut: Cut = 0) throws {
    self.replayer = replayer
    playhead = try Playhead(replayer.makeHost(), over: replayer.history)
    keep()
    try move(to: cut)
  }

  /// Moves to a cut. Throws `CutBeyondEnd` or the machine's error, and then stays where it was.
  public func move(to target: Cut) throws {
    let target = try replayer.checked(target)
    try orStay(at: cut) { try go(to: target) }
  }

  private func orStay(at before: Cut, _ move: () throws -> Void) throws {
    do { try move() } catch {
      // The execution may be in the middle of something.
      playhead = try Playhead(replayer.makeHost(), over: replayer.history)
      checkpoints.removeAll { $0.cut > 0 }
      // It went there before; where it cannot any more, it stays at the beginning.
      try? go(to: before)
      throw error
    }
  }

  private func go(to target: Cut) throws {
    // A short way forward is gone step by step.
    if target < cut || target - cut > Self.shortestWay {
      let saved = snapshotCut(before: target)
      let here = cut <= target ? cut : 0
      if let kept = checkpoints.last(where: { $0.cut <= target }), kept.cut >= saved,
        kept.cut > here || cut > target
      {
        try playhead.resume(from: kept.state, at: kept.cut)
      } else if saved > here || cut > target {
        playhead = Playhead(
          try replayer.execution(at: saved, work: &work), over: replayer.history, at: saved)
      }
    }
    // At half of the way, at three quarters, and so on.
    while target - cut > Self.shortestWay {
      try advance(to: cut + (target - cut) / 2)
      keep()
    }
    try advance(to: target)
  }

  private func advance(to target: Cut) throws {
    guard target > cut else { return }
    // A state that stays watched need not be looked through for the next step.
    let isStep = playhead.host.watchesWrites && target - cut <= Self.shortestWay
    let before = playhead.eventCount
    try playhead.advance(
      to: target, watching: isStep ? .writes(verdicts: false) : .nothing,
      workers: replayer.workers, verdict: { _ in }, moment: { _ in }, passed: { _ in })
    work.events += playhead.eventCount - before
  }

  private func keep() {
    let i = checkpoints.firstIndex { $0.cut >= cut } ?? checkpoints.count
    if i < checkpoints.count, checkpoints[i].cut == cut { return }
    // A state that cannot be saved is done without: the way back is longer then.
    guard let state = try? playhead.host.checkpoint() else { return }
    checkpoints.insert((cut, state), at: i)
    guard checkpoints.count > Self.checkpointLimit else { return }
    // What is farthest from here is missed the least; the beginning is always kept.
    let farthest = checkpoints.indices.dropFirst().max {
      distance(checkpoints[$0].cut) < distance(checkpoints[$1].cut)
    }
    if let farthest { checkpoints.remove(at: farthest) }
  }

  private func distance(_ other: Cut) -> UInt64 { other > cut ? other - cut : cut - other }

  private func snapshotCut(before target: Cut) -> Cut {
    // It is only asked which way is shorter; what cannot be used is said where it is restored.
    let cuts = replayer.snapshots.flatMap { try? $0.entries(of: replayer.machine) } ?? []
    return cuts.last { $0.cut <= target }?.cut ?? 0
  }

  /// The event that led here; nil at the beginning.
  public func event() throws -> RecordedEvent? {
    try cut.offsetBefore.flatMap { try replayer.history.event(at: $0) }
  }

  /// The state of the log here, or of a stream or key; nil if that had no event.
  public func state(of key: String?) throws -> JSONValue? { try playhead.host.state(of: key) }

  /// The value at a path of the state here; nil if there is none.
  public func value(at path: StatePath, of key: String?) throws -> JSONValue? {
    try playhead.host.value(at: path, of: key)
  }

  /// A part of the value at a path of the state here; nil if there is none.
  package func outline(_ asked: OutlineRequest) throws -> ValueOutline? {
    if let host = playhead.host as? any OutliningHost { return try host.outline(asked) }
    return try value(at: asked.path, of: asked.key).map { ValueOutline(of: $0, asked) }
  }

  /// The streams or keys that have a state here, in order, those that begin with a text and come after another.
  package func keys(prefix: String, after: String?, limit: Int) throws -> [String] {
    if let host = playhead.host as? any OutliningHost {
      return try host.keys(prefix: prefix, after: after, limit: limit)
    }
    return try playhead.host.states().members.lazy.map(\.key).filter {
      $0.utf8.starts(with: prefix.utf8) && after.map { Name($0) } ?? Name("") < Name($0)
    }.prefix(limit).map { $0 }
  }

  /// What a state invariant says of the state here.
  package func judge(_ invariant: Int, of key: String?) throws -> Judgement {
    try playhead.host.judge(invariant, of: key)
  }

  /// What the event that led to a cut changed, and in which state.
  public struct Step: Sendable {
    /// The event that led to the cut.
    public let event: RecordedEvent
    /// The stream or key; nil for the log's state, and if the event concerned none.
    public let key: String?
    /// What the event changed in that state, in the order of the paths.
    public let changes: [StateDiff.Change]
  }

  /// Moves to a cut, and returns what the event before it changed; nil at the beginning.
  public func arrive(at target: Cut) throws -> Step? {
    let target = try replayer.checked(target)
    guard let offset = target.offsetBefore, let event = try replayer.history.event(at: offset)
    else {
      try move(to: target)
      return nil
    }
    let before = cut
    var step: Step?
    try orStay(at: before) {
      try go(to: offset.cutBefore)
      var moment: Moment?
      try playhead.advance(
        to: target, watching: .writes(verdicts: false), moment: { moment = $0 })
      work.events += 1
      let key: String? =
        switch replayer.machine.scope {
        case .log: nil
        case .stream: event.stream
        case .key: moment?.key
        }
      step = Step(event: event, key: key, changes: try changes(by: moment?.writes ?? [], key))
    }
    return step
  }

  /// What was written, with an array as a whole: its elements may be identified by their members.
  private func changes(by writes: [Write], _ key: String?) throws -> [StateDiff.Change] {
    var places: [StatePath: [Write]] = [:]
    for write in writes {
      let steps = write.path.steps.prefix { if case .index = $0 { false } else { true } }
      places[StatePath(Array(steps)), default: []].append(write)
    }
    let sorted = places.sorted { StatePath.Step.precedes($0.key.steps[...], $1.key.steps[...]) }
    return try sorted.flatMap { path, writes in
      let new = try playhead.host.value(at: path, of: key)
      var old = new
      old.write(writes.map { PlacedValue($0.path.steps.dropFirst(path.steps.count), $0.old) })
      return StateDiff(changing: path, from: old, to: new).changes
    }
  }

  /// The next cut at which the value at a path differs; nil if it stays to the end.
  public func nextChange(of path: StatePath, key: String?) throws -> Cut? {
    let start = cut
    let found = Result { try nextChangeFromHere(of: path, key: key) }
    try move(to: start)
    return try found.get()
  }

  private func nextChangeFromHere(of path: StatePath, key: String?) throws -> Cut? {
    var follower = try PlaceFollower([path], of: key, in: playhead.host)
    var found: Cut?
    do {
      try playhead.advance(to: end) { events in
        try follower.follow(events, in: playhead.host) { _, offset, _ in
          found = found ?? offset.cutAfter
        }
        return found == nil
      }
    } catch is MachineError where found != nil {
      // What came before the event at which the machine fails is known.
    }
    return found
  }

  /// The last cut before this one at which the value at a path changed.
  public func previousChange(of path: StatePath, key: String?) throws -> Cut? {
    guard cut > 0 else { return nil }
    let found = try replayer.writers(of: [Place(path, at: cut - 1)], key: key, &work)[0]
    return found.writes.last?.offset.cutAfter
  }
}
