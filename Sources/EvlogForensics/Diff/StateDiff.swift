public import EvlogReplay
import EvlogStore

/// What is different between two states.
public struct StateDiff: Sendable, Hashable {
  /// One place where they differ; a value that one of them does not have is nil there.
  ///
  /// What is gone has the place that it had in the older state, what is new or changed the one that it has in
  /// the newer. So the changes can be applied: first what is gone is taken out, from the last to the first;
  /// then what is new is put in, from the first to the last; then what changed is replaced.
  public struct Change: Sendable, Hashable {
    /// The place.
    public let path: StatePath
    /// The value in the older state.
    public let old: JSONValue?
    /// The value in the newer state.
    public let new: JSONValue?
    /// Of a new element that is named by a member: its number, unless it is behind all others.
    public let index: Int?
    /// The elements of the same array behind this one that have other numbers now.
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
  /// In the order of the paths.
  public let changes: [Change]
  /// Whether there is something in the older state, and in the newer.
  private let isThere: [Bool]

  /// Compares two states: objects by key; arrays by the elements' `id` or `key` where each has one of
  /// its own and those in both have kept their order, else by number, or, where an array has more or fewer
  /// elements than before, by what was taken out and put in, if that is less.
  public init(from old: JSONValue, to new: JSONValue) {
    self.old = old
    self.new = new
    var changes: [Change] = []
    Self.compare(old, new, StatePath(), &changes)
    self.changes = changes
    isThere = [true, true]
  }

  /// Compares what two states have at one place; nil where it is not there.
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

  /// How many paths the two states have together, so never fewer than there are changes. Elements of arrays are
  /// told apart as in the changes, but always by number where they have no names. Of what was replaced as a
  /// whole, the paths of the side that has more count.
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

  /// A place below a value, as it was and as it is.
  struct Pair {
    let step: StatePath.Step
    let old: JSONValue?
    let new: JSONValue?
    var index: Int?
    var shift: Shift?
  }

  /// The places below two values of the same kind; nil where they must be compared as wholes.
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
