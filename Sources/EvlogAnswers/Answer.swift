import EvlogCore
public import EvlogJSON

/// What a question gives back: a value that every face shows. The command's text, its `--json`, a page and a program
/// in Swift have the same one.
///
/// The members are those of the JSON that `Documentation/JSON.md` describes; `Documentation/Schemas` has a schema of
/// each, made from these types.
public protocol Answer: Codable, Sendable {
  /// The question, as the command names it.
  var question: String { get }
}

/// The answers, by question, and what they are made of.
public enum Answers {
  /// The version of the shapes. It is raised when a member changes its meaning or is removed; members may be added at
  /// any time.
  public static let version = 1
}

extension Answer {
  /// The answer as one JSON object, with the version of the shapes and the question.
  public func json() throws -> JSONValue {
    var members = [("evlog", JSONValue.int(Answers.version))]
    if case .object(let object) = try StateEncoder().encode(self) {
      members += object.members.map { ($0.key, $0.value) }
    }
    if !members.contains(where: { $0.0 == "command" }) {
      members.append(("command", .string(question)))
    }
    return .object(members)
  }

  /// Reads an answer from its JSON. Throws `DecodingError` if it is another question's.
  public init(json: JSONValue) throws {
    self = try StateDecoder().decode(Self.self, from: json.canonicalText)
  }
}

/// A member that is null, and not absent, if it has no value. A memberwise initializer takes it as
/// `Nullable(wrappedValue: key)`.
@propertyWrapper
public struct Nullable<Value: Codable & Sendable>: Codable, Sendable {
  public var wrappedValue: Value?

  public init() {}
  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

extension KeyedDecodingContainer {
  /// A null that is there is not the same as nothing.
  func decodeIfPresent<Value>(_ type: Nullable<Value>.Type, forKey key: Key) throws
    -> Nullable<Value>?
  {
    guard contains(key) else { return nil }
    return try decodeNil(forKey: key)
      ? Nullable() : try decodeIfPresent(Value.self, forKey: key).map { Nullable(wrappedValue: $0) }
  }
}

extension Nullable: Equatable where Value: Equatable {}
extension Nullable: Hashable where Value: Hashable {}

/// A duration as a number of seconds, to the microsecond.
@propertyWrapper
public struct Seconds: Codable, Sendable, Hashable {
  public var wrappedValue: Duration = .zero

  public init() {}
  public init(wrappedValue: Duration) { self.wrappedValue = wrappedValue }

  public init(from decoder: any Decoder) throws {
    wrappedValue = .seconds(try decoder.singleValueContainer().decode(Double.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode((wrappedValue / .seconds(1) * 1e6).rounded() / 1e6)
  }
}

/// Values by name, in an order of their own. Names are bytes, so two spellings of "é" are two names.
public struct Named<Value: Codable & Sendable>: Codable, Sendable {
  public let entries: [(name: String, value: Value)]

  public init(_ entries: [(name: String, value: Value)]) { self.entries = entries }

  public subscript(name: String) -> Value? { entries.first { Name($0.name) == Name(name) }?.value }

  public init(from decoder: any Decoder) throws {
    guard case .object(let object) = try JSONValue(from: decoder) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "this is not an object"))
    }
    entries = try object.members.map {
      ($0.key, try StateDecoder().decode(Value.self, from: $0.value.canonicalText))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    let members = try entries.map { ($0.name, try StateEncoder().encode($0.value)) }
    var container = encoder.singleValueContainer()
    try container.encode(JSONValue.object(JSONObject(members)))
  }
}
