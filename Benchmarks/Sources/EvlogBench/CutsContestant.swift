import CEvents
import Evlog

/// evlog at clocks and consistent cuts: the events of a load are in as many lines as it has streams.
struct CutsContestant {
  let load: Load
  private let clock = ContinuousClock()

  init(_ load: Load) { self.load = load }

  func run(_ job: Job) async throws -> Measurement {
    switch job {
    case .clocks: try clocks()
    case .checkCuts: try checkCuts()
    case .detect: try await detect()
    case .judgeCuts: try await enumerate(judging: true)
    default: try await enumerate(judging: false)
    }
  }

  private func edges(_ share: UInt32) -> [bench_edge] {
    unsafe load.withTask { task in
      let count = unsafe Int(bench_edges(task, share, nil))
      return unsafe [bench_edge](unsafeUninitializedCapacity: count) { buffer, made in
        made = unsafe Int(bench_edges(task, share, buffer.baseAddress))
      }
    }
  }

  private func causality(_ edges: [bench_edge]) throws -> Causality {
    let length = Cut(load.events / load.streams)
    var builder = try CausalityBuilder(
      lines: (0..<load.streams).map { CausalLine("line\($0)", end: length) })
    for edge in edges {
      try builder.addEdge(
        from: CausalEvent(line: Int(edge.cause_line), offset: Offset(UInt64(edge.cause))),
        to: CausalEvent(line: Int(edge.effect_line), offset: Offset(UInt64(edge.effect))))
    }
    return try builder.build()
  }

  private func clocks() throws -> Measurement {
    let edges = edges(UInt32(BENCH_SPARSE))
    let start = clock.now
    let causality = try causality(edges)
    var result = Measurement(
      seconds: (clock.now - start).inSeconds, events: load.events,
      checksum: causality.statistics.learners)
    result.bytes = UInt64(causality.byteCount)
    return result
  }

  /// One at a time: whether a random cut is consistent, which edge says why not, and the nearest ones.
  private func checkCuts() throws -> Measurement {
    let causality = try causality(edges(UInt32(BENCH_SPARSE)))
    let length = load.events / load.streams
    var random = SystemRandomNumberGenerator()
    var times: [Duration] = []
    let start = clock.now
    for _ in 0..<load.reads {
      let middle = UInt64.random(in: 0...length, using: &random)
      let cut = try VectorCut(
        names: causality.start.names,
        positions: (0..<load.streams).map { _ in
          Cut(min(length, middle + UInt64.random(in: 0...1000, using: &random)))
        })
      let before = clock.now
      let edge = try causality.crossingEdge(of: cut)
      let below = try causality.nearestBelow(cut)
      let above = try causality.nearestAbove(cut)
      times.append(clock.now - before)
      guard below <= above, (edge == nil) == (below == above) else {
        throw Failure("the nearest cuts of \(cut) are wrong")
      }
    }
    var result = Measurement(seconds: (clock.now - start).inSeconds, events: load.reads)
    result.latencies = Latencies(times)
    return result
  }

  private func order(_ share: UInt32) throws -> CausalOrder {
    try CausalOrder(of: causality(edges(share))) { Int64($0.offset) }
  }

  /// A conjunction of predicates that hold at a tenth of the cuts of each line, and at the same time hardly
  /// anywhere.
  private func detect() async throws -> Measurement {
    let detector = CutDetector(try order(UInt32(BENCH_SPARSE)))
    let length = Cut(load.events / load.streams)
    let predicates = (0..<Int(load.streams)).map { line in
      LocalPredicate(line: line, end: length) { cut in
        UInt64(cut) * UInt64(load.streams) / 100_000 % load.streams == UInt64(line)
          || UInt64(cut) > UInt64(length) * 99 / 100
      }
    }
    let start = clock.now
    let answer = try await detector.possibly(.conjunction(predicates))
    let seconds = (clock.now - start).inSeconds
    guard answer.first != nil else { throw Failure("nothing was detected") }
    return Measurement(seconds: seconds, events: load.events)
  }

  private func enumerate(judging: Bool) async throws -> Measurement {
    let order = try order(UInt32(BENCH_DENSE))
    let width = order.causality.lines.count
    let start = clock.now
    let count: UInt64
    if judging {
      let answer = try await CutDetector(order, workers: load.threads).possibly(
        .general {
          { cut in
            var sum: UInt64 = 0
            for line in 0..<width { sum &+= UInt64(cut[line]) }
            return sum == .max
          }
        })
      count = answer.cutCount
    } else if load.threads > 1 {
      count = try await CutDetector(order, workers: load.threads).consistentCutCount() ?? 0
    } else {
      count = try order.causality.consistentCutCount() ?? 0
    }
    return Measurement(seconds: (clock.now - start).inSeconds, events: count, checksum: count)
  }
}
