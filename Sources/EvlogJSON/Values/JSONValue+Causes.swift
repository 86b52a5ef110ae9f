extension JSONValue {
  /// The causes of an event, as they are in its JSON: null for none, a text for one, an array of texts for several.
  package init(causes: [String]) {
    switch causes.count {
    case 0: self = .null
    case 1: self = .string(causes[0])
    default: self = .array(causes.map { .string($0) })
    }
  }

  /// The causes that a value stands for; nil if it is neither null nor a text nor an array of texts.
  package var causes: [String]? {
    switch self {
    case .null: return []
    case .string(let cause): return [cause]
    case .array(let items):
      let texts = items.compactMap(\.stringValue)
      return texts.count == items.count ? texts : nil
    default: return nil
    }
  }
}
