public import EvlogCore
import Synchronization

/// A clock that ticks by itself: each reading is later than the last one by a step.
///
///     let clock = SeededClock(from: "2026-03-01T08:00:00Z")
///     options.now = clock.now
public final class SeededClock: Sendable {
  private let next: Atomic<Int64>
  private let step: Int64

  /// A clock that starts at an instant and advances by `step`. The instant must be RFC 3339.
  public init(from start: String = "2000-01-01T00:00:00Z", step: Duration = .seconds(1)) {
    guard let start = Timestamp(start) else {
      preconditionFailure("'\(start)' is not an instant as RFC 3339 has it")
    }
    next = Atomic(start.nanoseconds)
    let (seconds, attoseconds) = step.components
    self.step = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  /// The clock as a function.
  public var now: @Sendable () -> Timestamp { { self.read() } }

  /// The current time; the next reading is a step later.
  public func read() -> Timestamp {
    Timestamp(nanoseconds: next.add(step, ordering: .relaxed).oldValue)
  }
}

/// Ids that look random and follow from a seed.
public final class SeededIDs: Sendable {
  private let generator: Mutex<SeededGenerator>

  /// The same seed gives the same ids, in every process.
  public init(seed: UInt64 = 0) { generator = Mutex(SeededGenerator(seed: seed)) }

  /// A UUID of version 4, in lower case (RFC 9562).
  public func next() -> String {
    var (high, low) = generator.withLock { ($0.next(), $0.next()) }
    high = high & ~0xF000 | 0x4000
    low = low & ~(0b11 << 62) | 0b10 << 62
    func hex(_ value: UInt64, _ digits: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: digits - text.count) + text
    }
    return [
      hex(high >> 32, 8), hex(high >> 16 & 0xFFFF, 4), hex(high & 0xFFFF, 4), hex(low >> 48, 4),
      hex(low & 0xFFFF_FFFF_FFFF, 12),
    ].joined(separator: "-")
  }
}
