import EvlogForensics
import EvlogReplay
import EvlogStore
import SystemPackage
import Testing

@Suite("Real data: traces of a protocol", .enabled(if: RealData.isThere, RealData.whySkipped))
struct EWD998Tests {
  private static let folder = RealData.folder.appending("ewd998")

  /// The machine needs the first states, which the traces do not say.
  private func machine() throws -> any Program {
    let initial = try RealData.text(Self.folder.appending("initial-states.json"))
    return try RealData.machine("ewd998", after: "const INITIAL = \(initial)\n")
  }

  @Test func traces() async throws {
    let data = try Dataset("ewd998")
    let replayed = try await replayEveryWay(data, try machine())
    let answers = data.answers
    answers.expect("events", is: .int(replayed.log.end))
    let traces = try #require(answers["traces"]).members
    #expect(traces.map(\.key) == replayed.state.members.map(\.key))

    let mismatches = try mismatches(replayed)
    for trace in traces.map(\.key) {
      let ofTrace = try events(replayed.log).filter { $0.stream.hasPrefix("\(trace)/") }
      let first = try #require(ofTrace.first).offset
      let range = first.cutBefore..<(first.cutBefore + ofTrace.count)
      try await answers.expectInvariants(
        of: replayed, at: "traces", trace, "invariants", key: trace, in: range,
        skipping: ["matches_recorded_state"])

      let wrong = mismatches.filter(range.offsets.contains).map { JSONValue.int($0) }
      let facts: [(String, JSONValue)] = [
        ("first", wrong.first ?? .null), ("count", .int(wrong.count)),
        ("indexes_head", .array(wrong)), ("last", wrong.last ?? .null),
      ]
      for (key, value) in facts {
        answers.expect("traces", trace, "invariants", "matches_recorded_state", key, is: value)
      }

      let types = Dictionary(grouping: ofTrace, by: \.type).mapValues { UInt64($0.count) }
      let final = try #require(replayed.state[trace])
      answers.expect("traces", trace, "first_index", is: .int(first))
      answers.expect("traces", trace, "events", is: .int(ofTrace.count))
      answers.expect("traces", trace, "types", is: .counts(types))
      answers.expect("traces", trace, "nodes", is: .int(final["active"]?.members.count ?? -1))
      answers.expect(
        "traces", trace, "final_state_sha256", is: .string(sha256(final.canonicalBytes)))
    }
    answers.expectAllChecked()
  }

  /// The events after which the replayed state of their trace is not the recorded one.
  private func mismatches(_ replayed: Replayed) throws -> [Offset] {
    let recorded = try RealData.lines(Self.folder.appending("states.ndjson.gz"))
    #expect(recorded.count == Int(replayed.log.end))
    let execution = try replayed.replayer.program.makeHost()
    return try events(replayed.log).filter { event in
      try execution.run([event], checks: false) { _ in }
      let trace = event.stream.prefix { $0 != "/" }
      let expected = try JSONParser.parse(recorded[Int(event.offset)][...])
      return try execution.state(of: String(trace))?.canonicalText != expected.canonicalText
    }.map(\.offset)
  }

  private func events(_ log: EventLog) throws -> [RecordedEvent] {
    var cursor = log.events().makeCursor()
    var events: [RecordedEvent] = []
    while let event = try cursor.next() { events.append(event) }
    return events
  }
}
