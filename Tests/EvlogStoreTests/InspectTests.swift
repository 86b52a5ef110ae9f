import EvlogStore
import EvlogTesting
import SystemPackage
import Testing

/// What is said of whole files, of damaged ones, and of those of other logs.
@Suite struct InspectTests {
  private func segments(_ fixture: StoreFixture, _ ending: String) -> [FilePath] {
    names(in: fixture.segments).filter { $0.hasSuffix(ending) }.map(fixture.segments.appending)
  }

  @Test func everyByteOfAWholeFileIsExplained() throws {
    let fixture = try StoreFixture(turns: 20, sealedTurns: 14)
    for file in try EventLog.inspect(log: fixture.log) {
      #expect(!file.isDamaged, "\(file.file): \(file.problems)")
    }
    for path in segments(fixture, "sealed") + segments(fixture, "active") {
      let file = try EventLog.inspect(file: path)
      #expect(!file.isDamaged, "\(file.problems)")
      let bytes = try #require(readFile(path))
      #expect(file.byteCount == UInt64(bytes.count))
      var position: UInt64 = 0
      for range in (file.parts.map(\.bytes) + file.chunks.map(\.bytes)).sorted(by: {
        $0.lowerBound < $1.lowerBound
      }) {
        #expect(range.lowerBound == position, "\(path)")
        position = range.upperBound
      }
      #expect(bytes[Int(position)...].allSatisfy { $0 == 0 })
      if path.extension == "sealed" { #expect(position == file.byteCount) }
      // Fields lie one after the other in their part.
      for part in file.parts where part.name.hasSuffix("header") || part.name == "trailer" {
        var byte = part.bytes.lowerBound
        for field in part.fields {
          #expect(field.byte == byte)
          byte += UInt64(field.count)
        }
        #expect(byte == part.bytes.upperBound)
      }
    }
  }

  @Test func theChunksHaveTheEvents() throws {
    let fixture = try StoreFixture(turns: 30, sealedTurns: 21)
    var envelopes: [ChunkInspection.Envelope] = []
    for path in (segments(fixture, "sealed") + segments(fixture, "active")).sorted(by: {
      "\($0)" < "\($1)"
    }) {
      let file = try EventLog.inspect(file: path)
      var turns = 0
      for i in file.chunks.indices {
        let chunk = try #require(try EventLog.inspect(chunk: i, of: path))
        let offsets = try #require(chunk.chunk.offsets)
        #expect(chunk.events.map(\.offset) == Array(offsets))
        #expect(chunk.chunk.turnCount == chunk.events.count { $0.beginsTurn })
        #expect(
          UInt64(chunk.stored.count) == chunk.chunk.bytes.upperBound - chunk.chunk.bytes.lowerBound)
        turns += chunk.chunk.turnCount ?? 0
        envelopes += chunk.events
        let same = try #require(try EventLog.inspect(offset: offsets.upperBound - 1, of: path))
        #expect(same.number == i)
      }
      #expect(turns > 0)
      #expect(try EventLog.inspect(chunk: file.chunks.count, of: path) == nil)
    }
    #expect(envelopes.count == fixture.events.count)
    for (envelope, event) in zip(envelopes, fixture.events) {
      #expect(envelope.offset == event.offset && envelope.revision == event.revision)
      #expect(envelope.stream == event.stream && envelope.type == event.type)
      #expect(envelope.recordedAt == event.recordedAt && envelope.turnID == event.turnID)
      #expect(envelope.correlation == event.correlation && envelope.id == event.id)
      #expect(envelope.dataBytes == event.data.count && envelope.metadataBytes == nil)
    }
  }

