public import EvlogReplay
public import EvlogStore

/// Who wrote what is at a place of a state.
public struct Blame: Sendable {
  /// An event that made the value another one. One that writes what was there already is none; one
  /// that writes what was there before is.
  public struct Writer: Sendable {
    /// The event that wrote.
    public let event: RecordedEvent
    /// What it changed there, in the order of the paths: the place itself, or places in it.
    public let changes: [StateDiff.Change]
  }

  /// The place that was asked about.
  public let path: StatePath
  /// The stream or key whose state it is in; nil for the log's state.
  public let key: String?
  /// The cut that was asked about: only events before it count.
  public let cut: Cut
  /// The value at the cut; nil where the place is not there.
  public let value: JSONValue?
  /// In the order of the log: all of them, or the last one alone where only that was asked for. With
  /// none, the value is the one that the initial state has.
  public let writers: [Writer]
  /// What the replays took.
  public let work: Replayer.Work

  /// The event that made the value what it is; nil where no event did.
  public var lastWriter: Writer? { writers.last }
}

extension Replayer {
  /// The last event before a cut that changed the value at a place, or all that ever did.
  ///
  /// A change below the place is one of the place; so is taking away what it is in. The last writer is
  /// looked for from the last snapshot on, then from the one before it, and so on.
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
