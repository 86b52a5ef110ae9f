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

/// Machines that refine an older one, and those that almost do, beside every state of both.
@Suite struct RefineTests {
  struct TooMuch: Error {}

  /// The older machine: sums by name.
  struct Sums: Machine {
    struct State: Codable, Sendable {
      var sums: [String: Int] = [:]
      var last = 0
    }
    enum Event: Codable, Sendable { case added(to: String, n: Int), cleared(of: String) }

    let initialState = State()
    var isPerStream = false
    var scope: Scope { isPerStream ? .stream : .log }
    let ignoredTypes: Set<String> = ["idle"]

    func reduce(into state: inout State, _ event: Event, _: EventContext) {
      switch event {
      case .added(let name, let n):
        state.sums[name, default: 0] += n
        state.last = n
      case .cleared(let name): state.sums[name] = nil
      }
    }

    var invariants: [Invariant<Self>] {
      [.always("small") { $0.sums.values.allSatisfy { $0 < 30 } }]
    }
  }

  /// The newer one: pluses and minuses apart, and an event of its own; with faults.
  struct Parts: Machine {
    struct Part: Codable, Sendable {
      var plus = 0
      var minus = 0
    }
    struct State: Codable, Sendable {
      var parts: [String: Part] = [:]
      var last = 0
      var isOdd = false
    }
    enum Event: Sendable {
      case added(to: String, n: Int), cleared(of: String), moved(from: String, to: String, n: Int)
    }

    let initialState = State()
    var isPerStream = false
    var fault = 0
    var refusesMany = false
    var scope: Scope { isPerStream ? .stream : .log }
    let ignoredTypes: Set<String> = ["idle"]

    private func add(_ n: Int, to name: String, _ state: inout State) {
      var part = state.parts[name] ?? Part()
      if n > 0 { part.plus += n } else { part.minus -= n }
      // A fault that heals.
      if fault == 1, name == "b" {
        part.plus += state.isOdd ? -1 : 1
        state.isOdd.toggle()
      }
      if fault == 2, n == 7 { part.plus += 1 }
      state.parts[name] = part
      state.last = fault == 3 && n == 0 ? state.last : n
    }

