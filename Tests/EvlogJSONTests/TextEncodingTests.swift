import EvlogJSON
import EvlogTesting
import Foundation
import ReplayTestSupport
import Testing

/// Canonical texts of values, beside what Foundation writes.
@Suite struct TextEncodingTests {
  private func text(_ value: some Encodable) throws -> String {
    String(decoding: try StateEncoder().canonicalBytes(of: value), as: UTF8.self)
  }

  /// Foundation's text, made canonical: the order and the spelling of its members do not matter.
  @Test func itIsWhatFoundationWrites() throws {
    for seed in Seeds.first(500) {
      var random = SeededGenerator(seed: seed)
      let sample = Sample(&random)
      let theirs = try JSONParser.parse(Array(try JSONEncoder().encode(sample))[...])
      let ours = try StateEncoder().canonicalBytes(of: sample)
      #expect(ours == theirs.canonicalBytes, "seed \(seed)")
      #expect(try StateEncoder().encode(sample) == theirs, "seed \(seed)")
      #expect(try StateDecoder().decode(Sample.self, from: ours[...]) == sample, "seed \(seed)")
    }
  }

  @Test func numbersHaveTheirOneText() throws {
    var random = SeededGenerator(seed: 3)
    for i in 0..<5000 {
      let double = Double(bitPattern: random.next())
      let value = i % 2 == 0 ? double : Double(random.below(1_000_000)) / 64
      guard value.isFinite else { continue }
      let number = try #require(JSONNumber(value))
      #expect(try text(value) == number.text)
      #expect(try text([value]) == "[\(number.text)]")
      #expect(try StateDecoder().decode(Double.self, from: try text(value)) == value)
      let float = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
      guard float.isFinite else { continue }
      #expect(
        try text(float) == JSONParser.parse(float.description).canonicalText)
    }
    #expect(try text(-0.0) == "0")
    #expect(
      try text([0.0, 1.0, 100.5, 1e16, -1e-5, .leastNonzeroMagnitude])
        == "[0,1,100.5,10000000000000000,-0.00001,5e-324]")
    #expect(try text([Int64.min, .max]) == "[-9223372036854775808,9223372036854775807]")
    #expect(try text(UInt64.max) == "18446744073709551615")
    #expect(try text([Int128.min]) == "[\(Int128.min)]")
    #expect(try text(UInt128.max) == "\(UInt128.max)")
    #expect(try text([Int8.min, 0, 9, 10, 99, 100]) == "[-128,0,9,10,99,100]")
  }

  @Test func textsAreEscapedAsInTrees() throws {
    for scalar in (0..<0x300).compactMap(Unicode.Scalar.init) {
      for around in ["", "1234567", "12345678", "a text that is longer than others"] {
        let string = around + String(Character(scalar)) + around
        let expected = JSONValue.string(string).canonicalText
        #expect(try text(string) == expected)
        let decoded = try StateDecoder().decode(String.self, from: expected)
        #expect(decoded.utf8.elementsEqual(string.utf8))
        #expect(
          decoded.utf8.elementsEqual(
            try JSONDecoder().decode(String.self, from: Data(expected.utf8)).utf8))
      }
    }
  }

  /// Writes to several containers in turn, twice under one name, and under a class's own.
  private struct Interleaved: Encodable {
    func encode(to encoder: any Encoder) throws {
      var object = encoder.container(keyedBy: Spelling.self)
      var list = object.nestedUnkeyedContainer(forKey: Spelling("list"))
      var other = object.nestedContainer(keyedBy: Spelling.self, forKey: Spelling("b"))
      try list.encode(1)
      try other.encode("x", forKey: Spelling("z"))
      try object.encode(true, forKey: Spelling("a"))
      try list.encode(2)
      var inList = list.nestedUnkeyedContainer()
      try list.encode("after")
      try inList.encode("in")
      try inList.encodeNil()
      try other.encode(0.5, forKey: Spelling("y"))
      try object.encode("first", forKey: Spelling("twice"))
      try object.encode("last", forKey: Spelling("twice"))
      var again = encoder.container(keyedBy: Spelling.self)
      try again.encode([1: 2], forKey: Spelling("\u{E9}"))
      try again.encode([2: 1], forKey: Spelling("e\u{301}"))
      try "above".encode(to: object.superEncoder())
      _ = object.superEncoder(forKey: Spelling("nothing"))
      try object.encodeNil(forKey: Spelling(""))
      #expect(list.count == 4)
    }
  }

  @Test func containersAreWrittenInAnyOrder() throws {
    #expect(
      try text(Interleaved())
        == #"{"":null,"a":true,"b":{"y":0.5,"z":"x"},"e"# + "\u{301}"
        + #"":{"2":1},"list":[1,2,["in",null],"after"],"nothing":{},"super":"above","twice":"last","#
        + "\"\u{E9}\":{\"1\":2}}")
    #expect(try text([Interleaved()]) == "[\(try text(Interleaved()))]")
  }

  /// A part that is JSON already, in a value that cannot be encoded.
  private struct Part: Encodable {
    let value: JSONValue
    let number: Double
    func encode(to encoder: any Encoder) throws {
      var list = encoder.unkeyedContainer()
      try list.encode(value)
      do { try list.encode([["a": number]]) } catch { try list.encode("refused") }
    }
  }

  @Test func partsMayBeTreesAndMayFail() throws {
    let value = try JSONParser.parse(#"{"b":[1.50,"\u00e9"],"a":null}"#)
    #expect(
      try text(Part(value: value, number: 1)) == "[\(value.canonicalText),[{\"a\":1}]]")
    #expect(
      try text(Part(value: value, number: .nan)) == "[\(value.canonicalText),{},\"refused\"]")
  }

  @Test func errorsSayWhere() throws {
    struct Outer: Encodable { let inner = ["a": [1.0, .infinity]] }
    let error = #expect(throws: EncodingError.self) { try text(Outer()) }
    guard case .invalidValue(let value, let context)? = error else {
      Issue.record("no error of a value")
      return
    }
    #expect(value as? Double == .infinity)
    #expect(context.codingPath.map(\.stringValue).first == "inner")
    #expect(context.debugDescription == "inf is not a number of JSON")
  }

  @Test func unorderedCollectionsAreSorted() throws {
    var random = SeededGenerator(seed: 8)
    for count in [0, 1, 2, 40, 300] {
      let numbers = (0..<count).map { _ in Int(random.next() >> 40) }
      let set = Set(numbers)
      let sorted = set.map { "\($0)" }.sorted().joined(separator: ",")
      #expect(try text(set) == "[\(sorted)]")
      let names = Dictionary(numbers.map { ("name \($0 % 7)-\($0)", $0) }) { $1 }
      let members = names.map { "\"\($0)\":\($1)" }.sorted().joined(separator: ",")
      #expect(try text(names) == "{\(members)}")
      let strange = Dictionary(uniqueKeysWithValues: set.map { (["n": $0], $0) })
      let pairs = strange.values.map { ("{\"n\":\($0)}", $0) }.sorted { $0.0 < $1.0 }
      // With nothing in it, it is an object like any other.
      #expect(
        try text(strange)
          == (count == 0 ? "{}" : "[\(pairs.map { "\($0),\($1)" }.joined(separator: ","))]"))
    }
    // Keys whose first eight bytes are the same, or are all there is.
    let near = ["abcdefgh", "abcdefghi", "abcdefg", "abcdefgh\u{0}", "", "\u{0}", "abcdefgz"]
    let object = Dictionary(uniqueKeysWithValues: near.map { ($0, 1) })
    let tree = JSONValue.object(near.map { ($0, .int(1)) })
    #expect(try text(object) == tree.canonicalText)
  }

  @Test func jsonIsAPartOfOtherCodersValues() throws {
    for seed in Seeds.first(200) {
      var random = SeededGenerator(seed: seed)
      // In Foundation's coders, two spellings of a key are one.
      let text = try JSONEncoder().encode([randomJSON(&random, depth: 3)])
      let theirs = try JSONParser.parse(Array(text)[...])
      let back = try JSONDecoder().decode([JSONValue].self, from: text)
      #expect(JSONValue.array(back) == theirs, "seed \(seed)")
    }
  }

  /// Deeper than a text may be that is read.
  @Test func aDeepValueIsEncoded() throws {
    final class Link: Encodable {
      let next: Link?
      init(_ next: Link?) { self.next = next }
    }
    var link: Link?
    for _ in 0..<600 { link = Link(link) }
    let depth = try text(link).count { $0 == "{" }
    #expect(depth == 600)
    #expect(try StateEncoder().encode(link)["next"] != nil)
  }
}
