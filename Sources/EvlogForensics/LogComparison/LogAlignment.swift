import EvlogCore

/// Which events of two histories stand for each other, in the order of both.
struct LogAlignment {
  let ends: (first: Cut, second: Cut)
  /// Up to it, the events at the same offset stand for each other.
  let start: Cut
  /// From the start on, for each event of the first history, the place of the one in the second, plus one; 0 if there
  /// is none in order. Empty if events stand for each other by offset.
  var partners: [UInt32] = []
  /// How many events at the ends of both are again the same, one by one.
  var behind: UInt64 = 0

  /// One event of each history, or of one of them.
  struct Step: Equatable {
    let first, second: Offset?
  }

  /// Gives the events of both histories from a cut of both on, in their order. Events that stand for each other come
  /// together. Between such pairs one event of each comes at a time, as long as both have one.
  func makeSteps(from cut: Cut) -> Steps { Steps(self, cut) }

  struct Steps: Sequence, IteratorProtocol {
    private let alignment: LogAlignment
    private var first, second: Offset
    /// The next pair.
    private var pair: (first: Offset, second: Offset)

    init(_ alignment: LogAlignment, _ cut: Cut) {
      self.alignment = alignment
      (first, second) = (cut.offsetAfter, cut.offsetAfter)
      pair = alignment.pair(from: first, second)
    }

    mutating func next() -> Step? {
      let isPair = first == pair.first && second == pair.second
      let step = Step(
        first: first < pair.first || isPair && first < alignment.ends.first.offsetAfter
          ? first : nil,
        second: second < pair.second || isPair && second < alignment.ends.second.offsetAfter
          ? second : nil)
      if step.first != nil { first += 1 }
      if step.second != nil { second += 1 }
      if isPair { pair = alignment.pair(from: first, second) }
      return step.first == nil && step.second == nil ? nil : step
    }
  }

  /// The next events that stand for each other, or the ends.
  private func pair(from first: Offset, _ second: Offset) -> (first: Offset, second: Offset) {
    let (end, otherEnd) = (ends.first.offsetAfter, ends.second.offsetAfter)
    let tail = (first: end - behind, second: otherEnd - behind)
    if first < start.offsetAfter || first >= tail.first && second >= tail.second {
      return (first, second)
    }
    if partners.isEmpty, behind == 0 {
      // By offset, as far as both go.
      return first < end && second < otherEnd ? (first, second) : (end, otherEnd)
    }
    var i = Int(first - start.offsetAfter)
    while i < partners.count {
      if partners[i] > 0 {
        return (start.offsetAfter + i, start.offsetAfter + UInt64(partners[i] - 1))
      }
      i += 1
    }
    return tail
  }
}
