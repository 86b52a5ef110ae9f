public import EvlogCore
public import EvlogJSON
import EvlogMachine
public import EvlogReplay

/// The events that led to a violation: those that wrote what the invariant read, those that wrote what they
/// read, and so on.
public struct Why: Sendable {
  /// A path that an event read before it changed anything.
  public struct Read: Sendable, Hashable {
    /// The path.
    public let path: StatePath
    /// The value that was read; nil if there was none.
    public let value: JSONValue?
    /// The event that had written the value; nil if the initial state had it.
    public let writer: Offset?
    /// Whether the writer is among the reasons. It is not if an event only counts on what was there, and that
    /// had no part in the violation.
    public let isFollowed: Bool

    package init(path: StatePath, value: JSONValue?, writer: Offset?, isFollowed: Bool) {
      (self.path, self.value) = (path, value)
      (self.writer, self.isFollowed) = (writer, isFollowed)
    }
  }

  /// An event that led to the violation.
  public struct Reason: Sendable {
    /// The event.
    public let event: RecordedEvent
    /// The number of steps from the violation; 0 for the event that broke the invariant.
    public let depth: Int
    /// The writes of the event that were read later or lie in what was read later. For the event that broke the
    /// invariant, those that the invariant read (a step or a history may read none of them).
    public fileprivate(set) var writes: [Write]
    /// The number of such paths that are not in `writes`.
    public fileprivate(set) var writesLeftOut = 0
    /// What the event itself read, with the writers. For compiled machines, whose reads cannot be observed,
    /// what was at the paths that it wrote. Nil if it was not followed.
    public fileprivate(set) var reads: [Read]?
    /// The number of paths it read that are not in `reads`.
    public fileprivate(set) var readsLeftOut = 0
    /// What the invariant read that the event did not write, or its value before the event. If the invariant
    /// read many paths, those that have a text or a number in common with the event. What decides comes first:
    /// what the event wrote, then what differs from what the event wrote under the same name.
    public fileprivate(set) var judgedBefore: [Read] = []
    /// The number of such paths that are not in `judgedBefore`.
    public fileprivate(set) var judgedLeftOut = 0
    /// The events that this one names as its causes, in the order in which it names them: of each id, the last
    /// event before it that has it.
    public fileprivate(set) var causes: [RecordedEvent] = []
    /// How many of the reads, from the first on, are of paths that it wrote and that were read later.
    fileprivate var wantedCount = 0
    /// The number of paths that it and the invariant read before it, each counted once.
    package fileprivate(set) var lookedAt = 0

    /// What it and the invariant read, each path once and the most telling first: what it wrote that was read
    /// later, what else the invariant read, and the rest.
    package var readsByWeight: [Read] {
      let reads = reads ?? []
      var seen: Set<StatePath> = []
      return [Array(reads.prefix(wantedCount)), judgedBefore, Array(reads.dropFirst(wantedCount))]
        .joined().filter { seen.insert($0.path).inserted }
    }
  }

  /// The violation that is explained.
  public let violation: Violation
  /// Whether reads were observed; otherwise they are inferred from writes.
  public let isWatched: Bool
  /// The reasons, the last event first: the one that broke the invariant, and those before it.
  public let reasons: [Reason]
  /// The work of the replays.
  public let work: Replayer.Work
}

extension Replayer {
  /// Follows a violation back: what the invariant read, which events wrote that, what those read, and so on.
  ///
  /// `depth` is the number of steps, `limit` the number of paths that are followed for each event. An invariant
  /// that held before an event and does not hold after it must have read something that the event wrote. The
  /// writers of what else it read are reported too: of all paths if they are few, otherwise of those that have
  /// a text or a number in common with the event. A path that an event only counts on, as in `n++`, is followed
  /// if the count was read later.
  public func why(_ violation: Violation, depth: Int = 3, limit: Int = 5) async throws -> Why {
    try await QuestionThreads.run {
      guard let event = violation.event else {
        return Why(violation: violation, isWatched: true, reasons: [], work: Work())
      }
      var search = try WhySearch(self, violation, event, limit: limit)
      var step = 0
      while step < depth, try search.follow(step) { step += 1 }
      try search.findCauses()
      return Why(
        violation: violation, isWatched: search.isWatched,
        reasons: search.reasons.values.sorted { $0.event.offset > $1.event.offset },
        work: search.work)
    }
  }
}

