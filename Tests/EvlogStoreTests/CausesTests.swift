import EvlogTesting
import SystemPackage
import Testing

@testable import EvlogCore
@testable import EvlogStore

/// Events with several causes, in segments that say so; all others are written as before.
@Suite struct CausesTests {
  let folder = TemporaryFolder(inMemory: true)
  private static let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"

  private func options(segmentBytes: Int = 1 << 16) -> EventLog.Options {
    var options = EventLog.Options()
    options.segmentBytes = segmentBytes
    options.sealsAutomatically = false
    return options
  }

  private func event(_ causes: [String], dataBytes: Int = 2, id: String? = nil) -> NewEvent {
    NewEvent(
      stream: "s", type: "t", data: [UInt8](repeating: 7, count: dataBytes),
      recordedAt: Timestamp(nanoseconds: 1), id: id, causation: causes, correlation: id)
  }

  /// The formats that the segments' headers name, in order, and their kinds.
  private func formats(_ log: FilePath) throws -> [String] {
    let segments = log.appending("segments")
    return try names(in: segments).map { name in
      let bytes = try #require(readFile(segments.appending(name)))
      let format = bytes.loadLittleEndian(UInt16.self, at: 8)
      #expect(format == bytes.loadLittleEndian(UInt16.self, at: 10))
      return "\(name.split(separator: ".")[1]) \(format)"
    }
  }

  private static let lists: [[String]] = [
    [], ["one"], ["two", "one", "two"], [uuid], [uuid, uuid.uppercased(), ""], ["", ""], [""],
    (0..<Limits.causes).map { "\($0)" }, ["e\u{301}", "é"], [],
    [String](repeating: String(repeating: "x", count: Limits.idBytes), count: 3),
  ]

