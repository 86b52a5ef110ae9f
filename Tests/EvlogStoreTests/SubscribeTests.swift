import Synchronization
import SystemPackage
import Testing

@testable import EvlogStore

@Suite struct SubscribeTests {
  private let folder = TemporaryFolder()

  private func options() -> EventLog.Options {
    var options = EventLog.Options()
    options.segmentBytes = 4096
    return options
  }

  /// Reads `count` events; `isSlow` readers let the log run ahead of them.
  private func read(
    _ log: EventLog, count: Int, isSlow: Bool, _ query: Query = Query()
  ) async throws -> [Offset] {
    var offsets: [Offset] = []
    for try await event in log.subscribe(query) {
      #expect(event.offset < log.end.offsetAfter)
      offsets.append(event.offset)
      if offsets.count == count { break }
      if isSlow, offsets.count % 50 == 0 { try await Task.sleep(for: .milliseconds(2)) }
    }
    return offsets
  }

  @Test func everyReaderSeesEveryEventOnce() async throws {
    let log = try EventLog.create(folder.log, options: options())
    let beside = try EventLog.openReadOnly(folder.log)
    let total = 1200
    try await withThrowingTaskGroup(of: [Offset].self) { group in
      for reader in [log, beside] {
        for isSlow in [false, true] {
          group.addTask { try await read(reader, count: total, isSlow: isSlow) }
        }
      }
      group.addTask {
        var t = 0
        while Int(log.end) < total {
          try await log.append([NewEvent(stream: "s", type: "x", data: json("\(t)"))])
          t += 1
          if t % 200 == 0 { try log.seal() }
        }
        return Array(0..<Offset(total))
      }
      for try await offsets in group { #expect(offsets == Array(0..<Offset(total))) }
    }
    log.close()
  }

  @Test func aSubscriptionKeepsToItsQuery() async throws {
    let log = try EventLog.create(folder.log, options: options())
    for t in 0..<30 {
      try log.appendBlocking(Turn([NewEvent(stream: "s-\(t % 3)", type: "x", data: [])]))
    }
    // These end by themselves.
    #expect(try await read(log, count: .max, isSlow: false, Query(to: 7)) == Array(0..<7))
    #expect(try await read(log, count: .max, isSlow: false, Query(from: 4, limit: 2)) == [4, 5])
    let writer = Task {
      for _ in 30..<60 { try await log.append([NewEvent(stream: "s-1", type: "x", data: [])]) }
    }
    let query = Query(from: 5, stream: "s-1", limit: 20)
    let expected = (Array(5..<30).filter { $0 % 3 == 1 } + Array(30..<60)).prefix(20).map {
      Offset($0)
    }
    #expect(try await read(log, count: .max, isSlow: false, query) == expected)
    try await writer.value
    log.close()
  }

  @Test(arguments: [true, false]) func cancellingEndsIt(inTheWriter: Bool) async throws {
    let log = try EventLog.create(folder.log, options: options())
    let reader = inTheWriter ? log : try EventLog.openReadOnly(folder.log)
    let hasOne = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      for try await _ in reader.subscribe() { hasOne.continuation.yield() }
    }
    try await log.append([NewEvent(stream: "s", type: "x", data: [])])
    for await _ in hasOne.stream { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    // The log does not mind.
    try await log.append([NewEvent(stream: "s", type: "x", data: [])])
    log.close()
  }

  @Test(arguments: [true, false]) func closingEndsIt(inTheWriter: Bool) async throws {
    let log = try EventLog.create(folder.log, options: options())
    let reader = inTheWriter ? log : try EventLog.openReadOnly(folder.log)
    let hasOne = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      var count = 0
      for try await _ in reader.subscribe() {
        count += 1
        hasOne.continuation.yield()
      }
      return count
    }
    try await log.append([NewEvent(stream: "s", type: "x", data: [])])
    for await _ in hasOne.stream { break }
    reader.close()
    #expect(try await task.value == 1)
    log.close()
  }

  /// A log that was opened for reading before its first writer finds the events all the same.
  @Test func aReaderMayComeBeforeTheFirstWriter() async throws {
    let layout = StoreLayout(root: folder.log, system: SystemCalls(faults: nil))
    try layout.create(options: options())
    let reader = try EventLog.openReadOnly(folder.log)
    let task = Task { try await read(reader, count: 1, isSlow: false) }
    let log = try EventLog.open(folder.log, options: options())
    try await log.append([NewEvent(stream: "s", type: "x", data: [])])
    #expect(try await task.value == [0])
    log.close()
  }

  /// A frame that is written and not yet synced is nobody's business.
  @Test func whatIsNotDurableIsNotSeen() async throws {
    let faults = FaultInjector()
    var options = options()
    options.faults = faults
    let log = try EventLog.create(folder.log, options: options)
    try await log.append([NewEvent(stream: "s", type: "x", data: [])])
    let before = try EventLog.openReadOnly(folder.log)
    faults.fail(.sync, on: ".active", with: .ioError)
    let error = await #expect(throws: EventLogError.self) {
      try await log.append([NewEvent(stream: "s", type: "y", data: [])])
    }
    #expect(error?.code == .poisoned)
    try before.refresh()
    for reader in [log, before, try EventLog.openReadOnly(folder.log)] {
      #expect(try allEvents(reader).map(\.type) == ["x"])
    }
    log.close()
    #expect(try allEvents(try EventLog.openReadOnly(folder.log)).map(\.type) == ["x"])
  }

  /// The writer is closed, or dies, and another one goes on.
  @Test func itOutlivesTheWriter() async throws {
    try EventLog.create(folder.log, options: options()).close()
    let reader = try EventLog.openReadOnly(folder.log)
    let total: Cut = 600
    let reading = Task { try await read(reader, count: Int(total), isSlow: false) }
    while reader.end < total, reader.end < 600 {
      let writer = try EventLog.open(folder.log, options: options())
      if writer.end >= total { break }
      for _ in 0..<50 {
        try await writer.append([NewEvent(stream: "s", type: "x", data: json("1"))])
      }
      if UInt64(writer.end) % 100 == 0 { try writer.seal() }
      writer.close()
    }
    #expect(try await reading.value == Array((0..<total).offsets))
  }

  @Test func itBeginsWhereItIsTold() async throws {
    let log = try EventLog.create(folder.log, options: options())
    for t in 0..<20 {
      var event = NewEvent(stream: "s", type: "x", data: [])
      event.recordedAt = Timestamp(nanoseconds: Int64(t) * 10)
      try await log.append([event])
    }
    let reader = try EventLog.openReadOnly(folder.log)
    for log in [log, reader] {
      func first(_ start: SubscriptionStart) async throws -> Offset? {
        for try await event in try log.subscribe(from: start) { return event.offset }
        return nil
      }
      #expect(try await first(.beginning) == 0)
      #expect(try await first(.cut(7)) == 7)
      #expect(try await first(.time(Timestamp(nanoseconds: 95))) == 10)
    }
    let ends = try [log.subscribe(from: .end), reader.subscribe(from: .end)]
    try await log.append([NewEvent(stream: "s", type: "x", data: [])])
    for end in ends {
      var iterator = end.makeAsyncIterator()
      #expect(try await iterator.next()?.offset == 20)
    }
    log.close()
  }
}
