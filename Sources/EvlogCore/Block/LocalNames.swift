/// Which names of a table occur in a block, in the order in which they first do.
///
/// The table is kept for a whole segment or a whole log; a block needs to know only which numbers of
/// it are its own. So a name is hashed and looked up once, however many blocks mention it.
struct LocalNames: Sendable {
  /// By place in the block: the number in the table.
  private(set) var numbers: [UInt32] = []
  /// By number in the table: the block that mentioned the name last, and the place that it had there.
  private var places: [Place] = []
  private var block: UInt32 = 1

  private struct Place: Sendable {
    var block: UInt32 = 0
    var place: UInt32 = 0
  }

  var count: Int { numbers.count }

  /// The place of a name of the table in the block, which it has afterwards.
  @inline(__always)
  mutating func place(of number: Int) -> Int {
    if number >= places.count { grow(to: number) }
    if places[number].block == block { return Int(places[number].place) }
    let place = numbers.count
    places[number] = Place(block: block, place: UInt32(truncatingIfNeeded: place))
    numbers.append(UInt32(truncatingIfNeeded: number))
    return place
  }

  /// Asks for the memory in which the places of some names of the table are.
  func prefetch(_ numbers: [UInt32]) {
    for number in numbers { places.prefetch(Int(number)) }
  }

  @inline(never)
  private mutating func grow(to number: Int) {
    places.append(contentsOf: repeatElement(Place(), count: number &+ 1 &- places.count))
  }

  /// Forgets the names, for the next block of the same table.
  mutating func removeAll() {
    numbers.removeAll(keepingCapacity: true)
    block &+= 1
    if block == 0 { forgetTable() }
  }

  /// Forgets the names, for a block whose table has new numbers.
  mutating func forgetTable() {
    numbers.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    block = 1
  }
}
