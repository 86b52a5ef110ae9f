import EvlogCore
import EvlogJSON

/// Makes the tables of a contract, and refuses rules that say nothing.
struct ContractCompiler {
  typealias Node = CompiledContract.Node

  private(set) var nodes: [Node] = []
  private(set) var rules: [FieldRule] = []
  private(set) var bounds: [CompiledContract.Bounds] = []
  private(set) var texts: [CompiledContract.TextRule] = []
  private(set) var patterns = PatternTables()
  private(set) var choices: [CompiledContract.Choices] = []
  private(set) var choiceTexts: [Range<Int>] = []
  private(set) var choiceValues: [JSONValue] = []
  private(set) var records: [CompiledContract.Record] = []
  private(set) var fields: [CompiledContract.Field] = []
  private(set) var names: [UInt8] = []
  private(set) var slots: [UInt16] = []
  private(set) var alternatives: [Int] = []
  private var patternNumbers: [Name: Int] = [:]

  private static let nodeLimit = 100_000

  private func error(_ path: [String], _ message: String) -> ContractError {
    ContractError(path.joined(separator: "."), message)
  }

  mutating func node(of rule: FieldRule, _ path: [String]) throws(ContractError) -> Int {
    guard path.count <= CompiledContract.depthLimit else {
      throw error(path, "it is nested deeper than \(CompiledContract.depthLimit)")
    }
    guard nodes.count < Self.nodeLimit else { throw error(path, "the contract has too many rules") }
    let made: Node
    switch rule.kind {
    case .any: made = Node(kind: .any, starts: .all)
    case .null: made = Node(kind: .null, starts: .null)
    case .boolean: made = Node(kind: .boolean, starts: .boolean)
    case .integer(let range): made = try number(.integer, range, .number, path)
    case .number(let range): made = try number(.number, range, .number, path)
    case .decimal(let range, let places):
      made = try number(.decimal, range, .string, places: places, path)
    case .text(let pattern, let length): made = try text(pattern, length, path)
    case .value(let value): made = try choices([value], path)
    case .oneOf(let rules): made = try union(rules, path)
    case .list(let rule, let count): made = try list(rule, count, path)
    case .record(let fields, let others): made = try record(fields, others, path)
    }
    nodes.append(made)
    rules.append(rule)
    return nodes.count - 1
  }

  private mutating func number(
    _ kind: Node.Kind, _ range: FieldRule.Bounds, _ starts: CompiledContract.Starts,
    places: Int? = nil, _ path: [String]
  ) throws(ContractError) -> Node {
    let (from, to) = (range.from.map { ExactNumber($0) }, range.to.map { ExactNumber($0) })
    if let from, let to, to < from { throw error(path, "no number is\(range.words)") }
    if kind == .integer, from?.isWhole == false || to?.isWhole == false {
      throw error(path, "the bounds of an integer are integers")
    }
    if let places, places < 0 { throw error(path, "\(places) places after the point") }
    var node = Node(kind: kind, starts: starts)
    if from != nil || to != nil || places != nil {
      (node.first, node.count) = (bounds.count, 1)
      bounds.append(CompiledContract.Bounds(from: from, to: to, places: places))
    }
    if kind == .integer {
      // What does not fit is beyond every number that is compared with these.
      node.least = range.from.map { Self.saturated($0) } ?? .min
      node.most = range.to.map { Self.saturated($0) } ?? .max
    }
    return node
  }

  private static func saturated(_ number: JSONNumber) -> Int64 {
    Int64(number.text) ?? (number.text.utf8.first == UInt8(ascii: "-") ? .min : .max)
  }

  private func counts(_ length: FieldRule.Length, into node: inout Node, _ path: [String])
    throws(ContractError)
  {
    let (from, to) = (length.from ?? 0, length.to ?? .max)
    guard from >= 0, from <= to else {
      throw error(path, "there is no count\(length.words("one"))")
    }
    (node.least, node.most) = (Int64(from), Int64(to))
  }

  private mutating func text(_ pattern: String?, _ length: FieldRule.Length, _ path: [String])
    throws(ContractError) -> Node
  {
    var number = -1
    if let pattern {
      if let known = patternNumbers[Name(pattern)] {
        number = known
      } else {
        do throws(PatternError) { number = try patterns.add(pattern) } catch {
          throw self.error(
            path,
            "the expression /\(pattern.cut(to: 200))/ cannot be used: \(error.message), at character "
              + "\(error.column)")
        }
        patternNumbers[Name(pattern)] = number
      }
    }
    var node = Node(kind: .text, starts: .string)
    try counts(length, into: &node, path)
    let hasLength = length.from ?? 0 > 0 || length.to != nil
    if number >= 0 || hasLength {
      (node.first, node.count) = (texts.count, 1)
      texts.append(CompiledContract.TextRule(pattern: number, hasLength: hasLength))
    }
    return node
  }

