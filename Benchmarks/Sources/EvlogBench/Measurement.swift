import CEvents

/// What one contestant did in one process.
struct Measurement: Codable, Sendable {
  var seconds = 0.0
  var events: UInt64 = 0
  /// What a reader added up; nil where nothing was read.
  var checksum: UInt64?
  /// Syncs, where the contestant knows them.
  var syncs: UInt64?
  /// Times of single operations.
  var latencies: Latencies?
  /// Full segments that were not yet compressed at the end.
  var segmentsLeft: Int?
  /// What the folder takes in the end.
  var bytes: UInt64 = 0
  var peakMemory: UInt64 = 0
  /// The disk alone, just before.
  var probe: Latencies?
}

/// Times of single operations, in seconds.
struct Latencies: Codable, Sendable {
  var count: UInt64
  var mean, median, p99, max: Double

  init(_ times: [Duration]) {
    var nanoseconds = times.map { time in
      UInt64(time.components.seconds) * 1_000_000_000
        + UInt64(time.components.attoseconds / 1_000_000_000)
    }
    self.init(
      unsafe nanoseconds.withUnsafeMutableBufferPointer {
        unsafe bench_summary($0.baseAddress, UInt64($0.count))
      })
  }

  init(_ summary: bench_latencies) {
    count = summary.count
    (mean, median) = (summary.mean / 1e9, summary.median / 1e9)
    (p99, max) = (summary.p99 / 1e9, summary.max / 1e9)
  }
}

extension Measurement {
  init(_ result: bench_result) {
    seconds = result.seconds
    events = result.events
    checksum = result.checksum == 0 ? nil : result.checksum
    syncs = result.syncs == 0 ? nil : result.syncs
    latencies = result.latencies.count == 0 ? nil : Latencies(result.latencies)
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
