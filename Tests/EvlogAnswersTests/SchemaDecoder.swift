import EvlogAnswers
import EvlogForensics
import EvlogJSON
import EvlogStore

/// What is known of the JSON of a type while it is decoded from nothing.
final class SchemaNode {
  var members: [(name: String, node: SchemaNode, isRequired: Bool)] = []
  var elements: SchemaNode?
  var anyMember: SchemaNode?
  var plain: JSONValue?
  var isNullable = false
  /// The type, for the documentation of its members.
  var type = ""

  /// The schema; `describe` gives the documentation of a member of a type.
  func schema(_ describe: (_ type: String, _ member: String) -> String?) -> JSONValue {
    var schema: JSONValue
    if let plain {
      schema = plain
    } else if let anyMember {
      schema = .object([
        ("type", .string("object")), ("additionalProperties", anyMember.schema(describe)),
      ])
    } else if let elements {
      schema = .object([("type", .string("array")), ("items", elements.schema(describe))])
    } else {
      schema = .object([
        ("type", .string("object")),
        (
          "properties",
          .object(
            members.map { name, node, _ in
              guard case .object(let object) = node.schema(describe),
                let words = describe(type, name)
              else { return (name, node.schema(describe)) }
              return (
                name,
                .object(
                  object.members.map { ($0.key, $0.value) } + [("description", .string(words))])
              )
            })
        ),
        ("required", .array(members.filter(\.isRequired).map { .string($0.name) })),
        ("additionalProperties", .bool(false)),
      ])
    }
    guard isNullable, schema != .bool(true) else { return schema }
    if case .object(let object) = schema, let type = object["type"]?.stringValue,
      object["enum"] == nil
    {
      return .object(
        object.members.map {
          $0.key == "type"
            ? ("type", .array([.string(type), .string("null")])) : ($0.key, $0.value)
        })
    }
    schema = .object([("anyOf", .array([schema, .object([("type", .string("null"))])]))])
    return schema
  }
}

/// Decodes a type from nothing, and notes what it asks for: the JSON Schema of what its coder writes.
struct SchemaDecoder: Decoder {
  let node: SchemaNode
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// One id as a text, several as an array.
  static let causation = JSONValue.object([
    ("type", .array([.string("string"), .string("array")])),
    ("items", .object([("type", .string("string"))])),
  ])

  static func node<T: Decodable>(of type: T.Type) throws -> SchemaNode {
    let node = SchemaNode()
    _ = try decode(type, into: node)
    return node
  }

  static func decode<T: Decodable>(_ type: T.Type, into node: SchemaNode) throws -> T {
    node.type = String(describing: type)
    func text(_ words: String, format: String? = nil) {
      let format = format.map { [("format", JSONValue.string($0))] } ?? []
      node.plain = .object([("type", .string(words))] + format)
    }
    switch type {
    case is String.Type:
      text("string")
      return try same("")
    case is Bool.Type:
      text("boolean")
      return try same(false)
    case is Double.Type:
      text("number")
      return try same(0.0)
    case is JSONValue.Type:
      node.plain = .bool(true)
      return try same(JSONValue.null)
    case is StatePath.Type:
      text("string")
      return try same(StatePath())
    case is Timestamp.Type:
      text("string", format: "date-time")
      return try same(Timestamp(nanoseconds: 0))
    case is RecordedEvent.Type:
      node.plain = .object([("$ref", .string("event.json"))])
      return try same(
        RecordedEvent(NewEvent(stream: "", type: "", data: []), offset: 0, revision: 0))
    case is Named<UInt64>.Type:
      node.anyMember = SchemaNode()
      node.anyMember?.plain = .object([("type", .string("integer"))])
      return try same(Named<UInt64>([]))
    case is Named<Revision>.Type:
      _ = try decode(Named<UInt64>.self, into: node)
      return try same(Named<Revision>([]))
    case is Answers.Map.Declared.Type:
      node.plain = .object([("type", .array([.string("string"), .string("array")]))])
      return try same(Answers.Map.Declared.word("ignored"))
    case is Answers.Causation.Type:
      node.plain = Self.causation
      return try same(try StateDecoder().decode(Answers.Causation.self, from: "\"\""))
    default: break
    }
    if let integer = type as? any FixedWidthInteger.Type {
      let minimum = integer.isSigned ? [] : [("minimum", JSONValue.int(0))]
      node.plain = .object([("type", .string("integer"))] + minimum)
      return try same(integer.init(0))
    }
    if let words = type as? any CaseIterable.Type, let first = firstCase(words) as? T {
      node.plain = .object([("enum", .array(names(words).map { .string($0) }))])
      return first
    }
    return try T(from: SchemaDecoder(node: node))
  }