    func decode(_ event: RecordedEvent) throws -> Event {
      let data = try JSONParser.parse(event.data)
      func name(_ member: String) throws -> String { try #require(data[member]?.stringValue) }
      func n() throws -> Int { try #require(data["n"]?.integer(Int.self)) }
      switch event.type {
      case "added":
        if refusesMany, try n() > 7 { throw TooMuch() }
        return .added(to: try name("to"), n: try n())
      case "cleared": return .cleared(of: try name("of"))
      case "moved": return .moved(from: try name("from"), to: try name("to"), n: try n())
      default: throw UnknownEventType(type: event.type)
      }
    }

    func reduce(into state: inout State, _ event: Event, _: EventContext) {
      switch event {
      case .added(let name, let n): add(n, to: name, &state)
      case .moved(let old, let new, let n):
        add(-n, to: old, &state)
        add(n, to: new, &state)
      case .cleared(let name): if fault != 4 || name != "c" { state.parts[name] = nil }
      }
    }

    var invariants: [Invariant<Self>] {
      [.always("small") { $0.parts.values.allSatisfy { $0.plus - $0.minus < 30 } }]
    }

    static func seen(_ state: State) -> Sums.State {
      Sums.State(sums: state.parts.mapValues { $0.plus - $0.minus }, last: state.last)
    }

    var refines: (any RefinementMapping)? {
      Refinement(
        of: Self.self, to: Sums.self, narrows: refusesMany ? ["added"] : [],
        events: { event in
          let data = try JSONParser.parse(event.data)
          guard event.type == "moved", let n = data["n"]?.integer(Int.self),
            let old = data["from"]?.stringValue, let new = data["to"]?.stringValue
          else { return [NewEvent(recorded: event)] }
          return [(old, -n), (new, n)].map {
            NewEvent("added", #"{"to":"\#($0.0)","n":\#($0.1)}"#, in: event.stream)
          }
        }, state: Self.seen)
    }
  }

  private func events(_ count: Int, _ random: inout SeededGenerator, moves: Bool = true)
    -> [RecordedEvent]
  {
    let names = ["a", "b", "c"]
    return (0..<count).map { i in
      let (name, other) = (names[random.below(3)], names[random.below(3)])
      let stream = ["x", "y"][random.below(2)]
      let n = random.below(9)
      let event =
        switch random.below(moves ? 8 : 7) {
        case 0: NewEvent("cleared", #"{"of":"\#(name)"}"#, in: stream)
        case 1: NewEvent("idle", "{}", in: stream)
        case 7: NewEvent("moved", #"{"from":"\#(name)","to":"\#(other)","n":\#(n)}"#, in: stream)
        default: NewEvent("added", #"{"to":"\#(name)","n":\#(n)}"#, in: stream)
        }
      return RecordedEvent(event, offset: Offset(i), revision: 0)
    }
  }

  /// At which cuts the two differ, and for which streams, one event after the other.
  private func differences(
    _ new: any Program, _ old: any Program, _ events: [RecordedEvent], seen: Bool = true
  ) throws -> (cuts: [Bool], keys: Set<String>) {
    let mapping = seen ? try #require(new.refines) : SameMapping()
    let mapper = try mapping.makeMapper()
    let (newer, older) = (try new.makeHost(), try old.makeHost())
    let isPerStream = new.descriptor.scope == .stream
    var cuts = [false]
    var keys: Set<String> = []
    for event in events {
      let kept = try newer.save()
      do { try newer.run([event], checks: false) { _ in } } catch {
        try newer.restore(kept)
        cuts.append(cuts[cuts.count - 1])
        continue
      }
      try older.run(try mapper.events(for: event)[...], checks: false) { _ in }
      var isDifferent = false
      for key in isPerStream ? ["x", "y"] : [""] {
        let state = try newer.state(of: isPerStream ? key : nil).map { try mapper.abstract($0) }
        if state != (try older.state(of: isPerStream ? key : nil)) {
          isDifferent = true
          keys.insert(key)
        }
      }
      cuts.append(isDifferent)
    }
    return (cuts, keys)
  }

  private func divergences(_ cuts: [Bool]) -> [Comparison.Divergence] {
    var found: [Comparison.Divergence] = []
    var start: Int?
    for (cut, isDifferent) in (cuts + [false]).enumerated() {
      if isDifferent { start = start ?? cut }
      if !isDifferent, let from = start {
        found.append(
          .init(firstCut: Cut(from), endCut: cut == cuts.count ? nil : Cut(cut)))
        start = nil
      }
    }
    return found
  }

  @Test(arguments: [false, true], [UInt64(1), 2])
  func everyFaultIsFound(isPerStream: Bool, seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    var found: Set<Int> = []
    for round in 0..<60 {
      let fault = round % 5
      let events = events(40, &random)
      let new = Parts(isPerStream: isPerStream, fault: fault, refusesMany: random.below(3) == 0)
        .program
      let old = Sums(isPerStream: isPerStream).program
      let expected = try differences(new, old, events)
      let history = EventList(events)
      let check = try await Replayer(new, over: history)
        .refine(old, by: try #require(new.refines))
      #expect(check.comparison.divergences == divergences(expected.cuts), "fault \(fault)")
      if fault == 0 { #expect(!check.isBroken && check.isToEnd) }
      if expected.cuts.contains(true) {
        found.insert(fault)
        #expect(check.isBroken)
      }
      // The states as they are have nothing in common.
      #expect(check.plan.kind == .all || isPerStream)
      // The same as one machine: the first square that does not commute.
      let square = try SquareProgram(new, refines: old, by: try #require(new.refines))
      let scan = try await Replayer(square, over: history).scan()
      let cuts = scan.findings[0].episodes.map(\.firstCut)
      #expect(cuts.min() == check.comparison.divergences.first?.firstCut)
    }
    #expect(found == [1, 2, 3, 4])
  }

  /// What must be rebuilt is what differs, and nothing else.
  @Test(arguments: [UInt64(3), 4]) func whatIsRebuiltIsWhatDiffers(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    var kinds: Set<RebuildPlan.Kind> = []
    for round in 0..<60 {
      let isPerStream = round % 2 == 0
      let fault = [0, 2, 3][random.below(3)]
      let events = events(random.below(30), &random, moves: false)
      let (first, second) = (
        Parts(isPerStream: isPerStream).program,
        Parts(isPerStream: isPerStream, fault: fault).program
      )
      let expected = try differences(second, first, events, seen: false)
      let plan = try await Replayer(second, over: EventList(events))
        .refine(first, by: SameMapping()).plan
      kinds.insert(plan.kind)
      let firstCut = expected.cuts.firstIndex(of: true)
      #expect(plan.kind == (firstCut == nil ? .nothing : isPerStream ? .keys : .from))
      #expect(plan.cut == firstCut.map { Cut($0 - 1) })
      #expect(Set(plan.keys) == (isPerStream ? expected.keys : []))
    }
    #expect(kinds == [.nothing, .from, .keys])
  }

  /// A key that fails at another event is put aside, and the others are checked.
  @Test func aRefusalIsToldFromAFailure() async throws {
    let events = [
      NewEvent("added", #"{"to":"a","n":8}"#, in: "x"),
      NewEvent("added", #"{"to":"a","n":1}"#, in: "x"),
      NewEvent("unheard", "{}", in: "y"), NewEvent("added", #"{"to":"b","n":2}"#, in: "x"),
    ].enumerated().map { RecordedEvent($1, offset: Offset($0), revision: 0) }
    let new = Parts(isPerStream: true, refusesMany: true).program
    let check = try await Replayer(new, over: EventList(events))
      .refine(Sums(isPerStream: true).program, by: try #require(new.refines))
    #expect(check.refused.map(\.first) == [0])
    #expect(check.comparison.second.failedKeys.map(\.key) == ["y"])
    #expect(check.comparison.divergences.isEmpty && !check.isToEnd)
  }

  /// A counter in Swift that keeps its digits apart, and one that does not.
  struct Digits: Machine {
    struct State: Codable, Sendable { var tens = 0, ones = 0 }
    enum Event: Codable, Sendable { case up, reset }

    let initialState = State()
    var limit: Int
    var isNumbered: Bool

    func reduce(into state: inout State, _ event: Event, _: EventContext) {
      let n = event == .up ? (state.tens * 10 + state.ones + 1) % limit : 0
      (state.tens, state.ones) = (n / 10, n % 10)
    }

    var exploration: Exploration<Self>? {
      let number: @Sendable (State) -> UInt128 = { UInt128($0.tens * 10 + $0.ones) }
      return Exploration(number: isNumbered ? number : nil) { _ in [Event.up, Event.reset] }
    }

    var refines: (any RefinementMapping)? {
      Refinement(of: Self.self, to: Counter.self) { Counter.State(n: $0.tens * 10 + $0.ones) }
    }
  }

  struct Counter: Machine {
    struct State: Codable, Sendable { var n = 0 }
    typealias Event = Digits.Event

    let initialState = State()

    func reduce(into state: inout State, _ event: Event, _: EventContext) {
      state.n = event == .up ? (state.n + 1) % 40 : 0
    }

    var exploration: Exploration<Self>? { Exploration { _ in [Event.up, Event.reset] } }
  }

  /// Compiled machines are explored beside each other too, whether or not states have numbers.
  @Test(arguments: [(40, nil), (37, 37), (50, 40)] as [(Int, Int?)], [false, true])
  func compiledSquaresAreExplored(_ limits: (Int, Int?), isNumbered: Bool) async throws {
    let new = Digits(limit: limits.0, isNumbered: isNumbered).program
    let square = try SquareProgram(
      new, refines: Counter().program, by: try #require(new.refines))
    let space = try await Replayer(square, over: EventList([])).explore(within: .init())
    #expect(space.findings.first?.example?.events.count == limits.1)
    if limits.1 == nil { #expect(space.distinct == 40) }
  }

  @Test func machinesWithOtherKeysAreRefused() async throws {
    let error = await #expect(throws: MachineError.self) {
      try await Replayer(Parts(isPerStream: true).program, over: EventList([]))
        .refine(Sums().program, by: SameMapping())
    }
    #expect(error?.message.contains("a state for each stream") == true)
  }

  #if JavaScript
    private static let script = """
      machine("parts", 1, {
        initial: { parts: {}, last: 0 },
        on: {
          added: (s, e) => { if (e.data.n > 7) throw new Error("too much"); add(s, e.data.to, e.data.n) },
          moved: (s, e) => { add(s, e.data.from, -e.data.n); add(s, e.data.to, e.data.n) },
          cleared: (s, e) => { delete s.parts[e.data.of] },
        },
        ignore: ["idle"],
        refines: {
          abstract: s => ({ sums: Object.fromEntries(
            Object.entries(s.parts).map(([name, p]) => [name, p.plus - p.minus])), last: s.last }),
          events: { moved: e => [
            { type: "added", data: { to: e.data.from, n: -e.data.n } },
            { type: "added", data: { to: e.data.to, n: e.data.n } }] },
          narrows: ["added"],
        },
      })
      function add(s, name, n) {
        const p = s.parts[name] ??= { plus: 0, minus: 0 }
        if (n > 0) p.plus += n; else p.minus -= n
        s.last = n
      }
      """

    /// A script that refines a machine in Swift.
    @Test(arguments: [UInt64(5), 6]) func languagesRefineEachOther(seed: UInt64) async throws {
      var random = SeededGenerator(seed: seed)
      let events = events(300, &random)
      let new = try ScriptProgram(source: Self.script, file: "parts.js")
      let old = Sums().program
      let check = try await Replayer(new, over: EventList(events))
        .refine(old, by: try #require(new.refines))
      #expect(check.comparison.divergences.isEmpty && check.isToEnd)
      #expect(check.lost.map(\.name) == ["small"])
      #expect(check.refused.map(\.type) == ["added"])
      let many = events.filter {
        $0.type == "added" && String(decoding: $0.data, as: UTF8.self).contains("\"n\":8")
      }
      #expect(check.refused.first?.count == UInt64(many.count))
      #expect(check.refused.first?.first == many.first?.offset)
    }

    /// A counter that wraps, and one that keeps its digits apart, by the events that it declares.
    private static func counter(wrapsAt limit: Int, carries: String = "s.tens++") throws -> (
      old: ScriptProgram, new: ScriptProgram
    ) {
      let old = try ScriptProgram(
        source: """
          machine("counter", 1, {
            initial: { n: 0 },
            on: { up: s => { s.n = (s.n + 1) % 40 }, reset: s => { s.n = 0 } },
          })
          """, file: "old.js")
      let new = try ScriptProgram(
        source: """
          machine("counter", 2, {
            initial: { tens: 0, ones: 0 },
            on: {
              up: s => {
                s.ones++
                if (s.ones === 10) { s.ones = 0; \(carries) }
                if (s.tens * 10 + s.ones === \(limit)) { s.tens = 0; s.ones = 0 }
              },
              reset: s => { s.tens = 0; s.ones = 0 },
            },
            refines: { abstract: s => ({ n: s.tens * 10 + s.ones }) },
            explore: { events: s => [{ type: "up" }, { type: "reset" }] },
          })
          """, file: "new.js")
      return (old, new)
    }

    /// The shortest run to a square that does not commute, without a log.
    @Test(arguments: [(40, nil), (37, 37), (50, 40)] as [(Int, Int?)])
    func squaresAreExplored(limit: Int, length: Int?) async throws {
      let (old, new) = try Self.counter(wrapsAt: limit)
      let square = try SquareProgram(new, refines: old, by: try #require(new.refines))
      let space = try await Replayer(square, over: EventList([])).explore(within: .init())
      let finding = try #require(space.findings.first)
      #expect(finding.invariant.name == SquareProgram.invariant)
      #expect(finding.example?.events.count == length)
      #expect((finding.violations > 0) == (length != nil))
      if length == nil { #expect(space.distinct == 40) }
    }

    @Test(arguments: [
      ("refines: { abstracts: s => s }", "'refines.abstracts' is not a part of a mapping"),
      ("refines: { abstract: 7 }", "'refines.abstract' must be a function"),
      ("refines: { events: { a: 7 } }", "refines.events['a'] must be a function"),
      ("refines: { narrows: 'a' }", "'refines.narrows' must be an array"),
      ("refines: 7", "'refines' must be an object"),
    ])
    func aWrongMappingIsRefused(part: String, words: String) {
      let error = #expect(throws: MachineError.self) {
        try ScriptProgram(
          source: "machine('m', 1, { initial: {}, on: {}, \(part) })", file: "m.js")
      }
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
  #endif
}
