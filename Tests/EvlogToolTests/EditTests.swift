import EvlogJSON
import Foundation
import Testing

/// Changes of the past that are given on the command line.
@Suite struct EditTests {
  /// What a machine sees of a replaced event is what it would see, had the log it so.
  @Test(arguments: ["-0.0", "1e20", "12345678901234567890.0", "9007199254740993.0", "7"])
  func aReplacedEventIsTakenAsItIsWritten(_ number: String) async throws {
    let place = try Workplace()
    try place.write(
      """
      machine("sees", 1, { initial: {}, on: { T: (s, e) => {
        s.keys = Object.keys(e.data).join()
        s.type = typeof e.data.v
        s.text = String(e.data.v)
        s.isLess = 1 / Number(e.data.v) < 0
      } } })
      """, to: "sees.js")
    let data = #"{"v":\#(number),"b":1,"a":2}"#
    try place.write(#"{"stream":"s","type":"T","data":\#(data)}"# + "\n", to: "so.ndjson")
    try place.write(#"{"stream":"s","type":"T","data":{"v":0}}"# + "\n", to: "other.ndjson")
    for name in ["so", "other"] {
      #expect(try await place.evlog("import", "\(name).evlog", "\(name).ndjson").status == 0)
    }
    let state = try await place.evlog("state", "so.evlog", "--machine", "sees.js").output
    let expected = try JSONParser.parse(state)
    let answer = try await place.evlog(
      "what-if", "other.evlog", "--machine", "sees.js", "--json", "--replace",
      #"0:{"data":\#(data)}"#)
    #expect(answer.status == 1, "\(answer.error)")
    let changes = try #require(try answer.json()["final"]?.arrayValue)
    #expect(!changes.isEmpty)
    for change in changes {
      let name = try #require(change["path"]?.stringValue)
      #expect(change["new"] == expected[name], "\(name) of \(number)")
    }
  }
}
