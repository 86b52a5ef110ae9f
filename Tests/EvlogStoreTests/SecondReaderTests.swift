import EvlogStore
import EvlogTesting
import SystemPackage
import Testing

/// A program that knows nothing but FORMAT.md reads the same events.
@Suite struct SecondReaderTests {
  static let hasPython = run("python3 -c 'import json, fcntl' >/dev/null 2>&1") == 0

  /// UUIDs, texts that nearly are, and other ids: of sixteen bytes, empty, in several scripts.
  private func randomID(_ random: inout SeededGenerator) -> String {
    let uuid = hex((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    var parts: [Substring] = []
    var rest = uuid[...]
    for count in [8, 4, 4, 4, 12] {
      parts.append(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    let dashed = parts.joined(separator: "-")
    return [
      dashed, dashed, dashed.uppercased(), String(dashed.dropLast()), dashed + "0", uuid,
      dashed.replacing("-", with: "_"), String(dashed.dropLast()) + "g", "{\(dashed)}",
      String(dashed.dropFirst().dropLast()) + "é", String(uuid.prefix(16)), "", "1", "相関", "😀",
      String(repeating: "long-", count: 40),
    ].randomElement(using: &random) ?? ""
  }

  /// None or one; from the eightieth turn on sometimes several, up to as many as there may be.
  private func randomCauses(_ t: Int, _ random: inout SeededGenerator) -> [String] {
    let most = t < 80 ? 1 : [1, 1, 1, 2, 3, Limits.causes].randomElement(using: &random) ?? 1
    return (0..<Int.random(in: 0...most, using: &random)).map { _ in randomID(&random) }
  }

  private func randomTurn(_ t: Int, _ random: inout SeededGenerator) -> Turn {
    let texts = ["plain", "\"quo\\ted\"", "caf\u{e9}", "cafe\u{301}", "日本\n", "😀", "x\u{7f}\t"]
    func maybe(_ text: String) -> String? { Bool.random(using: &random) ? text : nil }
    // Most are small; some frames have one event.
    let events = (0..<Int.random(in: 1...6, using: &random)).map { i in
      NewEvent(
        stream: "s-\(texts.randomElement(using: &random) ?? "")",
        type: texts.randomElement(using: &random) ?? "",
        data: (0..<Int.random(in: Bool.random(using: &random) ? 0...900 : 0...1, using: &random))
          .map { _ in UInt8.random(in: 0...7, using: &random) },
        contentType: ["application/json", "text/plain", "é", ""].randomElement(using: &random)
          ?? "",
        schemaVersion: [0, 1, 2, .max].randomElement(using: &random) ?? 1,
        recordedAt: Timestamp(nanoseconds: .random(in: .min ... .max, using: &random)),
        id: maybe(randomID(&random)), causation: randomCauses(t, &random),
        correlation: maybe(randomID(&random)),
        metadata: [nil, [], [0xFF, UInt8(i)]].randomElement(using: &random) ?? nil)
    }
    let id = maybe(t % 4 == 0 ? "turn-\(t)" : randomID(&random))
    return Turn(events, id: id == "" ? nil : id)
  }

  /// Gaps that a repair leaves are none to it either.
  @Test(.enabled(if: hasPython, "python3 is missing"))
  func theyAgreeAfterARepair() throws {
    let fixture = try StoreFixture(turns: 10, sealedTurns: 4, dataBytes: 600)
    for name in names(in: fixture.segments) {
      let path = fixture.segments.appending(name)
      var bytes = try #require(readFile(path))
      bytes[min(700, bytes.count / 2)] ^= 1
      try writeFile(path, bytes)
    }
    let lost = try EventLog.planRepair(fixture.log).lostCount
    #expect(lost > 0)
    try EventLog.repair(fixture.log, losing: lost)
    let log = try EventLog.openReadOnly(fixture.log)
    #expect(log.verify(.deep).isEmpty)
    try compare(log, fixture.folder, "after a repair")
  }

  /// Compares what both readers say of a log.
  private func compare(_ log: EventLog, _ folder: TemporaryFolder, _ comment: Comment) throws {
    let script = FormatTests.project.appending("Tools/read_log.py")
    let output = folder.path.appending("out.ndjson")
    #expect(run("python3 '\(script)' '\(folder.log)' > '\(output)'") == 0, comment)
    let text = String(decoding: try #require(readFile(output)), as: UTF8.self)
    let read = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
    let expected = try allEvents(log).map(witnessLine)
    #expect(read.count == expected.count, comment)
    for (a, b) in zip(read, expected) where a != b {
      Issue.record("\(comment): \(a) is not \(b)")
      break
    }
  }

  @Test(.enabled(if: hasPython, "python3 is not installed"), arguments: [8192, 600_000])
  func theyAgree(segmentBytes: Int) throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    var options = EventLog.Options()
    options.segmentBytes = segmentBytes
    options.sealsAutomatically = false
    let log = try EventLog.create(folder.log, options: options)
    for t in 0..<160 {
      // A turn whose id occurred before is refused, or was written already.
      do { try log.appendBlocking(randomTurn(t, &random)) } catch {
        #expect(error.code == .turnConflict, "seed \(seed)")
      }
      if t == 100 { try log.seal() }
    }
    let segments = log.segmentInfo()
    #expect(segments.contains(where: \.isSealed) && segments.contains { !$0.isSealed })

    // Beside the writer, and after it.
    try compare(log, folder, "seed \(seed)")
    log.close()
    try compare(log, folder, "seed \(seed)")

    // And it notices a flipped bit, wherever it is.
    let script = FormatTests.project.appending("Tools/read_log.py")
    for segment in log.segmentInfo().filter(\.isSealed).prefix(3) {
      let bytes = try #require(readFile(segment.file))
      var harmed = bytes
      let i = Int.random(in: 0..<bytes.count, using: &random)
      harmed[i] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try writeFile(segment.file, harmed)
      #expect(
        run("python3 '\(script)' '\(folder.log)' > /dev/null 2>&1") == 1,
        "seed \(seed), byte \(i) of \(segment.file)")
      try writeFile(segment.file, bytes)
    }
  }

  /// Several pages of streams and of turns, a turn over many blocks, and many frames of one event.
  @Test(.enabled(if: hasPython, "python3 is not installed"))
  func theyAgreeOnLargeIndexes() throws {
    let folder = TemporaryFolder(inMemory: true)
    var options = EventLog.Options()
    options.segmentBytes = 64 << 20
    options.sealsAutomatically = false
    let log = try EventLog.create(folder.log, options: options)
    let long = String(repeating: "x", count: 60)
    func event(_ i: Int, _ dataBytes: Int) -> NewEvent {
      NewEvent(
        stream: "stream-\(i % 1500)-\(long)", type: "type-\(i % 300)",
        data: (0..<dataBytes).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ i) })
    }
    for i in 0..<8000 { try log.appendBlocking(Turn([event(i, 5)], id: "turn-\(i)")) }
    try log.appendBlocking(Turn((0..<3000).map { event($0 % 7, 200) }, id: "the large one"))
    for i in 0..<10 { try log.appendBlocking(Turn([event(i, 0)])) }
    try log.seal()
    try log.appendBlocking(Turn([event(1, 1)]))
    try compare(log, folder, "large indexes")
    log.close()
  }
}
