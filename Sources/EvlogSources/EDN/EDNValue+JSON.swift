import EvlogJSON

extension EDNValue {
  /// Two keys of a map that are one in JSON.
  struct SameName: Error { let name: String }

  /// Writes the value as JSON.
  ///
  /// Keywords and symbols become their names, characters texts, lists and sets arrays. `#inst` and `#uuid`
  /// become their texts, ratios and `##NaN` as well. Any other tagged value becomes an object with the tag as
  /// its only key: `{"#tag": …}`.
  func writeJSON(to bytes: inout [UInt8]) throws(SameName) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += "\(value)".utf8
    case .integer(let text), .decimal(let text): bytes += text.utf8
    case .ratio(let text): JSONValue.write(text, to: &bytes)
    case .symbolic(let text): JSONValue.write("##\(text)", to: &bytes)
    case .string(let text), .keyword(let text), .symbol(let text):
      JSONValue.write(text, to: &bytes)
    case .character(let scalar): JSONValue.write(String(scalar), to: &bytes)
    case .list(let values), .vector(let values), .set(let values):
      bytes.append(UInt8(ascii: "["))
      for (i, value) in values.enumerated() {
        if i > 0 { bytes.append(UInt8(ascii: ",")) }
        try value.writeJSON(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .map(let entries): try Self.writeJSON(entries, to: &bytes)
    case .tagged("inst", .string(let text)), .tagged("uuid", .string(let text)):
      JSONValue.write(text, to: &bytes)
    case .tagged(let tag, let value):
      bytes.append(UInt8(ascii: "{"))
      JSONValue.write("#\(tag)", to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      try value.writeJSON(to: &bytes)
      bytes.append(UInt8(ascii: "}"))
    }
  }

  /// Writes entries as an object. A key that is no name becomes its text: `{1 :a}` is `{"1":"a"}`.
  static func writeJSON(_ entries: [Entry], to bytes: inout [UInt8]) throws(SameName) {
    var seen: Set<[UInt8]> = []
    bytes.append(UInt8(ascii: "{"))
    for (i, entry) in entries.enumerated() {
      let name = entry.key.name ?? entry.key.canonicalText
      guard seen.insert(Array(name.utf8)).inserted else { throw SameName(name: name) }
      if i > 0 { bytes.append(UInt8(ascii: ",")) }
      JSONValue.write(name, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      try entry.value.writeJSON(to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }
}
