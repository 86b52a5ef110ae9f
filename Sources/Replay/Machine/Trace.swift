import EventLog

/// What one event changed in the state that it was reduced for.
public struct Trace: Sendable, Hashable {
  /// The event.
  public let offset: UInt64
  /// The stream or key; nil for the log's state.
  public let key: String?
  /// The places that have other values after the event, none of which is in another.
  ///
  /// Of a stream or key that had no state before, it is the whole one.
  public let writes: [Observation.Write]

  public init(offset: UInt64, key: String?, writes: [Observation.Write]) {
    self.offset = offset
    self.key = key
    self.writes = writes
  }
}

extension Observation.Write {
  /// The places that differ between two values, as deep as objects go, and in arrays as far as their
  /// elements kept their numbers.
  package static func between(_ old: JSONValue?, _ new: JSONValue?, at path: StatePath)
    -> [Observation.Write]
  {
    if old == new { return [] }
    switch (old, new) {
    case (.object(let old), .object(let new)):
      return old.pairs(with: new).flatMap {
        between($0.old, $0.new, at: path.appending(.key($0.key)))
      }
    case (.array(let old), .array(let new)) where old.count <= new.count:
      return new.indices.flatMap { i in
        between(i < old.count ? old[i] : nil, new[i], at: path.appending(.index(i)))
      }
    default: return [Observation.Write(path: path, old: old, new: new)]
    }
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
