import EvlogJSON
import EvlogTesting
import ReplayTestSupport
import Testing

/// The strict reader, exact numbers and the canonical text.
@Suite struct JSONTests {
  private func parses(_ bytes: [UInt8]) -> Bool { (try? JSONParser.parse(bytes[...])) != nil }

  @Test(arguments: [
    "null", "true", "false", "0", "-0", "1", "-1.5e+3", "1E5", "0.0", "\"\"", "[]", "{}",
    " \t\r\n[ 1 , 2 ] \n", #"{"a":{"b":[null]}}"#, #""\"\\\/\b\f\n\r\té\u00e9\uD83D\uDE00""#,
    #"{"a":1,"a":2}"#, "\"\u{7F}\u{2028}\u{FEFF}\"", "1e999999999999", "1e-0000000000000000001",
  ])
  func valid(_ text: String) {
    #expect(parses(Array(text.utf8)))
    #expect(throws: Never.self) { try JSONParser.check(Array(text.utf8)[...]) }
  }

  @Test(arguments: [
    "", " ", "nul", "nulll", "True", "01", "-01", "00", "1.", ".5", "-", "+1", "1e", "1e+", "0x1",
    "NaN", "Infinity", "1 2", "[1,]", "[,1]", "[1 2]", "[", "]", "{", "}", #"{"a"}"#, #"{"a":}"#,
    #"{"a":1,}"#, #"{a:1}"#, #"{'a':1}"#, #"{1:2}"#, #"""#, #""\"#, #""\x""#, #""\u12""#,
    #""\u12G4""#, "\"\n\"", "\"\u{0}\"", "\"\u{1F}\"", #""\ud800""#, #""\udc00""#,
    #""\ud800\u0041""#, #""\ud800\ud800""#, "// x\n1", "\u{FEFF}1", "[1]]", "{}{}", "\u{A0}1",
    "1e9999999999999",
  ])
  func invalid(_ text: String) { #expect(!parses(Array(text.utf8))) }

  @Test(
    arguments: [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3], [0x80],
      [0xE2, 0x82], [0xF0, 0x9F, 0x98],
    ] as [[UInt8]])
  func whatIsNotUTF8(_ bytes: [UInt8]) {
    #expect(!parses([0x22] + bytes + [0x22]))
    #expect(!parses([0x22] + Array("\\n".utf8) + bytes + [0x22]))
    #expect(!parses(Array("{\"".utf8) + bytes + Array("\":1}".utf8)))
  }

