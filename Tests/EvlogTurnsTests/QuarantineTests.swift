import Dispatch
import EvlogForensics
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTurns
import ReplayTestSupport
import Synchronization
import Testing

@Suite struct QuarantineTests {
  /// A log that somebody broke: `a` is overdrawn since offset 1.
  private func broken(_ log: EventLog) async throws {
    try await log.append(Account.Event.deposited(cents: 5), to: "a")
    try await log.append(Account.Event.withdrawn(cents: 9), to: "a")
    try await log.append(Account.Event.deposited(cents: 1), to: "a")
    try await log.append(Account.Event.deposited(cents: 3), to: "b")
  }

  @Test func aBrokenStreamTakesNoTurnsAndOthersGoOn() async throws {
    try await withLog { log in
      try await broken(log)
      let accounts = try TurnRunner(Account(), on: log)
      await #expect(throws: TurnError.self) { try await accounts.run(.deposit(1), on: "a") }
      try await accounts.run(.deposit(1), on: "b")
      let all = try await accounts.quarantined()
      #expect(all.map(\.stream) == ["a"])
      guard case .violation(let violation)? = all.first?.reason else {
        Issue.record("\(all)")
        return
      }
      let found = try #require(try await Replayer(Account().program, over: log).firstViolation())
      #expect(violation.event == found.event)
      #expect(violation.diff == found.diff)
      #expect("\(all[0])".contains("'never overdrawn' is violated since the event at offset 1"))
    }
  }

  @Test func releasingIsRecordedAndLastsUntilItBreaksAnew() async throws {
    try await withLog { log in
      try await broken(log)
      var accounts = try TurnRunner(Account(), on: log)
      try await accounts.release("a", because: "known")
      for isSecond in [false, true] {
        // What is violated may stay so.
        try await accounts.run(.deposit(1), on: "a")
        #expect(try await accounts.quarantine(of: "a") == nil)
        if !isSecond { accounts = try TurnRunner(Account(), on: log) }
      }
      let event = try #require(try log.event(at: 4))
      #expect(event.type == "evlog.released")
      #expect(event.stream == "evlog.quarantine.Account")
      // It heals, and then somebody breaks it again.
      try await accounts.run(.deposit(10), on: "a")
      await #expect(throws: TurnError.self) { try await accounts.run(.withdraw(50), on: "a") }
      try await log.append(Account.Event.withdrawn(cents: 50), to: "a")
      #expect(try await accounts.quarantine(of: "a") != nil)
      // Machines pass over what evlog records.
      #expect(try await Replayer(Account().program, over: log).firstViolation() != nil)
    }
  }

  @Test func anOrderTakesAStreamOutOfUse() async throws {
    try await withLog { log in
      let accounts = try TurnRunner(Account(), on: log)
      try await accounts.run(.deposit(1), on: "a")
      try await accounts.quarantine("a", because: "under investigation")
      await #expect(throws: TurnError.self) { try await accounts.run(.deposit(1), on: "a") }
      let other = try TurnRunner(Account(), on: log)
      #expect(try await other.quarantined().map(\.stream) == ["a"])
      try await other.release("a", because: "nothing found")
      try await other.run(.deposit(1), on: "a")
      #expect(try await other.quarantined().isEmpty)
    }
  }

