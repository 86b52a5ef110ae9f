import EvlogTesting
import SystemPackage
import Testing

@testable import EvlogStore

/// After a repair the log is whole, every event that could be read is where it was, and each that
/// could not is a placeholder.
@Suite struct RepairTests {
  /// A sealed segment, full active ones and a last one.
  private func fixture() throws -> StoreFixture {
    try StoreFixture(turns: 10, sealedTurns: 4, dataBytes: 600)
  }

  /// Repairs what was done to the fixture's files, and compares; returns how many events were lost.
  @discardableResult
  private func repair(_ fixture: StoreFixture, isKnown: Bool = true, _ comment: Comment) throws
    -> UInt64
  {
    let harmed = tree(fixture.log)
    var readable: Set<Offset> = []
    if let reader = try? EventLog.openReadOnly(fixture.log) {
      for event in fixture.events where (try? reader.event(at: event.offset)) == event {
        readable.insert(event.offset)
      }
    }
    let plan = try EventLog.planRepair(fixture.log)
    #expect(tree(fixture.log) == harmed, comment)
    // The number must be right, and nothing happens where it is not.
    let refusal = failure { try EventLog.repair(fixture.log, losing: plan.lostCount + 1) }
    #expect(refusal?.code == .invalidCut, comment)
    var after = tree(fixture.log)
    after["LOCK"] = harmed["LOCK"]
    #expect(after == harmed, comment)

    let done = try EventLog.repair(
      fixture.log, losing: plan.lostCount == 0 ? nil : plan.lostCount)
    #expect(done.doneCount == plan.steps.count, comment)
    for step in plan.steps {
      // What was replaced or moved is in the quarantine as it was.
      let name = step.file.lastComponent?.string ?? ""
      guard let bytes = harmed[name] ?? harmed["segments/" + name] else { continue }
      let folder = try #require(done.quarantined, comment)
      #expect(readFile(folder.appending(name)) == bytes, comment)
    }
    let log = try fixture.open()
    defer { log.close() }
    #expect(log.recovery.isClean, comment)
    #expect(log.verify(.full).isEmpty, comment)
    let events = try allEvents(log)
    #expect(events.count == fixture.events.count || !isKnown, comment)
    var lost: Revision = 0
    for (found, original) in zip(events, fixture.events) {
      if found.type == EventLog.lostEventType {
        #expect(found.stream == EventLog.lostEventStream && found.revision == lost, comment)
        #expect(!readable.contains(found.offset), comment)
        lost += 1
      } else {
        #expect(found == original, comment)
      }
    }
    #expect(UInt64(lost) == plan.lostCount, comment)
    #expect(readable.allSatisfy { Int($0) < events.count }, comment)
    // A stream goes on behind the last of its events that is left.
    for stream in Set(fixture.events.map(\.stream)) {
      let last = events.last { $0.stream == stream }?.revision
      #expect(try log.lastRevision(of: stream) == last, comment)
    }
    #expect(try EventLog.planRepair(fixture.log).isClean, comment)
    try log.appendBlocking(StoreFixture.turn(70))
    try log.seal()
    #expect(log.verify(.deep).isEmpty, comment)
    for stream in Set(fixture.events.map(\.stream)) {
      let last = try allEvents(log).last { $0.stream == stream }?.revision
      #expect(try log.lastRevision(of: stream) == last, comment)
    }
    return UInt64(lost)
  }

  @Test func aLogThatIsWholeNeedsNothing() throws {
    let fixture = try fixture()
    #expect(try EventLog.planRepair(fixture.log).isClean)
    let done = try EventLog.repair(fixture.log)
    #expect(done.isClean && done.quarantined == nil && done.recovery?.isClean == true)
    var after = tree(fixture.log)
    after["LOCK"] = fixture.files["LOCK"]
    #expect(after == fixture.files)
  }

  // MARK: Damage

