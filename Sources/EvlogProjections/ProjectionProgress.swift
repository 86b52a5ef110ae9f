public import EvlogCore

/// The progress of a projection.
public struct ProjectionProgress: Sendable, Hashable {
  /// The cut that the tables show: the events before it are applied.
  public var position: Cut
  /// The log's end.
  public var head: Cut
  /// Recent events per second; nil if nothing was measured.
  public var rate: Double?
  /// The number of skipped events.
  public var skipped: Int
  /// The number of streams that are left out.
  public var quarantined: Int

  /// How many events the tables are behind.
  public var lag: UInt64 { head > position ? head - position : 0 }
  /// The seconds until it has caught up, at this rate.
  public var secondsLeft: Double? {
    if lag == 0 { return 0 }
    return rate.flatMap { $0 > 0 ? Double(lag) / $0 : nil }
  }
}

/// How fast it goes, over the last seconds.
struct Meter {
  private var samples: [(time: ContinuousClock.Instant, events: Int)] = []

  mutating func add(_ events: Int) {
    let now = ContinuousClock.now
    samples.append((now, events))
    samples.removeAll { $0.time < now - .seconds(5) }
  }

  /// Events a second; nil where there are too few samples.
  var rate: Double? {
    guard let first = samples.first, samples.count > 1 else { return nil }
    let span = ContinuousClock.now - first.time
    let seconds = Double(span.components.seconds) + Double(span.components.attoseconds) * 1e-18
    return Double(samples.dropFirst().reduce(0) { $0 + $1.events }) / max(seconds, 1e-6)
  }
}
