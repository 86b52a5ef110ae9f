import EvlogStore
import EvlogTesting
import Foundation
import ReplayTestSupport
import SystemPackage
import Testing

@testable import EvlogStudio

/// The laws of tiles, with random windows on random logs: the columns of a window add up to its events, name by
/// name, whatever is sealed, cached or still growing.
@Suite struct TileTests {
  /// A log with some types, some streams and times that mostly ascend; the events as they were appended.
  private static func log(
    _ random: inout SeededGenerator, in folder: TemporaryFolder, events count: Int
  ) async throws -> (EventLog, [NewEvent]) {
    var options = EventLog.Options()
    options.segmentBytes = 64 << 10
    options.sealsAutomatically = random.oneIn(2)
    let log = try EventLog.open(folder.path.appending("random.evlog"), options: options)
    let events = try await append(&random, to: log, count)
    return (log, events)
  }

  private static func append(
    _ random: inout SeededGenerator, to log: EventLog, _ count: Int
  ) async throws -> [NewEvent] {
    let typeCount = [1, 3, 20, 90][random.below(4)]
    var time: Int64 = 1_700_000_000_000_000_000
    var events: [NewEvent] = []
    for _ in 0..<count {
      // Bursts, pauses, and clocks that were set back.
      time += Int64(random.below(random.oneIn(50) ? 3_600_000_000_000 : 2_000_000))
      if random.oneIn(200) { time -= Int64(random.below(7_200_000_000_000)) }
      var event = NewEvent(
        stream: ["order-", "sku-", "inventory"][random.below(3)] + "\(random.below(40))",
        type: "T\(random.below(random.below(typeCount) + 1))",
        data: Array("{\"n\":\(random.below(1000))}".utf8))
      event.recordedAt = Timestamp(nanoseconds: time)
      events.append(event)
    }
    var rest = events[...]
    while !rest.isEmpty {
      let turn = rest.prefix(random.below(400) + 1)
      try await log.append(Array(turn))
      rest = rest.dropFirst(turn.count)
    }
    return events
  }

  private static func check(
    _ index: TileIndex, _ events: [NewEvent], _ random: inout SeededGenerator, seed: UInt64
  ) async throws {
    let tiles = try await index.tiles()
    for _ in 0..<40 {
      let axis: TileWindow.Axis = random.oneIn(2) ? .offset : .time
      let facet = Facet.allCases[random.below(Facet.allCases.count)]
      let columns = [1, 2, 7, 50, 800, 4096][random.below(6)]
      let positions: [Int64] = events.indices.map {
        axis == .offset ? Int64($0) : events[$0].recordedAt?.nanoseconds ?? 0
      }
      var ends = [
        positions[random.below(positions.count)], positions[random.below(positions.count)],
      ]
      if random.oneIn(4) { ends = [positions.min() ?? 0, (positions.max() ?? 0) + 1] }
      let window = TileWindow(
        axis, from: ends.min() ?? 0, to: ends.max() ?? 0, columns: columns)
      #expect(window.from <= ends.min() ?? 0 && window.to >= ends.max() ?? 0, "seed \(seed)")
      let counts = try index.counts(window, by: facet, in: tiles)
      var expected = [UInt32](
        repeating: 0, count: window.columnCount * max(1, counts.names.count))
      for (i, event) in events.enumerated() {
        let position = positions[i]
        guard position >= window.from, position < window.to else { continue }
        let name = facet == .type ? event.type : Facet.kind(of: event.stream)
        let place =
          counts.names.firstIndex(of: name) ?? counts.names.firstIndex(of: TileCounts.others)
        let column = Int((position - window.start) / window.step)
        expected[column * counts.names.count + (try #require(place))] += 1
      }
      #expect(
        counts.cells == expected, "seed \(seed): \(window) by \(facet) of \(events.count) events")
    }
  }

  @Test(arguments: 0..<12) func columnsAddUpToTheEvents(run: Int) async throws {
    let seed = UInt64.random(in: 0..<1_000_000)
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    let (log, appended) = try await Self.log(
      &random, in: folder, events: [3, 500, 5000, 20_000][run % 4])
    var events = appended
    let index = TileIndex(log)
    try await Self.check(index, events, &random, seed: seed)
    // The log grows, and is sealed.
    events += try await Self.append(&random, to: log, 300)
    try await Self.check(index, events, &random, seed: seed)
    _ = try log.seal()
    events += try await Self.append(&random, to: log, 10)
    try await Self.check(index, events, &random, seed: seed)
    // Another process finds the cache, and one without it the same.
    let reader = try EventLog.openReadOnly(log.path)
    try await Self.check(TileIndex(reader), events, &random, seed: seed)
    for name in try log.caches.names() where name.hasSuffix(".tiles") {
      try log.caches.remove(name)
    }
    try await Self.check(TileIndex(reader), events, &random, seed: seed)
    log.close()
  }

  @Test func cachedPartsAreThoseThatWereMade() async throws {
    var random = SeededGenerator(seed: 7)
    let folder = TemporaryFolder()
    let (log, events) = try await Self.log(&random, in: folder, events: 8000)
    _ = try log.seal()
    _ = try await TileIndex(log).tiles()
    let names = try log.caches.names().filter { $0.hasSuffix(".tiles") }
    #expect(!names.isEmpty)
    // A damaged file, and one of another log, are made again.
    for (i, name) in names.enumerated() {
      var bytes = try log.caches.read(name)
      bytes[bytes.count / 2] ^= 1
      try log.caches.write(i % 2 == 0 ? bytes : [], name)
    }
    try await Self.check(TileIndex(log), events, &random, seed: 7)
    log.close()
  }

  @Test func aKindIsThatOfManyStreams() {
    #expect(Facet.kind(of: "order-118") == "order*")
    #expect(Facet.kind(of: "sku7") == "sku*")
    #expect(Facet.kind(of: "inventory") == "inventory")
    #expect(Facet.kind(of: "orders/order-7") == "orders/order*")
    #expect(Facet.kind(of: "42") == "*")
  }
}
