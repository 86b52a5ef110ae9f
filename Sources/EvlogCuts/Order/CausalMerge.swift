import EvlogCore

/// Merges lines into one causal order, an event at a time.
///
/// Of the events that may come next, because their whole past is out, it takes the one with the least key; of
/// several, that of the first line. So without edges it merges by key. An event that has the least key but must
/// wait for its past is a *correction*: its edges put it later than its key would.
struct CausalMerge {
  /// The number of events that had to wait.
  private(set) var corrections: UInt64 = 0

  private let causality: Causality
  private let key: (CausalEvent) throws -> Int64
  /// How many events of each line are out.
  private(set) var positions: [UInt32]
  /// The heads that may come next, as a binary heap.
  private var heads: [Head] = []
  /// The heads that wait for a line to reach a position.
  private var waiting: [[(position: UInt32, head: Head)]]
  /// The rest of an atomic group: its events come out one after another.
  private var group: [CausalEvent] = []

  private struct Head {
    var key: Int64
    var line: Int
    var hasWaited = false

    static func < (a: Head, b: Head) -> Bool { (a.key, a.line) < (b.key, b.line) }
  }

  /// Merges all events that come after a consistent cut. The key of each is asked for once, in the order of its
  /// line.
  init(
    _ causality: Causality, from positions: [UInt32],
    key: @escaping (CausalEvent) throws -> Int64
  ) throws {
    self.causality = causality
    self.key = key
    self.positions = positions
    waiting = Array(repeating: [], count: causality.width)
    for line in positions.indices { try addHead(of: line) }
  }

  /// The next event; nil after the last.
  mutating func next() throws -> CausalEvent? {
    if let event = group.popLast() {
      try advance(event)
      return event
    }
    while let head = heads.first {
      let event = CausalEvent(head.line, positions[head.line])
      guard let missing = missing(for: event) else {
        removeFirst()
        let event = firstOfGroup(event)
        try advance(event)
        return event
      }
      removeFirst()
      if !head.hasWaited { corrections += 1 }
      var head = head
      head.hasWaited = true
      waiting[missing.line].append((missing.position, head))
    }
    return nil
  }

  // MARK: - What an event waits for

  /// A line whose events must come out up to a position before an event can.
  private func missing(for event: CausalEvent) -> (line: Int, position: UInt32)? {
    let (line, offset) = (event.line, positions[event.line])
    // Whatever learns nothing may follow the event before it.
    guard causality.learners.contains(line, offset) else { return nil }
    let row = causality.learners.rank(line, offset)
    for other in 0..<causality.width where other != line {
      let known = causality.clocks[row * causality.width + other]
      guard known > positions[other] else { continue }
      // What also knows of the event belongs to the same atomic group, and comes out with it.
      let first = causality.firstRow(other, knowingMoreThan: offset, of: line)
      let end =
        first < causality.rowStarts[other + 1]
        ? min(known, causality.learners.position(ofRank: first, in: other)) : known
      if end > positions[other] { return (other, end) }
    }
    return nil
  }

  /// If an event is of an atomic group, holds back the others: in the past of the first there is nothing else
  /// that is not out.
  private mutating func firstOfGroup(_ event: CausalEvent) -> CausalEvent {
    let (line, offset) = (event.line, positions[event.line])
    guard causality.learners.contains(line, offset) else { return event }
    let row = causality.learners.rank(line, offset)
    for line in 0..<causality.width {
      let end = causality.clocks[row * causality.width + line]
      guard end > positions[line] else { continue }
      for offset in positions[line]..<end where CausalEvent(line, offset) != event {
        group.append(CausalEvent(line, offset))
      }
    }
    if group.isEmpty { return event }
    group.append(event)
    group.sort { ($0.line, $0.offset) > ($1.line, $1.offset) }
    // The heads of its other lines are no longer heads.
    let lines = Set(group.map(\.line))
    let others = heads.filter { !lines.contains($0.line) }
    heads = []
    for head in others { insert(head) }
    for line in waiting.indices { waiting[line].removeAll { lines.contains($0.head.line) } }
    return group.removeLast()
  }

  private mutating func advance(_ event: CausalEvent) throws {
    let line = event.line
    positions[line] += 1
    if group.contains(where: { $0.line == line }) {
      // Each key is asked for, also that of an event which comes out with its group.
      _ = try key(CausalEvent(line, positions[line]))
    } else {
      try addHead(of: line)
    }
    guard !waiting[line].isEmpty else { return }
    let ready = waiting[line].filter { $0.position <= positions[line] }
    waiting[line].removeAll { $0.position <= positions[line] }
    for (_, head) in ready { insert(head) }
  }

  private mutating func addHead(of line: Int) throws {
    guard positions[line] < causality.counts[line] else { return }
    insert(Head(key: try key(CausalEvent(line, positions[line])), line: line))
  }

  // MARK: - The heap

  private mutating func insert(_ head: Head) {
    var i = heads.count
    heads.append(head)
    while i > 0, head < heads[(i - 1) / 2] {
      heads[i] = heads[(i - 1) / 2]
      i = (i - 1) / 2
    }
    heads[i] = head
  }

  private mutating func removeFirst() {
    let last = heads.removeLast()
    if heads.isEmpty { return }
    var i = 0
    while 2 * i + 1 < heads.count {
      var child = 2 * i + 1
      if child + 1 < heads.count, heads[child + 1] < heads[child] { child += 1 }
      guard heads[child] < last else { break }
      heads[i] = heads[child]
      i = child
    }
    heads[i] = last
  }
}
