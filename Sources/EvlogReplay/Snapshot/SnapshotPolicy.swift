/// Decides when a replay saves a snapshot: when what it saves is worth far more than it costs.
///
/// The intervals also grow with the replay, so that a log of any length gets a bounded number.
struct SnapshotPolicy {
  /// A snapshot is made only where replaying the way to it took this many times its own cost.
  static let worth = 20.0
  /// Ways that are replayed faster than this are never worth a file.
  static let leastSeconds = 0.1
  /// The share of the whole replay so far that must lie between two snapshots.
  static let share = 1.0 / 16

  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var last: ContinuousClock.Instant
  /// What the latest one cost, in seconds; not known before the first.
  private var cost = 0.0
  private(set) var isOff = false

  init() {
    start = clock.now
    last = start
  }

  var isDue: Bool {
    guard !isOff else { return false }
    let now = clock.now
    let seconds = (now - last) / .seconds(1)
    let all = (now - start) / .seconds(1)
    return seconds >= max(Self.leastSeconds, Self.worth * cost, Self.share * all)
  }

  /// Measures the making of a snapshot. After a failure there are no more in this replay.
  mutating func measure(_ make: () throws -> Void) -> (any Error)? {
    let before = clock.now
    do { try make() } catch {
      isOff = true
      return error
    }
    last = clock.now
    cost = (last - before) / .seconds(1)
    return nil
  }
}
