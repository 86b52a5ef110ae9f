import EvlogJSON
import Foundation
import Testing

/// Commands that an answer or an error suggests can be run as they are printed.
@Suite struct SuggestionTests {
  /// What a command may end with that is not a mistake in the command.
  private static let documented: Set<Int32> = [0, 1, 3, 4, 5]

  /// The commands in a text. A line that is one is taken whole; one in a sentence goes to the sentence's end, or
  /// to the parenthesis.
  private func commands(in text: String) -> [String] {
    text.split(separator: "\n").flatMap { line -> [String] in
      var found: [String] = []
      var rest = line[...]
      while let start = rest.firstRange(of: /(^|[ (:])evlog [a-z]/) {
        let isInParentheses = rest[start].first == "("
        let begin = rest.range(of: "evlog ", range: start)?.lowerBound ?? start.lowerBound
        let isSentence =
          !line[..<begin].allSatisfy(\.isWhitespace) && !line.hasPrefix("next ")
          && !line.hasPrefix("  next ")
        let words = shellWords(rest[begin...], endsInSentence: isSentence || isInParentheses)
        found.append(words.command)
        rest = rest[words.end...]
      }
      return found
    }
  }

  /// The words of a command as they stand, up to where a sentence ends.
  private func shellWords(
    _ text: Substring, endsInSentence: Bool
  ) -> (command: String, end: Substring.Index) {
    var isQuoted = false
    var i = text.startIndex
    while i < text.endIndex {
      let character = text[i]
      if character == "'" { isQuoted.toggle() }
      var next = text.index(after: i)
      if character == "\\", !isQuoted, next < text.endIndex { next = text.index(after: next) }
      if !isQuoted, endsInSentence {
        let isLast = next == text.endIndex || text[next] == " "
        if character == ")" || (character == "." || character == ",") && isLast { break }
      }
      i = next
    }
    return (String(text[..<i]), i)
  }

  private func check(_ commands: [String], from source: String, in place: Workplace) async throws {
    for command in commands {
      let answer = try await place.shell("\(command) < /dev/null")
      #expect(
        Self.documented.contains(answer.status),
        "\(source) suggests '\(command)', which exits with \(answer.status): \(answer.error)")
    }
  }

  /// Asks, and runs what is suggested; with how many suggestions there must be at least.
  private func follow(_ questions: [(least: Int, question: String)], in place: Workplace)
    async throws
  {
    var known: Set<String> = []
    for (least, question) in questions {
      let answer = try await place.shell("evlog \(question)")
      let found = commands(in: answer.output + "\n" + answer.error)
      #expect(found.count >= least, "\(question): \(answer.output)\(answer.error)")
      try await check(found.filter { known.insert($0).inserted }, from: question, in: place)
    }
  }

  /// The shop's first violation, on the events that lead to it.
  @Test func theShopsSuggestionsWork() async throws {
    let place = try Workplace()
    try place.addShop()
    // Those of one article, for the whole log takes long in a build for debugging.
    let made = try await place.shell(
      "zcat events.ndjson.gz | grep '\"A-7\"' > some.ndjson; evlog import shop.evlog some.ndjson --batch 1"
    )
    #expect(made.status == 0, "\(made.error)")
    let shop = "shop.evlog --machine shop.js"
    let why = try await place.shell("evlog why \(shop) --json")
    let next = (try why.json()["next"]?.arrayValue ?? []).compactMap(\.stringValue)
    #expect(!next.isEmpty)
    try await check(next, from: "why --json", in: place)
    // The last one takes away events.
    try await follow(
      [
        (3, "bisect \(shop)"), (1, "why \(shop)"), (0, "minimise \(shop) --seconds 5"),
        (0, "stats shop.evlog"), (0, "verify shop.evlog"), (0, "doctor shop.evlog"),
        (1, "blame \(shop) 'stock[\"Z-9\"]'"), (1, "map \(shop)"), (1, "map \(shop) --by nothing"),
        (0, "machine check shop.js --log shop.evlog"), (1, "diff \(shop) 5"),
        (1, "diff shop.evlog a.snapshot b.snapshot"), (1, "snapshot drop shop.evlog x"),
        (1, "query shop.evlog 'select * from nowhere'"), (1, "state shop.evlog --machine shop"),
        (1, "project run shop.evlog --projection stock"), (1, "stats nothing.evlog"),
        (1, "snapshot lst shop.evlog"), (0, "project run shop.evlog --projection stock.sql"),
        (0, "append shop.evlog --stream s --type StockCounted"),
        (1, "query shop.evlog 'select count(*) from stock' --projection stock.sql"),
        (1, "truncate shop.evlog --to 5"),
      ], in: place)
  }