  @Test func aStreamThatCannotBeReducedIsOutOfUse() async throws {
    try await withLog { log in
      try await log.append([NewEvent(stream: "a", type: "painted", data: Array("{}".utf8))])
      let accounts = try TurnRunner(Account(), on: log)
      for _ in 0..<2 {
        await #expect(throws: TurnError.self) { try await accounts.run(.deposit(1), on: "a") }
      }
      try await accounts.run(.deposit(1), on: "b")
      // No order helps: the machine must be fixed, and the log must not say otherwise.
      let end = log.end
      await #expect {
        try await accounts.release("a", because: "it should go on")
      } throws: { error in
        guard case TurnError.quarantined(let quarantine) = error else { return false }
        return "\(quarantine)".contains("until they can be") && !"\(quarantine)".contains("..")
      }
      #expect(log.end == end)
    }
  }

  @Test func whatIsNotInQuarantineIsNotReleased() async throws {
    try await withLog { log in
      let accounts = try TurnRunner(Account(), on: log)
      try await accounts.run(.deposit(1), on: "a")
      for stream in ["a", "misspelt"] {
        await #expect {
          try await accounts.release(stream, because: "a mistake")
        } throws: {
          guard case TurnError.notQuarantined(stream) = $0 else { return false }
          return true
        }
      }
      #expect(log.end == 1)
    }
  }

  /// Asked for in vain is a decider whose states are not the streams'.
  @Test func aDeciderNeedsAStateForEachStream() async throws {
    struct Everything: Decider {
      struct State: Codable, Sendable { var cents = 0 }
      let initialState = State()
      func decide(_ command: Int, _ state: State) -> [Account.Event] {
        [.deposited(cents: command)]
      }
      func reduce(into state: inout State, _ event: Account.Event, _ context: EventContext) {}
    }
    try await withLog { log in
      #expect {
        _ = try TurnRunner(Everything(), on: log)
      } throws: {
        "\($0)".contains("'Everything': it has a state for each log, and needs one for each stream")
      }
    }
  }

  @Test func ordersAreObeyedByEveryRunner() async throws {
    try await withLog { log in
      let first = try TurnRunner(Account(), on: log)
      let second = try TurnRunner(Account(), on: log)
      for runner in [first, second] { try await runner.run(.deposit(1), on: "a") }
      try await first.quarantine("a", because: "under investigation")
      await #expect(throws: TurnError.self) { try await second.run(.deposit(1), on: "a") }
      #expect(try await second.quarantined().map(\.stream) == ["a"])
      try await second.release("a", because: "nothing found")
      try await first.run(.deposit(1), on: "a")
      #expect(try await first.quarantined().isEmpty)
    }
  }

  /// What somebody says while a turn is being decided, holds for that turn.
  @Test func anOrderThatComesInBetweenIsObeyed() async throws {
    try await withLog { log in
      let counting = Counting(whileDeciding: { command in
        guard command < 0 else { return }
        let order = NewEvent(
          stream: "evlog.quarantine.Counting",
          type: command == -1 ? "evlog.quarantined" : "evlog.released",
          data: Array(#"{"reason":"because","stream":"a"}"#.utf8))
        try log.appendBlocking(Turn(own: [order]))
      })
      let runner = try TurnRunner(counting, on: log)
      try await runner.run(1, on: "a")
      await #expect(throws: TurnError.self) { try await runner.run(-1, on: "a") }
      #expect(try await runner.quarantine(of: "a") != nil)
      // Others go on, though an order comes in between.
      #expect(try await runner.run(-2, on: "b").attempts == 2)
      #expect(try await runner.run(3, on: "a").state.sum == 4)
    }
  }

  /// The same where a turn of another stream finds the order while this one is being decided.
  @Test func anOrderThatAnotherTurnFindsIsObeyed() async throws {
    try await withLog { log in
      let beside = Beside()
      let counting = Counting(whileDeciding: { command in
        guard command < 0, let runner = beside.runner.withLock({ $0 }) else { return }
        let order = NewEvent(
          stream: "evlog.quarantine.Counting", type: "evlog.quarantined",
          data: Array(#"{"reason":"because","stream":"a"}"#.utf8))
        try log.appendBlocking(Turn(own: [order]))
        let isDone = DispatchSemaphore(value: 0)
        Task.detached {
          try await runner.run(5, on: "b")
          isDone.signal()
        }
        // Where there is but one thread, the other turn comes later.
        _ = isDone.wait(timeout: .now() + 2)
      })
      let runner = try TurnRunner(counting, on: log)
      beside.runner.withLock { $0 = runner }
      try await runner.run(1, on: "a")
      await #expect(throws: TurnError.self) { try await runner.run(-1, on: "a") }
      #expect(try await runner.state(of: "a").sum == 1)
      beside.runner.withLock { $0 = nil }
    }
  }

  private final class Beside: Sendable {
    let runner = Mutex<TurnRunner<Counting>?>(nil)
  }

  /// Adds numbers, and says an order once for each command below zero.
  private struct Counting: Decider {
    struct State: Codable, Sendable { var sum = 0 }
    enum Event: Codable, Sendable { case counted(Int) }

    final class Said: Sendable {
      let commands = Mutex<Set<Int>>([])
    }

    let said = Said()
    let whileDeciding: @Sendable (Int) throws -> Void
    let initialState = State()
    let scope = Scope.stream
    var name: String { "Counting" }

    func decide(_ command: Int, _ state: State) throws -> [Event] {
      if said.commands.withLock({ $0.insert(command).inserted }) { try whileDeciding(command) }
      return [.counted(command)]
    }

    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      if case .counted(let number) = event { state.sum += number }
    }
  }
}
