import EvlogContracts
import EvlogCore
import EvlogTesting
import Testing

/// Whether a contract with this expression takes a text.
func takes(_ pattern: String, _ text: String) throws -> Bool {
  let contract = try Contract([EventContract("T", .text(matching: pattern))])
  return contract.refusal(of: event("T", JSONText.quoted(text))) == nil
}

func event(_ type: String, _ data: String, version: UInt32 = 1) -> NewEvent {
  NewEvent(stream: "s", type: type, data: Array(data.utf8), schemaVersion: version)
}

@Suite struct PatternTests {
  @Test(arguments: [
    (#"^[A-Z]-\d+$"#, ["A-7", "Z-12345"], ["a-7", "A-", "A-7 ", " A-7", "AA-7"]),
    ("b", ["b", "abc", "\nb"], ["", "a", "B"]),
    ("^a|b$", ["a", "ax", "xb", "b"], ["xa", "bx", ""]),
    ("^(?:ab|c)*$", ["", "ab", "abcab", "ccc"], ["a", "abb", "x"]),
    ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]),
    ("^a{2,}b?$", ["aa", "aaaab"], ["a", "ab"]),
    ("^a+?b*?$", ["a", "aab"], ["", "b"]),
    ("^.$", ["x", "é", "😀"], ["", "xy", "\n", "\u{2028}"]),
    (#"^[^\s]+$"#, ["ab"], ["a b", "a\u{A0}b", ""]),
    (#"^[\w.+-]+@[\w-]+(\.[\w-]+)+$"#, ["a.b+c@d.example"], ["a@b", "a b@c.de"]),
    (#"^\u00e9\x41\u{1F600}\u{1f600}$"#, ["éA😀😀"], ["eA😀😀"]),
    (#"^\ud83d\ude00$"#, ["😀"], ["x"]),
    (#"^\/\^\$\.\*\+\?\(\)\[\]\{\}\|\-$"#, ["/^$.*+?()[]{}|-"], [""]),
    ("^[à-ü]+$", ["éè"], ["e", "ÿ"]),
    ("^[]$", [], ["", "a"]), ("^[^]$", ["a", "\n"], [""]),
    ("^$", [""], ["a"]), ("", ["", "anything"], []), ("$^", [""], ["abc", "a"]),
    ("a(|b)c", ["ac", "abc"], ["abbc"]),
  ]) func patternsMatch(pattern: String, yes: [String], no: [String]) throws {
    for text in yes { #expect(try takes(pattern, text), "/\(pattern)/ must match '\(text)'") }
    for text in no { #expect(try !takes(pattern, text), "/\(pattern)/ must not match '\(text)'") }
  }

  @Test(arguments: [
    ("(?=a)", "look-ahead", 1), ("a(?<!b)", "look-behind", 2), ("(?<n>a)", "a named group", 1),
    (#"(a)\1"#, "a reference to a group", 4), (#"\bword"#, #"\b is not in the subset"#, 1),
    (#"\p{L}"#, "properties", 1), ("a)", "a ')' without its '('", 2), ("(a", "does not end", 1),
    ("[a", "does not end", 1), ("[b-a]", "backwards", 2), ("a**", "nothing to repeat", 3),
    ("*a", "nothing to repeat", 1), ("a{3,2}", "from 3 to 2", 2), ("a{x}", "written {2}", 2),
    ("a{1001}", "more than 1000", 2), (#"\q"#, #"no escape \q"#, 1), (#"a\"#, "nothing after", 2),
    (#"[\d-z]"#, "a range needs a character", 2), ("(a{900}){900}", "too many", 1),
    ("(a|b)*a(a|b){14}", "states", 1), (#"\u{110000}"#, "no such character", 1),
  ]) func whatIsOutsideIsRefused(pattern: String, reason: String, column: Int) throws {
    let error = #expect(throws: ContractError.self) {
      try Contract([EventContract("T", ["f": .text(matching: pattern)])])
    }
    let text = "\(try #require(error))"
    #expect(text.hasPrefix("The contract of T.f: the expression /"), "\(text)")
    #expect(text.contains(reason), "\(text)")
    #expect(text.hasSuffix("at character \(column)."), "\(text)")
  }

  /// Another engine says the same of random expressions and texts.
  @Test(arguments: Seeds.first(300)) func theyMatchAsAnotherEngineDoes(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pattern = Self.pattern(&random, 3)
    let other = try Regex<AnyRegexOutput>(pattern)
    for _ in 0..<20 {
      let text = String((0..<random.below(7)).map { _ in Array("abc")[random.below(3)] })
      #expect(
        try takes(pattern, text) == (text.firstMatch(of: other) != nil),
        "seed \(seed): /\(pattern)/ and '\(text)'")
    }
  }

  private static func pattern(_ random: inout SeededGenerator, _ depth: Int) -> String {
    func atom() -> String {
      switch random.below(depth > 0 ? 8 : 5) {
      case 0, 1: return String(Array("abc")[random.below(3)])
      case 2: return "."
      case 3: return ["[ab]", "[^a]", "[b-c]", #"\w"#][random.below(4)]
      case 4: return "b"
      default: return "(?:\(pattern(&random, depth - 1)))"
      }
    }
    func item() -> String {
      atom() + ["", "", "*", "+", "?", "{2}", "{1,2}", "{0,}"][random.below(8)]
    }
    let alternatives = (0...random.below(2)).map { _ in
      (random.oneIn(4) ? "^" : "") + (0..<random.below(4)).map { _ in item() }.joined()
        + (random.oneIn(4) ? "$" : "")
    }
    return alternatives.joined(separator: "|")
  }

  /// Where another engine takes a time that doubles with each character, this one looks at each once.
  @Test(.timeLimit(.minutes(1))) func noTextTakesLong() throws {
    for pattern in ["^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "(x+x+)+y"] {
      let text = String(repeating: pattern.contains("x") ? "x" : "a", count: 1 << 20) + "!"
      #expect(try !takes(pattern, text))
    }
  }
}
