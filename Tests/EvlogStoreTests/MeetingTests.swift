import EvlogStore
import Testing

/// Writers, readers of both kinds, sealing and closing, all at once: every event comes to everybody,
/// once and in order. `Tools/thread-sanitizer` watches.
@Suite struct MeetingTests {
  private static let writers = 4
  private static let turns = 60

  private func open(_ folder: TemporaryFolder, sealing: Bool = true) throws -> EventLog {
    var options = EventLog.Options()
    options.segmentBytes = 4096
    options.sealsAutomatically = sealing
    return try EventLog.open(folder.log, options: options)
  }

  private static func turn(_ writer: Int, _ t: Int) -> Turn {
    Turn(
      (0...(t % 3)).map { i in
        NewEvent(
          stream: "writer-\(writer)", type: "type-\(t % 5)",
          data: [UInt8](repeating: UInt8(t), count: 20 + t), correlation: "\(i)")
      }, id: "turn-\(writer)-\(t)")
  }

  private static var eventCount: Int {
    writers * (0..<turns).reduce(0) { $0 + 1 + $1 % 3 }
  }

  /// Takes events until there are all; true where they have no gap and each stream is in order.
  private static func follow(_ log: EventLog, _ query: Query = Query()) async throws -> Bool {
    var next: Offset = 0
    var revisions: [String: Revision] = [:]
    for try await event in log.subscribe(query) {
      guard event.offset == next, event.revision == revisions[event.stream] ?? 0 else {
        return false
      }
      next += 1
      revisions[event.stream] = event.revision + 1
      if next == Offset(eventCount) { return true }
    }
    return false
  }

  @Test func everybodyAtOnce() async throws {
    let folder = TemporaryFolder()
    let log = try open(folder)
    let beside = try EventLog.openReadOnly(folder.log)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for reader in [log, log, beside, beside, try EventLog.openReadOnly(folder.log)] {
        group.addTask { try await Self.follow(reader) }
      }
      for writer in 0..<Self.writers {
        group.addTask {
          for t in 0..<Self.turns {
            let turn = Self.turn(writer, t)
            let appended =
              t % 2 == 0 ? try await log.append(turn) : try log.appendBlocking(turn)
            // What was appended is there for everybody who shares the log.
            guard try log.event(at: appended.offsets.lowerBound)?.turnID == turn.id,
              try await log.append(turn).wasAlreadyThere
            else { return false }
          }
          return true
        }
      }
      // Two that seal at once, and some that look around.
      for effort in [SealingEffort.fast, .best] {
        group.addTask {
          for _ in 0..<6 {
            try log.seal(effort)
            try await Task.sleep(for: .milliseconds(5))
          }
          return true
        }
      }
      for look in 0..<12 {
        group.addTask {
          let reader = look % 2 == 0 ? log : try EventLog.openReadOnly(folder.log)
          let end = reader.end
          let events = try allEvents(reader, Query(to: end, isBackwards: look % 3 == 0))
          _ = try reader.lastRevision(of: "writer-1")
          _ = try reader.offsets(ofTurn: "turn-2-7")
          _ = try reader.digest(at: end)
          _ = try reader.counts()
          return events.count == Int(end) && reader.verify().isEmpty
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
    #expect(log.end == Cut(Self.eventCount))
    #expect(log.verify(.deep).isEmpty)
    log.close()
    let again = try open(folder)
    defer { again.close() }
    #expect(again.recovery.isClean)
    #expect(again.end == Cut(Self.eventCount))
  }

  /// What was acknowledged before the log was closed is there; what came later was refused.
  @Test func closingInTheMiddle() async throws {
    for round in 0..<6 {
      let folder = TemporaryFolder()
      let log = try open(folder, sealing: round % 2 == 0)
      let acknowledged = try await withThrowingTaskGroup(of: [String].self) { group in
        for writer in 0..<Self.writers {
          group.addTask {
            var done: [String] = []
            for t in 0..<Self.turns {
              let turn = Self.turn(writer, t)
              do {
                if writer % 2 == 0 {
                  try await log.append(turn)
                } else {
                  try log.appendBlocking(turn)
                }
              } catch let error as EventLogError {
                guard error.code == .closed else { throw error }
                break
              }
              done.append(turn.id ?? "")
            }
            return done
          }
        }
        group.addTask {
          for try await _ in log.subscribe() {}
          return []
        }
        group.addTask {
          do { try log.seal() } catch let error as EventLogError {
            guard error.code == .closed else { throw error }
          }
          return []
        }
        for _ in 0..<2 {
          group.addTask {
            try await Task.sleep(for: .milliseconds(8))
            log.close()
            return []
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      let again = try open(folder)
      defer { again.close() }
      let there = Set(try allEvents(again).compactMap(\.turnID))
      #expect(there.isSuperset(of: acknowledged), "round \(round)")
      #expect(again.verify(.deep).isEmpty, "round \(round)")
    }
  }
}
