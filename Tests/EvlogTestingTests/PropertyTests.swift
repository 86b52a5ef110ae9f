import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import EvlogTurns
import Testing

/// Names that were seen; which is the first of them depends on what the machine is.
private struct Names: Machine {
  enum Kind: Sendable { case pure, leaky, forgetful }

  struct State: Codable, Sendable {
    var names: Set<String> = []
    var first = ""
    /// Something that is not saved.
    var unsaved = 0
    var count = 0

    enum CodingKeys: String, CodingKey { case names, first, count }
  }
  enum Event: Codable, Sendable { case seen(name: String) }

  var kind = Kind.pure
  let initialState = State()

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    guard case .seen(let name) = event else { return }
    state.names.insert(name)
    state.unsaved += 1
    switch kind {
    case .pure: state.first = state.names.min() ?? ""
    case .leaky: state.first = state.names.first ?? ""
    case .forgetful: state.count = state.unsaved
    }
  }
}

@Suite struct PropertyTests {
  private func log() async throws -> EventLog {
    let log = try EventLog.inMemory()
    for i in 0..<40 { try await log.append(Names.Event.seen(name: "name \(i * 7 % 40)"), to: "s") }
    return log
  }

  @Test func aPureMachinePasses() async throws {
    let log = try await log()
    try expectDeterministic(Names(), over: log)
    try expectSnapshotTransparent(Names(), over: log)
  }

  @Test func whatLeaksTheOrderOfASetIsFound() async throws {
    let log = try await log()
    #expect(throws: ExpectationFailure.self) {
      try expectDeterministic(Names(kind: .leaky), over: log)
    }
  }

  @Test func whatIsNotSavedIsFound() async throws {
    let log = try await log()
    try expectDeterministic(Names(kind: .forgetful), over: log)
    #expect(throws: ExpectationFailure.self) {
      try expectSnapshotTransparent(Names(kind: .forgetful), over: log, at: [3])
    }
  }
}

@Suite struct TestDiskTests {
  @Test func whatWasAcknowledgedSurvivesThePower() async throws {
    for seed in Seeds.first(20) {
      let disk = TestDisk(seed: seed)
      var acknowledged = 0
      for _ in 0..<4 {
        let log = try disk.open("log")
        #expect(log.end == Cut(acknowledged))
        let items = try TurnRunner(Item(), on: log)
        for i in 0..<5 {
          try await items.run(.count(i), on: "A-\(i)")
          acknowledged += 1
        }
        disk.cutPower()
      }
    }
  }

  @Test func aFullDiskTakesNothingAndThenGoesOn() async throws {
    let disk = TestDisk()
    let log = try disk.open("log")
    let items = try TurnRunner(Item(), on: log)
    try await items.run(.count(1), on: "A-7")
    disk.setCapacity(bytes: disk.byteCount)
    var failed = false
    for i in 0..<2000 where !failed {
      do { try await items.run(.count(i), on: "A-7") } catch let error as EventLogError {
        #expect(error.code == .diskFull)
        failed = true
      }
    }
    #expect(failed)
    let end = log.end
    disk.setCapacity(bytes: nil)
    try await items.run(.count(7), on: "A-7")
    #expect(log.end == end + 1)
    #expect(try await items.state(of: "A-7").available == 7)
  }

  /// A sync that fails poisons the log; opening it again says what became of the turn.
  @Test func afterAFailedSyncTheLogIsOpenedAgain() async throws {
    let disk = TestDisk()
    let log = try disk.open("log")
    let items = try TurnRunner(Item(), on: log)
    try await items.run(.count(1), on: "A-7", TurnDetails(id: "one"))
    disk.failSyncs()
    await #expect(throws: EventLogError.self) {
      try await items.run(.count(2), on: "A-7", TurnDetails(id: "two"))
    }
    log.close()
    disk.cutPower()
    let again = try TurnRunner(Item(), on: try disk.open("log"))
    try await again.run(.count(2), on: "A-7", TurnDetails(id: "two"))
    #expect(try await again.state(of: "A-7").available == 2)
    #expect(again.log.end == 2)
  }
}
