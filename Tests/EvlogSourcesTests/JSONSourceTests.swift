import EvlogSources
import EvlogStore
import Testing

@Suite struct JSONSourceTests {
  @Test func linesAreEvents() throws {
    let input = try Input(
      "\u{FEFF}{\"stream\":\"a\",\"type\":\"t\",\"data\":{ \"n\" : 1.0 }}\n\n \r\n{\"type\":\"u\",\"data64\":\"AP8K\",\"x\":1}"
    )
    let events = try input.events {
      JSONSource($0, defaultStream: "b", ignoredFields: ["x"])
    }
    #expect(events.map(\.line) == [1, 4])
    #expect(
      events.map(\.event) == [
        NewEvent(stream: "a", type: "t", data: Array("{ \"n\" : 1.0 }".utf8)),
        NewEvent(stream: "b", type: "u", data: [0, 0xFF, 0x0A]),
      ])
  }

  /// What is wrong is said in words that hold for every program.
  @Test(arguments: [
    ("{\"stream\":\"a\"}", "input, line 1, column 1: 'type' is missing."),
    ("\n{\"type\":\"a\"}", "input, line 2, column 1: 'stream' is missing."),
    ("{\"stream\":\"a\",\"type\":1}", "input, line 1, column 22: 'type' must be a text."),
  ]) func aBadLineIsNamed(text: String, expected: String) throws {
    #expect(try Input(text).error { JSONSource($0) } == expected)
    let unknown = try Input("{\"data\":1,\"é\":1}").error { JSONSource($0) }
    #expect(unknown?.hasPrefix("input, line 1, column 11: 'é' is not a field of an event.") == true)
  }

  @Test func whatIsNotThereIsSaid() throws {
    #expect { try InputBytes("/nowhere/at/all") } throws: {
      "\($0)".hasPrefix("The file cannot be read: /nowhere/at/all: ")
    }
    #expect(
      try Input([0x1F, 0x8B, 8]).error { JSONSource($0) }?.contains("it ends early") == true)
  }
}
