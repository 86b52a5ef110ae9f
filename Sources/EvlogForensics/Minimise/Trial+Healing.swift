import EvlogCore

// What the log has against what is left is looked for, and kept too.
extension Trial {
  /// What is kept, with more events of the log with which the invariant does not break there; nil
  /// where none was found.
  mutating func healing(_ kept: [Int], _ choices: Int, _ seed: UInt64) throws -> [Int]? {
    let others = others(than: kept)
    func with(_ more: [Int]) -> [Int] { closed((kept + more).sorted()) }
    let isKept = Set(kept)
    for healer in healers {
      let some = with(healer.filter { !isKept.contains($0) })
      if some.count > kept.count, try run(some, inTheEnd: true) == .doesNot { return some }
    }
    func found(_ some: [Int]) -> [Int] {
      healers.insert(some.filter { !isKept.contains($0) }, at: 0)
      if healers.count > Self.mostHealers { healers.removeLast() }
      return some
    }
    if others.count <= Self.exhaustive {
      // So few that every choice can be tried.
      for choice in 1..<(1 << others.count) {
        let some = with(others.indices.filter { choice >> $0 & 1 == 1 }.map { others[$0] })
        if try run(some, inTheEnd: true) == .doesNot { return found(some) }
      }
      return nil
    }
    for i in others {
      let some = with([i])
      if some.count > kept.count, try run(some, inTheEnd: true) == .doesNot { return found(some) }
    }
    var generator = SplitMix(state: seed)
    for choice in 0..<choices {
      // From a few to nearly all.
      let share = Double(choice % 19 + 1) / 20
      let some = with(others.filter { _ in Double.random(in: 0..<1, using: &generator) < share })
      if try run(some, inTheEnd: true) == .doesNot { return found(some) }
    }
    return nil
  }

  /// The events that are not kept and could heal something.
  func others(than kept: [Int]) -> [Int] {
    let isKept = Set(kept)
    return events.indices.filter { matters[$0] && !isKept.contains($0) }
  }

  /// So many choices that healed something are tried first.
  static let mostHealers = 16

  /// Of so many other events every choice is tried.
  static let exhaustive = 9

  /// Leaves out what can be left out with no other event healing what is left.
  mutating func withoutSurplus(_ kept: [Int], _ choices: Int, _ seed: UInt64) throws
    -> [Int]
  {
    var kept = kept
    var count = 0
    repeat {
      count = kept.count
      for i in kept where !ancestors.contains(i) {
        let rest = closed(kept.filter { $0 != i })
        if rest.count < kept.count, try breaks(rest), try healing(rest, choices, seed) == nil {
          kept = rest
        }
      }
    } while kept.count < count
    return kept
  }
}

/// SplitMix64, by Sebastiano Vigna: the choices follow from their seed.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z &>> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z &>> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z &>> 31
  }
}
