import Foundation
import Testing

#if JavaScript
  /// What a script may take is bounded, and so is what a verb takes for it.
  @Suite struct BoundsTests {
    /// The engine does not come back from such an expression: the process ends, with an answer.
    @Test func anExpressionThatDoesNotEnd() async throws {
      let place = try Workplace()
      try place.write(
        """
        machine("m", 1, {
          initial: { n: 0 },
          on: { e: (s, e) => { s.n += /a*a*a*a*a*a*a*a*c/.test(e.data.t) ? 1 : 0 } },
          invariants: { "none": always(s => s.n === 0) },
        })
        """, to: "m.js")
      let text = String(repeating: "a", count: 400)
      try place.write(#"{"stream":"s","type":"e","data":{"t":"\#(text)b"}}"# + "\n", to: "e.ndjson")
      try await place.evlog("init", "log")
      try await place.evlog("import", "log", "e.ndjson")
      let answer = try await place.evlog(
        "bisect", "log", "--machine", "m.js", "--handler-seconds", "0.3")
      #expect(answer.status == 3)
      #expect(answer.error.contains("did not end within 0.3 s"))
      #expect(answer.error.contains("at offset 0"))
    }

    /// A part of the log is told when the time is up, and the exit code says that it may not be the smallest.
    @Test func minimisingInNoTime() async throws {
      let place = try Workplace()
      try place.addShop()
      try await place.evlog("init", "shop.evlog")
      try await place.evlog("import", "shop.evlog", "events.ndjson.gz")
      let answer = try await place.evlog(
        "minimise", "shop.evlog", "--machine", "shop.js", "--seconds", "0.000001")
      #expect(answer.status == 3)
      #expect(answer.output.contains("time ran out"))
      #expect(answer.output.contains("for more time: --seconds"))
    }
  }
#endif
