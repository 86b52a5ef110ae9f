import EvlogJSON
import Foundation
import Testing

/// Imports of other formats are as exact as those of NDJSON.
@Suite struct ImportFormatTests {
  private func place() throws -> Workplace {
    let place = try Workplace()
    for name in ["bank.log", "raft.log", "register.edn", "traces.jsonl"] {
      try FileManager.default.copyItem(
        at: packageFolder.appending(path: "Fixtures/imports/\(name)"),
        to: place.folder.appending(path: name))
    }
    return place
  }

  /// A fixture, its options and the number of its events.
  static let inputs: [(file: String, options: String, count: Int)] = [
    ("bank.log", "--format shiviz --delimiter '^=== (?<trace>.*) ===$'", 4),
    ("raft.log", "--format govector", 3),
    ("register.edn", "--format jepsen --since 2026-01-01T00:00:00Z", 5),
    ("traces.jsonl", "--format otlp", 3),
  ]

  @Test(arguments: inputs.indices) func nothingIsAddedTwice(index: Int) async throws {
    let (file, options, count) = Self.inputs[index]
    let place = try place()
    for (command, added) in [
      ("evlog import a.evlog \(file) \(options) --json", count),
      ("evlog import a.evlog \(file) \(options) --json --batch 1", 0),
      ("gzip -k \(file) && evlog import a.evlog \(file).gz \(options) --json", 0),
      ("cat \(file).gz | evlog import a.evlog - \(options) --json", 0),
      ("evlog import b.evlog <(cat \(file)) \(options) --json --batch 2", count),
    ] {
      let answer = try await place.shell(command)
      #expect(try answer.json()["addedEvents"] == .int(added), "\(command): \(answer.error)")
      #expect(try answer.json()["alreadyThere"] == .int(added == 0 ? count : 0))
      #expect(try answer.json()["skippedLines"] == .int(0))
    }
    // Events without a time have that of the import.
    let same = try await place.shell(
      """
      read_without_times() { evlog read $1 --ndjson | sed -E 's/"(time|turn)":"[^"]*",?//g'; }
      diff <(read_without_times a.evlog) <(read_without_times b.evlog)
      """)
    #expect(same.status == 0, "\(same.output)")
    // What was read is NDJSON, which is imported again as it is.
    let again = try await place.shell(
      "evlog read a.evlog --ndjson | evlog import c.evlog - --json --own-events")
    #expect(try again.json()["addedEvents"] == .int(count), "\(again.error)")
  }

