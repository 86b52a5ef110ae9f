public import EvlogContracts
public import EvlogMachine

/// A register with compare-and-set, for clients that repeat requests they got no answer to.
///
/// A value is set only where the expected one was, a request counts once however often it comes, and the replies are
/// those of one register, in the order of the log.
public struct Register: Machine {
  public struct State: Codable, Sendable, Hashable {
    public var value = ""
    /// How often the value was set.
    public var version = 0
    /// The reply to each client's last request.
    public var replies: [String: Reply] = [:]
  }

  public struct Reply: Codable, Sendable, Hashable {
    /// The number of the request.
    public var request: Int
    /// Whether the request set the value.
    public var isSet: Bool
    /// The value after the request.
    public var value: String
  }

  public enum Event: Codable, Sendable, Hashable {
    case read(client: String, request: Int)
    case compareAndSet(client: String, request: Int, expected: String, value: String)

    enum CodingKeys: String, CodingKey {
      case read = "Read"
      case compareAndSet = "CompareAndSet"
    }

    public var client: String {
      switch self {
      case .read(let client, _), .compareAndSet(let client, _, _, _): client
      }
    }

    /// The number of the request, by which a repeated one is known.
    public var request: Int {
      switch self {
      case .read(_, let request), .compareAndSet(_, let request, _, _): request
      }
    }
  }

  public init() {}

  public var name: String { "register" }
  public var initialState: State { State() }

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    guard event.request > state.lastRequest(of: event.client) else { return }
    var isSet = false
    if case .compareAndSet(_, _, state.value, let value) = event {
      isSet = true
      state.value = value
      state.version += 1
    }
    state.replies[event.client] = Reply(request: event.request, isSet: isSet, value: state.value)
  }

  public var contract: Contract? {
    get throws {
      try Contract([
        EventContract("Read", ["client": .text, "request": .integer]),
        EventContract(
          "CompareAndSet",
          ["client": .text, "request": .integer, "expected": .text, "value": .text]),
      ])
    }
  }

  public var invariants: [Invariant<Self>] {
    [
      .step("a value is set only where the expected one was") { before, event, after, _ in
        guard after.value != before.value else { return true }
        guard case .compareAndSet(_, _, before.value, after.value) = event else { return false }
        return true
      },
      .step("a repeated request changes nothing") { before, event, after, _ in
        event.request > before.lastRequest(of: event.client) || before == after
      },
      .step("a new request is answered") { before, event, after, _ in
        event.request <= before.lastRequest(of: event.client)
          || after.lastRequest(of: event.client) == event.request
      },
      .step("versions count what was set") { before, event, after, _ in
        let reply = Self.answer(to: event, from: before, to: after)
        return after.version - before.version == (reply?.isSet == true ? 1 : 0)
      },
      .history("the replies are those of one register", initial: Memory()) {
        memory, before, event, after, _ in
        guard let reply = Self.answer(to: event, from: before, to: after) else { return true }
        var isSet = false
        if case .compareAndSet(_, _, memory.value, _) = event { isSet = true }
        if reply.isSet, case .compareAndSet(_, _, _, let value) = event { memory.value = value }
        return reply.isSet == isSet && reply.value == memory.value
      },
    ]
  }

  /// A register that is kept up by what the replies say.
  private struct Memory: Codable, Sendable { var value = "" }

  private static func answer(to event: Event, from before: State, to after: State) -> Reply? {
    let isNew = before.lastRequest(of: event.client) != after.lastRequest(of: event.client)
    return isNew ? after.replies[event.client] : nil
  }

  /// Three clients with two requests each, two values.
  public var exploration: Exploration<Self>? {
    let clients = ["a", "b", "c"]
    return Exploration(
      symmetry: { state in
        var renamed = state
        let replies = state.replies.values.sorted {
          ($0.request, $0.isSet ? 1 : 0, $0.value) < ($1.request, $1.isSet ? 1 : 0, $1.value)
        }
        renamed.replies = Dictionary(uniqueKeysWithValues: zip(clients, replies))
        return renamed
      },
      events: { state in
        clients.flatMap { client -> [Event] in
          let last = state.lastRequest(of: client)
          return [last, last + 1].filter { (1...2).contains($0) }.flatMap { request -> [Event] in
            [.read(client: client, request: request)]
              + ["", "x", "y"].flatMap { expected -> [Event] in
                ["x", "y"].map {
                  .compareAndSet(client: client, request: request, expected: expected, value: $0)
                }
              }
          }
        }
      })
  }
}

extension Register.State {
  /// The number of a client's last request; 0 before the first.
  public func lastRequest(of client: String) -> Int { replies[client]?.request ?? 0 }
}
