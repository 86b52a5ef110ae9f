import EvlogReplay

/// How the elements of an array stand to those of another one that has more or fewer.
///
/// Elements are compared number by number, unless fewer were taken out and put in than differ so. Then each that
/// is gone has the number that it had, each that is new the number that it has, and what moved is said.
struct ArrayAlignment {
  /// Elements that were replaced by others; either range may be empty.
  struct Hunk {
    var old: Range<Int>
    var new: Range<Int>
  }

  /// The most elements between equal ends for which the shortest difference is looked for.
  private static let searchLimit = 1000

  /// In their order; none where the elements are compared number by number.
  let hunks: [Hunk]

  init(_ old: [JSONValue], _ new: [JSONValue]) {
    hunks = Self.hunks(old, new) ?? []
  }

  private static func hunks(_ old: [JSONValue], _ new: [JSONValue]) -> [Hunk]? {
    // Where no element can have moved, there is nothing to align.
    if old.count == new.count { return nil }
    let common = min(old.count, new.count)
    let prefix = (0..<common).first { old[$0] != new[$0] } ?? common
    if prefix == common { return nil }
    let suffix =
      (0..<(common - prefix)).first {
        old[old.count - 1 - $0] != new[new.count - 1 - $0]
      } ?? (common - prefix)
    let byNumber =
      max(old.count, new.count) - common + (prefix..<common).count { old[$0] != new[$0] }
    let middle = Hunk(
      old: prefix..<(old.count - suffix), new: prefix..<(new.count - suffix))
    let hunks =
      middle.old.isEmpty || middle.new.isEmpty
        || middle.old.count + middle.new.count > searchLimit
      ? [middle] : shortest(old, new, in: middle)
    let aligned = hunks.reduce(0) { $0 + $1.old.count + $1.new.count }
    return aligned < byNumber ? hunks : nil
  }

  private static func shortest(_ old: [JSONValue], _ new: [JSONValue], in middle: Hunk) -> [Hunk] {
    var isRemoved = [Bool](repeating: false, count: middle.old.count)
    var isInserted = [Bool](repeating: false, count: middle.new.count)
    for change in Array(new[middle.new]).difference(from: Array(old[middle.old])) {
      switch change {
      case .remove(let i, _, _): isRemoved[i] = true
      case .insert(let i, _, _): isInserted[i] = true
      }
    }
    var hunks: [Hunk] = []
    var (i, j) = (0, 0)
    while i < isRemoved.count || j < isInserted.count {
      let start = (i, j)
      while i < isRemoved.count, isRemoved[i] { i += 1 }
      while j < isInserted.count, isInserted[j] { j += 1 }
      if (i, j) == start {
        (i, j) = (i + 1, j + 1)
      } else {
        hunks.append(
          Hunk(
            old: middle.old.lowerBound + start.0..<middle.old.lowerBound + i,
            new: middle.new.lowerBound + start.1..<middle.new.lowerBound + j))
      }
    }
    return hunks
  }

  /// What moved behind a hunk; nil where nothing did.
  func shift(behind hunk: Int, of count: Int) -> StateDiff.Shift? {
    let start = hunks[hunk].old.upperBound
    let end = hunk + 1 < hunks.count ? hunks[hunk + 1].old.lowerBound : count
    let new = hunks[hunk].new.upperBound
    return start < end && start != new ? StateDiff.Shift(old: start..<end, new: new) : nil
  }
}

extension StateDiff {
  /// Elements of an array that stayed as they were and have other numbers now.
  public struct Shift: Sendable, Hashable {
    /// The numbers that they had.
    public let old: Range<Int>
    /// The number that the first of them has now.
    public let new: Int

    package init(old: Range<Int>, new: Int) { (self.old, self.new) = (old, new) }
  }
}
