import EvlogJSON
import Foundation
import Testing

@testable import EvlogSources

@Suite struct EDNTests {
  private func read(_ bytes: [UInt8], isWhole: Bool = true) throws -> EDNValue? {
    var reader = EDNReader(bytes, isWhole: isWhole)
    guard let first = try reader.skip() else { return nil }
    let value = try reader.value(first)
    guard try reader.skip() == nil else { throw reader.failure("more follows") }
    return value
  }

  private func read(_ text: String) throws -> EDNValue? { try read(Array(text.utf8)) }

  /// What is wrong with a text, and at which byte; nil for what ends too early.
  private func failure(_ text: String) throws -> (String?, Int)? {
    do {
      _ = try read(text)
      return nil
    } catch let error as EDNReader.Failure { return (error.message, error.byte) }
  }

  @Test(
    arguments: [
      ("nil", .null), (" true ; yes", .bool(true)), ("0", .integer("0")), ("-0", .integer("0")),
      ("+7", .integer("7")), ("-12N", .integer("-12")),
      ("123456789012345678901234567890N", .integer("123456789012345678901234567890")),
      ("1.50M", .decimal("1.50")), ("1M", .decimal("1")), ("1.", .decimal("1.0")),
      ("-0.0", .decimal("-0.0")), ("1e5", .decimal("1e5")), ("1E-5", .decimal("1e-5")),
      ("2/3", .ratio("2/3")), ("-2/3", .ratio("-2/3")), ("##-Inf", .symbolic("-Inf")),
      (#""a\n\"\\\té\u00e9\ud83d\ude00""#, .string("a\n\"\\\té\u{e9}😀")),
      ("\"two\nlines\"", .string("two\nlines")), ("\\a", .character("a")),
      ("\\newline", .character("\n")), ("\\u00e9", .character("é")), ("\\o101", .character("A")),
      ("\\(", .character("(")), ("\\\\", .character("\\")), (":a", .keyword("a")),
      (":a.b/c", .keyword("a.b/c")), ("-", .symbol("-")), ("+a", .symbol("+a")),
      ("a#b", .symbol("a#b")),
      ("nil?", .symbol("nil?")), ("/", .symbol("/")), ("()", .list([])),
      ("[1 [2] ]", .vector([.integer("1"), .vector([.integer("2")])])),
      ("#{1 :a}", .set([.integer("1"), .keyword("a")])),
      (
        "{:a 1, \"a\" 2}",
        .map([.init(.keyword("a"), .integer("1")), .init(.string("a"), .integer("2"))])
      ),
      ("#inst \"2026\"", .tagged("inst", .string("2026"))),
      ("#a/b #c []", .tagged("a/b", .tagged("c", .vector([])))),
    ] as [(String, EDNValue)])
  func aValue(text: String, expected: EDNValue) throws {
    #expect(try read(text) == expected)
  }

  @Test func discardedValuesAreNone() throws {
    #expect(try read("[1 #_2 #_ #_ 3 4 5 #_{:a 1}]") == .vector([.integer("1"), .integer("5")]))
    #expect(try read("#_1 #_ #_ 2 3 ; nothing") == nil)
  }

  @Test(arguments: [
    ("01", "'01' is not a number of EDN: it begins with 0", 0), ("1a", "'1a' is not a number", 0),
    ("1/0", "'1/0' is not a number", 0), ("1.5e", "'1.5e' is not a number", 0),
    ("1.5N", "'1.5N' is not a number", 0), ("0x1F", "'0x1F' is not a number", 0),
    (
      "1e1234567890123",
      "'1e1234567890123' is not a number that can be kept: its exponent is too large", 0
    ),
    ("::a", "'::a' is not a keyword", 0), (":", "':' is not a keyword", 0),
    ("[1 2)", "')' closes nothing", 4), ("}", "'}' closes nothing", 0),
    ("{:a}", "a map has a key without a value", 0),
    ("{:a 1 :a 2}", "a map has the key :a twice", 0),
    ("{#{1 2} 1 #{2 1} 2}", "a map has the key #{1 2} twice", 0),
    ("#{1 1}", "a set has 1 twice", 0), ("#", "'#' is not followed by a tag", 0),
    ("#\"a.*\"", "'#' is not followed by a tag, a set or a discarded value", 0),
    ("#:a{:b 1}", "a map with a namespace (#:name{…}) is not EDN", 0),
    ("##Infinity", "'##Infinity' is not ##Inf, ##-Inf or ##NaN", 0),
    ("^{:a 1} b", "'^' begins no value of EDN", 0), ("'a", "''a' is not a name", 0),
    ("@a", "'@' begins no value of EDN", 0), ("\\ ", "a character is missing", 0),
    ("\\abc", "'\\abc' is not a character", 0), ("\\ud800", "'\\ud800' is not a character", 0),
    ("\"\\x\"", "'\\x' is not an escape of EDN", 1),
    ("\"\\u00g0\"", "\\u is not followed by four hexadecimal digits", 3),
    ("\"\\ud83d\"", "\\u stands for half a character", 3), ("1 2", "more follows", 2),
  ]) func whatIsNoValueIsNamed(text: String, message: String, byte: Int) throws {
    let failure = try #require(try failure(text))
    #expect(failure == (message, byte))
  }

  @Test func brokenUTF8IsNamed() throws {
    for bytes in [[0x22, 0xFF, 0x22], [0x3A, 0xC3], [0x5C, 0xE2, 0x82]] as [[UInt8]] {
      #expect { try read(bytes) } throws: {
        ($0 as? EDNReader.Failure)?.message == "the text is not UTF-8"
      }
    }
  }

