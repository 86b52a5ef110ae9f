import EvlogForensics
import EvlogReplay
import EvlogStore
import Testing

#if JavaScript
  import EvlogScripting

  /// The machine of the first test, in Swift.
  private struct OtherAnswers: Machine {
    struct State: Codable, Sendable {}
    typealias Event = String

    let initialState = State()
    let ignoredTypes: Set<String> = ["lock.requested", "release.requested", "release.responded"]

    func reduce(into state: inout State, _ result: String, _ context: EventContext) {}

    func decode(_ event: RecordedEvent) throws -> String {
      try JSONParser.parse(event.data)["result"]?.stringValue ?? ""
    }

    var invariants: [Invariant<Self>] {
      [
        .history("another answer than the last", initial: "") { last, _, result, _, _ in
          defer { last = result }
          return result != last
        }
      ]
    }
  }

  /// What once had another answer with other workers or snapshots.
  @Suite("Real data: the same answers", .enabled(if: RealData.isThere, RealData.whySkipped))
  struct SameAnswersTests {
    /// A history says the same after events that the machine ignores, also where a snapshot begins
    /// with them.
    @Test func historyBeforeIgnoredEvents() async throws {
      let program = try ScriptProgram(
        source: """
          machine("answers", 1, {
            initial: {},
            on: { "lock.responded": () => {} },
            ignore: ["lock.requested", "release.requested", "release.responded"],
            invariants: {
              "another answer than the last": history({ last: "" }, (memory, before, e) => {
                const isOther = e.data.result !== memory.last
                memory.last = e.data.result
                return isOther
              }),
            },
          })
          """, file: "answers.js")
      let script = try await scanFromSnapshots(program)
      let compiled = try await scanFromSnapshots(OtherAnswers().program)
      #expect(script.findings[0].episodes == compiled.findings[0].episodes)
    }

    /// Compares a scan from the beginning with one from many snapshots.
    private func scanFromSnapshots(_ program: any Program) async throws -> Scan {
      let data = try Dataset("p-lock-10000-1-error")
      let stored = try TemporaryLog(data.events.prefix(1000), turnsOf: 1000)
      var replayer = Replayer(program, over: stored.log, savesSnapshots: false)
      let plain = try await replayer.scan()
      replayer.snapshots = SnapshotStore(log: stored.log)
      // Enough workers for every snapshot to begin an interval.
      replayer.workers = 7
      for cut in stride(from: Cut(1), to: 1000, by: 37) {
        var work = Replayer.Work()
        let execution = try replayer.execution(at: cut, work: &work)
        try replayer.snapshots?.save(execution, of: replayer.machine, at: cut)
      }
      let split = try await replayer.scan()
      #expect(split.work.startedFrom.count == 27)
      #expect(plain.findings[0].episodes.count > 10)
      #expect(plain.changes == split.changes)
      return plain
    }

    /// A stream at which the machine fails is undefined from there on; the others are judged.
    @Test func failureInOneKey() async throws {
      let program = try ScriptProgram(
        source: """
          machine("failing", 1, {
            scope: "stream",
            initial: { events: 0 },
            on: {
              "*": (s, e) => {
                if (e.offset === 5001) throw new Error("this account is closed")
                s.events++
              },
            },
            invariants: { "few events": always(s => s.events < 10) },
          })
          """, file: "failing.js")
      let data = try Dataset("p-bank-10050-50-happy")
      let stored = try TemporaryLog(data.events, turnsOf: 1000)
      var replayer = Replayer(program, over: stored.log, savesSnapshots: false)
      let one = try await replayer.scan()
      #expect(one.failure == nil)
      #expect(one.failedKeys.map(\.error.offset) == [5001])
      #expect(one.findings[0].episodes.count == 50)
      for workers in 2...5 {
        replayer.workers = workers
        let several = try await replayer.scan()
        #expect(several.failedKeys.map(\.error.offset) == [5001])
        #expect(several.changes == one.changes)
        #expect(several.findings[0].violations == one.findings[0].violations)
      }
    }

    /// Where a history remembers an object of the state, and not a copy, it sees the object change.
    /// After a snapshot it would not, so there must be none.
    @Test(arguments: ["e.data", "before.last", "after.last"])
    func memoryThatHoldsTheState(remembered: String) async throws {
      let program = try ScriptProgram(
        source: """
          machine("remembering", 1, {
            initial: { data: null, last: { edits: 0 } },
            on: { edited: (s, e) => { s.data = e.data; s.last.edits = e.offset } },
            invariants: {
              "remembers": history({ seen: null }, (memory, before, e, after) => {
                memory.seen = \(remembered)
                return true
              }),
            },
          })
          """, file: "remembering.js")
      let data = try Dataset("editing-friendsforever-flat")
      let stored = try TemporaryLog(data.events.prefix(10), turnsOf: 10)
      let replayer = Replayer(program, over: stored.log)
      var work = Replayer.Work()
      let execution = try replayer.execution(at: 10, work: &work)
      let error = #expect(throws: MachineError.self) { try execution.save() }
      #expect(error?.kind == .notSavable)
    }
  }
#endif
