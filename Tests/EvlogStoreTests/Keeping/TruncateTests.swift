import EvlogTesting
import SystemPackage
import Testing

@testable import EvlogStore

/// Cutting a log off: what is before the cut stays as it was, what is after it is in the quarantine.
@Suite struct TruncateTests {
  /// Sealed segments, full active ones and a last one.
  private func fixture() throws -> StoreFixture {
    try StoreFixture(turns: 11, sealedTurns: 4, dataBytes: 600)
  }

  private func expectPrefix(_ fixture: StoreFixture, _ cut: Cut, _ comment: Comment) throws {
    let reader = try EventLog.openReadOnly(fixture.log)
    #expect(try allEvents(reader) == Array(fixture.events.prefix(Int(cut))), comment)
    #expect(reader.recovery.isClean, comment)
    #expect(reader.verify(.deep).isEmpty, comment)
    // It goes on as if what went had never been.
    let writer = try fixture.open()
    #expect(writer.recovery.isClean && writer.end == cut, comment)
    let next = StoreFixture.turn(50, dataBytes: 700)
    let revisions = try writer.appendBlocking(next).revisions
    for stream in revisions {
      let before = fixture.events.prefix(Int(cut)).count { $0.stream == stream.stream }
      #expect(Int(stream.revision) >= before, comment)
    }
    let known = fixture.events.first { $0.turnID != nil && $0.offset >= cut.offsetAfter }
    if let id = known?.turnID {
      let event = NewEvent(stream: "new", type: "new", data: [])
      #expect(try !writer.appendBlocking(Turn([event], id: id)).wasAlreadyThere, comment)
    }
    try writer.seal()
    #expect(writer.verify(.deep).isEmpty, comment)
    #expect(
      try allEvents(writer).prefix(Int(cut)).map(content)
        == fixture.events.prefix(Int(cut)).map(content), comment)
    writer.close()
  }

  @Test func everyTurnIsAPlaceToCut() throws {
    let fixture = try fixture()
    #expect(names(in: fixture.segments).count > 4)
    #expect(names(in: fixture.segments).contains { $0.hasSuffix(".sealed") })
    for cut in fixture.ends {
      try fixture.reset()
      let plan = try EventLog.planTruncation(fixture.log, to: cut)
      let end = Cut(fixture.events.count)
      let going = fixture.events[Int(cut)...]
      #expect(plan.offsets == (cut..<end).offsets && plan.unreadableCount == 0)
      #expect(plan.turnCount == going.count { $0.beginsTurn })
      #expect(plan.first == going.first && plan.last == going.last)
      #expect(plan.times?.lowerBound == going.map(\.recordedAt).min())
      #expect(plan.times?.upperBound == going.map(\.recordedAt).max())
      let before = tree(fixture.log)
      let done = try EventLog.truncate(fixture.log, to: cut, dropping: end - cut)
      if cut == end {
        #expect(done.quarantined == nil && plan.files.isEmpty)
      } else {
        // The copies are the files that were there.
        let folder = try #require(done.quarantined)
        #expect(names(in: folder) == plan.files.compactMap { $0.lastComponent?.string })
        for name in names(in: folder) {
          #expect(readFile(folder.appending(name)) == before["segments/" + name])
        }
      }
      try expectPrefix(fixture, cut, "cut \(cut)")
    }
  }

  /// What was cut off is whole in the quarantine: put back, it is the log of before.
  @Test func theQuarantineHasEverything() throws {
    let fixture = try fixture()
    let cut = fixture.ends[3]
    let count = Cut(fixture.events.count) - cut
    let done = try EventLog.truncate(fixture.log, to: cut, dropping: count)
    let folder = try #require(done.quarantined)
    for name in names(in: fixture.segments) where name.hasSuffix(".active") {
      removeFile(fixture.segments.appending(name))
    }
    for name in names(in: folder) {
      try writeFile(
        fixture.segments.appending(name), try #require(readFile(folder.appending(name))))
    }
    #expect(try allEvents(try EventLog.openReadOnly(fixture.log)) == fixture.events)
  }

  @Test func otherCutsAreRefusedAndTheNearestAreNamed() throws {
    let fixture = try fixture()
    let end = Cut(fixture.events.count)
    for cut in 0...(end + 1) where !fixture.ends.contains(cut) {
      let error = failure { _ = try EventLog.planTruncation(fixture.log, to: cut) }
      #expect(error?.code == .invalidCut)
      if cut <= end {
        let below = fixture.ends.last { $0 < cut } ?? 0
        let above = fixture.ends.first { $0 > cut } ?? 0
        #expect(error?.advice == "The nearest cuts: \(below) and \(above).")
      }
      let refusal = failure {
        try EventLog.truncate(fixture.log, to: cut, dropping: cut <= end ? end - cut : .max)
      }
      #expect(refusal?.code == .invalidCut)
    }
    for wrong in [0, 1, end - fixture.ends[3] - 1, UInt64(end)] {
      let error = failure {
        try EventLog.truncate(fixture.log, to: fixture.ends[3], dropping: wrong)
      }
      #expect(error?.code == .invalidCut)
    }
    var after = tree(fixture.log)
    after["LOCK"] = fixture.files["LOCK"]
    #expect(after == fixture.files)
  }

  @Test func aLogThatIsOpenIsNotTruncated() throws {
    let fixture = try fixture()
    let writer = try fixture.open()
    let error = failure { try EventLog.truncate(fixture.log, to: 0, dropping: UInt64(writer.end)) }
    #expect(error?.code == .locked)
    writer.close()
    #expect(try allEvents(try EventLog.openReadOnly(fixture.log)) == fixture.events)
  }

  // MARK: Damage

  /// A segment is destroyed from some byte on: what is before it can be kept, to the event.
  @Test func damageIsCutOff() throws {
    let fixture = try fixture()
    for name in names(in: fixture.segments) {
      let path = fixture.segments.appending(name)
      let whole = try #require(readFile(path))
      for byte in [10, 64, 900, 2500] where byte < whole.count {
        try fixture.reset()
        try writeFile(path, whole[..<byte] + whole[byte...].map { ~$0 })
        let comment: Comment = "\(name) from byte \(byte)"
        let reader = try EventLog.openReadOnly(fixture.log)
        let damage = reader.verify(.full).compactMap { $0.offsets?.lowerBound }.min()
        guard let first = damage else { continue }
        #expect(Int(first) <= fixture.events.count, comment)
        // A sealed block may begin inside of a turn: the last turn that is whole before it ends the log.
        let cut = try #require(fixture.ends.last { $0 <= first.cutBefore }, comment)
        let plan = try EventLog.planTruncation(fixture.log, to: cut)
        #expect(plan.offsets == (cut..<reader.end).offsets, comment)
        try EventLog.truncate(fixture.log, to: cut, dropping: plan.eventCount)
        try expectPrefix(fixture, cut, comment)
        // After it, nothing can be kept.
        try fixture.reset()
        try writeFile(path, whole[..<byte] + whole[byte...].map { ~$0 })
        if let later = fixture.ends.last, later > first.cutBefore, !name.hasSuffix(".sealed") {
          let error = failure { try EventLog.truncate(fixture.log, to: later, dropping: 0) }
          #expect(error?.code == .damaged, comment)
        }
      }
    }
  }

  // MARK: Interruptions

  @Test(arguments: FaultTests.Fate.allCases) func everyCallFails(fate: FaultTests.Fate) throws {
    let fixture = try fixture()
    for (cut, place) in [(fixture.ends[2], "sealed"), (fixture.ends[9], "active")] {
      let count = Cut(fixture.events.count) - cut
      for nth in 1...500 {
        try fixture.reset()
        let faults = FaultInjector()
        fate.apply(nth, to: faults)
        var options = EventLog.Options()
        options.faults = faults
        let error = failure {
          try EventLog.truncate(fixture.log, to: cut, dropping: count, options: options)
        }
        let comment: Comment = "\(place), \(fate) from call \(nth)"
        // A look at the log does without syncing what a crash left, so that call may fail.
        let mayPass = fate == .oneCallFails || fate == .oneCallFindsNoRoom
        #expect(error != nil || faults.firedCount == 0 || mayPass, comment)
        #expect(error == nil || faults.firedCount > 0, comment)
        // A reader sees one log or the other, or is told that somebody has to finish it.
        let reader = failure {
          let read = try allEvents(try EventLog.openReadOnly(fixture.log))
          #expect(read.count == fixture.events.count || read.count == Int(cut), comment)
        }
        #expect(reader == nil || reader?.code == .interrupted, comment)
        let writer = try fixture.open()
        #expect(
          writer.end == cut || error != nil && writer.end == Cut(fixture.events.count), comment)
        #expect(try allEvents(writer) == Array(fixture.events.prefix(Int(writer.end))), comment)
        #expect(writer.verify(.deep).isEmpty, comment)
        let isDone = writer.end == cut
        #expect(
          (writer.recovery.finishedTruncation == cut) == (reader?.code == .interrupted), comment)
        writer.close()
        if !isDone { try EventLog.truncate(fixture.log, to: cut, dropping: count) }
        #expect(try EventLog.openReadOnly(fixture.log).end == cut, comment)
        if faults.firedCount == 0 {
          #expect(nth > 3)
          break
        }
        #expect(nth < 500)
      }
    }
  }

  /// Every byte of the note counts: where it is damaged, nothing is removed on its word.
  @Test func aDamagedNoteIsNotFollowed() throws {
    let fixture = try fixture()
    let layout = StoreLayout(root: fixture.log, system: SystemCalls())
    let store = try layout.readIdentity().store
    try layout.decide(TruncationIntent(store: store, cut: 3, base: 0, salt: 77))
    let note = fixture.log.appending("TRUNCATE")
    let bytes = try #require(readFile(note))
    for i in bytes.indices {
      var harmed = bytes
      harmed[i] ^= 0x11
      try writeFile(note, harmed)
      let before = tree(fixture.segments)
      let error = failure { try fixture.open().close() }
      #expect(error?.code == .damaged || error?.code == .foreign, "byte \(i)")
      #expect(tree(fixture.segments) == before, "byte \(i)")
    }
    // Nor where the segment that it names is not there.
    try writeFile(note, bytes)
    #expect(failure { try fixture.open().close() }?.code == .damaged)
    #expect(tree(fixture.segments).count == names(in: fixture.segments).count)
    removeFile(note)
    #expect(try allEvents(try EventLog.openReadOnly(fixture.log)) == fixture.events)
  }
}
