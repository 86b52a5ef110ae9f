import EvlogJSON
import EvlogMachine
import EvlogStore

/// What the expressions and steps of the table language mean, for the machines that are rendered to Swift.
///
/// A compiled machine has no way to refuse an event that it could decode, so a step that has no meaning
/// ends the process; the machines here have none.

struct NoMeaning: Error, CustomStringConvertible {
  let description: String
}

/// An event as the table language sees it.
struct TableEvent: Sendable {
  let type: String
  let data: JSONValue
  private let about: JSONValue

  /// Throws `UnknownEventType` where a machine has steps for none of its types.
  init(_ event: RecordedEvent, handled: Set<String>) throws {
    guard handled.contains(event.type) else { throw UnknownEventType(type: event.type) }
    type = event.type
    data = event.data.isEmpty ? .object([]) : try JSONParser.parse(event.data)
    about = .object([
      ("offset", .int(event.offset)), ("stream", .string(event.stream)),
      ("revision", .int(event.revision)), ("type", .string(event.type)),
      ("time", .string("\(event.recordedAt)")),
    ])
  }

  subscript(name: String) -> JSONValue { about[name] ?? .null }
}

/// A value that is written in the machine.
func json(_ text: String) -> JSONValue {
  mustNotFail { try JSONParser.parse(Array(text.utf8)[...]) }
}

func mustNotFail<T>(_ body: () throws -> T) -> T {
  do { return try body() } catch {
    preconditionFailure("a step of a table machine failed: \(error)")
  }
}

// MARK: Places

private func child(_ value: JSONValue, _ step: JSONValue) -> JSONValue? {
  switch (value, step) {
  case (.object(let object), .string(let key)): object[key]
  case (.object(let object), .number(let number)): object[number.text]
  case (.array(let items), .number):
    step.integer().flatMap { items.indices.contains($0) ? items[$0] : nil }
  default: nil
  }
}

func look(_ value: JSONValue, _ steps: [JSONValue]) -> JSONValue? {
  steps.reduce(value) { value, step in value.flatMap { child($0, step) } }
}

func at(_ value: JSONValue, _ steps: JSONValue...) throws -> JSONValue {
  guard let found = look(value, steps) else { throw NoMeaning(description: "nothing is there") }
  return found
}

/// The text of a key; nil where there is none.
func keyText(_ value: JSONValue?) -> String? {
  switch value {
  case .string(let text)?: text
  case .number(let number)?: number.text
  default: nil
  }
}

// MARK: Values

func truth(_ value: JSONValue) throws -> Bool {
  guard case .bool(let truth) = value else {
    throw NoMeaning(description: "neither true nor false")
  }
  return truth
}

private func whole(_ value: JSONValue) throws -> Int {
  guard let number = value.integer(Int.self) else {
    throw NoMeaning(description: "not a whole number of 64 bits")
  }
  return number
}

func plus(_ a: JSONValue, _ b: JSONValue) throws -> JSONValue { .int(try whole(a) + whole(b)) }
func minus(_ a: JSONValue, _ b: JSONValue) throws -> JSONValue { .int(try whole(a) - whole(b)) }
func times(_ a: JSONValue, _ b: JSONValue) throws -> JSONValue { .int(try whole(a) * whole(b)) }
func same(_ a: JSONValue, _ b: JSONValue) -> JSONValue { .bool(a == b) }
func less(_ a: JSONValue, _ b: JSONValue) throws -> JSONValue {
  if case .string(let a) = a, case .string(let b) = b {
    return .bool(a.utf16.lexicographicallyPrecedes(b.utf16))
  }
  return .bool(try whole(a) < whole(b))
}
func atMost(_ a: JSONValue, _ b: JSONValue) throws -> JSONValue { .bool(!(try truth(less(b, a)))) }

private func each(_ value: JSONValue) throws -> [JSONValue] {
  switch value {
  case .array(let items): items
  case .object(let object): object.members.map(\.value)
  default: throw NoMeaning(description: "neither an array nor an object")
  }
}

func allOf(_ value: JSONValue, _ test: (JSONValue) throws -> JSONValue) throws -> JSONValue {
  .bool(try each(value).allSatisfy { try truth(test($0)) })
}

func anyOf(_ value: JSONValue, _ test: (JSONValue) throws -> JSONValue) throws -> JSONValue {
  .bool(try each(value).contains { try truth(test($0)) })
}

func count(_ value: JSONValue) throws -> JSONValue {
  if case .string(let text) = value { return .int(text.utf16.count) }
  return .int(try each(value).count)
}

func sum(_ value: JSONValue) throws -> JSONValue { try each(value).reduce(.int(0), plus) }

// MARK: Steps

/// Changes what is at a place; objects that are missing on the way are made.
private func change(
  _ target: inout JSONValue, _ place: ArraySlice<JSONValue>,
  _ body: (JSONValue?) throws -> JSONValue?
) throws {
  guard let step = place.first else {
    target = try body(target) ?? .null
    return
  }
  let rest = place.dropFirst()
  var new: JSONValue?
  if rest.isEmpty {
    new = try body(child(target, step))
  } else {
    var inner = child(target, step) ?? .object([])
    try change(&inner, rest, body)
    new = inner
  }
  switch target {
  case .object(let object):
    guard let key = keyText(step) else { throw NoMeaning(description: "not a key") }
    let others = object.members.filter { !$0.key.utf8.elementsEqual(key.utf8) }
    target = .object(others.map { ($0.key, $0.value) } + (new.map { [(key, $0)] } ?? []))
  case .array(var items):
    let index = try whole(step)
    guard items.indices.contains(index) else {
      if new == nil { return }
      throw NoMeaning(description: "nothing is there")
    }
    if let new { items[index] = new } else { items.remove(at: index) }
    target = .array(items)
  default: throw NoMeaning(description: "neither an object nor an array")
  }
}

func set(_ target: inout JSONValue, _ place: [JSONValue], _ value: JSONValue) throws {
  try change(&target, place[...]) { _ in value }
}

func add(_ target: inout JSONValue, _ place: [JSONValue], _ value: JSONValue) throws {
  try change(&target, place[...]) { try plus($0 ?? .int(0), value) }
}

func append(_ target: inout JSONValue, _ place: [JSONValue], _ value: JSONValue) throws {
  try change(&target, place[...]) { old in
    guard case .array(let items) = old ?? .array([]) else {
      throw NoMeaning(description: "not an array")
    }
    return .array(items + [value])
  }
}

func remove(_ target: inout JSONValue, _ place: [JSONValue]) throws {
  guard look(target, place) != nil else { return }
  try change(&target, place[...]) { _ in nil }
}
