import EvlogJSON
import Foundation
import Testing

/// What people type wrong, and what they are told: the exit code, and a next step.
@Suite struct MisuseTests {
  static let cases: [(command: String, status: Int32, says: String)] = [
    ("frobnicate", 2, "There is no verb 'frobnicate'. There are init, append"),
    ("bisct shop.evlog", 2, "Did you mean 'evlog bisect'?"),
    ("minimize shop.evlog", 2, "Did you mean 'evlog minimise'?"),
    ("help porject", 2, "Did you mean 'evlog project'?"),
    ("snapshot lst shop.evlog", 2, "Did you mean 'evlog snapshot list'?"),
    ("snapshot drop shop.evlog --machine nobody", 2, "no snapshot of a machine 'nobody'"),
    ("map shop.evlog --machine shop.js --by nowhere", 2, "nothing at that path in any state"),
    ("debug shop.evlog --machine shop.js --key x", 2, "--key is for machines"),
    ("read", 2, "Missing expected argument '<store>'"),
    ("read nowhere.evlog", 2, "There is no log here"),
    ("read .", 2, "This is not an event log"),
    ("init shop.evlog", 2, "There is already a log here"),
    ("init deep/er/log.evlog", 2, "its parent does not exist"),
    ("append nowhere.evlog --stream s --type t", 2, "evlog init nowhere.evlog"),
    ("append shop.evlog --stream s", 2, "Give --stream and --type"),
    ("append shop.evlog --stream s --type t --data nonsense", 2, "--data is not JSON"),
    ("append shop.evlog --stream s --type t --expect s", 2, "--expect must be STREAM=REVISION"),
    ("append shop.evlog --stream s --type t --time soon", 2, "--time 'soon' must be a time"),
    (
      "append shop.evlog --stream s --type t --time 2016-12-31T23:59:60Z", 2, "is a leap second"
    ),
    ("read shop.evlog --since 2016-12-31T23:59:60+00:00", 2, "is a leap second"),
    ("append shop.evlog --stream s --type t --data ''", 2, "--data is empty"),
    ("append shop.evlog --stream s --type t --metadata ''", 2, "--metadata is empty"),
    ("append shop.evlog --stream s --type t --data - </dev/null", 2, "Standard input is empty"),
    ("import shop.evlog events.ndjson.gz --as ''", 2, "--as needs a name"),
    ("import shop.evlog nowhere.gz", 2, "nowhere.gz"),
    ("import shop.evlog events.ndjson.gz --batch 0", 2, "--batch must be from 1"),
    ("export nowhere.evlog x.ndjson", 2, "There is no log here"),
    ("export shop.evlog shop.js", 2, "To replace it: --force"),
    ("export shop.evlog .", 2, ". is a folder"),
    ("export shop.evlog deep/er/x.ndjson", 2, "deep/er/x.ndjson"),
    ("export shop.evlog --limit=-1", 2, "--limit must not be negative"),
    ("export shop.evlog /dev/full", 74, "What was written is incomplete"),
    ("export shop.evlog > /dev/full", 74, "Standard output cannot be written"),
    ("read shop.evlog --from soon", 2, "The value 'soon' is invalid for '--from"),
    ("state shop.evlog --machine shop.js --at 2026-02-30", 2, "is invalid for '--at"),
    ("bisect shop.evlog --machine shop.js --from 2026-03-01", 2, "--from is for --run"),
    ("bisect shop.evlog --machine shop.js --from 9 --to 2026-03-01 --run true", 2, "--to must not"),
    ("inspect nowhere", 2, "There is no file and no log at nowhere"),
    ("inspect shop.evlog --frame=-1", 2, "--frame must not be negative"),
    ("inspect shop.evlog --frame 0 --offset 0", 2, "Choose one of --frame and --offset"),
    ("inspect shop.evlog --offset 99999", 2, "does not have a frame or block with offset 99999"),
    ("inspect shop.evlog --frame 99999", 2, "does not have that many frames or blocks"),
    ("inspect shop.js", 5, "This is not a file that evlog makes"),
    ("inspect .", 2, "it has neither a file EVLOG nor segments"),
    ("project run shop.evlog --projection stock", 2, "evlog help project"),
    ("project run shop.evlog --projection nowhere.sql", 74, "cannot be read"),
    ("project run shop.evlog --projection ./shop.js", 2, "shop.js:1: the file must begin with"),
    (
      "project run shop.evlog --projection strange.sql", 2,
      "there is no parameter @sku"
    ),
    ("project run shop.evlog --projection idle.sql", 2, "idle.sql:2: an ignored type has no SQL"),
    ("project status shop.evlog --projection stock.sql", 2, "There are no tables in"),
    ("project retry shop.evlog --projection stock.sql", 2, "Give --offset, or --all"),
    ("project retry shop.evlog --projection stock.sql --offset 7", 2, "nothing to retry"),
    ("project run shop.evlog --projection stock.sql --batch 0", 2, "--batch must be positive"),
    ("query shop.evlog 'SELECT'", 2, "SQLite: incomplete input"),
    ("query shop.evlog 'DELETE FROM events'", 2, "may not be modified"),
    ("query shop.evlog --at 99999 'SELECT 1'", 2, "There is no cut 99999"),
    ("query shop.evlog --csv --json 'SELECT 1'", 2, "Choose --csv or --json"),
    ("doctor nowhere.evlog", 2, "There is no log here"),
    ("doctor .", 2, "This is not an event log"),
    ("bisect shop.evlog", 2, "Missing expected argument '--machine"),
    ("bisect shop.evlog --machine nowhere.js", 2, "cannot be read"),
    ("bisect shop.evlog --machine Shop", 2, "evlog help machine"),
    ("bisect shop.evlog --machine broken.js", 2, "broken.js:2"),
    ("bisect shop.evlog --machine other.js", 3, "neither handled nor ignored"),
    ("bisect shop.evlog --machine throws.js", 3, "throws.js:4"),
    ("bisect shop.evlog --machine loops.js --handler-seconds 0.3", 3, "did not end within"),
    ("bisect shop.evlog --machine shop.js --invariant nothing", 2, "'never oversell'"),
    ("bisect shop.evlog --machine shop.js --expr '1 +'", 2, "The expression is not JavaScript"),
    ("bisect shop.evlog --machine shop.js --expr 's.nothing.more > 0'", 3, "TypeError"),
    ("bisect shop.evlog --machine shop.js --episodes=-1", 2, "--episodes must be"),
    ("bisect shop.evlog --machine shop.js --expr 1 --invariant x", 2, "Choose --expr or"),
    ("blame shop.evlog a..b --machine shop.js", 2, "a name is missing"),
    ("blame shop.evlog stock --machine shop.js --key x", 2, "--key is for machines"),
    ("blame shop.evlog status --machine orders.js", 2, "was taken to begin with its name"),
    ("blame shop.evlog '[3]' --machine orders.js", 2, "choose one with --key"),
    ("what-if shop.evlog --machine shop.js", 2, "--drop, --replace, --insert, --swap"),
    ("what-if shop.evlog --machine shop.js --drop 99999", 2, "the last one to be replayed is at"),
    ("what-if shop.evlog --machine shop.js --drop type=Nope", 2, "no event of the type 'Nope'"),
    ("what-if shop.evlog --machine shop.js --drop stream=nope", 2, "no event of the stream 'nope'"),
    ("what-if shop.evlog --machine shop.js --drop 9-3", 2, "a range of offsets (7102-7110)"),
    ("what-if shop.evlog --machine shop.js --swap 7", 2, "is not two offsets"),
    ("what-if shop.evlog --machine shop.js --replace 7:{", 2, "is not a JSON object"),
    ("what-if shop.evlog --machine shop.js --replace 99999:{}", 2, "no event at offset 99999"),
    ("what-if shop.evlog --machine shop.js --insert '7:{\"type\":\"T\"}'", 2, "needs a stream"),
    ("what-if shop.evlog --machine shop.js --replace '7:{\"type\":\"T\"}'", 3, "as far as both"),
    ("why shop.evlog --machine orders.js", 0, "there is nothing to explain"),
    (
      "why shop.evlog --machine orders.js --json", 0,
      #""invariant":null,"key":null,"keys":3827,"kind":null,"next":null,"offset":null,"place":null,"reasons":null"#
    ),
    ("minimise shop.evlog --machine orders.js --json", 0, #""invariant":null"#),
    ("why shop.evlog --machine shop.js --offset 7778", 2, "did not break an invariant"),
    (
      "why shop.evlog --machine shop.js --offset 99999", 2,
      "no event at offset 99999: the log has 12,480"
    ),
    ("minimise shop.evlog --machine shop.js --offset 99999", 2, "no event at offset 99999"),
    ("why shop.evlog --machine shop.js --to 3 --offset 5", 2, "at offset 5 is not before cut 3"),
    ("minimise shop.evlog --machine shop.js --to 7777 --offset 7777", 2, "is not before cut 7777"),
    ("why shop.evlog --machine shop.js --depth=-1", 2, "--depth must not be negative"),
    ("debug shop.evlog --machine shop.js --at 99999", 2, "There is no cut 99999"),
    ("debug shop.evlog --machine shop.js --at=-1", 2, "is invalid for '--at"),
    ("minimise shop.evlog --machine orders.js", 0, "there is nothing to minimise"),
    ("minimise shop.evlog --machine shop.js --invariant x", 2, "has no invariant 'x'"),
    ("minimise shop.evlog --machine shop.js --out shop.js", 2, "--out makes a new folder"),
    ("map shop.evlog --machine shop.js", 2, "declares no regions"),
    ("map shop.evlog --machine orders.js --check shop.js", 2, "is not the JSON of a map"),
    ("map shop.evlog --machine orders.js --html shop.js", 2, "To replace it: --force"),
    ("map shop.evlog --machine orders.js --probe --trials 0", 2, "--trials must be at least 1"),
    ("audit shop.evlog --machine shop.js --runs 1", 2, "--runs must be at least 2"),
    ("stats shop.evlog --top=-1", 2, "--top must not be negative"),
    ("tail shop.evlog --limit=-1", 2, "--limit must not be negative"),
    ("bisect shop.evlog --machine nan.js", 1, "the states cannot be shown: the state.n is NaN"),
    ("bisect shop.evlog --machine map.js", 0, "the state cannot be saved"),
    ("bisect shop.evlog --machine changes.js", 3, "invariant 'z': it changes what it looks at"),
    ("bisect shop.evlog --machine shop.js --to 99999999", 2, "There is no cut 99999999"),
    ("bisect shop.evlog --machine shop.js --run ./nowhere", 2, "cannot be run"),
    ("bisect shop.evlog --machine shop.js --run sh -c 'exit 200'", 3, "stopped the search"),
    ("bisect shop.evlog --machine shop.js --jobs 2", 2, "--jobs and --log are for --run"),
    ("bisect shop.evlog --machine shop.js --mode probe --run true", 2, "Choose --mode or --run"),
    ("bisect shop.evlog --machine shop.js --mode probe", 2, "cannot be judged at single cuts"),
    ("bisect shop.evlog --machine shop.js --log shop.js --run true", 2, "not a list of answers"),
    ("bisect shop.evlog --machine shop.js --log . --run true", 2, "is not a file"),
    ("state shop.evlog --machine shop.js --key A-7", 2, "--key is for machines"),
    ("state shop.evlog --machine keyed.js --key A-99", 2, "'A-99' has no state"),
    ("diff shop.evlog --machine shop.js 1", 2, "Say two cuts"),
    ("diff shop.evlog --machine shop.js one two", 2, "'one' is not a cut"),
    ("diff shop.evlog a.snapshot b.snapshot", 2, "evlog snapshot list"),
    ("snapshot drop shop.evlog", 2, "Name the snapshots or their machine, or say --all"),
    ("snapshot drop shop.evlog x.snapshot", 2, "has no snapshot 'x.snapshot'"),
    ("truncate shop.evlog", 2, "Missing expected argument '--to <cut>'"),
    ("truncate shop.evlog --to 99999999", 2, "Choose a cut from 0 to 12480"),
    ("truncate shop.evlog --to 7777", 2, "The nearest cuts: "),
    ("truncate shop.evlog --to 0 --drop 12", 2, "12480 events would go, not 12"),
    ("backup shop.evlog", 2, "Missing expected argument '<folder>'"),
    ("backup nowhere.evlog copy.evlog", 2, "There is no log here"),
    ("backup shop.evlog .", 2, "not an event log, and not empty"),
    ("restore shop.evlog shop.evlog", 2, "nothing is ever restored over a log"),
    ("restore shop.evlog new.evlog --to 7777", 2, "The nearest cuts: "),
    ("repair nowhere.evlog", 2, "There is no log here"),
    ("repair nowhere.evlog --apply", 2, "There is no log here"),
    ("repair shop.evlog --lose 3", 2, "--lose needs --apply"),
    ("repair shop.evlog --apply --lose 3", 2, "0 events cannot be read, not 3"),
    ("machine check broken.js", 2, "broken.js:2"),
    ("machine check other.js --log shop.evlog", 1, "UNKNOWN  OrderPlaced: "),
    ("machine check wrong.js", 2, "'initial' must be an object"),
  ]

  @Test func eachMistakeIsExplained() async throws {
    let place = try Workplace()
    try place.addShop()
    #expect(try await place.evlog("import", "shop.evlog", "events.ndjson.gz").status == 0)
    try place.write(
      "-- projection: a 1\nCREATE TABLE a (x);\n-- on: StockCounted\nINSERT INTO a VALUES (@sku);\n",
      to: "strange.sql")
    try place.write(
      "-- projection: a 1\n-- ignore: StockCounted\nINSERT INTO a VALUES (1);\n", to: "idle.sql")
    try place.write("machine('x', 1, {\n  initial: {,\n})", to: "broken.js")
    try place.write(
      "machine('x', 1, {initial: {}, on: {StockCounted: s => {}},"
        + " invariants: { a: always(s => true) }})", to: "other.js")
    try place.write(
      "machine('x', 1, {\n  initial: {},\n  on: { '*': (s, e) => {\n    null.field\n  } },\n"
        + "  invariants: { a: always(s => true) },\n})", to: "throws.js")
    try place.write(
      "machine('x', 1, {initial: {}, on: {'*': s => { while (true) {} }},"
        + " invariants: { a: always(s => true) }})", to: "loops.js")
    try place.write(
      "machine('x', 1, {initial: {n: 0}, key: e => e.data.sku ?? null, on: {'*': s => { s.n++ }}})",
      to: "keyed.js")
    try place.write("machine('x', 1, {initial: 7, on: {}})", to: "wrong.js")
    for (name, handler, invariant) in [
      ("nan.js", "s.n = e.offset < 77 ? 1 : NaN", "s.n >= 0"),
      ("map.js", "s.m = new Map()", "true"),
      ("changes.js", "s.n++", "(s.n = 0) === 0"),
    ] {
      try place.write(
        "machine('x', 1, {initial: {n: 0}, on: {'*': (s, e) => { \(handler) }},"
          + " invariants: {z: always(s => \(invariant))}})", to: name)
    }
    for (command, status, says) in Self.cases {
      let answer = try await place.shell("evlog \(command)")
      #expect(answer.status == status, "evlog \(command): \(answer.output)\(answer.error)")
      #expect(
        (answer.error + answer.output).contains(says),
        "evlog \(command): \(answer.output)\(answer.error)")
    }
  }

