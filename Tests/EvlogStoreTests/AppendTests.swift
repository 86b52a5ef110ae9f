import EvlogStore
import EvlogTesting
import SystemPackage
import Testing

@Suite struct AppendTests {
  let folder = TemporaryFolder()

  private func options(segmentBytes: Int = 64 << 20) -> EventLog.Options {
    var options = EventLog.Options()
    options.segmentBytes = segmentBytes
    return options
  }

  @Test func whatIsAppendedIsRead() async throws {
    let log = try EventLog.open(folder.log)
    let time = try #require(Timestamp("2026-03-01T10:11:12.345678901Z"))
    let event = NewEvent(
      stream: "order-1", type: "Placed", data: json(#"{"n":9223372036854775808 }"#),
      contentType: "application/vnd.shop+json", schemaVersion: 3, recordedAt: time, id: "e-1",
      causation: ["c-1"], correlation: "k-1", metadata: json("{ }"))
    let first = try await log.append([event], turnID: "t-1")
    #expect(first.offsets == 0..<1)
    #expect(first.revisions.map(\.stream) == ["order-1"] && first.revision(of: "order-1") == 0)
    let second = try await log.append([
      NewEvent(stream: "order-1", type: "Paid", data: []),
      NewEvent(stream: "order-2", type: "Placed", data: [0, 255]),
    ])
    #expect(second.offsets == 1..<3)

    log.close()
    let reader = try EventLog.openReadOnly(folder.log)
    let events = try allEvents(reader)
    #expect(events.map(\.offset) == [0, 1, 2])
    #expect(events.map(\.revision) == [0, 1, 0])
    #expect(events.map(\.beginsTurn) == [true, true, false])
    #expect(NewEvent(recorded: events[0]) == event)
    #expect(events[0].turnID == "t-1")
    #expect(Array(events[2].data) == [0, 255])
    #expect(reader.verify().isEmpty)
  }

  @Test func expectationsGuardEachStream() async throws {
    let log = try EventLog.open(folder.log)
    let a = NewEvent(stream: "a", type: "x", data: [])
    let b = NewEvent(stream: "b", type: "x", data: [])
    try await log.append([a], expecting: ["a": .noStream])
    try await log.append([a, b], expecting: ["a": .revision(0), "b": .noStream])
    for expectation: [String: Turn.Expectation] in [
      ["a": .noStream], ["a": .revision(0)], ["c": .streamExists], ["c": .revision(0)],
      ["a": .revision(1), "b": .noStream],
    ] {
      let error = await #expect(throws: EventLogError.self) {
        try await log.append([a], expecting: expectation)
      }
      #expect(error?.code == .wrongExpectedRevision)
    }
    #expect(log.end == 3)
    try await log.append([a], expecting: ["a": .streamExists, "b": .any])
    #expect(try log.lastRevision(of: "a") == 2)
  }

  @Test(arguments: [false, true]) func theSameTurnAgainIsFound(isSealed: Bool) async throws {
    let log = try EventLog.open(folder.log)
    let turn = Turn(
      [
        NewEvent(stream: "a", type: "x", data: json("1")),
        NewEvent(stream: "b", type: "y", data: json("2")),
      ], id: "turn-7")
    try await log.append([NewEvent(stream: "a", type: "x", data: [])])
    let first = try await log.append(turn)
    try await log.append([NewEvent(stream: "a", type: "x", data: [])])
    if isSealed { try log.seal() }
    let again = try await log.append(turn)
    #expect(again.wasAlreadyThere)
    #expect(again.offsets == first.offsets)
    #expect(again.revisions == first.revisions)
    #expect(log.end == 4)

    var other = turn
    other.events[1].data = json("3")
    let error = await #expect(throws: EventLogError.self) { try await log.append(other) }
    #expect(error?.code == .turnConflict)
    #expect(log.end == 4)
  }

  @Test func limitsAreCheckedBeforeAnythingIsWritten() async throws {
    let log = try EventLog.open(folder.log)
    let long = String(repeating: "x", count: 100_000)
    for event in [
      NewEvent(stream: long, type: "x", data: []),
      NewEvent(stream: "a", type: long, data: []),
      NewEvent(
        stream: "a", type: "x", data: [UInt8](repeating: 0, count: Limits.eventDataBytes + 1)),
      NewEvent(stream: "a", type: "x", data: [], id: long),
      NewEvent(stream: "a", type: "x", data: [], contentType: long),
    ] {
      let error = await #expect(throws: EventLogError.self) { try await log.append([event]) }
      #expect(error?.code == .tooLarge)
    }
    for events in [[], [NewEvent(stream: "", type: "x", data: [])]] {
      let error = await #expect(throws: EventLogError.self) { try await log.append(events) }
      #expect(error?.code == .invalidEvent)
    }
    #expect(log.end == 0)
    try await log.append([
      NewEvent(stream: "a", type: "x", data: [UInt8](repeating: 7, count: Limits.eventDataBytes))
    ])
    #expect(try log.event(at: 0)?.data.count == Limits.eventDataBytes)
  }

