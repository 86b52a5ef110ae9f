import EvlogJSON

/// The beginning of a value's text: as much as fits into a line, whatever the value's size.
enum Preview {
  static let width = 100

  static func text(_ value: JSONValue, _ width: Int = Preview.width) -> String {
    var text = ""
    write(value, to: &text, width)
    return text.count <= width ? text : text.prefix(width - 1) + "…"
  }

  private static func write(_ value: JSONValue, to text: inout String, _ width: Int) {
    switch value {
    case .array(let items):
      text += "["
      for (i, item) in items.enumerated() {
        guard text.utf8.count <= width * 4 else { return }
        if i > 0 { text += ", " }
        write(item, to: &text, width)
      }
      text += "]"
    case .object(let object):
      text += "{"
      for (i, member) in object.members.enumerated() {
        guard text.utf8.count <= width * 4 else { return }
        text += "\(i > 0 ? ", " : "")\(member.key.prefix(width)): "
        write(member.value, to: &text, width)
      }
      text += "}"
    case .string(let string):
      text += JSONValue.string(String(string.prefix(width))).canonicalText
    default: text += value.canonicalText
    }
  }
}

extension JSONValue {
  /// The kind of value, as JSON calls it.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}
