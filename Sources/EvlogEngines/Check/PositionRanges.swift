/// Positions of a source, as the ranges that they make: all are counted, and the first ranges are kept.
package struct PositionRanges: Sendable, Hashable {
  package private(set) var count: UInt64 = 0
  package private(set) var ranges: [ClosedRange<UInt64>] = []
  /// Whether there are more ranges than are kept.
  package private(set) var isCut = false

  static let limit = 1000

  package init() {}

  /// Adds a position that is greater than all before it.
  mutating func add(_ position: UInt64) {
    count += 1
    if let last = ranges.last, !isCut, last.upperBound + 1 == position {
      ranges[ranges.count - 1] = last.lowerBound...position
    } else if ranges.count < Self.limit {
      ranges.append(position...position)
    } else {
      isCut = true
    }
  }

  /// Takes out the positions below one, as far as their ranges are known.
  mutating func take(below position: UInt64) -> PositionRanges {
    var taken = PositionRanges()
    var kept: [ClosedRange<UInt64>] = []
    for range in ranges {
      if range.lowerBound < position {
        let part = range.lowerBound...min(range.upperBound, position - 1)
        taken.ranges.append(part)
        taken.count += UInt64(part.count)
      }
      if range.upperBound >= position {
        kept.append(max(range.lowerBound, position)...range.upperBound)
      }
    }
    ranges = kept
    count -= taken.count
    return taken
  }

  /// Adds ranges that are all greater.
  mutating func append(_ other: PositionRanges) {
    count += other.count
    ranges += other.ranges
    isCut = isCut || other.isCut
  }
}
