import EvlogTesting
import SystemPackage
import Testing

@testable import EvlogStore

#if canImport(Glibc)
  import Glibc
#endif

/// What is done to the folder of a log behind its back: files removed, replaced by other things, renamed.
@Suite struct FolderTests {
  // MARK: What is no file

  /// A link is not followed, and a pipe is not waited for, in the place of any file.
  @Test(arguments: ["EVLOG", "LOCK", "DURABLE", "segments/00000000000000000000.active"])
  func onlyFilesAreOpened(name: String) throws {
    for isLink in [true, false] {
      let fixture = try StoreFixture(turns: 3)
      let path = fixture.log.appending(name)
      let elsewhere = fixture.folder.path.appending("elsewhere")
      let bytes = try #require(readFile(path))
      try writeFile(elsewhere, bytes)
      removeFile(path)
      if isLink {
        #expect(unsafe symlink(elsewhere.string, path.string) == 0)
      } else {
        #expect(unsafe mkfifo(path.string, 0o644) == 0)
      }
      let error = try #require(failure { try fixture.open().close() })
      #expect(error.code == .foreign && error.file == path, "\(name): \(error)")
      #expect(error.message.contains(isLink ? "a symbolic link" : "a pipe"), "\(error)")
      #expect(readFile(elsewhere) == bytes)
      let reading = failure {
        let log = try EventLog.openReadOnly(fixture.log)
        if let damage = log.recovery.damage.first { throw damage }
      }
      #expect(reading?.code == .foreign, "\(name): \(String(describing: reading))")
    }
  }

  /// Permission that is missing is said, with the path; it is not taken for a log that is missing.
  @Test func permissionIsSaid() throws {
    let fixture = try StoreFixture(turns: 1)
    let faults = FaultInjector()
    var options = EventLog.Options()
    options.faults = faults
    faults.fail(.status, on: "EVLOG", with: .permissionDenied, repeatedly: true)
    for body in [
      { _ = try EventLog.openReadOnly(fixture.log, options: options) },
      { _ = try EventLog.open(fixture.log, options: options) },
    ] {
      let error = try #require(failure(body))
      #expect(error.code == .ioFailed && error.errno == .permissionDenied)
      #expect(error.file == fixture.log.appending("EVLOG") && error.advice != nil)
    }
  }

  @Test func aMissingFolderOfSegmentsIsDamage() throws {
    let fixture = try StoreFixture(turns: 4)
    removeFolder(fixture.segments)
    #expect(failure { _ = try EventLog.openReadOnly(fixture.log) }?.code == .damaged)
    #expect(failure { try fixture.open().close() }?.code == .damaged)
    let plan = try EventLog.planRepair(fixture.log)
    #expect(plan.lostCount == UInt64(fixture.events.count))
    try EventLog.repair(fixture.log, losing: plan.lostCount)
    let log = try EventLog.openReadOnly(fixture.log)
    #expect(log.end == Cut(fixture.events.count) && log.verify(.deep).isEmpty)
  }

  // MARK: A writer whose files go