  /// A file that has grown gives what is new; a changed one nothing.
  @Test func growthAndChanges() async throws {
    let place = try place()
    for (file, options, count) in Self.inputs {
      let lines = try String(decoding: place.bytes(of: file), as: UTF8.self)
        .split(separator: "\n", omittingEmptySubsequences: false)
      // All before the last record; the beginnings of the fixtures are in an order that stays.
      let cut = ["bank.log": 8, "raft.log": 4, "register.edn": 5, "traces.jsonl": 2][file] ?? 0
      try place.write(lines[..<cut].joined(separator: "\n") + "\n", to: "beginning")
      let first = try await place.shell("evlog import \(file).evlog beginning \(options) --json")
      #expect(try first.json()["addedEvents"] == .int(count - 1), "\(file): \(first.error)")
      let grown = try await place.shell("evlog import \(file).evlog \(file) \(options) --json")
      #expect(try grown.json()["addedEvents"] == .int(1), "\(file): \(grown.error)")
      let shorter = try await place.shell("evlog import \(file).evlog beginning \(options) --json")
      #expect(try shorter.json()["addedEvents"] == .int(0))
      #expect(shorter.error.contains("the input ends after"))

      let change =
        [
          "bank.log": "s/of 30/of 31/", "raft.log": "s/since term 1/since term 2/",
          "register.edn": "s/1.50M/1.51M/", "traces.jsonl": "s/sold out/gone/",
        ][file] ?? ""
      let changed = try await place.shell(
        "sed '\(change)' \(file) > changed; evlog import \(file).evlog changed \(options)")
      #expect(changed.status == 2, "\(file)")
      #expect(
        changed.error.contains("its data is not that of the event at offset"), "\(changed.error)")
    }
  }

  /// Whatever is cut off at the end is refused or a beginning, and never something else.
  @Test func truncatedFilesAreBeginnings() async throws {
    let place = try place()
    for (file, options, _) in Self.inputs {
      let bytes = try place.bytes(of: file)
      let whole = try await place.shell(
        "evlog import w.\(file) \(file) \(options) >/dev/null; evlog read w.\(file) --ndjson | grep -o '\"data\":.*'"
      )
      for count in stride(from: 5, to: bytes.count, by: bytes.count / 7) {
        try Data(bytes[..<count]).write(to: place.folder.appending(path: "cut"))
        let answer = try await place.shell(
          "rm -rf c.evlog; evlog import c.evlog cut \(options) --batch 1; echo $? > status; "
            + "evlog read c.evlog --ndjson | grep -o '\"data\":.*'")
        // The last text of a log has no end that is known.
        let lines = answer.output.split(separator: "\n").filter { $0.hasPrefix("\"data\"") }
        let isText = file.hasSuffix(".log")
        let sure = isText ? lines.dropLast() : lines[...]
        #expect(
          whole.output.split(separator: "\n").starts(with: sure) || file == "traces.jsonl",
          "\(file) \(count): \(answer.output)")
      }
    }
  }

  @Test func textOutsideOfRecords() async throws {
    let place = try place()
    let refused = try await place.shell("evlog import a.evlog bank.log --format shiviz")
    #expect(refused.status == 2)
    #expect(
      refused.error
        == "evlog: bank.log, line 1: no record begins in '=== the money arrives ==='. To find other records: "
        + "--parser REGEX; to pass over and count such text: --skip-unmatched\n")
    #expect(try await place.shell("test -e a.evlog").status != 0)
    let passed = try await place.shell(
      "evlog import a.evlog bank.log --format shiviz --skip-unmatched --json")
    #expect(try passed.json()["addedEvents"] == .int(4), "\(passed.error)")
    #expect(try passed.json()["skippedLines"] == .int(2))
    #expect(
      passed.error.contains("2 lines outside of records were passed over, the first on line 1"))
  }

  @Test func spansThatWait() async throws {
    let place = try place()
    for (options, added, waiting) in [("--growing", 2, 1), ("--growing", 0, 1), ("", 1, 0)] {
      let answer = try await place.shell(
        "evlog import a.evlog traces.jsonl --format otlp --json \(options)")
      #expect(try answer.json()["addedEvents"] == .int(added), "\(answer.error)")
      #expect(try answer.json()["waiting"] == .int(waiting))
      #expect(answer.error.contains("1 span whose parent") == (waiting == 1), "\(answer.error)")
    }
    let unnamed = try await place.shell(
      "sed s/service.name/x/ traces.jsonl | evlog import b.evlog - --format otlp")
    #expect(unnamed.status == 2)
    #expect(
      unnamed.error.contains(
        "standard input, line 1: the resource has no service.name; to name one: --stream NAME"))
  }

  @Test(arguments: [
    ("--format xml", "The value 'xml' is invalid for '--format <format>'"),
    ("--parser x", "--parser is not an option of the format ndjson."),
    ("--format otlp --since 2026-01-01T00:00:00Z", "--since is not an option of the format otlp."),
    ("--format jepsen --growing", "--growing is not an option of the format jepsen."),
    ("--format jepsen --since noon", "--since 'noon' must be a time"),
    ("--format jepsen --stream a", "--stream is for NDJSON, JSON arrays, CSV, Kafka and OTLP"),
    ("--format otlp --ignore-field a", "--ignore-field is for NDJSON, JSON arrays and CSV"),
    ("--format shiviz --parser '(?<host>a'", "--parser '(?<host>a' cannot be used: expected ')'."),
    ("--format govector --delimiter '['", "--delimiter '[' cannot be used: "),
  ]) func optionsThatDoNotFit(options: String, expected: String) async throws {
    let answer = try await place().shell("evlog import a.evlog bank.log \(options)")
    #expect(answer.status == 2)
    #expect(answer.error.contains(expected), "\(answer.error)")
  }
}
