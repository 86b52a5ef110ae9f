import EvlogContracts
import EvlogJSON
import EvlogTesting

/// A rule as a test makes it: with what the library calls it, and what it means, said as plainly as can be.
indirect enum PlainRule {
  case any, null, boolean
  case integer(Int?, Int?)
  case number(Double?, Double?)
  case decimal(Int?)
  case text(Int?, Int?)
  case value(JSONValue)
  case oneOf([PlainRule])
  case list(PlainRule, Int, Int?)
  case record([(name: String, rule: PlainRule, isOptional: Bool)], others: Others)

  enum Others {
    case allowed, refused
    indirect case rule(PlainRule)
  }

  /// Whether a value is right. Every field of a value is there once.
  func allows(_ value: JSONValue) -> Bool {
    switch (self, value) {
    case (.any, _): return true
    case (.null, .null): return true
    case (.boolean, .bool): return true
    case (.integer(let from, let to), .number(let number)):
      // The numbers of these tests are small, so doubles are exact.
      let double = number.double
      return double == double.rounded() && double >= Double(from ?? .min)
        && double <= Double(to ?? .max)
    case (.number(let from, let to), .number(let number)):
      return number.double >= from ?? -.infinity && number.double <= to ?? .infinity
    case (.decimal(let places), .string(let text)):
      let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      var whole = parts[0]
      if whole.first == "-" { whole.removeFirst() }
      func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
      }
      guard isDigits(whole), whole == "0" || whole.first != "0" else { return false }
      guard parts.count == 2 else { return true }
      return isDigits(parts[1]) && parts[1].count <= places ?? .max
    case (.text(let from, let to), .string(let text)):
      let count = text.unicodeScalars.count
      return count >= from ?? 0 && count <= to ?? .max
    case (.value(let one), _): return one == value
    case (.oneOf(let rules), _): return rules.contains { $0.allows(value) }
    case (.list(let rule, let from, let to), .array(let items)):
      return items.count >= from && items.count <= to ?? .max && items.allSatisfy(rule.allows)
    case (.record(let fields, let others), .object(let object)):
      for field in fields {
        guard let value = object[field.name] else {
          if field.isOptional { continue }
          return false
        }
        if !field.rule.allows(value) { return false }
      }
      for member in object.members where !fields.contains(where: { $0.name == member.key }) {
        switch others {
        case .allowed: continue
        case .refused: return false
        case .rule(let rule): if !rule.allows(member.value) { return false }
        }
      }
      return true
    default: return false
    }
  }
}

extension PlainRule {
  private static func number(_ value: Double?) -> JSONNumber? { value.flatMap { JSONNumber($0) } }

  /// The library's rule of the same meaning.
  var rule: FieldRule {
    switch self {
    case .any: return .any
    case .null: return .null
    case .boolean: return .boolean
    case .integer(let from, let to):
      return .integer(from: from.map { JSONNumber($0) }, to: to.map { JSONNumber($0) })
    case .number(let from, let to): return .number(from: Self.number(from), to: Self.number(to))
    case .decimal(let places): return .decimal(places: places)
    case .text(let from, let to):
      return from == nil && to == nil ? .text : .text(length: (from ?? 0)...(to ?? .max))
    case .value(let value): return .value(value)
    case .oneOf(let rules): return .oneOf(rules.map(\.rule))
    case .list(let rule, let from, let to): return .list(of: rule.rule, count: from...(to ?? .max))
    case .record(let fields, let others):
      let made = fields.map { ($0.name, $0.isOptional ? .optional($0.rule.rule) : $0.rule.rule) }
      switch others {
      case .allowed: return .record(made)
      case .refused: return .record(made, closed: true)
      case .rule(let rule): return fields.isEmpty ? .map(of: rule.rule) : .record(made)
      }
    }
  }
}