  @Test func manyWritersShareSyncs() async throws {
    let faults = FaultInjector()
    var options = EventLog.Options()
    options.faults = faults
    let log = try EventLog.open(folder.log, options: options)
    let before = faults.count(of: .sync)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for i in 0..<500 {
        group.addTask {
          try await log.append([NewEvent(stream: "s-\(i % 7)", type: "x", data: json("\(i)"))])
        }
      }
      try await group.waitForAll()
    }
    #expect(log.end == 500)
    #expect(faults.count(of: .sync) - before < 500)
    let events = try allEvents(log)
    #expect(Set(events.map { String(decoding: $0.data, as: UTF8.self) }).count == 500)
    for i in 0..<7 {
      let revisions = events.filter { $0.stream == "s-\(i)" }.map(\.revision)
      #expect(revisions == Array(0..<Revision(revisions.count)))
    }
  }

  @Test func oneWriterAtATime() throws {
    let log = try EventLog.open(folder.log)
    let error = #expect(throws: EventLogError.self) { _ = try EventLog.open(folder.log) }
    #expect(error?.code == .locked)
    log.close()
    _ = try EventLog.open(folder.log)
  }

  @Test func readersAreRefusedToWrite() async throws {
    _ = try EventLog.open(folder.log)
    let reader = try EventLog.openReadOnly(folder.log)
    let error = await #expect(throws: EventLogError.self) {
      try await reader.append([NewEvent(stream: "a", type: "x", data: [])])
    }
    #expect(error?.code == .readOnly)
  }

  /// The same random turns into small segments and into a large one, sealed and not, with every way
  /// of reading compared with a plain array.
  @Test(arguments: [4096, 20_000, 64 << 20]) func readingEqualsAModel(segmentBytes: Int)
    async throws
  {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let log = try EventLog.create(folder.log, options: options(segmentBytes: segmentBytes))
    var model: [[String]] = []
    var revisions: [String: Revision] = [:]
    for t in 0..<300 {
      var events: [NewEvent] = []
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        events.append(
          NewEvent(
            stream: "stream-\(Int.random(in: 0..<20, using: &random))",
            type: "type-\(Int.random(in: 0..<5, using: &random))",
            data: (0..<Int.random(in: 0...200, using: &random)).map { _ in
              UInt8.random(in: 0...20, using: &random)
            },
            contentType: Bool.random(using: &random) ? "application/json" : "text/plain",
            schemaVersion: UInt32.random(in: 1...2, using: &random),
            recordedAt: Timestamp(
              nanoseconds: 1_700_000_000_000_000_000
                + Int64.random(in: 0..<1_000_000_000_000, using: &random)),
            id: Bool.random(using: &random) ? "id-\(t)" : nil,
            metadata: Bool.random(using: &random) ? json("{}") : nil))
      }
      let id = t % 3 == 0 ? "turn-\(t)" : nil
      try log.appendBlocking(Turn(events, id: id))
      for (i, event) in events.enumerated() {
        let revision = revisions[event.stream].map { $0 + 1 } ?? 0
        revisions[event.stream] = revision
        model.append([
          "\(model.count)", event.stream, "\(revision)", event.type, "\(event.schemaVersion)",
          "\(event.recordedAt ?? .now())", event.id ?? "-", "-", "-",
          event.metadata == nil ? "-" : "{}", event.contentType,
          event.data.map { String($0, radix: 16) }.joined(separator: " "), "\(i == 0)",
          i == 0 ? id ?? "-" : "-",
        ])
      }
      if t == 150 { try log.seal() }
    }
    let comment: Comment = "seed \(seed)"
    let digest = try log.digest(at: log.end)
    let middle = try log.digest(at: 123)
    try check(log, model, comment)
    try log.seal()
    try check(log, model, comment)
    #expect(try log.digest(at: log.end) == digest, comment)
    #expect(try log.digest(at: 123) == middle, comment)
    log.close()
    let reader = try EventLog.openReadOnly(folder.log)
    try check(reader, model, comment)
    #expect(try reader.digest(at: reader.end) == digest, comment)
    #expect(reader.verify().isEmpty, comment)
    for (i, row) in model.enumerated() where row[13] != "-" {
      #expect(try reader.offsets(ofTurn: row[13])?.lowerBound == Offset(i), comment)
    }
    #expect(try reader.offsets(ofTurn: "no such turn") == nil)
  }

  private func check(_ log: EventLog, _ model: [[String]], _ comment: Comment) throws {
    #expect(try allEvents(log).map(content) == model, comment)
    #expect(try allEvents(log, Query(isBackwards: true)).map(content) == model.reversed(), comment)
    for s in ["stream-0", "stream-7", "stream-19", "none"] {
      let expected = model.filter { $0[1] == s }
      #expect(try allEvents(log, Query(stream: s)).map(content) == expected, comment)
      #expect(
        try allEvents(log, Query(from: 50, to: 400, stream: s, isBackwards: true, limit: 7))
          .map(content)
          == Array(
            expected.filter { (50..<400).contains(Int($0[0]) ?? 0) }.reversed().prefix(7)), comment)
    }
    #expect(
      try allEvents(log, Query(from: 10, types: ["type-1", "type-3"])).map(content)
        == model.dropFirst(10).filter { $0[3] == "type-1" || $0[3] == "type-3" }, comment)
    let since = try #require(Timestamp("2023-11-14T22:15:00Z"))
    let until = try #require(Timestamp("2023-11-14T22:25:00Z"))
    let between = model.filter {
      guard let time = Timestamp($0[5]) else { return false }
      return time >= since && time < until
    }
    #expect(!between.isEmpty)
    #expect(try allEvents(log, Query(since: since, until: until)).map(content) == between, comment)
    #expect(try log.event(at: 77).map(content) == model[77], comment)
    #expect(try log.event(at: Offset(model.count)) == nil)
    let counts = try log.counts()
    #expect(
      tally(counts.byType) == Dictionary(model.map { ($0[3], 1) }, uniquingKeysWith: +), comment)
    #expect(
      tally(counts.byStream) == Dictionary(model.map { ($0[1], 1) }, uniquingKeysWith: +), comment)
  }

  private func tally(_ counts: [EventCounts.Count]) -> [String: UInt64] {
    Dictionary(counts.map { ($0.name, $0.count) }, uniquingKeysWith: +)
  }
}
