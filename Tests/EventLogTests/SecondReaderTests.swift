import EvlogTesting
import EventLog
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A program that knows nothing but FORMAT.md reads the same events.
@Suite struct SecondReaderTests {
  static let hasPython = run("python3 -c 'import json, fcntl' >/dev/null 2>&1") == 0

  /// The exit code of a shell command.
  static func run(_ command: String) -> Int32 {
    (unsafe command.withCString { unsafe system($0) }) >> 8
  }

  private func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// A JSON string as Python's `json.dumps` writes it.
  private func quoted(_ text: String) -> String {
    var result = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0x0A: result += "\\n"
      case 0x0D: result += "\\r"
      case 0x09: result += "\\t"
      case 0x20...0x7E: result += String(UnicodeScalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      }
    }
    return result + "\""
  }

  /// The line that the other reader prints for an event.
  private func line(_ e: RecordedEvent) -> String {
    var fields = [
      "\"offset\": \(e.offset)", "\"stream\": \(quoted(e.stream))", "\"type\": \(quoted(e.type))",
      "\"revision\": \(e.revision)", "\"time_ns\": \(e.recordedAt.nanoseconds)",
    ]
    if let turn = e.turnID { fields.append("\"turn\": \(quoted(turn))") }
    if let id = e.id { fields.append("\"id\": \(quoted(id))") }
    if let causation = e.causation { fields.append("\"causation\": \(quoted(causation))") }
    if let correlation = e.correlation { fields.append("\"correlation\": \(quoted(correlation))") }
    fields.append("\"contentType\": \(quoted(e.contentType))")
    fields.append("\"schemaVersion\": \(e.schemaVersion)")
    fields.append("\"beginsTurn\": \(e.beginsTurn)")
    fields.append("\"data_hex\": \"\(hex(e.data))\"")
    if let metadata = e.metadata { fields.append("\"metadata_hex\": \"\(hex(metadata))\"") }
    return "{" + fields.joined(separator: ", ") + "}"
  }

  private func randomTurn(_ t: Int, _ random: inout SeededGenerator) -> Turn {
    let texts = ["plain", "\"quo\\ted\"", "caf\u{e9}", "cafe\u{301}", "日本\n", "😀", "x\u{7f}\t"]
    func maybe(_ text: String) -> String? { Bool.random(using: &random) ? text : nil }
    let events = (0..<Int.random(in: 1...6, using: &random)).map { i in
      NewEvent(
        stream: "s-\(texts.randomElement(using: &random) ?? "")",
        type: texts.randomElement(using: &random) ?? "",
        data: (0..<Int.random(in: 0...900, using: &random)).map { _ in
          UInt8.random(in: 0...7, using: &random)
        },
        contentType: ["application/json", "text/plain", ""].randomElement(using: &random) ?? "",
        schemaVersion: [0, 1, 2, .max].randomElement(using: &random) ?? 1,
        recordedAt: Timestamp(nanoseconds: .random(in: .min ... .max, using: &random)),
        id: maybe("id-\(t)-\(i)"), causation: maybe("because"), correlation: maybe("相関"),
        metadata: Bool.random(using: &random) ? [0xFF, UInt8(i)] : nil)
    }
    return Turn(events, id: maybe("turn-\(t)"))
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
      try log.appendBlocking(randomTurn(t, &random))
      if t == 100 { try log.seal() }
    }
    let segments = log.segmentInfo()
    #expect(segments.contains(where: \.isSealed) && segments.contains { !$0.isSealed })

    let comment: Comment = "seed \(seed)"
    let script = FormatTests.project.appending("Tools/read_log.py")
    let output = folder.path.appending("out.ndjson")
    // Beside the writer, and after it.
    for isOpen in [true, false] {
      if !isOpen { log.close() }
      #expect(Self.run("python3 '\(script)' '\(folder.log)' > '\(output)'") == 0, comment)
      let text = String(decoding: try #require(readFile(output)), as: UTF8.self)
      let read = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
      let expected = try allEvents(log).map(line)
      #expect(read.count == expected.count, comment)
      for (a, b) in zip(read, expected) where a != b {
        Issue.record("seed \(seed): \(a) is not \(b)")
        break
      }
    }

    // And it notices a flipped bit, wherever it is among bytes that mean something.
    for segment in log.segmentInfo().filter(\.isSealed).prefix(3) {
      let bytes = try #require(readFile(segment.file))
      var harmed = bytes
      let i = Int.random(in: 0..<bytes.count, using: &random)
      harmed[i] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try writeFile(segment.file, harmed)
      #expect(
        Self.run("python3 '\(script)' '\(folder.log)' > '\(output)' 2>&1") == 1,
        "seed \(seed), byte \(i) of \(segment.file)")
      try writeFile(segment.file, bytes)
    }
  }
}
