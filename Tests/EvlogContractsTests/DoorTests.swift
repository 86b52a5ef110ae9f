import EvlogContracts
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogSources
import EvlogTesting
import EvlogTurns
import ReplayTestSupport
import SystemPackage
import Testing

@testable import EvlogStore

/// A log with a contract takes no event that breaks it, by whatever way it comes.
@Suite struct DoorTests {
  static let contract = try? Contract([
    EventContract("deposited", ["cents": .integer(1...100_000)]),
    EventContract("named", ["name": .text(matching: "^[a-z]+$")]),
  ])

  /// An account that decides what it is told.
  struct Teller: Decider {
    struct State: Codable, Sendable { var cents = 0 }
    enum Event: Codable, Sendable {
      case deposited(cents: Int)
      case named(name: String)
    }
    let initialState = State()
    let scope = Scope.stream
    var contract: Contract? { get throws { DoorTests.contract } }
    func decide(_ command: [Event], _ state: State) -> [Event] { command }
    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {}
  }

  /// The ways into a log: how they take events, the last of which is bad.
  enum DoorKind: String, CaseIterable {
    case append, appendEvents, appendBlocking, appendTogether, appendEncodable, encodedEvent, turn
    case turnOnStreams, importing, restored, repaired, reopened, copiedByImport
  }

