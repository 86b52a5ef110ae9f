import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

@testable import EvlogForensics

/// Two logs compared, against brute force.
@Suite struct LogComparisonTests {
  let folder = TemporaryFolder()

  // MARK: Random logs

  /// An event with every part, of few values, so that there are equal ones.
  private static func event(_ random: inout SeededGenerator) -> NewEvent {
    var event = EditMachine.event(&random)
    event.recordedAt = Timestamp(nanoseconds: Int64(random.below(3)))
    if random.below(4) == 0 { event.metadata = Array(#"{"node":\#(random.below(2))}"#.utf8) }
    if random.below(4) == 0 { event.id = "id-\(random.below(3))" }
    if random.below(6) == 0 { event.causation = ["id-\(random.below(3))"] }
    if random.below(8) == 0 { event.correlation = "c" }
    if random.below(8) == 0 { event.schemaVersion = 2 }
    return event
  }

  private static func edit(_ events: inout [NewEvent], _ random: inout SeededGenerator) {
    guard !events.isEmpty else { return events.append(event(&random)) }
    let place = random.below(events.count)
    switch random.below(9) {
    case 0: events.remove(at: place)
    case 1: events.insert(event(&random), at: place)
    case 2: events.append(event(&random))
    case 3:
      var other = event(&random)
      while other.type != events[place].type { other = event(&random) }
      events[place].data = other.data
    case 4: events[place].recordedAt = Timestamp(nanoseconds: 7)
    case 5: events[place].metadata = Array("{}".utf8)
    case 6: events[place].id = "other"
    case 7: events.swapAt(place, random.below(events.count))
    default:
      let other = (place + 1) % events.count
      events.swapAt(place, other)
    }
  }

  /// A log and one that was made of it by random edits.
  private static func pair(_ random: inout SeededGenerator, most: Int = 40) -> (
    first: [NewEvent], second: [NewEvent]
  ) {
    let events = (0..<random.below(most)).map { _ in event(&random) }
    var edited = events
    for _ in 0..<random.below(6) { edit(&edited, &random) }
    return random.below(2) == 0 ? (events, edited) : (edited, events)
  }

  /// Events in memory, in a log, or in a log some of whose segments are compressed.
  private func history(
    _ events: [NewEvent], _ name: String, _ random: inout SeededGenerator
  ) throws -> any History {
    if random.below(3) > 0 {
      return EventList(events.map { RecordedEvent($0, offset: 0, revision: 0) })
    }
    let sealed = random.below(2) == 0 ? 0 : random.below(events.count + 1)
    let log = try folder.log(name, Array(events.prefix(sealed)))
    if sealed > 0 { try log.seal() }
    if sealed < events.count { try log.appendBlocking(Turn(Array(events.dropFirst(sealed)))) }
    return log
  }

  private static func rules(_ random: inout SeededGenerator) -> LogComparison.Rules {
    let parts: [EventPart] = [
      .data, .metadata, .time, .id, .causation, .correlation, .schemaVersion, .contentType,
    ]
    return LogComparison.Rules(
      alignment: random.below(2) == 0 ? .stream : .offset,
      ignoring: random.below(2) == 0 ? [] : Set(parts.filter { _ in random.below(3) == 0 }),
      ignoresOrder: random.below(4) == 0, limit: 10_000)
  }

  // MARK: Brute force

  /// An event's parts, by part, in words.
  private static func parts(_ event: RecordedEvent) -> [EventPart: String] {
    [
      .stream: event.stream, .type: event.type, .data: "\(Array(event.data))",
      .metadata: "\(event.metadata.map(Array.init) as [UInt8]?)", .time: "\(event.recordedAt)",
      .id: "\(event.id as String?)", .causation: "\(event.causation)",
      .correlation: "\(event.correlation as String?)", .schemaVersion: "\(event.schemaVersion)",
      .contentType: event.contentType,
    ].mapValues { "\(Array($0.utf8))" }
  }

  private static func differing(
    _ a: RecordedEvent, _ b: RecordedEvent, _ rules: LogComparison.Rules
  )
    -> [EventPart]
  {
    let (first, second) = (parts(a), parts(b))
    return EventPart.allCases.filter {
      first[$0] != second[$0] && !rules.ignoredParts.contains($0)
    }
  }

  private static func events(of history: any History) throws -> [RecordedEvent] {
    var events: [RecordedEvent] = []
    try history.forEachRow(of: Query()) { row in
      events += row
      return true
    }
    return events
  }

  /// How long the longest common subsequence is.
  private static func commonCount<Element>(
    _ a: [Element], _ b: [Element], by isEqual: (Element, Element) -> Bool
  ) -> Int {
    var row = [Int](repeating: 0, count: b.count + 1)
    for x in a {
      var diagonal = 0
      for (j, y) in b.enumerated() {
        let above = row[j + 1]
        row[j + 1] = isEqual(x, y) ? diagonal + 1 : max(above, row[j])
        diagonal = above
      }
    }
    return row[b.count]
  }

  /// Two random logs, of which one is the other with edits.
  private func histories(
    _ name: String, _ random: inout SeededGenerator, most count: Int = 40
  ) throws -> (first: any History, second: any History) {
    let (first, second) = Self.pair(&random, most: count)
    return (try history(first, "\(name)a", &random), try history(second, "\(name)b", &random))
  }

  @Test func eventsAtTheSameOffsetAreCompared() throws {
    for seed in Seeds.first(60) {
      var random = SeededGenerator(seed: seed)
      let histories = try histories("o\(seed)", &random)
      var rules = Self.rules(&random)
      rules.alignment = .offset
      rules.ignoresOrder = false
      let comment: Comment = "seed \(seed), \(rules)"
      let (a, b) = (try Self.events(of: histories.first), try Self.events(of: histories.second))
      let made = try LogComparer(
        first: histories.first, second: histories.second,
        ends: (histories.first.end, histories.second.end), rules: rules, progress: { _ in }
      ).compare()
      var counts = LogComparison.Counts()
      var partCounts: [EventPart: UInt64] = [:]
      var places: [Int] = []
      for i in 0..<max(a.count, b.count) {
        guard i < a.count, i < b.count else {
          if i < a.count { counts.onlyInFirst += 1 } else { counts.onlyInSecond += 1 }
          places.append(i)
          continue
        }
        let parts = Self.differing(a[i], b[i], rules)
        if parts.isEmpty { continue }
        places.append(i)
        counts.changed += 1
        for part in parts { partCounts[part, default: 0] += 1 }
      }
      let found = made.comparison
      #expect(found.counts == counts, comment)
      #expect(found.isSame == places.isEmpty, comment)
      #expect(
        found.partCounts.allSatisfy { partCounts[$0.part] == $0.count }
          && found.partCounts.count == partCounts.count, comment)
      #expect(
        found.differences.map { Int(($0.first ?? $0.second)?.offset ?? 0) } == places, comment)
      #expect(found.streams.reduce(0) { $0 + $1.counts.total } == counts.total, comment)
      let position = places.first.map { i in
        LogComparison.Position(
          first: Cut(i + (i < a.count ? 1 : 0)), second: Cut(i + (i < b.count ? 1 : 0)))
      }
      #expect(found.firstDifference == position, comment)
      if let i = places.first {
        #expect(found.firstEvents.first == (i < a.count ? a[i] : nil), comment)
        #expect(found.firstEvents.second == (i < b.count ? b[i] : nil), comment)
      }
      checkSteps(made.alignment, a, b, from: 0, comment)
      for cut in 0..<Int(made.same) {
        #expect(Self.differing(a[cut], b[cut], .init()).isEmpty, comment)
      }
    }
  }

