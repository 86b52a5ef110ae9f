/// Makes the canonical JSON of any `Encodable` value: the same value gives the same bytes in every
/// process.
///
/// `JSONEncoder` cannot do that: the elements of a set, and dictionaries whose keys are not strings, come in an
/// order that changes from run to run. Here sets are sorted by their elements' canonical bytes, and
/// dictionaries by their keys', whatever the keys are.
public struct StateEncoder {
  public init() {}

  /// The canonical text of a value. Throws `EncodingError` for infinities and NaN, which JSON cannot express.
  ///
  ///     try StateEncoder().canonicalBytes(of: ["b": 1.0, "a": 0.5])  // {"a":0.5,"b":1}
  public func canonicalBytes(of value: some Encodable) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try write(value, to: &bytes)
    return bytes
  }

  /// Adds the canonical text of a value to others.
  package func write(_ value: some Encodable, to bytes: inout [UInt8]) throws {
    try EncodedTree.encoding(value) { tree in
      tree.withText(of: EncodedTree.root) { text in
        if bytes.isEmpty {
          unsafe bytes = text.withUnsafeBufferPointer { unsafe Array($0) }
        } else {
          bytes.append(text)
        }
      }
    }
  }

  /// The one member of the object as which a value is encoded, with its canonical text; nil if it is
  /// encoded as anything else.
  package func onlyMember(of value: some Encodable) throws -> (name: String, text: [UInt8])? {
    try EncodedTree.encoding(value) { $0.onlyMember(of: EncodedTree.root) }
  }

  /// The value whose text is ``canonicalBytes(of:)``.
  public func encode(_ value: some Encodable) throws -> JSONValue { try Self.value(value, []) }

  /// The value at a path in what `encode` would return, or nil if there is none.
  ///
  /// Only what lies on the path is encoded.
  public func encode(_ value: some Encodable, at path: StatePath) throws -> JSONValue? {
    try Self.pick(value, path.steps[...], [])
  }

  static func value(_ value: some Encodable, _ path: [any CodingKey]) throws -> JSONValue {
    try EncodedTree.encoding(value, at: path) { try $0.value() }
  }
}

/// How a type is encoded.
enum EncodedKind {
  /// By itself.
  case plain
  /// It is JSON.
  case tree
  /// As a whole number of a custom type.
  case integer(any BinaryInteger.Type)
  case unordered(any Unordered.Type)

  init(_ type: Any.Type) {
    if type == JSONValue.self {
      self = .tree
    } else if let type = type as? any Unordered.Type {
      self = .unordered(type)
    } else if let type = type as? any BinaryInteger.Type {
      self = .integer(type)
    } else {
      self = .plain
    }
  }
}

extension EncodedTree {
  /// Encodes a value of any type.
  func encode<T: Encodable>(_ value: T, at node: Int) throws {
    if T.self == String.self { return encode(same(value) as String, at: node) }
    if T.self == Int.self { return encode(integer: same(value) as Int, at: node) }
    if T.self == Double.self { return try encode(same(value) as Double, at: node) }
    if T.self == Bool.self { return encode(same(value) as Bool, at: node) }
    if T.self == Float.self { return try encode(same(value) as Float, at: node) }
    switch types.treatment(of: T.self, { EncodedKind(T.self) }) {
    case .plain:
      do { try value.encode(to: EncodedNode(tree: self, node: node)) } catch {
        reset(node)
        throw error
      }
    case .tree:
      let text = (same(value) as JSONValue).canonicalBytes
      set(node) { $0.append(text.span) }
    case .integer(let type):
      func encode<I: BinaryInteger>(_: I.Type) {
        let text = JSONNumber(same(value) as I).text
        set(node) { $0.append(text.utf8Span.span) }
      }
      encode(type)
    case .unordered(let type):
      func encode<U: Unordered>(_: U.Type) throws {
        try (same(value) as U).encode(into: self, at: node)
      }
      try encode(type)
    }
  }

  @inline(__always) func encode(_ value: String, at node: Int) {
    set(node) { JSONValue.write(value.utf8Span.span, to: &$0) }
  }

  @inline(__always) func encode(_ value: Bool, at node: Int) {
    set(node) { $0.append(value ? "true" : "false") }
  }

  @inline(__always) func encode(integer value: some FixedWidthInteger, at node: Int) {
    set(node) { JSONNumber.write(value, to: &$0) }
  }

  func encode(_ value: Double, at node: Int) throws {
    guard value.isFinite else { throw noNumber(value, at: node) }
    set(node) { JSONNumber.write(value.description, to: &$0) }
  }

  func encode(_ value: Float, at node: Int) throws {
    guard value.isFinite else { throw noNumber(Double(value), at: node) }
    set(node) { JSONNumber.write(value.description, to: &$0) }
  }

  func encodeNil(at node: Int) { set(node) { $0.append("null") } }

  private func noNumber(_ value: Double, at node: Int) -> EncodingError {
    .invalidValue(
      value,
      .init(codingPath: path(of: node), debugDescription: "\(value) is not a number of JSON"))
  }

  /// The encoded value, as a tree. It may be nested deeper than a text from outside.
  func value() throws -> JSONValue {
    try withText(of: Self.root) { try JSONParser.parse($0, depthLimit: .max) }
  }
}