  private static let good = #"{"cents":5}"#
  private static let bad: [(data: String, refusal: String)] = [
    (#"{"cents":0}"#, "data.cents is 0, but must be an integer from 1 to 100000"),
    (#"{"cents":100001}"#, "data.cents is 100001, but must be an integer from 1 to 100000"),
  ]

  private func newEvent(_ data: String) -> NewEvent {
    NewEvent(stream: "s", type: "deposited", data: Array(data.utf8))
  }

  private func teller(_ data: String) throws -> Teller.Event {
    let cents = try JSONParser.parse(data)["cents"]?.integer(Int.self)
    return .deposited(cents: try #require(cents))
  }

  /// Sends a good event and then another through a door of a log, in one turn if it takes more than one.
  private func send(_ data: String, through door: DoorKind, of log: EventLog) async throws {
    let events = [newEvent(Self.good), newEvent(data)]
    switch door {
    case .append: try await log.append(Turn(events, id: "t\(data)"))
    case .appendEvents: try await log.append(events)
    case .appendBlocking, .restored, .repaired, .reopened, .copiedByImport:
      try log.appendBlocking(Turn(events))
    case .appendTogether:
      let results = try log.appendTogether([Turn([newEvent(Self.good)]), Turn(events)])
      _ = try results[1].get()
    case .appendEncodable: try await log.append(try teller(data), to: "s")
    case .encodedEvent:
      let encoded = try EncodedEvent(encoding: try teller(data))
      try await log.append([NewEvent(encoded, stream: "s")])
    case .turn:
      let turns = try TurnRunner(Teller(), on: log)
      try await turns.run([try teller(Self.good), try teller(data)], on: "s")
    case .turnOnStreams:
      let turns = try TurnRunner(Teller(), on: log)
      try await turns.run([
        (command: [try teller(Self.good)], stream: "s"), (command: [try teller(data)], stream: "t"),
      ])
    case .importing:
      let lines = events.map {
        #"{"stream":"s","type":"deposited","data":\#(String(decoding: $0.data, as: UTF8.self))}"#
      }
      let file = TemporaryFolder()
      let path = file.path.appending("in.ndjson")
      try writeText(lines.joined(separator: "\n"), to: path)
      var importer = try Importer(log: log, batch: 1000, name: data)
      var source = JSONSource(try InputBytes(path.string))
      while let event = try source.next() { try importer.add(event) }
      do { try importer.finish() } catch let refused as RefusedEvent {
        #expect(refused.line == 2)
        throw refused.error
      }
    }
  }

  private func writeText(_ text: String, to path: FilePath) throws {
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(Array(text.utf8)) }
  }

  /// A log with the contract, as it comes to a door.
  private func log(for door: DoorKind, in folder: TemporaryFolder) async throws -> EventLog {
    let contract = try #require(Self.contract)
    let path = folder.path.appending("log")
    var options = EventLog.Options()
    options.segmentBytes = 4096
    let log = try EventLog.create(path, options: options)
    // What was there before the contract is not judged.
    try await log.append([newEvent(#"{"cents":-1}"#)])
    try await log.setContract(contract)
    // Some segments, of which the first has the contract.
    let long = #"{"cents":5,"note":"\#(String(repeating: "x", count: 400))"}"#
    for _ in 0..<30 { try log.appendBlocking(Turn([newEvent(long)])) }
    switch door {
    case .reopened:
      try log.seal()
      log.close()
      return try EventLog.open(path, options: options)
    case .restored:
      log.close()
      let backup = folder.path.appending("backup")
      _ = try EventLog.backup(path, to: backup)
      _ = try EventLog.restore(backup, to: folder.path.appending("restored"))
      return try EventLog.open(folder.path.appending("restored"), options: options)
    case .repaired:
      try log.seal()
      let last = try #require(log.segmentInfo().last { $0.isSealed }).file
      log.close()
      // A byte in the middle of the last segment's payloads; the contract lies before it.
      let file = try FileDescriptor.open(last, .readWrite)
      let size = try file.seek(offset: 0, from: .end)
      try file.closeAfter {
        _ = try file.writeAll(toAbsoluteOffset: size / 2, [0xAA, 0x55, 0xAA, 0x55])
      }
      let plan = try EventLog.planRepair(path)
      #expect(!plan.isClean)
      _ = try EventLog.repair(path, losing: plan.lostCount == 0 ? nil : plan.lostCount)
      return try EventLog.open(path, options: options)
    case .copiedByImport:
      // An export that is imported with evlog's own events carries the contract along.
      let copy = try EventLog.create(folder.path.appending("copy"))
      var cursor = log.events().makeCursor()
      var events: [NewEvent] = []
      while let event = try cursor.next() { events.append(NewEvent(recorded: event)) }
      try copy.appendBlocking(Turn(own: events))
      log.close()
      return copy
    default: return log
    }
  }

  @Test(arguments: DoorKind.allCases) func noDoorTakesABadEvent(_ door: DoorKind) async throws {
    let folder = TemporaryFolder()
    let log = try await log(for: door, in: folder)
    defer { log.close() }
    #expect(try log.contract()?.contract == Self.contract)
    for (data, expected) in Self.bad {
      let end = log.end
      let error = await #expect(throws: EventLogError.self, "\(door)") {
        try await send(data, through: door, of: log)
      }
      #expect(error?.code == .contractBroken, "\(door): \(error.map { "\($0)" } ?? "")")
      #expect(error?.refusal.map { "\($0)" } == expected, "\(door)")
      #expect(error?.description.contains("breaks the log's contract: \(expected)") == true)
      // The turn was refused as a whole; of turns that share a frame, the others are there.
      #expect(log.end == (door == .appendTogether ? end + 1 : end), "\(door)")
    }
    try await send(#"{"cents":7}"#, through: door, of: log)
    let data = try allEvents(log).suffix(1).map { String(decoding: $0.data, as: UTF8.self) }
    #expect(data == [#"{"cents":7}"#], "\(door)")
  }

  private func allEvents(_ log: EventLog) throws -> [RecordedEvent] {
    var cursor = log.events().makeCursor()
    var events: [RecordedEvent] = []
    while let event = try cursor.next() { events.append(event) }
    return events
  }

  /// A retry of what is in the log is recognised, whatever the contract says by now.
  @Test func whatIsAlreadyThereIsNotRefused() async throws {
    try await withLog { log in
      let turn = Turn([newEvent(#"{"cents":-1}"#)], id: "early")
      try await log.append(turn)
      let contract = try #require(Self.contract)
      try await log.setContract(contract)
      let again = try await log.append(turn)
      #expect(again.wasAlreadyThere && again.offsets == 0..<1)
      await #expect(throws: EventLogError.self) {
        try await log.append(Turn([newEvent(#"{"cents":-1}"#)], id: "late"))
      }
      let valid = Turn([newEvent(Self.good)], id: "valid")
      try await log.append(valid)
      #expect(try await log.append(valid).wasAlreadyThere)
    }
  }

  private func withLog(_ body: (EventLog) async throws -> Void) async throws {
    let folder = TemporaryFolder()
    try await body(try EventLog.create(folder.path.appending("log")))
    try await body(try EventLog.inMemory())
    withExtendedLifetime(folder) {}
  }

  @Test func aContractComesAndGoes() async throws {
    let contract = try #require(Self.contract)
    try await withLog { log in
      #expect(try log.contract() == nil)
      #expect(try await log.setContract(nil) == nil)
      #expect(log.end == 0)
      let set = try await log.setContract(contract)
      #expect(set?.offset == 0 && set?.contract == contract)
      #expect(try await log.setContract(contract) == set)
      #expect(log.end == 1)
      await #expect(throws: EventLogError.self) { try await log.append([newEvent("{}")]) }
      let other = try Contract([], closed: true)
      try await log.setContract(other)
      let error = await #expect(throws: EventLogError.self) {
        try await log.append([newEvent(Self.good)])
      }
      #expect(error?.refusal?.path == "type")
      try await log.setContract(nil)
      #expect(try log.contract() == nil)
      try await log.append([newEvent("nothing like JSON")])
      try await log.setContract(contract)
      #expect(try log.contract()?.offset == 4)
    }
  }

  /// No event gets in after a contract that does not satisfy it, whoever appends meanwhile.
  @Test(arguments: [1, 2, 3]) func everyEventBehindAContractSatisfiesIt(round: Int) async throws {
    let contract = try #require(Self.contract)
    let folder = TemporaryFolder()
    let log = try EventLog.create(folder.path.appending("log"))
    let refused = try await withThrowingTaskGroup(of: Int.self) { group in
      for task in 0..<8 {
        group.addTask {
          var refused = 0
          for i in 0..<60 {
            let data = (i + task).isMultiple(of: 2) ? Self.good : #"{"cents":0}"#
            do {
              try await log.append(Turn([self.newEvent(Self.good), self.newEvent(data)]))
            } catch let error as EventLogError where error.code == .contractBroken {
              refused += 1
            }
          }
          return refused
        }
      }
      group.addTask {
        while log.end < 100 { await Task.yield() }
        try await log.setContract(contract)
        return 0
      }
      return try await group.reduce(0, +)
    }
    let set = try #require(try log.contract())
    let events = try allEvents(log)
    let later = events[Int(set.offset)...].filter { $0.type == "deposited" }
    #expect(later.allSatisfy { contract.refusal(of: NewEvent(recorded: $0)) == nil })
    #expect(events.count == 1 + 2 * (480 - refused))
    log.close()
    let again = try EventLog.open(folder.path.appending("log"))
    #expect(try again.contract() == set)
    #expect(throws: EventLogError.self) { try again.appendBlocking(Turn([self.newEvent("{}")])) }
    again.close()
  }

  /// A contract whose frame does not get into the log is not in force.
  @Test func aContractThatWasNotWrittenDoesNotHold() async throws {
    let folder = TemporaryFolder()
    let faults = FaultInjector()
    var options = EventLog.Options()
    options.faults = faults
    let log = try EventLog.create(folder.path.appending("log"), options: options)
    try await log.append([newEvent(Self.good)])
    faults.fail(.write, with: .noSpace)
    // So much that its frame needs more room than the file has.
    let fields = (0..<200).map { ("field number \($0)", FieldRule.text(length: 1...($0 + 2))) }
    let large = try Contract(
      (0..<20).map { EventContract("type \($0)", .record(fields)) }, closed: true)
    let error = await #expect(throws: EventLogError.self) { try await log.setContract(large) }
    #expect(error?.code == .diskFull)
    faults.heal()
    #expect(try log.contract() == nil)
    try await log.append([newEvent("{}")])
    #expect(log.end == 2)
    try await log.setContract(large)
    await #expect(throws: EventLogError.self) { try await log.append([newEvent("{}")]) }
    log.close()
  }

  /// Truncating a log to before its contract removes it; to behind it, keeps it.
  @Test(arguments: [(Cut(1), false), (2, true), (3, true)])
  func truncationFollowsTheOffset(cut: Cut, isThere: Bool) async throws {
    let folder = TemporaryFolder()
    let path = folder.path.appending("log")
    let log = try EventLog.create(path)
    try await log.append([newEvent(Self.good)])
    let contract = try #require(Self.contract)
    try await log.setContract(contract)
    for _ in 0..<3 { try await log.append([newEvent(Self.good)]) }
    log.close()
    let plan = try EventLog.planTruncation(path, to: cut)
    _ = try EventLog.truncate(path, to: cut, dropping: plan.eventCount)
    let again = try EventLog.open(path)
    defer { again.close() }
    #expect(try (again.contract() != nil) == isThere)
    let result = Result { try again.appendBlocking(Turn([self.newEvent("{}")])) }
    #expect(((try? result.get()) == nil) == isThere)
  }

  /// What is no contract, or one of a later evlog, is never passed over.
  @Test func anUnreadableContractLetsNothingIn() async throws {
    let folder = TemporaryFolder()
    let path = folder.path.appending("log")
    let log = try EventLog.create(path)
    for data in [
      "{}", "x", #"{"contract":{"contract":1,"events":{}},"fingerprint":"0"}"#,
      #"{"contract":{"contract":2,"events":{}},"fingerprint":null}"#,
    ] {
      let event = NewEvent(
        stream: Contract.eventType, type: Contract.eventType, data: Array(data.utf8))
      let error = #expect(throws: EventLogError.self) {
        try log.appendBlocking(Turn(own: [event]))
      }
      #expect(error?.code == .invalidEvent)
      let elsewhere = NewEvent(stream: "s", type: Contract.eventType, data: Array(data.utf8))
      #expect(throws: EventLogError.self) { try log.appendBlocking(Turn(own: [elsewhere])) }
      #expect(throws: EventLogError.self) { try log.appendBlocking(Turn([event])) }
    }
    #expect(log.end == 0)
    let other = NewEvent(stream: Contract.eventType, type: "evlog.other", data: [])
    #expect(throws: EventLogError.self) { try log.appendBlocking(Turn(own: [other])) }
    log.close()
  }

  /// A machine's contract is the log's for the asking, and its control event is no machine's.
  @Test func aMachineDeclaresOne() async throws {
    let log = try EventLog.inMemory()
    try await log.setContract(try Teller().contract)
    #expect(try Teller().program.contract == Self.contract)
    try await log.append(Teller.Event.deposited(cents: 3), to: "s")
    let replayer = Replayer(Teller().program, over: log, snapshots: nil)
    let state = try await replayer.state(ofKey: "s").value
    #expect(state == .object([("cents", .int(0))]))
    #expect(log.verify(.deep).isEmpty)
  }
}
