package import EvlogCore
import EvlogStore

extension History {
  /// Passes all events of a query on, in its order: a block in place if `takesBlock` accepts its number of events,
  /// otherwise copies of events, those of several blocks together.
  ///
  /// `workers` threads read a log; one of them at a time is in `block` or `events`. Everything before an event that
  /// cannot be read is passed on before the error is thrown.
  package func forEachRun(
    of query: Query, workers: Int, takesBlock: (_ count: Int) -> Bool,
    block: (borrowing EventBlock) throws -> Void,
    events: (ArraySlice<RecordedEvent>) throws -> Void
  ) throws {
    var gathered: [RecordedEvent] = []
    var bytes = 0
    func pass() throws {
      guard !gathered.isEmpty else { return }
      defer { (gathered, bytes) = ([], 0) }
      try events(gathered[...])
    }
    do {
      let hasBlocks = try forEachBlock(of: query, workers: workers) { next in
        if takesBlock(next.count) {
          try pass()
          try block(next)
        } else {
          let copies = next.recordedEvents()
          next.letGo()
          bytes += copies.payloadBytes
          if gathered.isEmpty { gathered = copies } else { gathered += copies }
          if gathered.count >= Replayer.batchCount || bytes >= EventCursor.gatheredBytes {
            try pass()
          }
        }
      }
      if !hasBlocks {
        try forEachRow(of: query) {
          try events($0)
          return true
        }
      }
    } catch let error as EventLogError {
      try pass()
      throw error
    }
    try pass()
  }

  /// Passes each block to `body`; false if there are only rows.
  private func forEachBlock(
    of query: Query, workers: Int, _ body: (inout EventBlock) throws -> Void
  ) throws -> Bool {
    if let log = self as? EventLog {
      try log.events(query).makeCursor().forEachBlock(workers: workers, body)
      return true
    }
    guard var reader = try (self as? any BlockHistory)?.blockReader(of: query) else { return false }
    var block = EventBlock()
    while try reader.read(into: &block) { try body(&block) }
    return true
  }
}
