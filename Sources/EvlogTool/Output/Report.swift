import EvlogStore
import EvlogReplay

/// The JSON of a verb's answer: one object on one line, with the version of its shape.
struct Report {
  /// Raised when a field changes its meaning or goes; new fields may come at any time.
  static let version = 1

  private var members: [(String, JSONValue)]

  init(_ command: String) {
    members = [("evlog", .int(Self.version)), ("command", .string(command))]
  }

  subscript(key: String) -> JSONValue? {
    get { members.first { $0.0 == key }?.1 }
    set { members.append((key, newValue ?? .null)) }
  }

  var value: JSONValue { .object(JSONObject(members)) }

  func print(to output: Output = .standard) {
    output.json(value.canonicalBytes + [0x0A])
  }
}

extension JSONValue {
  static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
  static func optional(_ value: (some BinaryInteger)?) -> JSONValue {
    value.map { .int($0) } ?? .null
  }
  static func optional(_ value: (some Ordinal)?) -> JSONValue { value.map { .int($0) } ?? .null }
  static func seconds(_ value: Duration) -> JSONValue {
    .number(JSONNumber((value / .seconds(1) * 1e6).rounded() / 1e6) ?? JSONNumber(0))
  }
}
