import EvlogForensics
import EvlogJSON
import EvlogReplay
import EvlogStore
import Testing

@Suite(
  "Real data: a block with too much money", .enabled(if: RealData.isThere, RealData.whySkipped))
struct BitcoinTests {
  /// Amounts beyond 2^53, and a sum beyond 64 bits.
  @Test func block74638() async throws {
    let data = try Dataset("bitcoin-74638")
    let replayed = try await replayEveryWay(data, try RealData.machine("bitcoin"))
    let answers = data.answers
    try await answers.expectInvariants(of: replayed, at: "invariants")

    answers.expect("events", is: .int(replayed.log.end))
    let transfer = try #require(replayed.state["transfer"])
    answers.expect("exact_sum", is: transfer["outputs"])
    answers.expect("wrapped_int64_sum", is: transfer["wrapped"])
    answers.expect("fee_exact", is: transfer["fee"])
    answers.expect("fee_as_the_2010_client_saw_it", is: transfer["feeInInt64"])

    let unspent = try await replayed.replayer.state(at: 3).value["unspent"]
    let values = (unspent?.members ?? []).map(\.value)
    let large = try #require(values.first { $0.integer(Int64.self).map { $0 > 1 << 53 } ?? true })
    #expect(values.count { $0 == large } == 2)
    answers.expect("value_each", is: large)
    let hex = try #require(large.integer(UInt64.self).map { String($0, radix: 16) })
    answers.expect("hex", is: .string("0x\(hex)"))
    answers.expect("final_utxo_sum", is: .int(replayed.state["unspent"]?.sum ?? 0))
    // What is often told instead must not come out.
    #expect(answers["popular_wrong_value"] != large)
    #expect(answers["popular_wrong_wrapped_sum"] != transfer["wrapped"])
    answers.expectAllChecked(except: [["popular_wrong_value"], ["popular_wrong_wrapped_sum"]])
  }
}
