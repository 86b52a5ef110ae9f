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

/// The smallest reason, against every sub-log there is.
@Suite struct MinimiseTests {
  let folder = TemporaryFolder()

  /// What the last of some events does to an invariant of a key.
  private struct Outcome {
    var isViolated = false
    /// Whether an earlier one violated it, and whether it was violated right before the last one.
    var wasBefore = false
    var wasLast = false
  }

  private func verdict(
    _ program: any Program, _ events: [RecordedEvent], _ invariant: Int, _ key: String?
  ) throws -> Outcome {
    let execution = try program.makeHost()
    var outcome = Outcome()
    let isStep = program.descriptor.invariants[invariant].kind == .step
    for event in events {
      outcome.wasBefore = outcome.wasBefore || outcome.isViolated
      outcome.wasLast = outcome.isViolated
      if isStep { outcome.isViolated = false }
      try execution.run([event], checks: true) { change in
        if change.invariant == invariant, change.key.map(Name.init) == key.map(Name.init) {
          outcome.isViolated = change.verdict == .violated
        }
      }
    }
    return outcome
  }

  private func subsets(_ count: Int) -> [[Int]] {
    (0..<(1 << count)).map { choice in (0..<count).filter { choice >> $0 & 1 == 1 } }
  }

  @Test(arguments: [ScopeKind.log, .stream, .key]) func agreesWithEverySubLog(_ scope: ScopeKind)
    async throws
  {
    var found = 0
    var later = 0
    for seed in Seeds.first(120) {
      var random = SeededGenerator(seed: seed)
      let log = try folder.log(
        "\(scope)\(seed)", (0..<(3 + random.below(7))).map { _ in EditMachine.event(&random) })
      defer { log.close() }
      let programs = try EditMachine.programs(scope: scope)
      let replayer = Replayer(programs[Int(seed) % programs.count], over: log)
      let scan = try await replayer.scan()
      // Not only the first of each: whatever broke an invariant can be asked about.
      for (i, finding) in scan.findings.enumerated() {
        for (n, broken) in finding.breaks.prefix(4).enumerated() where broken.brokenBy != nil {
          let violation = try #require(
            try await replayer.violations(
              in: scan, choosing: { $0.invariant == finding.invariant ? broken : nil }
            ).first)
          try await check(replayer, violation, "\(scope), seed \(seed), \(i), \(n)")
          found += 1
          later += n > 0 ? 1 : 0
        }
      }
    }
    #expect(found > 8 && later > 0)
  }

  private func check(_ replayer: Replayer, _ violation: Violation, _ trace: String) async throws {
    let made = try await replayer.minimise(violation)
    let i = try #require(
      replayer.machine.invariants.firstIndex { $0.name == violation.finding.invariant.name })
    let last = try #require(violation.event)
    let key = violation.episode.key
    let events = try recorded(#require(replayer.log)).filter { event in
      guard event.offset < last.offset else { return false }
      switch replayer.machine.scope {
      case .log: return true
      case .stream: return event.stream == key
      case .key: return event.tableKey == key && event.type != "idle"
      }
    }
    #expect(made.offset == last.offset && made.kept.last?.event == last)
    #expect(made.considered == events.count + 1, "\(trace)")
    let kept = Set(
      made.kept.dropLast().map { kept in events.firstIndex { $0.offset == kept.event.offset } ?? -1
      })
    #expect(!kept.contains(-1))
    let all = subsets(events.count)
    let outcomes = try Dictionary(
      uniqueKeysWithValues: all.map { subset in
        let row = subset.map { events[$0] } + [last]
        return (Set(subset), try verdict(replayer.program, row, i, key))
      })
    // What the whole log breaks before, its parts may.
    let wasBefore = outcomes[Set(events.indices)]?.wasBefore == true
    let isStep = violation.finding.invariant.kind == .step
    func isEnough(_ some: Set<Int>) -> Bool {
      guard let outcome = outcomes[some], outcome.isViolated else { return false }
      return wasBefore ? isStep || !outcome.wasLast : !outcome.wasBefore
    }
    func isReason(_ some: Set<Int>) -> Bool {
      isEnough(some)
        && outcomes.allSatisfy { !$0.key.isSuperset(of: some) || $0.value.isViolated }
    }
    let comment: Comment = "\(violation.finding.invariant.name), kept \(kept.sorted()), \(trace)"
    #expect(isReason(kept), comment)
    for one in kept {
      #expect(!isReason(kept.subtracting([one])), "without \(one): \(comment)")
      let without = Set(events.indices).subtracting([one])
      let isButFor = made.kept.first { $0.event.offset == events[one].offset }?.isButFor
      #expect(isButFor == !(outcomes[without]?.isViolated ?? true), comment)
    }
  }

  #if JavaScript
    /// Of many streams that rest on each other, where hardly one can be left out without another: what has to do
    /// with the violation is found by what it has in common, and not by trying.
    @Test func streamsThatRestOnEachOtherAreFewSoon() async throws {
      let source = """
        machine("rides", 1, {
          initial: { drivers: {}, rides: {} },
          on: {
            hired: (s, e) => { s.drivers[e.data.driver] = { balance: 0 } },
            asked: (s, e) => { s.rides[e.data.ride] = {} },
            taken: (s, e) => { s.rides[e.data.ride].driver = e.data.driver },
            paid: (s, e) => { s.drivers[s.rides[e.data.ride].driver].balance += e.data.cents },
            out: (s, e) => { s.drivers[e.data.driver].balance -= e.data.cents },
          },
          invariants: {
            "covered": step((before, e) =>
              e.type !== "out" || before.drivers[e.data.driver].balance >= e.data.cents),
            "all covered": always(s => Object.values(s.drivers).every(d => d.balance >= 0)),
          },
        })
        """
      func event(_ type: String, _ data: String, in stream: String) -> NewEvent {
        NewEvent(stream: stream, type: type, data: Array(data.utf8))
      }
      var random = SeededGenerator(seed: 5)
      var balances = [Int](repeating: 0, count: 20)
      var events = balances.indices.map {
        event("hired", #"{"driver":"driver \#($0)"}"#, in: "driver-\($0)")
      }
      for ride in 0..<400 {
        let (driver, cents) = (random.below(20), 100 + random.below(5000))
        let name = #""ride":"ride \#(ride)""#
        events.append(event("asked", "{\(name)}", in: "ride-\(ride)"))
        events.append(
          event("taken", #"{\#(name),"driver":"driver \#(driver)"}"#, in: "ride-\(ride)"))
        events.append(event("paid", #"{\#(name),"cents":\#(cents)}"#, in: "ride-\(ride)"))
        balances[driver] += cents
        if random.below(3) == 0 {
          let cents = random.below(balances[driver] + 1)
          events.append(
            event(
              "out", #"{"driver":"driver \#(driver)","cents":\#(cents)}"#, in: "driver-\(driver)"))
          balances[driver] -= cents
        }
      }
      let data = #"{"driver":"driver 7","cents":\#(balances[7] + 1)}"#
      events.append(event("out", data, in: "driver-7"))
      let log = try folder.log("rides", events)
      defer { log.close() }
      let replayer = Replayer(try ScriptProgram(source: source, file: "rides.js"), over: log)
      let violations = try await replayer.violations(in: try await replayer.scan())
      #expect(violations.count == 2)
      for violation in violations {
        let made = try await replayer.minimise(violation)
        #expect(made.offset == Offset(events.count - 1) && made.considered == events.count)
        #expect(made.kept.map(\.event.offset) == [7, made.offset], "he was hired, and is paid out")
        #expect(made.replays < 2 * events.count, "\(made.replays) replays")
      }
    }
  #endif

  /// An event is not kept without its cause, nor may what the machine refuses be there.
  @Test func policiesAreKept() async throws {
    func event(_ type: String, _ data: String, id: String, causedBy causes: String...)
      -> NewEvent
    {
      var event = NewEvent(type, data)
      event.id = id
      event.causation = causes
      return event
    }
    let log = try folder.log(
      "causes",
      [
        event("idle", "{}", id: "1"), event("idle", "{}", id: "2", causedBy: "1"),
        event("put", #"{"k":"x","v":2}"#, id: "3", causedBy: "2"),
        event("put", #"{"k":"y","v":1}"#, id: "4"),
        event("put", #"{"k":"é","v":2}"#, id: "5"),
      ])
    let replayer = Replayer(EditMachine(scope: .log).program, over: log)
    let violation = try #require(try await replayer.firstViolation())
    let offsets = { (made: Minimisation) in made.kept.map(\.event.offset) }
    #expect(offsets(try await replayer.minimise(violation)) == [2, 4])
    #expect(offsets(try await replayer.minimise(violation, policy: .free)) == [2, 4])
    #expect(offsets(try await replayer.minimise(violation, policy: .closure)) == [0, 1, 2, 4])
  }

  #if JavaScript
    /// Without `a`, `b` does not end: what cannot be judged is no candidate, and the others are tried.
    @Test(arguments: Minimisation.Policy.allCases)
    func aCandidateThatDoesNotEndIsNone(_ policy: Minimisation.Policy) async throws {
      let source = """
        machine("slow", 1, {
          initial: { a: false, c: 0 },
          on: {
            a: (s) => { s.a = true },
            b: (s) => { while (!s.a); },
            c: (s) => { s.c++ },
          },
          invariants: { "few": always(s => s.c < 2) },
        })
        """
      var bounds = ScriptProgram.Bounds()
      bounds.secondsPerHandler = 0.3
      let program = try ScriptProgram(source: source, file: "slow.js", bounds: bounds)
      let log = try folder.log("slow", ["a", "b", "c", "c"].map { NewEvent($0) })
      defer { log.close() }
      let replayer = Replayer(program, over: log)
      let violation = try #require(try await replayer.firstViolation())
      let made = try await replayer.minimise(violation, policy: policy)
      #expect(
        made.kept.map(\.event.type) == ["c", "c"] && made.kept.map(\.event.offset) == [2, 3])
      #expect(made.progress == .complete && made.stopped > 0)
    }
  #endif

  /// When the time is up, the smallest part so far is told, and that it may not be the smallest.
  @Test func whatWasFoundInTimeIsTold() async throws {
    let idle = (0..<300).map { _ in NewEvent("idle") }
    let log = try folder.log(
      "time",
      idle + [NewEvent("put", #"{"k":"x","v":2}"#)] + idle
        + [NewEvent("put", #"{"k":"é","v":2}"#)])
    defer { log.close() }
    let replayer = Replayer(EditMachine(scope: .log).program, over: log)
    let violation = try #require(try await replayer.firstViolation())
    let whole = try await replayer.minimise(violation)
    #expect(whole.progress == .complete && whole.kept.count < 10)
    for time in [
      Duration.zero, .microseconds(1), .milliseconds(1), .milliseconds(5), .seconds(600),
    ] {
      let made = try await replayer.minimise(violation, within: time)
      #expect(made.offset == violation.episode.brokenBy && made.considered == 602)
      #expect(made.kept.last?.event.offset == made.offset)
      if time == .zero { #expect(made.progress == .notMinimal && made.replays < 5) }
      if made.progress == .complete {
        #expect(made.kept.map(\.event.offset) == whole.kept.map(\.event.offset))
      }
      // Whatever it is, it breaks the invariant.
      let part = try folder.log(
        "part\(made.replays)-\(time)",
        made.kept.map {
          NewEvent($0.event.type, String(decoding: $0.event.data, as: UTF8.self))
        })
      defer { part.close() }
      let again = try await Replayer(EditMachine(scope: .log).program, over: part).firstViolation()
      #expect(again?.finding.invariant.name == made.invariant.name)
      #expect(again?.event?.offset == Offset(made.kept.count - 1))
    }
  }
}
