import EvlogCuts
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import SystemPackage
import Testing

/// The events of several logs as one history.
@Suite struct GroupTests {
  /// A poset as logs: its edges are references in metadata, its groups transactions.
  private func logs(_ poset: Poset, _ random: inout SeededGenerator) -> [[NewEvent]] {
    poset.counts.indices.map { line in
      (0..<poset.counts[line]).map { i in
        let own = CausalEvent(line: line, offset: Offset(i))
        var event = NewEvent(
          ["a", "b"][random.below(2)], "{}", in: ["s", "t/u"][random.below(2)],
          at: Int64(random.below(9)))
        let causes = poset.edges.filter { $0.effect == own }
          .map { "\"l\($0.cause.line)@\($0.cause.offset)\"" }
        let groups = poset.groups.indices.filter { poset.groups[$0].contains(own) }
        event.metadata = Array(
          "{\"causes\":[\(causes.joined(separator: ","))]\(groups.map { ",\"tx\($0)\":\"x\"" }.joined())}"
            .utf8)
        return event
      }
    }
  }

  private func group(_ poset: Poset, _ histories: [any History]) throws -> LogGroup {
    try LogGroup(
      histories.enumerated().map { .init("l\($0)", $1) },
      edges: [.cause(try #require(EventField("metadata.causes")))]
        + poset.groups.indices.map { .atomic(try #require(EventField("metadata.tx\($0)"))) })
  }

  private func recorded(_ events: [NewEvent]) -> EventList {
    EventList(events.map { RecordedEvent($0, offset: 0, revision: 0) })
  }

  private func events(_ history: any History, _ query: Query = Query()) throws -> [RecordedEvent] {
    var found: [RecordedEvent] = []
    var reader = try history.reader(of: query)
    while let row = try reader.nextBatch(atLeast: 1) { found += row }
    return found
  }

  @Test func theCausalOrderIsAHistory() async throws {
    try await Posets.forEach { poset, random in
      // Transactions inside one log are no matter of cuts.
      guard poset.groups.allSatisfy({ Set($0.map(\.line)).count > 1 }) else { return }
      let logs = logs(poset, &random)
      let history = try group(poset, logs.map(recorded)).history()
      #expect(history.causality.concurrentPairCount == (try poset.causality()).concurrentPairCount)
      let all = try events(history)
      #expect(all.map(\.offset) == (0..<poset.events.count).map { Offset($0) })
      var revisions: [String: Revision] = [:]
      for event in all {
        let place = history.order[event.offset]
        let original = logs[place.line][Int(place.offset)]
        #expect(
          event.log == "l\(place.line)" && event.stream == "l\(place.line)/\(original.stream)")
        #expect(event.type == original.type && event.metadata.map(Array.init) == original.metadata)
        #expect(event.revision == revisions[event.stream, default: 0])
        revisions[event.stream] = event.revision.next
        #expect(try history.event(at: event.offset) == event)
      }
      for _ in 0..<4 {
        let ends = [random.below(all.count + 2), random.below(all.count + 2)].sorted()
        var query = Query(from: Cut(ends[0]), to: Cut(ends[1]))
        if random.below(2) == 0 { query.types = ["a"] }
        if random.below(2) == 0 {
          query.stream = ["l0/s", "l1/t/u", "l0/t/u", "none", "l9/s"][random.below(5)]
        }
        if random.below(2) == 0 { query.since = Timestamp(nanoseconds: 4) }
        query.isBackwards = random.below(2) == 0
        if random.below(3) == 0 { query.limit = random.below(4) }
        var expected = all.filter { event in
          event.offset >= query.from.offsetAfter && event.offset < Offset(ends[1])
            && (query.types?.contains(event.type) ?? true)
            && (query.stream.map { $0 == event.stream } ?? true)
            && (query.since.map { event.recordedAt >= $0 } ?? true)
        }
        if query.isBackwards { expected.reverse() }
        if let limit = query.limit { expected = Array(expected.prefix(limit)) }
        #expect(try events(history, query) == expected, "\(query) of \(poset)")
      }
    }
  }

  /// Events with all that an event may have.
  private func decorated(_ events: [NewEvent], _ random: inout SeededGenerator) -> [NewEvent] {
    events.map { event in
      var event = event
      if random.below(3) == 0 {
        event.id = ["x", "0190b3c4-0000-7000-8000-000000000001"][random.below(2)]
      }
      if random.below(3) == 0 { event.correlation = "c\(random.below(3))" }
      if random.below(3) == 0 { event.contentType = ["text/plain", "a"][random.below(2)] }
      if random.below(3) == 0 { event.schemaVersion = UInt32(random.below(3)) }
      if random.below(3) == 0 { event.data = Array("{\"n\":\(random.below(100))}".utf8) }
      if random.below(4) == 0 { event.stream = "é/\(random.below(100))" }
      return event
    }
  }

  @Test func theBlocksOfAGroupAreItsRows() throws {
    let folder = TemporaryFolder()
    for seed in Seeds.first(12) {
      var random = SeededGenerator(seed: seed)
      let poset = Poset(&random, hasGroups: false)
      let logs = try logs(poset, &random).enumerated().map { line, events in
        let log = try folder.log("\(seed)-\(line)", [])
        // Several turns are several blocks.
        for event in decorated(events, &random) { try log.appendBlocking(Turn([event])) }
        return log
      }
      defer { logs.forEach { $0.close() } }
      let history = try group(poset, logs).history()
      for _ in 0..<4 {
        let ends = [0, 0].map { _ in random.below(poset.events.count + 2) }.sorted()
        let query = Query(from: Cut(ends[0]), to: Cut(ends[1]))
        var reader = try #require(try history.blockReader(of: query))
        var found: [RecordedEvent] = []
        var block = EventBlock()
        while try reader.read(into: &block) {
          found += block.recordedEvents()
          for i in block.indices {
            #expect(block[i].log == found[found.count - block.count + i].log)
          }
          block.letGo()
        }
        #expect(try found == events(history, query), "seed \(seed)")
      }
    }
  }

  @Test func anOrderPassesThroughAnyConsistentCut() async throws {
    try await Posets.forEach { poset, random in
      guard poset.groups.isEmpty else { return }
      let history = try group(poset, logs(poset, &random).map(recorded)).history()
      let cut = try history.causality.nearestBelow(
        poset.vectorCut(poset.counts.map { random.below($0 + 1) }))
      let other = try history.passing(cut)
      #expect(other.order.vectorCut(at: Cut(cut.eventCount)) == cut)
      #expect(try events(other).count == poset.events.count)
    }
  }

  @Test func whatIsKeptIsTheSame() throws {
    let folder = TemporaryFolder()
    for seed in Seeds.first(12) {
      var random = SeededGenerator(seed: seed)
      let poset = Poset(&random, hasGroups: false)
      let logs = try logs(poset, &random).enumerated().map {
        try folder.log("\(seed)-\($0)", $1)
      }
      defer { logs.forEach { $0.close() } }
      let group = try group(poset, logs)
      let base = folder.path.appending("\(seed)")
      func history() throws -> CausalHistory {
        try group.history(caches: base) { Issue.record("seed \(seed): \($0)") }
      }
      let made = try history()
      let kept = try history()
      for other in [kept, try group.history()] {
        #expect(try events(other) == events(made), "seed \(seed)")
        #expect(other.causality.statistics == made.causality.statistics)
        #expect(other.order.corrections == made.order.corrections)
        #expect(other.contradictions == made.contradictions)
        #expect(other.causality.concurrentPairCount == made.causality.concurrentPairCount)
        for _ in 0..<5 {
          let cut = try poset.vectorCut(poset.counts.map { random.below($0 + 1) })
          #expect(try other.causality.crossingEdge(of: cut) == made.causality.crossingEdge(of: cut))
        }
      }
      // More events are not those that the file was made of.
      try logs[0].appendBlocking(Turn([NewEvent("z")]))
      let grown = try history()
      #expect(grown.end == made.end + 1 && grown.historyID == made.historyID)
      #expect(try grown.digest(at: grown.end) != made.digest(at: made.end))
    }
  }

  @Test func digestsAreOfWhatComesBefore() throws {
    func digests(_ last: String) throws -> [Digest] {
      let lists = [
        recorded([NewEvent("a", at: 1), NewEvent("b", at: 3)]),
        recorded([NewEvent("c", at: 2), NewEvent(last, at: 4)]),
      ]
      let history = try LogGroup([.init("x", lists[0]), .init("y", lists[1])]).history()
      return try (0...4).map { try history.digest(at: Cut($0)) }
    }
    let (one, other) = (try digests("d"), try digests("e"))
    #expect(Set(one).count == 5 && one.prefix(4) == other.prefix(4) && one[4] != other[4])
  }

  @Test(arguments: [
    ("{\"clock\":{\"l0\":1}}", "{\"clock\":{\"l0\":1,\"l1\":1}}", "clock data.clock"),
    ("{\"sent\":7}", "{\"got\":[7]}", "match data.sent -> data.got"),
    ("{\"sent\":\"m\"}", "{\"got\":\"m\"}", "match A data.sent -> B,C data.got"),
    ("{}", "{\"cause\":{\"log\":\"l0\",\"offset\":0}}", "cause data.cause"),
    ("{}", "{\"cause\":\"l0@0\"}", "cause data.cause"),
    ("{}", "{\"cause\":[\"id0\"]}", "cause data.cause"),
    ("{}", "{}", "causation"),
  ]) func everyRuleMakesAnEdge(_ first: String, _ second: String, _ text: String) throws {
    var (cause, effect) = (NewEvent("A", first, at: 5), NewEvent("B", second, at: 1))
    cause.id = "id0"
    if text == "causation" { effect.causation = ["id0"] }
    let rule = try #require(EdgeRule(text))
    #expect("\(rule)" == text)
    let history = try LogGroup(
      [.init("l0", recorded([cause])), .init("l1", recorded([effect]))], edges: [rule]
    ).history()
    #expect(history.causality.statistics.edges == 1)
    #expect(history.contradictions.count == 1 && history.order.corrections == 1)
    #expect(try !history.causality.isConsistent(VectorCut("l0=0,l1=1")))
    #expect(try events(history).map(\.type) == ["A", "B"])
  }

  @Test(arguments: [
    ("nonsense", nil as String?), ("cause", nil), ("cause nowhere", nil), ("match data.a", nil),
    ("match data.a -> data.b -> data.c", nil), ("clock data.", nil), ("atomic turn", "atomic turn"),
    ("cause metadata", "cause metadata"), ("cause metadata[0].x", "cause metadata[0].x"),
  ]) func rulesAreReadFromTheirTexts(_ text: String, _ expected: String?) {
    #expect(EdgeRule(text).map { "\($0)" } == expected)
  }

  @Test func whatContradictsItselfIsAnError() throws {
    func code(_ rules: [String], _ events: [[NewEvent]]) -> CausalityError.Code? {
      do {
        _ = try LogGroup(
          events.enumerated().map { .init("l\($0)", recorded($1)) },
          edges: try rules.map { try #require(EdgeRule($0)) }
        ).history()
        return nil
      } catch {
        return (error as? CausalityError)?.code
      }
    }
    func caused(_ cause: String, id: String? = nil) -> NewEvent {
      var event = NewEvent("e")
      event.causation = [cause]
      event.id = id
      return event
    }
    #expect(code(["causation"], [[caused("b", id: "a")], [caused("a", id: "b")]]) == .cycle)
    #expect(code(["causation"], [[caused("nobody")], []]) == .missingCause)
    #expect(code(["causation"], [[caused("a", id: "a")], []]) == .futureCause)
    var twins = [NewEvent("e"), NewEvent("e")]
    for i in twins.indices { twins[i].id = "a" }
    #expect(code(["causation"], [twins, []]) == nil)
    #expect(code(["causation"], [twins, [caused("a")]]) == .ambiguousReference)
    #expect(code(["cause data.c"], [[NewEvent("e", #"{"c":7}"#)], []]) == .invalidField)
    #expect(code(["cause data.c"], [[NewEvent("e", #"{"c":"l1@9"}"#)], []]) == .missingCause)
    #expect(code(["clock data.c"], [[NewEvent("e", #"{"c":[1]}"#)], []]) == .invalidField)
    #expect(code(["clock data.c"], [[NewEvent("e", #"{"c":{"l1":1}}"#)], []]) == .unnumberedClock)
    #expect(
      code(["match data.s -> data.r"], [[NewEvent("e", #"{"r":1}"#)], []]) == .unsentMessage)
    #expect(code([], []) == .invalidGroup)
  }

  @Test func filesAreReadAsTheyAreWritten() throws {
    let file = GroupFile(
      [
        try #require(GroupFile.Entry("orders=logs/orders.evlog")),
        try #require(GroupFile.Entry("n=trace.evlog#trace0/*")),
      ], edges: [.causation, try #require(EdgeRule("clock data.clock"))],
      order: try #require(EventField("data.lamport")), dangling: .counted)
    #expect(try GroupFile(parsing: Array(file.text.utf8)) == file)
    for text in [
      "", "{}", "[1]", #"{"evlogGroup":2,"logs":[]}"#, #"{"evlogGroup":1}"#,
      #"{"evlogGroup":1,"logs":["orders"]}"#, #"{"evlogGroup":1,"logs":["a=b"],"edge":[]}"#,
      #"{"evlogGroup":1,"logs":["a=b"],"edges":["x"]}"#,
      #"{"evlogGroup":1,"logs":["a=b"],"order":"x"}"#,
      #"{"evlogGroup":1,"logs":["a=b"],"dangling":"x"}"#, #"{"evlogGroup":1,"logs":[1]}"#,
    ] {
      #expect(throws: CausalityError.self, "\(text)") { try GroupFile(parsing: Array(text.utf8)) }
    }
  }

  @Test func streamsOfALogAreLines() throws {
    let folder = TemporaryFolder()
    let log = try folder.log(
      "trace.evlog", ["t/a", "t/b", "x", "t/a"].map { NewEvent("e", "{}", in: $0) })
    log.close()
    let entry = try #require(GroupFile.Entry("n=trace.evlog#t/*"))
    let history = try GroupFile([entry]).open(in: folder.path).history()
    #expect(history.group.names == ["a", "b"])
    #expect(try events(history).map(\.stream) == ["a/t/a", "a/t/a", "b/t/b"])
    #expect(try events(history, Query(stream: "a/t/a", isBackwards: true)).map(\.offset) == [1, 0])
    let other = try #require(GroupFile.Entry("n=trace.evlog#none*"))
    #expect(throws: CausalityError.self) { try GroupFile([other]).open(in: folder.path) }
  }

  @Test func messagesReachTheirEvents() throws {
    let lists = [
      recorded([NewEvent("s", #"{"m":["a","b"]}"#, at: 1), NewEvent("s", #"{"m":"c"}"#, at: 2)]),
      recorded([NewEvent("r", #"{"r":["b"]}"#, at: 3), NewEvent("r", #"{"r":["a","b"]}"#, at: 4)]),
    ]
    let history = try LogGroup(
      [.init("x", lists[0]), .init("y", lists[1])],
      edges: [try #require(EdgeRule("match data.m -> data.r"))]
    ).history()
    let all = try events(history)
    #expect(all.map(\.sent) == [["a", "b"], ["c"], [], []])
    #expect(all.map { $0.received.sorted() } == [[], [], ["b"], ["a", "b"]])
    #expect(try events(history, Query(isBackwards: true)).reversed().map(\.sent) == all.map(\.sent))
    #expect(
      try events(history, Query(stream: "y/s")).map(\.received) == all.suffix(2).map(\.received))
    let messages = try #require(history.messages)
    func inFlight(_ cut: String) throws -> [String] {
      try messages.inFlight(at: VectorCut(cut)).map(\.id).sorted()
    }
    #expect(try inFlight("x=1,y=0") == ["a", "b"])
    #expect(try inFlight("x=2,y=1") == ["a", "c"])
    #expect(try inFlight("x=2,y=2") == ["c"])
  }
}
