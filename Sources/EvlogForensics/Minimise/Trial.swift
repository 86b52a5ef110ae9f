import EvlogCore
import EvlogMachine

/// Tries sub-logs of one log: does the invariant break at the last event, and not before? Where the whole log
/// breaks it before too, a sub-log may do so.
struct Trial {
  let machine: MachineDescriptor
  let events: [RecordedEvent]
  let last: RecordedEvent
  let invariant: Int
  let key: Name?
  let policy: Minimisation.Policy
  let progress: (@Sendable (UInt64) -> Void)?
  let program: any Program
  var execution: any Host
  let startingState: [UInt8]
  let deadline: ContinuousClock.Instant?
  /// By event: the places of those that it names as its causes.
  let causes: [[Int]]
  /// By event: whether the machine reduces it for a state at all. One that it does not can heal nothing.
  var matters: [Bool] = []
  /// The events that the last one rests on, under the policy `closure`.
  let ancestors: Set<Int>
  var replays = 0
  /// Whether the invariant may break before the last event, as long as it breaks there too.
  var mayBreakEarlier = false
  /// How many sub-logs the machine was stopped in.
  var stopped = 0
  /// The smallest sub-log that breaks the invariant, of those that were tried.
  var smallest: [Int]?
  /// What came of sub-logs that were tried, where they are short enough to be known by what is in them.
  var known: [[Int]: Outcome] = [:]
  /// Choices of other events that healed something, the last one first: what heals one sub-log mostly heals
  /// another.
  var healers: [[Int]] = []

  init(
    _ program: any Program, events: [RecordedEvent], last: RecordedEvent, invariant: Int,
    key: String?, _ policy: Minimisation.Policy, _ deadline: ContinuousClock.Instant?,
    _ progress: (@Sendable (UInt64) -> Void)?
  ) throws {
    machine = program.descriptor
    self.program = program
    self.deadline = deadline
    self.events = events
    self.last = last
    self.invariant = invariant
    self.key = key.map(Name.init)
    self.policy = policy
    self.progress = progress
    execution = try Self.execution(of: program, judging: invariant, policy)
    startingState = try execution.save()
    var places: [Name: Int] = [:]
    var causes: [[Int]] = []
    if policy == .closure {
      for (i, event) in events.enumerated() {
        causes.append(event.causation.compactMap { places[Name($0)] })
        if let id = event.id { places[Name(id)] = i }
      }
    }
    var ancestors: Set<Int> = []
    var open = policy == .closure ? last.causation.compactMap { places[Name($0)] } : []
    while let place = open.popLast() {
      if ancestors.insert(place).inserted { open += causes[place] }
    }
    self.causes = causes
    self.ancestors = ancestors
    do throws(MachineError) {
      var matters: [Bool] = []
      defer { self.matters = matters }
      try execution.run(events[...], watching: .keys, verdict: { _ in }) {
        matters.append($0.isReduced)
      }
    } catch {
      // Where the machine fails on the way, nothing is known of what follows.
      matters += Array(repeating: true, count: events.count - matters.count)
      if error.isOfBounds { try begin() }
    }
  }

  /// A failure at another key does not count; the key itself is undefined after its own failure.
  static func execution(
    of program: any Program, judging invariant: Int, _ policy: Minimisation.Policy
  ) throws -> any Host {
    var setup = HostSetup(isolatesFailures: policy != .free, judged: [invariant])
    setup.repeatsEvents = true
    return try program.makeHost(setup)
  }

  /// Goes on with a run of its own: one that was stopped is in no known state.
  mutating func begin() throws {
    execution = try Self.execution(of: program, judging: invariant, policy)
  }

  /// The time is up.
  struct TimeIsUp: Error {}

  // MARK: One sub-log

  /// What a sub-log does.
  enum Outcome {
    /// The invariant breaks at the last event, and not before unless it may.
    case breaks
    /// It is broken there, and was so before.
    case breaksEarlier
    /// It is not broken there.
    case doesNot
    /// It could not have been a log.
    case invalid
    /// It is broken there; whether it was broken before was not checked.
    case breaksInTheEnd

    /// The outcome that is reported.
    var told: Outcome { self == .breaksInTheEnd ? .breaks : self }
  }

  /// `inTheEnd`: whether it is asked for the last event alone, and `breaks` may be `breaksEarlier`.
  mutating func run(_ kept: [Int], inTheEnd: Bool = false) throws -> Outcome {
    if let outcome = known[kept], inTheEnd || outcome != .breaksInTheEnd {
      return inTheEnd && outcome == .breaksEarlier ? .breaks : outcome.told
    }
    // All of them are tried whatever the time: without that nothing is known.
    if replays > 1, let deadline, ContinuousClock.now >= deadline { throw TimeIsUp() }
    replays += 1
    progress?(UInt64(replays))
    // Judging at every cut may cost many times what reducing does, and most sub-logs are not broken in the end.
    var outcome = try replay(kept, inTheEnd: true)
    if outcome == .breaks {
      outcome = inTheEnd ? .breaksInTheEnd : try replay(kept, inTheEnd: false)
    }
    if known.count < Self.mostKnown, kept.count <= Self.longestKnown { known[kept] = outcome }
    return outcome.told
  }

