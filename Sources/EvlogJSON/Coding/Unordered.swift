import EvlogCore

/// A collection whose order means nothing.
protocol Unordered {
  func encode(into tree: EncodedTree, at node: Int) throws
}

extension Set: Unordered where Element: Encodable {
  func encode(into tree: EncodedTree, at node: Int) throws {
    let items = try map { try tree.text(of: $0, in: node) }
    tree.set(node, list: items.sorted { $0.lexicographicallyPrecedes($1) })
  }
}

extension Dictionary: Unordered where Key: Encodable, Value: Encodable {
  /// An object where the keys are strings or numbers; else key, value, key, value …, sorted.
  func encode(into tree: EncodedTree, at node: Int) throws {
    // The keys of these are texts, each another one.
    if Key.self == String.self || Key.self == Int.self {
      tree.beginObject(node)
      for (key, value) in self {
        let name = Key.self == Int.self ? String(same(key) as Int) : same(key) as String
        try tree.encode(value, at: tree.add(name, to: node))
      }
      return
    }
    let members = try map { key, value in
      let representable = key as? any CodingKeyRepresentable
      return (
        key: try representable.map { JSONValue.string($0.codingKey.stringValue).canonicalBytes }
          ?? tree.text(of: key, in: node),
        value: try tree.text(of: value, in: node)
      )
    }
    // Where a number and a string are spelled alike, they are two keys all the same.
    let names = Set(members.compactMap { JSONNumber.nameOrNumber($0.key) })
    guard names.count == members.count else {
      let sorted = members.sorted { $0.key.lexicographicallyPrecedes($1.key) }
      return tree.set(node, list: sorted.flatMap { [$0.key, $0.value] })
    }
    tree.beginObject(node)
    for member in members {
      let name = JSONNumber.nameOrNumber(member.key)?.string ?? ""
      tree.set(tree.add(name, to: node)) { $0.append(member.value.span) }
    }
  }
}

extension JSONNumber {
  /// What a key's text is the name of, if it is a string or a number.
  fileprivate static func nameOrNumber(_ text: [UInt8]) -> Name? {
    switch JSONValue(validating: text.span) {
    case .string(let name)?: Name(name)
    case .number(let number)?: Name(number.text)
    default: nil
    }
  }
}

extension EncodedTree {
  /// The text of a value that belongs to another one. It is whole: others are sorted by it.
  func text(of value: some Encodable, in node: Int) throws -> [UInt8] {
    let place = addApart(in: node)
    try encodingMaps { try encode(value, at: place) }
    var text: [UInt8] = []
    withText(of: place) { text.append($0) }
    return text
  }

  /// Makes a value an array of texts.
  func set(_ node: Int, list items: [[UInt8]]) {
    set(node) { text in
      text.append(UInt8(ascii: "["))
      for (i, item) in items.enumerated() {
        if i > 0 { text.append(UInt8(ascii: ",")) }
        text.append(item.span)
      }
      text.append(UInt8(ascii: "]"))
    }
  }
}