  /// All events of both come once, in their order.
  private func checkSteps(
    _ alignment: LogAlignment, _ a: [RecordedEvent], _ b: [RecordedEvent], from cut: Cut,
    _ comment: Comment
  ) {
    let steps = Array(alignment.makeSteps(from: cut))
    #expect(steps.compactMap(\.first).map { Int($0) } == Array(Int(cut)..<a.count), comment)
    #expect(steps.compactMap(\.second).map { Int($0) } == Array(Int(cut)..<b.count), comment)
  }

  @Test func eventsAreFoundAgainInTheirStreams() throws {
    for seed in Seeds.first(90) {
      var random = SeededGenerator(seed: seed)
      let histories = try histories("s\(seed)", &random)
      var rules = Self.rules(&random)
      rules.alignment = .stream
      let comment: Comment = "seed \(seed), \(rules)"
      let (a, b) = (try Self.events(of: histories.first), try Self.events(of: histories.second))
      let made = try LogComparer(
        first: histories.first, second: histories.second,
        ends: (histories.first.end, histories.second.end), rules: rules, progress: { _ in }
      ).compare()
      let found = made.comparison
      func isAlike(_ x: RecordedEvent, _ y: RecordedEvent) -> Bool {
        Self.differing(x, y, rules).isEmpty
      }
      // Each event is in one difference at most, and the difference is true.
      var seen = (first: Set<Offset>(), second: Set<Offset>())
      var moved = 0
      for difference in found.differences {
        let offsets = (first: difference.first?.offset, second: difference.second?.offset)
        if let offset = offsets.first { #expect(seen.first.insert(offset).inserted, comment) }
        if let offset = offsets.second { #expect(seen.second.insert(offset).inserted, comment) }
        switch (difference.kind, difference.first, difference.second) {
        case (.onlyInFirst, _?, nil), (.onlyInSecond, nil, _?): break
        case (.changed, let x?, let y?):
          #expect(x.stream == y.stream && x.type == y.type, comment)
          #expect(difference.parts == Self.differing(x, y, rules), comment)
          #expect(!difference.parts.isEmpty && !difference.changes.isEmpty, comment)
        case (.moved, let x?, let y?):
          #expect(x.stream == y.stream && isAlike(x, y), comment)
          moved += 1
        default: Issue.record("\(difference) \(comment)")
        }
      }
      // What is left is the same in both, in this order; without an order, in each stream.
      let rest = (
        first: a.filter { !seen.first.contains($0.offset) },
        second: b.filter { !seen.second.contains($0.offset) }
      )
      #expect(rest.first.count == rest.second.count, comment)
      let streams = Set((a + b).map { Name($0.stream) })
      var common = 0
      var movedInStreams = 0
      for stream in streams {
        let own = (
          first: a.filter { Name($0.stream) == stream },
          second: b.filter { Name($0.stream) == stream }
        )
        let count = Self.commonCount(own.first, own.second, by: isAlike)
        var left = own.second
        let equal = own.first.count { x in
          guard let i = left.firstIndex(where: { isAlike(x, $0) }) else { return false }
          left.remove(at: i)
          return true
        }
        common += count
        movedInStreams += equal - count
        if rules.ignoresOrder {
          let lines = (
            first: rest.first.filter { Name($0.stream) == stream },
            second: rest.second.filter { Name($0.stream) == stream }
          )
          #expect(
            lines.first.count == lines.second.count
              && zip(lines.first, lines.second).allSatisfy(isAlike),
            comment)
        }
      }
      if !rules.ignoresOrder { #expect(zip(rest.first, rest.second).allSatisfy(isAlike), comment) }
      #expect(found.isShortest, comment)
      #expect(rest.first.count + moved == common + movedInStreams, comment)
      if rules.ignoresOrder { #expect(moved == movedInStreams, comment) }
      #expect(UInt64(found.differences.count) == found.counts.total, comment)
      #expect(found.streams.reduce(0) { $0 + $1.counts.total } == found.counts.total, comment)
      // Where they differ first.
      let prefix = zip(a, b).prefix { isAlike($0, $1) }.count
      if !rules.ignoresOrder {
        #expect(found.isSame == (prefix == a.count && prefix == b.count), comment)
        if let position = found.firstDifference {
          let firsts = (Int(position.first) - prefix, Int(position.second) - prefix)
          #expect(
            [0, 1].contains(firsts.0) && [0, 1].contains(firsts.1) && firsts != (0, 0), comment)
          #expect(found.firstEvents.first == (firsts.0 == 1 ? a[prefix] : nil), comment)
          #expect(found.firstEvents.second == (firsts.1 == 1 ? b[prefix] : nil), comment)
        }
      }
      checkSteps(made.alignment, a, b, from: 0, comment)
      checkSteps(made.alignment, a, b, from: made.same, comment)
      // Those of the first history against the pairs of the steps.
      let pairs = Array(made.alignment.makeSteps(from: 0)).compactMap { step in
        step.first.flatMap { x in step.second.map { (a[Int(x)], b[Int($0)]) } }
      }
      #expect(
        pairs.count { isAlike($0, $1) } >= rest.first.count
          - (rules.ignoresOrder ? moved + a.count : 0), comment)
    }
  }

  @Test func sequencesHaveTheLongestInCommon() {
    for seed in Seeds.first(2000) {
      var random = SeededGenerator(seed: seed)
      let letters = 1 + random.below(6)
      let (a, b) = (
        (0..<random.below(30)).map { _ in random.below(letters) },
        (0..<random.below(30)).map { _ in random.below(letters) }
      )
      let found = CommonSubsequence(a, b)
      #expect(found.pairs.allSatisfy { a[$0.first] == b[$0.second] }, "seed \(seed)")
      #expect(
        zip(found.pairs, found.pairs.dropFirst()).allSatisfy {
          $0.first < $1.first && $0.second < $1.second
        },
        "seed \(seed)")
      #expect(
        found.isLongest && found.pairs.count == Self.commonCount(a, b, by: ==), "seed \(seed)")
    }
    // Very many equal ones: what is found is right, and long.
    var random = SeededGenerator(seed: 1)
    let a = (0..<5000).map { _ in random.below(2) }
    var b = a
    for _ in 0..<50 { b.remove(at: random.below(b.count)) }
    let found = CommonSubsequence(a, b)
    #expect(!found.isLongest)
    #expect(found.pairs.allSatisfy { a[$0.first] == b[$0.second] })
    #expect(found.pairs.count > 4000)
  }

  /// A log and a copy with one other event: little of them is read.
  @Test(arguments: [0, 5000, 9999]) func littleIsReadOfCompressedLogs(_ place: Int) async throws {
    var random = SeededGenerator(seed: 1)
    let events = (0..<10_000).map { i in
      var event = EditMachine.event(&random)
      event.metadata = Array(#"{"i":\#(i),"filler":"\#(String(repeating: "x", count: 200))"}"#.utf8)
      return event
    }
    var edited = events
    edited[place].data = Array("{}".utf8)
    let (first, second) = (
      try folder.log("l\(place)a", events), try folder.log("l\(place)b", edited)
    )
    try first.seal()
    try second.seal()
    for alignment in LogComparison.Alignment.allCases {
      let rules = LogComparison.Rules(alignment: alignment)
      let found = try await LogComparison.between(first, and: second, by: rules)
      #expect(found.counts.changed == 1 && found.counts.total == 1)
      #expect(found.differences.first?.first?.offset == Offset(place))
      #expect(found.readCount < 4000)
      let same = try await LogComparison.between(first, and: first, by: rules)
      #expect(same.isSame && same.readCount == 0)
    }
  }

  // MARK: States

  @Test(arguments: [ScopeKind.log, .stream, .key]) func statesAgreeWithEveryCut(_ scope: ScopeKind)
    async throws
  {
    for seed in Seeds.first(14) {
      var random = SeededGenerator(seed: seed)
      let histories = try histories(
        "\(scope)\(seed)", &random, most: seed == 0 ? 1500 : 40)
      let rules = Self.rules(&random)
      let (a, b) = (try Self.events(of: histories.first), try Self.events(of: histories.second))
      let alignment = try LogComparer(
        first: histories.first, second: histories.second,
        ends: (histories.first.end, histories.second.end), rules: rules, progress: { _ in }
      ).compare().alignment
      let steps = Array(alignment.makeSteps(from: 0))
      for (i, program) in try EditMachine.programs(scope: scope).enumerated() {
        let comment: Comment = "\(scope), seed \(seed), program \(i), \(rules)"
        let found = try #require(
          try await Replayer(program, over: histories.first).compare(
            with: histories.second, by: rules
          ).states)
        let states = (
          first: try everyState(program, a.map { [$0] }),
          second: try everyState(program, b.map { [$0] })
        )
        // Where the states differ along the steps.
        var divergences:
          [(
            start: LogComparison.Position, end: LogComparison.Position?,
            last: LogComparison.Position, before: LogComparison.Position
          )] = []
        var position = LogComparison.Position(first: 0, second: 0)
        var isOpen = false
        for step in steps {
          let before = position
          position = .init(
            first: step.first?.cutAfter ?? before.first,
            second: step.second?.cutAfter ?? before.second)
          let isDifferent =
            states.first[Int(position.first)] != states.second[Int(position.second)]
          if isDifferent, !isOpen { divergences.append((position, nil, position, before)) }
          if isDifferent { divergences[divergences.count - 1].last = position }
          if !isDifferent, isOpen { divergences[divergences.count - 1].end = position }
          isOpen = isDifferent
        }
        #expect(found.divergences.map(\.start) == divergences.map(\.start), comment)
        #expect(found.divergences.map(\.end) == divergences.map(\.end), comment)
        #expect(found.comparedTo == .init(first: Cut(a.count), second: Cut(b.count)), comment)
        #expect(
          found.final
            == StateDiff(from: states.first[a.count], to: states.second[b.count]).changes,
          comment)
        for (number, (made, expected)) in zip(found.divergences, divergences).enumerated() {
          let diff = StateDiff(
            from: states.first[Int(expected.start.first)],
            to: states.second[Int(expected.start.second)])
          #expect(
            number == 0
              ? made.changes == diff.changes
              : Self.values(made.changes) == Self.values(diff.changes),
            comment)
          let broken = (
            first: Self.broken(
              found.first, expected.before.first, expected.start.first, expected.last.first),
            second: Self.broken(
              found.second, expected.before.second, expected.start.second, expected.last.second)
          )
          #expect(
            Set(made.brokenInFirst.map { "\($0.invariant) \($0.key ?? "")" })
              == broken.first.subtracting(broken.second), comment)
          #expect(
            Set(made.brokenInSecond.map { "\($0.invariant) \($0.key ?? "")" })
              == broken.second.subtracting(broken.first), comment)
        }
      }
    }
  }

  /// What changed, wherever in an array.
  private static func values(_ changes: [StateDiff.Change]) -> Set<String> {
    Set(
      changes.map { change in
        let path = StatePath(
          Array(change.path.steps.prefix { if case .key = $0 { true } else { false } }))
        return "\(path)"
      })
  }

  /// The invariants that are violated at some of the cuts, cut by cut.
  private static func broken(_ scan: Scan, _ before: Cut, _ start: Cut, _ last: Cut) -> Set<String>
  {
    var found: Set<String> = []
    for finding in scan.findings {
      for cut in min(before, start)...last {
        if finding.invariant.kind == .step {
          for broken in finding.breaks where broken.firstCut == cut && cut > before {
            found.insert("\(finding.invariant.name) \(broken.key ?? "")")
          }
        } else if cut >= start {
          for episode in finding.episodes
          where episode.firstCut <= cut && cut < episode.endCut ?? .max {
            found.insert("\(finding.invariant.name) \(episode.key ?? "")")
          }
        }
      }
    }
    return found
  }

  /// A machine that fails: as far as both runs went.
  @Test func failuresEndTheComparison() async throws {
    let events = (0..<5).map { NewEvent("put", #"{"k":"x","v":\#($0)}"#) }
    var other = events
    other[1] = NewEvent("put", #"{"k":"x","v":7}"#)
    other[3] = NewEvent("nonsense")
    let (first, second) = (try folder.log("fa", events), try folder.log("fb", other))
    let program = EditMachine(scope: .log).program
    let made = try await Replayer(program, over: first).compare(with: second)
    let states = try #require(made.states)
    #expect(states.second.failure?.offset == 3)
    #expect(states.first.failure == nil)
    #expect(states.comparedTo.second == 3)
    #expect(states.divergences.first?.start == .init(first: 2, second: 2))
    #expect(states.divergences.first?.end == .init(first: 3, second: 3))
    let keyed = try await Replayer(EditMachine(scope: .stream).program, over: first).compare(
      with: second)
    #expect(keyed.states?.second.failedKeys.count == 1)
    #expect(keyed.states?.comparedTo == .init(first: 5, second: 5))
  }
}

extension LogComparison.Counts {
  fileprivate var total: UInt64 { onlyInFirst + onlyInSecond + changed + moved }
}
