import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

#if JavaScript
  import EvlogScripting
#endif

/// What would have been, and what another machine makes of it, against every state of both runs.
@Suite struct WhatIfTests {
  let folder = TemporaryFolder()

  /// The runs of cuts at which two rows of states differ.
  private func divergences(_ a: [JSONValue], _ b: [JSONValue]) -> [Comparison.Divergence] {
    runs(of: zip(a, b).map { $0 != $1 })
  }

  private func runs(of cuts: [Bool]) -> [Comparison.Divergence] {
    var found: [Comparison.Divergence] = []
    var start: Int?
    for (cut, isDifferent) in cuts.enumerated() {
      if isDifferent, start == nil { start = cut }
      if !isDifferent, let from = start {
        found.append(.init(firstCut: Cut(from), endCut: Cut(cut)))
        start = nil
      }
    }
    if let start { found.append(.init(firstCut: Cut(start), endCut: nil)) }
    return found
  }

  private func episodes(
    _ finding: Finding, _ cut: (Cut) -> Cut = { $0 }
  ) -> [String] {
    finding.episodes.compactMap { episode in
      let ends = (cut(episode.firstCut), episode.endCut.map(cut))
      // What an inserted event breaks and the next one of its key heals is at no cut.
      return ends.0 == ends.1 ? nil : "\(episode.key ?? "") \(ends)"
    }
  }

  /// The episodes of the log's one state over edited places, from a judgement of a log that was made so. What one
  /// of the events at a place violates is violated there; where there is none, all is as it was.
  private func episodes(_ finding: Finding, over rows: [[RecordedEvent]]) -> [String] {
    let isStep = finding.invariant.kind == .step
    func isViolated(_ cut: Cut) -> Bool {
      isStep
        ? finding.breaks.contains { $0.firstCut == cut }
        : finding.episodes.contains { $0.firstCut <= cut && cut < $0.endCut ?? .max }
    }
    var (cut, isLastViolated) = (Cut(0), isViolated(0))
    var violated = [isLastViolated]
    for row in rows {
      let verdicts = row.map { _ in
        cut += 1
        return isViolated(cut)
      }
      violated.append(verdicts.isEmpty ? !isStep && isLastViolated : verdicts.contains(true))
      isLastViolated = verdicts.last ?? isLastViolated
    }
    return runs(of: violated).map { " \(($0.firstCut, $0.endCut))" }
  }

  /// By key, at which cuts an invariant's episodes begin and end, and which events broke it.
  private func verdicts(
    _ finding: Finding, _ cut: (Cut) -> Cut = { $0 }
  ) -> [Name: [String]] {
    var found: [Name: [String]] = [:]
    for episode in finding.episodes {
      found[Name(episode.key ?? ""), default: []]
        .append("\(cut(episode.firstCut)) \(episode.endCut.map(cut) ?? 0) \(episode.violations)")
    }
    for broken in finding.breaks {
      found[Name(broken.key ?? ""), default: []].append("by \(cut(broken.firstCut))")
    }
    return found
  }

  /// What became of an invariant for each key, from the two full judgements; of keys for which it held in both
  /// nothing is said, unless there are no others.
  private func kinds(_ first: [Name: [String]], _ second: [Name: [String]]) -> [String] {
    let keys = Set(first.keys).union(second.keys)
    if keys.isEmpty { return ["all: same"] }
    return keys.map { key in
      let kind =
        first[key] == second[key]
        ? "same" : second[key] == nil ? "gone" : first[key] == nil ? "new" : "other"
      return "\(Array(key.string.utf8)): \(kind)"
    }.sorted()
  }

  private func described(_ change: Comparison.Change) -> String {
    let key = change.key.map { "\(Array($0.utf8))" } ?? "all"
    return "\(key): \(change.kind.rawValue)"
  }

  // MARK: Edits

  private static func described(_ history: some History, isBackwards: Bool = false) throws
    -> [String]
  {
    var found: [String] = []
    try history.forEachRow(of: Query(isBackwards: isBackwards)) { row in
      found += row.map {
        "\($0.offset) \($0.stream) \($0.revision) \($0.type) \($0.recordedAt) \($0.data)"
      }
      return true
    }
    return found
  }