  /// So many sub-logs are known again, of so many events at most.
  static let mostKnown = 50_000
  static let longestKnown = 500

  mutating func replay(_ kept: [Int], inTheEnd: Bool) throws -> Outcome {
    var rest = kept.map { events[$0] }[...]
    var verdict = Verdict.holds
    var wasBroken = false
    var before = Verdict.holds
    let change: (VerdictChange) -> Void = { [invariant, key] change in
      guard change.invariant == invariant, change.key.map(Name.init) == key else { return }
      verdict = change.verdict
    }
    do throws(MachineError) {
      try execution.restore(startingState)
      if !inTheEnd { try execution.judgeBeginning(of: machine, [invariant], change: change) }
      wasBroken = verdict == .violated
      while !rest.isEmpty {
        try checkCancellation()
        let checkpoint = policy == .free ? try execution.checkpoint() : nil
        let start = verdict
        do throws(MachineError) {
          try execution.run(rest, checks: !inTheEnd) {
            change($0)
            wasBroken = wasBroken || verdict == .violated
          }
          rest = []
        } catch {
          // A free log goes on behind the event that it cannot take: from the state before that.
          guard !error.isOfBounds, let checkpoint, let failed = error.offset,
            let i = rest.firstIndex(where: { $0.offset == failed })
          else { throw error }
          try execution.resume(from: checkpoint)
          try assume(start)
          verdict = start
          try execution.run(rest[..<i], checks: !inTheEnd, change: change)
          rest = rest[(i + 1)...]
        }
      }
      before = verdict
      // Each event that violates a step is told; the verdict of another event says nothing of it.
      if isStep { verdict = .holds }
      try execution.run([last], checks: true, change: change)
    } catch {
      if Task.isCancelled { throw CancellationError() }
      if error.isOfBounds {
        stopped += 1
        try begin()
      }
      return .invalid
    }
    switch verdict {
    case .undefined: return .invalid
    case .holds: return .doesNot
    case .violated:
      if mayBreakEarlier { wasBroken = !isStep && before == .violated }
      return wasBroken ? .breaksEarlier : .breaks
    }
  }

  var isStep: Bool { machine.invariants[invariant].kind == .step }

  func checkCancellation() throws(MachineError) {
    if Task.isCancelled { throw MachineError(.threw, machine: machine.name, "it was cancelled") }
  }

  func assume(_ verdict: Verdict) throws(MachineError) {
    try execution.assume([
      VerdictChange(
        invariant: invariant, key: key?.string, cut: 0, verdict: verdict, evaluation: 0)
    ])
  }

  mutating func breaks(_ kept: [Int]) throws -> Bool {
    guard try run(kept) == .breaks else { return false }
    if kept.count < smallest?.count ?? .max { smallest = kept }
    return true
  }

  /// What of some events is left when no event may be there without its causes.
  func closed(_ kept: [Int]) -> [Int] {
    guard policy == .closure else { return kept }
    var isKept = Set(kept)
    return kept.filter { i in
      if !isKept.isSuperset(of: causes[i]) {
        isKept.remove(i)
        return false
      }
      return true
    }
  }

  // MARK: Leaving out

  /// Leaves events out for as long as `isEnough` of what is left: whole streams first, then single
  /// events, of either half of them at once, then fewer and fewer.
  mutating func reduce(
    _ kept: [Int], isEnough: (inout Trial, [Int]) throws -> Bool
  ) throws -> [Int] {
    var streams: [Name: [Int]] = [:]
    for i in kept { streams[Name(events[i].stream), default: []].append(i) }
    let groups = streams.values.sorted { $0[0] < $1[0] }
    let rest = try reduce(groups: groups, isEnough)
    return try reduce(groups: rest.map { [$0] }, isEnough)
  }

  /// Leaves groups out, the earliest first: what was written last is what counts.
  mutating func reduce(
    groups: [[Int]], _ isEnough: (inout Trial, [Int]) throws -> Bool
  ) throws -> [Int] {
    var groups = groups
    var size = max(1, groups.count / 2)
    while true {
      let before = groups.count
      var start = 0
      while start < groups.count {
        let end = min(start + size, groups.count)
        let rest = groups[..<start] + groups[end...]
        if let kept = allowed(rest.joined().sorted()), try isEnough(&self, kept) {
          let isKept = Set(kept)
          groups = rest.map { $0.filter(isKept.contains) }.filter { !$0.isEmpty }
        } else {
          start = end
        }
      }
      if size > 1 {
        size = (size + 1) / 2
      } else if groups.count == before {
        return groups.joined().sorted()
      }
    }
  }

  /// What the policy leaves of some events; nil where the last one cannot do without what is gone.
  func allowed(_ kept: [Int]) -> [Int]? {
    if !ancestors.isSubset(of: kept) { return nil }
    return closed(kept)
  }

