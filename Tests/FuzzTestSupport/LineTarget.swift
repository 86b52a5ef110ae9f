import EvlogJSON
import EvlogSources
import EvlogStore

/// Lines of NDJSON, as they are or compressed: what is accepted as an event comes back as it was.
enum LineTarget {
  private static let most = 64

  @Sendable static func seeds() -> [[UInt8]] {
    let lines = [
      #"{"stream":"a","type":"t","data":{"n":[1.50e3,true,null]},"time":"2026-03-01T10:11:12.345Z"}"#,
      #"{"offset":3,"stream":"\u00e9\ud83d\ude00","revision":0,"type":"t","data64":"AAEC","id":"i","#
        + #""causation":"0190a5b0-0000-7000-8000-000000001000","correlation":"","contentType":"x"}"#,
      #"{"stream":"a","type":"t","metadata":"m","schemaVersion":7,"turn":"u"}"#,
      #"{"stream":"a","type":"t","metadata64":"","meta":null,"causation":["i",""]}"#,
      "[-0,1e-7,123456789012345678901234567890]",
      "",
    ]
    let text = Array(lines.joined(separator: "\n").utf8)
    return lines.map { [0] + $0.utf8 } + [[0] + text, [1] + text, [0] + Gzip.stored(text[...])]
  }

  /// The first byte: 1 puts the rest into gzip, in two parts; otherwise the rest is the file.
  @Sendable static func examine(_ bytes: [UInt8]) throws {
    var input = FuzzInput(bytes)
    let isGzip = input.byte() == 1
    let text = input.rest
    let file =
      isGzip
      ? Gzip.stored(text[..<(text.count / 2)]) + Gzip.stored(text[(text.count / 2)...]) : text
    let lines = try read(file)
    if let lines {
      if isGzip || !text.starts(with: [0x1F, 0x8B]) { try compare(lines, with: text) }
      try examineEvents(lines)
      for line in lines { try examineJSON(line.bytes) }
    } else {
      try require(!isGzip, "whole gzip was refused")
    }
  }

  /// The lines of a file with these bytes; nil where it is refused.
  private static func read(_ file: [UInt8]) throws -> [InputRecord]? {
    try withFile(of: file) { path -> [InputRecord]? in
      do {
        var input = try InputLines(path)
        defer { input.close() }
        var lines: [InputRecord] = []
        while let line = try input.next() { lines.append(line) }
        return lines
      } catch { return nil }
    }
  }

  private static func compare(_ lines: [InputRecord], with text: [UInt8]) throws {
    let text = text.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(text.dropFirst(3)) : text
    let expected = text.split(separator: 0x0A, omittingEmptySubsequences: false).filter {
      $0.contains { ![0x20, 0x09, 0x0D].contains($0) }
    }
    try require(
      lines.map(\.bytes).elementsEqual(expected, by: { $0.elementsEqual($1) }), "other lines came")
  }

  private static func event(_ bytes: [UInt8], _ number: Int = 1) throws -> NewEvent? {
    do {
      return try EventLine().event(InputRecord(number: number, bytes: bytes), of: "fuzz")
    } catch {
      try require(!error.description.isEmpty, "a refusal says nothing")
      return nil
    }
  }

  private static func examineEvents(_ lines: [InputRecord]) throws {
    var events: [NewEvent] = []
    for line in lines.prefix(most) {
      if var event = try event(line.bytes, line.number) {
        event.recordedAt = event.recordedAt ?? Timestamp(nanoseconds: 0)
        events.append(event)
      }
    }
    if events.isEmpty { return }
    let log = try FuzzLog.log(of: events)
    defer { log.close() }
    for isSealed in [false, true] {
      if isSealed { try log.seal() }
      let recorded = try LogExamination.walk(log)
      try require(recorded.error == nil, "what was appended cannot be read")
      try require(
        recorded.events.map { NewEvent(recorded: $0) } == events, "other events come back")
      for (event, recorded) in zip(events, recorded.events) {
        let line = recorded.ndjson
        try require(try Self.event(line) == event, "the line of an event is another event")
      }
    }
  }

  private static func examineJSON(_ text: [UInt8]) throws {
    let value = try? JSONParser.parse(text[...])
    try require(
      (value != nil) == ((try? JSONParser.check(text[...])) != nil), "parse and check differ")
    let judge = JSONJudge.accepts(text)
    try require((value != nil) == judge, "the judge says \(judge)")
    guard let value else { return }
    let canonical = value.canonicalBytes
    let again = try JSONParser.parse(canonical[...])
    try require(again == value, "the canonical text is another value")
    try require(again.canonicalBytes == canonical, "the canonical text has another one")
    let pretty = try JSONParser.parse(Array(value.prettyText.utf8)[...])
    try require(pretty == value, "the pretty text is another value")
  }
}
