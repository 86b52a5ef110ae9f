import EvlogJSON
import EvlogStore
import Foundation
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
    (
      #"{"stream":"a","type":"t","causation":["x",7]}"#,
      "line 1, column 38: 'causation' must be a text, or an array of texts"
    ),
    (
      #"{"stream":"a","type":"t","causation":[\#(String(repeating: #""x","#, count: 256))"x"]}"#,
      "line 1, column 1: An event names 257 causes, more than the limit of 256"
    ),
    (#"{"stream":"a","type":"t","data":{"x":01}}"#, "line 1, column 38"),
    (#"{"stream":"é","type":"t","data":tru}"#, "line 1, column 33"),
    ("{\"stream\":\"a\",\"type\":\"t\",\"data\":\"\u{1}\"}", "line 1, column 34"),
    (#"{"stream":"a","stream":"b","type":"t"}"#, "line 1, column 15: 'stream' appears twice"),
    (
      #"{"stream":"a","type":"t","metadata":{"a":1},"meta":{"b":2}}"#,
      "line 1, column 45: 'metadata' and 'meta' are two names of one field"
    ),
    (
      #"{"stream":"a","type":"t","data":1,"data64":"AA=="}"#,
      "line 1, column 35: 'data' and 'data64' are two names of one field"
    ),
    (
      #"{"stream":"a","type":"t","metadata64":"AA==","meta":null}"#,
      "line 1, column 46: 'metadata64' and 'meta' are two names of one field"
    ),
    (#"[{"stream":"a","type":"t"},{"stream":"a","type":"t"}]"#, "this is an array; to make each"),
    ("{\n\"stream\":\"a\",\n\"type\":\"t\"}", "An event must be on one line"),
    (
      "{\"stream\":\"a\",\"type\":\"t\"}\n\u{FEFF}{\"stream\":\"a\",\"type\":\"t\"}",
      "line 2, column 1: it begins with a byte order mark"
    ),
    ("{\"stream\":\"a\",\"type\":\"t\"}\n\0\0\0\0", "line 2, column 1: it begins with zero bytes"),
    ("{\0\"\0s\0", "line 1, column 2: the text is UTF-16"),
    (
      #"{"stream":"a","type":"t","time":"2016-12-31T23:59:60Z"}"#,
      "line 1, column 33: 'time' is a leap second (:60)"
    ),
    (
      #"{"stream":"a","type":"t","time":"2016-12-31T23:60:00Z"}"#,
      "line 1, column 33: 'time' must be a time"
    ),
    (#"{"stream":"a","type":"evlog.released"}"#, "the type 'evlog.released' is one of evlog's own"),
    (
      #"{"stream":"evlog.quarantine.M","type":"t"}"#,
      "the stream 'evlog.quarantine.M' is one of evlog's own"
    ),
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
    // A file is read to its end before any of it is believed.
    #expect(try await place.shell("test -e a.evlog").status != 0)
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
    #expect(answer.error.contains("20 events were added"), "\(answer.error)")
    #expect(answer.error.contains("line 26, column 1"))
  }

  static let lines = (0..<300).map { i in
    #"{"stream":"s\#(i % 7)","type":"t","time":"2026-01-01T00:00:00.\#(1000 + i)Z","data":{"n":\#(i)}}"#
  }

  /// What was imported is a beginning of a source: all of it, or up to anywhere within a turn.
  @Test func aShorterCopyAddsNothing() async throws {
    for batch in ["1", "7", "100", "1000"] {
      let place = try Workplace()
      try place.write(Self.lines.joined(separator: "\n"), to: "all")
      #expect(try await place.evlog("import", "a.evlog", "all", "--batch", batch).status == 0)
      for count in [1, 2, 63, 64, 65, 99, 100, 101, 250, 299, 300] {
        let part = Self.lines[..<count].joined(separator: "\n")
        let answer = try await place.evlog("import", "a.evlog", "-", "--json", input: part)
        let json = try answer.json()
        #expect(json["addedEvents"] == .int(0), "\(count) of batch \(batch)")
        #expect(json["alreadyThere"] == .int(count))
        #expect(json["sourceEvents"] == .int(300))
        #expect(answer.error.contains("the input ends after") == (count < 300), "\(answer.error)")
      }
    }
  }

  /// Wherever a line was changed, put in or taken out, a copy is refused, and nothing of it is added.
  @Test func aChangedCopyIsRefused() async throws {
    let place = try Workplace()
    try place.write(Self.lines.joined(separator: "\n"), to: "all")
    #expect(try await place.evlog("import", "a.evlog", "all", "--batch", "100").status == 0)
    let other = #"{"stream":"s","type":"t","time":"2026-01-01T00:00:01Z","data":{"n":-1}}"#
    for index in [0, 1, 40, 63, 64, 99, 100, 150, 299] {
      var changed = Self.lines
      changed[index] = other
      var longer = Self.lines
      longer.insert(other, at: index)
      var shorter = Self.lines
      shorter.remove(at: index)
      // The last line that goes is no change of what is left.
      for copy in index == 299 ? [changed, longer] : [changed, longer, shorter] {
        let answer = try await place.evlog(
          "import", "a.evlog", "-", "--batch", "10", input: copy.joined(separator: "\n"))
        #expect(answer.status == 2, "\(index): \(answer.output)")
        #expect(
          answer.error.contains("line \(index + 1): its ")
            && answer.error.contains("offset \(index), ") && answer.error.contains("--as NAME"),
          "\(index): \(answer.error)")
      }
    }
    #expect(try await place.evlog("stats", "a.evlog", "--json").json()["events"] == .int(300))
    // With a name of its own it is another source, which is known again with its name and without.
    var changed = Self.lines
    changed[150] = other
    try place.write(changed.joined(separator: "\n"), to: "changed")
    for (arguments, added) in [(["--as", "x"], 300), (["--as", "x"], 0), ([], 0)] {
      let answer = try await place.shell(
        "evlog import a.evlog changed --json \(arguments.joined(separator: " "))")
      #expect(try answer.json()["addedEvents"] == .int(added), "\(answer.error)")
    }
    let conflict = try await place.evlog("import", "a.evlog", "all", "--as", "x")
    #expect(conflict.status == 2)
    #expect(conflict.error.contains("line 151"), "\(conflict.error)")
    #expect(conflict.error.contains("offset 450, which was imported from 'x'"), "\(conflict.error)")
  }

  /// Inputs that begin alike and go on in their own ways are others.
  @Test func aHeaderDoesNotMakeACopy() async throws {
    let place = try Workplace()
    for day in 1...3 {
      let lines =
        [#"{"stream":"server","type":"Started"}"#]
        + (0..<20).map { #"{"stream":"s","type":"t","data":{"day":\#(day),"n":\#($0)}}"# }
      for added in [21, 0] {
        let answer = try await place.evlog(
          "import", "a.evlog", "-", "--json", input: lines.joined(separator: "\n"))
        #expect(try answer.json()["addedEvents"] == .int(added), "\(answer.error)")
      }
    }
  }

  /// The ids that imports gave their turns before they said where in its source a turn is.
  @Test func whatEarlierVersionsImportedIsKnown() async throws {
    let place = try Workplace()
    try place.write(Self.lines.joined(separator: "\n"), to: "all")
    var options = EventLog.Options()
    options.createsIfMissing = true
    let log = try EventLog.open(
      FilePath(place.folder.appending(path: "a.evlog").path), options: options)
    for first in stride(from: 0, to: 300, by: 100) {
      let events = (first..<(first + 100)).map { i in
        NewEvent(
          stream: "s\(i % 7)", type: "t", data: Array("{\"n\":\(i)}".utf8),
          recordedAt: Timestamp("2026-01-01T00:00:00.\(1000 + i)Z"))
      }
      try log.appendBlocking(Turn(events, id: "import:\(Digest(of: [UInt8(first / 100)])):100"))
    }
    log.close()
    for (input, added, status) in [
      (Self.lines[...], 0, 0), (Self.lines[..<150], 0, 0), (Self.lines[100...], 0, 0),
      (Self.lines + Self.lines[..<5], 5, 0), (Self.lines[..<200] + Self.lines[..<5], 0, 2),
    ] as [(ArraySlice<String>, Int, Int32)] {
      let answer = try await place.evlog(
        "import", "a.evlog", "-", "--json", input: input.joined(separator: "\n"))
      #expect(answer.status == status, "\(answer.error)")
      if status == 0 { #expect(try answer.json()["addedEvents"] == .int(added)) }
    }
  }

  @Test func gzipThatDoesNotFitItsChecksum() async throws {
    let place = try Workplace()
    try place.write(Self.lines.joined(separator: "\n") + "\n", to: "all")
    _ = try await place.shell("gzip -k all")
    let whole = try place.bytes(of: "all.gz")
    var files: [(name: String, bytes: [UInt8], says: String?)] = [
      ("padded", whole + [UInt8](repeating: 0, count: 700), nil),
      ("twice", whole + [0, 0, 0] + whole, nil),
      ("trailing", whole + Array("more".utf8), "what follows its end is not gzip"),
      ("short", whole.dropLast(), "it ends early"),
    ]
    for back in 1...8 {
      var bytes = whole
      bytes[whole.count - back] ^= 1
      files.append(("bad\(back)", bytes, "its contents do not match the checksum at its end"))
    }
    for (name, bytes, says) in files {
      try Data(bytes).write(to: place.folder.appending(path: name))
      let answer = try await place.shell("evlog import \(name).evlog \(name)")
      #expect(answer.status == (says == nil ? 0 : 2), "\(name): \(answer.error)")
      guard let says else { continue }
      #expect(answer.error.contains(says), "\(name): \(answer.error)")
      #expect(try await place.shell("test -e \(name).evlog").status != 0)
      // A pipe cannot be read twice: what is in the log then is said, and how it goes out again.
      let piped = try await place.shell(
        "cat \(name) | evlog import p\(name).evlog - --batch 100")
      #expect(piped.status == 2)
      #expect(piped.error.contains("To remove them: evlog truncate p\(name).evlog --to 0"))
      // And the right file does not double it.
      #expect(try await place.shell("evlog import p\(name).evlog all").status == 0)
      let events = try await place.evlog("stats", "p\(name).evlog", "--json").json()["events"]
      #expect(events == .int(300), "\(name)")
    }
  }

  @Test func pipesAreRead() async throws {
    let place = try Workplace()
    try place.write(Self.lines.joined(separator: "\n"), to: "all")
    let answer = try await place.shell(
      "evlog import a.evlog <(cat all) --json; mkfifo pipe; cat all > pipe & "
        + "evlog import b.evlog pipe && evlog append b.evlog --file <(tail -n 1 all)")
    #expect(answer.status == 0, "\(answer.error)")
    let stats = try await place.evlog("stats", "b.evlog", "--json")
    #expect(try stats.json()["events"] == .int(301))
  }

  @Test func keysThatAreThereTwiceAreCounted() async throws {
    let place = try Workplace()
    let lines = [
      #"{"stream":"s","type":"t","data":{"a":{"b":1,"c":2},"b":[{"b":1},{"b":2}]}}"#,
      #"{"stream":"s","type":"t","data":{"a":{"x":1,"\u0078":2}}}"#,
      #"{"stream":"s","type":"t","data":1,"metadata":{"n":1,"m":{},"n":2}}"#,
      #"{"stream":"s","type":"t","data":{"\u0061":1,"\u0062":2}}"#,
      "{\"stream\":\"s\",\"type\":\"t\",\"data\":{"
        + (0..<500).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}}",
      "{\"stream\":\"s\",\"type\":\"t\",\"data\":{"
        + (0..<500).map { "\"k\($0 % 499)\":\($0)" }.joined(separator: ",") + "}}",
    ]
    let answer = try await place.evlog(
      "import", "a.evlog", "-", "--json", input: lines.joined(separator: "\n"))
    #expect(try answer.json()["repeatedKeys"] == .int(3))
    #expect(answer.error.contains("the first on line 2: 'x'"), "\(answer.error)")
    let appended = try await place.evlog(
      "append", "a.evlog", "--stream", "s", "--type", "t", "--data", #"{"n":1,"n":2}"#)
    #expect(appended.status == 0)
    #expect(appended.error.contains("a key twice in one object: 'n'"), "\(appended.error)")
  }

  @Test func timesThatRunBackwardsAreSaid() async throws {
    let place = try Workplace()
    let seconds: [Int?] = [5, 7, 6, nil, 7, 3, 9]
    let lines = seconds.map {
      #"{"stream":"s","type":"t"\#($0.map { #","time":"2020-01-01T00:00:0\#($0)Z""# } ?? "")}"#
    }
    let answer = try await place.evlog(
      "import", "a.evlog", "-", "--json", input: lines.joined(separator: "\n"))
    #expect(try answer.json()["timesBackwards"] == .int(2))
    #expect(try answer.json()["timeless"] == .int(1))
    #expect(answer.error.contains("2 events dated before"), "\(answer.error)")
    #expect(answer.error.contains("the first on line 3"), "\(answer.error)")
    #expect(answer.error.contains("1 event without a time"), "\(answer.error)")
    #expect(answer.error.contains("the first on line 4"), "\(answer.error)")
    let again = try await place.evlog(
      "import", "a.evlog", "-", "--json", input: lines.joined(separator: "\n"))
    #expect(try again.json()["addedEvents"] == .int(0))
    #expect(again.error.contains("times were not compared"), "\(again.error)")
    // The event without a time has the time of the import, and is later than all that follow.
    for suffix in ["", "--seal"] {
      if !suffix.isEmpty { #expect(try await place.evlog("seal", "a.evlog").status == 0) }
      let stats = try await place.evlog("stats", "a.evlog", "--json").json()
      #expect(stats["timesBackwards"] == .int(4))
      #expect(stats["firstBackwards"] == .int(2))
      let text = try await place.evlog("stats", "a.evlog").output
      #expect(text.contains("they run backwards: 4 events"), "\(text)")
      #expect(text.contains("the first at offset 2"), "\(text)")
      let doctor = try await place.shell("evlog doctor a.evlog --no-probe")
      #expect(doctor.output.contains("they run backwards: 4 events"), "\(doctor.output)")
      for (time, cut, late, first) in [(5, 0, 1, 5), (6, 1, 1, 5), (7, 1, 2, 2), (8, 3, 2, 4)] {
        let read = try await place.evlog("read", "a.evlog", "--from", "2020-01-01T00:00:0\(time)Z")
        #expect(read.error.contains("is \(cut), and \(late) event"), "\(time): \(read.error)")
        #expect(read.error.contains("the first at offset \(first)"), "\(time): \(read.error)")
      }
      let clean = try await place.evlog("read", "a.evlog", "--from", "2020-01-01T00:00:03Z")
      #expect(clean.error.isEmpty, "\(clean.error)")
    }
  }

  /// A long line is searched once, whatever the pieces in which it comes.
  @Test func aLongLineIsRead() async throws {
    let place = try Workplace()
    let answer = try await place.shell(
      """
      (printf '{"stream":"s","type":"t","data":"'; head -c 15000000 /dev/zero | tr '\\0' x
       printf '"}\\n\\n{"stream":"s","type":"u"}') | evlog import a.evlog - --json
      """)
    #expect(try answer.json()["addedEvents"] == .int(2), "\(answer.error)")
    let size = try await place.shell("evlog read a.evlog --ndjson --limit 1 | wc -c")
    #expect((Int(size.output.filter(\.isNumber)) ?? 0) > 15_000_000)
  }

  /// A turn takes 64 MiB; a batch of a thousand lines may have more.
  @Test func aBatchIsBoundedByBytes() async throws {
    let place = try Workplace()
    let answer = try await place.shell(
      """
      line='{"stream":"s","type":"t","data":"'$(head -c 9000000 /dev/zero | tr '\\0' x)'"}'
      for i in $(seq 10); do printf '%s\\n' "$line"; done | evlog import a.evlog - --json
      """)
    #expect(try answer.json()["addedEvents"] == .int(10), "\(answer.error)")
    #expect(try answer.json()["addedTurns"] == .int(2))
  }

  @Test func evlogsOwnEventsAreTakenFromAnExport() async throws {
    let place = try Workplace()
    let line = #"{"stream":"evlog.erasures","type":"evlog.erased","data":{"stream":"a"}}"#
    let answer = try await place.evlog(
      "import", "a.evlog", "-", "--own-events", "--json", input: line)
    #expect(try answer.json()["addedEvents"] == .int(1), "\(answer.error)")
    for arguments in [
      ["--stream", "s", "--type", "evlog.lost"], ["--stream", "evlog.lost", "--type", "t"],
      ["--stream", "s", "--type", "t", "--turn", "evlog.import:x"],
      ["--stream", "s", "--type", "t", "--turn", "import:x"],
    ] {
      let refused = try await place.shell(
        "evlog append a.evlog \(arguments.joined(separator: " "))")
      #expect(refused.status == 2)
      #expect(refused.error.contains("evlog"), "\(refused.error)")
    }
    #expect(try await place.evlog("stats", "a.evlog", "--json").json()["events"] == .int(1))
  }
}
