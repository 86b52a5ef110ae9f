import EvlogCore
package import EvlogJSON

/// A host that shows a part of a state without making the whole of it.
package protocol OutliningHost: Host {
  /// A part of a value; nil if there is no value at the path.
  func outline(_ asked: OutlineRequest) throws(MachineError) -> ValueOutline?

  /// The streams or keys that have a state, in order, those that begin with a text and come after another.
  func keys(prefix: String, after: String?, limit: Int) throws(MachineError) -> [String]
}

/// Which part of a value is shown.
package struct OutlineRequest: Sendable {
  package let path: StatePath
  /// The stream or key; nil for the log's state.
  package let key: String?
  /// Which child comes before the first one that is shown; nil to begin with the first.
  package let after: ValueOutline.Position?
  package let limit: Int
  /// How many characters of a value's text are shown.
  package let width: Int

  package init(
    _ path: StatePath, of key: String?, after: ValueOutline.Position? = nil, limit: Int, width: Int
  ) {
    self.path = path
    self.key = key
    self.after = after
    self.limit = limit
    self.width = width
  }
}

/// A value, and some of what is one step below it. All are cut down: their texts are those of the whole values as far
/// as they are shown.
package struct ValueOutline: Sendable, Hashable {
  /// Where a child is among the others.
  package enum Position: Sendable, Hashable {
    case index(Int), key(String)
  }

  package struct Child: Sendable, Hashable {
    package let position: Position
    package let value: JSONValue
    /// How many values are one step below it; nil if it can have none.
    package let count: Int?

    package init(_ position: Position, _ value: JSONValue, count: Int?) {
      self.position = position
      self.value = value
      self.count = count
    }
  }

  package let value: JSONValue
  package let count: Int?
  package let children: [Child]
  /// Whether other children come after these.
  package let hasMore: Bool

  package init(_ value: JSONValue, count: Int?, children: [Child], hasMore: Bool) {
    self.value = value
    self.count = count
    self.children = children
    self.hasMore = hasMore
  }

  /// A part of a value that is there as a whole.
  package init(of value: JSONValue, _ asked: OutlineRequest) {
    let (children, hasMore) = Self.children(of: value, asked)
    self.init(value, count: value.childCount, children: children, hasMore: hasMore)
  }

  private static func children(of value: JSONValue, _ asked: OutlineRequest) -> ([Child], Bool) {
    switch value {
    case .array(let items):
      let first = if case .index(let index)? = asked.after { index + 1 } else { 0 }
      let shown = items.indices.dropFirst(first).prefix(asked.limit)
      let children = shown.map { Child(.index($0), items[$0], count: items[$0].childCount) }
      return (children, shown.endIndex < items.count)
    case .object(let object):
      let members = object.members
      let first =
        if case .key(let key)? = asked.after {
          members.partitioningIndex { Name(key) < Name($0.key) }
        } else { 0 }
      let shown = members[first...].prefix(asked.limit)
      let children = shown.map { Child(.key($0.key), $0.value, count: $0.value.childCount) }
      return (children, shown.endIndex < members.count)
    default: return ([], false)
    }
  }
}

extension JSONValue {
  /// How many values are one step below it; nil if it can have none.
  package var childCount: Int? {
    switch self {
    case .array(let items): items.count
    case .object(let object): object.members.count
    default: nil
    }
  }
}

extension CompiledHost: OutliningHost {
  package func outline(_ asked: OutlineRequest) throws(MachineError) -> ValueOutline? {
    try value(at: asked.path, of: asked.key).map { ValueOutline(of: $0, asked) }
  }

  package func keys(prefix: String, after: String?, limit: Int) -> [String] {
    let start = after.map { Name($0) }
    let found = zip(cells.keys, cells.values).filter { key, cell in
      cell.failure == nil && key.string.utf8.starts(with: prefix.utf8)
        && start.map { $0 < key } ?? true
    }
    return found.map(\.0).sorted().prefix(limit).map(\.string)
  }
}
