package import EvlogStore

extension EventCursor {
  /// Passes all following events on, in the order of the log: a block in place if `takesBlock` accepts its
  /// number of events, otherwise copies of events, those of several blocks together.
  ///
  /// `workers` threads read; one of them at a time is in `block` or `events`. Everything before an event that
  /// cannot be read is passed on before the error is thrown.
  package consuming func forEachRun(
    workers: Int, takesBlock: (_ count: Int) -> Bool,
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
      try forEachBlock(workers: workers) { next in
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
    } catch let error as EventLogError {
      try pass()
      throw error
    }
    try pass()
  }
}

extension History {
  /// The same of what a query asks for. Only a log has blocks.
  package func forEachRun(
    of query: Query, workers: Int, takesBlock: (_ count: Int) -> Bool,
    block: (borrowing EventBlock) throws -> Void,
    events: (ArraySlice<RecordedEvent>) throws -> Void
  ) throws {
    if let log = self as? EventLog {
      return try log.events(query).makeCursor()
        .forEachRun(workers: workers, takesBlock: takesBlock, block: block, events: events)
    }
    try forEachRow(of: query) {
      try events($0)
      return true
    }
  }
}