  @Test func aLockedLogSaysWhoHoldsIt() async throws {
    let place = try Workplace()
    let answer = try await place.shell(
      """
      evlog init a.evlog >/dev/null
      ((echo '{"stream":"s","type":"t"}'; until [ -e done ]; do sleep 0.1; done) \
        | evlog import a.evlog - >/dev/null) &
      until evlog doctor a.evlog --no-probe | grep -q 'one has the log open'; do sleep 0.1; done
      evlog append a.evlog --stream s --type t
      status=$?
      touch done
      exit $status
      """)
    #expect(answer.status == 74)
    #expect(answer.error.contains("is writing to the log"), "\(answer.error)")
  }

  @Test func aClosedPipeIsNoError() async throws {
    let place = try Workplace()
    try place.addShop()
    let answer = try await place.shell(
      "evlog import a.evlog events.ndjson.gz >/dev/null; evlog read a.evlog | head -1")
    #expect(answer.status == 0)
    #expect(answer.error.isEmpty, "\(answer.error)")
    #expect(answer.output.contains("StockCounted"))
  }

  @Test func damageHasItsOwnExitCode() async throws {
    let place = try Workplace()
    try place.addShop()
    try await place.evlog("import", "a.evlog", "events.ndjson.gz", "--seal")
    let file = "a.evlog/segments/00000000000000000000.sealed"
    var bytes = try place.bytes(of: file)
    bytes[20_000] ^= 4
    try Data(bytes).write(to: place.folder.appending(path: file))
    for command in ["verify a.evlog", "replay a.evlog --machine shop.js", "read a.evlog"] {
      let answer = try await place.shell("evlog \(command)")
      #expect(answer.status == 5, "\(command): \(answer.error)")
      #expect((answer.output + answer.error).contains("damaged"), "\(command): \(answer.error)")
    }
    // What is intact can be read all the same.
    #expect(try await place.evlog("read", "a.evlog", "--from", "12000").status == 0)
  }

