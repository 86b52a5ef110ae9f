import EvlogCore
public import EvlogJSON

extension Contract {
  /// The contract as a JSON Schema (2020-12) of an event's line of NDJSON, as it is exported and imported; and the parts
  /// of the contract that the schema cannot express.
  ///
  /// The schema has a condition for each type and version, which says what `data` may be.
  public func jsonSchema() -> (schema: JSONValue, gaps: [SchemaGap]) {
    var writer = SchemaWriter()
    var conditions: [JSONValue] = []
    for (i, event) in events.enumerated() {
      let following = events.dropFirst(i + 1).first
      let next = following.flatMap { Name($0.type) == Name(event.type) ? $0.since : nil }
      let isFirst = i == 0 || Name(events[i - 1].type) != Name(event.type)
      conditions.append(
        .object([
          ("if", SchemaWriter.condition(event, until: next)),
          ("then", writer.consequence(event, needsData: refusesNoData(event))),
        ]))
      if isClosed, isFirst, event.since > 1 {
        writer.gaps.append(
          SchemaGap([event.type], "events of versions below \(event.since) are refused"))
      }
    }
    var schema: [(String, JSONValue)] = [
      ("$schema", .string(SchemaWriter.draft)), ("type", .string("object")),
      ("required", .array([.string("type")])),
    ]
    if !conditions.isEmpty { schema.append(("allOf", .array(conditions))) }
    if isClosed {
      let types = SchemaWriter.names(events)
      schema.append(
        ("properties", .object([("type", .object([("enum", .array(types))]))])))
    }
    return (.object(schema), writer.gaps)
  }

  /// Whether an event without data breaks it.
  private func refusesNoData(_ event: EventContract) -> Bool {
    refusal(
      of: NewEvent(stream: "s", type: event.type, data: [], schemaVersion: event.since)) != nil
  }
}

/// Rules as JSON Schemas.
struct SchemaWriter {
  static let draft = "https://json-schema.org/draft/2020-12/schema"

  var gaps: [SchemaGap] = []

  /// The types, each once.
  static func names(_ events: [EventContract]) -> [JSONValue] {
    events.indices.filter { $0 == 0 || Name(events[$0 - 1].type) != Name(events[$0].type) }
      .map { .string(events[$0].type) }
  }

  /// Which lines are events of a type, from a version on and before another.
  static func condition(_ event: EventContract, until next: UInt32?) -> JSONValue {
    var required = ["type"]
    var version: [(String, JSONValue)] = []
    if event.since > 1 {
      version.append(("minimum", .int(event.since)))
      // A line without a version is of version 1.
      required.append("schemaVersion")
    }
    if let next { version.append(("maximum", .int(next - 1))) }
    var properties = [("type", JSONValue.object([("const", .string(event.type))]))]
    if !version.isEmpty { properties.append(("schemaVersion", .object(version))) }
    return .object([
      ("properties", .object(properties)),
      ("required", .array(required.sorted().map { .string($0) })),
    ])
  }

  mutating func consequence(_ event: EventContract, needsData: Bool) -> JSONValue {
    var members = [
      ("properties", JSONValue.object([("data", schema(of: event.data, [event.type]))]))
    ]
    if needsData { members.append(("required", .array([.string("data")]))) }
    return .object(members)
  }

  private func typed(_ type: String, _ members: [(String, JSONValue?)] = []) -> JSONValue {
    let there = members.compactMap { member in member.1.map { (member.0, $0) } }
    return .object([("type", .string(type))] + there)
  }

  /// The pattern of a decimal number in a text, which is also how one is known again.
  static func decimalPattern(places: Int?) -> String {
    switch places {
    case nil: #"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"#
    case 0?: "^-?(0|[1-9][0-9]*)$"
    case let places?: #"^-?(0|[1-9][0-9]*)(\.[0-9]{1,\#(places)})?$"#
    }
  }

  private mutating func schema(of rule: FieldRule, _ path: [String]) -> JSONValue {
    func number(_ number: JSONNumber?) -> JSONValue? { number.map { .number($0) } }
    func count(_ count: Int?) -> JSONValue? { count.map { .int($0) } }
    switch rule.kind {
    case .any: return .bool(true)
    case .null: return typed("null")
    case .boolean: return typed("boolean")
    case .integer(let bounds):
      return typed("integer", [("minimum", number(bounds.from)), ("maximum", number(bounds.to))])
    case .number(let bounds):
      return typed("number", [("minimum", number(bounds.from)), ("maximum", number(bounds.to))])
    case .decimal(let bounds, let places):
      if bounds.from != nil || bounds.to != nil {
        gaps.append(SchemaGap(path, "the bounds of a decimal number in a text"))
      }
      return typed(
        "string",
        [
          ("format", .string("decimal")),
          ("pattern", .string(Self.decimalPattern(places: places))),
        ])
    case .text(let pattern, let length):
      return typed(
        "string",
        [
          ("pattern", pattern.map { .string($0) }), ("minLength", count(length.from)),
          ("maxLength", count(length.to)),
        ])
    case .value(let value): return .object([("const", value)])
    case .oneOf(let rules):
      let values = rules.compactMap { rule -> JSONValue? in
        if case .value(let value) = rule.kind { value } else { nil }
      }
      if values.count == rules.count { return .object([("enum", .array(values))]) }
      return .object([("anyOf", .array(rules.map { schema(of: $0, path) }))])
    case .list(let item, let length):
      return typed(
        "array",
        [
          ("items", item.kind == .any ? nil : schema(of: item, path + ["[]"])),
          ("minItems", count(length.from)), ("maxItems", count(length.to)),
        ])
    case .record(let fields, let others): return record(fields, others, path)
    }
  }

  private mutating func record(
    _ fields: [FieldRule.Field], _ others: FieldRule.Others, _ path: [String]
  ) -> JSONValue {
    let properties = fields.map { ($0.name, schema(of: $0.rule, path + [$0.name])) }
    let required = fields.filter { !$0.rule.isOptional }.map { JSONValue.string($0.name) }
    let rest: JSONValue? =
      switch others {
      case .allowed: nil
      case .refused: .bool(false)
      case .rule(let rule): schema(of: rule, path + ["*"])
      }
    return typed(
      "object",
      [
        ("properties", properties.isEmpty ? nil : .object(properties)),
        ("required", required.isEmpty ? nil : .array(required)), ("additionalProperties", rest),
      ])
  }
}
