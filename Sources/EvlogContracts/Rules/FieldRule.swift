import EvlogCore
public import EvlogJSON

/// What a value in an event's data may be.
public struct FieldRule: Sendable, Hashable {
  indirect enum Kind: Sendable, Hashable {
    case any, null, boolean
    case integer(Bounds)
    case number(Bounds)
    case decimal(Bounds, places: Int?)
    case text(pattern: String?, length: Length)
    case value(JSONValue)
    case oneOf([FieldRule])
    case list(FieldRule, count: Length)
    case record([Field], others: Others)
  }

  /// Numbers between which a number must be, both included.
  struct Bounds: Sendable, Hashable {
    var from: JSONNumber?
    var to: JSONNumber?
  }

  /// How many there may be.
  struct Length: Sendable, Hashable {
    var from: Int?
    var to: Int?
  }

  struct Field: Sendable, Hashable {
    let name: String
    let rule: FieldRule
  }

  /// What the fields that a record does not name may be.
  enum Others: Sendable, Hashable {
    case allowed, refused
    case rule(FieldRule)
  }

  let kind: Kind
  /// Whether a record's field may be missing.
  var isOptional = false

  init(_ kind: Kind) { self.kind = kind }
}

extension FieldRule {
  /// Any value.
  public static var any: FieldRule { FieldRule(.any) }
  /// `null` alone.
  public static var null: FieldRule { FieldRule(.null) }
  /// `true` or `false`.
  public static var boolean: FieldRule { FieldRule(.boolean) }

  /// A whole number of any size.
  public static var integer: FieldRule { FieldRule(.integer(Bounds())) }

  /// A whole number in a range.
  public static func integer(_ range: ClosedRange<some BinaryInteger>) -> FieldRule {
    integer(from: JSONNumber(range.lowerBound), to: JSONNumber(range.upperBound))
  }

  /// A whole number from one on.
  public static func integer(_ range: PartialRangeFrom<some BinaryInteger>) -> FieldRule {
    integer(from: JSONNumber(range.lowerBound))
  }

  /// A whole number up to another one.
  public static func integer(_ range: PartialRangeThrough<some BinaryInteger>) -> FieldRule {
    integer(to: JSONNumber(range.upperBound))
  }

  /// A whole number between two numbers of any size, both included.
  public static func integer(from: JSONNumber? = nil, to: JSONNumber? = nil) -> FieldRule {
    FieldRule(.integer(Bounds(from: from, to: to)))
  }

  /// A number of any kind.
  public static var number: FieldRule { FieldRule(.number(Bounds())) }

  /// A number between two, both included; compared exactly, not as doubles.
  public static func number(from: JSONNumber? = nil, to: JSONNumber? = nil) -> FieldRule {
    FieldRule(.number(Bounds(from: from, to: to)))
  }

  /// A decimal number in a text, as in `"12.50"`.
  public static var decimal: FieldRule { decimal() }

  /// A decimal number in a text, with at most so many digits after the point, between two numbers.
  public static func decimal(
    places: Int? = nil, from: JSONNumber? = nil, to: JSONNumber? = nil
  ) -> FieldRule { FieldRule(.decimal(Bounds(from: from, to: to), places: places)) }

  /// Any text.
  public static var text: FieldRule { FieldRule(.text(pattern: nil, length: Length())) }

  /// A text in which a regular expression matches somewhere, of a number of characters (Unicode scalars).
  ///
  /// To have the whole text match, begin the expression with `^` and end it with `$`. It is a subset of JavaScript's
  /// expressions that takes time in proportion to the text: without look-around, back references and `\b`.
  public static func text(
    matching pattern: String? = nil, length: ClosedRange<Int>? = nil
  ) -> FieldRule {
    FieldRule(
      .text(pattern: pattern, length: Length(from: length?.lowerBound, to: length?.upperBound)))
  }

  /// One value: a text, a number, `true`, `false` or `null`.
  public static func value(_ value: JSONValue) -> FieldRule { FieldRule(.value(value)) }

  /// What one of some rules allows; texts are values, as in `.oneOf("open", "closed")`.
  public static func oneOf(_ rules: FieldRule...) -> FieldRule { oneOf(rules) }

  /// What one of some rules allows.
  public static func oneOf(_ rules: [FieldRule]) -> FieldRule { FieldRule(.oneOf(rules)) }

  /// A field that may be missing; only fields of a record can be.
  public static func optional(_ rule: FieldRule) -> FieldRule {
    var rule = rule
    rule.isOptional = true
    return rule
  }

  /// What a rule allows, or `null`.
  public static func nullable(_ rule: FieldRule) -> FieldRule {
    var whole = FieldRule(.oneOf([rule.required, .null]))
    whole.isOptional = rule.isOptional
    return whole
  }

  /// An array of such values.
  public static func list(of rule: FieldRule, count: ClosedRange<Int>? = nil) -> FieldRule {
    FieldRule(.list(rule, count: Length(from: count?.lowerBound, to: count?.upperBound)))
  }

  /// An object with these fields; if it is closed, with no others.
  public static func record(
    _ fields: KeyValuePairs<String, FieldRule>, closed: Bool = false
  ) -> FieldRule { record(fields.map { ($0.key, $0.value) }, closed: closed) }

  /// The same of an array, for fields that are made by a program.
  public static func record(
    _ fields: [(String, FieldRule)], closed: Bool = false
  ) -> FieldRule {
    FieldRule(
      .record(
        fields.map { Field(name: $0.0, rule: $0.1) }, others: closed ? .refused : .allowed))
  }

  /// An object with any keys and such values.
  public static func map(of rule: FieldRule) -> FieldRule {
    FieldRule(.record([], others: .rule(rule)))
  }

  var required: FieldRule {
    var rule = self
    rule.isOptional = false
    return rule
  }
}

/// A record that is not closed.
extension FieldRule: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral fields: (String, FieldRule)...) {
    self = .record(fields)
  }
}

/// The text itself.
extension FieldRule: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self = .value(.string(text)) }
}

extension FieldRule {
  /// The one form of rules that say the same in the same words: fields in the order of their names, alternatives
  /// without alternatives among them.
  var normalized: FieldRule {
    var rule = FieldRule(normalizedKind)
    rule.isOptional = isOptional
    return rule
  }

  private var normalizedKind: Kind {
    switch kind {
    case .oneOf(let rules):
      var flat: [FieldRule] = []
      for rule in rules.map(\.normalized) {
        let inner =
          if case .oneOf(let inner) = rule.kind, !rule.isOptional { inner } else { [rule] }
        for one in inner where !flat.contains(one) { flat.append(one) }
      }
      return flat.count == 1 && !flat[0].isOptional ? flat[0].kind : .oneOf(flat)
    case .list(let rule, let count): return .list(rule.normalized, count: count)
    case .value(.null): return .null
    case .record(let fields, let others):
      let sorted = fields.map { Field(name: $0.name, rule: $0.rule.normalized) }
        .sorted { Name($0.name) < Name($1.name) }
      if case .rule(let rule) = others {
        let rule = rule.normalized
        return .record(sorted, others: rule == .any ? .allowed : .rule(rule))
      }
      return .record(sorted, others: others)
    default: return kind
    }
  }
}