  private mutating func choices(_ values: [JSONValue], _ path: [String]) throws(ContractError)
    -> Node
  {
    var starts: CompiledContract.Starts = []
    let (firstText, firstValue) = (choiceTexts.count, choiceValues.count)
    for value in values {
      switch value {
      case .string(let text):
        starts.insert(.string)
        let start = names.count
        names += text.utf8
        choiceTexts.append(start..<names.count)
      case .number: starts.insert(.number)
      case .bool: starts.insert(.boolean)
      case .null: starts.insert(.null)
      case .array, .object:
        throw error(
          path, "a value is a text, a number, true, false or null, not \(value.canonicalText)")
      }
      if value.stringValue == nil { choiceValues.append(value) }
    }
    choices.append(
      CompiledContract.Choices(
        texts: firstText..<choiceTexts.count, values: firstValue..<choiceValues.count))
    return Node(kind: .choices, first: choices.count - 1, count: 1, starts: starts)
  }

  private mutating func union(_ rules: [FieldRule], _ path: [String]) throws(ContractError) -> Node
  {
    guard !rules.isEmpty else { throw error(path, "'oneOf' has no alternatives") }
    if rules.contains(where: \.isOptional) {
      throw error(path, "only a field of a record can be optional")
    }
    let values = rules.compactMap { rule -> JSONValue? in
      switch rule.kind {
      case .value(let value): value
      case .null: .null
      default: nil
      }
    }
    if values.count == rules.count { return try choices(values, path) }
    var made: [Int] = []
    var starts: CompiledContract.Starts = []
    var cost = 0
    // Values are looked up together, whatever else there is.
    if values.count > 1 {
      nodes.append(try choices(values, path))
      self.rules.append(.oneOf(values.map { .value($0) }))
      made.append(nodes.count - 1)
    }
    for rule in rules {
      if values.count > 1 {
        if case .value = rule.kind { continue }
        if case .null = rule.kind { continue }
      }
      made.append(try node(of: rule, path))
    }
    for node in made {
      starts.formUnion(nodes[node].starts)
      cost += nodes[node].cost
    }
    alternatives += made
    return Node(
      kind: .union, first: alternatives.count - made.count, count: made.count, starts: starts,
      cost: cost)
  }

  private mutating func list(
    _ rule: FieldRule, _ count: FieldRule.Length, _ path: [String]
  ) throws(ContractError) -> Node {
    if rule.isOptional { throw error(path, "only a field of a record can be optional") }
    let item = try node(of: rule, path + ["[]"])
    var node = Node(kind: .list, first: item, count: 1, starts: .array, cost: nodes[item].cost)
    try counts(count, into: &node, path)
    return node
  }

  private mutating func record(
    _ list: [FieldRule.Field], _ others: FieldRule.Others, _ path: [String]
  ) throws(ContractError) -> Node {
    guard list.count <= CompiledContract.fieldLimit else {
      throw error(
        path, "a record has \(list.count) fields, more than \(CompiledContract.fieldLimit)")
    }
    var made: [CompiledContract.Field] = []
    var required = CompiledContract.FieldSet(repeating: 0)
    var cost = 1
    var known: Set<Name> = []
    for (i, field) in list.enumerated() {
      guard known.insert(Name(field.name)).inserted else {
        throw error(path, "it has the field '\(field.name)' twice")
      }
      let node = try node(of: field.rule, path + [field.name])
      cost = max(cost, nodes[node].cost)
      if !field.rule.isOptional { required[i / 64] |= 1 << UInt64(i % 64) }
      let start = names.count
      names += field.name.utf8
      made.append(CompiledContract.Field(name: start..<names.count, node: node))
    }
    var rest = -1
    switch others {
    case .allowed: break
    case .refused: rest = -2
    case .rule(let rule):
      if rule.isOptional { throw error(path, "only a field of a record can be optional") }
      rest = try node(of: rule, path + ["*"])
      cost = max(cost, nodes[rest].cost)
    }
    var places = [UInt16](repeating: 0, count: 8)
    while places.count < 2 * made.count { places += places }
    for (i, field) in made.enumerated() {
      let name = names.span.extracting(field.name)
      var place = CompiledContract.hash(name) & (places.count - 1)
      while places[place] != 0 { place = (place + 1) & (places.count - 1) }
      places[place] = UInt16(i + 1)
    }
    records.append(
      CompiledContract.Record(
        fields: fields.count, required: required, slots: slots.count, slotCount: places.count,
        others: rest))
    fields += made
    slots += places
    return Node(
      kind: .record, first: records.count - 1, count: made.count, starts: .object, cost: cost)
  }
}
