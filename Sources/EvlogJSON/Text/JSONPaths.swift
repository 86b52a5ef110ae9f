import EvlogCore

/// Paths whose values are found together, in one strict pass over a text.
package struct JSONPaths: Sendable {
  /// A place on the way of one path or several.
  private struct Node {
    var members: [(key: [UInt8], node: Int)] = []
    var elements: [(index: Int, node: Int)] = []
    /// The paths that end here, and those that end here or further down.
    var ending: [Int] = []
    var below: [Int] = []
  }

  private var nodes = [Node()]
  package let count: Int

  /// Nil if a path names an element by one of its members, which takes more than one pass.
  package init?(_ paths: [StatePath]) {
    count = paths.count
    for (i, path) in paths.enumerated() {
      var node = 0
      nodes[node].below.append(i)
      for step in path.steps {
        switch step {
        case .key(let key): node = member(Array(key.utf8), of: node)
        case .index(let index): node = element(index, of: node)
        case .element: return nil
        }
        nodes[node].below.append(i)
      }
      nodes[node].ending.append(i)
    }
  }

  private mutating func member(_ key: [UInt8], of node: Int) -> Int {
    if let known = nodes[node].members.first(where: { $0.key == key }) { return known.node }
    nodes.append(Node())
    nodes[node].members.append((key, nodes.count - 1))
    return nodes.count - 1
  }

  private mutating func element(_ index: Int, of node: Int) -> Int {
    if let known = nodes[node].elements.first(where: { $0.index == index }) { return known.node }
    nodes.append(Node())
    nodes[node].elements.append((index, nodes.count - 1))
    return nodes.count - 1
  }

  /// Where the values of the paths are in a text, in the order of the paths; nil for what is not there.
  ///
  /// If an object has a key twice, the last value counts, and `mayRepeatKeys` becomes true. Throws if the text is not
  /// JSON.
  package func find(
    in bytes: Span<UInt8>, into values: inout [Range<Int>?], mayRepeatKeys: inout Bool
  ) throws(JSONParser.Failure) {
    values.removeAll(keepingCapacity: true)
    for _ in 0..<count { values.append(nil) }
    var scanner = JSONScanner(bytes)
    var keys = RepeatedKeys()
    scanner.skipSpace()
    try walk(0, &scanner, &keys, &values)
    try scanner.finish()
    mayRepeatKeys = keys.mayRepeat
  }

  /// Moves past the value of a node.
  private func walk(
    _ node: Int, _ scanner: inout JSONScanner, _ keys: inout RepeatedKeys,
    _ values: inout [Range<Int>?]
  ) throws(JSONParser.Failure) {
    let start = scanner.i
    switch scanner.peek {
    case UInt8(ascii: "{") where !nodes[node].members.isEmpty:
      try scanner.enter()
      keys.begin(.object)
      var hasMember = try scanner.hasFirst(.object)
      while hasMember {
        let key = try scanner.key()
        keys.key(key, JSONScanner.hash(scanner.bytes, key.start, key.end))
        try walk(child: member(key, of: node, scanner), &scanner, &keys, &values)
        hasMember = try scanner.hasNext(.object)
      }
      keys.end()
    case UInt8(ascii: "[") where !nodes[node].elements.isEmpty:
      try scanner.enter()
      keys.begin(.array)
      var index = 0
      var hasItem = try scanner.hasFirst(.array)
      while hasItem {
        let child = nodes[node].elements.first { $0.index == index }?.node
        try walk(child: child, &scanner, &keys, &values)
        index += 1
        hasItem = try scanner.hasNext(.array)
      }
      keys.end()
    default: try scanner.value(into: &keys)
    }
    for path in nodes[node].ending { values[path] = start..<scanner.i }
  }

  private func walk(
    child: Int?, _ scanner: inout JSONScanner, _ keys: inout RepeatedKeys,
    _ values: inout [Range<Int>?]
  ) throws(JSONParser.Failure) {
    guard let child else { return try scanner.value(into: &keys) }
    // What an earlier member of the same name had does not count.
    for path in nodes[child].below { values[path] = nil }
    try walk(child, &scanner, &keys, &values)
  }

  private func member(_ key: JSONScanner.Quoted, of node: Int, _ scanner: borrowing JSONScanner)
    -> Int?
  {
    let content = scanner.bytes.extracting(key.content)
    if key.hasEscapes {
      let name = JSONScanner.unescaped(content)
      return nodes[node].members.first { $0.key == name }?.node
    }
    for member in nodes[node].members where isEqual(member.key.span, content) {
      return member.node
    }
    return nil
  }
}
