import EvlogCore

/// The states that an exploration has reached, by their digests, each with the event that led there first.
///
/// A state takes 24 bytes, and its slot in the table at most 16 more. While threads look states up, none is added.
final class VisitedStates: @unchecked Sendable {
  private struct Entry {
    var high, low: UInt64
    var parent, event: UInt32
  }

  /// Entries are never moved: an array that grows would take twice its room meanwhile.
  private static let chunkBits = 16
  private var chunks: [[Entry]] = []
  private(set) var count = 0
  /// Some bits of a digest, and one more than the number of its entry; 0 where nothing is.
  private var slots = [UInt64](repeating: 0, count: 1 << 10)

  /// No state has this number.
  static let none = UInt32.max
  /// There is no number for more.
  static let limit = Int(UInt32.max) - 1

  /// Digests may be numbers that follow one another, so their bits are mixed.
  private static func mixed(_ digest: Digest) -> UInt64 {
    var bits = digest.low ^ (digest.high &* 0x9E37_79B9_7F4A_7C15)
    bits = (bits ^ (bits >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    bits = (bits ^ (bits >> 33)) &* 0xC4CE_B9FE_1A85_EC53
    return bits ^ (bits >> 33)
  }

  private func entry(_ number: Int) -> Entry {
    chunks[number >> Self.chunkBits][number & ((1 << Self.chunkBits) - 1)]
  }

  /// The slot of a digest, or the free one where it belongs.
  private func slot(of digest: Digest, _ mixed: UInt64) -> (index: Int, isTaken: Bool) {
    var index = Int(mixed.multipliedFullWidth(by: UInt64(slots.count)).high)
    while true {
      let slot = slots[index]
      if slot == 0 { return (index, false) }
      if slot >> 32 == mixed & 0xFFFF_FFFF {
        let entry = entry(Int(slot & 0xFFFF_FFFF) - 1)
        if entry.low == digest.low, entry.high == digest.high { return (index, true) }
      }
      index += 1
      if index == slots.count { index = 0 }
    }
  }

  func contains(_ digest: Digest) -> Bool { slot(of: digest, Self.mixed(digest)).isTaken }

  /// Adds a state; false if it is there already.
  func insert(_ digest: Digest, from parent: UInt32, by event: UInt32) -> Bool {
    let mixed = Self.mixed(digest)
    let (index, isTaken) = slot(of: digest, mixed)
    if isTaken { return false }
    if count & ((1 << Self.chunkBits) - 1) == 0 {
      var chunk: [Entry] = []
      chunk.reserveCapacity(count == 0 ? 64 : 1 << Self.chunkBits)
      chunks.append(chunk)
    }
    chunks[chunks.count - 1].append(
      Entry(high: digest.high, low: digest.low, parent: parent, event: event))
    count += 1
    slots[index] = (mixed & 0xFFFF_FFFF) << 32 | UInt64(count)
    if count * 8 >= slots.count * 7 { grow() }
    return true
  }

  private func grow() {
    // To twice the size, the table would take too much right afterwards.
    var grown = [UInt64](repeating: 0, count: slots.count + slots.count / 2)
    for number in 0..<count {
      let entry = entry(number)
      let mixed = Self.mixed(Digest(high: entry.high, low: entry.low))
      var index = Int(mixed.multipliedFullWidth(by: UInt64(grown.count)).high)
      while grown[index] != 0 {
        index += 1
        if index == grown.count { index = 0 }
      }
      grown[index] = (mixed & 0xFFFF_FFFF) << 32 | UInt64(number + 1)
    }
    slots = grown
  }

  /// The numbers of the events that lead from the beginning to a state.
  func path(to number: UInt32) -> [Int] {
    var path: [Int] = []
    var number = number
    while number != Self.none {
      let entry = entry(Int(number))
      if entry.parent != Self.none { path.append(Int(entry.event)) }
      number = entry.parent
    }
    return path.reversed()
  }

  /// The bytes of all entries and slots.
  var byteCount: Int {
    chunks.reduce(0) { $0 + $1.capacity } * MemoryLayout<Entry>.stride
      + slots.count * MemoryLayout<UInt64>.stride
  }
}
