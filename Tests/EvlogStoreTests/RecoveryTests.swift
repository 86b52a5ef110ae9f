import SystemPackage
import Testing

@testable import EvlogStore

/// A log recovers from what a crash leaves behind; what was acknowledged is never given up.
@Suite struct RecoveryTests {
  /// The place in a segment's file behind each frame, found by the code's own walk.
  private func frameEnds(_ path: FilePath) throws -> [UInt64] {
    let file = try File(path, .read, SystemCalls(faults: nil))
    let header = try SegmentHeader(decoding: try file.read(at: 0, count: 64))
    let scan = try FrameScan(file: file, header: header)
    return [64] + scan.frames.map { $0.position + $0.header.byteCount }
  }

  /// How many turns a cut leaves whole: one that takes away only zeros, where zeros go, takes nothing.
  private func wholeTurns(_ harmed: [UInt8], of whole: [UInt8], _ ends: [UInt64]) -> Int {
    ends.lastIndex { harmed.count >= $0 && harmed[..<Int($0)] == whole[..<Int($0)] } ?? 0
  }

  enum Cut: CaseIterable { case shortened, zeroed, garbage }

  private func cut(_ bytes: [UInt8], at place: Int, _ how: Cut) -> [UInt8] {
    switch how {
    case .shortened: Array(bytes[..<place])
    case .zeroed: bytes[..<place] + [UInt8](repeating: 0, count: bytes.count - place)
    case .garbage:
      bytes[..<place] + (place..<bytes.count).map { UInt8(truncatingIfNeeded: $0 &* 37 + 11) }
    }
  }

  /// Without the mark (a power cut before it reached the disk) every cut is a torn tail.
  @Test(arguments: Cut.allCases) func everyCutWithoutTheMarkIsATornTail(how: Cut) throws {
    let fixture = try StoreFixture(turns: 4)
    let active = fixture.active
    let whole = try #require(readFile(active))
    let ends = try frameEnds(active)
    let last = try #require(ends.last)
    for place in 64..<Int(last) {
      try fixture.reset()
      removeFile(fixture.durable)
      let harmed = cut(whole, at: place, how)
      try writeFile(active, harmed)
      let turns = wholeTurns(harmed, of: whole, ends)
      let start = Int(ends[turns])
      let comment: Comment = "cut at byte \(place), \(how)"

      let log = try fixture.open()
      #expect(try allEvents(log) == Array(fixture.events.prefix(Int(fixture.ends[turns]))), comment)
      let torn = harmed[min(start, harmed.count)...]
      if torn.contains(where: { $0 != 0 }) {
        let tail = try #require(log.recovery.tornTail, comment)
        #expect(tail.byte == UInt64(start), comment)
        let copy = try #require(tail.quarantined.flatMap(readFile), comment)
        #expect(copy.elementsEqual(torn.prefix(copy.count)), comment)
        #expect(torn.dropFirst(copy.count).allSatisfy { $0 == 0 }, comment)
      } else {
        #expect(log.recovery.tornTail == nil, comment)
      }
      // A torn tail that was not cleared away would swallow what is appended now.
      let again = StoreFixture.turn(turns, dataBytes: 7)
      try log.appendBlocking(again)
      let expected = try allEvents(log).map(content)
      log.close()
      let reopened = try fixture.open()
      #expect(reopened.recovery.isClean, comment)
      #expect(try allEvents(reopened).map(content) == expected, comment)
      #expect(expected.count == Int(fixture.ends[turns]) + again.events.count, comment)
      reopened.close()
    }
  }

  /// With the mark, the same cuts are damage: refused, and nothing is touched.
  @Test(arguments: Cut.allCases) func everyCutBelowTheMarkIsRefused(how: Cut) throws {
    let fixture = try StoreFixture(turns: 3)
    let active = fixture.active
    let whole = try #require(readFile(active))
    let ends = try frameEnds(active)
    for place in 64..<Int(try #require(ends.last)) {
      try fixture.reset()
      let harmed = cut(whole, at: place, how)
      try writeFile(active, harmed)
      let before = tree(fixture.log)
      let turns = wholeTurns(harmed, of: whole, ends)
      let comment: Comment = "cut at byte \(place), \(how)"
      if turns == 3 { continue }
      let error = failure { try fixture.open().close() }
      #expect(error?.code == .damaged, comment)
      #expect(error?.file == active, comment)
      #expect(error?.byte == ends[turns], comment)
      #expect(error?.offsets == (fixture.ends[turns]..<fixture.ends[3]).offsets, comment)
      var after = tree(fixture.log)
      after["LOCK"] = before["LOCK"]  // It names the process that tried.
      #expect(after == before, comment)
      // What is intact is read; what is not says so.
      let reader = try EventLog.openReadOnly(fixture.log)
      #expect(!reader.recovery.damage.isEmpty, comment)
      #expect(reader.end == fixture.ends[3], comment)
      for event in fixture.events {
        if event.offset < fixture.ends[turns].offsetAfter {
          #expect(try reader.event(at: event.offset) == event, comment)
        } else {
          let error = failure { _ = try reader.event(at: event.offset) }
          #expect(error?.code == .damaged, comment)
        }
      }
    }
  }