/// The reasons as far as they are known.
private struct WhySearch {
  let replayer: Replayer
  let key: String?
  let limit: Int
  var reasons: [Offset: Why.Reason] = [:]
  var isWatched = true
  var work = Replayer.Work()
  /// The events whose reads are followed next.
  private var open: [Offset]
  /// What was observed last.
  private var observed: Playhead?
  /// What they looked at, how much more, and what of it they only counted on.
  private var seen: [Offset: (reads: [StatePath], leftOut: Int, counted: Set<StatePath>)] = [:]
  /// What they wrote that was read later.
  private var wanted: [Offset: [StatePath]] = [:]
  /// What the invariant looked at that was there before the event, and how much more that is not followed.
  private var judged: (related: [StatePath], leftOut: Int) = ([], 0)
  /// The event that broke the invariant, where the invariant looked at nothing that it wrote: then what it
  /// looked at itself has no part in the violation.
  private var unread: Offset?

  init(_ replayer: Replayer, _ violation: Violation, _ event: RecordedEvent, limit: Int) throws {
    self.replayer = replayer
    key = violation.episode.key
    self.limit = max(1, limit)
    open = [event.offset]
    let rule = violation.finding.invariant
    let name = Name(rule.name)
    let invariant = replayer.machine.invariants.firstIndex { Name($0.name) == name }
    let seen = try observe([event], judging: invariant)[0]
    let looks = seen.looks ?? Looks()
    // Of what was written, that which the invariant looked at; all of it where that is not known.
    var writes = seen.writes
    if let judged = looks.judged {
      let looked = judged.compactMap { path -> Write? in
        guard let write = seen.writes.first(where: { path.steps.starts(with: $0.path.steps) })
        else { return seen.writes.first { $0.path.steps.starts(with: path.steps) } }
        let rest = path.steps.dropFirst(write.path.steps.count)
        let (old, new) = (write.old?.at(rest), write.new?.at(rest))
        return old == new ? nil : Write(path: path, old: old, new: new)
      }
      // Only a state that was well before must have changed: a step may be wrong because of the event alone.
      if !looked.isEmpty || rule.kind != .state { writes = looked.uniqued() }
      if writes.isEmpty { unread = event.offset }
    }
    writes = writes.expanded()
    reasons[event.offset] = Why.Reason(
      event: event, depth: 0, writes: Array(writes.prefix(self.limit)))
    reasons[event.offset]?.writesLeftOut =
      max(0, writes.count - self.limit) + (unread == nil ? seen.writesLeftOut : 0)
    wanted[event.offset] = writes.map(\.path)
    let before = looks.judgedBefore ?? []
    let related = related(before, to: event, writes)
    judged = (
      decidingFirst(related, written: seen.writes, looked: writes),
      before.count - related.count + looks.judgedLeftOut
    )
    reasons[event.offset]?.lookedAt =
      Set(before + (self.seen[event.offset]?.reads ?? [])).count + looks.judgedLeftOut
      + looks.readsLeftOut
  }

  /// First the paths that the event wrote, then those whose value differs from what the event wrote under the
  /// same name, as for two clocks. Of these the last comes first: an invariant that stops at what is wrong read
  /// that last.
  private func decidingFirst(
    _ places: [StatePath], written: [Write], looked: [Write]
  ) -> [StatePath] {
    var own: [StatePath] = []
    var unlike: [StatePath] = []
    var others: [StatePath] = []
    for place in places {
      if written.contains(where: { $0.path.touches(place) }) {
        own.append(place)
      } else if looked.contains(where: { write in
        guard let name = place.steps.last, write.path.steps.last == name else { return false }
        // A place that cannot be read has no value; it only decides which place comes first.
        return (try? observed?.host.value(at: place, of: key)) != write.new
      }) {
        unlike.append(place)
      } else {
        others.append(place)
      }
    }
    return own + unlike.reversed() + others
  }

