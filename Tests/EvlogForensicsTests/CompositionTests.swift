import EvlogForensics
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

/// A balance that somebody may overdraw, by stream or for the whole log.
private struct Balance: Machine {
  struct State: Codable, Sendable, Equatable { var cents = 0; var moves = 0 }
  enum Event: Codable, Sendable { case moved(cents: Int), paused, cleared }
  struct Odd: Error {}

  var scope = Scope.log
  var ignoredTypes: Set<String> = ["noise"]
  let initialState = State()
  var upcasters: [Upcaster] { [.rename("shifted", to: "moved")] }

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    state.moves += 1
    switch event {
    case .moved(let cents): state.cents += cents
    case .paused: break
    case .cleared: state.cents = 0
    }
  }

  var invariants: [Invariant<Balance>] {
    [
      .always("not overdrawn") { $0.cents >= 0 },
      .always("even where it can be said") { state in
        if state.cents % 7 == 3 { throw Odd() }
        return state.cents % 11 != 5
      },
      .step("no great moves") { before, _, after, _ in abs(after.cents - before.cents) < 400 },
      .history("never cleared twice", initial: 0) { count, _, event, _, _ in
        if case .cleared = event { count += 1 }
        return count < 3
      },
    ]
  }
}

/// What it counts, no other machine knows.
private struct Visits: Machine {
  struct State: Codable, Sendable { var visits = 0 }
  enum Event: Codable, Sendable { case visited, cleared }
  var ignoredTypes: Set<String> = ["noise"]
  let initialState = State()

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    state.visits = if case .visited = event { state.visits + 1 } else { 0 }
  }
  var invariants: [Invariant<Visits>] {
    [.step("seldom") { before, _, after, _ in after.visits < 6 || before.visits > after.visits }]
  }
}

@Suite struct CompositionTests {
  private func events(_ random: inout SeededGenerator, _ types: [String]) -> [NewEvent] {
    (0..<400).map { _ in
      let type = types[random.below(types.count)]
      let data =
        type == "moved" || type == "shifted" ? #"{"cents":\#(random.below(900) - 400)}"# : "{}"
      return NewEvent(type, data, in: ["a", "b", "é", "e\u{301}"][random.below(4)])
    }
  }

  private func seeded() -> SeededGenerator {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    return SeededGenerator(seed: seed)
  }

  /// Nothing is kept of a machine that holds functions, but its states can be saved.
  private func checkSaving(_ replayer: Replayer, at cut: Cut) async throws {
    var work = Replayer.Work()
    let saved = try replayer.execution(at: cut, work: &work).save()
    let execution = try replayer.program.makeHost()
    try execution.restore(saved)
    try replayer.advance(
      execution, from: cut, to: replayer.history.end, checks: false, saves: false, work: &work,
      counted: { _ in }, change: { _ in })
    #expect(try await execution.wholeState(.log) == replayer.state().value)
  }

  /// Side by side, each machine goes the way it goes alone, from snapshots too.
  @Test func combinedMachinesAreThemselves() async throws {
    var random = seeded()
    for trial in 0..<20 {
      let folder = TemporaryFolder()
      let log = try folder.log(
        "log", events(&random, ["moved", "shifted", "paused", "cleared", "visited", "noise"]))
      var balance = Balance()
      balance.ignoredTypes.insert("visited")
      var visits = Visits()
      visits.ignoredTypes.formUnion(["moved", "shifted", "paused"])
      let both = Combined(Balance(), Visits()) {
        [.always("visits and moves") { $0.first.moves >= $0.second.visits }]
      }
      let whole = Replayer(both.program, over: log)
      if trial % 2 == 1 { try await checkSaving(whole, at: 137) }
      let scan = try await whole.scan()
      let first = try await Replayer(balance.program, over: log).scan()
      let second = try await Replayer(visits.program, over: log).scan()
      let found = scan.findings
      let alone = first.findings + second.findings
      #expect(found.map(\.invariant.name) == alone.map(\.invariant.name) + ["visits and moves"])
      for (a, b) in zip(found, alone) {
        #expect(a.episodes == b.episodes, "\(a.invariant.name)")
        #expect(a.undefinedCount == b.undefinedCount, "\(a.invariant.name)")
      }
      let state = try await whole.state().value
      #expect(try await Replayer(balance.program, over: log).state().value == state["first"])
      #expect(try await Replayer(visits.program, over: log).state().value == state["second"])
    }
  }

  @Test func whatNeitherKnowsIsAnError() async throws {
    let folder = TemporaryFolder()
    let log = try folder.log("log", [NewEvent("visited"), NewEvent("painted")])
    let both = Combined(Balance(), Visits())
    let scan = try await Replayer(both.program, over: log).scan()
    #expect(scan.failure?.kind == .unknownType)
    #expect(scan.failure?.offset == 1)
  }

  /// One state of many, and many states: the same events, the same states, and an invariant is violated
  /// while it is so for any key.
  @Test func keyedMachinesAreThemselves() async throws {
    var random = seeded()
    for trial in 0..<20 {
      let folder = TemporaryFolder()
      let log = try folder.log(
        "log", events(&random, ["moved", "moved", "shifted", "paused", "cleared", "noise"]))
      let keyed = Keyed(Balance()) { $0.stream }
      let whole = Replayer(keyed.program, over: log)
      if trial % 2 == 1 { try await checkSaving(whole, at: 222) }
      let streams = Replayer(Balance(scope: .stream).program, over: log)
      #expect(try await whole.state().value["states"] == streams.state().value)
      let found = try await whole.scan().findings
      let alone = try await streams.scan().findings
      for (a, b) in zip(found, alone) where b.undefinedCount == 0 {
        // A step is judged at each event, wherever it is; all else stays bad until it heals.
        guard b.invariant.kind != .step else {
          #expect(a.firstEpisode?.firstCut == b.firstEpisode?.firstCut, "\(a.invariant.name)")
          continue
        }
        func cuts(_ finding: Finding) -> [Cut] {
          (1...log.end).filter { cut in
            finding.episodes.contains { $0.firstCut <= cut && cut < $0.endCut ?? .max }
          }
        }
        #expect(cuts(a) == cuts(b), "\(a.invariant.name)")
      }
    }
  }

  /// An invariant across keys, which no machine with a state per stream can have.
  @Test func invariantsLookAcross() async throws {
    let folder = TemporaryFolder()
    let log = try folder.log(
      "log",
      [
        NewEvent("moved", #"{"cents":5}"#, in: "a"), NewEvent("moved", #"{"cents":-5}"#, in: "b"),
        NewEvent("moved", #"{"cents":1}"#, in: "a"), NewEvent("moved", #"{"cents":-1}"#, in: "b"),
      ])
    let bank = Combined(Keyed(Balance()) { $0.stream }, Visits()) {
      [.always("five for all") { $0.first.values.reduce(0) { $0 + max(0, $1.cents) } <= 5 }]
    }
    let violation = try await Replayer(bank.program, over: log).violations(
      in: try await Replayer(bank.program, over: log).scan()
    ).first { $0.finding.invariant.name == "five for all" }
    #expect(violation?.episode.firstCut == 3)
    #expect(
      violation?.diff.lines().contains(#"~ first.states.a.cents  5 → 6"#) == true,
      "\(violation?.diff.lines() ?? [])")
  }
}
