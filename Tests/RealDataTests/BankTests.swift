import EvlogForensics
import EvlogReplay
import EvlogStore
import Testing

@Suite("Real data: accounts", .enabled(if: RealData.isThere, RealData.whySkipped))
struct BankTests {
  @Test(
    arguments: [
      "p-bank-10050-50-happy", "p-bank-11-1-error", "p-bank-11-1-happy", "p-bank-12-2-error",
    ])
  func bank(name: String) async throws {
    let data = try Dataset(name)
    let replayed = try await replayEveryWay(data, try RealData.machine("bank"))
    let answers = data.answers
    try await answers.expectInvariants(of: replayed, at: "invariants")

    let counts = try replayed.log.counts()
    answers.expect("events", is: .int(replayed.log.end))
    answers.expect("streams", is: .int(counts.byStream.count))
    answers.expect("types", is: .counts(tally(counts.byType)))

    let balances = try #require(replayed.state["balances"])
    answers.expect("final_true_balance_sum", is: .int(balances.sum))
    answers.expect("final_reported_balance_sum", is: .int(replayed.state["reported"]?.sum ?? 0))
    answers.expect(
      "sha256_canonical_true_balances", is: .string(sha256(balances.canonicalBytes)))

    let wrong = try await wrongReports(replayed)
    answers.expect("injected_errors_marked_in_raw", is: .int(wrong.count))
    answers.expect(
      "spec_violations_[index,stream,reported,expected]",
      is: .array(
        wrong.map {
          .array([.int($0.offset), .string($0.account), .int($0.reported), .int($0.expected)])
        }))
    // Upstream names accounts by their numbers, in their order.
    let expected = JSONValue.array(
      wrong.sorted { $0.account < $1.account }.map {
        .array([
          .int(Int($0.account.dropFirst("account-".count)) ?? -1), .int($0.reported),
          .int($0.expected),
        ])
      })
    answers.expect("upstream_expected", is: expected)
    answers.expect(
      "first_violation_per_account_equals_upstream_expected_messages",
      is: .bool(expected == answers["upstream_expected"]))
    answers.expectAllChecked()
  }

  private struct WrongReport {
    let offset: Offset
    let account: String
    let reported: Int
    let expected: Int
  }

  /// What the responses said that broke the specification, and what they should have said, by the
  /// states before them.
  private func wrongReports(_ replayed: Replayed) async throws -> [WrongReport] {
    let finding = try #require(
      replayed.scan.findings.first { $0.invariant.name == "spec_BankBalanceIsAlwaysCorrect" })
    var wrong: [WrongReport] = []
    for event in try finding.episodes.flatMap({ try replayed.events(of: $0) }) {
      let data = try JSONParser.parse(event.data)
      let before = try await replayed.replayer.state(at: event.offset.cutBefore).value
      let id = try #require(data["id"]?.integer(Int.self))
      let amount = try #require(before["pending"]?["\(id)"]?["amount"]?.integer(Int.self))
      let balance = try #require(before["reported"]?[event.stream]?.integer(Int.self))
      wrong.append(
        WrongReport(
          offset: event.offset, account: event.stream,
          reported: data["balance"]?.integer(Int.self) ?? -1, expected: balance - amount))
    }
    return wrong
  }
}