  private static func same<T>(_ value: Any) throws -> T {
    guard let value = value as? T else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "\(value) is no \(T.self)"))
    }
    return value
  }

  private static func firstCase<C: CaseIterable>(_: C.Type) -> Any? { C.allCases.first }

  private static func names<C: CaseIterable>(_: C.Type) -> [String] {
    C.allCases.map { ($0 as? any RawRepresentable)?.rawValue as? String ?? "\($0)" }
  }

  func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Members(node: node))
  }
  func unkeyedContainer() -> any UnkeyedDecodingContainer { Elements(node: node) }
  func singleValueContainer() -> any SingleValueDecodingContainer { Single(node: node) }

  private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let node: SchemaNode
    var codingPath: [any CodingKey] { [] }

    /// Only a dictionary asks which keys there are.
    var allKeys: [Key] {
      node.anyMember = SchemaNode()
      return [Key(stringValue: "*")].compactMap(\.self)
    }

    private func member(_ key: Key, isRequired: Bool) -> SchemaNode {
      if let any = node.anyMember { return any }
      if let known = node.members.first(where: { $0.name == key.stringValue }) { return known.node }
      let member = SchemaNode()
      node.members.append((key.stringValue, member, isRequired))
      return member
    }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) -> Bool {
      member(key, isRequired: false).isNullable = true
      return false
    }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
      try SchemaDecoder.decode(type, into: member(key, isRequired: true))
    }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
      let member = member(key, isRequired: false)
      member.isNullable = true
      return try SchemaDecoder.decode(type, into: member)
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
      try optional(type, key)
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
      try optional(type, key)
    }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? {
      try optional(type, key)
    }
    private func optional<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T? {
      let member = member(key, isRequired: false)
      member.isNullable = true
      return try SchemaDecoder.decode(type, into: member)
    }
    func nestedContainer<N: CodingKey>(keyedBy: N.Type, forKey key: Key)
      -> KeyedDecodingContainer<N>
    {
      KeyedDecodingContainer(Members<N>(node: member(key, isRequired: true)))
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedDecodingContainer {
      Elements(node: member(key, isRequired: true))
    }
    func superDecoder() -> any Decoder { SchemaDecoder(node: node) }
    func superDecoder(forKey key: Key) -> any Decoder {
      SchemaDecoder(node: member(key, isRequired: true))
    }
  }

  private struct Elements: UnkeyedDecodingContainer {
    let node: SchemaNode
    var codingPath: [any CodingKey] { [] }
    var count: Int? { 1 }
    var isAtEnd: Bool { currentIndex > 0 }
    var currentIndex = 0

    init(node: SchemaNode) {
      self.node = node
      if node.elements == nil { node.elements = SchemaNode() }
    }

    private mutating func element() -> SchemaNode {
      currentIndex += 1
      return node.elements ?? node
    }

    mutating func decodeNil() -> Bool {
      node.elements?.isNullable = true
      return false
    }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
      try SchemaDecoder.decode(type, into: element())
    }
    mutating func nestedContainer<N: CodingKey>(keyedBy: N.Type) -> KeyedDecodingContainer<N> {
      KeyedDecodingContainer(Members<N>(node: element()))
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedDecodingContainer {
      Elements(node: element())
    }
    mutating func superDecoder() -> any Decoder { SchemaDecoder(node: element()) }
  }

  private struct Single: SingleValueDecodingContainer {
    let node: SchemaNode
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool {
      node.isNullable = true
      return false
    }
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
      try SchemaDecoder.decode(type, into: node)
    }
  }
}