  /// The log by hand: for each offset what happens there instead, and whether a place is at the end.
  private func edited(_ events: [RecordedEvent], _ edits: [Edit]) -> [[RecordedEvent]] {
    var rows = events.map { [$0] }
    for edit in edits {
      switch edit {
      case .drop(let offsets): for i in offsets { rows[Int(i)] = [] }
      case .dropStream(let stream):
        for i in rows.indices { rows[i].removeAll { Array($0.stream.utf8) == Array(stream.utf8) } }
      case .dropType(let type): for i in rows.indices { rows[i].removeAll { $0.type == type } }
      case .replace(let i, let event):
        rows[Int(i)] = [RecordedEvent(event, offset: i, revision: events[Int(i)].revision)]
      case .insert(let i, let event):
        rows[Int(i)].insert(RecordedEvent(event, offset: i, revision: 0), at: 0)
      case .swap(let a, let b):
        var (first, second) = (events[Int(a)], events[Int(b)])
        (first.offset, second.offset) = (b, a)
        (rows[Int(a)], rows[Int(b)]) = ([second], [first])
      }
    }
    return rows
  }

  private func edits(_ count: Int, _ random: inout SeededGenerator) -> [Edit] {
    let place = Offset(random.below(count))
    switch random.below(7) {
    case 0: return [.dropStream(["a", "c"][random.below(2)])]
    case 1: return [.dropType(["put", "idle", "clear"][random.below(3)])]
    case 2: return [.replace(place, EditMachine.event(&random))]
    case 3: return [.insert(before: place, EditMachine.event(&random))]
    case 4:
      let other = Offset(random.below(count))
      return other == place ? [.drop(place..<(place + 1))] : [.swap(place, other)]
    case 5:
      return [
        .drop(place..<(place + 1)),
        .insert(before: Offset(random.below(count)), EditMachine.event(&random)),
      ]
    default: return [.drop(place..<min(place + (1 + random.below(4)), Offset(count)))]
    }
  }

  /// Whether it drops a stream or a type that there is none of.
  private func isOfNothing(_ edit: Edit, _ events: [RecordedEvent]) -> Bool {
    switch edit {
    case .dropStream(let stream): !events.contains { $0.stream == stream }
    case .dropType(let type): !events.contains { $0.type == type }
    default: false
    }
  }

