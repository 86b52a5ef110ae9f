public import EvlogStore
import Synchronization
import SystemPackage

/// A disk in memory, for logs in tests. On request it fills up, fails and loses power.
///
///     let disk = TestDisk()
///     let log = try disk.open("shop.evlog")
///     try await log.append(events)
///     disk.cutPower()
///     let again = try disk.open("shop.evlog")  // what was acknowledged is there
///
/// A log on it is a real log: every line of code between `append` and the system's calls is the real one. A log
/// that was open when the power was cut must not be used any more.
public final class TestDisk: Sendable {
  private let disk: Mutex<SimulatedDisk>
  private let seeds: Mutex<SeededGenerator>
  private let failingSyncs = Atomic<Int>(0)
  private let failingWrites = Atomic<Int>(0)

  /// A disk whose random choices, such as what a power cut takes, follow from the seed.
  public init(seed: UInt64 = 0) {
    disk = Mutex(SimulatedDisk(seed: seed))
    seeds = Mutex(SeededGenerator(seed: seed))
    judge()
  }

  /// Opens the log with a name, and makes it if there is none; see `EventLog.open`.
  public func open(_ name: String, options: EventLog.Options = EventLog.Options()) throws
    -> EventLog
  {
    var options = options
    options.kernel = disk.withLock { $0 }
    return try EventLog.open(FilePath("/\(name)"), options: options)
  }

  /// Cuts the power: what was synced survives; the rest survives at random.
  public func cutPower() {
    let seed = seeds.withLock { $0.next() }
    disk.withLock { $0 = $0.powerCut(seed: seed) }
    judge()
  }

  /// Limits the disk to this many bytes; nil removes the limit.
  public func setCapacity(bytes: Int?) { disk.withLock { $0.setCapacity(bytes) } }

  /// The number of bytes on it.
  public var byteCount: Int {
    let state = disk.withLock { $0.state }
    return state.paths().reduce(0) { $0 + (state.bytes(of: $1)?.count ?? 0) }
  }

  /// Makes the next syncs fail, as on a dying disk: what they should have stored is partly lost.
  public func failSyncs(_ count: Int = 1) { failingSyncs.store(count, ordering: .relaxed) }

  /// Makes the next writes fail.
  public func failWrites(_ count: Int = 1) { failingWrites.store(count, ordering: .relaxed) }

  private func judge() {
    disk.withLock { disk in
      disk.judge { [weak self] call in
        guard let self else { return .honest }
        let counter: Bool =
          switch call.kind {
          case .sync: Self.take(from: self.failingSyncs)
          case .write: Self.take(from: self.failingWrites)
          default: false
          }
        return counter ? .fails(.ioError) : .honest
      }
    }
  }

  private static func take(from counter: borrowing Atomic<Int>) -> Bool {
    if counter.load(ordering: .relaxed) <= 0 { return false }
    return counter.subtract(1, ordering: .relaxed).oldValue > 0
  }
}

extension EventLog {
  /// A new log in memory, with everything that a log does; it is gone when it is released.
  public static func inMemory(options: Options = Options()) throws -> EventLog {
    try TestDisk().open("memory.evlog", options: options)
  }
}
