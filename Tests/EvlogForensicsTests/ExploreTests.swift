import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogTesting
import Foundation
import ReplayTestSupport
import Testing

#if JavaScript
  import EvlogScripting
#endif

/// Exploration, against counts that others published and against brute force.
@Suite struct ExploreTests {
  private static let models = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/models")

  private static func explore(
    _ program: any Program, over history: any History = EventList([RecordedEvent]()),
    workers: Int = 1, from cut: Cut? = nil, draws: Bool = false,
    _ limits: ExplorationLimits = ExplorationLimits()
  ) async throws -> ExploredSpace {
    try await Replayer(program, over: history, workers: workers)
      .explore(from: cut, drawing: draws, within: limits)
  }

  // MARK: Published counts

  /// TLC and Stateright count 288 states of three resource managers, of which TLC generates 1,146, and 8,832 of five.
  @Test(arguments: [(3, 288, 1_146, 10), (5, 8_832, 58_146, 16)], [1, 2, 3])
  func twoPhaseCommitHasThePublishedStates(
    counts: (rms: Int, distinct: Int, generated: UInt64, depth: Int), workers: Int
  ) async throws {
    let rms = UInt32(counts.rms)
    var programs: [any Program] = [
      TwoPhaseCommit(rms).program, TwoPhaseCommit(rms, number: true).program,
    ]
    #if JavaScript
      programs.append(try Self.script("two-phase-commit", replacing: "N = 3", "N = \(rms)"))
    #endif
    for program in programs {
      let space = try await Self.explore(program, workers: workers)
      #expect(space.distinct == counts.distinct)
      #expect(space.generated == counts.generated)
      #expect(space.depth == counts.depth)
      #expect(space.isComplete)
      #expect(!space.isViolated)
      #expect(space.moves.reduce(1) { $0 + $1.count } == counts.generated)
    }
  }

  /// Of five resource managers there are 314 states that are not the same but for the managers' names.
  @Test func symmetryLeavesOneStateOfEachKind() async throws {
    let space = try await Self.explore(TwoPhaseCommit(5, symmetry: true).program)
    #expect(space.distinct == 314)
    #expect(space.isComplete)
  }

  #if JavaScript
    private static func script(
      _ name: String, replacing old: String? = nil, _ new: String = ""
    ) throws -> ScriptProgram {
      var source = try String(contentsOf: models.appending(path: "\(name).js"), encoding: .utf8)
      if let old {
        #expect(source.contains(old))
        source = source.replacing(old, with: new)
      }
      return try ScriptProgram(source: source, file: "\(name).js")
    }

    /// Stateright's example has 93 states with two clients.
    @Test func singleCopyRegisterHasThePublishedStates() async throws {
      let space = try await Self.explore(try Self.script("single-copy-register"))
      #expect(space.distinct == 93)
      #expect(space.generated == 121)
      #expect(space.isComplete)
      #expect(!space.isViolated)
    }

    /// Stateright sorts by the managers' states alone, which leaves some states apart that are the same; breadth first
    /// that gives 508 of them.
    @Test func symmetryOfAScriptIsAskedForEachState() async throws {
      let sorted = """
        explore: {
          symmetry: s => {
            const order = s.rms.map((_, i) => i).sort((a, b) => s.rms[a] < s.rms[b] ? -1 : s.rms[a] > s.rms[b] ? 1 : a - b)
            const place = i => order.indexOf(i)
            return { rms: order.map(i => s.rms[i]), tm: s.tm, prepared: s.prepared.map(place).sort(),
              messages: s.messages.map(m => m.startsWith("p") ? `prepared ${place(+m.slice(9))}` : m).sort() }
          },
        """
      var source = try String(
        contentsOf: Self.models.appending(path: "two-phase-commit.js"), encoding: .utf8)
      source = source.replacing("N = 3", with: "N = 5").replacing("explore: {", with: sorted)
      // Their order: working, prepared, committed, aborted.
      source = source.replacing("\"working\"", with: "\"0\"").replacing(
        "\"prepared\"", with: "\"1\"")
      source = source.replacing(
        "s.rms[e.data.rm] = \"committed\"", with: "s.rms[e.data.rm] = \"2\"")
      source = source.replacing("s.rms[e.data.rm] = \"aborted\"", with: "s.rms[e.data.rm] = \"3\"")
      let space = try await Self.explore(try ScriptProgram(source: source, file: "sorted.js"))
      #expect(space.distinct == 508)
    }
  #endif

  // MARK: Brute force

