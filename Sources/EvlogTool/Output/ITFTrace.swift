import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// A run in the Informal Trace Format of Apalache and Quint: a state after the other, with the event that led there.
///
/// If all states are objects with the same members, those are the variables; otherwise the state is one variable.
struct ITFTrace {
  private let json: JSONValue

  /// What ITF has no value for: null, and numbers that are not whole.
  static let unknown = "#unserializable"
  static let action = "mbt::actionTaken"
  private static let picks = "mbt::nondetPicks"

  init(_ run: ExploredSpace.Trace, of machine: MachineDescriptor) {
    let names = Self.variables(of: run.states)
    let states = run.states.enumerated().map { i, state -> JSONValue in
      var members: [(String, JSONValue)] = [("#meta", .object([("index", .int(i))]))]
      if names.isEmpty {
        members.append(("state", Self.value(state)))
      } else {
        members += names.map { ($0, Self.value(state[$0] ?? .null)) }
      }
      let event = i > 0 ? run.events[i - 1] : nil
      members.append((Self.action, .string(event?.type ?? "init")))
      let data = event.flatMap { JSONValue(validating: $0.data) }
      members.append((Self.picks, Self.value(data ?? .object(JSONObject()))))
      return .object(JSONObject(members))
    }
    let variables = (names.isEmpty ? ["state"] : names) + [Self.action, Self.picks]
    json = .object([
      ("#meta", Self.meta(source: machine.name)),
      ("vars", .array(variables.map(JSONValue.string))), ("states", .array(states)),
    ])
  }

  var bytes: [UInt8] { json.canonicalBytes + [0x0A] }

  private static func variables(of states: [JSONValue]) -> [String] {
    let all = states.map { state in
      if case .object(let object) = state { object.members.map(\.key) } else { [String]() }
    }
    guard let names = all.first, all.allSatisfy({ $0 == names }) else { return [] }
    return names.contains { $0.hasPrefix("#") || $0 == action || $0 == picks } ? [] : names
  }

  static func meta(source: String) -> JSONValue {
    .object([
      ("format", .string("ITF")),
      ("format-description", .string("https://apalache-mc.org/docs/adr/015adr-trace.html")),
      ("source", .string(source)),
    ])
  }

  /// What ITF has no value for, as a text.
  static func unserializable(_ text: String) -> JSONValue { .object([(unknown, .string(text))]) }

  static func value(_ value: JSONValue) -> JSONValue {
    switch value {
    case .null: .object([(unknown, .string("null"))])
    case .bool, .string: value
    case .number(let number):
      if let whole = Int64(number.text), whole.magnitude < 1 << 53 {
        value
      } else if number.text.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) }) {
        .object([("#bigint", .string(number.text))])
      } else {
        .object([(unknown, .string(number.text))])
      }
    case .array(let items): .array(items.map(Self.value))
    case .object(let object):
      if object.members.contains(where: { $0.key.hasPrefix("#") }) {
        .object([
          (
            "#map",
            .array(object.members.map { .array([.string($0.key), Self.value($0.value)]) })
          )
        ])
      } else {
        .object(JSONObject(object.members.map { ($0.key, Self.value($0.value)) }))
      }
    }
  }
}
