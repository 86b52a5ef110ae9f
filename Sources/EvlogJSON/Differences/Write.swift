import EvlogCore

/// A path of a state whose value changed.
public struct Write: Sendable, Hashable {
  /// The path.
  public let path: StatePath
  /// The value before; nil if there was none.
  public let old: JSONValue?
  /// The value after; nil if there is none any more.
  public let new: JSONValue?

  public init(path: StatePath, old: JSONValue?, new: JSONValue?) {
    self.path = path
    self.old = old
    self.new = new
  }
}

extension Write {
  /// The paths that differ between two values, as deep as objects go, and in arrays as far as their elements
  /// kept their indices.
  package static func between(_ old: JSONValue?, _ new: JSONValue?, at path: StatePath)
    -> [Write]
  {
    between(
      old, new, at: path, shared: { _, _, _ in nil },
      made: { Write(path: $2, old: $0, new: $1) })
  }

  /// The same for values that are partly compared otherwise: `shared` gives the paths below them, or nil where
  /// they are not of this kind; `made` makes a write of two values that were compared as wholes.
  static func between<Failure: Error>(
    _ old: JSONValue?, _ new: JSONValue?, at path: StatePath,
    shared: (JSONValue?, JSONValue?, StatePath) throws(Failure) -> [Write]?,
    made: (JSONValue?, JSONValue?, StatePath) throws(Failure) -> Write
  ) throws(Failure) -> [Write] {
    if old == new { return [] }
    if let writes = try shared(old, new, path) { return writes }
    var writes: [Write] = []
    switch (old, new) {
    case (.object(let old), .object(let new)):
      for (key, old, new) in old.pairs(with: new) {
        writes += try between(old, new, at: path.appending(.key(key)), shared: shared, made: made)
      }
    case (.array(let old), .array(let new)) where old.count <= new.count:
      for i in new.indices {
        let before = i < old.count ? old[i] : nil
        writes += try between(
          before, new[i], at: path.appending(.index(i)), shared: shared, made: made)
      }
    default:
      let write = try made(old, new, path)
      if write.old != write.new { writes.append(write) }
    }
    return writes
  }
}

extension JSONObject {
  /// The members of two objects by key, in the order of the keys.
  package func pairs(with other: JSONObject) -> [(key: String, old: JSONValue?, new: JSONValue?)] {
    var pairs: [(key: String, old: JSONValue?, new: JSONValue?)] = []
    var (i, j) = (0, 0)
    while i < members.count || j < other.members.count {
      let a = i < members.count ? members[i] : nil
      let b = j < other.members.count ? other.members[j] : nil
      if let a, let b, Name(a.key) == Name(b.key) {
        pairs.append((a.key, a.value, b.value))
        (i, j) = (i + 1, j + 1)
      } else if let a, b.map({ Name(a.key) < Name($0.key) }) ?? true {
        pairs.append((a.key, a.value, nil))
        i += 1
      } else if let b {
        pairs.append((b.key, nil, b.value))
        j += 1
      }
    }
    return pairs
  }
}
