public import EvlogContracts
public import EvlogMachine

/// A lock with leases and fencing tokens.
///
/// At most one client holds the lock, and every grant has a greater token than all grants before it. The guarded
/// resource takes no write whose token is older than one that it has taken. A lease alone does not exclude others.
public struct Lock: Machine {
  public struct State: Codable, Sendable, Hashable {
    /// The newest token that was granted; 0 before the first.
    public var token = 0
    /// The leases by client: at most one.
    public var leases: [String: Lease] = [:]
    public var resource = Resource()
  }

  public struct Lease: Codable, Sendable, Hashable {
    public var token: Int
    /// The ticks until it ends.
    public var left: Int
  }

  /// What the lock guards. It does not know who holds the lock, and looks at the token alone.
  public struct Resource: Codable, Sendable, Hashable {
    /// The token of the last write; 0 before the first.
    public var token = 0
    public var value = ""
  }

  public enum Event: Codable, Sendable, Hashable {
    /// Refused while anyone holds the lock.
    case acquire(client: String)
    /// Refused unless the client holds the lock with this token, as is a release.
    case renew(client: String, token: Int)
    case release(client: String, token: Int)
    case tick
    /// Refused if the token was never granted, or is older than that of the last write.
    case write(token: Int, value: String)

    enum CodingKeys: String, CodingKey {
      case acquire = "Acquire"
      case renew = "Renew"
      case release = "Release"
      case tick = "Tick"
      case write = "Write"
    }
  }

  public enum Phase: String, CaseIterable, Sendable { case free, held }

  /// How many ticks a lease lasts.
  public let lease: Int

  public init(lease: Int = 2) {
    precondition(lease > 0, "a lease lasts at least one tick")
    self.lease = lease
  }

  public var name: String { "lock" }
  public var initialState: State { State() }

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .acquire(let client):
      guard state.leases.isEmpty else { return }
      state.token += 1
      state.leases[client] = Lease(token: state.token, left: lease)
    case .renew(let client, let token):
      guard state.leases[client]?.token == token else { return }
      state.leases[client]?.left = lease
    case .release(let client, let token):
      guard state.leases[client]?.token == token else { return }
      state.leases[client] = nil
    case .tick:
      state.leases = state.leases.filter { $0.value.left > 1 }
      for client in state.leases.keys { state.leases[client]?.left -= 1 }
    case .write(let token, let value):
      guard token >= state.resource.token, token >= 1, token <= state.token else { return }
      state.resource = Resource(token: token, value: value)
    }
  }

  public var contract: Contract? {
    get throws {
      try Contract([
        EventContract("Acquire", ["client": .text]),
        EventContract("Renew", ["client": .text, "token": .integer]),
        EventContract("Release", ["client": .text, "token": .integer]),
        EventContract("Tick", [:]),
        EventContract("Write", ["token": .integer, "value": .text]),
      ])
    }
  }

  public var invariants: [Invariant<Self>] {
    let lease = lease
    return [
      .always("at most one client holds the lock") { $0.leases.count <= 1 },
      .history("tokens strictly rise", initial: 0) { newest, before, _, after, _ in
        let granted = after.leases.filter { before.leases[$0.key]?.token != $0.value.token }
          .map(\.value.token)
        defer { newest = max(newest, granted.max() ?? newest) }
        return granted.allSatisfy { $0 > newest }
      },
      .step("a free lock is granted") { before, event, after, _ in
        guard case .acquire(let client) = event, before.leases.isEmpty else { return true }
        return after.leases[client] != nil
      },
      .step("a lease lasts its ticks") { before, event, after, _ in
        after.leases.allSatisfy { client, now in
          guard let old = before.leases[client], old.token == now.token else {
            return now.left == lease
          }
          return switch event {
          case .renew(client, now.token): now.left == lease
          case .tick: now.left > 0 && now.left == old.left - 1
          default: now.left > 0 && now.left == old.left
          }
        }
      },
      .step("a release ends the lease") { before, event, after, _ in
        guard case .release(let client, let token) = event,
          before.leases[client]?.token == token
        else { return true }
        return after.leases[client] == nil
      },
      .step("a lease ends by its release or its last tick") { before, event, after, _ in
        before.leases.allSatisfy { client, lease in
          if after.leases[client]?.token == lease.token { return true }
          return switch event {
          case .tick: lease.left == 1
          case .release(client, lease.token): true
          default: false
          }
        }
      },
      .step("an old token writes nothing") { before, event, after, _ in
        guard case .write(let token, _) = event else { return true }
        return token >= before.resource.token || before == after
      },
      .step("a token that was not granted writes nothing") { before, event, after, _ in
        guard case .write(let token, _) = event else { return true }
        return token >= 1 && token <= before.token || before == after
      },
      .step("the holder's writes are taken") { before, event, after, _ in
        guard case .write(let token, let value) = event,
          before.leases.values.contains(where: { $0.token == token })
        else { return true }
        return after.resource == Resource(token: token, value: value)
      },
    ]
  }

  public var regions: Regions<State>? {
    Regions(
      of: { $0.leases.isEmpty ? Phase.free : .held },
      moves: [
        .free: [
          "Acquire": .allowed(to: [.held]), "Renew": .ignored, "Release": .ignored,
          "Tick": .ignored, "Write": .allowed(to: [.free]),
        ],
        .held: [
          "Acquire": .ignored, "Renew": .allowed(to: [.held]),
          "Release": .allowed(to: [.held, .free]), "Tick": .allowed(to: [.held, .free]),
          "Write": .allowed(to: [.held]),
        ],
      ])
  }

  /// Three clients, four tokens.
  public var exploration: Exploration<Self>? {
    let clients = ["a", "b", "c"]
    return Exploration(
      bound: { $0.token <= 4 },
      symmetry: { state in
        var renamed = state
        let leases = state.leases.values.sorted { ($0.token, $0.left) < ($1.token, $1.left) }
        renamed.leases = Dictionary(uniqueKeysWithValues: zip(clients, leases))
        return renamed
      },
      events: { state in
        [.tick] + clients.map { .acquire(client: $0) }
          + (0...(state.token + 1)).flatMap { token -> [Event] in
            clients.flatMap { client -> [Event] in
              [.renew(client: client, token: token), .release(client: client, token: token)]
            } + ["x", "y"].map { .write(token: token, value: $0) }
          }
      })
  }
}
