public import EvlogCore
public import EvlogMachine

/// A machine at a cut of a history, which moves forward.
///
/// Everything that replays moves a playhead: this is the one loop that runs events, checks for cancellation,
/// and counts the work.
public final class Playhead {
  /// The history that is replayed.
  public let history: any History
  /// The host that runs the machine. Its states are those at ``cut``.
  public let host: any Host
  /// The only stream that is read; nil for all.
  public let stream: String?
  /// The cut at which the machine stands.
  public private(set) var cut: Cut
  /// The number of events it has run.
  public private(set) var eventCount: UInt64 = 0
  private let counter: ProgressCounter?

  /// Places a host at a cut whose states it already has.
  public convenience init(
    _ host: any Host, over history: any History, at cut: Cut = 0, stream: String? = nil
  ) {
    self.init(host, over: history, at: cut, stream: stream, counting: nil)
  }

  package init(
    _ host: any Host, over history: any History, at cut: Cut, stream: String? = nil,
    counting counter: ProgressCounter?
  ) {
    self.host = host
    self.history = history
    self.cut = cut
    self.stream = stream
    self.counter = counter
  }

  /// Moves forward to a cut, and reports what is watched on the way.
  ///
  /// After an error it stands somewhere before the event that the error is about. Throws `CancellationError` if
  /// the task is cancelled.
  public func advance(
    to target: Cut, watching watch: Watch = .nothing,
    verdict: (VerdictChange) -> Void = { _ in },
    moment: (Moment) -> Void = { _ in }
  ) throws {
    try advance(to: target, watching: watch, workers: 1, verdict: verdict, moment: moment) { _ in }
  }

  /// The same with threads that read ahead; `passed` is called after some events, and with the current cut.
  package func advance(
    to target: Cut, watching watch: Watch, workers: Int, verdict: (VerdictChange) -> Void,
    moment: (Moment) -> Void, passed: (Playhead) throws -> Void
  ) throws {
    guard target > cut else { return }
    func pass(_ count: Int, through last: Offset?) throws {
      cut = last?.cutAfter ?? cut
      eventCount += UInt64(count)
      counter?.add(UInt64(count))
      try passed(self)
    }
    let (takesBlocks, mayBeSlow) =
      switch watch {
      case .nothing, .verdicts: (true, false)
      case .regions: (true, true)
      default: (false, true)
      }
    // To say what an event changed, a whole state may have to be looked at.
    var pace = Pace(startsSlowly: mayBeSlow)
    try history.forEachRun(
      of: Query(from: cut, to: target, stream: stream), workers: workers,
      takesBlock: { takesBlocks && pace.takes($0) && host.takesBlock(of: $0) },
      block: { block in
        try pace.measuring(block.count) {
          try host.run(block, watching: watch, verdict: verdict)
        }
        try pass(block.count, through: block.count > 0 ? block[block.count - 1].offset : nil)
      },
      events: { events in
        try pace.run(events) { row in
          try host.run(row, watching: watch, verdict: verdict, moment: moment)
          try pass(row.count, through: row.last?.offset)
        }
      })
    cut = target
  }

  /// Moves forward to a cut, while `run` runs each row of events; it stops if `run` says that it has seen
  /// enough.
  package func advance(
    to target: Cut, run: (ArraySlice<RecordedEvent>) throws -> Bool
  ) throws {
    var isOver = false
    var pace = Pace(startsSlowly: true)
    try history.forEachRow(of: Query(from: cut, to: target, stream: stream)) { events in
      try pace.run(events) { some in
        if isOver { return }
        isOver = try !run(some)
        cut = some.last?.offset.cutAfter ?? cut
        eventCount += UInt64(some.count)
        counter?.add(UInt64(some.count))
      }
      return !isOver
    }
    if !isOver { cut = max(cut, target) }
  }

  /// Comes back to what a checkpoint of its host kept at a cut.
  package func resume(from checkpoint: Checkpoint, at cut: Cut) throws(MachineError) {
    try host.resume(from: checkpoint)
    self.cut = cut
  }
}
