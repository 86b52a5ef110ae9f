import EvlogCore
public import EvlogJSON

extension Contract {
  /// Reads a contract's text, as ``text`` has it, or with spaces and in another order.
  public init(parsing text: String) throws(ContractError) {
    let json: JSONValue
    do throws(JSONParser.Failure) { json = try JSONParser.parse(text) } catch {
      throw ContractError("", "its text is not JSON: \(error)")
    }
    try self.init(json: json)
  }

  /// Reads a contract of the value of its text.
  public init(json: JSONValue) throws(ContractError) {
    let reader = ContractReader()
    let members = try reader.members(of: json, [], ["contract", "closed", "events"])
    guard let version = members["contract"] else {
      throw ContractError("", #"it has no member "contract", which is \#(ContractReader.version)"#)
    }
    guard version == .int(ContractReader.version) else {
      throw ContractError(
        "",
        "it is of version \(version.canonicalText), and this evlog reads \(ContractReader.version)")
    }
    var isClosed = false
    switch members["closed"] {
    case nil: break
    case .bool(let value)?: isClosed = value
    case let other?:
      throw ContractError("", #""closed" is \#(other.canonicalText), not true or false"#)
    }
    guard case .object(let types)? = members["events"] else {
      throw ContractError("", #"it has no object "events", with what each event type may be"#)
    }
    var events: [EventContract] = []
    for type in types.members {
      guard case .array(let versions) = type.value, !versions.isEmpty else {
        throw ContractError(type.key, "it must be a list of {since, data}")
      }
      for version in versions {
        let path = [type.key]
        let members = try reader.members(of: version, path, ["since", "data"])
        guard let since = (members["since"] ?? .int(1)).integer(UInt32.self),
          let data = members["data"]
        else { throw ContractError(type.key, #"it needs "data", and a version in "since""#) }
        events.append(EventContract(type.key, since: since, try reader.rule(data, path)))
      }
    }
    try self.init(events, closed: isClosed)
  }
}

/// Reads rules, and says where what it reads is none.
struct ContractReader {
  /// The version of the text.
  static let version = 1

  /// The members of an object that has no others than these.
  func members(of value: JSONValue, _ path: [String], _ known: Set<String>) throws(ContractError)
    -> JSONObject
  {
    guard case .object(let object) = value else {
      throw error(path, "\(shown(value)) is not an object with \(list(known))")
    }
    if let other = object.members.first(where: { !known.contains($0.key) }) {
      throw error(path, "'\(other.key)' is not known here; there are \(list(known))")
    }
    return object
  }

  func rule(_ value: JSONValue, _ path: [String]) throws(ContractError) -> FieldRule {
    if path.count > CompiledContract.depthLimit { throw error(path, "it is nested too deep") }
    if case .string(let name) = value { return try plain(name, .object([]), path) }
    guard case .object(let object) = value else {
      throw error(path, "\(shown(value)) is not a rule")
    }
    for (name, others) in Self.kinds where object[name] != nil {
      let members = try members(of: value, path, Set(others + [name]))
      guard let argument = members[name] else { continue }
      switch name {
      case "value": return .value(argument)
      case "oneOf":
        guard case .array(let items) = argument else {
          throw error(path, "'oneOf' needs a list of rules")
        }
        var rules: [FieldRule] = []
        for item in items { rules.append(try rule(item, path)) }
        return .oneOf(rules)
      case "list":
        return FieldRule(
          .list(try rule(argument, path + ["[]"]), count: try length(members, path)))
      case "record": return try record(argument, members, path)
      default: return try plain(name, argument, path)
      }
    }
    throw error(path, "\(shown(value)) is not a rule; there are \(Self.ruleNames)")
  }

  /// What follows the word that says which rule it is.
  private static let kinds: [(String, [String])] = [
    ("integer", []), ("number", []), ("decimal", []), ("text", []), ("value", []), ("oneOf", []),
    ("list", ["from", "to"]), ("record", ["optional", "others"]),
  ]
  private static let ruleNames =
    "any, null, boolean, integer, number, decimal, text, value, oneOf, list and record"

  private func plain(_ name: String, _ argument: JSONValue, _ path: [String]) throws(ContractError)
    -> FieldRule
  {
    switch name {
    case "any": return .any
    case "null": return .null
    case "boolean": return .boolean
    case "integer":
      return FieldRule(.integer(try bounds(members(of: argument, path, ["from", "to"]), path)))
    case "number":
      return FieldRule(.number(try bounds(members(of: argument, path, ["from", "to"]), path)))
    case "decimal":
      let members = try members(of: argument, path, ["from", "to", "places"])
      return FieldRule(
        .decimal(try bounds(members, path), places: try count("places", members, path)))
    case "text":
      let members = try members(of: argument, path, ["from", "to", "matching"])
      var pattern: String?
      if let value = members["matching"] {
        guard case .string(let text) = value else {
          throw error(path, "'matching' needs a regular expression in a text")
        }
        pattern = text
      }
      return FieldRule(.text(pattern: pattern, length: try length(members, path)))
    default: throw error(path, "'\(name)' is not a rule; there are \(Self.ruleNames)")
    }
  }

  private func record(_ fields: JSONValue, _ members: JSONObject, _ path: [String])
    throws(ContractError) -> FieldRule
  {
    guard case .object(let object) = fields else {
      throw error(path, "'record' needs an object with a rule for each field")
    }
    var optional: Set<Name> = []
    guard case .array(let names) = members["optional"] ?? .array([]) else {
      throw error(path, "'optional' needs a list of the record's fields")
    }
    for item in names {
      guard let name = item.stringValue, object[name] != nil else {
        throw error(path, "'optional' names \(shown(item)), which is not a field")
      }
      optional.insert(Name(name))
    }
    var list: [FieldRule.Field] = []
    for field in object.members {
      var rule = try rule(field.value, path + [field.key])
      rule.isOptional = optional.contains(Name(field.key))
      list.append(FieldRule.Field(name: field.key, rule: rule))
    }
    var others = FieldRule.Others.allowed
    if let rest = members["others"] {
      others = rest == .string("none") ? .refused : .rule(try rule(rest, path + ["*"]))
    }
    return FieldRule(.record(list, others: others))
  }

  private func bounds(_ members: JSONObject, _ path: [String]) throws(ContractError)
    -> FieldRule.Bounds
  {
    FieldRule.Bounds(
      from: try number("from", members, path), to: try number("to", members, path))
  }

  private func number(_ name: String, _ members: JSONObject, _ path: [String])
    throws(ContractError) -> JSONNumber?
  {
    guard let value = members[name] else { return nil }
    guard case .number(let number) = value else {
      throw error(path, "'\(name)' is \(shown(value)), not a number")
    }
    return number
  }

  private func length(_ members: JSONObject, _ path: [String]) throws(ContractError)
    -> FieldRule.Length
  {
    FieldRule.Length(from: try count("from", members, path), to: try count("to", members, path))
  }

  private func count(_ name: String, _ members: JSONObject, _ path: [String])
    throws(ContractError) -> Int?
  {
    guard let value = members[name] else { return nil }
    guard let count = value.integer(Int.self), count >= 0 else {
      throw error(path, "'\(name)' is \(shown(value)), not a whole number from 0 on")
    }
    return count
  }

  private func shown(_ value: JSONValue) -> String { value.canonicalText.cut(to: 60) }

  private func list(_ names: Set<String>) -> String {
    names.sorted().map { "'\($0)'" }.joined(separator: ", ")
  }

  private func error(_ path: [String], _ message: String) -> ContractError {
    ContractError(path.joined(separator: "."), message)
  }
}

extension String {
  /// The beginning of a text that may be long.
  func cut(to count: Int) -> String {
    utf8.count <= count ? self : "\(prefix(count))…"
  }
}
