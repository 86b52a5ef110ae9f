public import EvlogContracts
public import EvlogMachine

/// A queue with a visibility timeout, order by key, and dead letters.
///
/// A message is delivered until it is acknowledged, and never again after that. Messages of one key go out one after the
/// other; one that fails too often becomes a dead letter, behind which the others of its key wait.
public struct MessageQueue: Machine {
  public struct State: Codable, Sendable, Hashable {
    /// The messages that are not settled, in the order in which they were sent.
    public var messages: [Message] = []
    /// How the others ended, by their ids.
    public var settled: [String: Settlement] = [:]
  }

  public struct Message: Codable, Sendable, Hashable {
    public var id: String
    /// Messages with the same key are delivered in order.
    public var key: String
    public var place = Place.waiting
    /// How often it was delivered since it was sent or redriven.
    public var attempts = 0
    /// The receipt of the last delivery; 0 before the first.
    public var receipt = 0
    /// The ticks until a message that is taken goes back.
    public var left = 0
  }

  public enum Place: String, Codable, Sendable, Hashable { case waiting, taken, dead }

  public enum Settlement: String, Codable, Sendable, Hashable { case acknowledged, discarded }

  public enum Event: Codable, Sendable, Hashable {
    /// Changes nothing if the id is known.
    case send(id: String, key: String)
    /// Takes the first message that may go out.
    case receive
    /// Refused without the receipt of the present delivery, as is a rejection.
    case acknowledge(id: String, receipt: Int)
    case reject(id: String, receipt: Int)
    case tick
    /// Lets a dead letter be delivered again.
    case redrive(id: String)
    /// Gives up a dead letter.
    case discard(id: String)

    enum CodingKeys: String, CodingKey {
      case send = "Send"
      case receive = "Receive"
      case acknowledge = "Acknowledge"
      case reject = "Reject"
      case tick = "Tick"
      case redrive = "Redrive"
      case discard = "Discard"
    }
  }

  /// How many ticks a consumer has for a message.
  public let visibility: Int
  /// How often a message is delivered before it is a dead letter.
  public let attempts: Int

  public init(visibility: Int = 2, attempts: Int = 2) {
    precondition(visibility > 0 && attempts > 0, "a consumer needs a tick, a message an attempt")
    self.visibility = visibility
    self.attempts = attempts
  }

  public var name: String { "queue" }
  public var initialState: State { State() }

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .send(let id, let key):
      guard state.settled[id] == nil, state[id] == nil else { return }
      state.messages.append(Message(id: id, key: key))
    case .receive:
      guard let i = state.messages.indices.first(where: { state.mayGoOut($0) }) else { return }
      state.messages[i].place = .taken
      state.messages[i].attempts += 1
      state.messages[i].receipt += 1
      state.messages[i].left = visibility
    case .acknowledge(let id, let receipt):
      guard state.isTaken(id, receipt) else { return }
      state.settle(id, .acknowledged)
    case .reject(let id, let receipt):
      guard state.isTaken(id, receipt), let i = state.place(of: id) else { return }
      putBack(&state.messages[i])
    case .tick:
      for i in state.messages.indices where state.messages[i].place == .taken {
        state.messages[i].left -= 1
        if state.messages[i].left == 0 { putBack(&state.messages[i]) }
      }
    case .redrive(let id):
      guard let i = state.place(of: id), state.messages[i].place == .dead else { return }
      state.messages[i].place = .waiting
      state.messages[i].attempts = 0
    case .discard(let id):
      guard state[id]?.place == .dead else { return }
      state.settle(id, .discarded)
    }
  }

  private func putBack(_ message: inout Message) {
    message.left = 0
    message.place = message.attempts < attempts ? .waiting : .dead
  }

  public var contract: Contract? {
    get throws {
      try Contract([
        EventContract("Send", ["id": .text, "key": .text]),
        EventContract("Receive", [:]),
        EventContract("Acknowledge", ["id": .text, "receipt": .integer]),
        EventContract("Reject", ["id": .text, "receipt": .integer]),
        EventContract("Tick", [:]),
        EventContract("Redrive", ["id": .text]),
        EventContract("Discard", ["id": .text]),
      ])
    }
  }

  /// Three messages of two keys, up to three receipts of each.
  public var exploration: Exploration<Self>? {
    Exploration(
      bound: { $0.messages.allSatisfy { $0.receipt <= 3 } },
      events: { _ in
        [.receive, .tick]
          + [("m1", "k"), ("m2", "k"), ("m3", "l")].flatMap { id, key -> [Event] in
            [.send(id: id, key: key), .redrive(id: id), .discard(id: id)]
              + (0...3).flatMap { receipt -> [Event] in
                [.acknowledge(id: id, receipt: receipt), .reject(id: id, receipt: receipt)]
              }
          }
      })
  }
}

extension MessageQueue.State {
  /// A message that is not settled; nil if there is none with this id.
  public subscript(id: String) -> MessageQueue.Message? { place(of: id).map { messages[$0] } }

  func place(of id: String) -> Int? { messages.firstIndex { $0.id == id } }

  /// Whether a message may be delivered: it waits for all earlier ones of its key, even for a dead letter.
  func mayGoOut(_ i: Int) -> Bool {
    messages[i].place == .waiting && messages[..<i].allSatisfy { $0.key != messages[i].key }
  }

  func isTaken(_ id: String, _ receipt: Int) -> Bool {
    self[id]?.place == .taken && self[id]?.receipt == receipt
  }

  mutating func settle(_ id: String, _ settlement: MessageQueue.Settlement) {
    messages.removeAll { $0.id == id }
    settled[id] = settlement
  }
}
