/// Counts executed events by type and by the regions from which and to which they led.
struct MoveTally {
  private(set) var types: [String] = []
  private(set) var regions: [String] = []
  private var side = 1
  /// By type, region and region, of the first regions.
  private var counts: [UInt64] = []
  /// Those of other regions.
  private var others: [Place: UInt64] = [:]
  private static let mostSide = 64

  private struct Place: Hashable {
    let type, from, to: Int
  }

  /// The numbers that some names have here; those that are new are added.
  mutating func typeNumbers(_ names: [String]) -> [Int] {
    let numbers = Self.numbers(of: names, in: &types)
    counts += Array(repeating: 0, count: max(0, types.count * side * side - counts.count))
    return numbers
  }

  mutating func regionNumbers(_ names: [String]) -> [Int] {
    let numbers = Self.numbers(of: names, in: &regions)
    if regions.count > side, side < Self.mostSide { widen(to: min(regions.count, Self.mostSide)) }
    return numbers
  }

  private static func numbers(of names: [String], in known: inout [String]) -> [Int] {
    names.map { name in
      if let place = known.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) { return place }
      known.append(name)
      return known.count - 1
    }
  }

  private mutating func widen(to wider: Int) {
    var grown = [UInt64](repeating: 0, count: types.count * wider * wider)
    for (i, count) in counts.enumerated() {
      let (type, from, to) = (i / (side * side), i / side % side, i % side)
      grown[(type * wider + from) * wider + to] = count
    }
    (counts, side) = (grown, wider)
  }

  mutating func add(_ type: Int, from: Int, to: Int) {
    if from < side, to < side {
      counts[(type * side + from) * side + to] += 1
    } else {
      others[Place(type: type, from: from, to: to), default: 0] += 1
    }
  }

  /// The moves, ordered by type and regions.
  var moves: [ExploredSpace.Move] {
    var all = others.map { ($0.key, $0.value) }
    for (i, count) in counts.enumerated() where count > 0 {
      all.append(
        (Place(type: i / (side * side), from: i / side % side, to: i % side), count))
    }
    let sorted = all.sorted { ($0.0.type, $0.0.from, $0.0.to) < ($1.0.type, $1.0.from, $1.0.to) }
    return sorted.map { place, count in
      ExploredSpace.Move(
        region: regions.isEmpty ? nil : regions[place.from],
        target: regions.isEmpty ? nil : regions[place.to], type: types[place.type], count: count)
    }
  }
}