  /// The paths that the invariant read besides what was written: all if they are few, otherwise those that have
  /// a text or a number in common with the event, in their value or in the path. If a book is lent twice, the
  /// other reader has the same book.
  private func related(
    _ places: [StatePath], to event: RecordedEvent, _ writes: [Write]
  ) -> [StatePath] {
    if places.count <= limit { return places }
    var values = writes.map(\.new)
    values.append(JSONValue(validating: event.data))
    let texts = values.flatMap { $0?.texts ?? [] }.map(Name.init)
    // Small numbers are the same by chance, but for those that are names of members.
    let names = Set(texts)
    let telling = names.filter { !$0.isSmallNumber }
    let related = places.filter { place in
      let isOnTheWay = place.steps.contains {
        if case .key(let key) = $0 { names.contains(Name(key)) } else { false }
      }
      if isOnTheWay { return true }
      // A place that cannot be read has nothing in common with the event.
      guard let observed, let value = try? observed.host.value(at: place, of: key) else {
        return false
      }
      return value.texts.contains { telling.contains(Name($0)) }
    }
    // Some more places are all sides of one thing, such as a clock; many are all things of a kind.
    return related.isEmpty && places.count <= 2 * limit ? places : related
  }

  /// Lets the machine reduce some events, in the order of the log, and looks on.
  private mutating func observe(_ events: [RecordedEvent], judging invariant: Int? = nil) throws
    -> [Moment]
  {
    guard let first = events.first else { return [] }
    let isOfStream = replayer.machine.scope == .stream && key != nil
    let playhead =
      isOfStream
      ? Playhead(try replayer.program.makeHost(), over: replayer.history, stream: key)
      : Playhead(
        try replayer.execution(at: first.offset.cutBefore, ofKey: key, work: &work),
        over: replayer.history,
        at: first.offset.cutBefore)
    var seen: [Moment] = []
    for event in events {
      try playhead.advance(to: event.offset.cutBefore)
      try playhead.advance(
        to: event.offset.cutAfter, watching: .reads(judging: invariant),
        moment: { moment in
          let looks = moment.looks
          if looks?.reads == nil { isWatched = false }
          self.seen[event.offset] = (
            looks?.reads ?? moment.writes.expanded().map(\.path), looks?.readsLeftOut ?? 0,
            Set(looks?.counted ?? [])
          )
          seen.append(moment)
        })
    }
    observed = playhead
    work.events += playhead.eventCount
    return seen
  }

  /// Finds the writers of what the open events read; false if there is nothing more to follow.
  mutating func follow(_ step: Int) throws -> Bool {
    let limit = limit
    var places: [(place: Place, isJudged: Bool, isFollowed: Bool)] = []
    let judging = step == 0 ? Array(judged.related.prefix(limit)) : []
    if step == 0 {
      places += judging.map { (Place($0, at: open[0].cutBefore), true, true) }
      reasons[open[0]]?.judgedLeftOut = max(0, judged.related.count - limit) + judged.leftOut
    }
    for offset in open {
      let all = reads(of: offset)
      let leftOut = max(0, all.count - limit) + (seen[offset]?.leftOut ?? 0)
      reasons[offset]?.readsLeftOut = leftOut
      reasons[offset]?.wantedCount = all.prefix(limit).count { $0.rank == 0 }
      places += all.prefix(limit).map {
        let isFollowed = $0.rank < 2 && offset != unread || judging.contains($0.path)
        return (Place($0.path, at: offset.cutBefore), false, isFollowed)
      }
    }
    let found = try replayer.writers(of: places.map(\.place), key: key, &work)
    for offset in open { reasons[offset]?.reads = [] }
    var next: Set<Offset> = []
    for (i, (place, isJudged, isFollowed)) in places.enumerated() {
      let write = found[i].writes.last
      let read = Why.Read(
        path: place.path, value: found[i].value, writer: write?.offset, isFollowed: isFollowed)
      if isJudged {
        reasons[place.cut.offsetAfter]?.judgedBefore.append(read)
      } else {
        reasons[place.cut.offsetAfter]?.reads?.append(read)
      }
      guard isFollowed else { continue }
      guard let write else { continue }
      wanted[write.offset, default: []].append(place.path)
      if reasons[write.offset] == nil, let event = try replayer.history.event(at: write.offset) {
        reasons[write.offset] = Why.Reason(event: event, depth: step + 1, writes: [])
        next.insert(write.offset)
      }
      var writes = reasons[write.offset]?.writes ?? []
      reasons[write.offset]?.writesLeftOut += max(0, write.changes.count - limit)
      for change in write.changes.prefix(limit) {
        let changed = Write(path: change.path, old: change.old, new: change.new)
        if !writes.contains(changed) { writes.append(changed) }
      }
      reasons[write.offset]?.writes = writes
    }
    open = next.sorted()
    let events = open.compactMap { reasons[$0]?.event }
    _ = try observe(events)
    return !open.isEmpty
  }

