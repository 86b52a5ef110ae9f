import Crypto
import EvlogErasure
import EvlogJSON
import EvlogMachine
import EvlogProjections
import EvlogReplay
import EvlogStore
import EvlogTesting
import EvlogTurns
import Foundation
import GRDB
import ReplayTestSupport
import SystemPackage
import Testing

/// A customer with a name that may be forgotten.
private struct Customer: Decider {
  struct State: Codable, Sendable, Equatable {
    var name: Erasable<String>?
    var orders = 0
  }
  enum Event: Codable, Sendable, Equatable {
    case registered(name: Erasable<String>, age: Erasable<Int>)
    case ordered(cents: Int)
  }
  enum Command: Sendable { case register(String, Int), order(Int) }

  let vault: any KeyVault
  let initialState = State()
  let scope = Scope.stream

  func decide(_ command: Command, _ state: State) -> [Event] {
    switch command {
    case .register(let name, let age): [.registered(name: Erasable(name), age: Erasable(age))]
    case .order(let cents): [.ordered(cents: cents)]
    }
  }
  func encode(_ event: Event, to stream: String) throws -> EncodedEvent {
    try vault.encode(event, to: stream)
  }
  func decode(_ event: RecordedEvent) throws -> Event { try vault.decode(event) }

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .registered(let name, _): state.name = name
    case .ordered: state.orders += 1
    }
  }
}

private struct Names: Projection {
  let vault: any KeyVault

  func decode(_ event: RecordedEvent) throws -> Customer.Event { try vault.decode(event) }

  func migrate(_ migrator: inout DatabaseMigrator) {
    migrator.registerMigration("names") { db in
      try db.execute(
        sql: "CREATE TABLE customer (stream TEXT PRIMARY KEY, name TEXT, orders INTEGER NOT NULL)")
    }
  }
  func apply(_ event: Customer.Event, _ context: EventContext, to db: Database) throws {
    switch event {
    case .registered(let name, _):
      try db.execute(
        sql: "INSERT INTO customer VALUES (?, ?, 0)", arguments: [context.stream, name.value])
    case .ordered:
      try db.execute(
        sql: "UPDATE customer SET orders = orders + 1 WHERE stream = ?", arguments: [context.stream]
      )
    }
  }
  func erase(_ stream: String, from db: Database) throws {
    try db.execute(sql: "UPDATE customer SET name = NULL WHERE stream = ?", arguments: [stream])
  }
}

@Suite struct ErasureTests {
  private let folder = TemporaryFolder()

  private func contains(_ text: String, _ folder: FilePath) throws -> Bool {
    let all = FileManager.default.enumerator(atPath: folder.string)
    while let name = all?.nextObject() as? String {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
      if data.range(of: Data(text.utf8)) != nil { return true }
    }
    return false
  }

