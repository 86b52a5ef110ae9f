/// A set whose elements are added and removed on several replicas. If one is added on one replica and removed
/// on another, it stays.
///
/// Each addition has a tag of its own, and a removal takes the tags that were seen (an observed-remove set).
/// Removed tags are kept, so its size follows everything that was ever in it.
public struct MergeableSet<Element: Codable & Hashable & Sendable>: Mergeable, Codable {
  private struct Tag: Codable, Hashable {
    let replica: String
    let number: UInt64
  }

  private var tags: [Element: Set<Tag>] = [:]
  private var removed: Set<Tag> = []
  /// By replica, how many tags it has given.
  private var numbers: [String: UInt64] = [:]

  public init() {}

  public var elements: Set<Element> { Set(tags.keys) }
  public func contains(_ element: Element) -> Bool { tags[element] != nil }

  /// Adds an element. Each replica must add under a name of its own.
  public mutating func insert(_ element: Element, at replica: String) {
    let number = numbers[replica, default: 0] + 1
    numbers[replica] = number
    tags[element, default: []].insert(Tag(replica: replica, number: number))
  }

  /// Removes what was added, as far as it is known here.
  public mutating func remove(_ element: Element) {
    removed.formUnion(tags.removeValue(forKey: element) ?? [])
  }

  public mutating func merge(_ other: MergeableSet) {
    removed.formUnion(other.removed)
    tags.merge(other.tags) { $0.union($1) }
    tags = tags.mapValues { $0.subtracting(removed) }.filter { !$0.value.isEmpty }
    numbers.merge(other.numbers) { max($0, $1) }
  }
}
