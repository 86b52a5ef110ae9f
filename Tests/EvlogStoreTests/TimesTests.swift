import EvlogTesting
import SystemPackage
import Testing

@testable import EvlogStore

/// Reading by time, and cuts at a time.
@Suite struct TimesTests {
  /// A log of several segments whose times wander, with its events.
  private func log(_ folder: TemporaryFolder, seed: UInt64) throws -> (EventLog, [RecordedEvent]) {
    var random = SeededGenerator(seed: seed)
    var options = EventLog.Options()
    options.sealsAutomatically = false
    let log = try EventLog.create(folder.log, options: options)
    var time: Int64 = 1_000
    for part in 0..<5 {
      for _ in 0..<12 {
        let events = (0...2).map { i in
          time += Int64.random(in: -40...100, using: &random)
          return NewEvent(
            stream: "s-\(i)", type: "t", data: [], recordedAt: Timestamp(nanoseconds: time))
        }
        try log.appendBlocking(Turn(events))
      }
      if part < 4 { try log.seal() }
    }
    return (log, try allEvents(log))
  }

  @Test func theCutAtATimeIsTheFirstOne() throws {
    let seed = UInt64.random(in: .min ... .max)
    let folder = TemporaryFolder(inMemory: true)
    let (writer, events) = try log(folder, seed: seed)
    defer { writer.close() }
    let reader = try EventLog.openReadOnly(folder.log)
    let all = events.map(\.recordedAt.nanoseconds)
    let last = try #require(all.max())
    for nanoseconds in [.min, 0] + all + all.map({ $0 + 1 }) + [last + 1, .max] {
      let time = Timestamp(nanoseconds: nanoseconds)
      let expected = events.firstIndex { $0.recordedAt >= time } ?? events.count
      #expect(try writer.cut(at: time) == Cut(expected), "seed \(seed), \(nanoseconds)")
      #expect(try reader.cut(at: time) == Cut(expected), "seed \(seed), \(nanoseconds)")
    }
    #expect(
      try writer.segmentInfoWithTimes().map(\.times)
        == writer.segmentInfo().map { info in
          let times = events.filter { info.offsets.contains($0.offset) }.map(\.recordedAt)
          return times.min().flatMap { min in times.max().map { min...$0 } }
        })
  }

  @Test func queriesByTimeAgreeWithAScan() throws {
    let seed = UInt64.random(in: .min ... .max)
    let folder = TemporaryFolder(inMemory: true)
    let (log, events) = try log(folder, seed: seed)
    defer { log.close() }
    var random = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let times = (0..<2).map { _ in
        Timestamp(nanoseconds: .random(in: 900...7_000, using: &random))
      }
      var query = Query(since: times.min(), until: times.max())
      query.isBackwards = Bool.random(using: &random)
      if Bool.random(using: &random) { query.stream = "s-1" }
      if Bool.random(using: &random) { query.from = Cut(Int.random(in: 0...200, using: &random)) }
      if Bool.random(using: &random) { query.to = Cut(Int.random(in: 0...200, using: &random)) }
      let expected = events.filter {
        times[0] <= times[1]
          ? $0.recordedAt >= times[0] && $0.recordedAt < times[1]
          : $0.recordedAt >= times[1] && $0.recordedAt < times[0]
      }.filter {
        (query.stream == nil || $0.stream == "s-1") && $0.offset >= query.from.offsetAfter
          && $0.offset < query.to?.offsetAfter ?? .max
      }
      let found = try allEvents(log, query).map(\.offset)
      #expect(
        found == (query.isBackwards ? expected.reversed() : expected).map(\.offset),
        "seed \(seed), \(query)")
    }
  }

  /// A segment outside of the wanted times is passed over by its trailer: damage in its index does
  /// not matter.
  @Test func whatIsOutsideOfTheTimesIsNotRead() throws {
    let fixture = try StoreFixture(turns: 20, sealedTurns: 10)
    let path = fixture.segments.appending("00000000000000000000.sealed")
    var bytes = try #require(readFile(path))
    let trailer = try EventLog.inspect(file: path)
    let index = try #require(trailer.parts.first { $0.name == "index of blocks" })
    bytes[Int(index.bytes.lowerBound)] ^= 1
    try writeFile(path, bytes)
    let log = try EventLog.openReadOnly(fixture.log)
    #expect(failure { _ = try allEvents(log) }?.code == .damaged)
    let first = try #require(log.segmentInfo().first?.offsets.upperBound)
    let time = fixture.events[Int(first)].recordedAt
    for isBackwards in [false, true] {
      let found = try allEvents(log, Query(since: time, isBackwards: isBackwards))
      #expect(found.count == fixture.events.count - Int(first))
    }
    #expect(try log.cut(at: time) == first.cutBefore)
    let early = Timestamp(nanoseconds: 0)
    #expect(failure { _ = try log.cut(at: early) }?.code == .damaged)
  }

  @Test func theProbeLeavesNothing() throws {
    let folder = TemporaryFolder()
    let probe = try EventLog.probeSync(in: folder.path, writes: 20)
    #expect(probe.durations.count == 20 && probe.durations == probe.durations.sorted())
    #expect(probe.shortest <= probe.median && probe.median <= probe.percentile99)
    #expect(names(in: folder.path) == [])
    for (call, nth) in [(SystemCalls.Call.sync, 1), (.sync, 9), (.write, 3), (.unlink, 1)] {
      var options = EventLog.Options()
      let faults = FaultInjector()
      options.faults = faults
      faults.fail(call, nth: nth, with: .ioError)
      let error = failure {
        _ = try EventLog.probeSync(in: folder.path, writes: 20, options: options)
      }
      #expect(error?.code == .ioFailed, "\(call) \(nth)")
      #expect(names(in: folder.path) == [], "\(call) \(nth)")
    }
    let nowhere = failure { _ = try EventLog.probeSync(in: folder.path.appending("nowhere")) }
    #expect(nowhere?.code == .notFound)
  }
}
