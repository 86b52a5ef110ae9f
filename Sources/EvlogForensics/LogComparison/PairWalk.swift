import EvlogCore

/// Walks through two histories side by side.
struct PairWalk {
  private var first, second: Side
  private(set) var names = NameTable()
  /// How many events of both were read.
  private(set) var readCount: UInt64 = 0

  private struct Side {
    var reader: PartsReader
    /// The place in the piece that was read.
    var next = 0

    var left: Int { reader.parts.count - next }

    /// How many events are at hand; 0 after the last.
    mutating func fill(_ names: inout NameTable, _ readCount: inout UInt64) throws -> Int {
      while left == 0 {
        next = 0
        guard try reader.next(&names) else { return 0 }
        readCount += UInt64(reader.parts.count)
      }
      return left
    }
  }

  init(
    _ first: any History, _ second: any History, from cut: Cut, to ends: (first: Cut, second: Cut)
  ) throws {
    self.first = Side(reader: try PartsReader(first, from: cut, to: ends.first))
    self.second = Side(reader: try PartsReader(second, from: cut, to: ends.second))
  }

  /// Passes the events in pairs to `body`, until it says that it has seen enough or one history has no more.
  mutating func forEachPair(
    _ body: (_ first: EventParts, _ second: EventParts, _ stream: UInt32) throws -> Bool
  ) throws {
    while true {
      let count = min(
        try first.fill(&names, &readCount), try second.fill(&names, &readCount))
      guard count > 0 else { return }
      for _ in 0..<count {
        let goesOn = try body(
          first.reader.parts[first.next], second.reader.parts[second.next],
          first.reader.streams[first.next])
        guard goesOn else { return }
        first.next += 1
        second.next += 1
      }
    }
  }

  /// Passes on the events that are left of the first history, and then of the second.
  mutating func forEachLeft(
    inFirst: (EventParts, _ stream: UInt32) -> Void,
    inSecond: (EventParts, _ stream: UInt32) -> Void
  ) throws {
    while try first.fill(&names, &readCount) > 0 {
      inFirst(first.reader.parts[first.next], first.reader.streams[first.next])
      first.next += 1
    }
    while try second.fill(&names, &readCount) > 0 {
      inSecond(second.reader.parts[second.next], second.reader.streams[second.next])
      second.next += 1
    }
  }
}
