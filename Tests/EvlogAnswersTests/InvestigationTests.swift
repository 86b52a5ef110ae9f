import EvlogAnswers
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Holds a machine in the middle of its events until a test lets it go on.
private final class Gate: Sendable {
  private let isOpen = Atomic(false)
  func open() { isOpen.store(true, ordering: .releasing) }
  func wait() { while !isOpen.load(ordering: .acquiring) { sched_yield() } }
}

/// A balance that must not be negative.
private struct Account: Machine {
  struct State: Codable, Sendable { var balance = 0 }
  enum Event: Codable, Sendable {
    case paid(amount: Int)
  }

  var name: String { "account" }
  let initialState = State()
  /// Where it waits, if it does: in the middle of the events.
  var gate: Gate?
  var invariants: [Invariant<Account>] { [.always("never negative") { $0.balance >= 0 }] }

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    if context.offset == 20_000 { gate?.wait() }
    switch event {
    case .paid(let amount): state.balance += amount
    }
  }
}

@Suite struct InvestigationTests {
  private static func events(_ count: Int) -> EventList {
    EventList((0..<count).map { paid($0 % 5 == 4 ? -3 : 1) })
  }

  private static func paid(_ amount: Int) -> RecordedEvent {
    RecordedEvent(
      NewEvent(stream: "s", type: "paid", data: Array(#"{"amount":\#(amount)}"#.utf8)), offset: 0,
      revision: 0)
  }

  private static func account(_ amounts: Int...) -> Investigation {
    Investigation(Account().program, of: EventList(amounts.map(paid)))
  }

  @Test func everyQuestionHasAnAnswerThatIsReadBack() async throws {
    let account = Self.account(5, -3, -4, 7, -6)
    func readBack<A: Answer>(_ answer: A) throws -> A {
      let again = try A(json: try answer.json())
      #expect(try again.json() == answer.json(), "\(answer.question)")
      return again
    }
    let found = try readBack(try await account.bisect())
    #expect(found.invariants[0].offset == 2 && found.outcome == .violated)
    #expect(found.invariants[0].episodes.map(\.firstCut) == [3, 5])
    #expect(try readBack(try await account.violations()).violations.map(\.offset) == [2, 4])
    #expect(try readBack(try await account.state(at: 2)).state["balance"] == .int(2))
    #expect(try readBack(try await account.replay(checks: true)).outcome == .violated)
    #expect(try readBack(try await account.why()).reasons?.first?.event.offset == 2)
    #expect(try readBack(try await account.minimise()).kept?.last?.event.offset == 2)
    let blame = try await account.blame(try StatePath(parsing: "balance"), history: true)
    #expect(try readBack(blame).writers.map(\.event.offset) == [0, 1, 2, 3, 4])
    #expect(try readBack(try await account.diff(from: 1, to: 2)).changes.count == 1)
    let probe = try readBack(try await account.probe("never negative"))
    #expect([3, 5].contains(probe.firstBadCut))
    let dropped = try readBack(try await account.whatIf([.drop(2..<3)]))
    #expect(dropped.invariants[0].change == .gone)
    #expect(try readBack(try await account.compare(with: Account().program)).same)
    let map = try await account.map(by: .value(try StatePath(parsing: "balance")))
    #expect(try readBack(map).count(.surprise) == 4)
    let edited = try account.editing([.drop(2..<3)])
    #expect(try readBack(try await edited.bisect()).outcome == .clean)
  }

  @Test func whatCannotBeAskedIsSaid() async throws {
    let account = Self.account(1)
    await #expect(throws: InvestigationError.hasNoKeys(machine: "account")) {
      try await account.state(ofKey: "s")
    }
    await #expect(throws: InvestigationError.noInvariant("x", known: ["never negative"])) {
      try await account.bisect(["x"])
    }
    await #expect(throws: InvestigationError.noEvent(offset: 3, end: 1)) {
      try await account.why(offset: 3)
    }
    await #expect(throws: InvestigationError.notBroken(offset: 0, invariant: nil)) {
      try await account.why(offset: 0)
    }
    #expect(try await account.why().invariant == nil)
  }

  /// Progress comes while a question is answered, and ends with it.
  @Test func progressIsASequence() async throws {
    let account = Investigation(Account().program, of: Self.events(60_000), workers: 1)
    let question = account.asking { try await $0.bisect() }
    var last: QuestionProgress?
    for await progress in question.progress {
      #expect(progress.end == 60_000 && progress.events >= last?.events ?? 0)
      last = progress
    }
    #expect(last != nil)
    #expect(try await question.answer.outcome == .clean)
  }

  /// A question that is cancelled ends in the middle of the events, whichever way it is cancelled.
  @Test(arguments: [false, true]) func aCancelledQuestionEnds(_ isWaiting: Bool) async throws {
    let gate = Gate()
    let account = Investigation(
      Account(gate: gate).program, of: Self.events(60_000), workers: 1)
    let question = account.asking { try await $0.bisect() }
    let waiting = Task { try await question.answer }
    if isWaiting { waiting.cancel() } else { question.cancel() }
    gate.open()
    var last: UInt64 = 0
    for await progress in question.progress { last = progress.events }
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(last < 30_000)
  }
}
