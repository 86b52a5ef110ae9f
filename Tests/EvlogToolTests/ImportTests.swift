import Foundation
import Replay
import Subprocess
import SystemPackage
import Testing

@Suite struct ImportTests {
  @Test func dataComesBackByteForByte() async throws {
    let place = try Workplace()
    let lines = [
      #"{"stream":"a","type":"t","time":"2026-01-01T00:00:00Z","data":{ "n" : 9007199254740993,  "e":1E+2 }}"#,
      #"{"stream":"a","type":"t","time":"1970-01-01T00:00:00Z","data":"\u00e9\ud83d\ude00 é"}"#,
      #"{"stream":"é","type":"t","time":"1969-12-31T23:59:59.999999999Z","data":[1.10,-0,1e400]}"#,
      #"{"stream":"e\u0301","type":"t","time":"2020-12-10T18:54:05.627522052Z","data":null}"#,
      #"{"stream":"b","type":"t","time":"2026-01-01T00:00:00.5Z","metadata":{"x":1}}"#,
      #"{"stream":"b","type":"t","time":"2026-01-01T00:00:00Z","id":"i","causation":"c","correlation":"k","data64":"AP8K","contentType":"application/octet-stream","schemaVersion":7}"#,
    ]
    try place.write(lines.joined(separator: "\n"), to: "in.ndjson")
    #expect(try await place.evlog("import", "a.evlog", "in.ndjson").status == 0)
    let first = try await place.shell("evlog read a.evlog --ndjson | tee out.ndjson")
    for (line, written) in zip(lines, first.output.split(separator: "\n")) {
      let data = line.components(separatedBy: "\"data\":").dropFirst().first?.dropLast()
      if let data { #expect(written.hasSuffix("\"data\":\(data)}"), "\(written)") }
    }
    #expect(first.output.contains(#""data64":"AP8K""#))
    // What was read is imported again and read again: the same text.
    #expect(try await place.evlog("import", "b.evlog", "out.ndjson").status == 0)
    let second = try await place.evlog("read", "b.evlog", "--ndjson")
    let third = try await place.shell("evlog read b.evlog --ndjson | cmp - out.ndjson")
    #expect(second.output.utf8.count > 500)
    #expect(third.status == 0 || second.output.contains("import:"), "\(third.output)")
    func withoutTurns(_ text: String) -> String {
      text.replacing(/"turn":"[^"]*",?/, with: "")
    }
    #expect(withoutTurns(first.output) == withoutTurns(second.output))
    let streams = try await place.evlog("stats", "b.evlog", "--json").json()["streams"]
    #expect(streams?["é"] == .int(1))
    #expect(streams?["e\u{301}"] == .int(1))
  }

  @Test(arguments: [
    ("{\"stream\":\"a\",\"type\":\"t\"}\n{\"stream\":\"a\",}", "line 2, column 15"),
    ("\n\n[1]", "line 3, column 1"),
    (#"{"stream":"a","type":"t","date":1}"#, "line 1, column 26: 'date' is not a field"),
    (#"{"stream":"a","type":7}"#, "line 1, column 22: 'type' must be a text"),
    (#"{"stream":"a","type":"t","time":"yesterday"}"#, "line 1, column 33: 'time' must be a time"),
    (#"{"type":"t"}"#, "line 1, column 1: 'stream' is missing"),
    (#"{"stream":"a","type":"t","data":{"x":01}}"#, "line 1, column 38"),
    (#"{"stream":"é","type":"t","data":tru}"#, "line 1, column 33"),
    ("{\"stream\":\"a\",\"type\":\"t\",\"data\":\"\u{1}\"}", "line 1, column 34"),
    (#"{"stream":"a","stream":"b","type":"t"}"#, "line 1, column 15: 'stream' is there twice"),
  ]) func aBadLineIsNamed(input: String, place expected: String) async throws {
    let place = try Workplace()
    let answer = try await place.evlog("import", "a.evlog", "-", input: input)
    #expect(answer.status == 2)
    #expect(answer.error.contains(expected), "\(answer.error)")
    // Of what begins with no event, no log is made.
    let isThere = try await place.shell("test -e a.evlog").status == 0
    #expect(isThere == expected.hasPrefix("line 2"), "\(expected)")
  }

  @Test func garbageAndTornCompressionAreRefused() async throws {
    let place = try Workplace()
    try place.addShop()
    let cut = try place.bytes(of: "events.ndjson.gz").dropLast(1000)
    try Data(cut).write(to: place.folder.appending(path: "cut.gz"))
    let torn = try await place.evlog("import", "a.evlog", "cut.gz")
    #expect(torn.status == 2)
    #expect(torn.error.contains("ends early"), "\(torn.error)")
    // What was whole is in the log, and the whole file adds the rest.
    #expect(try await place.evlog("import", "a.evlog", "events.ndjson.gz").status == 0)
    #expect(try await place.evlog("stats", "a.evlog", "--json").json()["events"] == .int(12480))

    let random = (0..<100_000).map { _ in UInt8.random(in: 0...255) }
    try Data([0x1F, 0x8B] + random).write(to: place.folder.appending(path: "garbage.gz"))
    for name in ["garbage.gz", "shop.js", "."] {
      let answer = try await place.evlog("import", "b.evlog", name)
      #expect(answer.status == 2 || answer.status == 74, "\(name): \(answer.error)")
      #expect(answer.error.contains(name), "\(answer.error)")
    }
  }

  @Test func nothingIsAddedTwice() async throws {
    let place = try Workplace()
    try place.addShop()
    let all = try await place.shell("gzip -dc events.ndjson.gz > all; head -5000 all > some")
    #expect(all.status == 0)
    for (file, batch, added, there) in [
      ("some", 700, 5000, 0), ("some", 700, 0, 5000), ("all", 1000, 7480, 5000),
      ("all", 13, 0, 12480), ("events.ndjson.gz", 100_000, 0, 12480),
    ] {
      let answer = try await place.evlog(
        "import", "a.evlog", file, "--batch", "\(batch)", "--json")
      #expect(try answer.json()["addedEvents"] == .int(added), "\(file) \(batch)")
      #expect(try answer.json()["alreadyThere"] == .int(there), "\(file) \(batch)")
    }
    let piped = try await place.shell("cat all | evlog import a.evlog - --batch 3 --json")
    #expect(try piped.json()["addedEvents"] == .int(0))
    let same = try await place.shell(
      "evlog import b.evlog all >/dev/null; diff <(evlog read a.evlog) <(evlog read b.evlog)")
    #expect(same.status == 0)
  }

  /// An import that is killed at any moment and started again ends in the same log as one that is
  /// left alone.
  @Test func aKilledImportGoesOn() async throws {
    let place = try Workplace()
    try place.addShop()
    #expect(
      try await place.evlog("import", "whole.evlog", "events.ndjson.gz", "--batch", "5").status
        == 0)
    let whole = try await place.evlog("read", "whole.evlog", "--ndjson").output
    var kills = 0
    for round in 0..<12 {
      let milliseconds = 20 + 40 * round
      let command =
        "timeout -s KILL 0.\(milliseconds < 100 ? "0" : "")\(milliseconds) "
        + "evlog import killed.evlog events.ndjson.gz --batch 5"
      if try await [137, -9].contains(place.shell(command).status) { kills += 1 }
    }
    #expect(kills > 2, "the import was too fast to be killed")
    let last = try await place.evlog("import", "killed.evlog", "events.ndjson.gz", "--batch", "5")
    #expect(last.status == 0, "\(last.error)")
    #expect(try await place.evlog("read", "killed.evlog", "--ndjson").output == whole)
    #expect(try await place.evlog("verify", "killed.evlog").status == 0)
  }

  @Test func theSameLinesForAnotherStreamAreOthers() async throws {
    let place = try Workplace()
    for (stream, added) in [("a", 1), ("b", 1), ("a", 0)] {
      let answer = try await place.evlog(
        "import", "a.evlog", "-", "--stream", stream, "--json", input: #"{"type":"t"}"#)
      #expect(try answer.json()["addedEvents"] == .int(added))
    }
  }

  @Test func gzipThroughASlowPipe() async throws {
    let place = try Workplace()
    try place.addShop()
    let answer = try await place.shell(
      "(head -c 1 events.ndjson.gz; sleep 0.3; tail -c +2 events.ndjson.gz)"
        + " | evlog import a.evlog - --json")
    #expect(try answer.json()["addedEvents"] == .int(12480), "\(answer.error)")
  }

  @Test func whatABadLineLeavesIsSaid() async throws {
    let place = try Workplace()
    let lines = (0..<25).map { _ in #"{"stream":"s","type":"t"}"# } + ["nonsense"]
    let answer = try await place.evlog(
      "import", "a.evlog", "-", "--batch", "10", input: lines.joined(separator: "\n"))
    #expect(answer.status == 2)
    #expect(answer.error.contains("20 events of it were added"), "\(answer.error)")
    #expect(answer.error.contains("line 26, column 1"))
  }
}
