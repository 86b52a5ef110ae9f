import EvlogCore
public import EvlogJSON

/// A rule for one value in an event's data.
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

  /// The least and the greatest number allowed, both included.
  struct Bounds: Sendable, Hashable {
    var from: JSONNumber?
    var to: JSONNumber?
  }

  /// The least and the greatest count allowed.
  struct Length: Sendable, Hashable {
    var from: Int?
    var to: Int?
  }

  struct Field: Sendable, Hashable {
    let name: String
    let rule: FieldRule
  }

  /// The rule for fields that a record does not name.
  enum Others: Sendable, Hashable {
    case allowed, refused
    case rule(FieldRule)
  }

  let kind: Kind
  /// Whether the field may be missing from its record.
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

  /// A whole number with a lower bound.
  public static func integer(_ range: PartialRangeFrom<some BinaryInteger>) -> FieldRule {
    integer(from: JSONNumber(range.lowerBound))
  }

  /// A whole number with an upper bound.
  public static func integer(_ range: PartialRangeThrough<some BinaryInteger>) -> FieldRule {
    integer(to: JSONNumber(range.upperBound))
  }

  /// A whole number within bounds of any size, both included.
  public static func integer(from: JSONNumber? = nil, to: JSONNumber? = nil) -> FieldRule {
    FieldRule(.integer(Bounds(from: from, to: to)))
  }

  /// A number of any kind.
  public static var number: FieldRule { FieldRule(.number(Bounds())) }

  /// A number within bounds, both included. It is compared exactly, not as a double.
  public static func number(from: JSONNumber? = nil, to: JSONNumber? = nil) -> FieldRule {
    FieldRule(.number(Bounds(from: from, to: to)))
  }

  /// A decimal number in a text, as in `"12.50"`.
  public static var decimal: FieldRule { decimal() }

  /// A decimal number in a text, with at most `places` digits after the point, within bounds.
  public static func decimal(
    places: Int? = nil, from: JSONNumber? = nil, to: JSONNumber? = nil
  ) -> FieldRule { FieldRule(.decimal(Bounds(from: from, to: to), places: places)) }

  /// Any text.
  public static var text: FieldRule { FieldRule(.text(pattern: nil, length: Length())) }

  /// A text that a regular expression matches, with a length in characters (Unicode scalars).
  ///
  /// The expression may match anywhere in the text; to match all of it, begin with `^` and end with `$`. It is a subset
  /// of JavaScript's that takes time proportional to the text: no look-around, no back references, no `\b`.
  public static func text(
    matching pattern: String? = nil, length: ClosedRange<Int>? = nil
  ) -> FieldRule {
    FieldRule(
      .text(pattern: pattern, length: Length(from: length?.lowerBound, to: length?.upperBound)))
  }

  /// Exactly this value: a text, a number, `true`, `false` or `null`.
  public static func value(_ value: JSONValue) -> FieldRule { FieldRule(.value(value)) }

  /// A value that satisfies one of these rules. A text stands for itself, as in `.oneOf("open", "closed")`.
  public static func oneOf(_ rules: FieldRule...) -> FieldRule { oneOf(rules) }

  /// A value that satisfies one of these rules.
  public static func oneOf(_ rules: [FieldRule]) -> FieldRule { FieldRule(.oneOf(rules)) }

  /// A field that may be missing. Only the fields of a record can be optional.
  public static func optional(_ rule: FieldRule) -> FieldRule {
    var rule = rule
    rule.isOptional = true
    return rule
  }

  /// A value that satisfies the rule, or `null`.
  public static func nullable(_ rule: FieldRule) -> FieldRule {
    var whole = FieldRule(.oneOf([rule.required, .null]))
    whole.isOptional = rule.isOptional
    return whole
  }

  /// An array whose elements all satisfy the rule.
  public static func list(of rule: FieldRule, count: ClosedRange<Int>? = nil) -> FieldRule {
    FieldRule(.list(rule, count: Length(from: count?.lowerBound, to: count?.upperBound)))
  }

  /// An object with these fields; if it is closed, with no others.
  public static func record(
    _ fields: KeyValuePairs<String, FieldRule>, closed: Bool = false
  ) -> FieldRule { record(fields.map { ($0.key, $0.value) }, closed: closed) }

  /// The same, for fields that a program puts together.
  public static func record(
    _ fields: [(String, FieldRule)], closed: Bool = false
  ) -> FieldRule {
    FieldRule(
      .record(
        fields.map { Field(name: $0.0, rule: $0.1) }, others: closed ? .refused : .allowed))
  }

  /// An object with any keys, whose values all satisfy the rule.
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
  /// One form for equal rules: fields are sorted by name, and nested alternatives are flattened.
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
