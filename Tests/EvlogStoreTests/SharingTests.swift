import EvlogTesting
import SystemPackage
import Testing

@testable import EvlogStore

/// Several threads that read one log give what one gives, in the same order, and as far.
@Suite struct SharingTests {
  let folder = TemporaryFolder(inMemory: true)

  private func log(_ name: String, _ random: inout SeededGenerator) throws -> EventLog {
    var options = EventLog.Options()
    options.segmentBytes = 4096
    options.sealsAutomatically = false
    let log = try EventLog.create(folder.path.appending(name), options: options)
    for turn in 0..<random.below(120) {
      let events = (0..<(1 + random.below(5))).map { i in
        NewEvent(
          stream: "s\(random.below(4))", type: "t\(random.below(3))",
          data: json("{\"n\":\(turn * 10 + i)}"))
      }
      try log.appendBlocking(Turn(events))
      if random.below(20) == 0 { try log.seal() }
    }
    return log
  }

  /// What `forEachBlock` gives, and what it throws.
  private func read(_ log: EventLog, _ query: Query, workers: Int, stopAt: Cut? = nil) -> (
    events: [RecordedEvent], error: (any Error)?
  ) {
    struct Stop: Error {}
    var events: [RecordedEvent] = []
    do {
      try log.events(query).makeCursor().forEachBlock(workers: workers) { block in
        if let stopAt, block[0].offset >= stopAt.offsetAfter { throw Stop() }
        events += block.recordedEvents()
      }
    } catch { return (events, error) }
    return (events, nil)
  }

  @Test func theOrderIsThatOfTheLog() throws {
    for seed in Seeds.first(60) {
      var random = SeededGenerator(seed: seed)
      let log = try log("order\(seed)", &random)
      defer { log.close() }
      let end = log.end
      let from = Cut(UInt64.random(in: 0...UInt64(end), using: &random))
      for query in [
        Query(), Query(from: from), Query(from: Cut(UInt64(from) / 2), to: from),
        Query(stream: "s1"),
        Query(types: ["t2"]), Query(from: from, stream: "s2", types: ["t0", "t1"]),
        Query(stream: "nowhere"),
      ] {
        let expected = try allEvents(log, query)
        for workers in 1...4 {
          let found = read(log, query, workers: workers)
          #expect(found.error == nil && found.events == expected, "seed \(seed), \(query)")
        }
      }
      let stop = Cut(UInt64.random(in: 0...UInt64(end), using: &random))
      let one = read(log, Query(), workers: 1, stopAt: stop)
      for workers in 2...4 {
        let found = read(log, Query(), workers: workers, stopAt: stop)
        #expect(
          found.events == one.events && (found.error == nil) == (one.error == nil), "seed \(seed)")
      }
    }
  }

  @Test func whatCannotBeReadIsSaidInItsTurn() throws {
    var failures = 0
    for seed in Seeds.first(40) {
      var random = SeededGenerator(seed: 1000 + seed)
      let name = "damage\(seed)"
      let whole = try log(name, &random)
      try whole.seal()
      whole.close()
      let segments = folder.path.appending(name).appending("segments")
      guard
        let file = names(in: segments).filter({ $0.hasSuffix(".sealed") }).randomElement(
          using: &random),
        var bytes = readFile(segments.appending(file))
      else { continue }
      bytes[100 + random.below(bytes.count - 200)] ^= 0x10
      try writeFile(segments.appending(file), bytes)
      guard let log = try? EventLog.openReadOnly(folder.path.appending(name)) else { continue }
      defer { log.close() }
      let one = read(log, Query(), workers: 1)
      if one.error != nil { failures += 1 }
      for workers in 2...4 {
        let found = read(log, Query(), workers: workers)
        #expect(found.events == one.events, "seed \(seed)")
        #expect(
          (found.error as? EventLogError)?.code == (one.error as? EventLogError)?.code,
          "seed \(seed)")
      }
    }
    #expect(failures > 10)
  }
}