  /// Each byte of a segment, changed in one bit: said to be damaged, and the rest is explained.
  @Test(arguments: ["sealed", "active"]) func everyChangedByteIsSaid(ending: String) throws {
    let fixture = try StoreFixture(turns: 7, sealedTurns: 4)
    let path = try #require(segments(fixture, ending).last)
    let clean = try EventLog.inspect(file: path)
    let bytes = try #require(readFile(path))
    let end = ending == "sealed" ? bytes.count : Int(clean.chunks.last?.bytes.upperBound ?? 0)
    // Fewer of the zeros that follow the frames, to be quick.
    let whole = Array(bytes.prefix(end + 256))
    var random = SeededGenerator(seed: 7)
    for i in 0..<end {
      var bytes = whole
      bytes[i] ^= 1 << UInt8.random(in: 0...7, using: &random)
      try writeFile(path, bytes)
      let file = try EventLog.inspect(file: path)
      #expect(file.isDamaged, "byte \(i) of the \(ending) segment")
      if i >= 64 {
        // Only the frame or block that holds the byte is not whole.
        for (a, b) in zip(clean.chunks, file.chunks) where !a.bytes.contains(UInt64(i)) {
          #expect(a == b, "byte \(i)")
        }
      }
      _ = try EventLog.inspect(chunk: i % 5, of: path)
    }
    // What comes after the frames was acknowledged to nobody.
    if ending == "active" {
      for i in [end, end + 5, end + 100] {
        var bytes = whole
        bytes[i] ^= 4
        try writeFile(path, bytes)
        let file = try EventLog.inspect(file: path)
        #expect(!file.isDamaged && !file.remarks.isEmpty, "byte \(i): \(file.problems)")
      }
    }
  }

  @Test(arguments: ["sealed", "active"]) func everyCutIsSaid(ending: String) throws {
    let fixture = try StoreFixture(turns: 7, sealedTurns: 4)
    let path = try #require(segments(fixture, ending).last)
    let clean = try EventLog.inspect(file: path)
    let bytes = try #require(readFile(path))
    let end = ending == "sealed" ? bytes.count : Int(clean.chunks.last?.bytes.upperBound ?? 0)
    // Fewer of the zeros that follow the frames, to be quick.
    let whole = Array(bytes.prefix(end + 256))
    for count in 0..<end {
      try writeFile(path, Array(whole[..<count]))
      let file = try EventLog.inspect(file: path)
      #expect(file.isDamaged, "\(count) bytes of the \(ending) segment")
      let before = clean.chunks.count { $0.bytes.upperBound <= UInt64(count) }
      #expect(file.chunks.count { $0.problem == nil } == before, "\(count) bytes")
    }
  }

  /// The mark is what tells damage from an interrupted write.
  @Test func aTornTailIsNoDamage() throws {
    let fixture = try StoreFixture(turns: 6)
    let path = fixture.active
    let clean = try EventLog.inspect(file: path)
    let last = try #require(clean.chunks.last)
    var bytes = try #require(readFile(path))
    bytes[Int(last.bytes.upperBound) - 1] ^= 0xFF
    bytes[Int(last.bytes.lowerBound) + 60] ^= 1
    try writeFile(path, bytes)
    #expect(try EventLog.inspect(file: path).isDamaged)
    removeFile(fixture.durable)
    let torn = try EventLog.inspect(file: path)
    #expect(!torn.isDamaged, "\(torn.problems)")
    #expect(torn.remarks.contains { $0.text.contains("interrupted write") })
    #expect(torn.segment?.offsets.upperBound == last.offsets?.lowerBound)
    // A damaged one before it is damage all the same.
    bytes[Int(clean.chunks[2].bytes.lowerBound) + 60] ^= 1
    try writeFile(path, bytes)
    #expect(try EventLog.inspect(file: path).isDamaged)

    // What recovery does with it is explained too.
    try fixture.reset()
    bytes = try #require(readFile(path))
    bytes[Int(last.bytes.upperBound) + 9] = 7
    try writeFile(path, bytes)
    try fixture.open().close()
    let copy = try #require(names(in: fixture.quarantine).first)
    let kept = try EventLog.inspect(file: fixture.quarantine.appending(copy))
    #expect(kept.kind == .torn && !kept.isDamaged, "\(kept.problems)")
    #expect(kept.parts[0].fields[0].value.contains("bytes \(last.bytes.upperBound)..<"))
  }

