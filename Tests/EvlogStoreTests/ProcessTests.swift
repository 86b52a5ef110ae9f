import EvlogStore
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Writers and readers in processes of their own.
@Suite struct ProcessTests {
  fileprivate static func turn(_ t: Int) -> Turn {
    Turn(
      (0...(t % 4)).map { i in
        NewEvent(
          stream: "stream-\(i)", type: "of-\(t % 4 + 1)", data: json("\(t)"),
          recordedAt: Timestamp(nanoseconds: Int64(t)))
      }, id: "turn-\(t)")
  }

  fileprivate static func options() -> EventLog.Options {
    var options = EventLog.Options()
    options.segmentBytes = 8192
    return options
  }

  /// A writer is killed in the middle of appending, again and again, at moments it does not choose.
  ///
  /// Each turn is noted in another file only after append has returned for it.
  @Test func whatAKilledWriterAcknowledgedIsThere() async throws {
    let folder = TemporaryFolder()
    let path = folder.path.string
    var known = 0
    for round in 0..<30 {
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let log = try EventLog.open(
          FilePath(path).appending("test.evlog"), options: ProcessTests.options())
        let note = try FileDescriptor.open(
          FilePath(path).appending("acknowledged"), .writeOnly, options: [.create, .append],
          permissions: .ownerReadWrite)
        let first = try allEvents(log).count { $0.beginsTurn }
        // Somebody else's thread pulls the plug.
        let pause = UInt32.random(in: 0..<20_000)
        Task.detached {
          usleep(pause)
          kill(getpid(), SIGKILL)
        }
        for t in first... {
          try log.appendBlocking(ProcessTests.turn(t))
          try note.writeAll(json("\(t)\n"))
        }
      }
      let acknowledged = String(
        decoding: readFile(folder.path.appending("acknowledged")) ?? [], as: UTF8.self
      ).split(separator: "\n").compactMap { Int($0) }
      // Opening to read, then to write, finds the same.
      for isWriting in [false, true] {
        let log =
          isWriting
          ? try EventLog.open(folder.log, options: ProcessTests.options())
          : try EventLog.openReadOnly(folder.log)
        defer { log.close() }
        let events = try allEvents(log)
        let turns = events.filter(\.beginsTurn).compactMap(\.turnID)
        #expect(turns == (0..<turns.count).map { "turn-\($0)" }, "round \(round)")
        #expect(turns.count >= (acknowledged.last ?? -1) + 1, "round \(round)")
        let whole = (0..<turns.count).flatMap { ProcessTests.turn($0).events }
        #expect(events.map { NewEvent(recorded: $0) } == whole, "round \(round)")
        #expect(log.recovery.damage.isEmpty, "round \(round)")
        known = turns.count
      }
    }
    #expect(known > 0)
  }

  /// A reader in another process sees every event once, in order, while this one writes.
  @Test func aSubscriberInAnotherProcessSeesEverything() async throws {
    let folder = TemporaryFolder()
    let path = folder.path.string
    let log = try EventLog.create(folder.log, options: ProcessTests.options())
    let total: UInt64 = 3000
    let writer = Task.detached {
      var t = 0
      while UInt64(log.end) < total {
        try log.appendBlocking(ProcessTests.turn(t))
        t += 1
        // The reader must meet turns that come while it waits, too.
        if t % 100 == 0 { try await Task.sleep(for: .milliseconds(5)) }
      }
    }
    await #expect(processExitsWith: .success) {
      [path = path as String, total = total as UInt64] in
      let reader = try EventLog.openReadOnly(FilePath(path).appending("test.evlog"))
      var next: Offset = 0
      var t = -1
      for try await event in reader.subscribe() {
        guard event.offset == next, event.offset < reader.end.offsetAfter else { exit(2) }
        if event.beginsTurn { t += 1 }
        guard event.data.elementsEqual(json("\(t)")) else { exit(3) }
        next += 1
        if UInt64(next) == total { exit(0) }
      }
      exit(4)
    }
    try await writer.value
    #expect(log.segmentInfo().count > 5)
  }

  @Test func asASecondWriterAnotherProcessIsRefused() async throws {
    let folder = TemporaryFolder()
    let path = folder.log.string
    let log = try EventLog.open(folder.log)
    await #expect(processExitsWith: .success) { [path = path as String] in
      exit(failure { _ = try EventLog.open(FilePath(path)) }?.code == .locked ? 0 : 1)
    }
    log.close()
  }
}
