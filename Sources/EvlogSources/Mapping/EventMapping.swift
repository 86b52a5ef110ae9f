import EvlogJSON
import EvlogStore

/// Where the fields of an event are in the records of an input, as `stream="order-"+order.id,type=kind` says it.
package struct EventMapping: Sendable {
  /// A field of an event.
  package enum Field: String, Sendable, CaseIterable {
    case stream, type, time, data, data64, id, causation, correlation, metadata, metadata64
    case schemaVersion, contentType

    /// Whether its value is kept as it is, and not read as a text.
    var isWhole: Bool { self == .data || self == .metadata || self == .causation }
  }

  /// A value of a record that a field is made of.
  struct Operand: Sendable, Hashable {
    /// As it is written, without what stands around it.
    let text: String
    let path: StatePath
    /// The way from there, if the value is a text that is JSON.
    var inner: StatePath?
    /// Whether it is the bytes of the text, whatever they are.
    var isRaw = false
  }

  enum Part: Sendable {
    case constant(String)
    case operand(Int)
  }

  struct Rule: Sendable {
    let field: Field
    var parts: [Part]
  }

  private(set) var rules: [Rule] = []
  private(set) var operands: [Operand] = []

  /// A text is no mapping: what is wrong.
  package struct Invalid: Error, CustomStringConvertible {
    package let description: String
  }

  package init() {}

  package init(_ text: String) throws(Invalid) {
    var reader = MappingReader(text)
    repeat {
      let name = try reader.name()
      guard let field = Field(rawValue: name) else {
        throw Invalid(
          description: "'\(name)' is not a field of an event. There are "
            + "\(Field.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      if maps(field) { throw Invalid(description: "'\(name)' appears twice") }
      var rule = Rule(field: field, parts: [])
      repeat {
        switch try reader.term() {
        case .constant(let text): rule.parts.append(.constant(text))
        case .operand(let operand): rule.parts.append(.operand(index(of: operand)))
        }
      } while reader.skip(UInt8(ascii: "+"))
      if field.isWhole, rule.parts.count > 1 {
        throw Invalid(description: "'\(name)' is a single value; it cannot be joined from several")
      }
      rules.append(rule)
    } while try reader.hasAnother()
  }

  /// Adds the fields of another mapping that this one does not have.
  mutating func add(missingFrom other: EventMapping) {
    for rule in other.rules where !maps(rule.field) {
      let parts = rule.parts.map { part -> Part in
        guard case .operand(let operand) = part else { return part }
        return .operand(index(of: other.operands[operand]))
      }
      rules.append(Rule(field: rule.field, parts: parts))
    }
  }

  /// Takes away the fields that some operand is not there for.
  mutating func removeFields(without isThere: (Operand) -> Bool) {
    rules.removeAll { rule in
      rule.parts.contains { part in
        guard case .operand(let operand) = part else { return false }
        return !isThere(operands[operand])
      }
    }
  }

  package func maps(_ field: Field) -> Bool { rules.contains { $0.field == field } }

  /// Adds a field that a record has as it is.
  mutating func add(_ field: Field, from operand: Operand) {
    rules.append(Rule(field: field, parts: [.operand(index(of: operand))]))
  }

  private mutating func index(of operand: Operand) -> Int {
    if let known = operands.firstIndex(of: operand) { return known }
    operands.append(operand)
    return operands.count - 1
  }
}

/// What stands in a record where a mapping looks.
enum MappedValue {
  case absent
  /// A text that is no JSON, such as a column's.
  case text(String)
  /// JSON, as it is written.
  case json(ArraySlice<UInt8>)
  /// Bytes that need not be a text, such as those of a column of a table.
  case bytes(ArraySlice<UInt8>)
}

/// Why a mapping makes no event of a record.
struct MappingProblem: Error {
  let problem: SourceError.Problem
  /// The operand where it is.
  let operand: Int?

  init(_ problem: SourceError.Problem, at operand: Int? = nil) {
    (self.problem, self.operand) = (problem, operand)
  }

  init(_ message: String, at operand: Int? = nil) { self.init(.malformed(message), at: operand) }
}

extension EventMapping {
  /// Gives an event the fields that the values of a record make.
  func apply(_ values: [MappedValue], to event: inout NewEvent, times: TimeFormat)
    throws(MappingProblem)
  {
    for rule in rules {
      let first: Int? = if case .operand(let operand)? = rule.parts.first { operand } else { nil }
      func wrong(_ message: String) -> MappingProblem {
        MappingProblem("'\(rule.field.rawValue)' \(message)", at: first)
      }
      switch rule.field {
      case .stream: event.stream = try required(rule, values)
      case .type: event.type = try required(rule, values)
      case .id: event.id = try text(rule, values)
      case .correlation: event.correlation = try text(rule, values)
      case .contentType:
        if let text = try text(rule, values) { event.contentType = text }
      case .time:
        guard let text = try text(rule, values) else { break }
        guard let time = times.time(text) else { throw wrong(times.rule(for: text)) }
        event.recordedAt = time
      case .schemaVersion:
        guard let text = try text(rule, values) else { break }
        guard let version = UInt32(text) else { throw wrong("must be a whole number.") }
        event.schemaVersion = version
      case .causation:
        switch whole(rule, values) {
        case .absent: break
        case .text(let text): event.causation = [text]
        case .bytes: throw wrong("must be a text, or an array of texts.")
        case .json(let bytes):
          guard let causes = JSONValue(validating: bytes)?.causes else {
            throw wrong("must be a text, or an array of texts.")
          }
          event.causation = causes
        }
      case .data:
        if let bytes = bytes(rule, values) { event.data = bytes }
      case .metadata: event.metadata = bytes(rule, values) ?? event.metadata
      case .data64, .metadata64:
        guard let text = try text(rule, values) else { break }
        guard let bytes = Base64.decode(text) else { throw wrong("must be base64.") }
        if rule.field == .data64 { event.data = bytes } else { event.metadata = bytes }
      }
    }
  }

  private func whole(_ rule: Rule, _ values: [MappedValue]) -> MappedValue {
    switch rule.parts[0] {
    case .constant(let text): .text(text)
    case .operand(let operand): values[operand]
    }
  }

  /// A value as JSON; nil if there is none.
  private func bytes(_ rule: Rule, _ values: [MappedValue]) -> [UInt8]? {
    switch whole(rule, values) {
    case .absent: return nil
    case .json(let bytes): return Array(OneLine.json(bytes))
    case .bytes(let bytes): return Array(bytes)
    case .text(let text):
      var bytes: [UInt8] = []
      JSONValue.write(text, to: &bytes)
      return bytes
    }
  }

  private func required(_ rule: Rule, _ values: [MappedValue]) throws(MappingProblem) -> String {
    if let text = try text(rule, values), !text.isEmpty { return text }
    for case .operand(let operand) in rule.parts {
      guard try text(values[operand], operand) == nil else { continue }
      throw MappingProblem(
        "'\(rule.field.rawValue)' is missing: there is no value for \(operands[operand].text).",
        at: operand)
    }
    throw MappingProblem("'\(rule.field.rawValue)' is empty.")
  }

  /// The text of a rule; nil if a value of it is missing.
  private func text(_ rule: Rule, _ values: [MappedValue]) throws(MappingProblem) -> String? {
    var whole = ""
    for part in rule.parts {
      switch part {
      case .constant(let text): whole += text
      case .operand(let operand):
        guard let text = try text(values[operand], operand) else { return nil }
        if rule.parts.count == 1 { return text }
        whole += text
      }
    }
    return whole
  }

  /// A text, or a number or a boolean as it is written; nil for null.
  private func text(_ value: MappedValue, _ operand: Int) throws(MappingProblem) -> String? {
    switch value {
    case .absent: return nil
    case .text(let text): return text
    case .bytes(let bytes):
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw MappingProblem("\(operands[operand].text) is bytes that are no text.", at: operand)
      }
      return text
    case .json(let bytes):
      switch bytes.first {
      case UInt8(ascii: "\""): return EventLine.text(bytes)
      case UInt8(ascii: "n"): return nil
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        throw MappingProblem(
          "\(operands[operand].text) is an object or an array, not a text or a number.", at: operand
        )
      default: return String(decoding: bytes, as: UTF8.self)
      }
    }
  }
}
