import EvlogCore
public import EvlogJSON

extension Contract {
  /// Reads a JSON Schema (2020-12) that ``jsonSchema()`` has written or, with `type`, the schema of that event type's
  /// data. Also returns the parts of the schema that a contract cannot express; the contract leaves them out.
  ///
  /// Read are `type`, `properties`, `required`, `additionalProperties`, `items`, `minItems`, `maxItems`, `pattern`,
  /// `minLength`, `maxLength`, `minimum`, `maximum`, `const`, `enum`, `anyOf`, `$ref` to `$defs` of the same document,
  /// `true`, and annotations. Throws if the rest is not a contract.
  public static func importing(
    jsonSchema schema: JSONValue, ofDataOf type: String? = nil
  ) throws(ContractError) -> (contract: Contract, gaps: [SchemaGap]) {
    var reader = SchemaReader(schema)
    var events: [EventContract] = []
    var isClosed = false
    if let type {
      events.append(EventContract(type, reader.rule(schema, [type])))
    } else {
      (events, isClosed) = try reader.lines(schema)
    }
    return (try Contract(events, closed: isClosed), reader.gaps)
  }
}

/// JSON Schemas as rules.
struct SchemaReader {
  private(set) var gaps: [SchemaGap] = []
  private let definitions: JSONValue?
  /// The references that are being followed, so that none leads into itself.
  private var followed: [String] = []

  init(_ schema: JSONValue) { definitions = schema["$defs"] }

  /// What is for people, or says what a document is.
  private static let remarks: Set<String> = [
    "$schema", "$id", "$comment", "$defs", "title", "description", "default", "examples",
    "deprecated", "readOnly", "writeOnly",
  ]

  private mutating func miss(_ path: [String], _ what: String) {
    let gap = SchemaGap(path, what)
    if !gaps.contains(gap) { gaps.append(gap) }
  }

  // MARK: Events

  /// The events that a schema of lines speaks of.
  mutating func lines(_ schema: JSONValue) throws(ContractError) -> ([EventContract], Bool) {
    guard case .object(let object) = schema else {
      throw ContractError("", "a JSON Schema of events is an object")
    }
    var events: [EventContract] = []
    for item in object["allOf"]?.arrayValue ?? [] {
      if let event = event(item) {
        events.append(event)
      } else {
        miss(["allOf"], item.canonicalText.cut(to: 100))
      }
    }
    guard !events.isEmpty else {
      throw ContractError(
        "",
        "the schema has no conditions on events, as an exported one has; if it describes the data of one event "
          + "type, name the type")
    }
    let types = JSONValue.array(
      SchemaWriter.names(events.sorted { Name($0.type) < Name($1.type) }))
    let closed = JSONValue.object([("type", .object([("enum", types)]))])
    let isClosed = object["properties"] == closed
    for member in object.members where !Self.remarks.contains(member.key) {
      switch member.key {
      case "allOf": continue
      case "type" where member.value == .string("object"): continue
      case "required" where member.value == .array([.string("type")]): continue
      case "properties" where isClosed: continue
      default: miss([], "'\(member.key)'")
      }
    }
    return (events, isClosed)
  }

  /// One condition as an export has it; nil for another.
  private mutating func event(_ item: JSONValue) -> EventContract? {
    guard case .object(let object) = item, object.members.count == 2, let condition = object["if"],
      case .object(let then)? = object["then"],
      let type = condition["properties"]?["type"]?["const"]?.stringValue,
      case .object(let properties)? = then["properties"], let data = properties["data"]
    else { return nil }
    let version = condition["properties"]?["schemaVersion"]
    let since = version?["minimum"]?.integer(UInt32.self) ?? 1
    let until = version?["maximum"]?.integer(UInt32.self).map { $0 &+ 1 }
    let shape = EventContract(type, since: since, .any)
    guard condition == SchemaWriter.condition(shape, until: until) else { return nil }
    for key in then.members.map(\.key) where key != "properties" && key != "required" {
      miss([type], "'\(key)'")
    }
    for key in properties.members.map(\.key) where key != "data" { miss([type], "'\(key)'") }
    return EventContract(type, since: since, rule(data, [type]))
  }

  // MARK: Rules

