import EvlogCore
import EvlogStore

/// Where two histories begin and end with the same events at the same offsets, as far as digests show it without
/// reading the events. What is stored is checked by its checksums.
struct CommonEnds {
  /// Before it, every event is the same in everything.
  private(set) var start: Cut = 0
  /// From it on too, in histories of one length.
  private(set) var end: Cut

  /// A digest is looked up in an index, and one block is read for it: so the cuts are found by halves.
  init(_ first: any History, _ second: any History, to ends: (first: Cut, second: Cut)) throws {
    end = max(ends.first, ends.second)
    guard let first = first as? EventLog, let second = second as? EventLog else { return }
    let known = min(first.endOfKnownDigests, second.endOfKnownDigests, ends.first, ends.second)
    guard known > 0 else { return }
    start = try Self.last(0...known) { try first.digest(at: $0) == second.digest(at: $0) }
    for log in [first, second] { try log.checkSealed((0..<start).offsets) }
    guard ends.first == ends.second, start < known else { return }
    let whole = (first: try first.digest(at: end), second: try second.digest(at: end))
    // From a cut on that is behind the first difference.
    let different = try Self.last(start...known) { cut in
      let count = end - cut
      return try whole.first.stretch(after: first.digest(at: cut), count: count)
        != whole.second.stretch(after: second.digest(at: cut), count: count)
    }
    guard different < known else { return }
    end = different + 1
    // What is not sealed was read for the digest.
    for log in [first, second] { try log.checkSealed((end..<ends.first).offsets) }
  }

  /// The last cut for which something is so. It is so for the first one, and not any more once it is not.
  private static func last(_ cuts: ClosedRange<Cut>, where isSo: (Cut) throws -> Bool) throws -> Cut
  {
    var (low, high) = (cuts.lowerBound, cuts.upperBound + 1)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if try isSo(middle) { low = middle } else { high = middle }
    }
    return low
  }
}
