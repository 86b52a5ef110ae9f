public import EventLog
public import Replay

/// Who wrote what is at a place of a state.
public struct Blame: Sendable {
  /// An event that made the value another one. One that writes what was there already is none; one
  /// that writes what was there before is.
  public struct Writer: Sendable {
    public let event: RecordedEvent
    /// The value before and after; nil where the place is not there.
    public let old: JSONValue?
    public let new: JSONValue?
  }

  public let path: StatePath
  public let key: String?
  public let cut: UInt64
  /// The value at the cut; nil where the place is not there.
  public let value: JSONValue?
  /// In the order of the log: all of them, or the last one alone where only that was asked for. With
  /// none, the value is the one that the initial state has.
  public let writers: [Writer]
  public let work: Replayer.Work

  public var lastWriter: Writer? { writers.last }
}

extension Replayer {
  /// The last event before a cut that changed the value at a place, or all that ever did.
  ///
  /// A change below the place is one of the place; so is taking away what it is in. The last writer is
  /// looked for from the last snapshot on, then from the one before it, and so on.
  public func blame(
    _ path: StatePath, ofKey key: String? = nil, at cut: UInt64? = nil, history: Bool = false
  ) async throws -> Blame {
    let cut = try checked(cut)
    var work = Work()
    if machine.scope == .stream, let key {
      let changes = try follow(path, ofStream: key, to: cut, &work)
      return try blame(path, key, cut, history ? changes.all : changes.last, changes.value, work)
    }
    var value: JSONValue??
    var until = cut
    while true {
      let start = history || until == 0 ? 0 : usableCut(before: until, &work)
      let found = try follow(path, of: key, from: start, to: until, &work)
      if value == nil { value = .some(found.value) }
      if start == 0 || !found.all.isEmpty {
        return try blame(
          path, key, cut, history ? found.all : found.last, value ?? nil, work)
      }
      until = start
    }
  }

  /// The cut of the last snapshot before a cut.
  private func usableCut(before cut: UInt64, _ work: inout Work) -> UInt64 {
    guard let snapshots else { return 0 }
    let (usable, ignored) = snapshots.usable(for: machine, to: cut - 1, atMost: 1)
    work.ignored += ignored
    return usable.last?.cut ?? 0
  }

  /// The changes of a value between two cuts, and what it is at the second.
  private struct Followed {
    struct Change {
      let offset: UInt64
      let old: JSONValue?
      let new: JSONValue?
    }

    var value: JSONValue?
    var all: [Change] = []
    var last: [Change] { all.suffix(1) }

    mutating func change(at cut: UInt64, to new: JSONValue?) {
      all.append(Change(offset: cut - 1, old: value, new: new))
      value = new
    }
  }

  private func follow(
    _ path: StatePath, of key: String?, from: UInt64, to cut: UInt64, _ work: inout Work
  ) throws -> Followed {
    let execution = try execution(at: from, work: &work)
    var followed = Followed(value: try execution.value(at: path, of: key))
    let counter = ProgressCounter(progress)
    var cursor = log.events(Query(from: from, to: cut)).makeCursor()
    while let events = try cursor.nextBatch(atLeast: Self.batchCount) {
      try Task.checkCancellation()
      try execution.follow(path, of: key, through: events) { followed.change(at: $0, to: $1) }
      work.events += UInt64(events.count)
      counter.add(UInt64(events.count))
    }
    return followed
  }

  private func follow(
    _ path: StatePath, ofStream stream: String, to cut: UInt64, _ work: inout Work
  ) throws -> Followed {
    let execution = try program.makeExecution()
    var followed = Followed()
    var cursor = log.events(Query(to: cut, stream: stream)).makeCursor()
    while let events = try cursor.nextBatch() {
      try execution.follow(path, of: stream, through: events) { followed.change(at: $0, to: $1) }
      work.events += UInt64(events.count)
    }
    return followed
  }

  private func blame(
    _ path: StatePath, _ key: String?, _ cut: UInt64, _ changes: [Followed.Change],
    _ value: JSONValue?, _ work: Work
  ) throws -> Blame {
    Blame(
      path: path, key: key, cut: cut, value: value,
      writers: try changes.compactMap { change in
        try log.event(at: change.offset).map {
          Blame.Writer(event: $0, old: change.old, new: change.new)
        }
      }, work: work)
  }
}