  /// Bytes of every part of every file.
  @Test func damagedBytes() throws {
    let fixture = try fixture()
    var lostCounts: [String: [UInt64]] = [:]
    for name in names(in: fixture.segments) {
      try fixture.reset()
      let path = fixture.segments.appending(name)
      let whole = try #require(readFile(path))
      let file = try File(path, .read, SystemCalls())
      let isSealed = name.hasSuffix(".sealed")
      // In the last segment, what may be torn is not looked at.
      let used: Int
      if isSealed {
        used = whole.count
      } else {
        let header = try SegmentHeader(decoding: try file.read(at: 0, count: 64))
        used = Int(try FrameScan(file: file, header: header).end.position)
      }
      let places =
        Array(stride(from: 0, to: 64, by: 9)) + Array(stride(from: 66, to: used, by: 157))
      for byte in places + (isSealed ? [used - 1, used - 10, used - 60, used - 150] : []) {
        try fixture.reset()
        var harmed = whole
        harmed[byte] ^= 0x24
        try writeFile(path, harmed)
        lostCounts[name, default: []].append(
          try repair(fixture, "\(name), byte \(byte)"))
      }
    }
    // A part of the damage cost events, a part did not, in each file.
    for (name, counts) in lostCounts {
      #expect(counts.contains(0) && counts.contains { $0 > 0 }, "\(name): \(counts)")
    }
  }