  // MARK: All of it

  mutating func minimise(seed: UInt64) throws -> Minimisation {
    let all = Array(events.indices)
    // One about the end may be violated at any earlier cut.
    mayBreakEarlier = machine.invariants[invariant].isFinal
    var whole = try run(all)
    if whole == .breaksEarlier {
      mayBreakEarlier = true
      known = [:]
      whole = try run(all)
    }
    guard whole == .breaks else {
      throw NothingToMinimise(
        description: "The \(events.count + 1) events up to offset \(last.offset) do not break "
          + "'\(machine.invariants[invariant].name)' there when they are replayed by themselves.")
    }
    let choices = randomChoices
    var kept = all
    var fewest = all.count
    var isButFor: [Bool] = []
    var progress = Minimisation.Progress.notMinimal
    do {
      kept = try reduce(try beginning(all)) { try $0.breaks($1) }
      fewest = kept.count
      progress = .notAddedBack
      kept = try withNeeded(kept, all, choices, seed)
      if kept.count > fewest { kept = try withoutSurplus(kept, choices, seed) }
      progress = .complete
      for i in kept {
        isButFor.append(
          try run(closed(all.filter { $0 != i }), inTheEnd: true) == .doesNot)
      }
    } catch is TimeIsUp {
      if progress == .notMinimal { kept = smallest ?? all }
    }
    let butFor = isButFor.map { $0 as Bool? }
    let isButForOrUnknown = butFor + Array(repeating: nil, count: kept.count - butFor.count)
    return Minimisation(
      progress: progress, stopped: stopped,
      invariant: machine.invariants[invariant], key: key?.string, offset: last.offset,
      kept: zip(kept, isButForOrUnknown).map {
        Minimisation.Kept(event: events[$0], isButFor: $1)
      } + [Minimisation.Kept(event: last, isButFor: true)],
      considered: events.count + 1, replays: replays,
      randomChoices: others(than: kept).count > Self.exhaustive ? choices : nil,
      addedBack: max(0, kept.count - fewest), seed: seed)
  }

  /// What is kept, with what the log has against its healing.
  mutating func withNeeded(
    _ some: [Int], _ all: [Int], _ choices: Int, _ seed: UInt64
  ) throws -> [Int] {
    var kept = some
    while let healing = try healing(kept, choices, seed) {
      // Something else in the log makes up for what is added: that is needed too.
      let others = all.filter { !healing.contains($0) }
      let needed = try reduce(others) { trial, some in
        try trial.breaks((healing + some).sorted())
      }
      let more = Set(kept).union(needed)
      kept = try breaks(more.sorted()) ? more.sorted() : more.union(healing).sorted()
    }
    return kept
  }

  /// Of many events, those that have to do with the last one, if they break it: there is much less to leave
  /// out then.
  mutating func beginning(_ all: [Int]) throws -> [Int] {
    if all.count < Self.fewEvents { return all }
    for some in Relations(events + [last]).around(all.count) {
      let kept = some.filter { $0 < all.count }
      guard kept.count < all.count / 2 else { break }
      if let kept = allowed(try accepted(kept)), try breaks(kept) { return kept }
    }
    return all
  }

  /// What is left of some events when those are left out at which the machine fails or the invariant breaks, as
  /// far as that is found soon: it goes on from where it failed, and looks again what happens without them.
  mutating func accepted(_ some: [Int]) throws -> [Int] {
    var kept = some
    for _ in 0..<Self.mostRounds {
      replays += 1
      progress?(UInt64(replays))
      try execution.restore(startingState)
      var rest = kept[...]
      var bad: Set<Offset> = []
      while !rest.isEmpty {
        try Task.checkCancellation()
        if let deadline, ContinuousClock.now >= deadline { throw TimeIsUp() }
        do throws(MachineError) {
          try execution.run(rest.map { events[$0] }[...], checks: true) {
            [invariant, key, isFinal = machine.invariants[invariant].isFinal] change in
            guard change.invariant == invariant, change.key.map(Name.init) == key else { return }
            if change.verdict == .violated, !isFinal, let offset = change.cut.offsetBefore {
              bad.insert(offset)
            }
          }
          rest = []
        } catch {
          if error.isOfBounds {
            try begin()
            return kept
          }
          guard let offset = error.offset,
            let i = rest.firstIndex(where: { events[$0].offset == offset })
          else { return kept }
          bad.insert(offset)
          rest = rest[(i + 1)...]
        }
      }
      if bad.isEmpty { break }
      kept.removeAll { bad.contains(events[$0].offset) }
    }
    return kept
  }

  /// So often it is looked what happens without them.
  static let mostRounds = 10

  /// Of fewer events than this, all are tried.
  static let fewEvents = 100

  /// Fewer where each one takes long.
  var randomChoices: Int { min(300, max(20, 1_000_000 / max(1, events.count))) }
}

extension MachineError {
  /// Whether the machine was stopped: what it would have come to is not known.
  var isOfBounds: Bool { kind == .timedOut || kind == .outOfMemory }
}
