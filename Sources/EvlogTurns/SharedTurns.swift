import EvlogCore

/// A stream in a runner: who holds it, who waits for it, and what is known about it.
final class StreamSlot: @unchecked Sendable {
  let name: Name
  /// What is known about the stream; only its holder uses it.
  var state: TrackedStream?

  // The rest may be used only with the runner's lock.

  /// One turn at a time has the stream; the others get it in the order in which they came.
  fileprivate var isTaken = false
  fileprivate var waiting: [CheckedContinuation<Void, Never>] = []
  /// The number of tasks that found it taken and are about to wait.
  fileprivate var comingCount = 0
  /// When it was used last, in uses of all streams.
  fileprivate var lastUse: UInt64 = 0

  /// No task holds it, and none is waiting for it.
  fileprivate var isUnused: Bool { !isTaken && comingCount == 0 }

  fileprivate init(_ name: Name) { self.name = name }
}

/// What the turns of a runner have in common. It is no actor, for each turn would change threads twice more;
/// and it does not know the decider's types, as ``PendingTurn`` does not.
struct SharedTurns {
  private var slots: [Name: StreamSlot] = [:]
  private var useCount: UInt64 = 0
  var orders: Orders
  /// Those that were found to take no turns.
  var quarantined: Set<Name> = []

  init(orders: Orders) { self.orders = orders }

  /// A stream, and whether it was free and is taken now. So many are kept.
  mutating func take(_ name: Name, limit: Int) -> (slot: StreamSlot, isFree: Bool) {
    useCount += 1
    let slot = slots[name] ?? add(name, limit)
    slot.lastUse = useCount
    guard !slot.isTaken else {
      slot.comingCount += 1
      return (slot, false)
    }
    slot.isTaken = true
    return (slot, true)
  }

  private mutating func add(_ name: Name, _ limit: Int) -> StreamSlot {
    if slots.count >= limit { makeRoom(limit) }
    let slot = StreamSlot(name)
    slots[name] = slot
    return slot
  }

  /// Whether a stream that was not free has become so meanwhile, and is taken now; else it is handed over
  /// later.
  mutating func take(_ slot: StreamSlot, or continuation: CheckedContinuation<Void, Never>) -> Bool
  {
    slot.comingCount -= 1
    guard slot.isTaken else {
      slot.isTaken = true
      return true
    }
    slot.waiting.append(continuation)
    return false
  }

  /// Hands a stream to the task that has waited longest, or makes it free.
  mutating func give(_ slot: StreamSlot) {
    if !slot.waiting.isEmpty { return slot.waiting.removeFirst().resume() }
    slot.isTaken = false
    if slot.state == nil, slot.isUnused { slots[slot.name] = nil }
  }

  /// Lets go of an eighth of the streams, those that were not used for longest.
  private mutating func makeRoom(_ limit: Int) {
    let order = slots.values.filter(\.isUnused).sorted { $0.lastUse < $1.lastUse }
    for slot in order.prefix(max(1, limit / 8)) { slots[slot.name] = nil }
  }
}
