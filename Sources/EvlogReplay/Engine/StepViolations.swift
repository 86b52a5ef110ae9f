package import EvlogCore

/// The events that violate a step, in the order of the log: a few bytes for each, so that there may be
/// millions.
package struct StepViolations: Sendable, Hashable, RandomAccessCollection {
  /// An event that violates the step leads to a cut, and is of a stream or key where there is a state for
  /// each.
  package typealias Element = (cut: Cut, key: String?)

  private var cuts: [Cut] = []
  /// The number of each one's key; empty where there is one state.
  private var numbers: [UInt32] = []
  private var keys: [String] = []
  private var numberOf: [Name: UInt32] = [:]

  package init() {}

  package var startIndex: Int { 0 }
  package var endIndex: Int { cuts.count }

  package subscript(i: Int) -> Element {
    (cuts[i], numbers.isEmpty ? nil : keys[Int(numbers[i])])
  }

  package mutating func append(cut: Cut, key: String?) {
    cuts.append(cut)
    guard let key else { return }
    let name = Name(key)
    let number = numberOf[name] ?? UInt32(keys.count)
    if number == keys.count {
      numberOf[name] = number
      keys.append(key)
    }
    numbers.append(number)
  }

  package mutating func append(_ others: StepViolations) {
    for other in others { append(cut: other.cut, key: other.key) }
  }

  /// Brings those of several parts of the keys into the order of the log.
  package mutating func sort() {
    // Of one part, and of intervals one after the other, they are so already.
    if zip(cuts, cuts.dropFirst()).allSatisfy(<=) { return }
    let order = cuts.indices.sorted { (cuts[$0], $0) < (cuts[$1], $1) }
    cuts = order.map { cuts[$0] }
    if !numbers.isEmpty { numbers = order.map { numbers[$0] } }
  }

  /// Drops those of cuts beyond one.
  package mutating func drop(beyond cut: Cut) {
    let isWithin = cuts.map { $0 <= cut }
    if isWithin.allSatisfy({ $0 }) { return }
    if !numbers.isEmpty { numbers = zip(numbers, isWithin).filter(\.1).map(\.0) }
    cuts.removeAll { $0 > cut }
  }

  /// Where the first one is that leads to a cut, or to a later one.
  package func place(of cut: Cut) -> Int { cuts.partitioningIndex { $0 >= cut } }
}
