public import EvlogContracts
public import EvlogMachine

/// An outbox and an inbox: messages from one system to another, over a network that loses, repeats and reorders them.
///
/// The receiver handles exactly what the sender has decided, once and in that order. The sender keeps a message until the
/// receiver has handled it.
public struct Outbox: Machine {
  public struct State: Codable, Sendable, Hashable {
    /// What was decided and is not confirmed.
    public var outbox: [Message] = []
    /// The number of the last decision; 0 before the first.
    public var decided = 0
    public var inbox = Inbox()
    /// What was sent and not lost, by number.
    public var network: [Message] = []
  }

  public struct Message: Codable, Sendable, Hashable {
    public var number: Int
    public var message: String
  }

  /// What the receiver has handled.
  public struct Inbox: Codable, Sendable, Hashable {
    /// The number of the last message; 0 before the first.
    public var handled = 0
    public var last = ""
  }

  public enum Event: Codable, Sendable, Hashable {
    /// The sender decides something, and puts it into its outbox.
    case decide(message: String)
    /// It sends what is in its outbox, as often as it likes.
    case send(number: Int)
    /// The receiver handles the next message; any other changes nothing.
    case receive(number: Int)
    /// The sender hears that all messages up to this one were handled.
    case confirm(number: Int)
    /// The network loses a message.
    case lose(number: Int)

    enum CodingKeys: String, CodingKey {
      case decide = "Decide"
      case send = "Send"
      case receive = "Receive"
      case confirm = "Confirm"
      case lose = "Lose"
    }
  }

  public init() {}

  public var name: String { "outbox" }
  public var initialState: State { State() }

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .decide(let message):
      state.decided += 1
      state.outbox.append(Message(number: state.decided, message: message))
    case .send(let number):
      guard let sent = state.outbox.first(where: { $0.number == number }),
        !state.network.contains(where: { $0.number == number })
      else { return }
      state.network.append(sent)
      state.network.sort { $0.number < $1.number }
    case .receive(let number):
      guard let received = state.network.first(where: { $0.number == number }),
        number == state.inbox.handled + 1
      else { return }
      state.inbox = Inbox(handled: number, last: received.message)
    case .confirm(let number):
      guard number <= state.inbox.handled else { return }
      state.outbox.removeAll { $0.number <= number }
    case .lose(let number): state.network.removeAll { $0.number == number }
    }
  }

  public var contract: Contract? {
    get throws {
      let number: FieldRule = ["number": .integer]
      return try Contract([
        EventContract("Decide", ["message": .text]), EventContract("Send", number),
        EventContract("Receive", number), EventContract("Confirm", number),
        EventContract("Lose", number),
      ])
    }
  }

  public var invariants: [Invariant<Self>] {
    [
      .history("what is handled was decided, once and in order", initial: [String]()) {
        decided, before, event, after, _ in
        if case .decide(let message) = event { decided.append(message) }
        let change = after.inbox.handled - before.inbox.handled
        if change == 0 { return before.inbox == after.inbox }
        return change == 1 && decided.indices.contains(after.inbox.handled - 1)
          && after.inbox.last == decided[after.inbox.handled - 1]
      },
      .history("what is not handled is in the outbox", initial: [String]()) {
        decided, _, event, after, _ in
        if case .decide(let message) = event { decided.append(message) }
        return decided.enumerated().allSatisfy { i, message in
          i < after.inbox.handled
            || after.outbox.contains(Message(number: i + 1, message: message))
        }
      },
      .step("a decision is numbered once") { before, event, after, _ in
        if case .decide = event { return after.decided == before.decided + 1 }
        return after.decided == before.decided
      },
      .step("what is sent is in the network") { before, event, after, _ in
        guard case .send(let number) = event,
          before.outbox.contains(where: { $0.number == number })
        else { return true }
        return after.network.contains { $0.number == number }
      },
      .step("what is confirmed leaves the outbox") { before, event, after, _ in
        guard case .confirm(let number) = event, number <= before.inbox.handled else {
          return true
        }
        return after.outbox.allSatisfy { $0.number > number }
      },
      .step("the next message is handled") { before, event, after, _ in
        guard case .receive(let number) = event, number == before.inbox.handled + 1,
          before.network.contains(where: { $0.number == number })
        else { return true }
        return after.inbox.handled == number
      },
    ]
  }

  /// Three decisions of two kinds.
  public var exploration: Exploration<Self>? {
    Exploration { state in
      let decisions: [Event] = state.decided < 3 ? ["x", "y"].map { .decide(message: $0) } : []
      return decisions
        + (1...4).flatMap { number -> [Event] in
          [
            .send(number: number), .receive(number: number), .confirm(number: number),
            .lose(number: number),
          ]
        }
    }
  }
}
