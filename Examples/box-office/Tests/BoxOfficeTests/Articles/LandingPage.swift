import Evlog
import Foundation
import Testing

struct Account: Decider {
  struct State: Codable, Sendable { var cents = 0 }
  enum Event: Codable, Sendable { case deposited(cents: Int), withdrawn(cents: Int) }
  enum Command: Sendable { case deposit(Int), withdraw(Int) }

  let initialState = State()
  let scope = Scope.stream

  func decide(_ command: Command, _ state: State) -> [Event] {
    switch command {
    case .deposit(let cents): [.deposited(cents: cents)]
    case .withdraw(let cents): [.withdrawn(cents: cents)]
    }
  }

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .deposited(let cents): state.cents += cents
    case .withdrawn(let cents): state.cents -= cents
    }
  }

  var invariants: [Invariant<Account>] {
    [.always("never overdrawn") { $0.cents >= 0 }]
  }
}

@Suite struct LandingPage {
  @Test func account() async throws {
    let scratch = try Scratch()
    // The only test to which it matters where it runs.
    #expect(FileManager.default.changeCurrentDirectoryPath(scratch.path.string))

    let log = try EventLog.open("bank.evlog")
    let accounts = try TurnRunner(Account(), on: log)
    try await accounts.run(.deposit(12_00), on: "account-7")
    do { try await accounts.run(.withdraw(40_00), on: "account-7") } catch { print(error) }
    // The turn is refused: 'never overdrawn' (state) would be violated in the stream 'account-7' by
    // withdrawn {"cents":4000}: ~ cents  1200 → -2800. Nothing was written.

    // Another program wrote to the log without asking the decider.
    try await log.append(Account.Event.withdrawn(cents: 40_00), to: "account-7")
    let found = try await Replayer(Account().program, over: log).firstViolation()
    print(found?.event?.offset ?? 0)  // 1
  }
}
