import Dispatch
import Synchronization
public import SystemPackage

/// An append-only log of events in a folder: one writer, many readers, in any process.
///
///     let log = try EventLog.open("shop.evlog")
///     try await log.append([NewEvent(stream: "sku-7", type: "counted", data: json)])
///     for try await event in log.events() { … }
///
/// `append` returns once the turn is on disk. Readers see exactly what is on disk.
public final class EventLog: Sendable {
  /// How a log is made and opened.
  public struct Options: Sendable {
    /// The size at which a segment is full; fixed when the log is made. 64 MiB.
    public var segmentBytes: Int = 64 << 20
    /// How much space to reserve beyond what is used: zeros on disk, in whole segments.
    ///
    /// Turns of many kilobytes are appended to it about twice as fast. Opening reserves what is missing, which
    /// takes about a second per GiB; later it is refilled in the background. By default, nothing is reserved.
    public var reservedBytes: Int = 0
    /// Whether opening for writing makes a log if there is none.
    public var createsIfMissing: Bool = true
    /// Whether full segments are compressed as soon as they are full.
    public var sealsAutomatically: Bool = true
    /// The faults of the disk, in tests.
    package var faults: FaultInjector?
    /// What keeps the files, in tests; the operating system where there is none.
    package var kernel: (any Kernel)?

    public init() {}

    var system: SystemCalls { SystemCalls(faults: faults, kernel: kernel) }
  }

  struct State {
    /// In the order of their offsets; the last one of a writer is active.
    var segments: [any Segment] = []
    /// Every event before this is on disk.
    var end: Offset = 0
    var poison: EventLogError?
    var isClosed = false
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter: UInt64 = 0
    /// The number of wake-ups: a task that looked before the last one has not seen everything.
    var wakes: UInt64 = 0
    /// In a reader that follows: what reports changes to it. Absent before it follows; nil inside if there is
    /// none.
    var watch: ChangeWatch??
    /// In a reader: the file `DURABLE` if it appeared, or was replaced, after the log was opened.
    var laterMark: File?
    /// A cut with its digest, from which the digest of a later cut continues.
    var knownDigest: (cut: Cut, digest: Digest) = (0, .zero)
    /// The memory with which an event was read by itself, for the next one.
    var spareBlock: EventBlock?
  }

  /// The folder of the log.
  public let path: FilePath
  /// The result of recovery on opening.
  public let recovery: RecoveryReport
  /// Whether this is the log's writer.
  public var isWritable: Bool { writer != nil }
  /// Whether the operating system keeps its files.
  package var isOnDisk: Bool { options.kernel == nil }

  let layout: StoreLayout
  let identity: Identity
  let options: Options
  let state: Mutex<State>
  /// Held, locked, for as long as the log is open for writing.
  let lock: WriterLock?
  let durable: File?
  let writer: Writer?
  let cachesState = SideFolderState()

  init(
    layout: StoreLayout, identity: Identity, options: Options, opened: OpenedStore,
    lock: WriterLock?,
    durable: File?
  ) {
    path = layout.root
    self.layout = layout
    self.identity = identity
    self.options = options
    recovery = opened.report
    state = Mutex(State(segments: opened.segments, end: opened.end))
    self.lock = lock
    self.durable = durable
    writer = lock == nil ? nil : Writer()
    writer?.attach(self)
  }

  deinit { lock?.unlock() }

  /// The random identity that the log got when it was created.
  public var id: StoreID { identity.store }

  /// The offset that the next event gets, which is also the number of events, and the last cut.
  public var end: Cut { state.withLock { $0.end.cutBefore } }

  /// Makes a new log.
  ///
  /// Throws `alreadyExists` if there is one, `notAStore` if the folder has other contents.
  public static func create(_ path: FilePath, options: Options = Options()) throws(EventLogError)
    -> EventLog
  {
    let layout = StoreLayout(root: path, system: options.system)
    guard try !layout.system.exists(layout.identity) else {
      throw EventLogError(
        .alreadyExists, "There is already a log here", file: path,
        advice: "Open it, or choose another path.")
    }
    try layout.create(options: options)
    return try open(path, options: options)
  }