  /// A cache that is not used is named for what it is.
  @Test func aSavedFileThatIsUnreadableIsSaid() async throws {
    let place = try Workplace()
    try place.addShop()
    try await place.evlog("import", "a.evlog", "events.ndjson.gz")
    try await place.evlog("snapshot", "create", "a.evlog", "--machine", "shop.js", "--at", "50")
    let folder = place.folder.appending(path: "a.evlog/snapshots")
    let file = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).first {
        $0.hasSuffix(".snapshot")
      })
    var bytes = try place.bytes(of: "a.evlog/snapshots/\(file)")
    bytes.removeLast()
    try Data(bytes).write(to: folder.appending(path: file))
    let answer = try await place.shell("evlog state a.evlog --machine shop.js --at 60")
    #expect(answer.status == 0)
    #expect(
      answer.error.contains("1 saved file is unreadable and is not used: it is damaged"),
      "\(answer.error)")
  }

  @Test func aTrapInACompiledMachineNamesTheEvent() async throws {
    let place = try Workplace()
    let lines = (1...3).map { i in
      #"{"stream":"a","type":"StockReserved","data":{"sku":"x","quantity":\#(i == 3 ? "9223372036854775807" : "-9223372036854775807"),"order":"o"}}"#
    }
    let answer = try await place.shell(
      "printf '%s\\n' '\(lines.joined(separator: "' '"))' | evlog import a.evlog - >/dev/null\n"
        + "evlog-shop replay a.evlog --machine Shop")
    #expect(
      answer.error.contains("trapped while it reduced the event at offset"), "\(answer.error)")
  }

  /// Every byte of a sealed segment counts, those of its indexes too.
  @Test func verifyReadsTheIndexes() async throws {
    let place = try Workplace()
    try place.addShop()
    try await place.evlog("import", "a.evlog", "events.ndjson.gz", "--seal")
    let file = "a.evlog/segments/00000000000000000000.sealed"
    let whole = try place.bytes(of: file)
    for distance in [230, 300, 500, 2000, 9000] {
      var bytes = whole
      bytes[bytes.count - distance] ^= 1
      try Data(bytes).write(to: place.folder.appending(path: file))
      #expect(try await place.evlog("verify", "a.evlog").status == 5, "\(distance)")
    }
  }

  @Test func aCommandNeedNotReadTheState() async throws {
    let place = try Workplace()
    try place.addShop()
    try await place.evlog("import", "a.evlog", "events.ndjson.gz")
    for _ in 0..<5 {
      let answer = try await place.shell("evlog bisect a.evlog --machine shop.js --run true")
      // Few cuts were asked: that none of them is bad is no proof.
      #expect(answer.status == 3, "\(answer.error)")
    }
  }

  @Test func aLogDoesNotControlTheTerminal() async throws {
    let place = try Workplace()
    let line = #"{"stream":"\u001b[31mred","type":"x\ny","data":"\u202e"}"#
    #expect(try await place.evlog("import", "a.evlog", "-", input: line).status == 0)
    let read = try await place.shell("evlog read a.evlog; evlog stats a.evlog")
    #expect(!read.output.unicodeScalars.contains { $0.value == 0x1B })
    #expect(read.output.contains(#"\u{1b}[31mred"#))
    #expect(read.output.contains(#"x\u{a}y"#))
  }

  /// Names and data that no machine's author would choose: the draft runs, and changes none of them.
  @Test func aDraftOfOddEventsRuns() async throws {
    let place = try Workplace()
    let lines = #"""
      {"stream":"a-1","type":"It's \"odd\"\n*/","data":{"__proto__":1,"constructor":"x","a b":true,"phase":"q"}}
      {"stream":"a-1","type":"constructor","data":{"n":12345678901234567890,"phase":"r","toString":null}}
      {"stream":"a-2","type":"__proto__","data":[1,2]}
      {"stream":"a-2","type":"line\u2028end","data":"text"}
      {"stream":"a-2","type":"é","data":{"é":1.5,"id":{"x":1}}}
      """#
    #expect(try await place.evlog("import", "odd.evlog", "-", input: lines).status == 0)
    let draft = try await place.evlog("machine", "new", "odd.evlog", "--out", "odd.js", "--json")
      .json()
    #expect(draft["events"] == .int(5))
    #expect(try await place.evlog("machine", "check", "odd.js", "--log", "odd.evlog").status == 0)
    #expect(
      try await place.evlog("replay", "odd.evlog", "--machine", "odd.js", "--check").status == 0)
    let state = try await place.evlog("state", "odd.evlog", "--machine", "odd.js", "--json").json()
    #expect(state["state"]?["a-1"]?["__proto__"] == .int(1))
    #expect(state["state"]?["a-1"]?["n"]?.canonicalText == "12345678901234567890")
    let again = try await place.evlog("machine", "new", "odd.evlog", "--out", "odd.js")
    #expect(again.status == 2 && again.error.contains("--force"))
  }

  /// A log may have more segments than a process may have open files.
  @Test func filesAreOpenedWhenTheyAreNeeded() async throws {
    let place = try Workplace()
    let answer = try await place.shell(
      """
      for i in $(seq 40); do
        evlog import a.evlog - --seal >/dev/null <<< '{"stream":"s","type":"t","data":'$i'}' || exit 9
      done
      ulimit -n 24
      evlog read a.evlog | wc -l && evlog append a.evlog --stream s --type t --expect s=39
      """)
    #expect(answer.status == 0, "\(answer.error)")
    #expect(answer.output.hasPrefix("40\n"), "\(answer.output)")
  }
}
