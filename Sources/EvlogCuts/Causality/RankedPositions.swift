/// A set of positions in several lines that knows how many members come before a position, in constant time.
///
/// Members are numbered through all lines, one line after the other. A position takes one bit and, for every
/// 64, a count: 1.5 bits in all.
struct RankedPositions: Sendable {
  /// The first word of each line; one more at the end.
  let wordStarts: [Int]
  private(set) var words: [UInt64]
  /// The number of members before each word, in all lines.
  private(set) var ranks: [UInt32]

  /// An empty set over lines of so many positions, and one more at the end of each.
  init(counts: [UInt32]) {
    var starts = [0]
    for count in counts { starts.append(starts[starts.count - 1] + Int(count >> 6) + 1) }
    wordStarts = starts
    words = Array(repeating: 0, count: starts[starts.count - 1])
    ranks = []
  }

  /// The set that has these words.
  init(counts: [UInt32], words: [UInt64]) {
    self.init(counts: counts)
    self.words = words
    count()
  }

  mutating func insert(_ line: Int, _ position: UInt32) {
    words[wordStarts[line] + Int(position >> 6)] |= 1 << UInt64(position & 63)
  }

  mutating func remove(_ line: Int, _ position: UInt32) {
    words[wordStarts[line] + Int(position >> 6)] &= ~(1 << UInt64(position & 63))
  }

  /// Counts the members. Only then are their ranks known.
  mutating func count() {
    ranks = []
    ranks.reserveCapacity(words.count)
    var sum: UInt32 = 0
    for word in words {
      ranks.append(sum)
      sum += UInt32(word.nonzeroBitCount)
    }
  }

  func contains(_ line: Int, _ position: UInt32) -> Bool {
    words[wordStarts[line] + Int(position >> 6)] >> UInt64(position & 63) & 1 != 0
  }

  /// The number of members before a position, those of earlier lines included.
  @inline(__always)
  func rank(_ line: Int, _ position: UInt32) -> Int {
    let word = wordStarts[line] + Int(position >> 6)
    let before = words[word] & (1 << UInt64(position & 63) &- 1)
    return Int(ranks[word]) + before.nonzeroBitCount
  }

  /// The position of a member of a line.
  func position(ofRank rank: Int, in line: Int) -> UInt32 {
    var (low, high) = (wordStarts[line], wordStarts[line + 1])
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(ranks[middle]) <= rank { low = middle } else { high = middle }
    }
    var word = words[low]
    for _ in 0..<(rank - Int(ranks[low])) { word &= word &- 1 }
    return UInt32(low - wordStarts[line]) << 6 + UInt32(word.trailingZeroBitCount)
  }

  /// The first member at a position or after it, before `end`.
  func next(_ line: Int, from position: UInt32, before end: UInt32) -> UInt32? {
    first(line, from: position, before: end, flipping: 0)
  }

  /// The first position at another or after it, before `end`, that is no member.
  func nextAbsent(_ line: Int, from position: UInt32, before end: UInt32) -> UInt32? {
    first(line, from: position, before: end, flipping: ~0)
  }

  private func first(
    _ line: Int, from position: UInt32, before end: UInt32, flipping mask: UInt64
  ) -> UInt32? {
    guard position < end else { return nil }
    var word = wordStarts[line] + Int(position >> 6)
    let last = wordStarts[line] + Int((end - 1) >> 6)
    var rest = (words[word] ^ mask) & (~0 << UInt64(position & 63))
    while rest == 0 {
      if word == last { return nil }
      word += 1
      rest = words[word] ^ mask
    }
    let found = UInt32(word - wordStarts[line]) << 6 + UInt32(rest.trailingZeroBitCount)
    return found < end ? found : nil
  }

  var byteCount: Int { words.count * 8 + ranks.count * 4 + wordStarts.count * 8 }
}