  /// Opens a log for appending and reading, after recovery; makes one if there is none.
  ///
  /// Throws `locked` if another process writes to it, `damaged` if acknowledged data has changed: then nothing
  /// is modified, and `openReadOnly` can still read what is intact.
  public static func open(_ path: FilePath, options: Options = Options()) throws(EventLogError)
    -> EventLog
  {
    let layout = StoreLayout(root: path, system: options.system)
    if options.createsIfMissing, try !layout.system.exists(layout.identity) {
      try layout.create(options: options)
    }
    let identity = try layout.readIdentity()
    let lock = try layout.lockForWriting()
    do throws(EventLogError) {
      let finishedTruncation = try layout.finishTruncation(identity.store)
      let durable = try layout.openDurableMark(create: true)
      var opened = try layout.recover(identity: identity, durable: durable)
      opened.report.finishedTruncation = finishedTruncation
      let log = EventLog(
        layout: layout, identity: identity, options: options, opened: opened, lock: lock,
        durable: durable)
      try log.writer?.begin()
      return log
    } catch {
      lock.unlock()
      throw error
    }
  }

  /// Opens a log for reading, beside its writer or without one; changes no byte of it.
  public static func openReadOnly(_ path: FilePath, options: Options = Options())
    throws(EventLogError) -> EventLog
  {
    let layout = StoreLayout(root: path, system: options.system)
    let identity = try layout.readIdentity()
    let (opened, durable) = try layout.openForReading(identity: identity)
    return EventLog(
      layout: layout, identity: identity, options: options, opened: opened, lock: nil,
      durable: durable)
  }

  /// Waits for pending work, and releases the lock. Appending afterwards throws `closed`.
  public func close() {
    state.withLock { $0.isClosed = true }
    writer?.finish()
    lock?.unlock()
    wakeWaiters()
  }

  /// The segments and the end, at one moment.
  func view() -> (segments: [any Segment], end: Offset) {
    state.withLock { ($0.segments, $0.end) }
  }

  func wakeWaiters() {
    let waiters = state.withLock { state in
      defer { state.waiters = [:] }
      state.wakes += 1
      return state.waiters
    }
    for waiter in waiters.values { waiter.resume() }
  }

  /// The cut up to which a digest is looked up: from an index, with at most one block read. It is the end of the
  /// sealed segments at the beginning; 0 for a log with damage, whose events are to be read.
  package var endOfKnownDigests: Cut {
    guard recovery.damage.isEmpty else { return 0 }
    var end: Offset = 0
    for case let sealed as SealedSegment in view().segments where sealed.offsets.lowerBound == end {
      end = sealed.offsets.upperBound
    }
    return end.cutBefore
  }

  /// Checks that the sealed segments still have the events of their digests, by the checksums of what is stored;
  /// that takes a fraction of the time of reading the events. Throws `damaged` if they do not.
  package func checkSealed(_ offsets: Range<Offset>) throws(EventLogError) {
    for case let sealed as SealedSegment in view().segments where sealed.offsets.overlaps(offsets) {
      try sealed.checkBlocks(of: offsets)
    }
  }

  /// The digest of all events before a cut. It is equal in logs with the same events, whatever their turns and
  /// segments are. A cut past the end means the end.
  public func digest(at cut: Cut) throws(EventLogError) -> Digest {
    let (segments, end) = view()
    let upper = min(cut.offsetAfter, end)
    let cut = upper.cutBefore
    var digest = Digest.zero
    var from: Offset = 0
    for case let sealed as SealedSegment in segments where sealed.offsets.lowerBound == from {
      if sealed.offsets.upperBound <= upper {
        digest = digest.appending(sealed.trailer.digest, count: UInt64(sealed.offsets.count))
        from = sealed.offsets.upperBound
      } else if from < upper {
        let place = try sealed.chunk(try sealed.chunkIndex(holding: upper))
        guard let before = place.digestBefore else { break }
        digest = digest.appending(before, count: place.firstOffset - from)
        from = place.firstOffset
        break
      }
    }
    let known = state.withLock { $0.knownDigest }
    if known.cut <= cut, known.cut > from.cutBefore {
      (from, digest) = (known.cut.offsetAfter, known.digest)
    }
    if from < upper {
      var cursor = events(Query(from: from.cutBefore, to: cut)).makeCursor()
      var block = EventBlock()
      while try cursor.read(into: &block) {
        block.append(to: &digest, hashes: block.nameHashes())
      }
      state.withLock { if $0.knownDigest.cut < cut { $0.knownDigest = (cut, digest) } }
    }
    return digest
  }
}
