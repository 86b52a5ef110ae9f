package import EvlogStore
package import EvlogTesting
import Synchronization
import SystemPackage

/// A program that works with a log on a simulated disk, and what it was told about its turns.
package final class CrashSession: Sendable {
  static let path: FilePath = "/log"

  /// A moment at which the program may die or the power be cut: the disk, and what must be there.
  package struct Moment: Sendable {
    package var disk: DiskState
    package var oracle: CrashOracle

    package init(disk: DiskState, oracle: CrashOracle) {
      self.disk = disk
      self.oracle = oracle
    }
  }

  private struct Inner {
    var disk: SimulatedDisk
    var log: EventLog?
    var oracle: CrashOracle
    var nextTurn: Int
    var isObserving = false
    var moments: [Moment] = []
    /// Where only one moment is kept, chosen by chance: how many there were.
    var sampler: SeededGenerator?
    var momentCount = 0
  }

  private let inner: Mutex<Inner>
  let segmentBytes: Int
  private let usualJudge: (@Sendable (DiskCall) -> DiskVerdict)?
  private let usualFaults: FaultInjector?
  private let seed: UInt64

  package init(
    _ moment: Moment = Moment(disk: DiskState(), oracle: CrashOracle()), seed: UInt64,
    segmentBytes: Int = 4096, judge: (@Sendable (DiskCall) -> DiskVerdict)? = nil,
    faults: FaultInjector? = nil
  ) {
    self.segmentBytes = segmentBytes
    usualJudge = judge
    usualFaults = faults
    self.seed = seed
    let disk = SimulatedDisk(moment.disk, seed: seed)
    disk.judge(judge)
    inner = Mutex(
      Inner(
        disk: disk, oracle: moment.oracle, nextTurn: moment.oracle.turns.count))
  }

  package var disk: SimulatedDisk { inner.withLock { $0.disk } }
  package var moments: [Moment] { inner.withLock { $0.moments } }
  package var moment: Moment {
    inner.withLock { Moment(disk: $0.disk.state, oracle: $0.oracle) }
  }

  private func expect(_ body: (inout CrashOracle) -> Void) {
    inner.withLock { body(&$0.oracle) }
  }

  // MARK: Moments

  /// Keeps every moment before a call that changes something; or one of them, chosen by a number.
  package func observe(sampling seed: UInt64? = nil) {
    inner.withLock {
      $0.isObserving = true
      $0.sampler = seed.map { SeededGenerator(seed: $0) }
    }
    attach()
  }

  /// Keeps the last moment too.
  package func finish() { note(disk.state) }

  private func attach() {
    let (disk, isObserving) = inner.withLock { ($0.disk, $0.isObserving) }
    judge(nil)
    if isObserving { disk.observe { [self] state in note(state) } }
  }

  private func note(_ disk: DiskState) {
    inner.withLock { inner in
      let moment = Moment(disk: disk, oracle: inner.oracle)
      inner.momentCount += 1
      guard let isChosen = inner.sampler?.oneIn(inner.momentCount) else {
        inner.moments.append(moment)
        return
      }
      if isChosen { inner.moments = [moment] }
    }
  }

  // MARK: What the program does

  package var options: EventLog.Options {
    var options = EventLog.Options()
    options.segmentBytes = segmentBytes
    options.sealsAutomatically = false
    options.kernel = disk
    options.faults = usualFaults
    return options
  }

  /// `isClean`: whether there must be nothing to repair.
  package func open(
    faults: FaultInjector? = nil, isClean: Bool = false, reservedBytes: Int = 0
  ) throws {
    var options = self.options
    options.reservedBytes = reservedBytes
    options.faults = faults ?? usualFaults
    if inner.withLock({ $0.oracle.needsRepair }) { try repair() }
    let log = try EventLog.open(Self.path, options: options)
    guard !isClean || log.recovery.isClean else {
      throw CrashOracle.Violation("after closing it is not clean: \(log.recovery)")
    }
    var oracle = inner.withLock { $0.oracle }
    try oracle.settle(log, "after opening")
    try oracle.checkQuarantine(disk.state)
    oracle.exists = true
    oracle.needsRepair = false
    inner.withLock { inner in
      inner.log = log
      inner.oracle = oracle
      inner.nextTurn = max(inner.nextTurn, oracle.turns.count)
    }
  }

  /// Opens for reading alone, which must change nothing.
  package func openReadOnly() throws {
    // What is damaged for a reader, others test.
    if inner.withLock({ $0.oracle.needsRepair }) { return }
    let before = disk.state.serial
    var oracle = inner.withLock { $0.oracle }
    do {
      let log = try EventLog.openReadOnly(Self.path, options: options)
      try oracle.settle(log, "opened for reading")
      try oracle.checkQuarantine(disk.state)
      log.close()
    } catch let error as EventLogError where oracle.truncation != nil && error.code == .interrupted
    {
      // Somebody has to finish it.
    } catch let error as EventLogError
      where !oracle.exists && [.notFound, .notAStore].contains(error.code)
    {}
    guard disk.state.serial == before else {
      throw CrashOracle.Violation("opening for reading changed the disk")
    }
    inner.withLock { $0.oracle = oracle }
  }

  package func close() { inner.withLock { inner in inner.log.take() }?.close() }

  private func requireLog() throws -> EventLog {
    guard let log = inner.withLock({ $0.log }) else {
      throw CrashOracle.Violation("the workload has no open log")
    }
    return log
  }

  /// Appends turns of so many bytes each, as one frame; true where they were acknowledged. The last event of
  /// each has so many causes.
  @discardableResult
  package func append(_ sizes: Int..., causes: Int = 0) throws -> Bool {
    let log = try requireLog()
    let first = inner.withLock { $0.nextTurn }
    let turns = sizes.enumerated().map { i, size in
      var turn = CrashTurns.turn(first + i, seed: seed, dataBytes: size)
      let last = turn.events.count - 1
      turn.events[last].causation = (0..<causes).map { "cause-\(first + i)-\($0)" }
      return turn
    }
    inner.withLock { inner in
      inner.nextTurn = first + turns.count
      inner.oracle.doubtful += turns
    }
    var isAcknowledged = true
    for (turn, result) in zip(turns, try log.appendTogether(turns)) {
      switch result {
      case .success:
        expect {
          $0.turns.append(turn)
          $0.doubtful.removeAll { $0 == turn }
        }
      case .failure(let error):
        isAcknowledged = false
        // Where writing failed, opening decides; else the turn was refused, and is not there.
        if error.code != .poisoned { expect { $0.doubtful.removeAll { $0 == turn } } }
      }
    }
    return isAcknowledged
  }

  /// Makes the log, which must be closed, end after so many turns.
  package func truncate(keeping count: Int) throws {
    let (turns, options) = (inner.withLock { $0.oracle.turns }, self.options)
    let cut = Cut(turns[..<count].reduce(0) { $0 + $1.events.count })
    let plan = try EventLog.planTruncation(Self.path, to: cut, options: options)
    let state = disk.state
    let files = plan.files.map { ($0.lastComponent?.string ?? "", state.bytes(of: $0) ?? []) }
    expect { $0.truncation = CrashOracle.Truncating(turns: Array(turns[..<count]), files: files) }
    try EventLog.truncate(Self.path, to: cut, dropping: plan.eventCount, options: options)
    expect { $0.truncate() }
  }

  /// Files rot, without the loss of an event; a copy of each as it is then must be kept.
  func damage(_ bytes: [(file: FilePath, byte: Int)]) {
    var state = PowerCut.settled(disk.state)
    for (file, byte) in bytes { state.tamper(with: file) { $0[byte] ^= 0x40 } }
    replaceDisk(SimulatedDisk(state, seed: seed))
    let kept = bytes.map { ($0.file.lastComponent?.string ?? "", state.bytes(of: $0.file) ?? []) }
    expect { oracle in
      oracle.needsRepair = true
      oracle.kept += kept
    }
  }

  /// Repairs the log, which must be closed.
  package func repair() throws {
    let repaired = try EventLog.repair(Self.path, options: options)
    guard repaired.lostCount == 0, repaired.doneCount == repaired.steps.count else {
      throw CrashOracle.Violation("repairing it loses events: \(repaired)")
    }
    expect { $0.needsRepair = false }
  }

  package func seal() throws { try requireLog().seal() }

  package func writeSideFile(_ name: String, _ bytes: [UInt8]) throws {
    let log = try requireLog()
    expect { $0.doubtfulSideFile = (name, bytes) }
    try log.caches.write(bytes, name)
    expect {
      $0.sideFiles[name] = bytes
      $0.doubtfulSideFile = nil
    }
  }

  /// Removing is not made durable: the file may come back until the folder is synced.
  package func removeSideFile(_ name: String) throws {
    let log = try requireLog()
    expect { $0.doubtfulSideFile = (name, nil) }
    try log.caches.remove(name)
  }

  // MARK: What happens to it

  /// The process dies: memory that the system keeps for the disk is still there.
  package func kill() { replaceDisk(SimulatedDisk(disk.state, seed: seed)) }

  /// Decides what becomes of each call, where the disk of this session does not do so already.
  package func judge(_ body: (@Sendable (DiskCall) -> DiskVerdict)?) {
    let usual = usualJudge
    guard let body else { return disk.judge(usual) }
    disk.judge { call in
      if let usual {
        let verdict = usual(call)
        guard case .honest = verdict else { return verdict }
      }
      return body(call)
    }
  }

  package func cutPower(seed: UInt64) { replaceDisk(disk.powerCut(seed: seed)) }

  private func replaceDisk(_ disk: SimulatedDisk) {
    inner.withLock { inner in
      inner.disk.observe(nil)
      inner.disk = disk
      inner.log = nil
    }
    attach()
  }
}

/// Turns that say which they are, in every byte.
package enum CrashTurns {
  package static func turn(_ number: Int, seed: UInt64, dataBytes: Int) -> Turn {
    var generator = SeededGenerator(seed: seed &+ UInt64(number) &* 7919)
    let count = 1 + generator.below(3)
    let events = (0..<count).map { i in
      NewEvent(
        stream: "stream-\(generator.below(4))", type: "type-\(number % 3)",
        data: data(dataBytes / count, &generator), contentType: "application/octet-stream",
        schemaVersion: UInt32(1 + i),
        recordedAt: Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(number) * 1000),
        correlation: number % 2 == 0 ? "k-\(number)" : nil,
        metadata: number % 4 == 1 ? Array("m-\(number)".utf8) : nil)
    }
    return Turn(events, id: number % 3 == 0 ? nil : "turn-\(seed)-\(number)")
  }

  /// Noise, text that repeats, or zeros: a page of zeros that is missing cannot be told from one.
  private static func data(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    switch generator.below(4) {
    case 0: return [UInt8](repeating: 0, count: count)
    case 1: return (0..<count).map { UInt8(65 + $0 % 23) }
    default:
      return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }
  }
}
