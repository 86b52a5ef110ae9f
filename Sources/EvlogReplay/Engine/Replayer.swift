public import EvlogJSON
public import EvlogMachine
public import EvlogStore

/// Re-executes a machine over a history.
///
///     let replayer = Replayer(Shop().program, over: log)
///     let state = try await replayer.state(at: 7_778)
///     let scan = try await replayer.scan()
public struct Replayer: Sendable {
  /// The program that runs the machine.
  public let program: any Program
  /// The history that is replayed.
  public let history: any History
  /// The history, if it is a log.
  public var log: EventLog? { history as? EventLog }
  /// How many threads share the work. One state is reduced by one of them at a time.
  public var workers: Int
  /// The snapshots to use and to add to; nil for none. Answers are the same either way. There are none for a
  /// machine that cannot be identified.
  public var snapshots: SnapshotStore? {
    didSet { if machine.unidentified != nil { snapshots = nil } }
  }
  /// Whether the replay may add snapshots.
  public var savesSnapshots: Bool
  /// How long a scan must have taken, in seconds, for its verdicts to be worth keeping.
  package var secondsWorthKeeping: Double = 0.1
  /// Called now and then with the number of events reduced since the beginning of the call.
  public var progress: (@Sendable (UInt64) -> Void)?

  public init(
    _ program: any Program, over history: any History, workers: Int = 1,
    snapshots: SnapshotStore? = nil, savesSnapshots: Bool = true,
    progress: (@Sendable (UInt64) -> Void)? = nil
  ) {
    self.program = program
    self.history = history
    self.workers = max(1, workers)
    self.snapshots = program.descriptor.unidentified == nil ? snapshots : nil
    self.savesSnapshots = savesSnapshots
    self.progress = progress
  }

  /// The description of the machine.
  public var machine: MachineDescriptor { program.descriptor }

  /// The work of a replay.
  public struct Work: Sendable, Hashable {
    /// Events that were read and reduced, or ignored by name.
    public var events: UInt64 = 0
    /// The cuts of the snapshots from which it started.
    public var startedFrom: [Cut] = []
    /// The cuts at which snapshots were saved.
    public var saved: [Cut] = []
    /// The cut up to which verdicts were known from an earlier scan.
    public var judgedBefore: Cut?
    /// The cut up to which writes were looked up in an index.
    public var indexedTo: Cut?
    /// Saved files that were not used; their contents were replayed instead.
    public var ignored: [SnapshotStore.Ignored] = []
    /// Why no snapshots were saved, if that was tried.
    public var couldNotSave: String?

    public init() {}

    package mutating func add(_ other: Work) {
      events += other.events
      startedFrom += other.startedFrom
      saved += other.saved
      judgedBefore = judgedBefore ?? other.judgedBefore
      indexedTo = indexedTo ?? other.indexedTo
      ignored += other.ignored
      couldNotSave = couldNotSave ?? other.couldNotSave
    }
  }

  /// Throws `CutBeyondEnd` for a cut that the history has not reached.
  public func checked(_ cut: Cut?) throws -> Cut {
    let end = history.end
    guard let cut else { return end }
    guard cut <= end else { throw CutBeyondEnd(cut: cut, end: end) }
    return cut
  }

  /// The cut is beyond the end of the history.
  public struct CutBeyondEnd: Error, Sendable, CustomStringConvertible {
    /// The requested cut.
    public let cut: Cut
    /// The last cut.
    public let end: Cut

    package init(cut: Cut, end: Cut) {
      self.cut = cut
      self.end = end
    }

    public var description: String {
      "There is no cut \(cut): the last one is \(end)."
    }
  }

  /// A host that has reduced every event before a cut.
  public func execution(at cut: Cut, work: inout Work) throws -> any Host {
    try execution(at: cut, ofKey: nil, work: &work)
  }

  /// The same from one of the machine's snapshots, if there are any; to continue, an execution of the machine
  /// that has no other use may be given.
  ///
  /// For a machine with a state per key, only the state of `key` is made, if one is given.
  package func execution(
    at cut: Cut, ofKey key: String? = nil, from entries: [SnapshotStore.Entry]? = nil,
    reusing used: (any Host)? = nil, work: inout Work
  ) throws -> any Host {
    var restored: (any Host)?
    var position: Cut = 0
    if let snapshots {
      let (usable, ignored) = snapshots.usable(
        for: machine, to: cut, atMost: 1, among: entries)
      work.ignored += ignored
      if let snapshot = usable.last {
        let execution = try used ?? makeHost(ofKey: key)
        do throws(MachineError) {
          try execution.restore(snapshot.saved)
          restored = execution
          position = snapshot.cut
          work.startedFrom.append(position)
        } catch {
          work.ignored.append(.init(.states, fileName: "cut \(snapshot.cut)", error))
        }
      }
    }
    let execution = try restored ?? makeHost(ofKey: key)
    let counter = ProgressCounter(progress)
    try advance(
      execution, from: position, to: cut, checks: false,
      // A run of some keys is none of the machine.
      saves: machine.scope != .key || key == nil, work: &work, counted: counter.add
    ) { _ in }
    return execution
  }

