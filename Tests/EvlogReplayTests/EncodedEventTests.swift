import EvlogJSON
import EvlogMachine
import EvlogStore
import Testing

@Suite struct EncodedEventTests {
  private enum Event: Codable, Equatable {
    case moved(x: Int, name: String)
    case ended
    case odd(Int)

    enum CodingKeys: String, CodingKey {
      case moved = "Moved \"é\\\" {\u{1}"
      case ended = "e"
      case odd = ""
    }
  }

  /// The data is the object of the values, whatever the name has in it; reading gives the event again.
  @Test func eventsAreTheirNameAndTheirValues() throws {
    for (event, type, data): (Event, String, String) in [
      (.moved(x: -5, name: "a\"b\\"), "Moved \"é\\\" {\u{1}", #"{"name":"a\"b\\","x":-5}"#),
      (.ended, "e", "{}"), (.odd(7), "", #"{"_0":7}"#),
    ] {
      let encoded = try EncodedEvent(encoding: event)
      #expect(encoded.type == type)
      #expect(String(decoding: encoded.data, as: UTF8.self) == data)
      let recorded = RecordedEvent(NewEvent(encoded, stream: "s"), offset: 0, revision: 0)
      #expect(try recorded.decoded(as: Event.self) == event)
    }
  }

  @Test func whatIsJSONAlreadyIsTakenAsItIs() throws {
    let value = try JSONParser.parse(#"{"moved":{"b":18446744073709551615,"a":[1.50]}}"#)
    let encoded = try EncodedEvent(encoding: value)
    #expect(encoded.type == "moved")
    #expect(encoded.data == value["moved"]?.canonicalBytes)
  }

  @Test func whatIsNoCaseIsNoEvent() throws {
    for value: any Encodable in [
      5, "a", [1], ["a": 1, "b": 2], [String: Int](), try JSONParser.parse(#"{"a":1,"b":2}"#),
      try JSONParser.parse("[{}]"),
    ] {
      #expect(throws: EncodingError.self) { try EncodedEvent(encoding: value) }
    }
  }
}
