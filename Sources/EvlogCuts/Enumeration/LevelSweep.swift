import EvlogCore

/// Consistent cuts by level, as far as runs reach them through cuts that pass a test (Cooper and Marzullo 1991).
///
/// A step of a run adds one event, or one atomic group. The cuts of a level are kept, and no others.
struct LevelSweep {
  let causality: Causality
  /// The bytes that two levels may take.
  let memoryLimit: Int
  /// The cuts of the level, one after another.
  private(set) var cuts: [UInt32]
  /// The number of steps that lead to the level.
  private(set) var level: UInt64 = 0
  /// Where the cuts of the next level are, by hash; 0 where there is none, otherwise one more than the index.
  private var table: [UInt32] = []

  /// Begins with the cut before all events.
  init(_ causality: Causality, memoryLimit: Int) {
    self.causality = causality
    self.memoryLimit = memoryLimit
    cuts = Array(repeating: 0, count: causality.width)
  }

  /// The number of cuts of the level.
  var count: Int { causality.width == 0 ? 1 : cuts.count / causality.width }

  subscript(index: Int) -> ArraySlice<UInt32> {
    cuts[index * causality.width..<(index + 1) * causality.width]
  }

  /// Goes on to the cuts of the next level that pass a test. False, and nothing is changed, if the level does
  /// not fit into memory.
  mutating func advance(_ passes: (ArraySlice<UInt32>) throws -> Bool) throws -> Bool {
    let width = causality.width
    var next: [UInt32] = []
    table = Array(repeating: 0, count: max(64, table.count / 4))
    var found = 0
    for index in 0..<count {
      if index & 0xFFF == 0 { try Task.checkCancellation() }
      for line in 0..<width {
        let start = next.count
        guard appendStep(from: index * width, line, to: &next) else { continue }
        if isKnown(start, next) {
          next.removeSubrange(start...)
          continue
        }
        found += 1
        if 2 * found > table.count { grow(next) } else { insert(start, next) }
        if (cuts.count + next.count + table.count) * 4 > memoryLimit { return false }
      }
    }
    // Tested once each, and only when all are known to fit.
    cuts = []
    for start in stride(from: 0, to: next.count, by: width)
    where try passes(next[start..<start + width]) {
      cuts += next[start..<start + width]
    }
    level += 1
    return true
  }

  /// Appends the cut that is a step of a line further, if the line's next event may come next.
  private func appendStep(from start: Int, _ line: Int, to next: inout [UInt32]) -> Bool {
    let width = causality.width
    let offset = cuts[start + line]
    guard offset < causality.counts[line] else { return false }
    guard causality.learners.contains(line, offset) else {
      next += cuts[start..<start + width]
      next[next.count - width + line] += 1
      return true
    }
    let row = causality.learners.rank(line, offset)
    for other in 0..<width where other != line {
      let position = cuts[start + other]
      guard causality.clocks[row * width + other] > position else { continue }
      // Only the same atomic group may be missing.
      guard causality.known(other, before: position + 1, of: line) > offset else { return false }
    }
    for other in 0..<width {
      next.append(max(cuts[start + other], causality.clocks[row * width + other]))
    }
    return true
  }

  // MARK: - The hash table

  private func slot(_ start: Int, _ next: [UInt32]) -> Int {
    var hash: UInt64 = 0
    for i in start..<start + causality.width {
      hash = (hash ^ UInt64(next[i])) &* 0x9e37_79b9_7f4a_7c15
      hash ^= hash >> 29
    }
    return Int(hash & UInt64(table.count - 1))
  }

  private func isKnown(_ start: Int, _ next: [UInt32]) -> Bool {
    let width = causality.width
    var slot = slot(start, next)
    while table[slot] > 0 {
      let other = Int(table[slot] - 1) * width
      if (0..<width).allSatisfy({ next[other + $0] == next[start + $0] }) { return true }
      slot = (slot + 1) & (table.count - 1)
    }
    return false
  }

  private mutating func insert(_ start: Int, _ next: [UInt32]) {
    var slot = slot(start, next)
    while table[slot] > 0 { slot = (slot + 1) & (table.count - 1) }
    table[slot] = UInt32(start / causality.width) + 1
  }

  private mutating func grow(_ next: [UInt32]) {
    table = Array(repeating: 0, count: table.count * 2)
    for start in stride(from: 0, to: next.count, by: causality.width) { insert(start, next) }
  }
}
