public import EvlogCore
public import EvlogJSON
public import EvlogReplay

/// The events that wrote the value at a path of a state.
public struct Blame: Sendable {
  /// An event that changed the value. Writing the value that is already there changes nothing; writing an older
  /// value back does.
  public struct Writer: Sendable {
    /// The event that wrote the value.
    public let event: RecordedEvent
    /// What the event changed at the path and below it, in the order of the paths.
    public let changes: [StateDiff.Change]
  }

  /// The path in question.
  public let path: StatePath
  /// The stream or key that has the state; nil for the log's state.
  public let key: String?
  /// The cut in question: only events before it count.
  public let cut: Cut
  /// The value at the cut; nil if there is none.
  public let value: JSONValue?
  /// The writers in the order of the log: all of them, or only the last. If there are none, the value comes
  /// from the initial state.
  public let writers: [Writer]
  /// The work of the replays.
  public let work: Replayer.Work

  /// The event that made the value what it is; nil if no event did.
  public var lastWriter: Writer? { writers.last }
}

extension Replayer {
  /// The last event before a cut that changed the value at a path, or all events that ever did.
  ///
  /// A change below the path is a change of it, and so is removing what contains it. The search for the last
  /// writer begins at the last snapshot, then at the one before it, and so on.
  public func blame(
    _ path: StatePath, ofKey key: String? = nil, at cut: Cut? = nil, history: Bool = false
  ) async throws -> Blame {
    try await QuestionThreads.run {
      let cut = try checked(cut)
      var work = Work()
      let found = try writers(of: [Place(path, at: cut)], key: key, history: history, &work)[0]
      let events = try self.history.eventsRead(at: found.writes.map(\.offset))
      return Blame(
        path: path, key: key, cut: cut, value: found.value,
        writers: found.writes.compactMap { write in
          events[write.offset].map { Blame.Writer(event: $0, changes: write.changes) }
        }, work: work)
    }
  }
}

extension History {
  /// The events at some offsets, which ascend. Those that are near each other are read together.
  fileprivate func eventsRead(at offsets: [Offset]) throws -> [Offset: RecordedEvent] {
    var found: [Offset: RecordedEvent] = [:]
    var left = offsets[...]
    while let first = left.first {
      var reader = try reader(of: Query(from: first.cutBefore))
      var end = first
      // Where the next one is far, what lies between is not read.
      let near = UInt64(4096)
      while let next = left.first, next - end <= near, let batch = try reader.nextBatch(atLeast: 1),
        let start = batch.first?.offset
      {
        end = start + UInt64(batch.count)
        while let offset = left.first, offset < end {
          found[offset] = batch[batch.startIndex + Int(offset - start)]
          left.removeFirst()
        }
      }
      if end == first { break }
    }
    return found
  }
}
