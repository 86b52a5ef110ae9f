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
    /// How much space is kept ready beyond what is used: zeros on disk, in whole segments.
    ///
    /// Turns of many kilobytes are appended about twice as fast into it. Opening makes what is
    /// missing, which takes about a second for each GiB; what is used up is made again in the
    /// background. Nothing, by default.
    public var reservedBytes: Int = 0
    /// Whether opening for writing makes a log where there is none.
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
    /// How often somebody was woken: who looked before the last time has not seen all.
    var wakes: UInt64 = 0
    /// In a reader that follows: what tells it of changes. Absent before it follows; nil inside where there is
    /// none.
    var watch: ChangeWatch??
    /// In a reader: the file `DURABLE` where it came, or came anew, after the log was opened.
    var laterMark: File?
    /// Whether the leftovers of processes that died were removed from the folders of caches.
    var cleanedFolders: Set<String> = []
    /// A cut whose digest was asked for, from which a later one goes on.
    var knownDigest: (cut: Cut, digest: Digest) = (0, .zero)
    /// The memory with which an event was read by itself, for the next one.
    var spareBlock: EventBlock?
  }

  /// The folder of the log.
  public let path: FilePath
  /// What opening found.
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

  /// The random identity that the log got when it was made.
  public var id: StoreID { identity.store }

  /// The offset that the next event gets; equally the number of events, and the last cut.
  public var end: Cut { state.withLock { $0.end.cutBefore } }

  /// Makes a log where there is none.
  ///
  /// Throws `alreadyExists` where there is one, `notAStore` where the folder holds other things.
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

  /// Opens a log for appending and reading, after recovery; makes one where there is none.
  ///
  /// Throws `locked` where another process writes to it, `damaged` where acknowledged data is not
  /// what it was: nothing is changed then, and `openReadOnly` still reads what is intact.
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

  /// Waits for what is under way, and lets go of the lock. Appending afterwards throws `closed`.
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

  /// The digest of all events before a cut: equal in logs with the same events, however they were
  /// cut into turns and segments. A cut past the end is the end.
  public func digest(at cut: Cut) throws(EventLogError) -> Digest {
    let (segments, end) = view()
    let upper = min(cut.offsetAfter, end)
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
