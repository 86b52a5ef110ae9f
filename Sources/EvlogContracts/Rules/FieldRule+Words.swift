import EvlogJSON

extension FieldRule {
  /// The rule in words, as they follow "must be".
  public var words: String { words(depth: 0) }

  private static let depthLimit = 3
  private static let someAlternatives = 12

  private func words(depth: Int) -> String {
    switch kind {
    case .any: return "any value"
    case .null: return "null"
    case .boolean: return "true or false"
    case .integer(let bounds): return "an integer" + bounds.words
    case .number(let bounds): return "a number" + bounds.words
    case .decimal(let bounds, let places):
      let digits = places.map { " with at most \($0) \($0 == 1 ? "place" : "places")" } ?? ""
      return "a decimal number in a text" + digits + bounds.words
    case .text(let pattern, let length):
      return "a text" + length.words("character") + (pattern.map { " that matches /\($0)/" } ?? "")
    case .value(let value): return value.canonicalText
    case .oneOf(let rules):
      let some = rules.prefix(Self.someAlternatives).map { $0.words(depth: depth + 1) }
      guard some.count == rules.count, let last = some.last else {
        return some.joined(separator: ", ") + " or \(rules.count - some.count) others"
      }
      let first = some.dropLast()
      return first.isEmpty ? last : first.joined(separator: ", ") + " or " + last
    case .list(let rule, let count):
      let items = depth < Self.depthLimit ? ", each \(rule.words(depth: depth + 1))" : ""
      return "a list" + count.words("element") + (rule.kind == .any ? "" : items)
    case .record(let fields, let others):
      if fields.isEmpty, case .rule(let rule) = others {
        return "an object whose values are each \(rule.words(depth: depth + 1))"
      }
      let names = fields.map(\.name).prefix(Self.someAlternatives).joined(separator: ", ")
      if names.isEmpty { return "an object" }
      return "an object with \(names)" + (fields.count > Self.someAlternatives ? ", …" : "")
    }
  }
}

extension EventContract {
  /// The rule for each field in words. Data that is not a record has one line for the whole.
  public var lines: [(name: String, words: String)] {
    guard case .record(let fields, let others) = data.kind, !fields.isEmpty else {
      return [("data", data.words)]
    }
    let named = fields.map { field in
      (field.name, field.rule.words + (field.rule.isOptional ? ", or missing" : ""))
    }
    return switch others {
    case .allowed: named
    case .refused: named + [("other fields", "refused")]
    case .rule(let rule): named + [("other fields", rule.words)]
    }
  }
}

extension FieldRule.Bounds {
  var words: String {
    switch (from, to) {
    case (nil, nil): ""
    case (let from?, nil): " from \(from) on"
    case (nil, let to?): " up to \(to)"
    case (let from?, let to?): from == to ? " equal to \(from)" : " from \(from) to \(to)"
    }
  }
}

extension FieldRule.Length {
  func words(_ unit: String) -> String {
    func count(_ n: Int) -> String { n == 1 ? "1 \(unit)" : "\(n) \(unit)s" }
    return switch (from, to) {
    case (nil, nil): ""
    case (let from?, nil): " of at least \(count(from))"
    case (nil, let to?): " of at most \(count(to))"
    case (let from?, let to?): from == to ? " of \(count(to))" : " of \(from) to \(count(to))"
    }
  }
}
