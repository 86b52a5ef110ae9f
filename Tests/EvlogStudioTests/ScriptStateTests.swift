#if Studio && JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogTesting
  import Foundation
  import ReplayTestSupport
  import Testing

  @testable import EvlogStudio

  /// A script shows parts of its state without making the whole of it: they are those of the whole.
  @Suite(.timeLimit(.minutes(15))) struct ScriptStateTests {
    private static let machine = """
      machine("keeper", 1, {
        initial: { kept: {} },
        on: { kept: (s, e) => { s.kept[e.stream] = e.data } },
      })
      """

    private static func value(_ random: inout SeededGenerator, _ depth: Int) -> JSONValue {
      let texts = [
        "", "a", "é🎈", "\u{202e}x", String(repeating: "long 🎈 ", count: 90), "\"quoted\\\"", "0",
      ]
      switch random.below(depth > 5 ? 4 : 7) {
      case 0: return .null
      case 1: return .bool(random.oneIn(2))
      case 2: return .int([0, -7, 12, 1 << 40][random.below(4)])
      case 3: return .string(texts[random.below(texts.count)])
      case 4:
        return .array((0..<random.below(9)).map { _ in value(&random, depth + 1) })
      default:
        let many = random.oneIn(6) ? 250 : 9
        return .object(
          (0..<random.below(many)).map { i in
            let key = texts[random.below(texts.count)] + "\(i % 97)"
            return (key, value(&random, depth + (many > 9 ? 4 : 1)))
          })
      }
    }

    @Test func partsAreThoseOfTheWhole() async throws {
      let seed = UInt64.random(in: 0..<1_000_000)
      var random = SeededGenerator(seed: seed)
      let values = (0..<30).map { _ in Self.value(&random, 0) }
      let lines = values.enumerated().map { i, value in
        #"{"stream":"s\#(i)","type":"kept","time":"2026-03-01T10:00:00Z","data":\#(value.canonicalText)}"#
      }
      try await ServedShop.with(
        lines: lines.joined(separator: "\n"), machines: ["keeper.js"],
        scripts: ["keeper.js": Self.machine]
      ) { shop in
        let session = try await ServedStudio(at: shop.address).begin()
        let whole = JSONValue.object([
          (
            "kept",
            .object(values.enumerated().map { ("s\($0)", $1) })
          )
        ])
        let count = try await Self.walk(StatePath(), in: whole, session, "seed \(seed)")
        #expect(count > 100)
      }
    }

    /// Compares every page below a path with the value there; how many values were seen.
    private static func walk(
      _ path: StatePath, in whole: JSONValue, _ session: ServedStudio.Session, _ comment: Comment
    ) async throws -> Int {
      let value = try #require(whole[path], comment)
      var (seen, next) = (0, String?.none)
      var steps: [JSONValue] = []
      repeat {
        var query = URLComponents()
        query.queryItems =
          [
            .init(name: "cut", value: "30"), .init(name: "limit", value: "70"),
            .init(name: "path", value: path.description),
          ] + (next.map { [.init(name: "after", value: $0)] } ?? [])
        let encoded = (query.percentEncodedQuery ?? "").replacing("+", with: "%2B")
        let page = try await session.json("/api/state?\(encoded)")
        #expect(page["kind"]?.stringValue == value.kind, comment)
        #expect(page["count"]?.integer(Int.self) == value.childCount, comment)
        #expect(page["preview"]?.stringValue == Preview.text(value, 400), comment)
        for child in page["children"]?.arrayValue ?? [] {
          let below = try StatePath(parsing: try #require(child["path"]?.stringValue))
          let expected = try #require(whole[below], comment)
          #expect(child["preview"]?.stringValue == Preview.text(expected), comment)
          #expect(child["count"]?.integer(Int.self) == expected.childCount, comment)
          steps.append(child["step"] ?? .null)
          seen += 1
          if expected.childCount ?? 0 > 0 {
            seen += try await walk(below, in: whole, session, comment)
          }
        }
        next = page["next"]?.stringValue
      } while next != nil
      switch value {
      case .array(let items): #expect(steps == items.indices.map { .int($0) }, comment)
      case .object(let object):
        #expect(Set(steps) == Set(object.members.map { .string($0.key) }), comment)
        #expect(steps.count == object.members.count, comment)
      default: #expect(steps.isEmpty, comment)
      }
      return seen
    }
  }
#endif