  /// Whole stretches, in one file or in several.
  @Test func damagedStretches() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let fixture = try fixture()
    for round in 0..<60 {
      try fixture.reset()
      var places: [String] = []
      for _ in 0...random.below(3) {
        let all = names(in: fixture.segments)
        let name = all[random.below(all.count)]
        let path = fixture.segments.appending(name)
        var bytes = try #require(readFile(path))
        guard !bytes.isEmpty else { continue }
        let from = random.below(min(bytes.count, 4000))
        let count = min([8, 64, 512, 3000][random.below(4)], bytes.count - from)
        for i in from..<(from + count) { bytes[i] = UInt8(truncatingIfNeeded: random.next()) }
        if random.oneIn(8) { bytes.removeSubrange(from...) }
        try writeFile(path, bytes)
        places.append("\(name), bytes \(from)..<\(from + count)")
      }
      try repair(fixture, "seed \(seed), round \(round): \(places)")
    }
  }

  @Test func missingFiles() throws {
    let fixture = try fixture()
    let all = names(in: fixture.segments)
    for first in all.indices {
      for last in first..<all.count {
        try fixture.reset()
        for name in all[first...last] { removeFile(fixture.segments.appending(name)) }
        #expect(try repair(fixture, "without \(all[first...last])") > 0)
      }
    }
    try fixture.reset()
    removeFile(fixture.durable)
    #expect(try repair(fixture, "without the mark") == 0)
    for harm in [nil, [UInt8]("nonsense".utf8), []] as [[UInt8]?] {
      try fixture.reset()
      let identity = fixture.log.appending("EVLOG")
      if let harm { try writeFile(identity, harm) } else { removeFile(identity) }
      #expect(try repair(fixture, "without the identity") == 0)
    }
  }

  @Test func whatDoesNotBelongIsMovedAway() throws {
    let fixture = try fixture()
    let other = try StoreFixture(turns: 3)
    try writeFile(fixture.segments.appending("notes.txt"), [1, 2, 3])
    try writeFile(
      fixture.segments.appending("00000000000000000001.active"),
      try #require(readFile(other.active)))
    #expect(try repair(fixture, "strangers") == 0)
    // A sealed segment that is damaged, beside the active one that it was made from.
    try fixture.reset()
    let active = try #require(names(in: fixture.segments).first { $0.hasSuffix(".active") })
    let sealed = try #require(names(in: fixture.segments).first { $0.hasSuffix(".sealed") })
    try writeFile(
      fixture.segments.appending(active.replacing(".active", with: ".sealed")),
      Array(try #require(readFile(fixture.segments.appending(sealed))).prefix(300).map { ~$0 }))
    #expect(try repair(fixture, "a bad sealed segment beside a good active one") == 0)
  }

  /// Segments under each other's names, or under none: the names are repaired, and nothing is lost.
  @Test func misnamedSegments() throws {
    let fixture = try fixture()
    let all = names(in: fixture.segments)
    for (a, b) in [(0, 1), (1, 2), (0, all.count - 1)] {
      try fixture.reset()
      let (first, second) = (
        fixture.segments.appending(all[a]), fixture.segments.appending(all[b])
      )
      let (bytes, others) = (try #require(readFile(first)), try #require(readFile(second)))
      try writeFile(first, others)
      try writeFile(second, bytes)
      #expect(try EventLog.planRepair(fixture.log).steps.count == 2)
      try EventLog.repair(fixture.log)
      #expect(readFile(first) == bytes && readFile(second) == others, "\(all[a]), \(all[b])")
      #expect(try allEvents(try EventLog.openReadOnly(fixture.log)) == fixture.events)
    }
    for aside in ["old copy", all[0] + ".misnamed", "00000000000000000999.active"] {
      try fixture.reset()
      let path = fixture.segments.appending(all[0])
      try writeFile(fixture.segments.appending(aside), try #require(readFile(path)))
      removeFile(path)
      #expect(try EventLog.planRepair(fixture.log).lostCount == 0)
      try EventLog.repair(fixture.log)
      #expect(try allEvents(try EventLog.openReadOnly(fixture.log)) == fixture.events, "\(aside)")
    }
  }

  /// A file that reads otherwise than when the plan was made is not replaced.
  @Test func aDiskThatReadsDifferently() throws {
    let disk = SimulatedDisk()
    var options = EventLog.Options()
    options.segmentBytes = 4096
    options.sealsAutomatically = false
    options.kernel = disk
    let log = try EventLog.create("/log", options: options)
    for t in 0..<30 { try log.appendBlocking(StoreFixture.turn(t, dataBytes: 600)) }
    let segments = log.segmentInfo()
    try #require(segments.count > 3)
    log.close()
    // A byte of each of two segments rots, and is known.
    var state = disk.state
    for segment in [segments[0], segments[segments.count - 1]] {
      state.tamper(with: segment.file) { $0[700] ^= 1 }
    }
    var refusals = 0
    var repairs = 0
    for nth in 1...200 {
      let flaky = FlakyKernel(SimulatedDisk(state))
      options.kernel = flaky
      let plan = try EventLog.planRepair("/log", options: options)
      flaky.failRead(nth)
      do {
        let done = try EventLog.repair("/log", losing: plan.lostCount, options: options)
        repairs += 1
        #expect(done.lostCount == plan.lostCount)
        let again = try EventLog.openReadOnly("/log", options: options)
        let lost = try allEvents(again).count { $0.type == EventLog.lostEventType }
        #expect(UInt64(lost) == plan.lostCount, "read \(nth)")
      } catch {
        refusals += 1
        // Another try, with a disk that reads well, loses what was agreed to and no more.
        let rest = try EventLog.planRepair("/log", options: options).lostCount
        try EventLog.repair("/log", losing: rest, options: options)
        let again = try EventLog.openReadOnly("/log", options: options)
        let lost = try allEvents(again).count { $0.type == EventLog.lostEventType }
        #expect(UInt64(lost) == plan.lostCount, "read \(nth)")
      }
      if !flaky.hasFailed { break }
    }
    #expect(refusals > 20 && repairs > 0)
  }

  /// A note that cannot be read does not keep the log closed for ever.
  @Test func aDamagedNoteOfATruncation() throws {
    let fixture = try fixture()
    let note = fixture.log.appending("TRUNCATE")
    for bytes in [[UInt8]("EVLOG nonsense".utf8), []] {
      try fixture.reset()
      try writeFile(note, bytes)
      for error in [
        failure { try fixture.open().close() },
        failure { _ = try EventLog.openReadOnly(fixture.log) },
      ] {
        #expect(error?.code == .damaged && error?.advice?.remedy != nil)
      }
      #expect(try EventLog.planRepair(fixture.log).lostCount == 0)
      let done = try EventLog.repair(fixture.log)
      #expect(readFile(try #require(done.quarantined).appending("TRUNCATE")) == bytes)
      #expect(try allEvents(try EventLog.openReadOnly(fixture.log)) == fixture.events)
    }
  }

  /// Events are lost again, in front of those that were lost before.
  @Test func repairingTwice() throws {
    let fixture = try fixture()
    for name in names(in: fixture.segments).reversed() {
      let path = fixture.segments.appending(name)
      guard var bytes = readFile(path) else { continue }
      bytes[150] ^= 1
      try writeFile(path, bytes)
      let plan = try EventLog.planRepair(fixture.log)
      try EventLog.repair(fixture.log, losing: plan.lostCount)
    }
    let log = try EventLog.openReadOnly(fixture.log)
    #expect(log.verify(.deep).isEmpty)
    let lost = try allEvents(log).filter { $0.type == EventLog.lostEventType }
    #expect(Set(lost.map(\.revision)).count == lost.count && lost.count > 3)
    #expect(
      try log.lastRevision(of: EventLog.lostEventStream).map { $0 >= 0 } == true)
  }

  @Test func whatLosesEventsIsNotDoneUnasked() throws {
    let fixture = try fixture()
    let all = names(in: fixture.segments)
    // One segment loses events, another one does not.
    let active = fixture.segments.appending(
      try #require(all.first { $0.hasSuffix(".active") }))
    var bytes = try #require(readFile(active))
    bytes[700] ^= 1
    try writeFile(active, bytes)
    let sealed = fixture.segments.appending(all[0])
    var trailer = try #require(readFile(sealed))
    trailer[trailer.count - 50] ^= 1
    try writeFile(sealed, trailer)
    let plan = try EventLog.planRepair(fixture.log)
    #expect(plan.steps.count == 2 && plan.lostCount > 0)
    let done = try EventLog.repair(fixture.log)
    #expect(done.doneCount == 1)
    #expect(readFile(active) == bytes)
    #expect(failure { try fixture.open().close() }?.code == .damaged)
    #expect(try repair(fixture, "the rest") == plan.lostCount)
  }

  // MARK: Interruptions

  @Test(arguments: [FaultTests.Fate.oneCallFails, .theProcessIsDead])
  func everyCallFails(fate: FaultTests.Fate) throws {
    let fixture = try fixture()
    var harmed: [String: [UInt8]] = fixture.files
    for name in names(in: fixture.segments) {
      let key = "segments/" + name
      let size = harmed[key]?.count ?? 0
      harmed[key]?[name.hasSuffix(".sealed") ? size - 50 : 700] ^= 1
    }
    try restore(harmed, to: fixture.log)
    let lost = try EventLog.planRepair(fixture.log).lostCount
    #expect(lost > 1)
    // Every third call, for a repair reads the log several times over.
    for nth in stride(from: fate == .oneCallFails ? 1 : 2, to: 1200, by: 3) {
      removeFolder(fixture.quarantine)
      try restore(harmed, to: fixture.log)
      let faults = FaultInjector()
      fate.apply(nth, to: faults)
      var options = EventLog.Options()
      options.faults = faults
      let error = failure { try EventLog.repair(fixture.log, losing: lost, options: options) }
      let comment: Comment = "\(fate) from call \(nth)"
      #expect(error == nil || faults.firedCount > 0, comment)
      // What is left to lose is what was not written anew yet; all in all it is the same.
      let rest = try EventLog.planRepair(fixture.log).lostCount
      try EventLog.repair(fixture.log, losing: rest)
      let log = try EventLog.openReadOnly(fixture.log)
      #expect(log.verify(.full).isEmpty, comment)
      let events = try allEvents(log)
      #expect(events.count == fixture.events.count, comment)
      let gone = events.filter { $0.type == EventLog.lostEventType }
      #expect(gone.count == lost && Set(gone.map(\.revision)).count == gone.count, comment)
      for (found, original) in zip(events, fixture.events)
      where found.type != EventLog.lostEventType {
        #expect(found == original, comment)
      }
      if faults.firedCount == 0 {
        #expect(nth > 20)
        break
      }
      #expect(nth < 1190)
    }
  }

  @Test func anInterruptedTruncationIsFinished() throws {
    let fixture = try fixture()
    let faults = FaultInjector()
    // The first is of the note's unfinished file, which is not there.
    faults.fail(.unlink, nth: 2, on: "TRUNCATE", with: .ioError)
    var options = EventLog.Options()
    options.faults = faults
    let cut = fixture.ends[4]
    let count = Cut(fixture.events.count) - cut
    let error = failure {
      try EventLog.truncate(fixture.log, to: cut, dropping: count, options: options)
    }
    #expect(error?.code == .ioFailed)
    #expect(failure { _ = try EventLog.openReadOnly(fixture.log) }?.code == .interrupted)
    #expect(try EventLog.planRepair(fixture.log).mustFinishTruncation)
    // The identity is lost too: it is made first.
    removeFile(fixture.log.appending("EVLOG"))
    try EventLog.repair(fixture.log)
    let log = try EventLog.openReadOnly(fixture.log)
    #expect(try allEvents(log) == Array(fixture.events.prefix(Int(cut))))
  }
}
