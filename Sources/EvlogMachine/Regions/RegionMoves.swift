public import EvlogCore

/// How often events of each type led from one region to another, by numbers of names: what is done for
/// each event is a few comparisons and an addition.
@usableFromInline struct RegionMoves: Sendable {
  /// Events of one type between two regions.
  @usableFromInline struct Count: Sendable {
    @usableFromInline var events: UInt64 = 0
    @usableFromInline var first: Offset = 0
    @usableFromInline var last: Offset = 0

    init() {}

    @inlinable mutating func add(_ offset: Offset) {
      if events == 0 { first = offset }
      events &+= 1
      last = offset
    }
  }

  /// Which events a count is of.
  private struct Place: Hashable, Sendable {
    let type, from, to: Int
  }

  /// The regions that were met, and the one that the state is in.
  private var regions: [String] = []
  @usableFromInline private(set) var region = 0
  /// The two words that the texts of the first ones are in memory: where both are the same, the text is.
  /// A literal is the same words each time; a text that is not is looked up.
  @usableFromInline private(set) var firsts = InlineArray<8, UInt64>(repeating: 0)
  @usableFromInline private(set) var seconds = InlineArray<8, UInt64>(repeating: 0)
  private var regionNumbers: [Name: Int] = [:]
  private var types: [String] = []
  private var typeNumbers: [Name: Int] = [:]
  /// By type, as the present block numbers them: where its counts begin.
  @usableFromInline private(set) var places: [Int] = []
  /// The counts of a type: so many rows, by where events came from, of as many, by where they led. There is
  /// room for the regions that were met, unless they are very many.
  @usableFromInline private(set) var counts: [Count] = []
  @usableFromInline private(set) var side = 4
  private static let mostSide = 32
  /// The counts of regions that were met after so many others.
  private var others: [Place: Count] = [:]

  /// The region that the state is in.
  var presentRegion: String? { regions.isEmpty ? nil : regions[region] }

  /// Taken out while a block is processed, so that the counts have one owner.
  @usableFromInline mutating func takeCounts() -> [Count] {
    defer { counts = [] }
    return counts
  }

  @usableFromInline mutating func put(_ counts: consuming [Count], in region: Int) {
    self.counts = counts
    self.region = region
  }

  /// Makes ready for the events of a block. Where regions come by their numbers, those are their places among
  /// `names`; false where there are too many for that.
  mutating func begin(_ block: borrowing EventBlock, in region: String, numbered names: [String])
    -> Bool
  {
    guard names.count <= Self.mostSide, regions.isEmpty || regions.starts(with: names) else {
      begin(block, in: region)
      return false
    }
    for name in names { _ = find(name) }
    begin(block, in: region)
    return true
  }

  /// Makes ready for the events of a block.
  mutating func begin(_ block: borrowing EventBlock, in region: String) {
    self.region = find(region)
    let numbers = block.typeNumbers.map { number(ofType: block.typeText($0)) }
    let missing = types.count * side * side - counts.count
    if missing > 0 { counts.append(contentsOf: repeatElement(Count(), count: missing)) }
    places = numbers.map { $0 * side * side }
  }

  private mutating func number(ofType name: String) -> Int {
    if let number = typeNumbers[Name(name)] { return number }
    typeNumbers[Name(name)] = types.count
    types.append(name)
    return types.count - 1
  }

  /// An event of a type, as the block numbers them, led to a region.
  @inlinable mutating func enter(_ name: String, by type: Int, at offset: Offset) {
    let (first, second) = unsafe unsafeBitCast(name, to: (UInt64, UInt64).self)
    // All are looked at, for which one it is cannot be foreseen.
    var next = -1
    for i in firsts.indices {
      next = (firsts[i] ^ first) | (seconds[i] ^ second) == 0 ? i : next
    }
    if next < 0 { next = find(name) }
    // The side is a power of two.
    if region | next < side {
      counts[places[type] &+ region &* side &+ next].add(offset)
    } else {
      addOther(type, next, offset)
    }
    region = next
  }

  @usableFromInline mutating func find(_ name: String) -> Int {
    if let number = regionNumbers[Name(name)] { return number }
    regionNumbers[Name(name)] = regions.count
    regions.append(name)
    if regions.count <= firsts.count {
      let (first, second) = unsafe unsafeBitCast(name, to: (UInt64, UInt64).self)
      firsts[regions.count - 1] = first
      seconds[regions.count - 1] = second
    }
    if regions.count > side, side < Self.mostSide { grow() }
    return regions.count - 1
  }

  @usableFromInline mutating func addOther(_ type: Int, _ next: Int, _ offset: Offset) {
    others[
      Place(type: places[type] / (side * side), from: region, to: next), default: Count()
    ].add(offset)
  }

  private mutating func grow() {
    let (old, small) = (counts, side)
    side *= 2
    counts = Array(repeating: Count(), count: types.count * side * side)
    for i in old.indices {
      let (type, from, to) = (i / (small * small), i / small % small, i % small)
      counts[(type * side + from) * side + to] = old[i]
    }
    places = places.map { $0 * 4 }
  }

  /// Reports what was counted.
  func forEach(_ body: (_ type: String, _ from: String, _ to: String, Count) -> Void) {
    for i in counts.indices where counts[i].events > 0 {
      let (from, to) = (i / side % side, i % side)
      body(types[i / (side * side)], regions[from], regions[to], counts[i])
    }
    for (place, count) in others {
      body(types[place.type], regions[place.from], regions[place.to], count)
    }
  }
}

extension MutableSpan<RegionMoves.Count> {
  /// Counts that an event, at an offset, led from one region to the next; `place` is where the counts of its type
  /// begin, and `side` how many regions there is room for.
  @inlinable @inline(__always)
  mutating func enter(
    _ next: Int, from region: inout Int, _ side: Int, _ place: Int, _ offset: Offset
  ) {
    self[place &+ region &* side &+ next].add(offset)
    region = next
  }
}
