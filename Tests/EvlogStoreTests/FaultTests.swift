import SystemPackage
import Testing

@testable import EvlogCore
@testable import EvlogStore

/// Every system call fails once, or is the last that the process makes; the log opens afterwards with
/// exactly what was acknowledged.
@Suite struct FaultTests {
  /// What a disk does from the n-th call on.
  enum Fate: CaseIterable {
    case oneCallFails, oneCallFindsNoRoom, theProcessIsDead, theDiskIsFull

    func apply(_ nth: Int, to faults: FaultInjector) {
      switch self {
      case .oneCallFails: faults.fail(nil, nth: nth, with: .ioError)
      case .oneCallFindsNoRoom: faults.fail(nil, nth: nth, with: .noSpace)
      case .theProcessIsDead: faults.fail(nil, nth: nth, with: .ioError, repeatedly: true)
      case .theDiskIsFull: faults.fail(.write, nth: nth, with: .noSpace, repeatedly: true)
      }
    }
  }

  private func options(_ faults: FaultInjector? = nil) -> EventLog.Options {
    var options = EventLog.Options()
    options.segmentBytes = 4096
    options.sealsAutomatically = false
    options.faults = faults
    return options
  }

  /// Runs `body` with the first, the second, the third … call failing until none fails any more, and
  /// after each run opens the log without faults and compares.
  ///
  /// `body` adds to `acknowledged` what append returned for, and may leave one turn in doubt.
  private func withEveryFault(
    _ fate: Fate, prepare: (FilePath) throws -> [[RecordedEvent]],
    _ body: (FilePath, FaultInjector, inout Acknowledged) throws -> Void
  ) throws {
    for nth in 1...2000 {
      let folder = TemporaryFolder(inMemory: true)
      var acknowledged = Acknowledged(turns: try prepare(folder.log))
      let faults = FaultInjector()
      fate.apply(nth, to: faults)
      do { try body(folder.log, faults, &acknowledged) } catch {
        #expect(error is EventLogError, "call \(nth)")
      }
      let comment: Comment = "\(fate) from call \(nth)"
      for round in 0..<2 {
        let log = try EventLog.open(folder.log, options: options())
        let events = try allEvents(log).map(content)
        let without = acknowledged.turns.flatMap { $0 }.map(content)
        if events != without {
          // A turn whose append threw `poisoned` may be there, as a whole, where the process died;
          // one whose failure was noted in the mark is not. Where the mark of a turn that is on disk
          // could not be written, it is there.
          #expect((fate == .theProcessIsDead || acknowledged.isUnannounced) && round == 0, comment)
          let doubtful = try #require(acknowledged.inDoubt, comment)
          #expect(events.count == without.count + doubtful.events.count, comment)
          #expect(Array(events.prefix(without.count)) == without, comment)
          #expect(events.dropFirst(without.count).map { $0[13] }.first == doubtful.id, comment)
        }
        #expect(log.verify().isEmpty, comment)
        let next = StoreFixture.turn(90 + round)
        try log.appendBlocking(next)
        try log.seal()
        acknowledged.turns = [try allEvents(log)]
        log.close()
      }
      if faults.firedCount == 0 {
        #expect(nth > 1)
        return
      }
    }
    Issue.record("the faults never ended")
  }

  struct Acknowledged {
    var turns: [[RecordedEvent]]
    var inDoubt: Turn?
    var isUnannounced = false

    mutating func append(_ turn: Turn, to log: EventLog) throws {
      inDoubt = turn
      let offsets: Range<Offset>
      do throws(EventLogError) { offsets = try log.appendBlocking(turn).offsets } catch {
        isUnannounced = error.code == .unannounced
        throw error
      }
      turns.append(
        zip(offsets, turn.events).map { offset, event in
          let revision = Revision(
            self.turns.joined().count { $0.stream == event.stream })
          return RecordedEvent(
            offset: offset, stream: event.stream, revision: revision, type: event.type,
            schemaVersion: 1, recordedAt: event.recordedAt ?? .now(),
            correlation: event.correlation,
            contentType: event.contentType, data: event.data[...],
            beginsTurn: offset == offsets.lowerBound,
            turnID: offset == offsets.lowerBound ? turn.id : nil)
        })
      inDoubt = nil
    }
  }

  @Test(arguments: Fate.allCases) func makingALog(fate: Fate) throws {
    try withEveryFault(fate, prepare: { _ in [] }) { path, faults, acknowledged in
      let log = try EventLog.open(path, options: options(faults))
      defer { log.close() }
      try acknowledged.append(StoreFixture.turn(0), to: log)
      try acknowledged.append(StoreFixture.turn(1), to: log)
    }
  }

