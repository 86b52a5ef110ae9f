import EvlogTesting
import SystemPackage
import Testing

@testable import EvlogStore

/// A flipped bit is reported or harmless; it is never returned as data.
@Suite struct DamageTests {
  /// Opens for writing and reads everything: the same events, a typed error, or, where
  /// `mayDropTurns`, fewer whole turns. Then reads only: what is intact is there, the rest says so.
  private func check(
    _ fixture: StoreFixture, mayDropTurns: Bool = false, opensForWriting: Bool = true,
    _ comment: Comment
  ) throws {
    let reader: EventLog
    do {
      reader = try EventLog.openReadOnly(fixture.log)
    } catch {
      // Only the identity may keep a reader out altogether.
      #expect(error.code == .damaged || error.code == .notAStore || error.code == .newerFormat)
      #expect(error.file == fixture.log.appending("EVLOG"), comment)
      #expect(failure { try fixture.open().close() } != nil, comment)
      return
    }
    var isIntact = true
    for event in fixture.events {
      let read: RecordedEvent?
      do { read = try reader.event(at: event.offset) } catch {
        #expect(error.code == .damaged || error.code == .foreign, comment)
        isIntact = false
        continue
      }
      if read == nil {
        // Without its mark and its header, nobody knows how far a damaged last segment went.
        let isCutOff = readFile(fixture.durable) == nil && !isIntact
        #expect(isCutOff || mayDropTurns && fixture.ends.contains(reader.end), comment)
        continue
      }
      #expect(read.map(content) == content(event), comment)
    }
    for query in [Query(), Query(isBackwards: true), Query(stream: "stream-1")] {
      let error = failure {
        let expected = fixture.events.filter { $0.offset < reader.end.offsetAfter }.filter {
          query.stream == nil || $0.stream == query.stream
        }
        let read = try allEvents(reader, query)
        #expect(
          read.map(content) == (query.isBackwards ? expected.reversed() : expected).map(content),
          comment)
      }
      if let error { #expect(error.code == .damaged || error.code == .foreign, comment) }
      if query.stream == nil, !isIntact { #expect(error != nil, comment) }
    }
    let isFound = checkLookups(reader, fixture, comment)
    if !isIntact || !isFound { #expect(!reader.verify().isEmpty, comment) }

    if !opensForWriting { return }
    let error = failure {
      let log = try fixture.open()
      defer { log.close() }
      let read = try allEvents(log)
      if mayDropTurns {
        #expect(fixture.isPrefixOfTurns(read), comment)
      } else {
        #expect(read.map(content) == fixture.events.map(content), comment)
      }
    }
    if let error {
      #expect([.damaged, .foreign, .newerFormat].contains(error.code), "\(error) \(comment)")
      #expect(error.file != nil, comment)
    }
  }

  /// Asks every index: what is found is right, or an error says that it is damaged; then false.
  private func checkLookups(_ reader: EventLog, _ fixture: StoreFixture, _ comment: Comment) -> Bool
  {
    let expected = fixture.events.filter { $0.offset < reader.end.offsetAfter }
    var isFound = true
    func look(_ body: () throws -> Void) {
      guard let error = failure(body) else { return }
      #expect(error.code == .damaged || error.code == .foreign, comment)
      isFound = false
    }
    for stream in Set(fixture.events.map(\.stream)) {
      let last = expected.last { $0.stream == stream }?.revision
      look {
        let found = try reader.lastRevision(of: stream)
        #expect(found == last, comment)
      }
    }
    for first in fixture.events {
      guard let id = first.turnID else { continue }
      let count = expected.dropFirst(Int(first.offset) + 1).prefix { !$0.beginsTurn }.count + 1
      let there =
        first.offset < reader.end.offsetAfter ? first.offset..<(first.offset + UInt64(count)) : nil
      look {
        let found = try reader.offsets(ofTurn: id)
        #expect(found == there, comment)
      }
    }
    look {
      let found = try reader.counts().byType.map { "\($0.name) \($0.count)" }
      let types = Dictionary(grouping: expected, by: \.type).sorted { $0.key < $1.key }
      #expect(found == types.map { "\($0.key) \($0.value.count)" }, comment)
    }
    return isFound
  }

  /// Every bit of a file, one after the other, or other patterns for each byte.
  private func flipEverything(
    _ fixture: StoreFixture, _ path: FilePath, masks: [UInt8], removesMark: Bool = false,
    upTo limit: Int = .max, mayDropTurns: (Int) -> Bool = { _ in false },
    opensForWriting: Bool = true,
    also: (String) throws -> Void = { _ in }
  ) throws {
    let bytes = try #require(readFile(path))
    for i in 0..<min(bytes.count, limit) {
      for mask in masks {
        try fixture.reset()
        if removesMark { removeFile(fixture.durable) }
        var harmed = bytes
        harmed[i] ^= mask
        try writeFile(path, harmed)
        try check(
          fixture, mayDropTurns: mayDropTurns(i), opensForWriting: opensForWriting,
          "\(path.lastComponent?.string ?? ""): byte \(i) xor \(mask)")
        try also("byte \(i) xor \(mask)")
      }
    }
  }

  private static let everyBit: [UInt8] = (0..<8).map { 1 << $0 }

  @Test(arguments: [false, true]) func everyBitOfAnActiveSegment(removesMark: Bool) throws {
    let fixture = try StoreFixture(turns: 3, dataBytes: 8)
    let file = try File(fixture.active, .read, SystemCalls(faults: nil))
    let header = try SegmentHeader(decoding: try file.read(at: 0, count: 64))
    let scan = try FrameScan(file: file, header: header)
    let last = try #require(scan.frames.last)
    try flipEverything(
      fixture, fixture.active, masks: Self.everyBit, removesMark: removesMark,
      upTo: Int(scan.end.position) + 100
    ) { removesMark && $0 >= Int(last.position) }
  }

  /// Every bit of it is under a checksum: verifying finds each, and each way to read a right answer.
  @Test(arguments: 0..<8) func everyBitOfASealedSegment(bit: Int) throws {
    let fixture = try StoreFixture(turns: 3, sealedTurns: 2, dataBytes: 12)
    let sealed = try #require(names(in: fixture.segments).first { $0.hasSuffix(".sealed") })
    let path = fixture.segments.appending(sealed)
    try flipEverything(
      fixture, path, masks: [1 << bit], opensForWriting: bit % 4 == 0,
      also: { place in
        let depth: EventLog.Depth = bit % 2 == 0 ? .full : .deep
        let problems = try EventLog.openReadOnly(fixture.log).verify(depth)
        #expect(!problems.isEmpty, "\(place)")
      })
  }

  /// Cut at every byte: what is left says so, or is the same.
  @Test(arguments: ["sealed", "EVLOG", "DURABLE"]) func everyCut(file: String) throws {
    let fixture = try StoreFixture(turns: 3, sealedTurns: 2, dataBytes: 12)
    let sealed = try #require(names(in: fixture.segments).first { $0.hasSuffix(".sealed") })
    let path =
      file == "sealed" ? fixture.segments.appending(sealed) : fixture.log.appending(file)
    let bytes = try #require(readFile(path))
    for count in 0..<bytes.count {
      try fixture.reset()
      try writeFile(path, Array(bytes[..<count]))
      try check(fixture, "\(file) cut at byte \(count)")
      if file == "sealed" {
        let problems = try EventLog.openReadOnly(fixture.log).verify()
        #expect(!problems.isEmpty, "cut at byte \(count)")
      }
    }
  }

  @Test func everyBitOfTheIdentity() throws {
    let fixture = try StoreFixture(turns: 1)
    try flipEverything(fixture, fixture.log.appending("EVLOG"), masks: Self.everyBit)
  }

  /// The mark is a help, not a witness that the log depends on.
  @Test func everyBitOfTheMark() throws {
    let fixture = try StoreFixture(turns: 2)
    try flipEverything(fixture, fixture.durable, masks: Self.everyBit + [0xFF])
  }

  /// The whole of a random file of a random store replaced by what a sloppy disk may return.
  @Test func randomDamageOfSeveralSegments() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let fixture = try StoreFixture(turns: 12, sealedTurns: 7, dataBytes: 60)
    let all = names(in: fixture.segments)
    for round in 0..<300 {
      try fixture.reset()
      let name = try #require(all.randomElement(using: &random))
      let path = fixture.segments.appending(name)
      var bytes = try #require(readFile(path))
      // In the last segment, only what others follow: its last frame may be torn for all we know.
      let used = name.hasSuffix(".sealed") ? bytes.count : bytes.count - 1
      let from = Int.random(in: 0..<used, using: &random)
      let count = min([1, 8, 64, 512].randomElement(using: &random) ?? 1, bytes.count - from)
      let isZero = Bool.random(using: &random)
      for i in from..<(from + count) {
        bytes[i] = isZero ? 0 : UInt8.random(in: .min ... .max, using: &random)
      }
      try writeFile(path, bytes)
      try check(fixture, "seed \(seed), round \(round): \(name), bytes \(from)..<\(from + count)")
    }
  }

  /// A segment that waits to be sealed has no torn tail, for another one follows it.
  @Test func damageBeforeTheLastSegmentIsNamed() throws {
    let fixture = try StoreFixture(turns: 30, dataBytes: 200)
    let all = names(in: fixture.segments)
    #expect(all.count > 2 && all.allSatisfy { $0.hasSuffix(".active") })
    let path = fixture.segments.appending(all[1])
    let file = try File(path, .read, SystemCalls(faults: nil))
    let header = try SegmentHeader(decoding: try file.read(at: 0, count: 64))
    let scan = try FrameScan(file: file, header: header)
    let bytes = try #require(readFile(path))
    for frame in scan.frames {
      for isCut in [false, true] {
        try fixture.reset()
        var harmed = bytes
        if isCut { harmed.removeSubrange(Int(frame.position + 60)...) }
        if !isCut { harmed[Int(frame.position) + 60] ^= 1 }
        try writeFile(path, harmed)
        let error = failure { try fixture.open().close() }
        #expect(error?.code == .damaged)
        #expect(error?.file == path)
        #expect(error?.byte == frame.position)
        #expect(error?.offsets == frame.header.firstOffset..<scan.end.offset)
        try check(fixture, "frame at byte \(frame.position), isCut \(isCut)")
        // What is intact is there, on both sides.
        let reader = try EventLog.openReadOnly(fixture.log)
        for event in fixture.events {
          let isLost =
            isCut
            ? (frame.header.firstOffset..<scan.end.offset).contains(event.offset)
            : frame.header.offsets.contains(event.offset)
          let read = failure {
            let found = try reader.event(at: event.offset)
            #expect(found == event)
          }
          #expect(read?.code == (isLost ? .damaged : nil), "offset \(event.offset)")
        }
      }
    }
  }

  // MARK: Files that are missing, mixed up or foreign

  private func threeSealedSegments() throws -> StoreFixture {
    var fixture = try StoreFixture(turns: 0)
    for t in 0..<9 {
      let log = try fixture.open()
      try log.appendBlocking(StoreFixture.turn(t))
      fixture.ends.append(log.end)
      if t % 3 == 2 { try log.seal() }
      fixture.events = try allEvents(log)
      log.close()
    }
    fixture.files = tree(fixture.log)
    return fixture
  }

  private func expectRefused(_ fixture: StoreFixture, _ code: EventLogError.Code) {
    let before = tree(fixture.log)
    let error = failure { try fixture.open().close() }
    #expect(error?.code == code)
    #expect(error?.file != nil)
    var after = tree(fixture.log)
    after["LOCK"] = before["LOCK"]
    #expect(after == before)
  }

  @Test func aMissingSegmentIsMissed() throws {
    let fixture = try threeSealedSegments()
    let all = names(in: fixture.segments)
    #expect(all.count == 4)
    for name in all {
      try fixture.reset()
      removeFile(fixture.segments.appending(name))
      if name.hasSuffix(".active") {
        // Nothing was in it: it is made anew.
        try check(fixture, "without \(name)")
      } else {
        expectRefused(fixture, .damaged)
        try check(fixture, "without \(name)")
      }
    }
  }

  @Test func aMissingLastSegmentIsMissed() throws {
    let fixture = try StoreFixture(turns: 6, sealedTurns: 3)
    removeFile(fixture.active)
    let error = failure { try fixture.open().close() }
    #expect(error?.code == .damaged)
    #expect(error?.offsets == (fixture.ends[3]..<fixture.ends[6]).offsets)
    try check(fixture, "without the last segment")
  }

  @Test func aForeignSegmentIsRefused() throws {
    let fixture = try threeSealedSegments()
    let other = try threeSealedSegments()
    for name in names(in: fixture.segments) {
      try fixture.reset()
      let bytes = try #require(readFile(other.segments.appending(name)))
      try writeFile(fixture.segments.appending(name), bytes)
      expectRefused(fixture, .foreign)
      try check(fixture, "with the other's \(name)")
    }
    try fixture.reset()
    try writeFile(fixture.segments.appending("notes.txt"), [1])
    expectRefused(fixture, .foreign)
  }

  @Test func aSegmentWithAnothersNameIsRefused() throws {
    let fixture = try threeSealedSegments()
    let sealed = names(in: fixture.segments).filter { $0.hasSuffix(".sealed") }
    for a in sealed {
      for b in sealed where a != b {
        try fixture.reset()
        let bytes = try #require(readFile(fixture.segments.appending(b)))
        try writeFile(fixture.segments.appending(a), bytes)
        expectRefused(fixture, .damaged)
        try check(fixture, "\(b) under the name \(a)")
      }
    }
  }

  /// A copy of the log that went its own way has the same identity, but not the same chain.
  @Test func aSegmentOfADivergedCopyIsRefused() throws {
    var fixture = try StoreFixture(turns: 3)
    func goOn(_ dataBytes: Int) throws {
      let log = try fixture.open()
      try log.seal()
      for t in 3..<6 { try log.appendBlocking(StoreFixture.turn(t, dataBytes: dataBytes)) }
      try log.seal()
      try log.appendBlocking(StoreFixture.turn(6))
      log.close()
    }
    try goOn(9)
    let other = tree(fixture.log)
    try fixture.reset()
    try goOn(20)
    fixture.ends += (3..<7).map { t in StoreFixture.turn(t).events.count }.reduce(into: []) {
      $0.append(($0.last ?? fixture.ends[3]) + UInt64($1))
    }
    let log = try EventLog.openReadOnly(fixture.log)
    fixture.events = try allEvents(log)
    fixture.files = tree(fixture.log)
    let last = try #require(names(in: fixture.segments).last)
    try writeFile(
      fixture.segments.appending(last), try #require(other["segments/" + last]))
    expectRefused(fixture, .damaged)
    try check(fixture, "the other's last segment")
  }
}