  mutating func rule(_ schema: JSONValue, _ path: [String]) -> FieldRule {
    guard path.count <= CompiledContract.depthLimit else {
      miss(path, "nesting deeper than \(CompiledContract.depthLimit)")
      return .any
    }
    if schema == .bool(true) { return .any }
    guard case .object(let object) = schema else {
      miss(path, schema.canonicalText.cut(to: 100))
      return .any
    }
    let members = object.members.filter { !Self.remarks.contains($0.key) }
    if members.isEmpty { return .any }
    if let reference = object["$ref"] { return follow(reference, members, path) }
    if let values = object["enum"]?.arrayValue {
      refuseOthers(members, than: ["enum", "type"], path)
      return .oneOf(values.compactMap { value(of: $0, path) })
    }
    if let value = object["const"] {
      refuseOthers(members, than: ["const", "type"], path)
      return self.value(of: value, path) ?? .any
    }
    for name in ["anyOf", "oneOf"] {
      guard let items = object[name]?.arrayValue else { continue }
      refuseOthers(members, than: [name], path)
      let rules = items.map { rule($0, path) }
      if name == "oneOf", Self.overlap(rules) {
        miss(path, "that exactly one of the alternatives of 'oneOf' holds")
      }
      return .oneOf(rules)
    }
    switch object["type"] {
    case .string(let type)?: return typed(type, object, members, path)
    case .array(let types)?:
      let names = types.compactMap(\.stringValue)
      let rules = names.map { name in
        typed(name, object, members.filter { Self.isAbout($0.key, name, names) }, path)
      }
      return .oneOf(rules)
    default:
      for member in members { miss(path, "'\(member.key)' without a 'type'") }
      return .any
    }
  }

  private mutating func refuseOthers(
    _ members: [JSONObject.Member], than known: Set<String>, _ path: [String]
  ) {
    for member in members where !known.contains(member.key) {
      miss(path, "'\(member.key)' beside '\(known.subtracting(["type"]).sorted()[0])'")
    }
  }

  private mutating func value(of value: JSONValue, _ path: [String]) -> FieldRule? {
    switch value {
    case .array, .object:
      miss(path, "a value that is an array or an object: \(value.canonicalText.cut(to: 60))")
      return nil
    default: return .value(value)
    }
  }

  private mutating func follow(
    _ reference: JSONValue, _ members: [JSONObject.Member], _ path: [String]
  ) -> FieldRule {
    refuseOthers(members, than: ["$ref"], path)
    let prefix = "#/$defs/"
    guard let text = reference.stringValue, text.hasPrefix(prefix),
      let definition = definitions?[String(text.dropFirst(prefix.count))]
    else {
      miss(path, "the reference \(reference.canonicalText)")
      return .any
    }
    guard !followed.contains(text) else {
      miss(path, "the reference \(text) into itself")
      return .any
    }
    followed.append(text)
    defer { followed.removeLast() }
    return rule(definition, path)
  }

  /// Whether a value can be right by two of some rules.
  private static func overlap(_ rules: [FieldRule]) -> Bool {
    var compiler = ContractCompiler()
    var seen: CompiledContract.Starts = []
    for rule in rules {
      // What cannot be compiled is reported when the contract is made.
      guard let node = try? compiler.node(of: rule.normalized, []) else { return true }
      let starts = compiler.nodes[node].starts
      if !seen.isDisjoint(with: starts) { return true }
      seen.formUnion(starts)
    }
    return false
  }

  /// By type, what can be said of its values.
  private static let keywords: [String: Set<String>] = [
    "object": ["properties", "required", "additionalProperties"],
    "array": ["items", "minItems", "maxItems"],
    "string": ["pattern", "minLength", "maxLength", "format"],
    "integer": ["minimum", "maximum"], "number": ["minimum", "maximum"],
  ]

  /// Whether a keyword is to be looked at for one of several types: it is of it, or of none.
  private static func isAbout(_ keyword: String, _ type: String, _ types: [String]) -> Bool {
    if keyword == "type" || keywords[type]?.contains(keyword) == true { return true }
    return !types.contains { keywords[$0]?.contains(keyword) == true }
  }

