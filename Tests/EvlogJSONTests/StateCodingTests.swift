import EvlogJSON
import EvlogTesting
import ReplayTestSupport
import Testing

/// The canonical encoding of states, and the way back.
@Suite struct StateCodingTests {
  private enum Colour: String, Codable { case red, blue }
  private enum Shape: Codable, Hashable {
    case point
    case circle(radius: Double, name: String?)
    case pair(Int, Int)
  }
  private struct Place: Codable, Hashable {
    var x = 0
    var y: Float = 0.1
  }
  /// A key that is a number or a text, each spelled as itself.
  private enum Loose: Codable, Hashable {
    case number(Int)
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        self = .number(number)
      } else {
        self = .text(try container.decode(String.self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(let value): try container.encode(value)
      case .text(let value): try container.encode(value)
      }
    }
  }
  private struct Code: Codable, Hashable, CodingKeyRepresentable {
    struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }
    var letters: String
    init(letters: String) { self.letters = letters }
    init?(codingKey: some CodingKey) { letters = codingKey.stringValue }
    var codingKey: any CodingKey { Key(stringValue: letters) }
  }

  private struct Everything: Codable, Equatable {
    var text = "é"
    var maybe: Int?
    var some: Int? = 4
    var nested: [[Int?]] = [[1, nil], [], [nil]]
    var set: Set<String> = []
    var places: Set<Place> = []
    var shapes: [Shape] = [.point, .circle(radius: 1.5, name: nil), .pair(1, -2)]
    var byInt: [Int: String] = [:]
    var byLong: [UInt64: String] = [:]
    var byDouble: [Double: Int] = [:]
    var byColour: [Colour: Int] = [:]
    var byShape: [Shape: [String: Int]] = [:]
    var byBool: [Bool: Int] = [:]
    var byCode: [Code: Int] = [:]
    var byLoose: [Loose: Int] = [:]
    var bounds = [Int64.min, .max]
    var large = UInt64.max
    var doubles = [0.1, -1e300, Double.leastNonzeroMagnitude, 1e22, 123_456_789.125]
    var floats: [Float] = [0.1, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 16_777_216]
    var flags = [true, false]
    var range = 1..<5
  }

  private func filled(_ numbers: [Int]) -> Everything {
    var value = Everything()
    for n in numbers {
      value.set.insert("k\(n)")
      value.places.insert(Place(x: n, y: Float(n) / 3))
      value.byInt[n - 50] = "\(n)"
      value.byLong[.max - UInt64(n)] = "\(n)"
      value.byDouble[Double(n) / 7] = n
      value.byShape[.pair(n, n)] = ["a\(n)": n, "b": 1]
      value.byShape[.circle(radius: Double(n), name: "n")] = [:]
      value.byCode[Code(letters: "c\(n)")] = n
      value.byLoose[.number(n)] = n
      value.byLoose[.text("\(n)")] = -n
    }
    value.byColour = [.red: 1, .blue: 2]
    value.byBool = [true: 1, false: 0]
    return value
  }

  @Test func everythingComesBack() throws {
    for value in [Everything(), filled([1]), filled(Array(0..<100))] {
      let json = try StateEncoder().encode(value)
      #expect(try StateDecoder().decode(Everything.self, from: json.canonicalText) == value)
    }
  }

  @Test func theOrderOfInsertionMeansNothing() throws {
    var random = SeededGenerator(seed: 4)
    let first = try StateEncoder().encode(filled(Array(0..<100))).canonicalBytes
    for _ in 0..<10 {
      let other = filled(Array(0..<100).shuffled(using: &random))
      #expect(try StateEncoder().encode(other).canonicalBytes == first)
    }
  }

  /// Hash seeds differ in each process, so a text that is written down here was made in another.
  @Test func bytesAreTheSameInEveryProcess() throws {
    struct Small: Codable {
      var set: Set<Int> = [10, 9, 2, -1]
      var byInt = [10: "a", 9: "b"]
      var places: Set<Place> = [Place(x: 2), Place(x: 1)]
      var byShape: [Shape: Int] = [.pair(2, 1): 1, .point: 2]
      var byColour: [Colour: Int] = [.red: 1, .blue: 2]
    }
    #expect(
      try StateEncoder().encode(Small()).canonicalText
        == #"{"byColour":{"blue":2,"red":1},"byInt":{"10":"a","9":"b"},"#
        + #""byShape":[{"pair":{"_0":2,"_1":1}},1,{"point":{}},2],"#
        + #""places":[{"x":1,"y":0.1},{"x":2,"y":0.1}],"set":[-1,10,2,9]}"#)
    let digest = try StateEncoder().encode(filled(Array(0..<100))).digest
    #expect("\(digest)" == "cfc023d03084825bce504fc9a82ec328")
  }

  @Test func whatIsNoNumberIsRefused() {
    let values: [any Encodable] = [
      Double.nan, Double.infinity, Float.nan, -Float.infinity, [1.0, .nan], ["a": Float.infinity],
      Place(x: 1, y: .nan),
    ]
    for value in values {
      #expect(throws: EncodingError.self, "\(value)") { try StateEncoder().encode(value) }
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
      try StateDecoder().decode(type, from: text)
    }
    #expect(throws: DecodingError.self) { try decode(Int8.self, "128") }
    #expect(throws: DecodingError.self) { try decode(Int.self, "1.5") }
    #expect(throws: DecodingError.self) { try decode(UInt.self, "-1") }
    #expect(throws: DecodingError.self) { try decode(Int.self, #""1""#) }
    #expect(throws: DecodingError.self) { try decode(String.self, "1") }
    #expect(throws: DecodingError.self) { try decode([Int].self, #"[1,"a"]"#) }
    #expect(throws: DecodingError.self) { try decode(Place.self, #"{"x":1}"#) }
    #expect(throws: DecodingError.self) { try decode(Bool.self, "0") }
    #expect(throws: DecodingError.self) { try decode([Double: Int].self, #"{"a":1}"#) }
    #expect(try decode(Int.self, "1e2") == 100)
    #expect(try decode(Int?.self, "null") == nil)
    #expect(try decode([String: Int?].self, #"{"a":null}"#) == ["a": nil])
  }

  /// The time of a square would be minutes.
  @Test func longListsAreEncodedInLinearTime() throws {
    #expect(try StateEncoder().encode(Array(0..<300_000)).arrayValue?.count == 300_000)
  }

  /// One place is encoded as it is in the whole, though most of the whole is passed over.
  @Test func aPlaceIsAsInTheWhole() throws {
    func places(_ value: JSONValue, _ path: [StatePath.Step]) -> [StatePath] {
      var all = [StatePath(path), StatePath(path + [.key("none")]), StatePath(path + [.index(9)])]
      switch value {
      case .object(let object):
        for member in object.members { all += places(member.value, path + [.key(member.key)]) }
      case .array(let items):
        for (i, item) in items.enumerated() { all += places(item, path + [.index(i)]) }
      default: break
      }
      return all
    }
    for numbers in [[], [1], [3, 1, 2], [0, 7, 12]] {
      let value = filled(numbers)
      let whole = try StateEncoder().encode(value)
      let all = places(whole, [])
      #expect(all.count > 60)
      for path in all {
        #expect(try StateEncoder().encode(value, at: path) == whole[path], "\(path)")
      }
    }
    // Two spellings of one text are two keys to JSON, and one to a dictionary.
    let spelled = ["\u{E9}": 1]
    #expect(try StateEncoder().encode(spelled, at: StatePath([.key("\u{E9}")])) == .int(1))
    #expect(try StateEncoder().encode(spelled, at: StatePath([.key("e\u{301}")])) == nil)
  }
}
