import Evlog
import EvlogErasure
import EvlogTesting
import Testing

/// Who has a ticket, by a name that may be forgotten.
struct Guest: Decider {
  struct State: Codable, Sendable {
    var name: Erasable<String>?
    var visits = 0
  }
  enum Event: Codable, Sendable {
    case registered(name: Erasable<String>)
    case visited
  }
  enum Command: Sendable { case register(String), visit }

  let vault: any KeyVault
  let initialState = State()
  let scope = Scope.stream

  func encode(_ event: Event, to stream: String) throws -> EncodedEvent {
    try vault.encode(event, to: stream)
  }
  func decode(_ event: RecordedEvent) throws -> Event { try vault.decode(event) }

  func decide(_ command: Command, _ state: State) -> [Event] {
    switch command {
    case .register(let name): [.registered(name: Erasable(name))]
    case .visit: [.visited]
    }
  }
  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .registered(let name): state.name = name
    case .visited: state.visits += 1
    }
  }
}

@Suite struct ErasureSnippets {
  @Test func erasing() async throws {
    let log = try EventLog.inMemory()
    let vault = MemoryVault()
    let guests = try TurnRunner(Guest(vault: vault), on: log)
    try await guests.run(.register("Ada Lovelace"), on: "guest-1")
    try await guests.run(.visit, on: "guest-1")
    print(try await guests.state(of: "guest-1").name?.value ?? "")  // Ada Lovelace

    try await log.erase("guest-1", keys: vault)
    await guests.forget("guest-1")
    let state = try await guests.state(of: "guest-1")
    print(state.name?.value ?? "erased")  // erased
    print(state.visits)  // 1

    do {
      try await log.append(Guest.Event.registered(name: Erasable("Alan Turing")), to: "guest-2")
    } catch { print(error) }
    // An event has personal data, and would be written in clear: encode it with the vault
  }
}
