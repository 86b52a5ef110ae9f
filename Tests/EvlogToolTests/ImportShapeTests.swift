import EvlogJSON
import Foundation
import Testing

/// Imports of other shapes: mapped JSON, arrays and CSV.
@Suite struct ImportShapeTests {
  private func place() throws -> Workplace {
    let place = try Workplace()
    for name in [
      "clicks.ndjson", "orders.csv", "cloudevents.jsonl", "orders.kafka", "changes.debezium",
      "loans.xes",
    ] {
      try FileManager.default.copyItem(
        at: packageFolder.appending(path: "Fixtures/imports/\(name)"),
        to: place.folder.appending(path: name))
    }
    return place
  }

  static let clicks = #"--map 'stream="user-"+user.id,type=kind,time=at' --time-format epoch-ms"#
  static let orders =
    #"--format csv --infer --map 'stream="order-"+id,type=status,time=changed at'"#

  @Test func nothingIsAddedTwice() async throws {
    let place = try place()
    for (command, added, there) in [
      ("clicks.ndjson \(Self.clicks)", 4, 0), ("clicks.ndjson \(Self.clicks) --batch 1", 0, 4),
      ("<(gzip -c clicks.ndjson) \(Self.clicks)", 0, 4),
      ("<(echo [; sed '$!s/$/,/' clicks.ndjson; echo ]) --format json-array \(Self.clicks)", 0, 4),
      ("orders.csv \(Self.orders)", 3, 0), ("orders.csv \(Self.orders) --batch 2", 0, 3),
      ("<(cat orders.csv; echo 3,sent,2026-02-03T00:00:00Z,1,) \(Self.orders)", 1, 3),
    ] {
      let answer = try await place.shell("evlog import a.evlog \(command) --json")
      #expect(try answer.json()["addedEvents"] == .int(added), "\(command): \(answer.error)")
      #expect(try answer.json()["alreadyThere"] == .int(there), "\(command)")
      #expect(try answer.json()["records"] == .int(added + there))
      #expect(try answer.json()["setAside"] == .int(0))
    }
    let read = try await place.evlog("read", "a.evlog", "--from", "4", "--limit", "2")
    #expect(
      read.output == """
                4  2026-02-01T00:00:00.000000000Z  order-1  placed  {"qty":3,"note":null}
                5  2026-02-01T01:00:00.000000000Z  order-2  placed  {"qty":12,"note":"two\\nlines, and \\"more\\""}

        """)
    let changed = try await place.shell(
      "sed s/two/three/ orders.csv | evlog import a.evlog - \(Self.orders)")
    #expect(changed.status == 2)
    #expect(
      changed.error.contains("line 3: its data is not that of the event at offset 5"),
      "\(changed.error)")
  }

  /// A fixture, its options, and how many records it has, of which so many are events, the last in a place of its own.
  static let formats: [(file: String, options: String, records: Int, events: Int)] = [
    ("cloudevents.jsonl", "--format cloudevents", 4, 3),
    ("orders.kafka", "--format kafka --map 'type=json(payload).kind'", 3, 3),
    ("changes.debezium", "--format debezium", 7, 4), ("loans.xes", "--format xes", 4, 4),
  ]

  @Test(arguments: formats.indices) func otherFormatsAreImportedOnce(index: Int) async throws {
    let (file, options, records, events) = Self.formats[index]
    let place = try place()
    for (command, added) in [
      ("evlog import a.evlog \(file) \(options)", events),
      ("evlog import a.evlog \(file) \(options) --batch 1", 0),
      ("gzip -c \(file) | evlog import a.evlog - \(options)", 0),
      ("evlog import b.evlog <(cat \(file)) \(options) --batch 2", events),
    ] {
      let answer = try await place.shell(command + " --json")
      let json = try answer.json()
      #expect(json["addedEvents"] == .int(added), "\(command): \(answer.error)")
      #expect(json["alreadyThere"] == .int(events - added))
      #expect(json["records"] == .int(records))
      #expect(json["passedOver"] == .int(records - events))
    }
    // What was read is NDJSON, which is imported again as it is.
    let again = try await place.shell(
      "evlog read a.evlog --ndjson | evlog import c.evlog - --json --own-events")
    #expect(try again.json()["addedEvents"] == .int(events), "\(again.error)")
    if file == "loans.xes" { return }
    // A file that grows line by line gives what is new.
    let grown = try await place.shell(
      """
      for i in $(seq \(records)); do
        head -$i \(file) > part; evlog import d.evlog part \(options) --growing --json 2>/dev/null \
          || evlog import d.evlog part \(options) --json
      done | jq -s '[.[].addedEvents] | add'
      evlog import d.evlog \(file) \(options) --json | jq .addedEvents
      diff <(evlog read a.evlog --ndjson | sed 's/"turn":"[^"]*",//') <(evlog read d.evlog --ndjson | sed 's/"turn":"[^"]*",//')
      """)
    #expect(grown.output == "\(events)\n0\n", "\(grown.output)\(grown.error)")
  }

  @Test func transactionsOfADatabaseAreTurns() async throws {
    let place = try place()
    let answer = try await place.shell(
      """
      evlog import a.evlog changes.debezium --format debezium
      evlog read a.evlog --ndjson | jq -r '"\\(.stream) \\(.type) \\(.turn // "-" | sub("evlog.import:[0-9a-f]*"; "import"))"'
      sed /END/d changes.debezium | sed s/571:1/571:9/g | head -3 > part
      (cat part; sed -n 5p changes.debezium | sed s/571:1/571:9/g) | evlog import b.evlog - --format debezium
      """)
    #expect(
      answer.output.split(separator: "\n").dropFirst().map(String.init) == [
        "public.orders/7 snapshot import:0:1", "public.orders/7 updated import:1:2",
        "public.stock/A-7 updated -", "public.orders/7 deleted import:3:1",
      ], "\(answer.output)")
    #expect(
      answer.error.contains("evlog: 2 marks of transactions were passed over."), "\(answer.error)")
    #expect(answer.error.contains("evlog: 1 tombstone was passed over."))
    #expect(
      answer.error.contains(
        "the events of the transaction 571:9 are not all there, or not together: its end counts 2, and the input has 1."
      ))
    #expect(answer.error.contains("--collect-transactions"))
  }

  /// Every record is in the log or in the file; a repeated run, one after a kill, and a file that has grown change
  /// neither.
  @Test func badLinesAreSetAside() async throws {
    let place = try place()
    let seed = UInt64.random(in: .min ... .max)
    var random = SplitMix(state: seed)
    var lines: [String] = []
    var bad = 0
    for i in 0..<3000 {
      if Int.random(in: 0..<10, using: &random) == 0 {
        bad += 1
        lines.append(["{", "{\"k\":1}", "nonsense \u{7F}é", "[\(i)]"][i % 4])
      } else {
        lines.append("{\"k\":\"k\(i % 7)\",\"t\":\"t\",\"n\":\(i)}")
      }
    }
    try place.write(lines.joined(separator: "\n") + "\n", to: "in.ndjson")
    try place.write(lines[..<2000].joined(separator: "\n") + "\n", to: "some.ndjson")
    let options = "--map stream=k,type=t --bad-lines bad.ndjson --batch 10"
    var kills = 0
    for i in 1...8 {
      let killed = try await place.shell(
        "timeout -s KILL 0.0\(i) evlog import a.evlog some.ndjson \(options) >/dev/null 2>&1")
      if killed.status != 0 { kills += 1 }
    }
    for file in ["some.ndjson", "in.ndjson", "in.ndjson"] {
      let answer = try await place.shell("evlog import a.evlog \(file) \(options) --json")
      let json = try answer.json()
      let count = file == "some.ndjson" ? 2000 : 3000
      #expect(json["records"] == .int(count), "seed \(seed): \(answer.error)")
      let setAside: Int = json["setAside"]?.integer() ?? -1
      let kept: Int =
        (json["addedEvents"]?.integer() ?? -1) + (json["alreadyThere"]?.integer() ?? 0)
      #expect(kept + setAside == count, "seed \(seed)")
      let written = try await place.shell("wc -l < bad.ndjson")
      #expect(Int(written.output.trimmingCharacters(in: .whitespacesAndNewlines)) == setAside)
    }
    // What was set aside and what is in the log are all the lines, in their order.
    let same = try await place.shell(
      """
      evlog read a.evlog --ndjson | jq -r '.data.n' > kept
      jq -R -r 'fromjson? | objects | select(.k | strings) | .n' in.ndjson | diff - kept
      jq -r .text bad.ndjson | diff - <(grep -v '"t":"t"' in.ndjson)
      jq -r '"\\(.line)"' bad.ndjson | diff - <(grep -n -v '"t":"t"' in.ndjson | cut -d: -f1)
      """)
    #expect(same.status == 0 && same.output.isEmpty, "seed \(seed): \(same.output)\(same.error)")
    #expect(bad > 0)
  }

  @Test func whatIsSetAsideIsSaid() async throws {
    let place = try place()
    let input = "a,b\n1,x\n2\n3,y\n"
    let map = "--format csv --map stream=a,type=b"
    try place.write(input, to: "in")
    let answer = try await place.shell(
      "evlog import a.evlog - \(map) --bad-lines bad < in | sed 's/, [^,]* on disk.*//'; cat bad")
    #expect(
      answer.output == """
        2 events in 1 turn, 1 of 3 records set aside in bad
        {"line":3,"column":1,"reason":"the first row names 2 columns, and this row has 1.","text":"2"}

        """)
    #expect(
      answer.error
        == "evlog: 1 record was refused, and is in bad. The first: standard input, line 3, column 1: the first row names 2 columns, and this row has 1.\n"
    )
    // A file of another kind is not replaced, and what is no row ends the import as ever.
    for (options, expected) in [
      ("--bad-lines orders.csv", "there is already a file of another kind"),
      ("", "line 3, column 1: the first row names 2 columns, and this row has 1."),
      ("--bad-lines -", "--bad-lines needs a file."),
    ] {
      let refused = try await place.shell("evlog import b.evlog - \(map) \(options) < in")
      #expect(refused.status == 2)
      #expect(refused.error.contains(expected), "\(refused.error)")
    }
    let none = try await place.shell(
      "head -3 in | tail -1 | cat <(head -1 in) - | evlog import c.evlog - \(map) --bad-lines bad; wc -l < bad; test -e c.evlog"
    )
    #expect(none.status == 1)
    #expect(none.output.contains("1"))
    #expect(
      none.error.contains("No event was found: 1 record was refused, and is in bad."),
      "\(none.error)")
  }

  /// What a log's contract refuses is set aside, too.
  @Test func aContractSetsAside() async throws {
    let place = try place()
    try place.write(
      #"machine("M", 1, { initial: {}, on: {}, ignore: ["t"], events: { t: { n: integer(0, 5) } } })"#,
      to: "m.js")
    let lines = (0..<9).map { #"{"stream":"s","type":"t","data":{"n":\#($0)}}"# }.joined(
      separator: "\n")
    try place.write(lines, to: "in.ndjson")
    let answer = try await place.shell(
      """
      evlog init a.evlog >/dev/null && evlog contract set a.evlog --machine m.js >/dev/null
      for i in 1 2; do evlog import a.evlog in.ndjson --bad-lines bad --json 2>/dev/null | jq -c '[.addedEvents,.alreadyThere,.setAside,.records]'; done
      jq -c .line bad | tr '\\n' ' '
      """)
    #expect(answer.output == "[6,0,3,9]\n[0,6,3,9]\n7 8 9 ", "\(answer.output)\(answer.error)")
  }

  @Test func aTrialImportsNothing() async throws {
    let place = try place()
    let text = try await place.shell("evlog import a.evlog clicks.ndjson \(Self.clicks) --dry-run")
    #expect(text.status == 0)
    #expect(
      text.output == """
        {"stream":"user-7","type":"opened","time":"2026-01-01T00:00:00.000000000Z","data":{"at":1767225600000,"user":{"id":7},"kind":"opened","page":"/"}}
        {"stream":"user-9","type":"opened","time":"2026-01-01T00:00:01.500000000Z","data":{"at":1767225601500,"user":{"id":"9"},"kind":"opened","page":"/a"}}
        {"stream":"user-7","type":"clicked","time":"2026-01-01T00:00:02.000000000Z","data":{"at":1767225602000,"user":{"id":7},"kind":"clicked","page":"/","x":[1, 2.50]}}
        4 records: 4 events of 3 types in 2 streams, 0 refused; nothing was imported

        """)
    let json = try await place.shell(
      "evlog import a.evlog clicks.ndjson --map \"stream=user.id,type=kind,id=nowhere\" --dry-run --json"
    )
    #expect(try json.json()["unseenPaths"] == .array([.string("nowhere")]))
    let bad = try await place.shell(
      "(echo {}; cat clicks.ndjson) | evlog import a.evlog - \(Self.clicks) --dry-run")
    #expect(bad.status == 2)
    #expect(bad.output.contains("5 records: 4 events of 3 types in 2 streams, 1 refused"))
    #expect(
      bad.error.contains(
        "1 record would be refused. The first: standard input, line 1, column 1: 'stream' is missing"
      ), "\(bad.error)")
    #expect(try await place.shell("test -e a.evlog").status != 0)
  }

  @Test(arguments: [
    ("--map stream=a", "--map names no type: add type=PATH"),
    ("--map type=a", "--map names no stream: add stream=PATH, or give --stream."),
    ("--map type=a --stream s --map type=b", "'type' appears twice"),
    ("--map 'stream=a,type=x[y=1]'", "an element of an array is named by its index"),
    ("--format jepsen --map type=a", "--map is not an option of the format jepsen."),
    ("--format csv --infer", "--infer is about columns that become data"),
    ("--format csv --separator ab", "--separator 'ab' must be one character"),
    ("--separator ,", "--separator is not an option of the format ndjson."),
    ("--format otlp --bad-lines x", "--bad-lines is not an option of the format otlp"),
    ("--format otlp --time-format epoch-s", "--time-format is not an option of the format otlp."),
    ("--map stream=a,type=b --ignore-field x", "--ignore-field is for NDJSON, JSON arrays and CSV"),
  ]) func optionsThatDoNotFit(options: String, expected: String) async throws {
    let answer = try await place().shell("evlog import a.evlog clicks.ndjson \(options)")
    #expect(answer.status == 2)
    #expect(answer.error.contains(expected), "\(answer.error)")
  }

  /// Python's own modules read the same.
  @Test func pythonReadsTheSame() async throws {
    let place = try Workplace()
    let seed = UInt64.random(in: .min ... .max)
    try place.write(Self.writer, to: "write.py")
    for (options, name) in [("--format csv", "rows.csv"), ("--format json-array", "array.json")] {
      let answer = try await place.shell(
        """
        python3 write.py \(seed) && evlog import \(name).evlog \(name) \(options) --map "stream='s',type='t'" >/dev/null &&
        evlog read \(name).evlog --ndjson | python3 -c 'import json, sys
        for line in sys.stdin: print(json.dumps(json.loads(line)["data"], sort_keys=True))' > \(name).read
        cmp \(name).read \(name).expected && wc -l < \(name).read
        """)
      #expect(answer.status == 0, "seed \(seed): \(answer.output)\(answer.error)")
      #expect(answer.output.trimmingCharacters(in: .whitespacesAndNewlines) == "2000")
    }
  }

  private static let writer = #"""
    import csv, json, random, sys
    random.seed(int(sys.argv[1]))
    letters = ['a', 'é', ' ', ',', '"', '\n', '\r\n', '\r', '\t', "'", '0', '\u2028', '😀', '\\', '\x01', 'null']
    def text(most=8): return ''.join(random.choice(letters) for _ in range(random.randrange(most)))
    names = ['n', 'two words', 'é"', 'a.b', '']
    with open('rows.csv', 'w', newline='', encoding='utf-8-sig') as file, open('rows.csv.expected', 'w') as expected:
      # With a line feed alone, a carriage return would not be quoted.
      kind = random.choice([dict(), dict(quoting=csv.QUOTE_ALL), dict(quoting=csv.QUOTE_ALL, lineterminator='\n')])
      writer = csv.writer(file, **kind)
      writer.writerow(names)
      rows = [[text() for _ in names] for _ in range(2000)]
      for row in rows: writer.writerow(row)
    with open('rows.csv', newline='', encoding='utf-8-sig') as file, open('rows.csv.expected', 'w') as expected:
      bare = not kind
      for row in csv.DictReader(file):
        print(json.dumps({k: None if bare and v == '' else v for k, v in row.items()}, sort_keys=True), file=expected)
    def value(depth=0):
      kind = random.randrange(8 if depth < 4 else 6)
      if kind == 0: return None
      if kind == 1: return random.choice([True, False])
      if kind == 2: return random.randrange(-10**12, 10**12)
      if kind == 3: return random.random()
      if kind < 6: return text()
      if kind == 6: return [value(depth + 1) for _ in range(random.randrange(4))]
      return {text(4): value(depth + 1) for _ in range(random.randrange(4))}
    values = [value() for _ in range(2000)]
    with open('array.json', 'w') as file:
      json.dump(values, file, indent=random.choice([None, 2]), ensure_ascii=random.choice([True, False]))
    with open('array.json.expected', 'w') as file:
      for value in values: print(json.dumps(value, sort_keys=True), file=file)
    """#
}