  @Test func depthHasALimit() {
    func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
      Array(
        (String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
    }
    for (open, close) in [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")] {
      let levels = open.utf8.filter { $0 == 0x5B || $0 == 0x7B }.count
      #expect(parses(nested(JSONParser.depthLimit / levels, open, close)))
      #expect(!parses(nested(JSONParser.depthLimit / levels + 1, open, close)))
    }
    #expect(parses(Array(("[" + String(repeating: "[],", count: 2000) + "[]]").utf8)))
  }

  @Test func everyTruncationIsRefused() {
    let text = Array(#" {"a":[1.5e-3,true,null,"x\u00e9\ud83d\ude00é"],"b":{"c":-0}}"#.utf8)
    for count in 0..<text.count { #expect(!parses(Array(text.prefix(count)))) }
    #expect(parses(text))
  }

  @Test func theCheckAgreesWithTheReader() {
    // Random damage to a valid text: both say the same of it.
    let text = Array(
      #"{"a":[1.5e-3,true,"x\u00e9\n\ud83d\ude00"],"b":{"c":-0,"d":"é"}}"#.utf8)
    var random = SeededGenerator(seed: 3)
    for _ in 0..<5000 {
      var bytes = text
      for _ in 0..<(1 + random.below(3)) {
        bytes[random.below(bytes.count)] = UInt8(random.below(256))
      }
      #expect(((try? JSONParser.check(bytes[...])) != nil) == parses(bytes), "\(bytes)")
    }
  }

  @Test(arguments: [
    ("9007199254740991", false), ("9007199254740992", true), ("-9007199254740992", true),
    ("1.5", false), ("1e308", false), ("1e309", true), ("1e-400", false),
    ("12345678901234567890", true), ("123456789012345", false),
    (String(repeating: "9", count: 350) + "e0", true),
    (String(repeating: "9", count: 350) + ".5", true),
    ("[1,{\"a\":9007199254740993}]", true), ("\"9007199254740993\"", false),
  ])
  func numbersThatDoublesDoNotHold(_ text: String, _ isLarge: Bool) throws {
    #expect(try JSONParser.check(Array(text.utf8)[...]) == isLarge)
  }

  // MARK: Numbers

  private func number(_ text: String) throws -> String { try JSONParser.parse(text).canonicalText }

  @Test(arguments: [
    ("1", "1"), ("1.0", "1"), ("1e0", "1"), ("10e-1", "1"), ("0.1e1", "1"), ("100E-2", "1"),
    ("-0", "0"), ("-0.0", "0"), ("0e99", "0"), ("0.000e-5", "0"),
    ("9223372036854775808", "9223372036854775808"),
    ("1e30", "1" + String(repeating: "0", count: 30)),
    ("1e399", "1" + String(repeating: "0", count: 399)), ("1e400", "1e400"),
    ("1" + String(repeating: "0", count: 400), "1e400"), ("-12.50", "-12.5"), ("1e-7", "1e-7"),
    ("0.000001", "0.000001"), ("0.0000001", "1e-7"), ("123e-9", "1.23e-7"),
    ("0.00000000123", "1.23e-9"), ("1.5e400", "1.5e400"), ("1e+05", "100000"),
    ("12e999999999998", "1.2e999999999999"),
  ])
  func oneTextForEachNumber(_ text: String, _ canonical: String) throws {
    #expect(try number(text) == canonical)
    #expect(try number(canonical) == canonical)
  }

  /// Arrays of numbers are read by a way of their own.
  @Test func wholeNumbersInArraysAreExact() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<2000 {
      let expected = (0..<random.below(12)).map { _ -> Int in
        let digits = 1 + random.below(19)
        let most = (0..<digits).reduce(into: UInt64(1)) { most, _ in most *= 10 } - 1
        let magnitude = UInt64.random(in: 0...min(most, UInt64(Int.max)), using: &random)
        return random.below(4) == 0 ? -Int(magnitude) : Int(magnitude)
      }
      let spaces = random.below(3) == 0 ? ["", " ", "\n"] : [""]
      let items = expected.map {
        spaces[random.below(spaces.count)] + "\($0)" + spaces[random.below(spaces.count)]
      }
      let text = "[" + items.joined(separator: ",") + "]"
      #expect(
        try StateDecoder().decode([Int].self, from: text.utf8Span.span) == expected, "\(text)")
      #expect(try JSONParser.parse(text).arrayValue?.map { $0.integer(Int.self) } == expected)
      // A digit too many, a zero in front, a number without an end.
      let bad = random.below(3)
      let wrong =
        bad == 0 ? "[1,0\(expected.first ?? 1)]" : bad == 1 ? text.dropLast() + "," : text + "1"
      #expect(throws: (any Error).self) { try JSONParser.parse(wrong) }
    }
    #expect(throws: (any Error).self) {
      try StateDecoder().decode([Int].self, from: "[9223372036854775808]".utf8Span.span)
    }
  }

  /// A decimal as a sign, digits without zeros at either end, and an exponent: by hand.
  private struct Decimal: Equatable {
    var isNegative = false
    var digits: [Character] = []
    var exponent = 0

    init(_ text: String) {
      var seenPoint = false
      var rest = Substring(text)
      if rest.first == "-" {
        isNegative = true
        rest.removeFirst()
      }
      while let c = rest.first, c != "e", c != "E" {
        rest.removeFirst()
        if c == "." {
          seenPoint = true
        } else {
          digits.append(c)
          if seenPoint { exponent -= 1 }
        }
      }
      if !rest.isEmpty { exponent += Int(rest.dropFirst().drop { $0 == "+" }) ?? 0 }
      while digits.first == "0" { digits.removeFirst() }
      while digits.last == "0" {
        digits.removeLast()
        exponent += 1
      }
      if digits.isEmpty { (isNegative, exponent) = (false, 0) }
    }
  }

  @Test func numbersAreEqualExactlyIfTheirDecimalsAre() throws {
    var random = SeededGenerator(seed: 11)
    func digits(_ count: Int) -> String {
      (0..<count).map { _ in ["0", "0", "1", "9", "5"][random.below(5)] }.joined()
    }
    func text() -> String {
      var text = random.below(3) == 0 ? "-" : ""
      let whole = digits(random.below(6))
      let isPlain = whole.isEmpty || whole.hasPrefix("0")
      text += isPlain ? "0" : whole
      if random.below(2) == 0 { text += "." + digits(1 + random.below(5)) }
      if random.below(2) == 0 {
        text += ["e", "E", "e+", "e-"][random.below(4)] + "\(random.below(9))"
      }
      return text
    }
    var values: [(text: String, number: JSONValue, decimal: Decimal)] = []
    for _ in 0..<400 {
      let text = text()
      let value = try JSONParser.parse(text)
      values.append((text, value, Decimal(text)))
      #expect(Decimal(value.canonicalText) == Decimal(text), "\(text)")
    }
    for a in values {
      for b in values {
        #expect((a.number == b.number) == (a.decimal == b.decimal), "\(a.text) \(b.text)")
      }
    }
  }

  @Test func doublesComeBack() {
    var random = SeededGenerator(seed: 12)
    for _ in 0..<3000 {
      let double = Double(bitPattern: random.next())
      #expect(JSONNumber(double).map(\.double) == (double.isFinite ? double : nil))
    }
    #expect(JSONNumber(Double.nan) == nil)
    #expect(JSONNumber(-Double.infinity) == nil)
    #expect(JSONNumber(-0.0)?.text == "0")
    #expect(JSONNumber(UInt64.max).text == "18446744073709551615")
  }

  // MARK: The canonical text

  @Test func keysAreInTheOrderOfTheirBytes() throws {
    let text =
      "{\"b\":1,\"a\":2,\"\u{E9}\":3,\"e\u{301}\":4,\"\":5,\"B\":6,\"aa\":7,\"\u{1F600}\":8,\"\u{FFFF}\":9}"
    #expect(
      try JSONParser.parse(text).canonicalText
        == "{\"\":5,\"B\":6,\"a\":2,\"aa\":7,\"b\":1,\"e\u{301}\":4,\"\u{E9}\":3,\"\u{FFFF}\":9,\"\u{1F600}\":8}"
    )
  }

  @Test func keysThatLookAlikeStayTwo() throws {
    let value = try JSONParser.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
    #expect(value["\u{E9}"] == .int(1))
    #expect(value["e\u{301}"] == .int(2))
    #expect(value.pathCount == 2)
    #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
    #expect(try JSONParser.parse(#"{"a":1,"a":2}"#).canonicalText == #"{"a":2}"#)
  }

  @Test func theCanonicalTextReadsBackAsTheSame() throws {
    for seed in Seeds.first(3000) {
      var random = SeededGenerator(seed: seed)
      let value = randomJSON(&random, depth: 5)
      let again = try JSONParser.parse(value.canonicalText)
      #expect(again == value, "seed \(seed)")
      #expect(again.hashValue == value.hashValue, "seed \(seed)")
      #expect(again.canonicalBytes == value.canonicalBytes, "seed \(seed)")
      #expect(try JSONParser.parse(value.prettyText) == value, "seed \(seed)")
      var other = SeededGenerator(seed: seed + 1)
      let second = randomJSON(&other, depth: 5)
      #expect((second == value) == (second.canonicalBytes == value.canonicalBytes))
    }
  }
}
