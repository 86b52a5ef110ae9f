import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

/// A machine that looks at events in blocks, against one that is handed copies.
@Suite struct ViewDecodingTests {
  let folder = TemporaryFolder()

  struct Event: Sendable {
    let sign: Int64
    let value: Int64
    let id: String?
  }

  struct State: Codable, Sendable {
    var total: Int64 = 0
    var text = ""
  }

  private static func reduce(_ state: inout State, _ event: Event, _ context: EventContext) {
    state.total = (state.total + event.sign * event.value) % 1000
    state.text =
      "\(context.offset) \(context.stream) \(context.revision) \(context.time) \(event.id ?? "-")"
  }

  private static func hold<M: Machine>(_: M.Type) -> [Invariant<M>] where M.State == State {
    [
      .always("small") { $0.total < 40 },
      .always("no sevens") { state in
        if state.total % 7 == 0 { throw Seven() }
        return true
      },
    ]
  }

  struct Seven: Error {}

  /// Three, or where there is much, very many.
  private static var regions: Regions<State> {
    Regions(
      of: {
        $0.total < 0
          ? "low" : $0.total < 20 ? "é" : $0.total < 60 ? "e\u{301}" : "a long name, \($0.total)"
      },
      moves: ["low": ["up": .allowed(to: ["low", "é"]), "down": .forbidden]])
  }

  enum Level: String, CaseIterable { case low, middle = "é", high = "e\u{301}", never }

  /// The same few, as cases.
  private static var levels: Regions<State> {
    Regions(
      of: { $0.total < 0 ? Level.low : $0.total < 20 ? .middle : .high },
      moves: [.low: ["up": .allowed(to: [.low, .middle]), "down": .forbidden]])
  }

  /// Regions that are cases are numbers on the way, and names in the end.
  @Test func casesAreNames() {
    let declared = Self.levels.declaration
    #expect(declared.names == ["low", "é", "e\u{301}", "never"])
    #expect(declared.move(in: "low", on: "up") == .allowed(to: ["low", "é"]))
    #expect(declared.move(in: "low", on: "down") == .forbidden)
    #expect(declared.move(in: "é", on: "up") == nil)
  }

  /// Counts the events up to a cut in blocks, and one by one.
  private func checkTally(
    _ log: EventLog, to cut: Cut, byCases: Bool, _ trace: Comment
  ) throws {
    var tallies: [RegionTally] = []
    for (program, inBlocks) in [
      (Viewing(hasCases: byCases).program as any Program, true),
      (Copying(hasCases: byCases).program, false),
    ] {
      let execution = try program.makeHost()
      #expect(execution.takesBlock(of: 1) == inBlocks)
      let counted = RegionCounter(.declared)
      var block = EventBlock()
      var cursor = log.events(Query(to: cut)).makeCursor()
      while try cursor.read(into: &block) {
        try execution.run(block, watching: .regions(counted)) { _ in }
      }
      tallies.append(counted.tally)
    }
    #expect(tallies[0] == tallies[1], trace)
    #expect(tallies[0].events == UInt64(cut), trace)
  }

  struct Viewing: Machine, ViewDecoding {
    var hasCases = false
    let initialState = State()
    var name: String { "sums" }
    let ignoredTypes: Set<String> = ["idle", "é"]

    func decode(_ event: borrowing EventView) throws -> Event {
      let sign: Int64
      if event.hasType("up") {
        sign = 1
      } else if event.hasType("down") {
        sign = -1
      } else {
        throw UnknownEventType(type: event.typeText)
      }
      return Event(sign: sign, value: try JSONView(event.data).integer("v"), id: event.id)
    }

    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      ViewDecodingTests.reduce(&state, event, context)
    }

    var invariants: [Invariant<Self>] { ViewDecodingTests.hold(Self.self) }
    var regions: Regions<State>? {
      hasCases ? ViewDecodingTests.levels : ViewDecodingTests.regions
    }
  }

  struct Copying: Machine {
    var hasCases = false
    let initialState = State()
    var name: String { "sums" }
    let ignoredTypes: Set<String> = ["idle", "é"]

    func decode(_ event: RecordedEvent) throws -> Event {
      guard event.type == "up" || event.type == "down" else {
        throw UnknownEventType(type: event.type)
      }
      let value = try JSONParser.parse(event.data)["v"]?.integer(Int64.self)
      guard let value else { throw Seven() }
      return Event(sign: event.type == "up" ? 1 : -1, value: value, id: event.id)
    }

    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      ViewDecodingTests.reduce(&state, event, context)
    }

    var invariants: [Invariant<Self>] { ViewDecodingTests.hold(Self.self) }
    var regions: Regions<State>? {
      hasCases ? ViewDecodingTests.levels : ViewDecodingTests.regions
    }
  }

  @Test func blocksAndCopiesAgree() async throws {
    for seed in Seeds.first(40) {
      var random = SeededGenerator(seed: seed)
      let events = (0..<(1 + random.below(3000))).map { i -> NewEvent in
        let type = ["up", "up", "down", "idle", "é"][random.below(5)]
        var event = NewEvent(
          type, #"{"x":"}\"","v":\#(random.below(30))}"#, in: "s\(random.below(40))",
          at: Int64(i) * 1_000)
        if random.below(4) == 0 { event.id = "id-\(i)" }
        if random.below(9) == 0 { event.metadata = Array("{}".utf8) }
        return event
      }
      var all = events
      if seed % 5 == 1 { all.insert(NewEvent("unknown"), at: events.count / 2) }
      if seed % 5 == 2 { all.insert(NewEvent("up", #"{"v":"no"}"#), at: events.count / 2) }
      let log = try folder.log("\(seed)", all)
      defer { log.close() }
      if seed % 2 == 0 { try log.seal() }
      let viewing = Replayer(Viewing().program, over: log, workers: 1 + Int(seed % 3))
      let copying = Replayer(Copying().program, over: log)
      let (a, b) = (try await viewing.scan(), try await copying.scan())
      #expect(a.changes == b.changes && a.judgedThrough == b.judgedThrough, "seed \(seed)")
      #expect(a.failure?.kind == b.failure?.kind && a.failure?.offset == b.failure?.offset)
      for byCases in [false, true] {
        try checkTally(log, to: a.judgedThrough, byCases: byCases, "seed \(seed), \(byCases)")
      }
      for _ in 0..<4 {
        let cut = Cut(UInt64.random(in: 0...UInt64(a.judgedThrough), using: &random))
        let (x, y) = (try await viewing.state(at: cut), try await copying.state(at: cut))
        #expect(x.digest == y.digest && x.work.events == y.work.events, "seed \(seed), \(cut)")
      }
    }
  }
}
