import EvlogCore
import EvlogForensics
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

#if JavaScript
  import EvlogScripting
#endif

/// Invariants that must hold at the end.
@Suite struct FinalInvariantTests {
  private struct Tray: Machine {
    enum Event: Codable, Sendable {
      case put
      case took
    }
    struct State: Codable, Sendable { var n = 0 }

    let name = "tray"
    let version = 1
    var scope = Scope.log
    let initialState = State()

    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      switch event {
      case .put: state.n += 1
      case .took: state.n -= 1
      }
    }

    var invariants: [Invariant<Self>] {
      [
        .atEnd("empty") {
          if $0.n == 4 { throw UnknownEventType(type: "four") }
          return $0.n == 0
        },
        .always("few") { $0.n < 4 },
      ]
    }
  }

  private static func programs(_ scope: ScopeKind) throws -> [any Program] {
    var programs: [any Program] = [Tray(scope: scope == .log ? .log : .stream).program]
    #if JavaScript
      programs.append(
        try ScriptProgram(
          source: """
            machine("tray", 1, {
              initial: { n: 0 }, scope: "\(scope.rawValue)",
              on: { put: s => { s.n++ }, took: s => { s.n-- } },
              invariants: {
                "empty": atEnd(s => s.n === 4 ? null : s.n === 0), "few": always(s => s.n < 4),
              },
            })
            """, file: "tray.js"))
    #endif
    return programs
  }

  /// Of the cuts at which it does not hold, those up to the last one count: at every end that is asked about.
  @Test(arguments: [ScopeKind.log, .stream]) func onlyTheEndCounts(_ scope: ScopeKind) async throws
  {
    var seeds = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: .min ... .max, using: &seeds)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    let events = (0..<60).map { _ in
      NewEvent(
        random.below(9) < 5 ? "put" : "took", "{}", in: scope == .log ? "s" : "s\(random.below(3))")
    }
    let log = try folder.log("log", events)
    for program in try Self.programs(scope) {
      let replayer = Replayer(program, over: log)
      for cut in 1...events.count {
        let finding = try await replayer.scan(to: Cut(UInt64(cut))).findings[0]
        var (expected, undefined): ([[Cut]], Int) = ([], 0)
        for stream in Set(events[..<cut].map(\.stream)) {
          var (n, since, values): (Int, Int, [Int]) = (0, 0, [])
          for (i, event) in events[..<cut].enumerated() where event.stream == stream {
            n += event.type == "put" ? 1 : -1
            // A run of cuts at which it is violated ends where it holds or is undecided.
            if values.last.map({ $0 == 0 || $0 == 4 }) ?? true { since = i + 1 }
            values.append(n)
          }
          if n == 4 { undefined += 1 }
          if n != 0, n != 4 { expected.append([Cut(UInt64(since))]) }
        }
        #expect(
          Set(finding.episodes.map { [$0.firstCut] }) == Set(expected), "seed \(seed) at \(cut)")
        #expect((finding.undefinedCount > 0) == (undefined > 0), "seed \(seed) at \(cut)")
        #expect(finding.episodes.allSatisfy { $0.endCut == nil })
      }
    }
  }

  @Test func searchesGoToTheEnd() async throws {
    let folder = TemporaryFolder()
    let types = ["put", "took", "put", "put", "took", "put", "took"]
    let log = try folder.log("log", types.map { NewEvent($0) })
    for program in try Self.programs(.log) {
      let replayer = Replayer(program, over: log)
      let found = try #require(try await replayer.firstViolation())
      #expect(found.event?.offset == 2)
      #expect(found.finding.invariant.isFinal)
      await #expect(throws: NotProbable.self) {
        try await replayer.probe(program.descriptor.invariants[0])
      }
      let made = try await replayer.minimise(found)
      // Without the first pair, an event that took something would heal it.
      #expect(made.kept.map(\.event.offset) == [0, 1, 2])
    }
  }

  /// A machine that fails has not come to the end.
  @Test func whatWasNotReachedIsUnknown() async throws {
    let folder = TemporaryFolder()
    let log = try folder.log("log", [NewEvent("put"), NewEvent("broke"), NewEvent("took")])
    for program in try Self.programs(.log) {
      let scan = try await Replayer(program, over: log).scan()
      #expect(scan.findings[0].episodes.isEmpty)
      #expect(scan.findings[0].guarantee == .range(2...3))
      #expect(scan.outcome == .inconclusive)
    }
  }

  /// Explored states have no end, so nothing is said about it.
  @Test func explorationLeavesThemOut() async throws {
    for program in try Self.programs(.log) {
      let space = try await Replayer(
        program,
        over: EventList([
          RecordedEvent(NewEvent("put"), offset: 0, revision: 0),
          RecordedEvent(NewEvent("took"), offset: 1, revision: 1),
        ])
      ).explore(from: nil, drawing: true, within: ExplorationLimits(depth: 6))
      #expect(space.findings.map(\.invariant.name) == ["few"])
    }
  }
}