  /// A machine that goes from number to number by a random table.
  struct Graph: Machine {
    struct State: Codable, Sendable, Hashable { var at = 0 }
    enum Event: Codable, Sendable { case go(by: Int) }

    /// By number and event, the next number; none where the event cannot happen.
    let table: [[Int?]]
    /// The numbers that violate the invariant, and the pairs of numbers that violate the step.
    let bad: Set<Int>
    let badSteps: Set<[Int]>
    let initialState = State()

    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      guard case .go(let by) = event else { return }
      state.at = table[state.at][by] ?? state.at
    }

    var invariants: [Invariant<Self>] {
      let (bad, badSteps) = (bad, badSteps)
      return [
        .always("state") { !bad.contains($0.at) },
        .step("step") { before, _, after, _ in !badSteps.contains([before.at, after.at]) },
        .history("once", initial: 0) { seen, _, _, after, _ in
          if after.at == 1 { seen = min(seen + 1, 3) }
          return seen < 3
        },
      ]
    }

    var exploration: Exploration<Self>? {
      let table = table
      return Exploration { state in
        table[state.at].indices.filter { table[state.at][$0] != nil }.map { .go(by: $0) }
      }
    }

    init(_ random: inout SeededGenerator) {
      let (numbers, events) = (2 + random.below(40), 1 + random.below(4))
      table = (0..<numbers).map { _ in
        (0..<events).map { _ in
          random.below(4) == 0 ? nil : random.below(numbers)
        }
      }
      bad = Set((0..<random.below(3)).map { _ in random.below(numbers) })
      badSteps = Set(
        (0..<random.below(4)).map { _ in
          [random.below(numbers), random.below(numbers)]
        })
    }

    var script: String {
      let rows = table.map { row in
        "[" + row.map { $0.map { "\($0)" } ?? "null" }.joined(separator: ",") + "]"
      }
      return """
        const table = [\(rows.joined(separator: ","))]
        const bad = [\(bad.sorted().map { "\($0)" }.joined(separator: ","))]
        const steps = [\(badSteps.map { "'\($0[0]) \($0[1])'" }.sorted().joined(separator: ","))]
        machine("graph", 1, {
          initial: { at: 0 },
          on: { go: (s, e) => { s.at = table[s.at][e.data.by] ?? s.at } },
          invariants: {
            state: always(s => !bad.includes(s.at)),
            step: step((b, e, a) => !steps.includes(`${b.at} ${a.at}`)),
            once: history(0, (seen, b, e, a) => {
              const next = a.at === 1 ? Math.min(seen + 1, 3) : seen
              return [next, next < 3]
            }),
          },
          explore: {
            events: s => table[s.at].flatMap((to, by) => to === null ? [] : [{ type: "go", data: { by } }]),
          },
        })
        """
    }

