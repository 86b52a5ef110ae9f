public import EvlogCore

/// A JSON value, with exact numbers, and with objects whose keys are in the order of their bytes.
///
/// Two values are equal exactly if their canonical texts are equal; states are compared by this.
public enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue: Hashable {
  public static func == (a: JSONValue, b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .number(let value): hasher.combine(value)
    case .string(let value): hasher.combine(Name(value))
    case .array(let value): hasher.combine(value)
    case .object(let value): hasher.combine(value)
    }
  }
}

/// The members of an object, in the order of their keys' UTF-8 bytes, each key once.
public struct JSONObject: Sendable, Hashable {
  /// A key with its value.
  public struct Member: Sendable, Hashable {
    /// The key, compared by its bytes: two spellings of "é" are two keys.
    public let key: String
    public var value: JSONValue

    public static func == (a: Member, b: Member) -> Bool {
      a.key.utf8.elementsEqual(b.key.utf8) && a.value == b.value
    }

    public func hash(into hasher: inout Hasher) {
      hasher.combine(Name(key))
      hasher.combine(value)
    }
  }

  /// The members, in the order of their keys' bytes, each key once.
  public internal(set) var members: [Member]

  /// An object without members.
  public init() { members = [] }

  /// An object of these members; if a key comes twice, the last one counts.
  public init(_ members: some Sequence<(String, JSONValue)>) {
    var list: [Member] = []
    // Most come in order, or are few.
    var isSorted = true
    for (key, value) in members {
      let member = Member(key: key, value: value)
      if isSorted, let last = list.last, !(Name(last.key) < Name(key)) {
        if list.count <= Self.few {
          let i = list.partitioningIndex { !(Name($0.key) < Name(key)) }
          if Name(list[i].key) == Name(key) {
            list[i].value = value
          } else {
            list.insert(member, at: i)
          }
          continue
        }
        isSorted = false
      }
      list.append(member)
    }
    self.members = isSorted ? list : Self.sorted(list)
  }

  /// So many are kept in order while they come.
  private static let few = 32

  private static func sorted(_ all: [Member]) -> [Member] {
    var seen: [Name: Int] = [:]
    var list: [Member] = []
    for member in all {
      if let i = seen[Name(member.key)] {
        list[i].value = member.value
      } else {
        seen[Name(member.key)] = list.count
        list.append(member)
      }
    }
    list.sort { Name($0.key) < Name($1.key) }
    return list
  }

  /// The value of a key; nil if there is no such member.
  public subscript(key: String) -> JSONValue? {
    let low = place(of: key)
    guard low < members.count, members[low].key.utf8.elementsEqual(key.utf8) else { return nil }
    return members[low].value
  }

  /// Where a key is, or would be.
  func place(of key: String) -> Int { members.partitioningIndex { !(Name($0.key) < Name(key)) } }
}

extension JSONValue {
  /// The value of a key of an object; nil if this is not an object, or has no such member.
  public subscript(key: String) -> JSONValue? {
    if case .object(let object) = self { object[key] } else { nil }
  }

  /// An object of these members; if a key comes twice, the last one counts.
  public static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .object(JSONObject(members))
  }

  /// A whole number, exactly, of any size.
  public static func int(_ value: some BinaryInteger) -> JSONValue { .number(JSONNumber(value)) }

  /// An offset, a cut or a revision: a plain number.
  public static func int(_ value: some Ordinal) -> JSONValue { .int(value.rawValue) }

  /// The text; nil if this is not a text.
  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

  /// The elements; nil if this is not an array.
  public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

  /// The number, if this is a whole number that fits.
  public func integer<T: FixedWidthInteger>(_: T.Type = Int.self) -> T? {
    if case .number(let value) = self { T(value.text) } else { nil }
  }

  /// The offset, cut or revision that it is; nil where it is none.
  public func integer<T: Ordinal>(_: T.Type) -> T? { integer(UInt64.self).map { T($0) } }

  /// The number of paths in it: its leaves, and its empty arrays and objects.
  public var pathCount: Int {
    switch self {
    case .array(let items) where !items.isEmpty: items.reduce(0) { $0 + $1.pathCount }
    case .object(let object) where !object.members.isEmpty:
      object.members.reduce(0) { $0 + $1.value.pathCount }
    default: 1
    }
  }
}
