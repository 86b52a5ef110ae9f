import EvlogTesting
import SystemPackage
import Testing

@testable import EvlogStore

/// Of a sealed segment, any events are read without the others: the same as by reading everything.
@Suite struct PagedReadTests {
  let folder = TemporaryFolder(inMemory: true)

  private static let words = ["account", "transfer", "deposited", "withdrawn", "EUR", "branch"]

  private func event(_ i: Int, streams: Int, _ random: inout SeededGenerator) -> NewEvent {
    let text = (0..<random.below(30)).map { _ in Self.words[random.below(6)] }.joined(
      separator: " ")
    // Now and then one that takes several pages.
    let filler =
      random.below(400) == 0 ? String(repeating: "long ", count: 1 << random.below(14)) : ""
    var event = NewEvent(
      stream: "\(random.below(3) == 0 ? "cart" : "order")-\(random.below(streams))",
      type: "t\(random.below(7))", data: json("{\"n\":\(i),\"text\":\"\(text)\(filler)\"}"))
    if random.below(3) == 0 { event.id = "e-\(i)" }
    if random.below(9) == 0 {
      event.causation = (0...random.below(3)).map { "e-\(max(0, i - $0))" }
    }
    if random.below(9) == 0 { event.metadata = Array("m\(i)".utf8) }
    if random.below(11) == 0 { event.contentType = "text/x-\(random.below(3))" }
    if random.below(11) == 0 { event.schemaVersion = UInt32(random.below(5)) + 2 }
    if random.below(50) == 0 {
      event.recordedAt = Timestamp(nanoseconds: Int64(random.below(1 << 50)))
    }
    return event
  }

  private func log(_ seed: UInt64, _ random: inout SeededGenerator) throws -> EventLog {
    var options = EventLog.Options()
    options.segmentBytes = 1 << (16 + random.below(5))
    options.sealsAutomatically = false
    let log = try EventLog.create(folder.path.appending("log\(seed)"), options: options)
    let streams = 1 << random.below(11)
    var i = 0
    for turn in 0..<(20 + random.below(60)) {
      let events = (0..<(1 + random.below(150))).map { _ in
        i += 1
        return event(i, streams: streams, &random)
      }
      try log.appendBlocking(Turn(events, id: random.below(2) == 0 ? "turn-\(turn)" : nil))
    }
    try log.seal(random.below(3) == 0 ? .best : .fast)
    return log
  }

  @Test(arguments: Seeds.first(8)) func anyEventsAreThoseOfTheWhole(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let log = try log(seed, &random)
    defer { log.close() }
    #expect(log.verify(.deep).isEmpty)
    let all = try allEvents(log)
    #expect(all.count == Int(UInt64(log.end)))
    for _ in 0..<60 {
      let offset = Offset(UInt64(random.below(all.count)))
      #expect(try log.event(at: offset) == all[Int(offset)], "seed \(seed), \(offset)")
    }
    let streams = Array(Set(all.map(\.stream))).sorted()
    for _ in 0..<60 {
      var query = Query(stream: streams[random.below(streams.count)])
      if random.below(3) == 0 { query.from = Cut(UInt64(random.below(all.count))) }
      if random.below(3) == 0 { query.to = Cut(UInt64(random.below(all.count))) }
      if random.below(3) == 0 { query.types = ["t1", "t4", "t9"] }
      if random.below(3) == 0 { query.limit = random.below(20) }
      if random.below(4) == 0 { query.stream = nil }
      if random.below(4) == 0 { query.since = all[random.below(all.count)].recordedAt }
      query.isBackwards = random.below(2) == 0
      var expected = all.filter { event in
        (query.stream == nil || event.stream == query.stream)
          && event.offset >= query.from.offsetAfter
          && (query.to.map { event.offset < $0.offsetAfter } ?? true)
          && (query.types?.contains(event.type) ?? true)
          && (query.since.map { event.recordedAt >= $0 } ?? true)
      }
      if query.isBackwards { expected.reverse() }
      if let limit = query.limit { expected = Array(expected.prefix(limit)) }
      #expect(try allEvents(log, query) == expected, "seed \(seed), \(query)")
    }
  }

  /// Each segment is large enough to have a dictionary, and is smaller for it.
  @Test func largeSegmentsHaveADictionary() throws {
    var random = SeededGenerator(seed: 7)
    let log = try EventLog.create(folder.path.appending("large"))
    for turn in 0..<40 {
      try log.appendBlocking(
        Turn((0..<200).map { event(turn * 200 + $0, streams: 1000, &random) }))
    }
    try log.seal()
    for case let segment as SealedSegment in log.view().segments {
      let dictionary = try segment.dictionary(try segment.open())
      #expect(dictionary.bytes.count >= SegmentDictionary.leastBytes)
    }
    #expect(log.verify(.deep).isEmpty)
    log.close()
  }

  /// With one copy of the dictionary damaged, everything is read, and `verify` says so.
  @Test func oneCopyOfTheDictionaryIsEnough() throws {
    var random = SeededGenerator(seed: 8)
    let path = folder.path.appending("copies")
    let log = try EventLog.create(path)
    for turn in 0..<40 {
      try log.appendBlocking(
        Turn((0..<200).map { event(turn * 200 + $0, streams: 1000, &random) }))
    }
    try log.seal()
    let all = try allEvents(log)
    let segment = try #require(log.view().segments.first as? SealedSegment)
    let second = Int(segment.trailer.dictionary)
    log.close()
    let file = segment.path
    let whole = try #require(readFile(file))
    for positions in [[64 + 100], [second + 100], [64 + 100, second + 100]] {
      var bytes = whole
      for position in positions { bytes[position] ^= 1 }
      try writeFile(file, bytes)
      let damaged = try EventLog.openReadOnly(path)
      #expect(!damaged.verify(.deep).isEmpty)
      if positions.count == 1 {
        #expect(try allEvents(damaged) == all)
      } else {
        #expect(throws: EventLogError.self) { try allEvents(damaged) }
      }
    }
  }
}