    /// What is reached, by a list that is gone through until nothing is new.
    func bruteForce() -> (distinct: Int, generated: UInt64, depth: Int, first: [Int?], ends: UInt64)
    {
      struct Node: Hashable {
        var at = 0
        var seen = 0
      }
      var depths: [Node: Int] = [Node(): 0]
      var list = [Node()]
      var (generated, ends) = (UInt64(1), UInt64(0))
      var first: [Int?] = [bad.contains(0) ? 0 : nil, nil, nil]
      func note(_ place: Int, _ depth: Int) { first[place] = min(first[place] ?? depth, depth) }
      var i = 0
      while i < list.count {
        let node = list[i]
        let depth = depths[node, default: 0] + 1
        i += 1
        let nexts = table[node.at].compactMap { $0 }
        if nexts.isEmpty { ends += 1 }
        for next in nexts {
          generated += 1
          let reached = Node(at: next, seen: next == 1 ? min(node.seen + 1, 3) : node.seen)
          if bad.contains(next) { note(0, depth) }
          if badSteps.contains([node.at, next]) { note(1, depth) }
          if reached.seen == 3 { note(2, depth) }
          if depths[reached] == nil {
            depths[reached] = depth
            list.append(reached)
          }
        }
      }
      return (list.count, generated, depths.values.max() ?? 0, first, ends)
    }
  }

  @Test(arguments: 1...40) func exploringEqualsBruteForce(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let graph = Graph(&random)
    let truth = graph.bruteForce()
    var programs: [any Program] = [graph.program]
    #if JavaScript
      if seed.isMultiple(of: 4) {
        programs.append(try ScriptProgram(source: graph.script, file: "graph.js"))
      }
    #endif
    for program in programs {
      var limits = ExplorationLimits()
      limits.goesOn = true
      let space = try await Self.explore(program, workers: 1 + Int(seed % 3), limits)
      // Where everything is violated, there is nothing more to look for.
      if !space.bounds.contains(.violation) {
        #expect(space.distinct == truth.distinct, "seed \(seed)")
        #expect(space.generated == truth.generated, "seed \(seed)")
        #expect(space.depth == truth.depth, "seed \(seed)")
        #expect(space.ends == truth.ends, "seed \(seed)")
      }
      for (finding, first) in zip(space.findings, truth.first) {
        #expect(
          finding.example?.events.count == first, "seed \(seed), \(finding.invariant.name)")
        guard let run = finding.example else { continue }
        #expect(run.isRepeated, "seed \(seed), \(finding.invariant.name)")
        #expect(run.states.count == run.events.count + 1)
        // As a log, it breaks the same invariant at its last event, and not before.
        let scan = try await Replayer(program, over: EventList(run.events)).scan()
        let found = scan.findings.first { $0.invariant.name == finding.invariant.name }
        #expect(found?.firstBreak?.firstCut == Cut(run.events.count), "seed \(seed)")
      }
    }
  }

  /// Whatever the number of workers, everything is the same, also where a limit ends it.
  @Test(arguments: [1, 2, 100, 1000, 5000]) func limitsEndAtTheSameState(states: Int) async throws {
    var spaces: [ExploredSpace] = []
    for workers in [1, 2, 4] {
      spaces.append(
        try await Self.explore(
          TwoPhaseCommit(5).program, workers: workers, ExplorationLimits(states: states)))
    }
    for space in spaces {
      #expect(space.distinct == states)
      #expect(space.bounds == [.states])
      #expect(space.generated == spaces[0].generated)
      #expect(space.moves == spaces[0].moves)
    }
  }

  @Test func depthAndTimeAreLimits() async throws {
    let shallow = try await Self.explore(
      TwoPhaseCommit(3).program, ExplorationLimits(depth: 2))
    #expect(shallow.depth == 2)
    #expect(shallow.bounds == [.depth])
    var limits = ExplorationLimits(duration: .milliseconds(1))
    let short = try await Self.explore(TwoPhaseCommit(7).program, limits)
    #expect(short.bounds == [.seconds])
    #expect(short.distinct < 296_448)
    limits = ExplorationLimits()
    limits.isInterrupted = { true }
    let interrupted = try await Self.explore(TwoPhaseCommit(7).program, limits)
    #expect(interrupted.bounds == [.interrupted])
  }

  // MARK: From a log

  struct Counter: Machine {
    struct State: Codable, Sendable { var count = 0 }
    enum Event: Codable, Sendable { case added(Int) }
    let initialState = State()
    var ignoredTypes: Set<String> { ["noted"] }
    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      if case .added(let count) = event { state.count += count }
    }
    var invariants: [Invariant<Self>] { [.always("below 10") { $0.count < 10 }] }
  }

  @Test func eventsAreDrawnFromALog() async throws {
    let log = EventList(
      [("added", "{\"_0\":1}"), ("added", "{\"_0\":3}"), ("noted", "{}"), ("added", "{\"_0\":1}")]
        .map { RecordedEvent(NewEvent($0.0, $0.1), offset: 0, revision: 0) })
    let space = try await Self.explore(Counter().program, over: log)
    #expect(space.drawn?.events == 3)
    #expect(space.drawn?.distinct == 3)
    #expect(space.shortest?.example?.events.count == 4)
    let after = try await Self.explore(Counter().program, over: log, from: 4)
    let run = try #require(after.shortest?.example)
    #expect(run.events.map(\.offset) == [4, 5])
    #expect(run.events.map(\.revision) == [4, 5])
    #expect(run.isRepeated)
    let all = EventList(log.events + run.events)
    let scan = try await Replayer(Counter().program, over: all).scan()
    #expect(scan.findings[0].firstBreak?.firstCut == 6)
  }

  /// A number that two states have is found out.
  @Test func aNumberOfTwoStatesIsRefused() async throws {
    struct Careless: Machine {
      struct State: Codable, Sendable { var count = 0 }
      enum Event: Codable, Sendable { case added }
      let initialState = State()
      func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
        state.count += 1
      }
      var exploration: Exploration<Self>? {
        Exploration(number: { UInt128($0.count % 5) }) { _ in [.added] }
      }
    }
    let space = try await Self.explore(Careless().program)
    #expect(space.end?.error.handler == "exploration.number")
  }
}
