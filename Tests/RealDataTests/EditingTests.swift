import EvlogForensics
import EvlogReplay
import EvlogStore
import Testing

@Suite("Real data: texts that were typed", .enabled(if: RealData.isThere, RealData.whySkipped))
struct EditingTests {
  private static let checkpoints = "checkpoints_every_10000_[index,nth,len,sha256]"

  @Test(arguments: ["editing-rustcode", "editing-sveltecomponent", "editing-friendsforever-flat"])
  func editing(name: String) async throws {
    let data = try Dataset(name)
    let replayed = try await replayEveryWay(data, try RealData.machine("editing"))
    let (answers, state) = (data.answers, replayed.state)
    // One of the texts has no invariants.
    if answers["invariants"] != .object(JSONObject()) {
      try await answers.expectInvariants(of: replayed, at: "invariants")
    } else {
      answers.expect("invariants", is: .object(JSONObject()))
    }

    let text = try text(of: state)
    let digest = sha256(Array(text.utf8))
    answers.expect("stream", "events", is: .int(replayed.log.end))
    answers.expect("stream", "patches", is: state["patches"])
    answers.expect("stream", "inserted", is: state["inserted"])
    answers.expect("stream", "deleted", is: state["deleted"])
    answers.expect("stream", "final_code_points", is: .int(text.unicodeScalars.count))
    answers.expect("stream", "final_utf8_bytes", is: .int(text.utf8.count))
    answers.expect("stream", "final_sha256_utf8", is: .string(digest))
    answers.expect("stream", "equals_published_endContent", is: .bool(true))
    answers.expect("stream", "peak_code_points", is: state["peak"])
    answers.expect("stream", "first_event_inserting_non_ascii", is: state["firstBeyondASCII"])
    #expect(state["size"] == .int(text.unicodeScalars.count))

    var checkpoints: [JSONValue] = []
    for nth in stride(from: Cut(10_000), through: replayed.log.end, by: 10_000) {
      let text = try self.text(of: try await replayed.replayer.state(at: nth).value)
      checkpoints.append(
        .array([
          .int(nth - 1), .int(nth), .int(text.unicodeScalars.count),
          .string(sha256(Array(text.utf8))),
        ]))
    }
    answers.expect("stream", Self.checkpoints, is: .array(checkpoints))
    answers.expectAllChecked()
  }

  private func text(of state: JSONValue) throws -> String {
    try #require(state["chunks"]?.arrayValue).compactMap(\.stringValue).joined()
  }
}