  /// A new run, in which a key at which the machine fails is put aside: the others are what they are without it.
  package func makeHost(ofKey key: String? = nil) throws(MachineError) -> any Host {
    let isOfKey = machine.scope == .key && key != nil
    return try program.makeHost(
      HostSetup(part: isOfKey ? key.map(KeyPart.init(only:)) : nil, isolatesFailures: true))
  }

  /// A playhead at the beginning, whose host puts failing keys aside, and which reports progress.
  package func playhead(stream: String? = nil) throws(MachineError) -> Playhead {
    Playhead(
      try makeHost(), over: history, at: 0, stream: stream, counting: ProgressCounter(progress))
  }

  /// How many events a machine gets at a time, so that the way into a script is taken seldom.
  package static let batchCount = 1000

  /// Reduces the events between two cuts, or those of one stream, saving snapshots where that is worth
  /// it.
  package func advance(
    _ execution: any Host, from: Cut, to cut: Cut, stream: String? = nil, checks: Bool,
    saves: Bool = true, workers: Int? = nil, work: inout Work, counted: (UInt64) -> Void,
    change: (VerdictChange) -> Void
  ) throws {
    let playhead = Playhead(execution, over: history, at: from, stream: stream)
    var policy = SnapshotPolicy()
    var told: UInt64 = 0
    try playhead.advance(
      to: cut, watching: checks ? .verdicts : .nothing, workers: workers ?? self.workers,
      verdict: change, moment: { _ in }
    ) { playhead in
      work.events += playhead.eventCount - told
      counted(playhead.eventCount - told)
      told = playhead.eventCount
      guard saves, savesSnapshots, let snapshots, policy.isDue else { return }
      let failure = policy.measure {
        try snapshots.save(execution, of: machine, at: playhead.cut)
        work.saved.append(playhead.cut)
        try snapshots.makeRoom(keeping: machine)
      }
      if let failure { work.couldNotSave = "\(failure)" }
    }
  }

  /// The whole state at a cut.
  package func wholeState(at cut: Cut) throws -> JSONValue {
    var work = Work()
    return try execution(at: cut, work: &work).wholeState(machine.scope)
  }

  /// The same for another machine over the same log.
  package func replaying(_ program: any Program) -> Replayer {
    Replayer(
      program, over: history, workers: workers, snapshots: snapshots,
      savesSnapshots: savesSnapshots,
      progress: progress)
  }

  /// A machine's state at a cut.
  public struct State: Sendable {
    /// The cut of the state.
    public let cut: Cut
    /// The state of the log, or an object of the states by key.
    public let value: JSONValue
    /// The number of events that concerned no key; nil for a machine without a state per key.
    public let unconcerned: UInt64?
    /// The work of getting there.
    public let work: Work

    /// The state's digest: equal states have equal digests, in every process.
    public var digest: Digest { value.digest }
  }

  /// The state at a cut; by default, at the log's end.
  public func state(at cut: Cut? = nil) async throws -> State {
    try await QuestionThreads.run {
      let cut = try checked(cut)
      var work = Work()
      let execution = try execution(at: cut, work: &work)
      return State(
        cut: cut, value: try execution.wholeState(machine.scope),
        unconcerned: machine.scope == .key ? try execution.counts.unconcerned : nil, work: work)
    }
  }

  /// The state of one stream or key at a cut; nil if it has had no event.
  ///
  /// For a machine whose scope is the stream, only that stream is read. The answer has the number of events
  /// that concerned no key; nil for a machine without a state per key.
  public func state(ofKey key: String, at cut: Cut? = nil) async throws -> (
    value: JSONValue?, unconcerned: UInt64?, work: Work
  ) {
    try await QuestionThreads.run {
      let cut = try checked(cut)
      var work = Work()
      guard machine.scope == .stream else {
        let execution = try execution(at: cut, work: &work)
        let unconcerned = machine.scope == .key ? try execution.counts.unconcerned : nil
        return (try execution.state(of: key), unconcerned, work)
      }
      let playhead = Playhead(try program.makeHost(), over: history, stream: key)
      try playhead.advance(to: cut)
      work.events += playhead.eventCount
      return (try playhead.host.state(of: key), nil, work)
    }
  }
}
