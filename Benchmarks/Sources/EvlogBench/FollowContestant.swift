import EvlogStore
import FoundationEssentials
import Synchronization
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// From an append that is acknowledged to a subscriber: of the same log, or in another process.
struct FollowContestant {
  let load: Load

  init(_ load: Load) { self.load = load }

  private var path: FilePath { FilePath(load.folder).appending("log") }
  private var count: Int { Int(load.events) }
  /// Where the other process says when it saw what.
  private var seenFile: String { load.folder + "/seen" }

  func run(_ job: Job) throws -> Measurement {
    switch job {
    case .follow: try waiting { try await follow() }
    case .followBeside: try waiting { try await followBeside() }
    case .watch: try waiting { try await watch() }
    default: throw Failure("evlog does not do '\(job.rawValue)' here")
    }
  }

  private func follow() async throws -> Measurement {
    let log = try EventLog.create(path)
    let seen = Task { try await arrivals(log) }
    let acknowledged = try await append(to: log)
    let result = measurement(acknowledged, try await seen.value)
    log.close()
    return result
  }

  private func followBeside() async throws -> Measurement {
    let log = try EventLog.create(path)
    let entry = Entry("evlog, in the other process", .watch, load, by: "evlog")
    async let child = Child.run(entry, load)
    // It follows the log from its beginning; what counts comes when it is there.
    try await log.append([NewEvent(stream: "first", type: "happened", data: [])])
    while !FileManager.default.fileExists(atPath: seenFile) {
      try await Task.sleep(for: .milliseconds(5))
    }
    let acknowledged = try await append(to: log)
    _ = try await child
    let text = String(decoding: try Data(contentsOf: URL(filePath: seenFile)), as: UTF8.self)
    let result = measurement(acknowledged, text.split(separator: " ").compactMap { Int64($0) })
    log.close()
    return result
  }

  /// What the other process does.
  private func watch() async throws -> Measurement {
    let log = try EventLog.openReadOnly(path)
    for try await _ in log.subscribe(Query(limit: 1)) {}
    try Data().write(to: URL(filePath: seenFile))
    let times = try await arrivals(log, from: 1)
    let text = times.map { String($0) }.joined(separator: " ")
    try Data(text.utf8).write(to: URL(filePath: seenFile))
    return Measurement(events: UInt64(times.count))
  }

  private func arrivals(_ log: EventLog, from cut: Cut = 0) async throws -> [Int64] {
    var times: [Int64] = []
    for try await _ in log.subscribe(Query(from: cut, limit: count)) { times.append(Self.now()) }
    return times
  }

  private func append(to log: EventLog) async throws -> [Int64] {
    var times: [Int64] = []
    for i in 0..<count {
      try await log.append([NewEvent(stream: "s\(i % 50)", type: "happened", data: [])])
      times.append(Self.now())
      // As a service has it: not one after the other without a breath.
      if i % 10 == 9 { try await Task.sleep(for: .milliseconds(3)) }
    }
    return times
  }

  private func measurement(_ acknowledged: [Int64], _ seen: [Int64]) -> Measurement {
    let delays = zip(seen, acknowledged).map { Duration.nanoseconds(max(0, $0 - $1)) }
    var result = Measurement(
      seconds: delays.reduce(.zero, +).inSeconds, events: UInt64(seen.count))
    result.latencies = Latencies(delays)
    return result
  }

  /// Nanoseconds of a clock that all processes have in common.
  private static func now() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