  /// A second writer does not come in, and the first notices before it acknowledges anything.
  @Test(arguments: ["LOCK", "DURABLE", "segments/00000000000000000000.active"])
  func aWriterNoticesThatAFileIsGone(name: String) throws {
    for isReplaced in [false, true] {
      let fixture = try StoreFixture(turns: 3)
      let path = fixture.log.appending(name)
      let log = try fixture.open()
      try log.appendBlocking(StoreFixture.turn(3))
      let bytes = try #require(readFile(path))
      removeFile(path)
      if isReplaced { try writeFile(path, bytes) }
      if name == "LOCK" { #expect(failure { try fixture.open().close() }?.code == .locked) }
      let error = failure { try log.appendBlocking(StoreFixture.turn(4)) }
      #expect(error?.code == .poisoned && error?.file == path, "\(String(describing: error))")
      #expect(failure { try log.appendBlocking(StoreFixture.turn(5)) }?.code == .poisoned)
      log.close()
      if name.hasPrefix("segments"), !isReplaced { continue }
      let again = try fixture.open()
      defer { again.close() }
      #expect(again.end == Cut(fixture.events.count + 1))
      try again.appendBlocking(StoreFixture.turn(6))
    }
  }

  /// A turn that is on disk and cannot be announced is not acknowledged, and is there when the log is
  /// opened again.
  @Test func aMarkThatCannotBeWritten() throws {
    let fixture = try StoreFixture(turns: 3)
    let faults = FaultInjector()
    var options = EventLog.Options()
    options.faults = faults
    let log = try EventLog.open(fixture.log, options: options)
    let end = log.end
    faults.fail(.write, on: "DURABLE", with: .ioError, repeatedly: true)
    let turn = StoreFixture.turn(3)
    let error = failure { try log.appendBlocking(turn) }
    #expect(error?.code == .unannounced && error?.offsets == (end..<(end + 1)).offsets)
    #expect(log.end == end)
    #expect(failure { try log.appendBlocking(StoreFixture.turn(4)) }?.code == .poisoned)
    log.close()
    let reader = try EventLog.openReadOnly(fixture.log)
    #expect(reader.end == end && reader.recovery.unannounced == (end..<(end + 1)).offsets)
    #expect(reader.recovery.tornTail == nil && reader.recovery.damage.isEmpty)
    let again = try fixture.open()
    defer { again.close() }
    #expect(again.end == end + 1 && again.recovery.tornTail == nil)
    #expect(try again.appendBlocking(turn).wasAlreadyThere)
  }

  // MARK: Followers

  /// Whoever follows a log that goes is told, and does not wait for ever.
  @Test func aFollowerNoticesThatItsLogIsGone() async throws {
    for fate in ["removed", "made again", "truncated"] {
      let fixture = try StoreFixture(turns: 5)
      let reader = try EventLog.openReadOnly(fixture.log)
      let end = reader.end
      let waiting = Task { try await reader.waitForEvents(after: end) }
      switch fate {
      case "truncated":
        try EventLog.truncate(fixture.log, to: fixture.ends[2], dropping: end - fixture.ends[2])
      case "removed": removeFolder(fixture.log)
      default:
        removeFolder(fixture.log)
        try EventLog.create(fixture.log).close()
      }
      // Between being removed and being made again it is gone.
      let expected: [EventLogError.Code] =
        switch fate {
        case "truncated": [.diverged]
        case "removed": [.notFound]
        default: [.notFound, .diverged]
        }
      do {
        _ = try await waiting.value
        Issue.record("\(fate): nothing was said")
      } catch let error as EventLogError {
        #expect(expected.contains(error.code), "\(fate): \(error)")
      }
    }
  }

  // MARK: What dead processes leave

  @Test func unfinishedCachesAreRemoved() throws {
    let fixture = try StoreFixture(turns: 1)
    let folder = fixture.log.appending("snapshots")
    let (dead, living) = (folder.appending("a.snapshot.1.tmp"), folder.appending("b.writes.2.tmp"))
    try writeFile(dead, [1])
    try writeFile(living, [2])
    let file = try File(living, .readWrite, SystemCalls())
    #expect(try file.tryLock(exclusive: true))
    let log = try EventLog.openReadOnly(fixture.log)
    try log.caches.write([3], "c.snapshot")
    #expect(try log.caches.names() == ["b.writes.2.tmp", "c.snapshot"])
    file.unlock()
    #expect(try log.caches.removeUnfinished() == 1)
    for name in ["EVLOG.tmp", "TRUNCATE.tmp"] { try writeFile(fixture.log.appending(name), [1]) }
    try fixture.open().close()
    #expect(!names(in: fixture.log).contains { $0.hasSuffix(".tmp") })
  }
}