  @Test func aHeaderCutShortIsRefused() throws {
    let fixture = try StoreFixture(turns: 2)
    let whole = try #require(readFile(fixture.active))
    for place in 0..<64 {
      try fixture.reset()
      removeFile(fixture.durable)
      try writeFile(fixture.active, Array(whole[..<place]))
      #expect(failure { try fixture.open().close() }?.code == .damaged, "cut at byte \(place)")
    }
  }

  @Test func readingOnlyChangesNothing() throws {
    let fixture = try StoreFixture(turns: 9, sealedTurns: 4)
    let whole = try #require(readFile(fixture.active))
    let end = Int(try #require(try frameEnds(fixture.active).last))
    for place in [end, end - 1, end - 60, 70] {
      for keepsMark in [true, false] {
        try fixture.reset()
        if !keepsMark { removeFile(fixture.durable) }
        try writeFile(fixture.active, cut(whole, at: place, .garbage))
        try writeFile(fixture.segments.appending("00000000000000000099.tmp"), [1, 2, 3])
        let before = tree(fixture.log)
        let reader = try EventLog.openReadOnly(fixture.log)
        _ = failure { _ = try allEvents(reader) }
        _ = reader.verify()
        #expect(!reader.recovery.isClean, "cut at byte \(place)")
        reader.close()
        #expect(tree(fixture.log) == before, "cut at byte \(place)")
      }
    }
  }

  @Test func aSegmentInBothFormsIsSealed() throws {
    let fixture = try StoreFixture(turns: 8)
    let active = fixture.active
    let bytes = try #require(readFile(active))
    let log = try fixture.open()
    try log.seal()
    log.close()
    try writeFile(active, bytes)
    let reader = try EventLog.openReadOnly(fixture.log)
    #expect(try allEvents(reader) == fixture.events)
    let reopened = try fixture.open()
    #expect(reopened.recovery.finishedSeals == [active])
    #expect(readFile(active) == nil)
    #expect(try allEvents(reopened) == fixture.events)
  }

  @Test func aLeftoverIsRemoved() throws {
    let fixture = try StoreFixture(turns: 3)
    let leftover = fixture.segments.appending("00000000000000000000.tmp")
    try writeFile(leftover, [1, 2, 3])
    let log = try fixture.open()
    #expect(log.recovery.removedUnfinished == [leftover])
    #expect(readFile(leftover) == nil)
    #expect(try allEvents(log) == fixture.events)
  }

  /// After a failed sync, memory may show a frame that the disk does not have: it is not adopted.
  @Test(arguments: [SystemCalls.Call.write, .sync]) func aFailedWritePoisons(
    call: SystemCalls.Call
  ) throws {
    let fixture = try StoreFixture(turns: 3)
    let faults = FaultInjector()
    var options = EventLog.Options()
    options.faults = faults
    let log = try EventLog.open(fixture.log, options: options)
    faults.fail(call, on: ".active", with: .ioError)
    for _ in 0..<3 {
      #expect(failure { try log.appendBlocking(StoreFixture.turn(3)) }?.code == .poisoned)
    }
    #expect(faults.firedCount == 1)
    #expect(try allEvents(log) == fixture.events)
    let beside = try EventLog.openReadOnly(fixture.log)
    #expect(try allEvents(beside) == fixture.events)
    log.close()
    let reader = try EventLog.openReadOnly(fixture.log)
    #expect(try allEvents(reader) == fixture.events)
    let reopened = try fixture.open()
    #expect(try allEvents(reopened) == fixture.events)
    #expect((reopened.recovery.tornTail != nil) == (call == .sync))
    try reopened.appendBlocking(StoreFixture.turn(4))
    let events = try allEvents(reopened)
    reopened.close()
    #expect(try allEvents(try fixture.open()) == events)
  }

  /// A frame past a mark of this very run of the system was never acknowledged, and may be in memory
  /// only: readers wait until a writer has written it again. After a restart it is on the disk.
  @Test(arguments: [true, false]) func whatLiesPastTheMark(isCurrent: Bool) throws {
    let fixture = try StoreFixture(turns: 4)
    let boot = PosixKernel.shared.boot
    #if os(Linux)
      #expect(boot != 0)
    #endif
    let bytes = try #require(readFile(fixture.durable))
    var mark = try #require(DurableMark(decoding: bytes))
    #expect(mark.end.cutBefore == fixture.ends[4] && mark.boot == boot)
    mark.end = fixture.ends[1].offsetAfter
    mark.boot = isCurrent ? boot : boot ^ 1
    try writeFile(fixture.durable, mark.encoded())
    // The last frame says that all before it are on disk, whatever the mark says.
    let seen = isCurrent && boot != 0 ? fixture.ends[3] : fixture.ends[4]
    let reader = try EventLog.openReadOnly(fixture.log)
    #expect(try allEvents(reader) == Array(fixture.events[..<Int(seen)]))
    #expect(reader.recovery.isClean == (seen == fixture.ends[4]))
    let before = try #require(readFile(fixture.active))
    let log = try fixture.open()
    #expect(log.recovery.isClean)
    #expect(try allEvents(log) == fixture.events)
    #expect(readFile(fixture.active) == before)
    #expect(try allEvents(EventLog.openReadOnly(fixture.log)) == fixture.events)
    log.close()
  }

  /// A mark that says "poisoned" must be gone from the disk before a turn is acknowledged: or a
  /// power cut would bring it back, and recovery would drop what was acknowledged since.
  @Test func thePoisonedMarkIsDurablyReplaced() throws {
    let fixture = try StoreFixture(turns: 1)
    let faults = FaultInjector()
    var options = EventLog.Options()
    options.faults = faults
    faults.fail(.sync, on: "DURABLE", with: .ioError)
    #expect(failure { _ = try EventLog.open(fixture.log, options: options) }?.code == .ioFailed)
    #expect(faults.firedCount == 1)
  }

  /// A name that a crashed process made may be in memory only until its folder is synced.
  @Test(arguments: ["segments", "test.evlog"]) func openingMakesNamesDurable(folder: String) throws
  {
    let fixture = try StoreFixture(turns: 1)
    let faults = FaultInjector()
    var options = EventLog.Options()
    options.faults = faults
    faults.fail(.syncDirectory, on: folder, with: .ioError)
    #expect(failure { _ = try EventLog.open(fixture.log, options: options) }?.code == .ioFailed)
    #expect(faults.firedCount == 1)
  }

  @Test func appendingAfterClosingIsAnError() async throws {
    let folder = TemporaryFolder()
    let log = try EventLog.open(folder.log)
    log.close()
    let error = await #expect(throws: EventLogError.self) {
      try await log.append(StoreFixture.turn(0))
    }
    #expect(error?.code == .closed)
    #expect(failure { try log.appendBlocking(StoreFixture.turn(0)) }?.code == .closed)
  }

