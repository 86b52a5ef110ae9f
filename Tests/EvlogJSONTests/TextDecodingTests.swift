import EvlogJSON
import EvlogTesting
import Foundation
import ReplayTestSupport
import Testing

/// Decoding from a JSON text, beside Foundation's decoder and beside the tree of the same text.
@Suite struct TextDecodingTests {
  private func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    try StateDecoder().decode(type, from: text)
  }

  private func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

  /// What a text is as a tree, in the same terms.
  private func anything(_ value: JSONValue) -> Anything {
    switch value {
    case .null: .null
    case .bool(let value): .bool(value)
    case .number(let number):
      value.integer(Int64.self).map(Anything.integer)
        ?? value.integer(UInt64.self).map(Anything.natural) ?? .double(number.double)
    case .string(let text): .text(text)
    case .array(let items): .list(items.map(anything))
    case .object(let object):
      .members(
        Dictionary(object.members.map { ($0.key, anything($0.value)) }) { $1 })
    }
  }

  @Test func whatFoundationWritesIsReadAsFoundationReadsIt() throws {
    for seed in Seeds.first(400) {
      var random = SeededGenerator(seed: seed)
      let sample = Sample(&random)
      let encoder = JSONEncoder()
      if seed % 2 == 0 { encoder.outputFormatting = [.prettyPrinted] }
      if seed % 3 == 0 { encoder.outputFormatting.insert(.sortedKeys) }
      let text = try encoder.encode(sample)
      let expected = try JSONDecoder().decode(Sample.self, from: text)
      #expect(
        try StateDecoder().decode(Sample.self, from: Array(text)[...]) == expected, "seed \(seed)")
    }
  }

  @Test func randomTextsAreWhatTheirTreesAre() throws {
    for seed in Seeds.first(1500) {
      var random = SeededGenerator(seed: seed)
      let value = randomJSON(&random, depth: 5)
      for text in [value.canonicalText, value.prettyText] {
        #expect(try decode(Anything.self, text) == anything(value), "seed \(seed): \(text)")
      }
    }
  }

  private static let samples = [
    #"{"a":[1,-2.5e3,true,false,null,"x\n\u00e9\ud83d\ude00é"],"b":{"c":{},"d":[]},"a":0}"#,
    #" [ { "k" : "v" , "k\u0041" : [ [ ] , 10 , 1E-2 ] } , "" ] "#,
    #""\"\\\/\b\f\n\r\t\u0000""#, "-0", "12345678901234567890.5", #"{"":{"":{"":""}}}"#,
  ]

  /// Whatever is done to a text, it is refused exactly if the checker refuses it, for the same reason;
  /// else it is what its tree is.
  private func expectAgreement(_ text: [UInt8]) throws {
    let failure: JSONParser.Failure?
    do {
      _ = try JSONParser.check(text[...])
      failure = nil
    } catch { failure = error }
    if let failure {
      #expect(throws: failure, "\(text)") {
        try StateDecoder().decode(Anything.self, from: text[...])
      }
      #expect(throws: failure, "\(text)") { try JSONParser.parse(text[...]) }
    } else {
      let tree = try JSONParser.parse(text[...])
      #expect(
        try StateDecoder().decode(Anything.self, from: text[...]) == anything(tree), "\(text)")
    }
  }

  @Test func everyCutIsRefusedOrRight() throws {
    for sample in Self.samples {
      let text = Array(sample.utf8)
      for cut in 0...text.count { try expectAgreement(Array(text[..<cut])) }
    }
  }

  @Test func everyChangedByteIsRefusedOrRight() throws {
    for sample in Self.samples.dropLast(1) {
      let text = Array(sample.utf8)
      for i in text.indices {
        for byte in UInt8(0)...255 where byte < 0x80 || byte % 5 == 0 {
          var changed = text
          changed[i] = byte
          try expectAgreement(changed)
        }
      }
    }
  }

  /// Foundation is independent of us, and says the same of what is JSON, but for commas at the end.
  @Test func foundationRefusesTheSame() throws {
    let texts =
      Self.samples + [
        "01", "1.", ".5", "1e", "+1", "nul", "tru", "[,1]", "{,}", #"{"a"}"#, #"{"a":}"#, "[", "\"",
        #""\x""#, #""\u12""#, "\"\u{1}\"", "1 2", "[1 2]", "{\"a\":1 \"b\":2}", "", " ", "[]]",
      ]
    for text in texts {
      let isTheirs = (try? JSONDecoder().decode(Anything.self, from: Data(text.utf8))) != nil
      let isOurs = (try? decode(Anything.self, text)) != nil
      #expect(isOurs == isTheirs, "\(text)")
    }
  }

  @Test func numbersAreExact() throws {
    #expect(try decode(Int64.self, "-9223372036854775808") == .min)
    #expect(try decode(UInt64.self, "18446744073709551615") == .max)
    #expect(throws: DecodingError.self) { try decode(UInt64.self, "18446744073709551616") }
    #expect(throws: DecodingError.self) { try decode(Int64.self, "9223372036854775808") }
    #expect(try decode(Int.self, "9007199254740993") == 9_007_199_254_740_993)
    #expect(try decode(Int128.self, "\(Int128.min)") == .min)
    #expect(try decode(UInt128.self, "\(UInt128.max)") == .max)
    #expect(
      try decode([Int128].self, "[1e30]") == [Int128("1" + String(repeating: "0", count: 30))])
    #expect(try decode(Int.self, "12.50e1") == 125)
    #expect(try decode(UInt.self, "-0") == 0)
    #expect(try decode(Int8.self, "-128") == -128)
    #expect(throws: DecodingError.self) { try decode(Int8.self, "-129") }
    #expect(throws: DecodingError.self) { try decode(Int.self, "1e400") }
    #expect(try decode(Double.self, "1e999999999999") == .infinity)
    #expect(throws: JSONParser.Failure.self) { try decode(Double.self, "1e9999999999999") }
    #expect(try decode(Double.self, "-0").sign == .plus)
    for bits in 0..<64 {
      let value = UInt64(1) << UInt64(bits)
      for near in [value, value &- 1, value | 1] {
        #expect(try decode(UInt64.self, "\(near)") == near)
        #expect(try decode(Double.self, "\(near)") == Double(near))
        #expect(try decode(Int64.self, "-\(near >> 1)") == -Int64(near >> 1))
      }
    }
    var random = SeededGenerator(seed: 11)
    for _ in 0..<3000 {
      let text =
        "\(random.below(2) == 0 ? "-" : "")\(random.next() >> UInt64(random.below(64)))"
        + (random.below(2) == 0 ? ".\(random.next() >> UInt64(random.below(64)))" : "")
        + (random.below(3) == 0 ? "e\(random.below(40) - 20)" : "")
      let value = try #require(Double(text))
      #expect(try decode(Double.self, text) == value, "\(text)")
      #expect(try decode(Float.self, text) == Float(text), "\(text)")
    }
  }

  @Test func keysAreBytesAndTheLastOfTheSameCounts() throws {
    struct Names: Decodable {
      enum CodingKeys: String, CodingKey {
        case composed = "\u{E9}"
        case decomposed = "e\u{301}"
        case plain = "a"
      }
      let composed, decomposed, plain: Int
    }
    let names = try decode(
      Names.self,
      "{\"a\":1,\"e\u{301}\":2,\"\u{E9}\":3,\"\\u0061\":4,\"e\\u0301\":5,\"x\":0,\"x\":1}")
    #expect(names.composed == 3)
    #expect(names.decomposed == 5)
    #expect(names.plain == 4)
    // In objects of any size, and wherever the second one is.
    for count in [2, 3, 8, 12, 13, 14, 40, 300] {
      for again in [0, count / 2, count - 1] {
        var members = (0..<count).map { "\"k\(($0 * 7) % count)\":\($0)" }
        members.append("\"k\(again)\":-1")
        let text = "{\(members.joined(separator: ","))}"
        #expect(try decode([String: Int].self, text)["k\(again)"] == -1)
        let tree = try JSONParser.parse(text)
        #expect(try decode(Anything.self, text) == anything(tree))
        #expect(try decode(Tree.self, text).value == tree)
      }
    }
  }

  /// A part of a text as a tree.
  private struct Tree: Decodable {
    let value: JSONValue
    init(from decoder: any Decoder) throws {
      value = try decoder.singleValueContainer().decode(JSONValue.self)
    }
  }

  @Test func aPartCanBeATree() throws {
    for seed in Seeds.first(200) {
      var random = SeededGenerator(seed: seed)
      let value = randomJSON(&random, depth: 4)
      #expect(try decode(JSONValue.self, value.prettyText) == value, "seed \(seed)")
      #expect(try decode([Tree].self, "[\(value.canonicalText),1]")[0].value == value)
    }
  }

  @Test func depthIsLimited() throws {
    let limit = JSONParser.depthLimit
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      for depth in [limit, limit + 1] {
        let text =
          String(repeating: open, count: depth) + (open == "[" ? "" : "1")
          + String(repeating: close, count: depth)
        try expectAgreement(Array(text.utf8))
      }
    }
  }

  /// Containers of containers, in an order of their own.
  private struct Odd: Decodable, Equatable {
    var seen: [String] = []

    init(from decoder: any Decoder) throws {
      let object = try decoder.container(keyedBy: Spelling.self)
      seen += object.allKeys.map(\.stringValue)
      let below = try object.nestedContainer(keyedBy: Spelling.self, forKey: Spelling("z"))
      seen.append("\(try below.decodeIfPresent(Int.self, forKey: Spelling("n")) ?? -1)")
      seen.append("\(try below.decodeIfPresent(String.self, forKey: Spelling("none")) ?? "-")")
      var list = try object.nestedUnkeyedContainer(forKey: Spelling("l"))
      seen.append("\(list.count ?? -1)")
      while !list.isAtEnd {
        if try list.decodeNil() {
          seen.append("nil")
        } else if let number = try? list.decode(Int.self) {
          seen.append("\(number)")
        }
      }
      seen.append("\((try? list.decode(Int.self)) == nil)")
      seen.append(try String(from: object.superDecoder()))
      seen.append("\(try below.superDecoder().singleValueContainer().decodeNil())")
      seen.append("\(object.contains(Spelling("a"))) \(object.contains(Spelling("b")))")
      seen.append(decoder.codingPath.map(\.stringValue).joined())
      seen.append(below.codingPath.map(\.stringValue).joined())
    }
  }

  @Test func containersAreReadInAnyOrder() throws {
    let text = #"{"z":{"none":null,"n":7},"super":"s","l":[1,null,"x",3],"a":[]}"#
    #expect(
      try decode(Odd.self, text).seen
        == ["a", "l", "super", "z", "7", "-", "4", "1", "nil", "3", "true", "s", "true"]
        + ["true false", "", "z"])
    #expect(try decode([String: Odd].self, "{\"w\":\(text)}")["w"]?.seen.suffix(2) == ["w", "wz"])
  }

  /// What is said where a text does not fit a type.
  private func error<T: Decodable>(_ type: T.Type, _ text: String) -> String {
    let thrown = #expect(throws: DecodingError.self) { try decode(type, text) }
    func path(_ context: DecodingError.Context) -> String {
      "\(context.codingPath.map(\.stringValue)) \(context.debugDescription)"
    }
    return switch thrown {
    case .typeMismatch(let type, let context)?: "\(type) \(path(context))"
    case .keyNotFound(let key, let context)?: "\(key.stringValue) \(path(context))"
    case .dataCorrupted(let context)?, .valueNotFound(_, let context)?: path(context)
    default: "\(String(describing: thrown))"
    }
  }

  @Test func errorsSayWhatAndWhere() throws {
    typealias Inner = Sample.Inner
    #expect(
      error(Inner.self, "[]").hasSuffix("[] expected Dictionary<String, Any>, found an array"))
    #expect(error(Inner.self, #"{"id":1}"#) == "parts [] 'parts' is missing")
    #expect(
      error(Inner.self, #"{"id":"x","parts":[]}"#)
        == #"UInt64 ["id"] expected UInt64, found a string"#)
    #expect(
      error(Inner.self, #"{"id":1,"parts":[{"id":1.50,"parts":[]}]}"#)
        == #"["parts", "id"] 1.5 does not fit UInt64"#)
    #expect(
      error([String: [Int]].self, #"{"\u0061":[1,null]}"#)
        == #"Int ["a"] expected Int, found null"#)
    #expect(error([Double: Int].self, #"{"x":1}"#) == "[] x does not fit Double")
    #expect(error(Float.self, "true") == "Float [] expected Float, found a boolean")
    #expect(error([Float: Int].self, #"{"x":1}"#) == "[] x does not fit Float")
  }

  /// Decoders that somebody keeps go on working, though the text's memory is used again.
  @Test func aKeptDecoderStillReads() throws {
    struct Keeper: Decodable {
      let decoder: any Decoder
      init(from decoder: any Decoder) { self.decoder = decoder }
    }
    var kept: [any Decoder] = []
    for i in 0..<20 {
      kept.append(try decode(Keeper.self, "{\"a\":[\(i),\"text \(i)\"]}").decoder)
    }
    for (i, decoder) in kept.enumerated() {
      let object = try decoder.container(keyedBy: Spelling.self)
      var list = try object.nestedUnkeyedContainer(forKey: Spelling("a"))
      #expect(try list.decode(Int.self) == i)
      #expect(try list.decode(String.self) == "text \(i)")
    }
  }

  @Test func manyDecodeAtOnce() async throws {
    let text = #"{"id":12345678901,"note":"some text that is longer","parts":[]}"#
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<500).allSatisfy { _ in
            (try? StateDecoder().decode(Sample.Inner.self, from: text))?.id == 12_345_678_901
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
