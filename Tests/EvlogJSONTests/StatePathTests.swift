import EvlogJSON
import EvlogTesting
import ReplayTestSupport
import Testing

/// Paths as texts, and what they lead to.
@Suite struct StatePathTests {
  /// Every place of a value, with what is there.
  private func places(_ value: JSONValue, _ path: [StatePath.Step] = []) -> [(StatePath, JSONValue)]
  {
    var all = [(StatePath(path), value)]
    switch value {
    case .object(let object):
      for member in object.members { all += places(member.value, path + [.key(member.key)]) }
    case .array(let items):
      for (i, item) in items.enumerated() {
        all += places(item, path + [.index(i)])
        guard let id = item["id"], case .number = id else { continue }
        // The first element with an id is the one that it names.
        if items.firstIndex(where: { $0["id"] == id }) == i {
          all += places(item, path + [.element(member: "id", value: id.canonicalText)])
        }
      }
    default: break
    }
    return all
  }

  @Test func aPathReadsBackAsItIsWritten() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    var count = 0
    for _ in 0..<300 {
      let value = randomJSON(&random)
      for (path, expected) in places(value) {
        let read = try StatePath(parsing: path.description)
        #expect(read == path, "\(path), seed \(seed)")
        #expect(value[read] == expected, "\(path), seed \(seed)")
        count += 1
      }
    }
    #expect(count > 1000)
    // The whole is called `state`, and a member of the whole may be called so too.
    #expect(StatePath([.key("state"), .key("x")]).description == #"["state"].x"#)
    let spelled = try JSONParser.parse(#"[{"id":"e\u0301"},{"id":"\u00e9"}]"#)
    let second = StatePath([.element(member: "id", value: "\"\u{e9}\"")])
    #expect(spelled[second] == spelled[StatePath([.index(1)])])
    #expect(spelled[second] != spelled[StatePath([.index(0)])])
    #expect(
      try StatePath(parsing: #"[name="a\"b"].x"#).steps == [
        .element(member: "name", value: #""a\"b""#), .key("x"),
      ])
  }

  @Test(arguments: [
    ("", 1), ("a.", 3), ("a..b", 3), ("a[", 3), ("a[1", 4), ("a[x]", 4), ("a[id=]", 6),
    ("a[id=x]", 6), (#"a["b]"#, 3), ("a b", 2), ("é", 1), (".a", 1), ("a[1]b", 5),
  ])
  func whatIsNoPathIsExplained(text: String, column: Int) {
    do throws(StatePath.Malformed) {
      let path = try StatePath(parsing: text)
      Issue.record("'\(text)' was read as \(path)")
    } catch {
      #expect(error.column + 1 == column, "\(error)")
    }
  }
}
