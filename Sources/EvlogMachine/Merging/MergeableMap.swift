/// A map whose values are merged, key by key. If a key is removed on one replica and written on another, it
/// stays.
///
/// A removed value is kept, out of sight: a later write to the key continues from it, because another replica
/// may have written to it meanwhile.
public struct MergeableMap<Key: Codable & Hashable & Sendable, Value: Mergeable & Codable>:
  Mergeable,
  Codable
{
  private var present = MergeableSet<Key>()
  private var values: [Key: Value] = [:]

  public init() {}

  public var keys: Set<Key> { present.elements }
  public subscript(key: Key) -> Value? { present.contains(key) ? values[key] : nil }

  /// Changes the value of a key, or adds one. Each replica must write under a name of its own.
  public mutating func update(
    _ key: Key, default initial: @autoclosure () -> Value, at replica: String,
    _ change: (inout Value) throws -> Void
  ) rethrows {
    var value = values[key] ?? initial()
    try change(&value)
    values[key] = value
    present.insert(key, at: replica)
  }

  public mutating func remove(_ key: Key) { present.remove(key) }

  public mutating func merge(_ other: MergeableMap) {
    present.merge(other.present)
    values.merge(other.values) { $0.merged(with: $1) }
  }
}
