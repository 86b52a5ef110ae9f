import EvlogForensics
import EvlogReplay
import EvlogStore
import Testing

@Suite("Real data: workflow histories", .enabled(if: RealData.isThere, RealData.whySkipped))
struct TemporalTests {
  @Test func histories() async throws {
    let data = try Dataset("temporal-histories")
    let replayed = try await replayEveryWay(data, try RealData.machine("temporal"))
    let answers = data.answers
    try await answers.expectInvariants(of: replayed, at: "invariants")

    let counts = try replayed.log.counts()
    answers.expect("events", is: .int(replayed.log.end))
    answers.expect("streams", is: .int(counts.byStream.count))
    answers.expect("raw_types", is: .int(counts.byType.count))

    let histories = replayed.state.members
    var types: [String: UInt64] = [:]
    var closed: [String: UInt64] = [:]
    var open = 0
    for history in histories {
      for type in history.value["types"]?.arrayValue ?? [] {
        types[type.stringValue ?? "", default: 0] += 1
      }
      if let closedBy = history.value["closedBy"]?.stringValue { closed[closedBy, default: 0] += 1 }
      if history.value["openActivities"] != .array([]) { open += 1 }
    }
    answers.expect("types_after_upcast", is: .int(types.count))
    answers.expect("type_counts_after_upcast", is: .counts(types))
    answers.expect("final", "closed", is: .counts(closed))
    answers.expect(
      "final", "not_closed", is: .int(histories.count - Int(closed.values.reduce(0, +))))
    answers.expect("final", "histories_with_open_activities", is: .int(open))
    let longest = try #require(counts.byStream.max { $0.count < $1.count })
    answers.expect(
      "final", "longest", is: .array([.string(longest.name), .int(longest.count)]))
    answers.expectAllChecked()
    try expectFinerTimes(replayed)
  }

  /// The answers compare whole seconds. Compared in nanoseconds, more events are early, and among
  /// them all of those.
  private func expectFinerTimes(_ replayed: Replayed) throws {
    func offsets(_ name: String) throws -> Set<Offset> {
      let finding = try #require(replayed.scan.findings.first { $0.invariant.name == name })
      return Set(try finding.episodes.flatMap { try replayed.events(of: $0).map(\.offset) })
    }
    let coarse = try offsets("time_monotone")
    let fine = try offsets("time_monotone in nanoseconds")
    #expect(coarse.isSubset(of: fine))
    var last: [String: Timestamp] = [:]
    var expected: Set<Offset> = []
    var cursor = replayed.log.events().makeCursor()
    while let event = try cursor.next() {
      if let before = last[event.stream], event.recordedAt < before {
        expected.insert(event.offset)
      }
      last[event.stream] = event.recordedAt
    }
    #expect(fine == expected)
  }

  /// Of a machine with a state per stream, one history is the same as in the whole state.
  @Test func oneHistory() async throws {
    let data = try Dataset("temporal-histories")
    let stored = try TemporaryLog(data.events, turnsOf: 1000)
    let replayer = Replayer(try RealData.machine("temporal"), over: stored.log)
    let whole = try await replayer.state().value
    let key = "go/workflow_loop_task"
    let one = try await replayer.state(ofKey: key)
    #expect(one.value == whole[key])
    #expect(one.work.events == 428)
  }
}