  /// Names that a shell would take for something else are quoted in what is suggested.
  @Test func namesAreQuoted() async throws {
    let place = try Workplace()
    for scope in ["log", "stream", "key"] {
      try place.write(
        """
        machine("odd", 1, {
          initial: { "it's": 0, "a b": { "-x": [0] } }, scope: "\(scope)", key: e => e.stream,
          on: { go: (s, e) => { s["it's"] += e.data.n; s["a b"]["-x"][0] = s["it's"] } },
          invariants: {
            "-it's $HOME \\"all\\"": always(s => s["a b"]["-x"][0] < 2),
            "a;b": step((before, e, after) => after["it's"] !== 3),
          },
        })
        """, to: "a machine's \(scope).js")
    }
    let lines = (0..<8).map {
      #"{"stream":"\#($0 % 2 == 0 ? "--key it's" : "$b")","type":"go","id":"i\#($0)","data":{"n":1}}"#
    }
    try place.write(lines.joined(separator: "\n") + "\n", to: "events.ndjson")
    #expect(
      try await place.evlog("import", "my log's", "events.ndjson", "--batch", "1").status == 0)
    for scope in ["log", "stream", "key"] {
      let of = #""my log's" --machine "a machine's \#(scope).js""#
      try await follow(
        [
          (3, "bisect \(of)"), (1, "why \(of)"), (0, "minimise \(of)"),
          (1, "why \(of) --invariant 'a;b'"), (0, "replay \(of) --check"),
          (1, "map \(of) --by nothing"),
          (1, "blame \(of) nothing \(scope == "log" ? "" : "--key '$b'")"),
          (0, "what-if \(of) --drop 1"), (0, "audit \(of)"),
          (0, "bisect \(of) --expr 's => 1'"),
        ], in: place)
    }
    try await follow(
      [
        (1, "stats 'no log'"), (1, #"diff "my log's" --machine "a machine's log.js" 1"#),
        (0, #"doctor "my log's""#), (1, #"truncate "my log's" --to 2"#),
        (1, #"diff "my log's" a.snapshot b.snapshot"#),
        (0, #"bisect "my log's" --machine "a machine's log.js" --run grep -q '"it.s":[01]'"#),
      ], in: place)
  }

  /// What is said of a damaged log.
  @Test func whatIsAdvisedForADamagedLogWorks() async throws {
    let place = try Workplace()
    try place.write(
      (0..<20).map { #"{"stream":"s","type":"T","data":{"n":\#($0)}}"# + "\n" }.joined(),
      to: "events.ndjson")
    #expect(
      try await place.evlog("import", "the log", "events.ndjson", "--seal").status == 0)
    let flipped = try await place.shell(
      "f=$(ls 'the log'/segments/* | head -1); printf 'X' | dd of=\"$f\" bs=1 seek=300 conv=notrunc status=none"
    )
    #expect(flipped.status == 0, "\(flipped.error)")
    try await follow(
      [
        (0, "verify 'the log' --deep"), (1, "doctor 'the log'"), (0, "read 'the log'"),
        (0, "repair 'the log'"), (0, "append 'the log' --stream s --type T"),
      ], in: place)
  }
}