  /// What an event read: first what it wrote that was read later, last what it only counted on.
  private func reads(of offset: Offset) -> [(path: StatePath, rank: Int)] {
    let wanted = wanted[offset] ?? []
    func isWanted(_ path: StatePath) -> Bool { wanted.contains { $0.touches(path) } }
    let (all, _, counted) = seen[offset] ?? ([], 0, [])
    let ranks = all.map { isWanted($0) ? 0 : counted.contains($0) ? 2 : 1 }
    return (0...2).flatMap { rank in
      zip(all, ranks).filter { $0.1 == rank }
    }
  }

  /// Finds the events that the reasons name as their causes.
  mutating func findCauses() throws {
    var wanted: [Name: [Offset]] = [:]
    for (offset, reason) in reasons {
      for cause in Set(reason.event.causation.map(Name.init)) {
        wanted[cause, default: []].append(offset)
      }
    }
    guard let last = reasons.keys.max(), !wanted.isEmpty else { return }
    try replayer.history.forEachRow(of: Query(to: last.cutBefore, isBackwards: true)) { row in
      for cause in row {
        guard let id = cause.id.map(Name.init), let offsets = wanted[id] else { continue }
        for offset in offsets where cause.offset < offset { reasons[offset]?.causes.append(cause) }
        let later = offsets.filter { $0 <= cause.offset }
        wanted[id] = later.isEmpty ? nil : later
      }
      return !wanted.isEmpty
    }
    for offset in reasons.keys { reasons[offset]?.orderCauses() }
  }
}

extension Why.Reason {
  /// Puts the causes in the order in which the event names them; an id that it names twice counts once.
  fileprivate mutating func orderCauses() {
    let found = causes
    causes = []
    for id in event.causation.map(Name.init) {
      guard let cause = found.first(where: { $0.id.map(Name.init) == id }), !causes.contains(cause)
      else { continue }
      causes.append(cause)
    }
  }
}

extension [Write] {
  /// Path by path, if something was written as a whole.
  fileprivate func expanded() -> [Write] {
    flatMap { write in
      StateDiff(changing: write.path, from: write.old, to: write.new).changes.map {
        Write(path: $0.path, old: $0.old, new: $0.new)
      }
    }
  }
}

extension StatePath {
  /// Whether one of the two is in the other.
  fileprivate func touches(_ other: StatePath) -> Bool {
    steps.starts(with: other.steps) || other.steps.starts(with: steps)
  }
}

extension Name {
  /// Whether it is a number that many things are by chance.
  fileprivate var isSmallNumber: Bool { Int(string).map { abs($0) < 1000 } ?? false }
}

extension JSONValue {
  /// The texts that are in it, and the numbers, as they are written.
  fileprivate var texts: [String] {
    switch self {
    case .string(let text): [text]
    case .number(let number): [number.text]
    case .array(let items): items.flatMap(\.texts)
    case .object(let object): object.members.flatMap { $0.value.texts }
    default: []
    }
  }
}

extension Sequence where Element: Hashable {
  /// Each element once, where it is first.
  package func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
