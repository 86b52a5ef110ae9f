package import EvlogCore

/// How many events are run at a time: so many that a question which is cancelled ends soon, even where each event takes
/// long.
package struct Pace {
  private static let most = 4096
  private static let least: Duration = .milliseconds(5)
  private static let longest: Duration = .milliseconds(20)
  private let clock = ContinuousClock()

  /// The number of events to run next.
  private var count: Int

  /// Begins with a single event where one may take long, and otherwise with many.
  package init(startsSlowly: Bool) { count = startsSlowly ? 1 : Self.most }

  /// Whether so many may be run at once: any number, as long as none took long.
  package func takes(_ number: Int) -> Bool { number <= count || count == Self.most }

  /// Runs events at this pace. Throws `CancellationError` where the task is cancelled.
  package mutating func run(
    _ events: ArraySlice<RecordedEvent>, _ body: (ArraySlice<RecordedEvent>) throws -> Void
  ) throws {
    var rest = events
    while !rest.isEmpty {
      let some = rest.prefix(count)
      rest = rest.dropFirst(some.count)
      try measuring(some.count) { try body(some) }
    }
  }

  /// Runs a number of events, and learns from the time that they take. Throws `CancellationError` where the task is
  /// cancelled.
  package mutating func measuring(_ number: Int, _ body: () throws -> Void) throws {
    try Task.checkCancellation()
    let start = clock.now
    try body()
    let time = clock.now - start
    if time > Self.longest {
      count = max(1, min(Int(Double(number) * (Self.longest / time)), Self.most))
    } else if time < Self.least, number >= count {
      count = min(2 * count, Self.most)
    }
  }
}