/// Rules and values at random, small enough that they often meet.
struct RandomRules {
  var random: SeededGenerator
  static let names = ["a", "b", "c", "é", "long name", #"q"q"#]

  mutating func rule(_ depth: Int) -> PlainRule {
    switch random.below(depth > 0 ? 13 : 8) {
    case 0: return .any
    case 1: return .oneOf([.null, .boolean])
    case 2:
      let from = random.below(4) - 2
      return .integer(random.oneIn(3) ? nil : from, random.oneIn(3) ? nil : from + random.below(4))
    case 3:
      let from = Double(random.below(4)) - 1.5
      return .number(
        random.oneIn(3) ? nil : from, random.oneIn(3) ? nil : from + Double(random.below(3)))
    case 4: return .decimal(random.oneIn(2) ? nil : random.below(3))
    case 5:
      let from = random.below(3)
      return .text(random.oneIn(3) ? nil : from, random.oneIn(3) ? nil : from + random.below(3))
    case 6: return .value(scalar())
    case 7: return .oneOf((0...random.below(3)).map { _ in .value(scalar()) })
    case 8, 9:
      let from = random.below(2)
      return .list(rule(depth - 1), from, random.oneIn(2) ? nil : from + random.below(3))
    case 10: return .oneOf((0...random.below(2)).map { _ in rule(depth - 1) })
    default:
      let count = random.below(4)
      let names = Self.names.shuffled(using: &random).prefix(count)
      let fields = names.map { (name: $0, rule: rule(depth - 1), isOptional: random.oneIn(2)) }
      if fields.isEmpty { return .record([], others: .rule(rule(depth - 1))) }
      return .record(fields, others: random.oneIn(2) ? .allowed : .refused)
    }
  }

  mutating func scalar() -> JSONValue {
    let texts = ["", "a", "é😀", "0", "1.50", "-0.5", "01", "1.", "abc", "x\n\"y"]
    switch random.below(6) {
    case 0: return .null
    case 1: return .bool(random.oneIn(2))
    case 2, 3: return .string(texts[random.below(texts.count)])
    default:
      let half = Double(random.below(13) - 6) / 2
      return JSONNumber(half).map { .number($0) } ?? .null
    }
  }

  mutating func value(_ depth: Int) -> JSONValue {
    switch random.below(depth > 0 ? 8 : 5) {
    case 5: return .array((0..<random.below(4)).map { _ in value(depth - 1) })
    case 6, 7:
      let names = Self.names.shuffled(using: &random).prefix(random.below(5))
      return .object(names.map { ($0, value(depth - 1)) })
    default: return scalar()
    }
  }

  /// A value that was made for a rule: mostly right.
  mutating func value(for rule: PlainRule, _ depth: Int) -> JSONValue {
    if random.oneIn(12) { return value(1) }
    switch rule {
    case .list(let item, let from, let to):
      let count = from + random.below((to ?? from + 2) - from + 1)
      return .array((0..<count).map { _ in value(for: item, depth - 1) })
    case .oneOf(let rules): return value(for: rules[random.below(rules.count)], depth)
    case .record(let fields, let others):
      var members = fields.filter { !$0.isOptional || random.oneIn(2) }
        .map { ($0.name, value(for: $0.rule, depth - 1)) }
      if case .refused = others, !random.oneIn(6) {
        return .object(members.shuffled(using: &random))
      }
      if random.oneIn(2) {
        let other = Self.names.filter { name in !fields.contains { $0.name == name } }
        if case .rule(let rule) = others {
          members.append((other[random.below(other.count)], value(for: rule, depth - 1)))
        } else if !other.isEmpty {
          members.append((other[random.below(other.count)], value(1)))
        }
      }
      return .object(members.shuffled(using: &random))
    case .null: return .null
    case .boolean: return .bool(random.oneIn(2))
    case .value(let value): return value
    default: return scalar()
    }
  }

  /// A value's text, with spaces, escapes and numbers in several spellings.
  mutating func text(of value: JSONValue) -> String {
    func space() -> String { random.oneIn(4) ? [" ", "\n\t", "  "][random.below(3)] : "" }
    func text(_ text: String) -> String {
      guard random.oneIn(3) else { return JSONValue.string(text).canonicalText }
      let units = text.utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
      return "\"" + units.joined() + "\""
    }
    switch value {
    case .string(let string): return text(string)
    case .number(let number):
      let plain = number.text
      if random.oneIn(4), !plain.contains(".") {
        return plain + [".0", "e0", ".00E+0"][random.below(3)]
      }
      return plain
    case .array(let items):
      let parts = items.map { space() + self.text(of: $0) + space() }
      return "[" + parts.joined(separator: ",") + "]"
    case .object(let object):
      var parts: [String] = []
      for member in object.members.shuffled(using: &random) {
        parts.append(
          space() + text(member.key) + space() + ":" + space() + self.text(of: member.value))
      }
      return "{" + parts.joined(separator: ",") + space() + "}"
    default: return value.canonicalText
    }
  }
}
