/// States and events may have parts that are any JSON. ``StateEncoder`` and ``StateDecoder`` keep them
/// exactly; other coders see the kinds of values that they know.
extension JSONValue: Codable {
  public init(from decoder: any Decoder) throws {
    // A decoder does not say what kind of value it has: each kind is tried, and the last one throws.
    if let object = try? decoder.container(keyedBy: MemberKey.self) {
      let members = try object.allKeys.map {
        ($0.stringValue, try object.decode(JSONValue.self, forKey: $0))
      }
      self = .object(members)
      return
    }
    // The next kind.
    if var list = try? decoder.unkeyedContainer() {
      var items: [JSONValue] = []
      while !list.isAtEnd { items.append(try list.decode(JSONValue.self)) }
      self = .array(items)
      return
    }
    let value = try decoder.singleValueContainer()
    // Scalars, as above.
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let text = try? value.decode(String.self) {
      // Numbers are tried last, and larger ones after smaller ones.
      self = .string(text)
    } else if let integer = try? value.decode(Int64.self) {
      self = .int(integer)
    } else if let integer = try? value.decode(UInt64.self) {
      self = .int(integer)
    } else {
      let double = try value.decode(Double.self)
      guard let number = JSONNumber(double) else {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath, debugDescription: "\(double) is not a number of JSON"))
      }
      self = .number(number)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let object):
      var container = encoder.container(keyedBy: MemberKey.self)
      for member in object.members {
        try container.encode(member.value, forKey: MemberKey(member.key))
      }
    case .array(let items):
      var container = encoder.unkeyedContainer()
      for item in items { try container.encode(item) }
    default:
      var container = encoder.singleValueContainer()
      switch self {
      case .bool(let value): try container.encode(value)
      case .string(let value): try container.encode(value)
      case .number(let number):
        if let integer = Int64(number.text) {
          try container.encode(integer)
        } else if let integer = UInt64(number.text) {
          try container.encode(integer)
        } else {
          try container.encode(number.double)
        }
      default: try container.encodeNil()
      }
    }
  }
}
