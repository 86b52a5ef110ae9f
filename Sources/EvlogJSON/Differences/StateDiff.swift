import EvlogCore

/// The difference between two states.
public struct StateDiff: Sendable, Hashable {
  /// A path at which the states differ; a value that one of them does not have is nil there.
  ///
  /// A removed value has its path in the older state; a new or changed one has its path in the newer state. So
  /// the changes can be applied: first take out what is gone, from the last to the first; then put in what is
  /// new, from the first to the last; then replace what changed.
  public struct Change: Sendable, Hashable {
    /// The path.
    public let path: StatePath
    /// The value in the older state.
    public let old: JSONValue?
    /// The value in the newer state.
    public let new: JSONValue?
    /// For a new element that is named by a member: its index, unless it comes after all others.
    public let index: Int?
    /// The later elements of the same array that have other indices now.
    public let shift: Shift?

    package init(
      path: StatePath, old: JSONValue?, new: JSONValue?, index: Int? = nil, shift: Shift? = nil
    ) {
      self.path = path
      self.old = old
      self.new = new
      self.index = index
      self.shift = shift
    }
  }

  /// The older state.
  public let old: JSONValue
  /// The newer state.
  public let new: JSONValue
  /// The changes, in the order of their paths.
  public let changes: [Change]
  /// Whether there is something in the older state, and in the newer.
  private let isThere: [Bool]

  /// Compares two states. Objects are compared by key. Arrays are compared by the elements' `id` or `key` if
  /// each element has one of its own and the common ones kept their order; otherwise by index or, if the array
  /// has more or fewer elements than before, by what was removed and inserted, if that is less.
  public init(from old: JSONValue, to new: JSONValue) {
    self.old = old
    self.new = new
    var changes: [Change] = []
    Self.compare(old, new, StatePath(), &changes)
    self.changes = changes
    isThere = [true, true]
  }

  /// Compares the values of two states at one path; nil if there is none.
  public init(changing path: StatePath, from old: JSONValue?, to new: JSONValue?) {
    self.old = old ?? .null
    self.new = new ?? .null
    var changes: [Change] = []
    if let old, let new {
      Self.compare(old, new, path, &changes)
    } else if old != nil || new != nil {
      changes = [Change(path: path, old: old, new: new)]
    }
    self.changes = changes
    isThere = [old != nil, new != nil]
  }

  /// The number of paths in the two states together, which is never smaller than the number of changes.
  /// Elements of arrays are identified as in the changes, but always by index if they have no names. If a value
  /// was replaced as a whole, the paths of the side with more of them count.
  public var pathCount: Int { Self.pathCount(isThere[0] ? old : nil, isThere[1] ? new : nil) }

  private static func pathCount(_ old: JSONValue?, _ new: JSONValue?) -> Int {
    guard let old, let new else { return (old ?? new)?.pathCount ?? 0 }
    switch (old, new) {
    case (.object(let olds), .object(let news)):
      return max(1, olds.pairs(with: news).reduce(0) { $0 + pathCount($1.old, $1.new) })
    case (.array(let olds), .array(let news)):
      let pairs =
        elements(olds, news, by: "id") ?? elements(olds, news, by: "key")
        ?? byNumber(olds, news)
      return max(1, pairs.reduce(0) { $0 + pathCount($1.old, $1.new) })
    default: return max(old.pathCount, new.pathCount)
    }
  }

  /// Whether the states are the same.
  public var isEmpty: Bool { changes.isEmpty }

  static func compare(
    _ old: JSONValue, _ new: JSONValue, _ path: StatePath, _ changes: inout [Change]
  ) {
    guard let pairs = children(old, new) else {
      if old != new { changes.append(Change(path: path, old: old, new: new)) }
      return
    }
    for pair in pairs {
      let childPath = path.appending(pair.step)
      switch (pair.old, pair.new) {
      case (let old?, let new?): if old != new { compare(old, new, childPath, &changes) }
      case (let old, let new):
        changes.append(
          Change(path: childPath, old: old, new: new, index: pair.index, shift: pair.shift))
      }
    }
  }

  /// A path below a value, with the old and the new value.
  struct Pair {
    let step: StatePath.Step
    let old: JSONValue?
    let new: JSONValue?
    var index: Int?
    var shift: Shift?
  }

  /// The paths below two values of the same kind; nil if the values must be compared as wholes.
  static func children(_ old: JSONValue, _ new: JSONValue) -> [Pair]? {
    switch (old, new) {
    case (.object(let old), .object(let new)):
      old.pairs(with: new).map { Pair(step: .key($0.key), old: $0.old, new: $0.new) }
    case (.array(let old), .array(let new)):
      elements(old, new, by: "id") ?? elements(old, new, by: "key") ?? items(old, new)
    default: nil
    }
  }

  private static func elements(_ old: [JSONValue], _ new: [JSONValue], by member: String) -> [Pair]?
  {
    func keys(_ items: [JSONValue]) -> [Name]? {
      var keys: [Name] = []
      for item in items {
        switch item[member] {
        case .string(let text): keys.append(Name(JSONValue.string(text).canonicalText))
        case .number(let number): keys.append(Name(number.text))
        default: return nil
        }
      }
      return Set(keys).count == keys.count ? keys : nil
    }
    guard !(old.isEmpty && new.isEmpty), let oldKeys = keys(old), let newKeys = keys(new) else {
      return nil
    }
    let olds = Dictionary(uniqueKeysWithValues: zip(oldKeys, old))
    let news = Dictionary(uniqueKeysWithValues: zip(newKeys, new))
    // Elements that changed places would not be seen by their keys.
    guard oldKeys.filter({ news[$0] != nil }) == newKeys.filter({ olds[$0] != nil }) else {
      return nil
    }
    let lastKnown = newKeys.lastIndex { olds[$0] != nil } ?? -1
    let gone = oldKeys.filter { news[$0] == nil }.map { key in
      Pair(step: .element(member: member, value: key.string), old: olds[key], new: nil)
    }
    return gone
      + newKeys.enumerated().map { i, key in
        Pair(
          step: .element(member: member, value: key.string), old: olds[key], new: news[key],
          index: olds[key] == nil && i < lastKnown ? i : nil)
      }
  }

  private static func items(_ old: [JSONValue], _ new: [JSONValue]) -> [Pair] {
    let alignment = ArrayAlignment(old, new)
    if alignment.hunks.isEmpty { return byNumber(old, new) }
    var pairs: [Pair] = []
    for (i, hunk) in alignment.hunks.enumerated() {
      pairs += hunk.old.map { Pair(step: .index($0), old: old[$0], new: nil) }
      pairs += hunk.new.map { Pair(step: .index($0), old: nil, new: new[$0]) }
      pairs[pairs.count - 1].shift = alignment.shift(behind: i, of: old.count)
    }
    return pairs
  }

  private static func byNumber(_ old: [JSONValue], _ new: [JSONValue]) -> [Pair] {
    (0..<max(old.count, new.count)).map { i in
      Pair(step: .index(i), old: i < old.count ? old[i] : nil, new: i < new.count ? new[i] : nil)
    }
  }
}
