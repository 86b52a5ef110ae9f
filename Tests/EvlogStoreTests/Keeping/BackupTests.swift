import EvlogTesting
import Synchronization
import SystemPackage
import Testing

@testable import EvlogStore

#if canImport(Glibc)
  import Glibc
#endif

/// A backup is a log with the same events, at every moment, and only what is new is copied.
@Suite struct BackupTests {
  private func options(_ faults: FaultInjector? = nil) -> EventLog.Options {
    var options = EventLog.Options()
    options.segmentBytes = 4096
    options.sealsAutomatically = false
    options.faults = faults
    return options
  }

  /// A backup after each of several turns, some of which seal: each is the log of that moment.
  /// By whatever name: itself, a link to it, a folder in it, one that is not there yet.
  @Test func aLogIsNotCopiedOntoItself() throws {
    let fixture = try StoreFixture(turns: 4)
    let link = fixture.folder.path.appending("link")
    _ = unsafe "ln -s '\(fixture.log)' '\(link)'".withCString { unsafe system($0) }
    for folder in [
      fixture.log, link, fixture.log.appending("../test.evlog"), fixture.log.appending("copy"),
      link.appending("snapshots"), fixture.log.appending("segments"),
    ] {
      let before = tree(fixture.log)
      #expect(
        failure { try EventLog.backup(fixture.log, to: folder) }?.code == .diverged, "\(folder)")
      #expect(tree(fixture.log) == before, "\(folder)")
    }
    #expect(
      failure { try EventLog.restore(fixture.log, to: fixture.log.appending("new")) }?.code
        == .diverged)
    try EventLog.backup(fixture.log, to: fixture.folder.path.appending("test.evlog-2"))
  }

  @Test func eachBackupIsTheLogOfItsMoment() throws {
    let folder = TemporaryFolder(inMemory: true)
    let copy = folder.path.appending("copy.evlog")
    let writer = try EventLog.create(folder.log, options: options())
    var lastSealed: [String: [UInt8]] = [:]
    for t in 0..<14 {
      let made = try EventLog.backup(folder.log, to: copy)
      #expect(made.cut == writer.end)
      #expect(made.digest == (try writer.digest(at: writer.end)))
      let reader = try EventLog.openReadOnly(copy)
      #expect(reader.id == writer.id && reader.recovery.isClean)
      #expect(try allEvents(reader) == allEvents(writer))
      #expect(made.lastTime == (try allEvents(writer).last?.recordedAt))
      #expect(reader.verify(.deep).isEmpty)
      // What was sealed before is there as it was, and was not copied again.
      let segments = tree(copy.appending("segments"))
      for (name, bytes) in lastSealed {
        #expect(segments[name] == bytes)
        #expect(!made.copiedFiles.contains { $0.lastComponent?.string == name })
      }
      #expect(!segments.keys.contains { $0.hasSuffix(".tmp") })
      lastSealed = segments.filter { $0.key.hasSuffix(".sealed") }
      for (name, bytes) in lastSealed {
        #expect(readFile(folder.log.appending("segments").appending(name)) == bytes)
      }
      let again = try EventLog.backup(folder.log, to: copy)
      #expect(again.copiedBytes == 0 && again.copiedFiles.isEmpty && again.cut == made.cut)
      #expect(again.presentBytes == made.presentBytes + made.copiedBytes)
      try writer.appendBlocking(StoreFixture.turn(t, dataBytes: 700))
      if t % 5 == 4 { try writer.seal() }
    }
    writer.close()
  }

  /// A log that goes on while it is copied: the copy is the log at some cut.
  @Test func aWriterGoesOnMeanwhile() throws {
    let folder = TemporaryFolder(inMemory: true)
    let copy = folder.path.appending("copy.evlog")
    let writer = try EventLog.create(folder.log, options: options())
    for t in 0..<6 { try writer.appendBlocking(StoreFixture.turn(t, dataBytes: 900)) }
    var next = 6
    let made = try EventLog.backup(folder.log, to: copy) { _, _ in
      // Between two segments of the copy the log grows, and all that was active is sealed.
      _ = try? writer.appendBlocking(StoreFixture.turn(next, dataBytes: 900))
      try? writer.seal()
      next += 1
    }
    #expect(next > 8)
    let before = try allEvents(writer)
    #expect(Int(made.cut) < before.count)
    #expect(
      try allEvents(try EventLog.openReadOnly(copy)) == Array(before.prefix(Int(made.cut))))
    #expect(try EventLog.backup(folder.log, to: copy).cut == Cut(before.count))
    #expect(try allEvents(try EventLog.openReadOnly(copy)) == before)
    #expect(!names(in: copy.appending("segments")).contains { $0.hasSuffix(".active") })
    writer.close()
  }

  @Test func whatWentItsOwnWayIsRefused() throws {
    let fixture = try StoreFixture(turns: 9, sealedTurns: 4, dataBytes: 600)
    let copy = fixture.folder.path.appending("copy.evlog")
    try EventLog.backup(fixture.log, to: copy)
    let whole = tree(copy)
    func expectRefused(_ code: EventLogError.Code) {
      let before = tree(copy.appending("segments"))
      #expect(failure { try EventLog.backup(fixture.log, to: copy) }?.code == code)
      #expect(tree(copy.appending("segments")) == before)
    }
    // The copy was written to.
    let other = try EventLog.open(copy, options: options())
    try other.appendBlocking(StoreFixture.turn(77))
    other.close()
    expectRefused(.diverged)
    // The log was truncated, and went on differently.
    try restore(whole, to: copy)
    let count = Cut(fixture.events.count) - fixture.ends[6]
    try EventLog.truncate(fixture.log, to: fixture.ends[6], dropping: count)
    expectRefused(.diverged)
    let log = try fixture.open()
    for t in 0..<8 { try log.appendBlocking(StoreFixture.turn(t + 20, dataBytes: 300)) }
    log.close()
    expectRefused(.diverged)
    // Another log; a folder that is none; a damaged copy; a log that is not there.
    let stranger = fixture.folder.path.appending("stranger.evlog")
    try EventLog.create(stranger).close()
    #expect(failure { try EventLog.backup(stranger, to: copy) }?.code == .diverged)
    #expect(failure { try EventLog.backup(stranger, to: fixture.folder.path) }?.code == .notAStore)
    let missing = fixture.folder.path.appending("nowhere")
    #expect(failure { try EventLog.backup(missing, to: copy) }?.code == .notFound)
    removeFile(copy.appending("segments/00000000000000000000.sealed"))
    expectRefused(.damaged)
  }

  // MARK: Interruptions

  /// Every call fails in turn: what is there is a log of the first events, and the next backup
  /// completes it.
  @Test(arguments: [FaultTests.Fate.oneCallFails, .theProcessIsDead])
  func everyCallFails(fate: FaultTests.Fate) throws {
    let fixture = try StoreFixture(turns: 9, sealedTurns: 4, dataBytes: 600)
    let early = fixture.folder.path.appending("early.evlog")
    try EventLog.restore(fixture.log, to: early, at: fixture.ends[6])
    let started = tree(early)
    for nth in 1...500 {
      let folder = TemporaryFolder(inMemory: true)
      let copy = folder.path.appending("copy.evlog")
      // From nothing, or from an earlier backup.
      if nth % 2 == 0 {
        let made = failure { try EventLog.backup(early, to: copy) }
        #expect(made == nil && started.count > 3)
      }
      let faults = FaultInjector()
      fate.apply((nth + 1) / 2, to: faults)
      let error = failure {
        try EventLog.backup(fixture.log, to: copy, options: options(faults))
      }
      let comment: Comment = "\(fate) from call \(nth)"
      #expect(error == nil || faults.firedCount > 0, comment)
      if readFile(copy.appending("EVLOG")) != nil {
        let reader = try EventLog.openReadOnly(copy)
        #expect(reader.recovery.damage.isEmpty, comment)
        let events = try allEvents(reader)
        #expect(events == Array(fixture.events.prefix(events.count)), comment)
      }
      #expect(try EventLog.backup(fixture.log, to: copy).cut == Cut(fixture.events.count), comment)
      #expect(try allEvents(try EventLog.openReadOnly(copy)) == fixture.events, comment)
      if faults.firedCount == 0, nth % 2 == 1 { break }
      #expect(nth < 500)
    }
  }

  /// The power is cut at every call of a first backup and of one that goes on from it.
  @Test func aPowerCutLeavesTheBeginningOfTheLog() throws {
    let disk = SimulatedDisk(DiskState(), seed: 1)
    var options = options()
    options.kernel = disk
    let log = try EventLog.create("/log", options: options)
    for t in 0..<5 { try log.appendBlocking(StoreFixture.turn(t, dataBytes: 700)) }
    let states = Recorder()
    disk.observe { states.add($0) }
    try EventLog.backup("/log", to: "/copy", options: options)
    disk.observe(nil)
    try log.seal()
    for t in 5..<9 { try log.appendBlocking(StoreFixture.turn(t, dataBytes: 700)) }
    let events = try allEvents(log)
    let first = states.all.count
    disk.observe { states.add($0) }
    try EventLog.backup("/log", to: "/copy", options: options)
    disk.observe(nil)
    #expect(first > 20 && states.all.count > first + 10)
    for (i, state) in states.all.enumerated() {
      for seed in UInt64(i)..<UInt64(i + 2) {
        let comment: Comment = "moment \(i), seed \(seed)"
        let after = SimulatedDisk(PowerCut.cut(state, seed: seed), seed: seed)
        var options = self.options()
        options.kernel = after
        guard after.status("/copy/EVLOG") != nil else {
          #expect(i <= first, comment)
          continue
        }
        let reader = try EventLog.openReadOnly("/copy", options: options)
        #expect(reader.recovery.damage.isEmpty, comment)
        let read = try allEvents(reader)
        #expect(read == Array(events.prefix(read.count)), comment)
        // What an earlier backup had is never lost by a later one.
        if i >= first { #expect(read.count >= 5, comment) }
        let source = try EventLog.openReadOnly("/log", options: options)
        try EventLog.backup("/log", to: "/copy", options: options)
        let copied = try EventLog.openReadOnly("/copy", options: options)
        #expect(try allEvents(copied) == allEvents(source), comment)
      }
    }
    log.close()
  }

  // MARK: Restoring

  @Test func aRestoredLogIsTheLog() throws {
    let fixture = try StoreFixture(turns: 9, sealedTurns: 4, dataBytes: 600)
    let copy = fixture.folder.path.appending("copy.evlog")
    try EventLog.backup(fixture.log, to: copy)
    for (i, cut) in fixture.ends.enumerated() {
      let path = fixture.folder.path.appending("restored-\(i).evlog")
      let made = try EventLog.restore(copy, to: path, at: cut)
      #expect(made.cut == cut)
      let log = try EventLog.open(path, options: options())
      #expect(log.recovery.isClean)
      #expect(try allEvents(log) == Array(fixture.events.prefix(Int(cut))))
      #expect(made.digest == (try log.digest(at: cut)))
      try log.appendBlocking(StoreFixture.turn(60))
      #expect(log.verify(.deep).isEmpty)
      log.close()
      // Never over a log.
      let before = tree(path)
      #expect(failure { try EventLog.restore(copy, to: path) }?.code == .alreadyExists)
      #expect(tree(path) == before)
    }
    let path = fixture.folder.path.appending("other.evlog")
    let inside = try #require((1...30).first { !fixture.ends.contains($0) })
    let error = failure { try EventLog.restore(copy, to: path, at: inside) }
    #expect(error?.code == .invalidCut)
    #expect(names(in: fixture.folder.path).allSatisfy { !$0.hasPrefix("other") })
  }

  @Test func anInterruptedRestoreGoesOn() throws {
    let fixture = try StoreFixture(turns: 9, sealedTurns: 4, dataBytes: 600)
    let path = fixture.folder.path.appending("restored.evlog")
    for nth in stride(from: 1, to: 600, by: 7) {
      let faults = FaultInjector()
      faults.fail(nil, nth: nth, with: .ioError, repeatedly: true)
      let error = failure {
        try EventLog.restore(
          fixture.log, to: path, at: fixture.ends[6], options: options(faults))
      }
      if error == nil { break }
      // Until it is whole, nothing has the log's name.
      let isThere = names(in: fixture.folder.path).contains("restored.evlog")
      if isThere { break }
    }
    let log = try EventLog.openReadOnly(path)
    #expect(try allEvents(log) == Array(fixture.events.prefix(Int(fixture.ends[6]))))
  }
}

private final class Recorder: Sendable {
  private let states = Mutex<[DiskState]>([])
  var all: [DiskState] { states.withLock { $0 } }
  func add(_ state: DiskState) { states.withLock { $0.append(state) } }
}
