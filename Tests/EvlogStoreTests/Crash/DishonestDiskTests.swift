import CrashTestSupport
import EvlogStore
import EvlogTesting
import Synchronization
import SystemPackage
import Testing

/// A disk that is full, or rots, or loses and misplaces writes: what is wrong is noticed.
@Suite struct DishonestDiskTests {
  /// Two sealed segments, an active one behind them, and every turn acknowledged.
  private func work(_ session: CrashSession) throws {
    try session.open()
    for size in [300, 2000, 900] { try session.append(size) }
    try session.seal()
    for size in [2500, 1800, 40] { try session.append(size) }
    session.close()
  }

  /// What a log on a disk is: as expected, or noticed to be wrong; nil where it is wrong in silence.
  private func judgement(
    _ disk: DiskState, _ oracle: CrashOracle, faults: FaultInjector? = nil
  ) -> Bool {
    let session = CrashSession(
      CrashSession.Moment(disk: disk, oracle: oracle), seed: 0, faults: faults)
    do {
      let log = try EventLog.open("/log", options: session.options)
      defer { log.close() }
      let isNoticed = !log.recovery.isClean
      var cursor = log.events().makeCursor()
      var events: [RecordedEvent] = []
      while let event = try cursor.next() { events.append(event) }
      do {
        var oracle = oracle
        try oracle.settle(events: events, isDecided: true)
        return true
      } catch { return isNoticed }
    } catch {
      return true
    }
  }

  private func writeCount() throws -> Int {
    let count = Mutex(0)
    let session = CrashSession(seed: 1) { call in
      if call.kind == .write { count.withLock { $0 += 1 } }
      return .honest
    }
    try work(session)
    return count.withLock { $0 }
  }

  /// Runs the work with another fate for the n-th write; the disk after all that can be stored was.
  private func run(_ nth: Int, _ verdict: @escaping @Sendable (DiskCall) -> DiskVerdict) throws
    -> CrashSession.Moment
  {
    let count = Mutex(0)
    let session = CrashSession(seed: 1) { call in
      guard call.kind == .write else { return .honest }
      let isMeant = count.withLock { count in
        count += 1
        return count == nth
      }
      return isMeant ? verdict(call) : .honest
    }
    try work(session)
    var moment = session.moment
    moment.disk = PowerCut.settled(moment.disk)
    return moment
  }

  @Test func aLostWriteIsNoticedOrHarmless() throws {
    for nth in 1...(try writeCount()) {
      let moment = try run(nth) { _ in .lost }
      #expect(judgement(moment.disk, moment.oracle), "write \(nth)")
    }
  }

  /// A write lands somewhere in a segment, its own or another.
  @Test func aMisdirectedWriteIsNoticedOrHarmless() throws {
    for nth in 1...(try writeCount()) {
      for seed in 0..<4 as Range<UInt64> {
        let moment = try run(nth) { call in
          var generator = SeededGenerator(seed: seed &* 1000 &+ UInt64(nth))
          let segments = call.disk.paths().filter { $0.string.contains("/segments/") }
          guard !segments.isEmpty else { return .lost }
          let target = segments[generator.below(segments.count)]
          let place = generator.below(call.disk.bytes(of: target)?.count ?? 1)
          return .misdirected(target, position: place & ~7)
        }
        #expect(judgement(moment.disk, moment.oracle), "write \(nth), seed \(seed)")
      }
    }
  }

  /// Bits of sealed segments flip; without the checksum of blocks that goes unnoticed.
  @Test(arguments: [false, true]) func rotIsNoticed(withoutChecksum: Bool) throws {
    let faults = FaultInjector()
    if withoutChecksum { faults.omit(.blockChecksum) }
    let session = CrashSession(seed: 1)
    try work(session)
    let moment = session.moment
    var silent: [String] = []
    for path in moment.disk.paths() where path.extension == "sealed" {
      let size = moment.disk.bytes(of: path)?.count ?? 0
      for place in stride(from: 0, to: size, by: 5) {
        var disk = moment.disk
        disk.tamper(with: path) { $0[place] ^= UInt8(1 << (place % 8)) }
        if !judgement(disk, moment.oracle, faults: faults) {
          silent.append("\(path), byte \(place)")
        }
      }
    }
    #expect(silent.isEmpty != withoutChecksum, "\(silent.prefix(5))")
  }

  /// The disk is full at one byte after the other; a turn is refused as a whole, and nothing else.
  @Test func aDiskThatIsFullAtAnyByte() throws {
    for room in stride(from: 0, to: 14_000, by: 37) {
      let session = CrashSession(seed: 1)
      try session.open()
      try session.append(200)
      session.disk.setCapacity(session.disk.state.byteCount + room)
      for size in [300, 2500, 10, 900] { try session.append(size) }
      do { try session.seal() } catch {
        let code = (error as? EventLogError)?.code
        #expect(code == .diskFull || code == .poisoned, "room for \(room) bytes: \(error)")
      }
      session.disk.setCapacity(nil)
      session.close()
      do {
        try session.openReadOnly()
        try session.open()
        #expect(try session.append(700), "room for \(room) bytes")
        try session.seal()
        session.close()
        try session.open(isClean: true)
      } catch { Issue.record("room for \(room) bytes: \(error)") }
    }
  }

  /// Nothing stays open.
  @Test func descriptorsAreClosed() throws {
    let session = CrashSession(seed: 1)
    for _ in 0..<50 {
      try session.open()
      try session.append(2000)
      try session.seal()
      try session.openReadOnly()
      session.close()
      #expect(session.disk.openCount == 0)
    }
  }
}