  @Test func whatIsForeignIsSaid() throws {
    let fixture = try StoreFixture(turns: 12, sealedTurns: 7)
    let other = try StoreFixture(turns: 12, sealedTurns: 7)
    func place(_ bytes: [UInt8]?, _ name: String) throws -> FileInspection {
      let path = fixture.segments.appending(name)
      try writeFile(path, bytes ?? [])
      defer { removeFile(path) }
      let file = try EventLog.inspect(file: path)
      for i in file.chunks.indices { _ = try EventLog.inspect(chunk: i, of: path) }
      return file
    }
    for path in segments(other, "sealed") + segments(other, "active") {
      let file = try place(readFile(path), "00000000000000009999.\(path.extension ?? "")")
      #expect(file.problems.contains { $0.text.contains("another log") }, "\(file.problems)")
      #expect(file.problems.contains { $0.text.contains("name of another segment") })
      #expect(file.chunks.allSatisfy { $0.problem == nil })
    }
    let sealed = try #require(segments(fixture, "sealed").first)
    let swapped = try place(readFile(sealed), "00000000000000000000.active")
    #expect(swapped.problems.contains { $0.text.contains("another kind") })
    #expect(swapped.kind == .sealed)

    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    for count in [0, 1, 11, 12, 13, 47, 63, 64, 65, 111, 112, 300, 5000] {
      let noise = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      for name in ["x.active", "x.sealed", "x.torn", "x.snapshot", "x.txt", "EVLOG", "DURABLE"] {
        let file = try place(noise, name)
        // A mark that is not whole is what a power cut leaves.
        #expect(file.isDamaged || name == "DURABLE", "seed \(seed), \(count) bytes as \(name)")
        for magic in ["EVLOGSEG", "EVLOGDUR", "EVLOGSNP", "EVLOG "] {
          _ = try place(Array(magic.utf8) + noise, name)
        }
      }
    }
    let outside = fixture.folder.path.appending("alone.sealed")
    let bytes = try #require(readFile(sealed))
    try writeFile(outside, bytes)
    #expect(!(try EventLog.inspect(file: outside)).isDamaged)
  }

  /// What is wrong between files is said where all of them are listed.
  @Test func theListKnowsWhatIsMissing() throws {
    let fixture = try StoreFixture(turns: 20, sealedTurns: 7)
    func problems() throws -> [String] {
      try EventLog.inspect(log: fixture.log).flatMap(\.problems).map(\.text)
    }
    #expect(try problems() == [])
    removeFile(try #require(segments(fixture, "sealed").first))
    #expect(try problems().contains { $0.contains("the events before it end at 0") })
    try fixture.reset()
    removeFile(fixture.active)
    #expect(try problems().contains { $0.contains("was durable to offset") })
    try fixture.reset()
    removeFile(fixture.log.appending("EVLOG"))
    #expect(try problems().contains { $0.contains("identity is missing") })
    try fixture.reset()
    try writeFile(fixture.segments.appending("notes.txt"), [1])
    #expect(try problems().contains { $0.contains("not a file that evlog makes") })
    let nowhere = failure {
      _ = try EventLog.inspect(log: fixture.folder.path.appending("nowhere"))
    }
    #expect(nowhere?.code == .notFound)
    #expect(failure { _ = try EventLog.inspect(log: fixture.folder.path) }?.code == .notAStore)
  }

  /// A living writer's log is looked at without disturbing it.
  @Test func besideAWriter() throws {
    let folder = TemporaryFolder(inMemory: true)
    let writer = try EventLog.create(folder.log)
    try writer.appendBlocking(StoreFixture.turn(1))
    let files = try EventLog.inspect(log: folder.log)
    #expect(!files.contains { $0.isDamaged })
    let lock = try #require(files.first { $0.kind == .lock })
    #expect(lock.remarks.contains { $0.text == "A writer holds the lock" })
    try writer.appendBlocking(StoreFixture.turn(2))
    writer.close()
    let after = try EventLog.inspect(log: folder.log).first { $0.kind == .lock }
    #expect(after?.remarks.contains { $0.text == "No process holds the lock" } == true)
  }
}