  @Test func aDigestPastTheEndIsThatOfTheEnd() throws {
    let folder = TemporaryFolder()
    let log = try EventLog.open(folder.log)
    try log.appendBlocking(StoreFixture.turn(0))
    #expect(try log.digest(at: 3) == log.digest(at: 1))
    try log.appendBlocking(StoreFixture.turn(2))
    let digest = try log.digest(at: 3)
    log.close()
    #expect(try EventLog.openReadOnly(folder.log).digest(at: 3) == digest)
  }

  /// Swift calls these names equal; their bytes differ, so they are two streams.
  @Test func namesKeepTheirBytes() throws {
    let folder = TemporaryFolder()
    let log = try EventLog.open(folder.log)
    let forms = ["caf\u{e9}", "cafe\u{301}"]
    try log.appendBlocking(Turn(forms.map { NewEvent(stream: $0, type: $0, data: []) }))
    let events = try allEvents(log)
    #expect(events.map { Array($0.stream.utf8) } == forms.map { Array($0.utf8) })
    #expect(events.map { Array($0.type.utf8) } == forms.map { Array($0.utf8) })
    #expect(events.map(\.revision) == [0, 0])
    try log.seal()
    #expect(try allEvents(log).map { Array($0.stream.utf8) } == forms.map { Array($0.utf8) })
    for form in forms {
      #expect(try log.lastRevision(of: form) == 0)
      #expect(try allEvents(log, Query(stream: form)).count == 1)
    }
    // Each goes on from its own last revision, before and after sealing.
    try log.appendBlocking(Turn([NewEvent(stream: forms[0], type: "t", data: [])]))
    try log.seal()
    for (form, last) in zip(forms, [1, 0] as [Revision]) {
      #expect(try log.lastRevision(of: form) == last)
      let turn = Turn(
        [NewEvent(stream: form, type: "t", data: [])], expecting: [form: .revision(last)])
      #expect(try log.appendBlocking(turn).revision(of: form) == last.next)
    }
    #expect(log.verify().isEmpty)
  }
}
