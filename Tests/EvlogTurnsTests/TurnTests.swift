import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import EvlogTurns
import ReplayTestSupport
import Testing

@Suite struct TurnTests {
  @Test func aTurnIsDecidedCheckedAndWritten() async throws {
    try await withLog { log in
      let accounts = try TurnRunner(Account(), on: log)
      let turned = try await accounts.run(.deposit(12), on: "a")
      #expect(turned.events == [.deposited(cents: 12)])
      #expect(turned.state.cents == 12)
      #expect(turned.offsets == 0..<1)
      #expect(try log.event(at: 0)?.type == "deposited")
      #expect(
        try log.event(at: 0).map { String(decoding: $0.data, as: UTF8.self) } == #"{"cents":12}"#)
      #expect(try await accounts.run(.nothing, on: "a").appended == nil)
      await #expect(throws: Account.NoSuchAmount.self) {
        try await accounts.run(.deposit(-1), on: "a")
      }
      #expect(log.end == 1)
      #expect(try await accounts.state(of: "a").cents == 12)
    }
  }

  /// What is refused is what bisect finds in a log that has the turn.
  @Test(arguments: [0, 1, 2, 3])
  func aViolatingTurnIsRefusedAsBisectWouldSay(_ kind: Int) async throws {
    try await withLog { log in
      let accounts = try TurnRunner(Account(), on: log)
      try await accounts.run(.deposit(12), on: "a")
      try await accounts.run(.deposit(7), on: "b")
      var command = Account.Command.withdraw(40)
      if kind == 1 { command = .dip(13) }
      if kind >= 2 {
        try await accounts.run(.close, on: "a")
        command = kind == 2 ? .deposit(1) : .dip(12)
      }
      let end = log.end
      var refusal: Violation?
      do { try await accounts.run(command, on: "a") } catch TurnError.violates(let violation) {
        refusal = violation
      }
      let refused = try #require(refusal)
      #expect(log.end == end)
      #expect(try await accounts.state(of: "a").cents == 12)
      let events = try Account().decide(command, Account.State())
      let turn = try events.map { NewEvent(try Account().encode($0, to: "a"), stream: "a") }
      try await log.append(turn)
      let found = try #require(try await Replayer(Account().program, over: log).firstViolation())
      #expect(refused.finding.invariant == found.finding.invariant)
      #expect(refused.episode.firstCut == found.episode.firstCut)
      #expect(refused.diff == found.diff)
      #expect(refused.event?.data == found.event?.data)
      #expect(refused.event?.revision == found.event?.revision)
    }
  }

  @Test func aTurnOfSeveralStreamsIsWholeOrNothing() async throws {
    try await withLog { log in
      let accounts = try TurnRunner(Account(), on: log)
      try await accounts.run(.deposit(10), on: "a")
      let turned = try await accounts.run([(.withdraw(4), "a"), (.deposit(4), "b")])
      #expect(turned.states.map(\.cents) == [6, 4])
      #expect(try log.event(at: 2)?.beginsTurn == false)
      await #expect(throws: TurnError.self) {
        try await accounts.run([(.deposit(9), "b"), (.withdraw(9), "a")])
      }
      #expect(try await accounts.state(of: "b").cents == 4)
      // A command sees what those before it decided.
      try await accounts.run([(.deposit(5), "c"), (.withdraw(5), "c"), (.deposit(1), "c")])
      #expect(try await accounts.state(of: "c").cents == 1)
      #expect(log.end == 6)
    }
  }

  @Test func aTurnThatIsThereIsNotDecidedAgain() async throws {
    try await withLog { log in
      let accounts = try TurnRunner(Account(), on: log)
      try await accounts.run(.deposit(10), on: "a", TurnDetails(id: "t1", causation: ["m1"]))
      let again = try await accounts.run(.deposit(10), on: "a", TurnDetails(id: "t1"))
      #expect(again.appended?.wasAlreadyThere == true)
      #expect(again.offsets == 0..<1)
      #expect(again.state.cents == 10)
      #expect(log.end == 1)
      #expect(try log.event(at: 0)?.causation == ["m1"])
    }
  }

  /// Others append to the same streams, without asking the runner.
  @Test func turnsThatMeetOthersAreDecidedAgain() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    print("seed \(seed)")
    try await withLog { log in
      let accounts = try TurnRunner(Account(), on: log)
      try await withThrowingTaskGroup(of: Int.self) { group in
        for task in 0..<8 {
          let amounts = (0..<40).map { _ in Int.random(in: 1...9, using: &random) }
          group.addTask {
            var attempts = 0
            for (i, amount) in amounts.enumerated() {
              let stream = "s\((i + task) % 3)"
              if task == 0 {
                try await log.append(Account.Event.deposited(cents: amount), to: stream)
              } else if task.isMultiple(of: 2) {
                do { try await accounts.run(.withdraw(amount), on: stream) } catch is TurnError {}
              } else {
                attempts += try await accounts.run(.deposit(amount), on: stream).attempts
              }
            }
            return attempts
          }
        }
        try await group.waitForAll()
      }
      // No cut is bad, and every state is what a replay makes of the log, offsets and all.
      #expect(try await Replayer(Account().program, over: log).firstViolation() == nil)
      let replayed = try await Replayer(Account().program, over: log).state().value
      for stream in ["s0", "s1", "s2"] {
        let state = try await accounts.state(of: stream)
        #expect(try StateEncoder().encode(state) == replayed[stream])
      }
    }
  }

  /// Streams that are let go and read again, from snapshots or not, are the same.
  @Test(arguments: [false, true])
  func statesAreWhatAReplayMakes(_ usesSnapshots: Bool) async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    print("seed \(seed)")
    try await withLog { log in
      var options = TurnRunner<Account>.Options()
      options.streamLimit = 5
      options.usesSnapshots = usesSnapshots
      var accounts = try TurnRunner(Account(), on: log, options: options)
      for i in 0..<300 {
        let stream = "s\(Int.random(in: 0..<12, using: &random))"
        let amount = Int.random(in: 1...9, using: &random)
        do {
          try await accounts.run(
            Bool.random(using: &random) ? .deposit(amount) : .withdraw(amount), on: stream)
        } catch is TurnError {}
        if i % 100 == 60 {
          try await accounts.saveSnapshot()
          accounts = try TurnRunner(Account(), on: log, options: options)
        }
      }
      let replayed = try await Replayer(Account().program, over: log).state().value
      guard case .object(let states) = replayed else {
        Issue.record("the states are \(replayed)")
        return
      }
      for member in states.members {
        let state = try await accounts.state(of: member.key)
        #expect(try StateEncoder().encode(state) == member.value)
      }
    }
  }

  /// What somebody else appended is known before anything is refused, thrown or left alone.
  @Test func nothingIsDecidedForGoodOnAnOldState() async throws {
    try await withLog { log in
      let accounts = try TurnRunner(Account(), on: log)
      try await accounts.run(.deposit(1), on: "a")
      try await log.append(.deposited(cents: 50), to: "a", by: Account())
      let turned = try await accounts.run(.withdraw(40), on: "a")
      #expect(turned.attempts == 2)
      #expect(turned.state.cents == 11)
      try await log.append(.deposited(cents: 5), to: "a", by: Account())
      #expect(try await accounts.run(.nothing, on: "a").state.cents == 16)
      // What is refused all the same, is refused of the present state.
      try await log.append(.deposited(cents: 5), to: "a", by: Account())
      do {
        try await accounts.run(.withdraw(99), on: "a")
        Issue.record("it was not refused")
      } catch TurnError.violates(let violation) {
        #expect(violation.diff.lines().contains("~ cents  21 → -78"), "\(violation.diff.lines())")
      }
    }
  }

  /// No turn is the last one: what must hold at the end may be violated until then, and `bisect` finds it.
  @Test func nothingIsRefusedForTheEnd() async throws {
    struct Tray: Decider {
      struct State: Codable, Sendable { var count = 0 }
      enum Event: Codable, Sendable { case put, took }
      let initialState = State()
      let scope = Scope.stream
      func decide(_ command: Event, _ state: State) -> [Event] { [command] }
      func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
        state.count += event == .put ? 1 : -1
      }
      var invariants: [Invariant<Tray>] { [.atEnd("empty") { $0.count == 0 }] }
    }
    try await withLog { log in
      for _ in 0..<2 {
        // A runner of its own reads what there is before it decides.
        let runner = try TurnRunner(Tray(), on: log)
        #expect(try await runner.run(.put, on: "a").state.count == 1)
        #expect(try await Replayer(Tray().program, over: log).scan().findings[0].keyCount == 1)
        #expect(try await runner.run(.took, on: "a").state.count == 0)
        #expect(try await Replayer(Tray().program, over: log).scan().outcome == .clean)
      }
    }
  }

  /// A stream without events has no state that could be bad.
  @Test func aStreamBeginsWhereverItBegins() async throws {
    struct Full: Decider {
      struct State: Codable, Sendable { var count = 0 }
      enum Event: Codable, Sendable { case filled(count: Int) }
      let initialState = State()
      let scope = Scope.stream
      func decide(_ command: Int, _ state: State) -> [Event] { [.filled(count: command)] }
      func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
        if case .filled(let count) = event { state.count = count }
      }
      var invariants: [Invariant<Full>] { [.always("never empty") { $0.count > 0 }] }
    }
    try await withLog { log in
      let runner = try TurnRunner(Full(), on: log)
      #expect(try await runner.state(of: "a").count == 0)
      await #expect(throws: TurnError.self) { try await runner.run(0, on: "a") }
      #expect(try await runner.run(5, on: "a").state.count == 5)
      await #expect(throws: TurnError.self) { try await runner.run(0, on: "a") }
    }
  }
}
