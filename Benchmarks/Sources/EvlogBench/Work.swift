/// One table: some contestants at one job, and what is hoped of evlog.
struct Work: Sendable {
  let name: String
  let title: String
  let metrics: [Metric]
  let entries: [Entry]
  let targets: [Target]
  /// Works whose figures hardly change need one round.
  var isDeterministic = false

  var isDurable: Bool { entries.contains { $0.job.isDurable } }
}

/// A contestant at a job: a row of the table.
struct Entry: Sendable {
  let label: String
  let contestant: String
  let job: Job
  let load: Load

  init(
    _ label: String, _ job: Job, _ load: Load, by contestant: String? = nil,
    _ change: (inout Load) -> Void = { _ in }
  ) {
    self.label = label
    self.contestant = contestant ?? label
    self.job = job
    var load = load
    change(&load)
    self.load = load
  }
}

/// What is hoped of a row: a value itself, or its ratio to another row's.
struct Target: Sendable {
  let text: String
  let metric: Metric
  let of: String
  let to: String?
  let bound: Bound

  enum Bound: Sendable {
    case atLeast(Double), atMost(Double)
  }

  init(
    _ text: String, _ metric: Metric, of: String = "evlog", to: String? = nil, _ bound: Bound
  ) {
    self.text = text
    self.metric = metric
    self.of = of
    self.to = to
    self.bound = bound
  }

  /// Faster than each of some others.
  static func ahead(of others: [String], _ metric: Metric = .eventsPerSecond) -> [Target] {
    others.map { Target("ahead of \($0)", metric, to: $0, .atLeast(1)) }
  }

  func isMet(by value: Double) -> Bool {
    switch bound {
    case .atLeast(let least): value >= least
    case .atMost(let most): value <= most
    }
  }
}

/// How much of each work is done.
struct Scale: Sendable {
  var variant = Variant.seq
  /// Events of a data set, of which there are 50 in a stream, up to 100,000 streams.
  var events: UInt64 = 5_000_000
  /// Events appended in turns of 1000 or more.
  var appended: UInt64 = 1_000_000
  /// Events appended while others are compressed: enough for several segments of 64 MiB.
  var sealed: UInt64 = 2_000_000
  /// Turns of one event, by one writer.
  var singles: UInt64 = 3000
  /// Turns of one event, by each of 64 tasks.
  var singlesPerTask: UInt64 = 300
  var reads: UInt64 = 500
  var opened: UInt64 = 10_000_000
  /// Sizes of the logs whose scans must take the same memory.
  var scanned: [UInt64] = [1_000_000, 2_000_000, 5_000_000]
  var rounds = 5

  static let full = Scale()

  static let quick = Scale(
    events: 200_000, appended: 200_000, sealed: 500_000, singles: 300, singlesPerTask: 50,
    reads: 100, opened: 500_000, scanned: [200_000, 350_000, 500_000], rounds: 3)

  func dataSet(_ events: UInt64) -> Load {
    Load(variant: variant, events: events, streams: min(100_000, max(1, events / 50)))
  }

  func appends(_ events: UInt64, turn: UInt64) -> Load {
    Load(variant: variant, events: events, turn: turn)
  }
}
