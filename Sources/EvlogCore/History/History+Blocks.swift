extension History {
  /// Gives each event that a query asks for, in its order, and in a group the name of its log, until `body` says that
  /// it has seen enough. Events are read in blocks where there are any.
  ///
  /// Throws `CancellationError` where the task is cancelled.
  package func forEachEvent(
    of query: Query, _ body: (borrowing EventView, _ log: String?) throws -> Bool
  ) throws {
    guard var reader = try (self as? any BlockHistory)?.blockReader(of: query) else {
      var rows = try self.reader(of: query)
      while let row = try rows.nextBatch(atLeast: 1) {
        try Task.checkCancellation()
        for event in row {
          let block = EventBlock(event)
          guard try body(block[0], event.log) else { return }
        }
      }
      return
    }
    var block = EventBlock()
    while try reader.read(into: &block) {
      try Task.checkCancellation()
      for i in block.indices {
        let event = block[i]
        guard try body(event, event.log) else { return }
      }
    }
  }
}
