import EvlogJSON
import EvlogTesting
import ReplayTestSupport
import Testing

/// The difference of two states, applied to the first, gives the second.
@Suite struct StateDiffTests {
  private func diff(_ old: String, _ new: String) throws -> StateDiff {
    StateDiff(from: try JSONParser.parse(old), to: try JSONParser.parse(new))
  }

  // MARK: Applying

  private func isElement(_ value: JSONValue, _ member: String, _ text: String) -> Bool {
    value[member].map { Array($0.canonicalText.utf8) == Array(text.utf8) } ?? false
  }

  private func applying(
    _ value: JSONValue, _ path: ArraySlice<StatePath.Step>, _ new: JSONValue?,
    at index: Int? = nil
  ) throws -> JSONValue {
    guard let step = path.first else { return try #require(new) }
    let rest = path.dropFirst()
    switch (step, value) {
    case (.key(let key), .object(let object)):
      var members = object.members.map { ($0.key, $0.value) }
      let place = members.firstIndex { Array($0.0.utf8) == Array(key.utf8) }
      if let place {
        if rest.isEmpty, new == nil {
          members.remove(at: place)
        } else {
          members[place].1 = try applying(members[place].1, rest, new, at: index)
        }
      } else {
        #expect(rest.isEmpty)
        members.append((key, try #require(new)))
      }
      return .object(members)
    case (.index(let i), .array(var items)):
      // Nothing is inserted below a place that is new, so a place with a rest is an old one.
      if new == nil, rest.isEmpty {
        items.remove(at: i)
      } else if rest.isEmpty, Self.isInserting {
        items.insert(try #require(new), at: i)
      } else {
        items[i] = try applying(items[i], rest, new, at: index)
      }
      return .array(items)
    case (.element(let member, let text), .array(var items)):
      if let place = items.firstIndex(where: { isElement($0, member, text) }) {
        if rest.isEmpty, new == nil {
          items.remove(at: place)
        } else {
          items[place] = try applying(items[place], rest, new, at: index)
        }
      } else {
        items.insert(try #require(new), at: index ?? items.count)
      }
      return .array(items)
    default:
      Issue.record("the path does not fit: \(step) in \(value.canonicalText)")
      return value
    }
  }

  @TaskLocal private static var isInserting = false

  private func mutated(_ value: JSONValue, _ random: inout SeededGenerator) -> JSONValue {
    switch value {
    case .object(let object) where !object.members.isEmpty && random.below(4) > 0:
      var members = object.members.map { ($0.key, $0.value) }
      let i = random.below(members.count)
      switch random.below(4) {
      case 0: members.remove(at: i)
      case 1: members.append(("new", randomJSON(&random, depth: 1)))
      default: members[i].1 = mutated(members[i].1, &random)
      }
      return .object(members)
    case .array(var items) where !items.isEmpty && random.below(4) > 0:
      let i = random.below(items.count)
      switch random.below(6) {
      case 0: items.remove(at: i)
      case 1: items.insert(randomJSON(&random, depth: 1), at: i)
      case 2: items.shuffle(using: &random)
      case 3: items.append(.object([("id", .int(random.below(20)))]))
      default: items[i] = mutated(items[i], &random)
      }
      return .array(items)
    default: return randomJSON(&random, depth: 2)
    }
  }

  @Test func appliedItGivesTheNewValue() throws {
    for seed in Seeds.first(3000) {
      var random = SeededGenerator(seed: seed)
      let old = randomJSON(&random, depth: 5)
      var new = old
      for _ in 0..<random.below(4) { new = mutated(new, &random) }
      let diff = StateDiff(from: old, to: new)
      #expect(
        diff.isEmpty == (old == new),
        "seed \(seed): \(old.canonicalText) → \(new.canonicalText)")
      for change in diff.changes {
        #expect(change.new == nil || new[change.path] == change.new, "seed \(seed): \(change)")
        #expect(change.old == nil || change.new != nil || old[change.path] == change.old)
      }
      let changed = try applyInRounds(diff)
      #expect(
        changed == new,
        "seed \(seed): \(old.canonicalText) → \(new.canonicalText): \(diff.lines())")
    }
  }

  /// Takes out what is gone, from the last to the first; puts in what is new; replaces what changed.
  private func applyInRounds(_ diff: StateDiff) throws -> JSONValue {
    var value = diff.old
    for change in diff.changes.reversed() where change.new == nil {
      value = try applying(value, change.path.steps[...], nil)
    }
    for change in diff.changes where change.old == nil {
      value = try Self.$isInserting.withValue(true) {
        try applying(value, change.path.steps[...], change.new, at: change.index)
      }
    }
    for change in diff.changes where change.old != nil && change.new != nil {
      value = try applying(value, change.path.steps[...], change.new)
    }
    return value
  }

  /// Every line names a place of the old state or of the new one, and says what else moved.
  @Test(arguments: [
    ("[1,1,1,0]", "[1,2,1,0,0]", ["~ [1]  1 → 2", "+ [4]  0"]),
    (#"["x",1,2,3]"#, "[1,2,3]", [#"- [0]  "x"  ([1]…[3] are now [0]…[2])"#]),
    ("[1,2,3]", "[1,2,3,4]", ["+ [3]  4"]),
    ("[1,2,3,4]", "[1,2,3]", ["- [3]  4"]),
    ("[1,2,3]", "[0,1,2,3]", ["+ [0]  0  ([0]…[2] are now [1]…[3])"]),
    (
      "[1,2,3,4,5,6,7]", "[2,3,5,6,7]",
      ["- [0]  1  ([1]…[2] are now [0]…[1])", "- [3]  4  ([4]…[6] are now [2]…[4])"]
    ),
    ("[1,2]", "[2]", ["- [0]  1  ([1] is now [0])"]),
    (#"[{"id":1}]"#, #"[{"id":2},{"id":1}]"#, [#"+ [id=2]  {"id":2}  (put in at [0])"#]),
  ])
  func arraysThatGrowAndShrink(_ old: String, _ new: String, _ lines: [String]) throws {
    #expect(try diff(old, new).lines() == lines)
  }

  /// In a long text the change is shown, at its place in Unicode scalars, and what is around it.
  @Test func longTexts() throws {
    let text = String(repeating: "héllo wörld 👩‍👩‍👧 ", count: 600)
    func change(_ old: String, _ new: String) throws -> [String] {
      StateDiff(from: .object([("t", .string(old))]), to: .object([("t", .string(new))])).lines()
    }
    let scalars = Array(text.unicodeScalars)
    func joined(_ parts: ArraySlice<Unicode.Scalar>...) -> String {
      var view = String.UnicodeScalarView()
      for part in parts { view.append(contentsOf: part) }
      return String(view)
    }
    let inserted = joined(scalars[..<8754], ["\\"], scalars[8754...])
    let around = (joined(scalars[8738..<8754]), joined(scalars[8754..<8770]))
    #expect(
      try change(text, inserted)
        == [#"~ t  at 8,754: + "\\"  after "\#(around.0)", before "\#(around.1)""#])
    #expect(
      try change(inserted, text)
        == [#"~ t  at 8,754: - "\\"  after "\#(around.0)", before "\#(around.1)""#])
    let long = String(repeating: "a", count: 100)
    #expect(
      try change(long, long + "é")
        == [#"~ t  at 100: + "é"  after "aaaaaaaaaaaaaaaa""#])
    #expect(
      try change(long + "é", long + "è")
        == [#"~ t  at 100: "é" → "è"  after "aaaaaaaaaaaaaaaa""#])
    #expect(try change("short", "other") == [#"~ t  "short" → "other""#])
  }

  @Test func elementsThatChangedPlacesAreADifference() throws {
    let diff = try diff(#"[{"id":1},{"id":2}]"#, #"[{"id":2},{"id":1}]"#)
    #expect(!diff.isEmpty)
    #expect(try self.diff(#"[{"id":1},{"id":2}]"#, #"[{"id":1.0},{"id":2}]"#).isEmpty)
  }

  @Test func lines() throws {
    let diff = try diff(
      #"{"accounts":{"7":{"balance":12},"8":1},"lines":[1,2,3],"gone":true,"a-b":[]}"#,
      #"{"accounts":{"7":{"balance":-28},"8":1},"lines":[1,3],"new":{"x":[]},"a-b":{}}"#)
    #expect(
      diff.lines() == [
        #"~ ["a-b"]  [] → {}"#, #"~ accounts["7"].balance  12 → -28"#, "- gone  true",
        "- lines[1]  2  (lines[2] is now lines[1])", #"+ new  {"x":[]}"#,
      ])
    #expect(diff.lines(limit: 1).last == "… and 4 more")
    #expect(diff.pathCount == 8)
  }

  /// Both sides count, so that no more can differ than there are.
  @Test(arguments: [
    (#"{"a":[2,1,0,0]}"#, #"{"a":[]}"#, 4, 4),
    (#"{"a":[[1,2],[3]]}"#, #"{"a":[[0],[1,2,5],[3]]}"#, 6, 6), ("{}", "{}", 0, 1),
    ("[]", "{}", 1, 1),
    (#"{"a":null}"#, #"{"a":{"x":1,"y":2}}"#, 1, 2), (#"{"a":1,"b":2}"#, #"{"b":2,"c":3}"#, 2, 3),
    (#"[{"id":1,"n":1},{"id":2,"n":1}]"#, #"[{"id":2,"n":1}]"#, 1, 4),
    ("[1,2,3,4]", "[2,3,4]", 1, 4),
    ("[1,2,3,4,5]", "[0,2,3,5]", 3, 5),
  ])
  func noMorePathsDifferThanThereAre(_ old: String, _ new: String, _ changed: Int, _ count: Int)
    throws
  {
    for diff in [try diff(old, new), try diff(new, old)] {
      #expect(diff.pathCount == count)
      #expect(diff.changes.count <= diff.pathCount)
    }
    #expect(try diff(old, new).changes.count == changed)
  }

  @Test func whatIsNotThereHasNoPaths() throws {
    let value = try JSONParser.parse(#"{"a":[1,2],"b":{}}"#)
    #expect(StateDiff(changing: StatePath(), from: nil, to: value).pathCount == 3)
    #expect(StateDiff(changing: StatePath(), from: value, to: nil).pathCount == 3)
    #expect(StateDiff(changing: StatePath(), from: nil, to: nil).pathCount == 0)
  }

  @Test func elementsAreNamedByTheirID() throws {
    let diff = try diff(
      #"{"orders":[{"id":"a","n":1},{"id":"b","n":2},{"id":"c","n":3}]}"#,
      #"{"orders":[{"id":"a","n":1},{"id":"c","n":4},{"id":"d","n":5}]}"#)
    #expect(
      diff.lines() == [
        #"- orders[id="b"]  {"id":"b","n":2}"#, #"~ orders[id="c"].n  3 → 4"#,
        #"+ orders[id="d"]  {"id":"d","n":5}"#,
      ])
  }

  @Test func structure() throws {
    let diff = try diff(
      #"{"a":1,"b":2,"c":{"x":1,"y":[1,2,3,4]},"d":3}"#,
      #"{"a":1,"b":2,"c":{"x":1,"y":[1,2,3,4,5]},"d":4}"#)
    #expect(
      diff.structure == [
        "  {", "    … (2 unchanged)", "    c: {", "      … (1 unchanged)", "      y: [",
        "        … (4 unchanged)", "+       4: 5", "      ]", "    }", "-   d: 3", "+   d: 4",
        "  }",
      ])
    #expect(try self.diff("[1]", "[1]").structure == [])
    #expect(try self.diff("1", "2").structure == ["- 1", "+ 2"])
  }
}
