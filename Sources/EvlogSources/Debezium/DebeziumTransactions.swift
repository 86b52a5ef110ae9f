import EvlogStore

/// Puts the events of each transaction together, and checks that they are all there, where the end of a transaction
/// says how many it has.
struct DebeziumTransactions {
  private struct Transaction {
    let id: String
    var events: [(event: SourceEvent, order: UInt64)] = []
    /// How many it has, by its end.
    var expected: UInt64?
    var line: Int
  }

  /// A transaction has not the events that it should have.
  struct Incomplete: Error {
    let message: String
    let line: Int
  }

  /// Those that are not whole. Without collecting, it is the last one at most, and those whose end came first.
  private var open: [String: Transaction] = [:]
  private var current: String?
  /// Of those that were given out, how many events they had.
  private var given: [String: UInt64] = [:]
  private var turns: UInt64 = 0

  var waitingCount: Int { open.values.reduce(0) { $0 + $1.events.count } }

  /// Takes an event, and gives those that are ready now.
  mutating func add(
    _ event: SourceEvent, to transaction: (id: String, order: UInt64)?, collecting: Bool
  ) throws(Incomplete) -> [SourceEvent] {
    var ready: [SourceEvent] = []
    if !collecting, let current, current != transaction?.id { ready = try release(current) }
    guard let (id, order) = transaction else { return ready + [event] }
    guard given[id] == nil else {
      throw Incomplete(
        message:
          "the events of the transaction \(id) do not follow one another: others are between "
          + "them, or it has more than its end says.",
        line: event.line)
    }
    var whole = open[id] ?? Transaction(id: id, line: event.line)
    whole.events.append((event, order))
    guard whole.events.count <= Limits.turnEvents else {
      throw Incomplete(
        message:
          "the transaction \(id) has more than \(Limits.turnEvents) events, which is more than a "
          + "turn may have.", line: event.line)
    }
    open[id] = whole
    current = id
    if collecting, whole.expected == UInt64(whole.events.count) { ready += try release(id) }
    return ready
  }

  /// Takes the end of a transaction.
  mutating func end(_ id: String, _ count: UInt64, line: Int, collecting: Bool) throws(Incomplete)
    -> [SourceEvent]
  {
    if let had = given[id] {
      guard had == count else { throw incomplete(id, had, count, line) }
      return []
    }
    var whole = open[id] ?? Transaction(id: id, line: line)
    whole.expected = count
    open[id] = whole
    let isWhole = UInt64(whole.events.count) >= count
    // Where events are not collected, no more of them come after the end of theirs.
    return isWhole || !collecting && current == id ? try release(id) : []
  }

  /// Gives what is left at the end of the input.
  mutating func finish(collecting: Bool) throws(Incomplete) -> [SourceEvent] {
    let left = open.values.sorted { $0.line < $1.line }
    var ready: [SourceEvent] = []
    for transaction in left {
      if collecting, transaction.expected == nil {
        throw Incomplete(
          message: "the transaction \(transaction.id) has no end in the input.",
          line: transaction.line)
      }
      ready += try release(transaction.id)
    }
    return ready
  }

  private mutating func release(_ id: String) throws(Incomplete) -> [SourceEvent] {
    if current == id { current = nil }
    guard let whole = open.removeValue(forKey: id) else { return [] }
    let count = UInt64(whole.events.count)
    if let expected = whole.expected, expected != count {
      throw incomplete(id, count, expected, whole.line)
    }
    given[id] = count
    turns += 1
    let sorted = whole.events.enumerated().sorted {
      ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
    }
    return sorted.map { entry in
      var event = entry.element.event
      event.turn = turns
      return event
    }
  }

  private func incomplete(_ id: String, _ had: UInt64, _ count: UInt64, _ line: Int) -> Incomplete {
    Incomplete(
      message:
        "the events of the transaction \(id) are not all there, or not together: its end counts "
        + "\(count), and the input has \(had).", line: line)
  }
}
