import EvlogForensics
import EvlogJSON
import EvlogStore
import Testing

@Suite("Real data: a lock", .enabled(if: RealData.isThere, RealData.whySkipped))
struct LockTests {
  @Test(arguments: ["p-lock-10000-1-error", "p-lock-10000-1-happy"])
  func lock(name: String) async throws {
    let data = try Dataset(name)
    let replayed = try await replayEveryWay(data, try RealData.machine("lock"))
    let answers = data.answers
    try await answers.expectInvariants(of: replayed, at: "invariants")

    let counts = try replayed.log.counts()
    answers.expect("events", is: .int(replayed.log.end))
    answers.expect("streams", is: .int(counts.byStream.count))
    answers.expect("types", is: .counts(tally(counts.byType)))
    answers.expect("results", is: replayed.state["results"])
    answers.expect("unanswered_requests", is: .int(replayed.state["pending"]?.members.count ?? -1))
    answers.expect("final_holders", is: replayed.state["holder"])
    answers.expectAllChecked()
  }
}