  @Test func whatIsAppendedIsRead() throws {
    let log = try EventLog.create(folder.log, options: options())
    let events = Self.lists.enumerated().map { i, list in
      event(list, id: i % 2 == 0 ? nil : "id-\(i)")
    }
    for event in events { try log.appendBlocking(Turn([event], id: event.id)) }
    try log.appendBlocking(Turn(events))
    let expected = events + events
    let active = try allEvents(log)
    #expect(active.map { NewEvent(recorded: $0) } == expected)
    let digest = try log.digest(at: log.end)
    #expect(digest == active.reduce(Digest.zero) { $0.appending($1) })
    // A block of one event is the same again.
    for event in active { #expect(RecordedEvent(EventBlock(event)[0]) == event) }
    try log.seal()
    #expect(try allEvents(log) == active)
    #expect(log.verify(.deep).isEmpty)
    #expect(try log.digest(at: log.end) == digest)
    log.close()
    let again = try EventLog.open(folder.log, options: options())
    #expect(try allEvents(again) == active && again.digest(at: again.end) == digest)
    // Which causes there are, how they are divided and their order count.
    let digests = ([["a", "b"], ["b", "a"], ["ab"], ["a"], ["a", "a"], []]).map { causes in
      var event = active[0]
      event.causation = causes
      return event.digest
    }
    #expect(Set(digests).count == digests.count)
  }

  @Test func segmentsSayWhatTheyNeed() throws {
    let log = try EventLog.create(folder.log, options: options())
    for causes in [[], ["a"], [Self.uuid]] { try log.appendBlocking(Turn([event(causes)])) }
    #expect(try formats(folder.log) == ["active 3"])
    // Turns that share a frame go on together.
    for result in try log.appendTogether([
      Turn([event([])]), Turn([event(["a"]), event(["a", "b"])]), Turn([event([])]),
    ]) { _ = try result.get() }
    #expect(try formats(folder.log) == ["active 3", "active 4"])
    #expect(log.segmentInfo().map(\.offsets) == [0..<3, 3..<7])
    // What follows is not divided again, and what is sealed says what is in it.
    try log.appendBlocking(Turn([event(["a", "b"])]))
    try log.seal()
    #expect(try formats(folder.log) == ["sealed 5", "sealed 5", "active 4"])
    try log.appendBlocking(Turn([event([])]))
    try log.seal()
    #expect(try formats(folder.log) == ["sealed 5", "sealed 5", "sealed 5", "active 4"])
    #expect(log.verify(.deep).isEmpty)
    log.close()
    #expect(try EventLog.health(of: folder.log).formatVersion == 5)
    let again = try EventLog.open(folder.log, options: options())
    try again.appendBlocking(Turn([event(["a", "b"])]))
    #expect(try formats(folder.log).last == "active 4")
    #expect(try allEvents(again).count == 10)
  }

  /// The bytes of a segment in which no event has several causes are those of format 3.
  @Test func oneCauseIsWrittenAsBefore() throws {
    let log = try EventLog.create(folder.log, options: options())
    try log.appendBlocking(Turn([event(["cause"])]))
    let segment = log.segmentInfo()[0]
    let bytes = try #require(readFile(segment.file))
    let column = bytes[..<Int(segment.byteCount)]
    let id = [UInt8](arrayLiteral: 10) + "cause".utf8
    #expect(column.indices.count { column[$0...].starts(with: id) } == 1)
    #expect(try EventLog.health(of: folder.log).formatVersion == 3)
  }

  // MARK: An empty segment

  /// A segment without events gives way to one of format 4, also under the eyes of a reader.
  @Test(arguments: [0, 1 << 16]) func anEmptySegmentGivesWay(reservedBytes: Int) throws {
    var options = options()
    options.reservedBytes = reservedBytes
    let log = try EventLog.create(folder.log, options: options)
    let reader = try EventLog.openReadOnly(folder.log)
    #expect(reader.end == 0)
    try log.appendBlocking(Turn([event(["a", "b"])]))
    let active = try formats(folder.log).filter { $0.hasPrefix("active") }
    #expect(active == ["active 4"])
    try reader.refresh()
    #expect(try allEvents(reader) == allEvents(log) && reader.end == 1)
    try log.appendBlocking(Turn([event([])]))
    try reader.refresh()
    #expect(reader.end == 2)
    // The same after a roll.
    try log.seal()
    try log.appendBlocking(Turn([event(["c"])]))
    try log.seal()
    log.close()
    #expect(try EventLog.openReadOnly(folder.log).verify(.deep).isEmpty)
  }

  @Test func whatFollowsASealedSegmentIsPlain() throws {
    let log = try EventLog.create(folder.log, options: options())
    try log.appendBlocking(Turn([event(["a", "b"])]))
    try log.seal()
    let empty = try #require(log.segmentInfo().last).file
    log.close()
    // An interrupted roll leaves a sealed segment at the end.
    removeFile(empty)
    try EventLog.open(folder.log, options: options()).close()
    #expect(try formats(folder.log) == ["sealed 5", "active 3"])
  }

  // MARK: What is refused

  @Test func limitsAreKept() throws {
    let log = try EventLog.create(folder.log, options: options())
    let many = [String](repeating: "x", count: Limits.causes + 1)
    let long = ["x", String(repeating: "x", count: Limits.idBytes + 1)]
    for causes in [many, long] {
      let error = failure { try log.appendBlocking(Turn([event(causes)])) }
      #expect(error?.code == .tooLarge)
    }
    let error = failure { try log.appendBlocking(Turn([event(many)])) }
    #expect(error?.message == "An event names 257 causes, more than the limit of 256")
    #expect(log.end == 0)
    #expect(try formats(folder.log) == ["active 3"])
  }

  @Test func aRetryMustNameTheSameCauses() throws {
    let log = try EventLog.create(folder.log, options: options())
    func append(_ causes: [String]) throws -> Bool {
      try log.appendBlocking(Turn([event(causes)], id: "turn")).wasAlreadyThere
    }
    #expect(try !append(["é", "b"]))
    #expect(try append(["é", "b"]))
    for causes in [["b", "é"], ["é"], ["é", "b", "b"], ["e\u{301}", "b"], []] {
      #expect(failure { _ = try append(causes) }?.code == .turnConflict)
    }
  }

  /// A list of a number that no writer makes.
  @Test func listsOfOtherLengthsAreDamage() throws {
    for (bytes, isRight) in [
      ([3, 2, 2, 97, 2, 98], true), ([2, 97], true), ([3, 1, 2, 97], false), ([3, 0], false),
      ([3, 2, 2, 97], false), ([3, 0x81, 0x02, 2, 97], false), ([3, 2, 2, 97, 3], false),
      ([3, 2, 3, 2, 2, 97, 2, 97, 2, 98], false), ([5, 97], false),
      ([3, 2, 2, 97, 2, 0xFF], false),
    ] as [([UInt8], Bool)] {
      // One stream and one type, no patterns, nanoseconds, and one event with a causation.
      let column: [UInt8] =
        [1, 0, 1, 115, 1, 0, 1, 116, 0, 0] + [1 + 8, 0, 0, 0, 0, 0] + bytes
      var block = EventBlock()
      block.fill(column: column.span, payload: [UInt8]().span)
      do {
        try block.decodeColumn(firstOffset: 0, count: 1)
        #expect(isRight, "\(bytes)")
      } catch { #expect(!isRight, "\(bytes)") }
    }
  }

  // MARK: Crashes and damage

  /// A torn frame with several causes is taken out, wherever it was cut, and what came before stays.
  @Test func aTornFrameIsTakenOut() throws {
    let log = try EventLog.create(folder.log, options: options())
    try log.appendBlocking(Turn([event([])]))
    try log.appendBlocking(Turn([event(["a", "b"])]))
    let before = try allEvents(log)
    let mark = try #require(readFile(folder.log.appending("DURABLE")))
    let start = Int(log.segmentInfo()[1].byteCount)
    try log.appendBlocking(Turn([event(["c", "d", "e"], id: "torn")]))
    let segment = log.segmentInfo()[1]
    let end = Int(segment.byteCount)
    log.close()
    let whole = try #require(readFile(segment.file))
    for cut in start..<end {
      try writeFile(folder.log.appending("DURABLE"), mark)
      let zeros = [UInt8](repeating: 0, count: whole.count - cut)
      try writeFile(segment.file, whole[..<cut] + zeros)
      let again = try EventLog.open(folder.log, options: options())
      // The last bytes of a frame are zeros.
      let isWhole = !whole[cut..<end].contains { $0 != 0 }
      #expect(try allEvents(again).count == (isWhole ? 3 : 2), "cut at \(cut)")
      #expect(try Array(allEvents(again)[..<2]) == before)
      #expect((again.recovery.tornTail == nil) == (isWhole || cut == start), "cut at \(cut)")
      again.close()
    }
  }

  /// What is rewritten has the format that it needs, and the same events.
  @Test func truncationKeepsCauses() throws {
    for (cut, expected) in [(1, "3"), (2, "4"), (3, "4")] {
      let folder = TemporaryFolder(inMemory: true)
      let log = try EventLog.create(folder.log, options: options())
      for causes in [["a"], ["a", "b"], [], ["c", "d"]] {
        try log.appendBlocking(Turn([event(causes)]))
      }
      let events = try allEvents(log)
      log.close()
      try EventLog.truncate(folder.log, to: Cut(cut), dropping: UInt64(4 - cut))
      let again = try EventLog.open(folder.log, options: options())
      #expect(try allEvents(again) == Array(events[..<cut]))
      #expect(try formats(folder.log) == ["active 3", "active \(expected)"])
      try again.appendBlocking(Turn([event(["x", "y"])]))
      #expect(again.verify(.deep).isEmpty)
    }
  }

  @Test func truncationDropsAFormatThatIsNotNeeded() throws {
    let log = try EventLog.create(folder.log, options: options())
    try log.appendBlocking(Turn([event(["a", "b"])]))
    log.close()
    try EventLog.truncate(folder.log, to: 0, dropping: 1)
    #expect(try formats(folder.log) == ["active 3"])
  }

  /// Sealed or active, with a wrong header or a wrong event: what can be read keeps its causes.
  @Test(arguments: [true, false]) func repairKeepsCauses(isSealed: Bool) throws {
    let log = try EventLog.create(folder.log, options: options())
    for i in 0..<200 { try log.appendBlocking(Turn([event(["a-\(i)", "b"], dataBytes: 200)])) }
    let events = try allEvents(log)
    if isSealed { try log.seal() }
    let segment = log.segmentInfo()[0].file
    log.close()
    let whole = tree(folder.log)
    let bytes = try #require(readFile(segment))
    for byte in [9, 45, 500] {
      try restore(whole, to: folder.log)
      var harmed = bytes
      harmed[byte] ^= 1
      try writeFile(segment, harmed)
      let lost = try EventLog.planRepair(folder.log).lostCount
      try EventLog.repair(folder.log, losing: lost == 0 ? nil : lost)
      let again = try EventLog.open(folder.log, options: options())
      let read = try allEvents(again).filter { $0.type != EventLog.lostEventType }
      #expect(read == events.filter { event in read.contains { $0.offset == event.offset } })
      #expect(UInt64(read.count) == 200 - lost)
      let format = try formats(folder.log)[0].last
      #expect(format == (isSealed ? "5" : read.isEmpty ? "3" : "4"))
      #expect(again.verify(.deep).isEmpty)
      again.close()
    }
  }

  @Test func aBackupIsTheSame() throws {
    let log = try EventLog.create(folder.log, options: options())
    let copy = folder.path.appending("copy")
    try log.appendBlocking(Turn([event([])]))
    for causes in [["a"], ["a", "b"], ["c"]] {
      try EventLog.backup(folder.log, to: copy)
      try log.appendBlocking(Turn([event(causes)]))
    }
    try log.seal()
    try EventLog.backup(folder.log, to: copy)
    let reader = try EventLog.openReadOnly(copy)
    #expect(try allEvents(reader) == allEvents(log))
    #expect(try reader.digest(at: reader.end) == log.digest(at: log.end))
  }
}
