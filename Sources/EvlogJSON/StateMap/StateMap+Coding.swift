extension StateMap: Encodable where Value: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: MapKey.self)
    for (key, value) in self {
      try container.encode(value, forKey: MapKey(key.codingKey.stringValue))
    }
  }
}

extension StateMap: Decodable where Value: Decodable {
  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try decoder.container(keyedBy: MapKey.self)
    for name in container.allKeys {
      guard let key = Key(codingKey: name) else {
        throw DecodingError.dataCorruptedError(
          forKey: name, in: container, debugDescription: "'\(name.stringValue)' is no \(Key.self)")
      }
      self[key] = try container.decode(Value.self, forKey: name)
    }
  }
}

extension StateMap: Unordered, StringKeyed, SharedMap where Value: Encodable {
  func encode(into tree: EncodedTree, at node: Int) throws {
    if let sparse = tree.sparse {
      let text = sparse.keep(self)
      return tree.set(node) { $0.append(text.utf8Span.span) }
    }
    tree.beginObject(node)
    for (key, value) in self {
      try tree.encode(value, at: tree.add(key.codingKey.stringValue, to: node))
    }
  }

  func pick(_ name: String, _ steps: ArraySlice<StatePath.Step>, _ path: [any CodingKey]) throws
    -> JSONValue?
  {
    // Two spellings of one text are the same key to a map, and two to JSON.
    guard let entry = Key(codingKey: MapKey(name)).flatMap(entry(of:)),
      entry.key.codingKey.stringValue.utf8.elementsEqual(name.utf8)
    else { return nil }
    return try StateEncoder.pick(entry.value, steps, path)
  }

  func whole() throws -> JSONValue { try StateEncoder().encode(self) }

  func differences(from old: any SharedMap) throws -> [SharedMapDifference]? {
    guard let old = old as? Self else { return nil }
    var found: [SharedMapDifference] = []
    try root.forEachDifference(from: old.root) { _, before, after in
      func member(_ entry: Node.Entry?) throws -> (name: String, state: SparseState)? {
        try entry.map { ($0.key.codingKey.stringValue, try SparseState(of: $0.value)) }
      }
      found.append(SharedMapDifference(old: try member(before), new: try member(after)))
    }
    return found
  }
}

/// The name of a member, which may be a number's.
private struct MapKey: CodingKey {
  let stringValue: String
  var intValue: Int? { Int(stringValue) }

  init(_ name: String) { stringValue = name }
  init(stringValue: String) { self.stringValue = stringValue }
  init(intValue: Int) { stringValue = String(intValue) }
}
