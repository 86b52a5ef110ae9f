import EvlogCore
public import EvlogJSON

// The text of a contract.
extension Contract {
  /// The text as a value.
  public var json: JSONValue { Self.json(events, isClosed: isClosed) }

  static func json(_ events: [EventContract], isClosed: Bool) -> JSONValue {
    var byType: [(String, [JSONValue])] = []
    for event in events {
      let one = JSONValue.object([("data", event.data.json), ("since", .int(event.since))])
      if let last = byType.indices.last, Name(byType[last].0) == Name(event.type) {
        byType[last].1.append(one)
      } else {
        byType.append((event.type, [one]))
      }
    }
    var members: [(String, JSONValue)] = [
      ("contract", .int(ContractReader.version)),
      ("events", .object(byType.map { ($0.0, .array($0.1)) })),
    ]
    if isClosed { members.append(("closed", .bool(true))) }
    return .object(members)
  }
}

extension FieldRule {
  var json: JSONValue {
    func named(_ name: String, _ members: [(String, JSONValue?)]) -> JSONValue {
      let there = members.compactMap { member in member.1.map { (member.0, $0) } }
      return there.isEmpty ? .string(name) : .object([(name, .object(there))])
    }
    func bounds(_ bounds: Bounds) -> [(String, JSONValue?)] {
      [("from", bounds.from.map { .number($0) }), ("to", bounds.to.map { .number($0) })]
    }
    func length(_ length: Length) -> [(String, JSONValue?)] {
      [("from", length.from.map { .int($0) }), ("to", length.to.map { .int($0) })]
    }
    func object(_ members: [(String, JSONValue?)]) -> JSONValue {
      .object(members.compactMap { member in member.1.map { (member.0, $0) } })
    }
    switch kind {
    case .any: return .string("any")
    case .null: return .string("null")
    case .boolean: return .string("boolean")
    case .integer(let range): return named("integer", bounds(range))
    case .number(let range): return named("number", bounds(range))
    case .decimal(let range, let places):
      return named("decimal", bounds(range) + [("places", places.map { .int($0) })])
    case .text(let pattern, let count):
      return named("text", length(count) + [("matching", pattern.map { .string($0) })])
    case .value(let value): return object([("value", value)])
    case .oneOf(let rules): return object([("oneOf", .array(rules.map(\.json)))])
    case .list(let rule, let count): return object([("list", rule.json)] + length(count))
    case .record(let fields, let others):
      let optional = fields.filter(\.rule.isOptional).map { JSONValue.string($0.name) }
      let rest: JSONValue? =
        switch others {
        case .allowed: nil
        case .refused: .string("none")
        case .rule(let rule): rule.json
        }
      return object([
        ("record", .object(fields.map { ($0.name, $0.rule.json) })),
        ("optional", optional.isEmpty ? nil : .array(optional)), ("others", rest),
      ])
    }
  }
}
