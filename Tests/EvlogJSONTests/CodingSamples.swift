import EvlogTesting
import ReplayTestSupport

/// Values of many shapes for the tests of encoding and decoding.
struct Sample: Codable, Equatable {
  enum Step: Codable, Equatable {
    case begun
    case moved(from: Int, to: String?)
    case pair(Int, Double)
    indirect case twice(Step, Step)
  }
  enum Colour: String, Codable { case red, blue }
  struct Inner: Codable, Equatable {
    var id: UInt64
    var note: String?
    var parts: [Inner]
  }

  var text: String
  var flag: Bool
  var whole: Int
  var small: Int8
  var large: UInt64
  var ratio: Double
  var single: Float
  var maybe: Int?
  var other: String?
  var list: [Int]
  var texts: [String]
  var matrix: [[Int?]]
  var steps: [Step]
  var colours: [Colour]
  var inner: Inner
  var names: [String: Int]
  var numbered: [Int: String]
  var nested: [String: [String: Inner]]

  init(_ random: inout SeededGenerator) {
    func text() -> String {
      let texts = [
        "", "a", "é", "e\u{301}", "\u{0}\u{1F}", "\"\\", "\u{1F600}", "quite a long text of ASCII",
        "länger als fünfzehn Bytes", "\u{FFFF}\u{7F}", "tab\tnewline\n", "0", "null",
      ]
      return texts[random.below(texts.count)]
    }
    func some<T>(_ make: () -> T) -> [T] { (0..<random.below(5)).map { _ in make() } }
    func step(_ depth: Int) -> Step {
      switch random.below(depth > 0 ? 4 : 3) {
      case 0: .begun
      case 1: .moved(from: random.below(100), to: Bool.random(using: &random) ? nil : text())
      case 2: .pair(-random.below(9), double())
      default: .twice(step(depth - 1), step(depth - 1))
      }
    }
    func double() -> Double {
      let value = Double(bitPattern: random.next())
      return value.isFinite ? value : Double(random.below(1000)) / 8
    }
    func inner(_ depth: Int) -> Inner {
      Inner(
        id: random.next() >> UInt64(random.below(64)),
        note: Bool.random(using: &random) ? text() : nil,
        parts: depth > 0 ? some { inner(depth - 1) } : [])
    }
    self.text = text()
    flag = Bool.random(using: &random)
    whole = Int(truncatingIfNeeded: random.next()) >> random.below(64)
    small = Int8(truncatingIfNeeded: random.next())
    large = random.next()
    ratio = double()
    single = Float(random.below(10_000)) / 16
    maybe = Bool.random(using: &random) ? random.below(9) : nil
    other = Bool.random(using: &random) ? text() : nil
    list = some { Int(truncatingIfNeeded: random.next()) >> random.below(64) }
    texts = some { text() }
    matrix = some { some { Bool.random(using: &random) ? 1 : nil } }
    steps = some { step(2) }
    colours = some { Bool.random(using: &random) ? .red : .blue }
    self.inner = inner(2)
    names = Dictionary(some { (text(), random.below(9)) }) { $1 }
    numbered = Dictionary(some { (random.below(99) - 50, text()) }) { $1 }
    nested = Dictionary(some { (text(), ["k": inner(1)]) }) { $1 }
  }
}

/// A value that is asked for what it is, one kind after another: what decoding into a tree gives.
enum Anything: Decodable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case natural(UInt64)
  case double(Double)
  case text(String)
  case list([Anything])
  case members([String: Anything])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let integer = try? value.decode(Int64.self) {
      self = .integer(integer)
    } else if let natural = try? value.decode(UInt64.self) {
      self = .natural(natural)
    } else if let double = try? value.decode(Double.self) {
      self = .double(double)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if (try? decoder.container(keyedBy: Spelling.self)) != nil {
      let object = try decoder.container(keyedBy: Spelling.self)
      var members: [String: Anything] = [:]
      for key in object.allKeys {
        members[key.stringValue] = try object.decode(Anything.self, forKey: key)
      }
      self = .members(members)
    } else {
      var array = try decoder.unkeyedContainer()
      var items: [Anything] = []
      while !array.isAtEnd { items.append(try array.decode(Anything.self)) }
      self = .list(items)
    }
  }
}

struct Spelling: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(_ text: String) { stringValue = text }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
