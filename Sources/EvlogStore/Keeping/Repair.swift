public import SystemPackage

/// What is wrong with a log, what would repair it, and what is lost for good.
public struct Repair: Sendable, Hashable {
  /// One problem, and what is done about it.
  public struct Step: Sendable, Hashable {
    /// The file concerned; a missing segment has the name it would have.
    public let file: FilePath
    /// What is wrong, in words.
    public let problem: String
    /// What is done about it, in words.
    public let action: String
    /// The events that cannot be read; each becomes a placeholder.
    public let lost: [Range<Offset>]
    let work: RepairWork

    /// The number of lost events.
    public var lostCount: UInt64 { lost.reduce(0) { $0 + UInt64($1.count) } }
  }

  /// The steps, in the order of their execution.
  public internal(set) var steps: [Step] = []
  /// Whether a truncation must be finished first; other problems can only be found after that.
  public internal(set) var mustFinishTruncation = false
  /// What opening the log for writing repairs by itself: a torn tail, unfinished files.
  public internal(set) var recovery: RecoveryReport?
  /// The number of steps that were done.
  public internal(set) var doneCount = 0
  /// The folder with copies of all the files that were replaced.
  public internal(set) var quarantined: FilePath?

  /// The number of lost events in all.
  public var lostCount: UInt64 { steps.reduce(0) { $0 + $1.lostCount } }

  /// Whether there is nothing to do.
  public var isClean: Bool {
    steps.isEmpty && !mustFinishTruncation && recovery?.isClean != false
  }
}

/// How a step is done.
enum RepairWork: Sendable, Hashable {
  case makeIdentity(StoreID)
  /// Move a file to the quarantine.
  case moveAway
  /// Give a segment the name from its header.
  case rename(FilePath)
  case makeFolder
  case rebuild(Rebuild)

  /// A segment that is rewritten from what can be read of it.
  struct Rebuild: Sendable, Hashable {
    var offsets: Range<Offset>
    /// The file that is read; nil where there is none.
    var source: FilePath?
    var isSourceSealed = false
    var isLast: Bool
    var previousFrame: UInt32
    /// What the next segment names.
    var lastFrame: UInt32
  }
}

extension EventLog {
  /// Reads a whole log, and reports what is wrong with it and what a repair would do; changes nothing.
  ///
  /// Throws `damaged` if the log cannot be repaired: if two files claim the same events, or segments do not
  /// continue each other.
  public static func planRepair(_ path: FilePath, options: Options = Options())
    throws(EventLogError) -> Repair
  {
    let layout = StoreLayout(root: path, system: options.system)
    if try layout.hasUsableTruncation() {
      var repair = Repair()
      repair.mustFinishTruncation = true
      return repair
    }
    var survey = try RepairSurvey(layout)
    try survey.look()
    if survey.repair.steps.isEmpty {
      survey.repair.recovery = try openReadOnly(path, options: options).recovery
    }
    return survey.repair
  }

  /// Repairs a log as far as this loses no event. If `count` is the exact number of unreadable events, also
  /// puts placeholders of the type ``lostEventType`` in their places.
  ///
  /// No other process may have the log open. Each file is replaced by itself, in one step, after a copy of it
  /// is durable in the quarantine; a crash leaves a log that can be repaired again. If nothing is left to do,
  /// the log is finally opened for writing, which does the rest, and read in full.
  ///
  /// Throws `invalidCut` if the count is wrong, and has then done nothing; otherwise as planning does.
  @discardableResult
  public static func repair(
    _ path: FilePath, losing count: UInt64? = nil, options: Options = Options(),
    progress: (UInt64) -> Void = { _ in }
  ) throws(EventLogError) -> Repair {
    let layout = StoreLayout(root: path, system: options.system)
    var options = options
    options.createsIfMissing = false
    options.sealsAutomatically = false
    var repair = try layout.repair(losing: count)
    guard repair.doneCount == repair.steps.count else { return repair }
    let log = try open(path, options: options)
    defer { log.close() }
    repair.recovery = log.recovery
    if let problem = log.verify(.full, progress: progress).first { throw problem }
    return repair
  }
}

extension StoreLayout {
  /// Does what can be done with the files of a log that is not open.
  fileprivate func repair(losing count: UInt64?) throws(EventLogError) -> Repair {
    // Nothing is made where there is no log.
    if try !system.exists(segments) { _ = try readIdentity() }
    let lock = try lockForWriting()
    defer { lock.unlock() }
    if try hasUsableTruncation() {
      var first = try RepairSurvey(self)
      _ = try first.apply(losesEvents: false)
      _ = try finishTruncation(first.identity.store)
    }
    var survey = try RepairSurvey(self)
    try survey.look()
    let lost = survey.repair.lostCount
    if let count, count != lost {
      throw EventLogError(
        .invalidCut, "\(lost) events cannot be read, not \(count)", file: root,
        advice: .init("Look again at what would be lost", .planRepair(root)))
    }
    return try survey.apply(losesEvents: count != nil)
  }
}
