import EvlogCore
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// Two machines over the same events.
extension RunPair {
  /// Runs both over a history, up to the cut of the pair.
  func run(over history: any History, progress: (@Sendable (UInt64) -> Void)?) throws {
    let counter = ProgressCounter(progress)
    // A large state of a compiled machine is compared as a whole after each event.
    var pace = Pace(startsSlowly: true)
    try history.forEachRow(of: Query(to: cut)) { events in
      try pace.run(events) { some in
        try run(some, of: history)
        counter.add(UInt64(some.count))
      }
      return true
    }
  }

  func run(_ events: ArraySlice<RecordedEvent>, of history: any History) throws {
    if hasFailed { return }
    guard first.scope == second.scope else {
      // States that are cut up otherwise are compared as wholes.
      for event in events where !hasFailed { try runAlone(event) }
      return
    }
    try run(events, events, of: history)
  }

  /// Runs events of the log in the first run, and others in their places in the second; compares after each
  /// event of the log.
  ///
  /// Each run holds what its events wrote until the two are compared, so large writes go in small pieces.
  func run(
    _ original: ArraySlice<RecordedEvent>, _ edited: ArraySlice<RecordedEvent>,
    of history: any History
  ) throws {
    var (original, edited) = (original, edited)
    while let last = original.prefix(pieceCount).last?.offset, !hasFailed {
      let (first, second) = (
        original.prefix { $0.offset <= last }, edited.prefix { $0.offset <= last }
      )
      let weight = try runPiece(first, second, of: history)
      pieceCount = Self.nextCount(after: first.count, of: weight)
      original = original.dropFirst(first.count)
      edited = edited.dropFirst(second.count)
    }
  }

  /// The most events in a piece.
  private static let mostEvents = 1000
  /// The bytes of written values that a piece aims at.
  private static let mostBytes = 8 << 20

  static func nextCount(after count: Int, of weight: Int) -> Int {
    let fitting = Double(count) * Double(mostBytes) / Double(max(1, weight))
    return max(1, min(Int(min(fitting, 4 * Double(count))), mostEvents))
  }

  /// Runs and compares one piece; returns roughly how many bytes of values it wrote.
  private func runPiece(
    _ original: ArraySlice<RecordedEvent>, _ edited: ArraySlice<RecordedEvent>,
    of history: any History
  ) throws -> Int {
    let firstTraces = first.trace(original)
    let together = edited.prefix { $0.offset < first.failure?.offset ?? .max }
    let secondTraces = second.trace(together)
    let exclusions = try newExclusions()
    if let offset = second.failure?.offset { try first.goBack(to: offset.cutBefore, history) }
    compare(
      firstTraces, secondTraces, exclusions, before: second.failure?.offset?.cutBefore ?? .max)
    moveOn(to: original.last?.offset.cutAfter ?? 0)
    return [firstTraces, secondTraces].reduce(0) { $0 + $1.reduce(0) { $0 + $1.weight } }
  }

  /// Goes through what both changed, event by event. In the place of one there may be several.
  private func compare(
    _ first: [Moment], _ second: [Moment], _ exclusions: [(key: String, cut: Cut)],
    before limit: Cut
  ) {
    var (i, j, k) = (0, 0, 0)
    while true {
      let offset = min(
        i < first.count ? first[i].offset : .max, j < second.count ? second[j].offset : .max,
        k < exclusions.count ? exclusions[k].cut.offsetBefore ?? 0 : .max)
      guard offset < limit.offsetAfter else { return }
      while k < exclusions.count, exclusions[k].cut == offset.cutAfter {
        exclude(exclusions[k].key, from: offset.cutAfter)
        k += 1
      }
      while true {
        let isOfFirst = i < first.count && first[i].offset == offset
        let isOfSecond = j < second.count && second[j].offset == offset
        guard isOfFirst || isOfSecond else { break }
        differing.apply(
          isOfFirst && !isExcluded(first[i]) ? first[i].wholeWrites : [],
          isOfSecond && !isExcluded(second[j]) ? second[j].wholeWrites : [])
        if isOfFirst { record(first[i]) }
        if isOfSecond { record(second[j]) }
        i += isOfFirst ? 1 : 0
        j += isOfSecond ? 1 : 0
      }
      note(isDifferent: !differing.isEmpty, at: offset.cutAfter)
    }
  }

  private func runAlone(_ event: RecordedEvent) throws {
    second.run([event])
    first.run([event])
    try compare(at: event.offset.cutAfter)
    moveOn(to: event.offset.cutAfter)
  }
}

extension Moment {
  /// About how many bytes its values take.
  var weight: Int {
    writes.reduce(64) { $0 + ($1.old?.weight ?? 0) + ($1.new?.weight ?? 0) }
  }

  /// Its places as those of the whole state.
  var wholeWrites: [Write] {
    guard let key else { return writes }
    return writes.map {
      .init(path: StatePath([.key(key)] + $0.path.steps), old: $0.old, new: $0.new)
    }
  }
}

extension JSONValue {
  /// About how many bytes it takes.
  fileprivate var weight: Int {
    switch self {
    case .string(let text): 16 + text.utf8.count
    case .array(let values): values.reduce(16) { $0 + $1.weight }
    case .object(let object): object.members.reduce(16) { $0 + $1.key.utf8.count + $1.value.weight }
    default: 16
    }
  }
}