  @Test func nestingHasALimit() throws {
    func nested(_ open: String, _ close: String, _ depth: Int) -> String {
      String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
    }
    for (open, close) in [("[", "]"), ("#{", "}"), ("{1 ", "}"), ("#a ", "")] {
      _ = try read(nested(open, close, EDNReader.depthLimit))
      let failure = try #require(try failure(nested(open, close, EDNReader.depthLimit + 1)))
      #expect(failure.0 == "more than 256 values are nested")
    }
    let failure = try #require(try failure(String(repeating: "#_", count: 1_000_000)))
    #expect(failure.0 == "more than 256 values are nested")
  }

  /// What an independent printer writes is read as the value that it had.
  @Test(arguments: 0..<40) func whatIsPrintedIsRead(seed: UInt64) throws {
    var printer = EDNPrinter(seed: seed)
    for _ in 0..<100 {
      let value = printer.value()
      let text = printer.blank() + printer.print(value) + printer.blank()
      let read = try read(text)
      // Texts are compared by their bytes, not as Swift does.
      #expect(read.map { "\($0)".utf8.elementsEqual("\(value)".utf8) } == true, "\(text)")
      guard let read else { continue }
      var json: [UInt8] = []
      // Two keys may be one name in JSON.
      guard (try? EDNValue.vector([read]).writeJSON(to: &json)) != nil else { continue }
      _ = try JSONParser.parse(json[...])
    }
  }

  /// Wherever a text is cut off, it is not taken for whole; and what is not whole is never called wrong.
  @Test(arguments: 0..<20) func aBeginningIsNoValue(seed: UInt64) throws {
    var printer = EDNPrinter(seed: 1000 + seed)
    for _ in 0..<20 {
      let value = EDNValue.vector([printer.value(), printer.value()])
      let bytes = Array(printer.print(value).utf8)
      for count in 0..<bytes.count {
        do {
          let read = try self.read(Array(bytes[..<count]), isWhole: false)
          Issue.record("\(count) bytes are \(String(describing: read))")
        } catch let error as EDNReader.Failure {
          #expect(error.message == nil, "\(count): \(String(decoding: bytes, as: UTF8.self))")
        }
      }
    }
  }

  @Test func bytesOfAnyKindAreReadOrRefused() throws {
    var random = EDNPrinter(seed: 7)
    let pieces = [
      "[", "]", "{", "}", "#", "(", ")", "\"", "\\", ":a", "1", " ", "#_", ";", "\n", "/", "N", "-",
      "##NaN", "é",
    ]
    for _ in 0..<20_000 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0..<12, using: &random.random) {
        bytes += pieces.randomElement(using: &random.random)?.utf8 ?? "".utf8
      }
      if Int.random(in: 0..<4, using: &random.random) == 0 {
        bytes.append(UInt8.random(in: 0...255, using: &random.random))
      }
      do { _ = try read(bytes) } catch is EDNReader.Failure {}
    }
  }

  @Test(arguments: [
    ("{:a 1, \"b\" [:c d \\e], 3 nil}", #"{"a":1,"b":["c","d","e"],"3":null}"#),
    (
      "[1.50M 123456789012345678901234567890N 2/3 ##NaN 1e400]",
      ###"[1.50,123456789012345678901234567890,"2/3","##NaN",1e400]"###
    ),
    (
      "[#inst \"2026-01-01\" #uuid \"f81d\" #foo/bar {:a 1}]",
      ##"["2026-01-01","f81d",{"#foo/bar":{"a":1}}]"##
    ),
    ("{[1 2] #{3}, nil true}", #"{"[1 2]":[3],"nil":true}"#),
    ("\"\\u0000\\\"\"", #""\u0000\"""#),
  ]) func asJSON(text: String, expected: String) throws {
    var json: [UInt8] = []
    try #require(try read(text)).writeJSON(to: &json)
    #expect(String(decoding: json, as: UTF8.self) == expected)
  }

  @Test func twoKeysThatAreOneInJSONAreRefused() throws {
    for text in ["{:a 1 \"a\" 2}", "[{1 1 \"1\" 2}]", "{a 1 :a 2}"] {
      let value = try #require(try read(text))
      var json: [UInt8] = []
      #expect(throws: EDNValue.SameName.self) { try value.writeJSON(to: &json) }
    }
  }
}
