import EvlogForensics
import EvlogReplay
import EvlogStore
import Testing

/// Concurrent histories, some of which no order of their operations explains.
@Suite("Real data: linearizability", .enabled(if: RealData.isThere, RealData.whySkipped))
struct RegisterTests {
  /// Where the events of each run begin, and how many there are.
  private func ranges(_ replayed: Replayed) throws -> [String: Range<Cut>] {
    var ranges: [String: Range<Cut>] = [:]
    var cursor = replayed.log.events().makeCursor()
    while let event = try cursor.next() {
      let run = String(event.stream.prefix { $0 != "/" })
      ranges[run] = (ranges[run]?.lowerBound ?? event.offset.cutBefore)..<event.offset.cutAfter
    }
    return ranges
  }

  private func expectRun(_ run: String, _ range: Range<Cut>, _ broken: Episode?, _ data: Dataset) {
    let isLinearizable = JSONValue.bool(broken == nil)
    let first: JSONValue = broken?.brokenBy.map { .int($0) } ?? .null
    data.answers.expect("runs", run, "events", is: .int(range.count))
    data.answers.expect("runs", run, "first_index", is: .int(range.lowerBound))
    data.answers.expect("runs", run, "linearizable", is: isLinearizable)
    data.answers.expect("runs", run, "upstream_linearizable", is: isLinearizable)
    data.answers.expect("runs", run, "first_nonlinearizable_index", is: first)
  }

  @Test func etcd() async throws {
    let data = try Dataset("jepsen-etcd")
    let replayed = try await replayEveryWay(data, try RealData.machine("register"))
    let answers = data.answers
    answers.expect("events", is: .int(replayed.log.end))
    let ranges = try ranges(replayed)
    #expect(answers["runs"]?.members.map(\.key) == ranges.keys.sorted())
    for (run, range) in ranges {
      let broken = replayed.scan.findings[0].episodes.first { $0.key == run }
      #expect(broken?.endCut == nil)
      expectRun(run, range, broken, data)
      let event = try broken?.brokenBy.flatMap { try replayed.log.event(at: $0) }
      answers.expect(
        "runs", run, "event",
        is: try event.map { .array([.string($0.type), try JSONParser.parse($0.data)]) } ?? .null)
      answers.expect(
        "runs", run, "offset_in_stream", is: event.map { .int($0.revision) } ?? .null)
      // The answers stop counting where the history breaks.
      let end = broken?.firstCut ?? range.upperBound
      let state = try await replayed.replayer.state(ofKey: run, at: end).value
      answers.expect("runs", run, "ops_with_unknown_outcome", is: state?["timedOut"])
    }
    // How many ways an algorithm considers at once is its own affair.
    answers.expectAllChecked(except: ranges.keys.map { ["runs", $0, "peak_configs"] })
  }

  @Test func keyValueStore() async throws {
    let data = try Dataset("porcupine-kv")
    let replayed = try await replayEveryWay(data, try RealData.machine("register"))
    let answers = data.answers
    let counts = try replayed.log.counts()
    answers.expect("events", is: .int(replayed.log.end))
    answers.expect("streams", is: .int(counts.byStream.count))
    answers.expect("types", is: .counts(tally(counts.byType)))
    for (run, range) in try ranges(replayed) {
      let broken = replayed.scan.findings[0].episodes.filter {
        $0.key?.hasPrefix("\(run)/") ?? false
      }
      expectRun(run, range, broken.first, data)
      let keys = counts.byStream.filter { $0.name.hasPrefix("\(run)/") }
      answers.expect("runs", run, "keys", is: .int(keys.count))
      answers.expect(
        "runs", run, "nonlinearizable_keys_[first_index,key]",
        is: .array(
          broken.map {
            .array([
              $0.brokenBy.map { .int($0) } ?? .null,
              .string(String($0.key?.dropFirst(run.count + 1) ?? "")),
            ])
          }))
    }
    // A larger history whose events are not there.
    answers.expectAllChecked(except: [["events-c50.jsonl"]])
  }
}
