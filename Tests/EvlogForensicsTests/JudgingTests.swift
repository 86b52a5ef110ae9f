import EvlogForensics
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Synchronization
import Testing

#if JavaScript
  import EvlogScripting
#endif

/// A question about one invariant costs one; a question about the first violation costs what precedes it.
@Suite(.serialized) struct JudgingTests {
  let folder = TemporaryFolder()

  /// How often each of the machine's invariants was asked.
  private enum Calls {
    static let cheap = Atomic(0)
    static let dear = Atomic(0)
    static let step = Atomic(0)
    static let history = Atomic(0)
    static let reduced = Atomic(0)

    /// Since the last time: cheap, dear, step, history.
    static func taken() -> [Int] {
      [
        cheap.exchange(0, ordering: .relaxed), dear.exchange(0, ordering: .relaxed),
        step.exchange(0, ordering: .relaxed), history.exchange(0, ordering: .relaxed),
      ]
    }
  }

  /// Broken by its event 38, in every scope: by each of its rules.
  private struct Ledger: Machine {
    struct State: Codable, Sendable { var last = 0 }
    enum Event: Codable, Sendable { case put(v: Int) }
    let initialState = State()
    var kind: ScopeKind
    var scope: Scope {
      switch kind {
      case .log: .log
      case .stream: .stream
      case .key: .key { $0.stream }
      }
    }
    var name: String { "ledger of \(kind.rawValue)" }
    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      Calls.reduced.add(1, ordering: .relaxed)
      guard case .put(let v) = event else { return }
      state.last = v
    }
    var invariants: [Invariant<Self>] {
      [
        .always("cheap") {
          Calls.cheap.add(1, ordering: .relaxed)
          return $0.last < 10
        },
        .always("dear") {
          Calls.dear.add(1, ordering: .relaxed)
          return $0.last < 11
        },
        .step("step") { before, _, after, _ in
          Calls.step.add(1, ordering: .relaxed)
          return after.last - before.last < 10
        },
        .history("history", initial: 0) { memory, _, _, after, _ in
          Calls.history.add(1, ordering: .relaxed)
          memory = max(memory, after.last)
          return memory < 10
        },
      ]
    }
  }

  private static let count = 6000

  private static func events(_ count: Int = count, broken: Int? = 38) -> [NewEvent] {
    (0..<count).map { i in
      NewEvent("put", #"{"v":\#(i == broken ? 12 : i % 3)}"#, in: "s\(i % 4)")
    }
  }

  private static let scopes = [ScopeKind.log, .stream, .key]

  @Test func oneInvariantIsOneInvariant() async throws {
    for (s, scope) in Self.scopes.enumerated() {
      let log = try folder.log("one\(s)", Self.events())
      defer { log.close() }
      let program = Ledger(kind: scope).program
      let all = program.descriptor.invariants
      for workers in [1, 2] {
        let replayer = Replayer(program, over: log, workers: workers)
        let whole = try await replayer.scan()
        for (i, invariant) in all.enumerated() {
          _ = Calls.taken()
          _ = Calls.reduced.exchange(0, ordering: .relaxed)
          let scan = try await replayer.scan(judging: [invariant])
          let calls = Calls.taken()
          // Before the first event a log's state is judged too.
          let isOfState = invariant.kind == .state && scope == .log
          #expect(calls[i] == Self.count + (isOfState ? 1 : 0), "\(invariant.name), \(scope)")
          #expect(calls.indices.allSatisfy { $0 == i || calls[$0] == 0 }, "\(calls)")
          // The state before an event is copied only if a judged rule looks at it.
          let reduced = Calls.reduced.exchange(0, ordering: .relaxed)
          #expect(reduced == (invariant.kind == .state ? 1 : 2) * Self.count)
          #expect(scan.findings.map(described) == [described(whole.findings[i])])
          #expect(scan.outcome == .violated)
        }
      }
    }
  }

  /// Verdicts kept for one invariant are reused for that one only.
  @Test func verdictsOfSomeAreKeptApart() async throws {
    for (s, scope) in Self.scopes.prefix(2).enumerated() {
      let log = try folder.log("kept\(s)", Self.events(3000))
      defer { log.close() }
      let program = Ledger(kind: scope).program
      let all = program.descriptor.invariants
      var replayer = Replayer(program, over: log, snapshots: SnapshotStore(log: log))
      replayer.secondsWorthKeeping = 0
      let plain = try await Replayer(program, over: log).scan().findings.map(described)
      for i in [0, 3] {
        let first = try await replayer.scan(judging: [all[i]])
        #expect(first.work.judgedBefore == nil && first.findings.map(described) == [plain[i]])
        let again = try await replayer.scan(judging: [all[i]])
        #expect(again.work.judgedBefore == 3000 && again.findings.map(described) == [plain[i]])
      }
      // Nor does one that was not followed go on from where another was.
      try log.appendBlocking(Turn(Self.events(100, broken: 5)))
      let longer = try await Replayer(program, over: log).scan().findings.map(described)
      for i in [3, 2] {
        let scan = try await replayer.scan(judging: [all[i]])
        #expect(scan.work.judgedBefore == (i == 3 ? 3000 : nil))
        #expect(scan.findings.map(described) == [longer[i]])
      }
      let whole = try await replayer.scan()
      #expect(whole.work.judgedBefore == nil && whole.findings.map(described) == longer)
      // What is kept of all serves each of them.
      let one = try await replayer.scan(judging: [all[1]])
      #expect(one.work.judgedBefore == 3100 && one.findings.map(described) == [longer[1]])
    }
  }

  @Test func theFirstViolationIsNotSearchedBehindIt() async throws {
    for (s, scope) in Self.scopes.enumerated() {
      let log = try folder.log("first\(s)", Self.events())
      defer { log.close() }
      let program = Ledger(kind: scope).program
      for workers in [1, 2] {
        let replayer = Replayer(program, over: log, workers: workers)
        let whole = try await replayer.violations(in: try await replayer.scan())
          .min { $0.episode.firstCut < $1.episode.firstCut }
        _ = Calls.taken()
        let first = try #require(try await replayer.firstViolation())
        #expect(Calls.taken().allSatisfy { $0 < Self.count / 2 })
        #expect(first.event?.offset == 38 && first.finding.invariant.name == "cheap")
        #expect(first.diff == whole?.diff && first.episode.key == whole?.episode.key)
      }
    }
  }

  /// Where nothing is violated, or late, it is as with every cut.
  @Test func theFirstViolationOfEveryLog() async throws {
    for broken in [nil, 0, 1, 2047, 2048, 2049, 5000, 9998, 9999] {
      let log = try folder.log("late\(broken ?? -1)", Self.events(10_000, broken: broken))
      defer { log.close() }
      for scope in Self.scopes {
        for workers in [1, 2] {
          let replayer = Replayer(Ledger(kind: scope).program, over: log, workers: workers)
          let first = try await replayer.firstViolation()
          #expect(first?.event?.offset == broken.map { Offset($0) }, "\(scope), \(workers)")
        }
      }
    }
  }

  #if JavaScript
    /// A script whose other rules end the run where they are asked.
    @Test(arguments: ["log", "stream"]) func ofAScriptToo(_ scope: String) async throws {
      let source = """
        machine("rules", 1, {
          initial: { n: 0 }, scope: "\(scope)",
          on: { put: (s, e) => { s.n = e.data.v } },
          invariants: {
            "spoils": always(s => { s.n = 1; return true }),
            "small": always(s => s.n < 10),
            "steps": step((before, e, after) => after.n - before.n < 10),
            "spoils too": step((before, e, after) => { after.n = 2; return true }),
            "remembers": history({ most: 0 }, (m, before, e, after) => {
              m.most = Math.max(m.most, after.n); return m.most < 10 }),
          },
        })
        """
      let log = try folder.log("script", Self.events(5000))
      defer { log.close() }
      let program = try ScriptProgram(source: source, file: "rules.js")
      for workers in [1, 2] {
        let replayer = Replayer(program, over: log, workers: workers)
        for invariant in program.descriptor.invariants where !invariant.name.hasPrefix("spoils") {
          let scan = try await replayer.scan(judging: [invariant])
          #expect(scan.failure == nil && scan.failedKeys.isEmpty, "\(invariant.name)")
          #expect(scan.findings.map { $0.firstBreak?.brokenBy } == [38], "\(invariant.name)")
        }
      }
    }
  #endif
}
