import BoxOffice
import Evlog
import Testing

@Suite struct VersioningSnippets {
  enum StockEvent: Codable, Sendable {
    case counted(sku: String, quantity: Int)

    enum CodingKeys: String, CodingKey {
      case counted = "StockCounted"
    }
  }

  @Test func names() throws {
    let event = try EncodedEvent(encoding: StockEvent.counted(sku: "A-7", quantity: 12))
    print(event.type)  // StockCounted
    print(String(decoding: event.data, as: UTF8.self))  // {"quantity":12,"sku":"A-7"}
  }

  @Test func upcasters() async throws {
    let log = try EventLog.inMemory()
    try await log.append(Show.Event.opened(title: "Hamlet", seats: 10), to: "hamlet")
    let json = #"{"reservation":"r1","customer":"ada"}"#
    try await log.append([NewEvent(stream: "hamlet", type: "reserved", data: Array(json.utf8))])

    let shows = try TurnRunner(Show(), on: log)
    print(try await shows.state(of: "hamlet").reserved)  // 1
    try await shows.run(.reserve(seats: 2, customer: "alan", reservation: "r2"), on: "hamlet")

    var versions: [UInt32] = []
    for try await event in log.events() { versions.append(event.schemaVersion) }
    print(versions)  // [1, 1, 2]

    try await shows.saveSnapshot()
    print(try SnapshotStore(log: log).entries().map(\.cut))  // [3]

    try await log.append(
      Show.Event.reserved(reservation: "r3", customer: "grace", seats: 1), to: "hamlet",
      schemaVersion: 3)
    do { _ = try await Replayer(Show().program, over: log).state() } catch { print(error) }
    // Machine 'Show' at offset 3, in the upcasters: this 'reserved' has the schema version 3, and the
    // newest that is known is 2.
  }

  struct Door: Machine {
    struct State: Codable, Sendable { var isOpen = false }
    enum Event: Codable, Sendable { case opened, closed }

    let initialState = State()
    let upcasters: [Upcaster] = [.rename("shut", to: "closed")]
    let ignoredTypes: Set<String> = ["knocked"]

    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      switch event {
      case .opened: state.isOpen = true
      case .closed: state.isOpen = false
      }
    }
  }

  @Test func renames() async throws {
    let log = try EventLog.inMemory()
    for type in ["opened", "knocked", "shut"] {
      try await log.append([NewEvent(stream: "door", type: type, data: Array("{}".utf8))])
    }
    let state = try await Replayer(Door().program, over: log).state()
    print(state.value.canonicalText)  // {"isOpen":false}

    try await log.append([NewEvent(stream: "door", type: "painted", data: Array("{}".utf8))])
    do { _ = try await Replayer(Door().program, over: log).state() } catch { print(error) }
    // Machine 'Door' at offset 3: The event type 'painted' is neither handled nor ignored. Handle it,
    // or add 'painted' to the types that the machine ignores.
  }

  /// The version of a type without upcasters is not looked at.
  @Test func versionsWithoutUpcasters() async throws {
    let log = try EventLog.inMemory()
    try await log.append(Door.Event.opened, to: "door", schemaVersion: 7)
    let state = try await Replayer(Door().program, over: log).state()
    #expect(state.value.canonicalText == #"{"isOpen":true}"#)
  }

  /// A value that is optional may be missing.
  @Test func optionalValues() async throws {
    enum Call: Codable, Hashable { case rang(number: String, name: String?) }
    let log = try EventLog.inMemory()
    let json = #"{"number":"7"}"#
    try await log.append([NewEvent(stream: "phone", type: "rang", data: Array(json.utf8))])
    #expect(try log.event(at: 0)?.decoded(as: Call.self) == .rang(number: "7", name: nil))
  }

  /// From version 1 to 3 there are two steps.
  @Test func chains() async throws {
    struct Counter: Machine {
      struct State: Codable, Sendable { var sum = 0 }
      enum Event: Codable, Sendable { case added(amount: Int) }

      let initialState = State()
      let upcasters: [Upcaster] = [
        .upcast("added", from: 2) { .object([("amount", $0["number"] ?? .null)]) },
        .upcast("added", from: 1) { .object([("number", $0["n"] ?? .null)]) },
      ]

      func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
        switch event {
        case .added(let amount): state.sum += amount
        }
      }
    }
    let log = try EventLog.inMemory()
    for (version, json) in [(1, #"{"n":1}"#), (2, #"{"number":2}"#), (3, #"{"amount":3}"#)] {
      try await log.append([
        NewEvent(
          stream: "s", type: "added", data: Array(json.utf8), schemaVersion: UInt32(version))
      ])
    }
    let state = try await Replayer(Counter().program, over: log).state()
    #expect(state.value.canonicalText == #"{"sum":6}"#)
    #expect(Counter().schemaVersion(of: "added") == 3)
  }
}