  @Test(arguments: Fate.allCases) func rollingAndSealing(fate: Fate) throws {
    try withEveryFault(
      fate,
      prepare: { path in
        let log = try EventLog.create(path, options: options())
        defer { log.close() }
        for t in 0..<3 { try log.appendBlocking(StoreFixture.turn(t, dataBytes: 500)) }
        return [try allEvents(log)]
      }
    ) { path, faults, acknowledged in
      let log = try EventLog.open(path, options: options(faults))
      defer { log.close() }
      for t in 3..<7 {
        // A failure of one turn must not spoil what comes after it.
        do { try acknowledged.append(StoreFixture.turn(t, dataBytes: 600), to: log) } catch {
          let error = try #require(error as? EventLogError)
          if [.poisoned, .unannounced].contains(error.code) { throw error }
        }
        // A smaller one after one that did not fit where a segment could not be made.
        do { try acknowledged.append(StoreFixture.turn(t * 3, dataBytes: 1), to: log) } catch {
          let error = try #require(error as? EventLogError)
          if [.poisoned, .unannounced].contains(error.code) { throw error }
        }
      }
      try log.seal()
    }
  }

  /// Recovering from a torn tail is itself interrupted, at every call.
  @Test(arguments: Fate.allCases) func recovering(fate: Fate) throws {
    try withEveryFault(
      fate,
      prepare: { path in
        let log = try EventLog.create(path, options: options())
        for t in 0..<3 { try log.appendBlocking(StoreFixture.turn(t)) }
        let events = try allEvents(log)
        let end = try #require(log.segmentInfo().last)
        log.close()
        var bytes = try #require(readFile(end.file))
        for i in 0..<100 { bytes[Int(end.byteCount) + i] = UInt8(i) }
        try writeFile(end.file, bytes)
        try writeFile(path.appending("segments/00000000000000000007.tmp"), [1])
        return [events]
      }
    ) { path, faults, acknowledged in
      let log = try EventLog.open(path, options: options(faults))
      defer { log.close() }
      try acknowledged.append(StoreFixture.turn(3), to: log)
    }
  }

  // MARK: A full disk

  @Test func aFullDiskIsAnErrorAndNothingElse() throws {
    let folder = TemporaryFolder(inMemory: true)
    let faults = FaultInjector()
    let log = try EventLog.open(folder.log, options: options(faults))
    var expected: [String] = []
    func append(_ type: String, _ dataBytes: Int) throws {
      let data = [UInt8](repeating: 7, count: dataBytes)
      try log.appendBlocking(Turn([NewEvent(stream: "s", type: type, data: data)]))
      expected.append(type)
    }
    func hasLeftovers() -> Bool {
      names(in: folder.log.appending("segments")).contains { $0.hasSuffix(".tmp") }
    }
    try append("first", 10)
    let before = readFile(log.segmentInfo()[0].file)

    // While the segment's file grows: the turn is larger than what is laid out.
    faults.fail(.write, with: .noSpace, repeatedly: true)
    for _ in 0..<2 { #expect(failure { try append("refused", 10_000) }?.code == .diskFull) }
    #expect(faults.firedCount == 2)
    #expect(log.segmentInfo().count == 1)
    #expect(readFile(log.segmentInfo()[0].file) == before)
    faults.heal()
    try append("after", 10)

    // While a segment is made, whichever call it is that finds no room.
    for call in [SystemCalls.Call.write, .open, .sync, .rename] {
      faults.fail(call, on: ".tmp", with: .noSpace)
      let count = log.segmentInfo().count
      #expect(failure { try append("refused", 10_000) }?.code == .diskFull, "\(call)")
      #expect(log.segmentInfo().count == count, "\(call)")
      #expect(!hasLeftovers(), "\(call)")
      faults.heal()
      try append("small", 10)  // It still fits where the other did not.
      try append("large", 10_000)
      try append("next", 10)
    }

    // While sealing, which makes a segment and compresses all those before it.
    for call in [SystemCalls.Call.write, .open, .sync, .rename] {
      var nth = 1
      while true {
        try append("sealed", 10)
        faults.fail(call, nth: nth, on: ".tmp", with: .noSpace)
        let fired = faults.firedCount
        let error = failure { try log.seal() }
        faults.heal()
        if faults.firedCount == fired { break }
        #expect(error?.code == .diskFull, "\(call) \(nth)")
        #expect(!hasLeftovers(), "\(call) \(nth)")
        nth += 1
      }
      #expect(nth > 2, "\(call)")
    }
    try log.seal()
    #expect(try allEvents(log).map(\.type) == expected)
    #expect(log.verify().isEmpty)
    log.close()
    let reopened = try EventLog.open(folder.log, options: options())
    #expect(reopened.recovery.isClean)
    #expect(try allEvents(reopened).map(\.type) == expected)
  }
}