  @Test(arguments: [true, false]) func whatIsErasedIsNowhere(_ hasMasterKey: Bool) async throws {
    let vault = try FileVault(
      folder.path.appending("keys"), masterKey: hasMasterKey ? SymmetricKey(size: .bits256) : nil)
    let log = try EventLog.create(folder.path.appending("log"))
    let customers = try TurnRunner(Customer(vault: vault), on: log)
    try await customers.run(.register("Ada Lovelace", 36), on: "c-1")
    try await customers.run(.register("Grace Hopper", 85), on: "c-2")
    try await customers.run(.order(5), on: "c-1")
    #expect(try await customers.state(of: "c-1").name?.value == "Ada Lovelace")
    // The log never had it in clear.
    #expect(try !contains("Lovelace", log.path))
    let names = try Projector(Names(vault: vault), over: log)
    try await names.catchUp()
    try await customers.saveSnapshot()
    #expect(try contains("Lovelace", log.path.appending("snapshots")))
    let digest = try log.digest(at: 3)

    for _ in 0..<2 { try await log.erase("c-1", keys: vault) }
    await customers.forget("c-1")
    try await names.catchUp()
    #expect(log.end == 4)
    #expect(try log.digest(at: 3) == digest)
    let state = try await customers.state(of: "c-1")
    #expect(state.name == .erased)
    #expect(state.orders == 1)
    #expect(try await customers.state(of: "c-2").name?.value == "Grace Hopper")
    let rows = try await names.read { db in
      try Row.fetchAll(db, sql: "SELECT stream, name, orders FROM customer ORDER BY stream").map(
        \.description)
    }
    #expect(
      rows == [
        #"[stream:"c-1" name:NULL orders:1]"#, #"[stream:"c-2" name:"Grace Hopper" orders:0]"#,
      ])
    // What is made anew is the same.
    #expect(try await names.rebuild().differences == [])
    #expect(try !contains("Lovelace", log.path.appending("snapshots")))
    #expect(try !contains("Lovelace", log.path.appending("segments")))
    // Another vault on the same folder, and the other customer, go on.
    let again = try TurnRunner(Customer(vault: vault), on: log)
    await #expect(throws: ErasureError.self) { try await again.run(.register("A", 1), on: "c-1") }
    try await again.run(.order(1), on: "c-1")
    #expect(try await again.state(of: "c-1").orders == 2)
    // A replay of all is possible, and says what it does not know.
    let all = try await Replayer(Customer(vault: vault).program, over: log).state().value
    #expect(all["c-1"]?["name"] == .object(JSONObject([("evlog.erased", .bool(true))])))
  }

  /// What a snapshot had in clear, a runner that began from it lets go, too; and so do older tables.
  @Test func whatIsForgottenStaysSo() async throws {
    let vault = MemoryVault()
    let log = try EventLog.create(folder.path.appending("log"))
    let first = try TurnRunner(Customer(vault: vault), on: log)
    for i in 0..<3 { try await first.run(.register("Ada Lovelace", 36), on: "c-\(i)") }
    try await first.saveSnapshot()
    let names = try Projector(Names(vault: vault), over: log)
    try await names.catchUp()
    try await names.rebuild()
    #expect(try contains("Lovelace", names.folder))
    let second = try TurnRunner(Customer(vault: vault), on: log)
    #expect(try await second.state(of: "c-0").name?.value == "Ada Lovelace")
    for i in 0..<3 {
      try await log.erase("c-\(i)", keys: vault)
      await second.forget("c-\(i)")
      #expect(try await second.state(of: "c-\(i)").name == .erased)
    }
    try await names.catchUp()
    try await names.read { db in try db.execute(sql: "SELECT 1") }
    #expect(try !contains("Lovelace", names.folder.appending("1.sqlite")))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: names.folder.string).contains("1.sqlite")
        == false)
    #expect(try await names.rebuild().differences == [])
  }

  /// Older tables go also where the event after an erasure fails.
  @Test func anErasureBeforeAFailureCounts() async throws {
    let vault = MemoryVault()
    let log = try EventLog.create(folder.path.appending("log"))
    try await TurnRunner(Customer(vault: vault), on: log).run(
      .register("Ada Lovelace", 36), on: "c")
    var options = Projector<Names>.Options()
    options.failurePolicy = .skip
    let names = try Projector(Names(vault: vault), over: log, options: options)
    try await names.catchUp()
    try await names.rebuild()
    let old = names.folder.appending("1.sqlite").string
    #expect(FileManager.default.fileExists(atPath: old))
    try await log.erase("c", keys: vault)
    try await log.append([NewEvent("painted", "{}", in: "c")])
    #expect(try await names.catchUp().skipped == 1)
    #expect(!FileManager.default.fileExists(atPath: old))
  }

  /// The same event is sealed to the same bytes, so a turn may be appended again.
  @Test func turnsStayIdempotent() throws {
    let vault = MemoryVault()
    let event = Customer.Event.registered(name: Erasable("Ada"), age: Erasable(36))
    let first = try vault.encode(event, to: "c")
    #expect(try vault.encode(event, to: "c") == first)
    #expect(try vault.encode(event, to: "d") != first)
    #expect(
      try vault.encode(
        .registered(name: Erasable("Bob"), age: Erasable(36)) as Customer.Event, to: "c")
        != first)
  }

  @Test func nothingIsWrittenInClearByMistake() async throws {
    let log = try EventLog.inMemory()
    let event = Customer.Event.registered(name: Erasable("Ada"), age: Erasable(36))
    await #expect(throws: ErasureError.self) { try await log.append(event, to: "c") }
    #expect(log.end == 0)
    let sealed = try MemoryVault().encode(event, to: "c")
    try await log.append([NewEvent(sealed, stream: "c")])
    let recorded = try #require(try log.event(at: 0))
    #expect(throws: ErasureError.self) { try recorded.decoded(as: Customer.Event.self) }
    // A key that is missing is not one that was erased.
    #expect(throws: ErasureError.self) {
      try MemoryVault().decode(recorded, as: Customer.Event.self)
    }
  }

  /// Whatever is changed in what was sealed, or in whose it is, is found.
  @Test func whatIsSealedIsAuthentic() throws {
    let vault = MemoryVault()
    let sealed = try vault.encode(
      .registered(name: Erasable("Ada"), age: Erasable(36)) as Customer.Event, to: "c")
    func recorded(_ data: [UInt8], in stream: String) -> RecordedEvent {
      var new = NewEvent(sealed, stream: stream)
      new.data = data
      return RecordedEvent(new, offset: 0, revision: 0)
    }
    #expect(
      try vault.decode(recorded(sealed.data, in: "c"), as: Customer.Event.self)
        == .registered(name: Erasable("Ada"), age: Erasable(36)))
    _ = try vault.makeKey(of: "d")
    #expect(throws: ErasureError.self) {
      try vault.decode(recorded(sealed.data, in: "d"), as: Customer.Event.self)
    }
    let text = String(decoding: sealed.data, as: UTF8.self)
    let start = try #require(text.range(of: #"sealed":""#)).upperBound
    let place = text.utf8.distance(from: text.startIndex, to: start)
    for i in place..<(place + 40) {
      var data = sealed.data
      data[i] = data[i] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(throws: (any Error).self) {
        try vault.decode(recorded(data, in: "c"), as: Customer.Event.self)
      }
    }
  }

  @Test func keysOutliveTheProcessAndErasuresToo() throws {
    let path = folder.path.appending("keys")
    let master = SymmetricKey(size: .bits256)
    let key = try FileVault(path, masterKey: master).makeKey(of: "c")
    #expect(try FileVault(path, masterKey: master).key(of: "c") == key)
    #expect(throws: ErasureError.self) {
      try FileVault(path, masterKey: SymmetricKey(size: .bits256)).key(of: "c")
    }
    #expect(throws: ErasureError.self) { try FileVault(path, masterKey: master).key(of: "d") }
    let other = try FileVault(path, masterKey: master)
    #expect(try other.key(of: "c") == key)
    try FileVault(path, masterKey: master).eraseKey(of: "c")
    #expect(try other.key(of: "c") == nil)
    #expect(throws: ErasureError.self) { try other.makeKey(of: "c") }
    let names = try FileManager.default.contentsOfDirectory(atPath: path.string)
    #expect(names.count == 1)
    #expect(names.allSatisfy { $0.hasSuffix(".erased") })
  }
}