  private mutating func typed(
    _ type: String, _ object: JSONObject, _ members: [JSONObject.Member], _ path: [String]
  ) -> FieldRule {
    let known = Self.keywords[type] ?? []
    for member in members where member.key != "type" && !known.contains(member.key) {
      miss(path, "'\(member.key)'")
    }
    switch type {
    case "null": return .null
    case "boolean": return .boolean
    case "integer":
      let bounds = bounds(object, path)
      // Between two integers there are no others than from the one to the other.
      return .integer(from: bounds.from, to: bounds.to)
    case "number":
      let bounds = bounds(object, path)
      return .number(from: bounds.from, to: bounds.to)
    case "string": return text(object, path)
    case "array":
      let item = object["items"].map { rule($0, path + ["[]"]) } ?? .any
      return FieldRule(
        .list(item, count: length(object, "minItems", "maxItems", path)))
    case "object": return record(object, path)
    default:
      miss(path, "the type '\(type)'")
      return .any
    }
  }

  private mutating func bounds(_ object: JSONObject, _ path: [String]) -> FieldRule.Bounds {
    var bounds = FieldRule.Bounds()
    for (key, place) in [("minimum", \FieldRule.Bounds.from), ("maximum", \FieldRule.Bounds.to)] {
      guard let value = object[key] else { continue }
      if case .number(let number) = value {
        bounds[keyPath: place] = number
      } else {
        miss(path, "'\(key)' \(value.canonicalText.cut(to: 60))")
      }
    }
    return bounds
  }

  private mutating func length(
    _ object: JSONObject, _ least: String, _ most: String, _ path: [String]
  ) -> FieldRule.Length {
    var length = FieldRule.Length()
    for (key, place) in [(least, \FieldRule.Length.from), (most, \FieldRule.Length.to)] {
      guard let value = object[key] else { continue }
      if let count = value.integer(Int.self), count >= 0 {
        length[keyPath: place] = count
      } else {
        miss(path, "'\(key)' \(value.canonicalText.cut(to: 60))")
      }
    }
    return length
  }

  private mutating func text(_ object: JSONObject, _ path: [String]) -> FieldRule {
    let pattern = object["pattern"]?.stringValue
    if object["format"] == .string("decimal"), let pattern,
      let places = Self.decimalPlaces(pattern)
    {
      return .decimal(places: places)
    }
    if let format = object["format"] { miss(path, "'format' \(format.canonicalText)") }
    var usable = pattern
    if let pattern {
      var tables = PatternTables()
      do throws(PatternError) { _ = try tables.add(pattern) } catch {
        miss(path, "the pattern /\(pattern.cut(to: 100))/: \(error.message)")
        usable = nil
      }
    } else if let other = object["pattern"] {
      miss(path, "'pattern' \(other.canonicalText.cut(to: 60))")
    }
    return FieldRule(
      .text(pattern: usable, length: length(object, "minLength", "maxLength", path)))
  }

  /// The digits after the point in the pattern of a decimal number: nil if it is another pattern, and any number of
  /// them is a nil within.
  private static func decimalPlaces(_ pattern: String) -> Int?? {
    if pattern == SchemaWriter.decimalPattern(places: nil) { return .some(nil) }
    if pattern == SchemaWriter.decimalPattern(places: 0) { return .some(0) }
    guard let start = pattern.utf8.lastIndex(of: UInt8(ascii: ",")),
      let end = pattern.utf8.lastIndex(of: UInt8(ascii: "}")), start < end,
      let places = Int(pattern[pattern.utf8.index(after: start)..<end]),
      pattern == SchemaWriter.decimalPattern(places: places)
    else { return nil }
    return .some(places)
  }

  private mutating func record(_ object: JSONObject, _ path: [String]) -> FieldRule {
    var required: Set<Name> = []
    for item in object["required"]?.arrayValue ?? [] {
      if let name = item.stringValue { required.insert(Name(name)) }
    }
    var fields: [FieldRule.Field] = []
    if case .object(let properties)? = object["properties"] {
      for member in properties.members {
        var rule = rule(member.value, path + [member.key])
        rule.isOptional = required.remove(Name(member.key)) == nil
        fields.append(FieldRule.Field(name: member.key, rule: rule))
      }
    }
    var others = FieldRule.Others.allowed
    switch object["additionalProperties"] {
    case nil, .bool(true)?: break
    case .bool(false)?: others = .refused
    case let rest?: others = .rule(rule(rest, path + ["*"]))
    }
    // What must be there without being described is any value, unless the others are.
    for name in required.sorted() {
      let rule: FieldRule = if case .rule(let rule) = others { rule } else { .any }
      if others == .refused { miss(path, "that '\(name)' is required, and not allowed") }
      fields.append(FieldRule.Field(name: name.string, rule: rule))
    }
    return FieldRule(.record(fields, others: others))
  }
}