  @Test(arguments: [ScopeKind.log, .stream, .key]) func editsAgreeWithEveryCut(_ scope: ScopeKind)
    async throws
  {
    for seed in Seeds.first(20) {
      var random = SeededGenerator(seed: seed)
      let count = seed == 0 ? 2500 : 1 + random.below(50)
      let log = try folder.log(
        "\(scope)\(seed)", (0..<count).map { _ in EditMachine.event(&random) })
      defer { log.close() }
      let events = try recorded(log)
      let edits = edits(count, &random)
      let rows = edited(events, edits)
      for (i, program) in try EditMachine.programs(scope: scope).enumerated() {
        let comment: Comment = "\(scope), seed \(seed), program \(i): \(edits)"
        if isOfNothing(edits[0], events) {
          await #expect(throws: InvalidEdit.self, comment) {
            try await Replayer(program, over: log).whatIf(edits)
          }
          continue
        }
        let comparison = try await Replayer(program, over: log).whatIf(edits)
        let before = try everyState(program, events.map { [$0] })
        let after = try everyState(program, rows)
        #expect(comparison.divergences == divergences(before, after), comment)
        #expect(
          comparison.finalDiff == StateDiff(from: before[count], to: after[count]), comment)
        if let first = comparison.divergences.first?.firstCut {
          let old = before[Int(first) - 1]
          #expect(
            comparison.firstDivergence?.first == StateDiff(from: old, to: before[Int(first)]),
            comment)
          #expect(
            comparison.firstDivergence?.second == StateDiff(from: old, to: after[Int(first)]),
            comment)
        }
        // The verdicts are those of a log that was made so.
        let other = try folder.log(
          "\(scope)\(seed)-\(i)", rows.joined().map(NewEvent.init(recorded:)))
        defer { other.close() }
        let places = rows.enumerated().flatMap { place, row in row.map { _ in UInt64(place) } }
        let expected = try await Replayer(program, over: other).scan().findings
        // So is a past that is replayed as it is edited.
        let past = try EditedPast(log, edits)
        #expect(try Self.described(past) == Self.described(other), comment)
        #expect(
          try Self.described(past, isBackwards: true) == Self.described(other, isBackwards: true),
          comment)
        let found = try await Replayer(program, over: past).scan().findings
        #expect(found.map(\.episodes) == expected.map(\.episodes), comment)
        #expect(
          found.map { $0.breaks.map(\.firstCut) } == expected.map { $0.breaks.map(\.firstCut) },
          comment)
        #expect(found.map(\.undefinedCount) == expected.map(\.undefinedCount), comment)
        let last = try past.end.offsetBefore.flatMap { try past.event(at: $0) }
        #expect(try last?.type == other.event(at: other.end.offsetBefore ?? 0)?.type, comment)
        let original = try await Replayer(program, over: log).scan().findings
        for (first, second) in zip(original, expected) {
          let own = comparison.changes.filter { $0.name == first.invariant.name }
          let told = [own.compactMap(\.first), own.compactMap(\.second)].map { findings in
            findings.flatMap(\.episodes).filter { $0.endCut != $0.firstCut }
              .map { "\($0.key ?? "") \(($0.firstCut, $0.endCut))" }.sorted()
          }
          if scope != .log {
            let cut = { (cut: Cut) in cut == 0 ? 0 : Cut(places[Int(cut) - 1] + 1) }
            let wanted = kinds(verdicts(first), verdicts(second, cut))
            #expect(own.map(described).sorted() == wanted, comment)
          }
          let wanted =
            scope == .log
            ? [episodes(first, over: events.map { [$0] }), episodes(second, over: rows)]
            : [episodes(first), episodes(second) { $0 == 0 ? 0 : Cut(places[Int($0) - 1] + 1) }]
          #expect(told == wanted.map { $0.sorted() }, comment)
        }
      }
    }
  }

  @Test func whatIsNotThereCannotBeEdited() async throws {
    let log = try folder.log("three", (0..<3).map { _ in NewEvent("clear") })
    let replayer = Replayer(EditMachine(scope: .log).program, over: log)
    for edit in [
      Edit.drop(3..<4), .drop(2..<5), .replace(3, NewEvent("clear")), .swap(0, 3),
      .insert(before: 4, NewEvent("clear")),
    ] {
      await #expect(throws: InvalidEdit.self) { try await replayer.whatIf([edit]) }
    }
    let added = try await replayer.whatIf([
      .insert(before: 3, NewEvent("put", #"{"k":"x","v":1}"#))
    ])
    #expect(added.divergences == [.init(firstCut: 3, endCut: nil)])
    #expect(added.finalDiff.changes.count == 2)
  }

  // MARK: Two machines

  @Test(arguments: [ScopeKind.log, .stream, .key]) func machinesAgreeWithEveryCut(
    _ scope: ScopeKind
  ) async throws {
    for seed in Seeds.first(14) {
      var random = SeededGenerator(seed: seed)
      let count = random.below(60)
      let log = try folder.log(
        "\(scope)\(seed)", (0..<count).map { _ in EditMachine.event(&random) })
      defer { log.close() }
      let events = try recorded(log).map { [$0] }
      for first in try EditMachine.programs(scope: scope) {
        for second in try EditMachine.programs(scope: scope)
          + EditMachine.programs(scope: scope, isOther: true)
        {
          let comparison = try await Replayer(first, over: log).compare(with: second)
          let (a, b) = (try everyState(first, events), try everyState(second, events))
          #expect(comparison.divergences == divergences(a, b), "\(scope), seed \(seed)")
          #expect(comparison.finalDiff == StateDiff(from: a[count], to: b[count]))
          let findings = (
            try await Replayer(first, over: log).scan().findings,
            try await Replayer(second, over: log).scan().findings
          )
          for (x, y) in zip(findings.0, findings.1) {
            let own = comparison.changes.filter { $0.name == x.invariant.name }
            #expect(
              own.flatMap { $0.first?.episodes ?? [] }.map(\.firstCut).sorted()
                == x.episodes.map(\.firstCut))
            if scope == .log {
              #expect((own[0].kind == .same) == (x.episodes == y.episodes))
            } else {
              #expect(own.map(described).sorted() == kinds(verdicts(x), verdicts(y)))
            }
          }
        }
      }
    }
  }

  /// One machine does not know an event that the other one does.
  @Test func aMachineThatFailsIsComparedUpToThere() async throws {
    let log = try folder.log(
      "fails", [NewEvent("put", #"{"k":"x","v":1}"#), NewEvent("clear"), NewEvent("unheard")])
    let comparison = try await Replayer(EditMachine(scope: .log).program, over: log)
      .compare(with: EditMachine(scope: .log, isOther: true).program)
    #expect(comparison.first.failure?.offset == 2)
    #expect(comparison.first.judgedThrough == 2 && comparison.divergences.isEmpty)
  }

  /// What a run did not come to is not known: nothing is gone, or new, for that.
  @Test func whatWasNotJudgedIsUndefined() async throws {
    let events = [
      NewEvent("put", #"{"k":"x","v":1}"#), NewEvent("clear"), NewEvent("clear"),
      NewEvent("put", #"{"k":"x","v":2}"#), NewEvent("clear"),
    ]
    let log = try folder.log("stops", events)
    for program in try EditMachine.programs(scope: .log) {
      let replayer = Replayer(program, over: log)
      let whole = try await replayer.scan()
      for place in Offset(0)..<5 {
        let answer = try await replayer.whatIf([.replace(place, NewEvent("unheard"))])
        #expect(answer.second.failure?.offset == place && answer.first.failure == nil)
        #expect(answer.second.judgedThrough == place.cutBefore)
        for change in answer.changes {
          #expect(change.kind == .undefined, "\(place), \(change.name): \(change.kind)")
          // As it was, as far as the other one went.
          let known = whole.findings.first { $0.invariant.name == change.name }?.episodes ?? []
          #expect(
            change.first?.episodes.map(\.firstCut)
              == known.map(\.firstCut).filter { $0 <= place.cutBefore }, "\(place), \(change.name)")
        }
      }
    }
  }

  #if JavaScript
    /// A rule that cannot be judged in one of the two is not gone in it.
    @Test func whatCannotBeJudgedIsUndefined() async throws {
      let program = try ScriptProgram(
        source: """
          machine("odd", 1, { initial: { n: 0, odd: null }, on: {
            add: s => { s.n++ }, odd: s => { s.odd = {} } },
            invariants: { "few": always(s => s.odd ? s.odd.no.such : s.n < 3) } })
          """, file: "odd.js")
      let log = try folder.log("odd", (0..<5).map { _ in NewEvent("add", "{}", in: "s") })
      let answer = try await Replayer(program, over: log)
        .whatIf([.replace(1, NewEvent("odd", "{}", in: "s"))])
      #expect(answer.changes.map(\.kind) == [.undefined])
      let dropped = try await Replayer(program, over: log).whatIf([.drop(0..<3)])
      #expect(dropped.changes.map(\.kind) == [.gone])
    }

    /// A step that cannot be judged is undefined at each event, also behind one that is dropped.
    @Test func stepsAreUndefinedBehindAGap() async throws {
      let program = try ScriptProgram(
        source: """
          machine("odd", 1, { initial: { n: 0 }, on: { add: s => { s.n++ } },
            invariants: { "known": step((b, e, s) => s.no.such) } })
          """, file: "odd.js")
      let log = try folder.log("gap", (0..<6).map { _ in NewEvent("add", "{}", in: "s") })
      let answer = try await Replayer(program, over: log).whatIf([.drop(2..<4)])
      let second = try #require(answer.changes.first?.second)
      #expect(second.undefinedCount == 4 && second.firstUndefined == 1)
      #expect(answer.changes.first?.first?.undefinedCount == 6)
    }

    /// Thousands of edits, in a script and in compiled machines: as exact as one.
    @Test func manyEditsAgreeWithEveryCut() async throws {
      for scope in [ScopeKind.log, .stream, .key] {
        var random = SeededGenerator(seed: 24)
        let log = try folder.log(
          "many\(scope)", (0..<2500).map { _ in EditMachine.event(&random) })
        defer { log.close() }
        let events = try recorded(log)
        for program in try EditMachine.programs(scope: scope) {
          let comparison = try await Replayer(program, over: log).whatIf([.dropType("put")])
          let before = try everyState(program, events.map { [$0] })
          let after = try everyState(program, edited(events, [.dropType("put")]))
          #expect(comparison.divergences == divergences(before, after), "\(scope), seed 24")
          #expect(comparison.finalDiff == StateDiff(from: before[2500], to: after[2500]))
        }
      }
    }

    /// What does not show in a state, as the order of an object's members, may come out later.
    @Test func whatDoesNotShowIsFollowed() async throws {
      let program = try ScriptProgram(
        source: """
          machine("hides", 1, { initial: { o: {}, x: 0 }, on: {
            put: (s, e) => { s.o[e.data.k] = 1 },
            both: (s, e) => { s.o = {}; for (const k of e.data.k) s.o[k] = 1 },
            first: s => { s.first = Object.keys(s.o)[0] },
            number: (s, e) => { s.x = e.data.isLess ? -0 : e.data.isBig ? 1n : e.data.x },
            look: s => { s.look = typeof s.x + (1 / Number(s.x) < 0) }, idle: () => {} } })
          """, file: "hides.js")
      func put(_ key: String) -> NewEvent { NewEvent("put", #"{"k":"\#(key)"}"#, in: "s") }
      func number(_ x: String) -> NewEvent { NewEvent("number", "{\(x)}", in: "s") }
      let both = NewEvent("both", #"{"k":["a","b"]}"#, in: "s")
      let other = NewEvent("both", #"{"k":["b","a"]}"#, in: "s")
      let first = NewEvent("first", "{}", in: "s")
      let look = NewEvent("look", "{}", in: "s")
      let idle = NewEvent("idle", "{}", in: "s")
      let long = [NewEvent](repeating: idle, count: 2300)
      let cases: [([NewEvent], [Edit], [Comparison.Divergence], String)] = [
        (
          [put("a"), put("b"), first], [.swap(0, 1)],
          [.init(firstCut: 1, endCut: 2), .init(firstCut: 3, endCut: nil)], "b"
        ),
        ([both, first], [.replace(0, other)], [.init(firstCut: 2, endCut: nil)], "b"),
        (
          [both] + long + [first, both, first], [.replace(0, other)],
          [.init(firstCut: 2302, endCut: 2304)], "b"
        ),
        (
          [number(#""isLess":1"#), idle, look], [.replace(0, number(#""x":0"#))],
          [.init(firstCut: 3, endCut: nil)], "numberfalse"
        ),
        (
          [number(#""isBig":1"#), idle, look], [.replace(0, number(#""x":1"#))],
          [.init(firstCut: 3, endCut: nil)], "numberfalse"
        ),
        ([idle, put("a"), first], [.drop(0..<1)], [], ""),
      ]
      for (i, (events, edits, divergences, came)) in cases.enumerated() {
        let log = try folder.log("hidden\(i)", events)
        defer { log.close() }
        let answer = try await Replayer(program, over: log).whatIf(edits)
        #expect(answer.divergences == divergences, "case \(i)")
        #expect(answer.isSame == divergences.isEmpty, "case \(i)")
        guard let at = divergences.last?.firstCut, at == divergences.first?.firstCut else {
          continue
        }
        let change = answer.firstDivergence?.second.changes.last
        #expect(change?.new == .string(came), "case \(i)")
      }
    }
  #endif
}
