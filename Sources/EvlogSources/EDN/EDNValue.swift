/// A value of EDN, the data notation of Clojure; exact, with numbers as they are written.
package indirect enum EDNValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// Decimal digits, perhaps after a minus; of any size.
  case integer(String)
  /// A number with a fraction, an exponent or an M, as JSON writes it.
  case decimal(String)
  /// A numerator and a denominator, as in `1/3`.
  case ratio(String)
  /// `Inf`, `-Inf` or `NaN`.
  case symbolic(String)
  case string(String)
  case character(Unicode.Scalar)
  /// Without its colon.
  case keyword(String)
  case symbol(String)
  case list([EDNValue])
  case vector([EDNValue])
  case set([EDNValue])
  case map([Entry])
  case tagged(String, EDNValue)

  package struct Entry: Sendable, Hashable {
    package let key: EDNValue
    package let value: EDNValue

    package init(_ key: EDNValue, _ value: EDNValue) {
      self.key = key
      self.value = value
    }
  }

  /// The text of a name: a keyword, a symbol, a string or a character.
  var name: String? {
    switch self {
    case .keyword(let text), .symbol(let text), .string(let text): text
    case .character(let scalar): String(scalar)
    default: nil
    }
  }

  /// A text that equal values have, and no others: sets and maps in the order of their elements' texts.
  var canonicalText: String {
    func joined(_ values: [EDNValue]) -> String {
      values.map(\.canonicalText).joined(separator: " ")
    }
    func sorted(_ texts: [String]) -> String {
      texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: " ")
    }
    return switch self {
    case .null: "nil"
    case .bool(let value): "\(value)"
    case .integer(let text), .decimal(let text), .ratio(let text), .symbol(let text): text
    case .symbolic(let text): "##\(text)"
    case .string(let text):
      "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    case .character(let scalar): "\\\(scalar)"
    case .keyword(let text): ":\(text)"
    case .list(let values): "(\(joined(values)))"
    case .vector(let values): "[\(joined(values))]"
    case .set(let values): "#{\(sorted(values.map(\.canonicalText)))}"
    case .map(let entries):
      "{\(sorted(entries.map { "\($0.key.canonicalText) \($0.value.canonicalText)" }))}"
    case .tagged(let tag, let value): "#\(tag) \(value.canonicalText)"
    }
  }
}
