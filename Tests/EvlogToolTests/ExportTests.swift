import EvlogJSON
import Foundation
import Testing

/// What is exported is imported again, and is the same log.
@Suite struct ExportTests {
  /// Events with everything that an event may have, and bytes that are hard to write as text.
  static func oddLines(seed: UInt64) -> [String] {
    var random = SplitMix(state: seed)
    func base64(_ count: Int) -> String {
      Data((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        .base64EncodedString()
    }
    let deep = String(repeating: "[", count: 511) + String(repeating: "]", count: 511)
    let tooDeep = Data(("[" + deep + "]").utf8).base64EncodedString()
    var lines = [
      #"{"stream":"a","type":"t","time":"1677-09-21T00:12:43.145224192Z","data":{ "n":1e400 }}"#,
      #"{"stream":"a","type":"t","time":"2262-04-11T23:47:16.854775807Z","data":"\u0000\ud83d\ude00"}"#,
      #"{"stream":"é","type":"e\u0301 \u202e","time":"2026-01-01T00:00:00Z","data64":""}"#,
      #"{"stream":"e\u0301","type":"\n\t\"\\","time":"2026-01-01T00:00:00Z","metadata64":""}"#,
      #"{"stream":"u","type":"t","time":"2026-01-01T00:00:00Z","id":"","causation":"","correlation":""}"#,
      #"{"stream":"u","type":"t","time":"2026-01-01T00:00:00Z","id":"0b7e9a4c-1d2e-4f60-8a9b-c0d1e2f30415","causation":"0B7E9A4C-1D2E-4F60-8A9B-C0D1E2F30415"}"#,
      #"{"stream":"u","type":"t","time":"2026-01-01T00:00:00Z","causation":["","0b7e9a4c-1d2e-4f60-8a9b-c0d1e2f30415","\u0000é",""]}"#,
      #"{"stream":"u","type":"t","time":"2026-01-01T00:00:00Z","causation":["only one"]}"#,
      #"{"stream":"u","type":"t","time":"2026-01-01T00:00:00Z","causation":[]}"#,
      #"{"stream":"u","type":"t","time":"2026-01-01T00:00:00Z","schemaVersion":0,"contentType":"","data64":"AA=="}"#,
      #"{"stream":"u","type":"t","time":"2026-01-01T00:00:00Z","schemaVersion":4294967295,"metadata":null,"data":null}"#,
      #"{"stream":"u","type":"t","time":"2026-01-01T00:00:00Z","data64":"IHsgfQ=="}"#,
      #"{"stream":"deep","type":"t","time":"2026-01-01T00:00:00Z","data":\#(deep)}"#,
      #"{"stream":"deep","type":"t","time":"2026-01-01T00:00:00Z","data64":"\#(tooDeep)"}"#,
    ]
    for i in 0..<300 {
      let time = "2026-01-01T00:00:\(i % 50 + 10).\(i + 100)Z"
      lines.append(
        #"{"stream":"s-\#(i % 7)","type":"t-\#(i % 3)","time":"\#(time)","data64":"\#(base64(i))","metadata64":"\#(base64(i % 5))","contentType":"x/y"}"#
      )
    }
    return lines
  }

  @Test(arguments: ["all.ndjson", "all.ndjson.gz"]) func importMakesTheSameLog(file: String)
    async throws
  {
    let seed = UInt64.random(in: .min ... .max)
    let place = try Workplace()
    let lines = Self.oddLines(seed: seed)
    try await place.evlog("init", "a.evlog")
    for (i, part) in [lines[..<8], lines[8..<100], lines[100...]].enumerated() {
      let added = try await place.evlog(
        "append", "a.evlog", "--file", "-", "--turn", "turn \(i) \"é\"",
        input: part.joined(separator: "\n"))
      #expect(added.status == 0, "seed \(seed): \(added.error)")
      if i == 1 { try await place.evlog("seal", "a.evlog") }
    }
    let export = try await place.evlog("export", "a.evlog", file, "--json").json()
    #expect(export["events"] == .int(lines.count))
    let digest = try await place.evlog("verify", "a.evlog", "--json").json()["digest"]
    #expect(digest?.stringValue?.count == 32)
    #expect(export["digest"] == digest)

    let back = try await place.evlog("import", "b.evlog", file, "--batch", "7", "--json")
    #expect(back.status == 0, "seed \(seed): \(back.error)")
    #expect(
      try await place.evlog("verify", "b.evlog", "--deep", "--json").json()["digest"] == digest,
      "seed \(seed)")
    // The lines say the same too, but for the turns, which are the import's.
    let same = try await place.shell(
      """
      drop() { evlog read $1 --ndjson | sed -E 's/,"turn":("([^"\\\\]|\\\\.)*")//'; }
      cmp <(drop a.evlog) <(drop b.evlog) && drop a.evlog | wc -l
      """)
    #expect(same.status == 0, "seed \(seed): \(same.output)\(same.error)")
    #expect(same.output.trimmingCharacters(in: .whitespacesAndNewlines) == "\(lines.count)")
  }

  @Test func whatIsCompressedIsTheSameText() async throws {
    let place = try Workplace()
    try place.addShop()
    try await place.evlog("import", "a.evlog", "events.ndjson.gz")
    let answer = try await place.shell(
      """
      set -e
      evlog export a.evlog x.ndjson; evlog export a.evlog x.ndjson.gz
      evlog export a.evlog - 2>said > piped; evlog export a.evlog --gzip 2>/dev/null > piped.gz
      evlog read a.evlog --ndjson | cmp - x.ndjson
      gzip -dc x.ndjson.gz | cmp - x.ndjson
      cmp piped x.ndjson; cmp piped.gz x.ndjson.gz
      cat said; ls
      """)
    #expect(answer.status == 0, "\(answer.output)\(answer.error)")
    #expect(answer.output.contains("12,480 events"))
    #expect(!answer.output.contains(".tmp"), "\(answer.output)")
  }

  /// The query's options choose, and only all the events up to a cut have a digest.
  @Test func aPartHasNoDigest() async throws {
    let place = try Workplace()
    try place.addShop()
    try await place.evlog("import", "a.evlog", "events.ndjson.gz", "--seal")
    for (options, count, cut): (String, Int, Int?) in [
      ("", 12480, 12480), ("--to 700", 700, 700), ("--to 99999", 12480, 12480),
      ("--limit 99999", 12480, 12480), ("--limit 5", 5, nil), ("--from 1", 12479, nil),
      ("--backwards", 12480, nil), ("--type PageViewed", 1607, nil),
      ("--stream order-2394", 3, nil), ("--to 0", 0, 0),
      ("--since 2026-03-01T10:48:00Z --until 2026-03-01T10:48:03Z", 3, nil),
    ] {
      let answer = try await place.shell(
        "evlog export a.evlog x --force --json \(options) && wc -l < x >&2")
      let json = try answer.json()
      #expect(json["events"] == .int(count), "\(options)")
      #expect(answer.error == "\(count)\n", "\(options)")
      #expect(json["cut"] == cut.map { .int($0) } ?? .null, "\(options)")
      #expect((json["digest"]?.stringValue != nil) == (cut != nil), "\(options)")
    }
  }

  @Test func damageLeavesNoFile() async throws {
    let place = try Workplace()
    try place.addShop()
    try await place.evlog("import", "a.evlog", "events.ndjson.gz", "--seal")
    let file = "a.evlog/segments/00000000000000000000.sealed"
    var bytes = try place.bytes(of: file)
    bytes[200_000] ^= 4
    try Data(bytes).write(to: place.folder.appending(path: file))
    try place.write("old", to: "there")
    for name in ["new", "there"] {
      let answer = try await place.evlog("export", "a.evlog", name, "--force")
      #expect(answer.status == 5, "\(answer.error)")
    }
    let left = try await place.shell("ls; cat there")
    #expect(!left.output.contains("new") && !left.output.contains("tmp"), "\(left.output)")
    #expect(left.output.hasSuffix("old"))
  }
}

/// A generator whose whole sequence follows from its seed (SplitMix64, by Sebastiano Vigna).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z &>> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z &>> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z &>> 31
  }
}
