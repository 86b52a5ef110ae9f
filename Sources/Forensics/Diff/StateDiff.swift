import EventLog
public import Replay

/// What is different between two states.
public struct StateDiff: Sendable, Hashable {
  /// One place where they differ; a value that one of them does not have is nil there.
  public struct Change: Sendable, Hashable {
    /// The place.
    public let path: StatePath
    /// The value in the older state.
    public let old: JSONValue?
    /// The value in the newer state.
    public let new: JSONValue?
  }

  /// The older state.
  public let old: JSONValue
  /// The newer state.
  public let new: JSONValue
  /// In the order of the paths.
  public let changes: [Change]
  /// How many paths the newer state has.
  public let pathCount: Int

  /// Compares two states: objects by key; arrays by the elements' `id` or `key` where each has one of
  /// its own and those in both have kept their order, else by the longest run of equal elements.
  public init(from old: JSONValue, to new: JSONValue) {
    self.old = old
    self.new = new
    var changes: [Change] = []
    Self.compare(old, new, StatePath(), &changes)
    self.changes = changes
    pathCount = new.pathCount
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
    pathCount = new?.pathCount ?? 0
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
      case (let old, let new): changes.append(Change(path: childPath, old: old, new: new))
      }
    }
  }

  /// A place below a value, as it was and as it is.
  struct Pair {
    let step: StatePath.Step
    let old: JSONValue?
    let new: JSONValue?
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
    func pair(_ key: Name) -> Pair {
      Pair(step: .element(member: member, value: key.string), old: olds[key], new: news[key])
    }
    return (oldKeys.filter { news[$0] == nil } + newKeys).map(pair)
  }

  /// The most elements between equal ends for which the shortest difference is looked for.
  private static let differenceLimit = 2000

  private static func items(_ old: [JSONValue], _ new: [JSONValue]) -> [Pair] {
    let common = min(old.count, new.count)
    let prefix = (0..<common).first { old[$0] != new[$0] } ?? common
    let suffix =
      (0..<(common - prefix)).first {
        old[old.count - 1 - $0] != new[new.count - 1 - $0]
      } ?? (common - prefix)
    let oldMiddle = old[prefix..<(old.count - suffix)]
    let newMiddle = new[prefix..<(new.count - suffix)]
    guard oldMiddle.count != newMiddle.count,
      oldMiddle.count + newMiddle.count <= differenceLimit
    else {
      return (prefix..<max(old.count - suffix, new.count - suffix)).map { i in
        Pair(
          step: .index(i), old: i < old.count - suffix ? old[i] : nil,
          new: i < new.count - suffix ? new[i] : nil)
      }
    }
    var pairs: [Pair] = []
    let difference = Array(newMiddle).difference(from: Array(oldMiddle))
    for removal in difference.removals {
      if case .remove(let i, let value, _) = removal {
        pairs.append(Pair(step: .index(prefix + i), old: value, new: nil))
      }
    }
    for insertion in difference.insertions {
      if case .insert(let i, let value, _) = insertion {
        pairs.append(Pair(step: .index(prefix + i), old: nil, new: value))
      }
    }
    return pairs
  }
}
