import EvlogJSON
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

/// The lazy view against the parser that reads all.
@Suite struct JSONViewTests {
  private func check(_ view: borrowing JSONView, _ value: JSONValue, _ trace: Comment) throws {
    switch value {
    case .string(let text):
      let found = try view.string()
      #expect(Array(found.utf8) == Array(text.utf8), trace)
    case .number(let number):
      let found = try view.double()
      #expect(found == number.double, trace)
      if let whole = try? view.integer(Int64.self) { #expect(JSONNumber(whole) == number, trace) }
    case .bool(let flag):
      let found = try view.bool()
      #expect(found == flag, trace)
    case .null:
      let isNull = view.isNull
      #expect(isNull, trace)
    case .array(let items):
      var i = 0
      try view.forEach { item in
        try check(item, items[i], trace)
        i += 1
      }
      #expect(i == items.count, trace)
    case .object(let object):
      try checkMember(try view.member("a"), object["a"], trace)
      try checkMember(try view.member("id"), object["id"], trace)
      try checkMember(try view.member("é"), object["é"], trace)
      try checkMember(try view.member("constructor"), object["constructor"], trace)
    }
  }

  private func checkMember(_ found: consuming JSONView?, _ expected: JSONValue?, _ trace: Comment)
    throws
  {
    if let found {
      try check(found, try #require(expected, trace), trace)
    } else {
      #expect(expected == nil, trace)
    }
  }

  @Test func agreesWithTheParser() throws {
    for seed in Seeds.first(3000) {
      var random = SeededGenerator(seed: seed)
      let value = randomJSON(&random, depth: 5)
      for text in [value.canonicalText, value.prettyText, " \n\t\(value.prettyText) "] {
        let bytes = Array(text.utf8)
        try check(JSONView(bytes.span), value, "seed \(seed): \(text)")
      }
    }
  }

  /// Whatever the bytes are, it answers or throws, and never looks beyond them.
  @Test func anyBytesAreAnsweredOrRefused() throws {
    for seed in Seeds.first(4000) {
      var random = SeededGenerator(seed: seed)
      var bytes = Array(randomJSON(&random, depth: 4).canonicalText.utf8)
      for _ in 0..<(1 + random.below(3)) where !bytes.isEmpty {
        switch random.below(3) {
        case 0: bytes.removeLast(random.below(bytes.count) + 1)
        case 1: bytes[random.below(bytes.count)] = UInt8(random.below(256))
        default: bytes.insert(UInt8(random.below(256)), at: random.below(bytes.count + 1))
        }
      }
      let view = JSONView(bytes.span)
      _ = try? view.string("a")
      _ = try? view.integer("id", as: Int.self)
      _ = try? view.rawString("key").count
      _ = try? view.string()
      _ = try? view.double()
      _ = try? view.bool()
      _ = try? view.forEach { _ = try $0.member("b") == nil }
    }
  }

  @Test func numbersAreExactOrRefused() throws {
    func integer<T: FixedWidthInteger>(_ text: String, _ type: T.Type) -> T? {
      let bytes = Array(text.utf8)
      return try? JSONView(bytes.span).integer(type)
    }
    #expect(integer("9223372036854775807", Int64.self) == .max)
    #expect(integer("-9223372036854775808", Int64.self) == .min)
    #expect(integer("9223372036854775808", Int64.self) == nil)
    #expect(integer("18446744073709551615", UInt64.self) == .max)
    #expect(integer("-1", UInt8.self) == nil)
    #expect(integer("256", UInt8.self) == nil)
    #expect(integer("1.0", Int.self) == nil)
    #expect(integer("1e2", Int.self) == nil)
    #expect(integer("-", Int.self) == nil)
    #expect(integer("\"1\"", Int.self) == nil)
  }
}
