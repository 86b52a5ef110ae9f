import EvlogJSON
import Foundation
import Testing

/// Several logs looked at together.
@Suite struct GroupTests {
  private static let match = "StockHeld data.order -> PaymentTaken data.order"
  /// The cut at which a refund has not come, and the stock is released all the same.
  private static let badCut = "orders=14,payments=6,stock=8"

  // MARK: - Three services

  /// The three services of `Fixtures/services`, and their group.
  private func services(sealed: Bool = false) async throws -> Workplace {
    let place = try Workplace()
    let names = ["orders", "payments", "stock"]
    for name in ["services.js"] + names.map({ "\($0).ndjson" }) {
      try FileManager.default.copyItem(
        at: packageFolder.appending(path: "Fixtures/services/\(name)"),
        to: place.folder.appending(path: name))
    }
    for name in names {
      let seal = sealed ? ["--seal"] : []
      let answer = try await place.run(
        Workplace.binaries.appending(path: "evlog").path,
        ["import", "\(name).evlog", "\(name).ndjson"] + seal)
      #expect(answer.status == 0, "\(answer.error)")
    }
    let answer = try await makeGroup("services.group", stock: "stock.evlog", in: place)
    #expect(answer.status == 0, "\(answer.error)")
    return place
  }

  private func makeGroup(_ file: String, stock: String, in place: Workplace) async throws -> Answer
  {
    try await place.evlog(
      "group", "init", file, "orders=orders.evlog", "payments=payments.evlog", "stock=\(stock)",
      "--match", Self.match)
  }

  private func expect(
    _ status: Int32, _ command: String, in place: Workplace,
    location: SourceLocation = #_sourceLocation
  ) async throws -> Answer {
    let answer = try await place.shell("evlog \(command)")
    #expect(
      answer.status == status, "evlog \(command): \(answer.output)\(answer.error)",
      sourceLocation: location)
    return answer
  }

  private func finding(_ name: String, _ answer: Answer) throws -> JSONValue {
    let findings = try #require(try answer.json()["invariants"]?.arrayValue)
    return try #require(findings.first { $0["name"] == .string(name) })
  }

  /// A cut such as orders=14,payments=6 as JSON has it.
  private func vector(_ text: String) -> JSONValue {
    .object(
      text.split(separator: ",").map { part in
        let sides = part.split(separator: "=")
        return (String(sides[0]), .int(UInt64(sides[1]) ?? 0))
      })
  }

  /// What `Fixtures/services` is for.
  @Test func theRecordedOrderHidesADefect() async throws {
    let place = try await services()
    let services = "services.group --machine services.js"
    _ = try await expect(0, "bisect \(services)", in: place)
    let possibly = try await expect(1, "bisect \(services) --runs possibly --json", in: place)
    let broken = try finding("a paid order holds stock", possibly)
    #expect(broken["violated"] == .bool(true))
    #expect(broken["method"] == .string("enumeration"))
    #expect(broken["guarantee"] == .string("exact"))
    let first = try #require(broken["first"])
    #expect(first["cut"] == vector(Self.badCut))
    #expect(first["inOrder"] == .bool(false))
    #expect(first["event"]?["log"] == .string("stock"))
    #expect(first["event"]?["event"]?["id"] == .string("release-5"))
    #expect(first["forbiddenBy"]?["cause"]?["event"]?["id"] == .string("refund-5"))
    #expect(first["forbiddenBy"]?["effect"]?["event"]?["id"] == .string("release-5"))
    let never = try finding("orders and stock are never down at once", possibly)
    #expect(never["violated"] == .bool(false))
    #expect(never["method"] == .string("conjunctive"))

    let definitely = try await expect(0, "bisect \(services) --runs definitely --json", in: place)
    let always = try finding("a paid order holds stock", definitely)
    #expect(always["violated"] == .bool(false))

    // At the cut, every verb sees the violation that the recorded order does not have.
    let at = "\(services) --to \(Self.badCut)"
    let bisect = try await expect(1, "bisect \(at) --json", in: place)
    let found = try finding("a paid order holds stock", bisect)
    #expect(found["event"]?["id"] == .string("release-5"))
    let small = try await expect(1, "minimise \(at) --json", in: place).json()
    let kept = try #require(small["kept"]?.arrayValue).map { $0["event"]?["id"] }
    #expect(kept == [.string("hold-5"), .string("pay-5"), .string("release-5")])
    let state = try await expect(0, "state \(services) --at \(Self.badCut) --json", in: place)
      .json()
    #expect(state["state"]?["payments"]?["paid"]?["order-5"] == .int(15))
    #expect(state["state"]?["stock"]?["held"]?["order-5"] == nil)
    #expect(state["state"]?["inFlight"]?["order-7"]?["log"] == .string("stock"))
  }

  /// The edge that the answer names is the mend.
  @Test func theMissingEdgeMakesItImpossible() async throws {
    let place = try await services()
    let services = "--machine services.js --runs possibly --json"
    _ = try await place.shell(
      "sed 's/\"causation\":\"cancel-/\"causation\":\"refund-/' stock.ndjson > fixed.ndjson; "
        + "evlog import fixed.evlog fixed.ndjson")
    #expect(try await makeGroup("fixed.group", stock: "fixed.evlog", in: place).status == 0)
    let fixed = try await expect(0, "bisect fixed.group \(services)", in: place)
    #expect(
      try finding("a paid order holds stock", fixed)["violated"] == .bool(false))
    let refused = try await expect(
      6, "state fixed.group --machine services.js --at \(Self.badCut)", in: place)
    #expect(
      refused.error.contains("it has stock@7, but not payments@6, which caused it"),
      "\(refused.error)")

    // The same edges by a reference in the metadata.
    _ = try await place.shell(
      "sed 's/\"causation\":\"cancel-\\([0-9]*\\)\"/&,\"metadata\":{\"after\":\"refund-\\1\"}/' "
        + "stock.ndjson > told.ndjson; evlog import told.evlog told.ndjson")
    _ = try await expect(
      0,
      "group init told.group orders=orders.evlog payments=payments.evlog stock=told.evlog "
        + "--match '\(Self.match)' --cause metadata.after", in: place)
    let told = try await expect(0, "bisect told.group \(services)", in: place)
    #expect(try finding("a paid order holds stock", told)["violated"] == .bool(false))
  }

  /// Workers, sealing and a deleted cache change no answer.
  @Test func answersAreTheSameHoweverTheyAreFound() async throws {
    let plain = try await services()
    let sealed = try await services(sealed: true)
    for command in [
      "cut order services.group --json", "cut check services.group orders=13,payments=6,stock=8",
      "cut stats services.group",
      "bisect services.group --machine services.js --runs possibly --json",
      "bisect services.group --machine services.js --runs definitely --json",
      "bisect services.group --machine services.js --to \(Self.badCut) --json",
    ] {
      let workers = command.hasPrefix("bisect") ? [1, 2] : [0]
      var answers: Set<String> = []
      for workers in workers {
        for place in [plain, sealed] {
          let option = workers > 0 ? " --workers \(workers)" : ""
          let answer = try await place.shell("evlog \(command)\(option)")
          #expect([0, 1, 6].contains(answer.status), "\(command): \(answer.error)")
          answers.insert(Self.found(answer))
        }
      }
      // The clocks are read and ordered again.
      let workersAgain = command.hasPrefix("bisect") ? " --workers 2" : ""
      let again = try await plain.shell("rm services.group.clocks; evlog \(command)\(workersAgain)")
      #expect([0, 1, 6].contains(again.status), "\(command): \(again.error)")
      answers.insert(Self.found(again))
      #expect(answers.count == 1, "\(command)")
    }
  }

  /// An answer without what it took, and which cuts that names.
  private static func found(_ answer: Answer) -> String {
    answer.output.replacing(/"(seconds|work)":([0-9.e-]+|{[^}]*})/, with: "")
      .replacing(/"group":.*?,"invariants"/, with: "")
  }

  // MARK: - A history like any other

  private static let whole = """
    machine("whole", 1, {
      initial: { orders: {}, paid: {}, held: {}, deploying: [] },
      on: {
        OrderPlaced: (s, e) => { s.orders[e.data.order] = "placed" },
        OrderConfirmed: (s, e) => { s.orders[e.data.order] = "confirmed" },
        OrderCancelled: (s, e) => { delete s.orders[e.data.order] },
        PaymentTaken: (s, e) => { s.paid[e.data.order] = e.data.amount },
        PaymentRefunded: (s, e) => { delete s.paid[e.data.order] },
        StockHeld: (s, e) => { s.held[e.data.order] = e.data.sku },
        StockReleased: (s, e) => { delete s.held[e.data.order] },
        DeployBegan: (s, e) => { s.deploying.push(e.stream) },
        DeployEnded: (s, e) => { s.deploying = s.deploying.filter(d => d !== e.stream) },
      },
      regions: { of: s => s.deploying.length ? "deploying" : "up" },
      invariants: {
        "at most 17 are held": always(s => Object.keys(s.held).length <= 17),
        "what is paid was held": step((before, e) =>
          e.type !== "PaymentTaken" || e.data.order in before.held),
        "orders are placed once": history([], (memory, before, e) =>
          e.type !== "OrderPlaced"
            ? [memory, true] : [[...memory, e.data.order], !memory.includes(e.data.order)]),
      },
    })
    """

  /// Every question gets the answer of one log with the same events in the causal order.
  @Test(
    arguments: [
      (0, "read LOGS"), (0, "read LOGS --stream orders/order-5"),
      (0, "read LOGS --backwards --limit 7"),
      (0, "read LOGS --type StockHeld --from 30 --to 60"),
      (0, "state LOGS --machine whole.js --at 60"),
      (1, "replay LOGS --machine whole.js --check"),
      (1, "bisect LOGS --machine whole.js"),
      (1, "bisect LOGS --machine whole.js --violations"),
      (3, "bisect LOGS --machine whole.js --json --run grep -q order-1"),
      (1, "why LOGS --machine whole.js"),
      (0, "blame LOGS held --machine whole.js --at 80"),
      (1, "minimise LOGS --machine whole.js"),
      (1, "what-if LOGS --machine whole.js --drop 70"),
      (1, "bisect LOGS --machine whole.js --drop 7"),
      (1, "compare LOGS --machine whole.js --against other.js"),
      (0, "map LOGS --machine whole.js"),
      (0, "map LOGS --machine whole.js --by deploying"),
      (0, "audit LOGS --machine whole.js"),
      (1, "diff LOGS --machine whole.js 30 60"),
      (0, "debug LOGS --machine whole.js --at 20"),
      (0, "query LOGS 'SELECT offset, stream, type, data FROM events'"),
      (0, "query LOGS --at 40 'SELECT type, count(*) FROM events GROUP BY type ORDER BY type'"),
    ] as [(Int32, String)])
  func theCausalOrderIsAHistory(_ status: Int32, _ command: String) async throws {
    let place = try await services()
    try place.write(Self.whole, to: "whole.js")
    try place.write(
      Self.whole.replacing("length <= 17", with: "length <= 17 && !(\"order-20\" in s.paid)"),
      to: "other.js")
    let made = try await place.shell(
      """
      evlog read services.group --ndjson > order.ndjson
      evlog import one.evlog order.ndjson --ignore-field log
      printf 'n\\nn 3\\nv\\np paid\\nw held\\n' > steps
      """)
    #expect(made.status == 0, "\(made.error)")
    var answers: [[JSONValue]] = []
    for history in ["services.group", "one.evlog"] {
      let json = command.contains("--json") ? "" : " --json"
      let input = command.hasPrefix("debug") ? " < steps" : ""
      let answer = try await expect(
        status, command.replacing("LOGS", with: history) + json + input, in: place)
      answers.append(
        try answer.output.split(separator: "\n").map { line in
          Self.essence(
            try JSONParser.parse(String(line).replacing("one.evlog", with: "services.group")))
        })
    }
    #expect(!answers[0].isEmpty)
    #expect(answers[0] == answers[1])
  }

  /// Snapshots, kept verdicts and an index of writes lie beside the group's file, and change no answer, even
  /// where later events come before others in the order.
  @Test func cachesChangeNoAnswer() async throws {
    let place = try await services()
    try place.write(Self.whole, to: "whole.js")
    let made = try await place.shell(
      """
      evlog snapshot create services.group --machine whole.js --at 20 --at 60 --at 100
      evlog snapshot verify services.group --machine whole.js
      evlog index services.group --machine whole.js
      evlog bisect services.group --machine whole.js >&2
      """)
    #expect(made.output.matches(of: /saved cut/).count == 3, "\(made.output) \(made.error)")
    #expect(made.output.matches(of: /right/).count == 3, "\(made.output) \(made.error)")
    #expect(made.output.contains("indexed"), "\(made.output) \(made.error)")
    let questions = [
      "bisect", "replay --check", "state --at 60", "state", "blame held --at 80", "why",
      "diff 30 60",
    ]
    func answers(_ option: String) async throws -> [JSONValue] {
      var answers: [JSONValue] = []
      for question in questions {
        let words = question.split(separator: " ", maxSplits: 1)
        let answer = try await place.shell(
          "evlog \(words[0]) services.group \(words.dropFirst().joined()) --machine whole.js --json \(option)"
        )
        #expect([0, 1].contains(answer.status), "\(question): \(answer.error)")
        answers.append(Self.essence(try JSONParser.parse(answer.output)))
      }
      return answers
    }
    #expect(try await answers("") == answers("--no-snapshots"))
    let appended = try await place.shell(
      """
      printf '%s\\n' '{"stream":"late","type":"StockHeld","data":{"order":"late","sku":"x"},"time":"2000-01-01T00:00:00Z"}' |
        evlog append stock.evlog --file -
      evlog snapshot verify services.group --machine whole.js
      """)
    #expect(appended.status == 1 && appended.output.contains("other events"), "\(appended)")
    #expect(try await answers("") == answers("--no-snapshots"))
    let dropped = try await place.shell(
      "evlog snapshot drop services.group --all; ls services.group.snapshots")
    #expect(dropped.output.hasSuffix("snapshots\n"), "\(dropped)")
  }

  /// The tables of a group are kept beside its file, and refused once other events come first.
  @Test func tablesOfAGroupAreKept() async throws {
    let place = try await services()
    try place.write(
      """
      -- projection: held 1
      CREATE TABLE held (log TEXT NOT NULL, offset INTEGER NOT NULL, part TEXT NOT NULL);
      -- on: StockHeld, StockReleased
      INSERT INTO held VALUES (@stream, @offset, :order);
      -- ignore: OrderPlaced, OrderConfirmed, OrderCancelled, PaymentTaken, PaymentRefunded, DeployBegan, DeployEnded
      """, to: "held.sql")
    let count = "'SELECT count(*), max(offset), min(log) FROM held'"
    let run = try await place.shell(
      """
      evlog project run services.group --projection held.sql
      evlog project status services.group --projection held.sql
      evlog project verify services.group --projection held.sql
      ls services.group.projections/held/current
      evlog query services.group --projection held.sql \(count) --csv > kept
      evlog query services.group --projection held.sql --at 9999999 \(count) --csv 2> beyond
      evlog query services.group --csv "SELECT count(*), max(offset), min(stream) FROM events
        WHERE type IN ('StockHeld', 'StockReleased')" > counted
      tail -1 kept; tail -1 counted
      """)
    let lines = run.output.split(separator: "\n")
    #expect(
      lines.suffix(2).first == lines.last && run.output.contains("the tables are what"), "\(run)")
    let appended = try await place.shell(
      """
      printf '%s\\n' '{"stream":"late","type":"StockHeld","data":{"order":"late","sku":"x"},"time":"2000-01-01T00:00:00Z"}' |
        evlog append stock.evlog --file -
      evlog project run services.group --projection held.sql; echo $?
      evlog project rebuild services.group --projection held.sql; echo $?
      """)
    #expect(appended.error.contains("not the ones that were applied"), "\(appended)")
    #expect(appended.output.contains("\n2\n") && appended.output.hasSuffix("\n0\n"), "\(appended)")
  }

  /// Without what a log of its own has otherwise: the names of logs, turns, digests of files, caches,
  /// and what cuts and offsets are in the logs.
  private static func essence(_ value: JSONValue) -> JSONValue {
    let own = ["log", "turn", "seconds", "logDigest", "work", "group"]
    if let items = value.arrayValue { return .array(items.map(essence)) }
    guard case .object(let object) = value else { return value }
    return .object(
      object.members.filter { !own.contains($0.key) }.map { ($0.key, essence($0.value)) })
  }

  /// An event says whose it is, to scripts and in NDJSON.
  @Test func eventsKnowTheirLog() async throws {
    let place = try await services()
    let lines = try await expect(0, "read services.group --ndjson", in: place).output
    for line in lines.split(separator: "\n") {
      let event = try JSONParser.parse(String(line))
      let log = try #require(event["log"]?.stringValue)
      #expect(event["stream"]?.stringValue?.hasPrefix("\(log)/") == true)
    }
    try place.write(
      "machine('logs', 1, { initial: {}, on: { '*': (s, e) => { s[e.log] = (s[e.log] ?? 0) + 1 } } })",
      to: "logs.js")
    let state = try await expect(0, "state services.group --machine logs.js --json", in: place)
    #expect(
      try state.json()["state"]
        == .object([("orders", .int(53)), ("payments", .int(29)), ("stock", .int(30))]))
  }

  // MARK: - Two logs, by hand

  /// Two logs of three events each: a@1 → b@0 and b@1 → a@2 by causation, a@0 → b@1 by a message. The clock of b
  /// is slow. There are eight consistent cuts.
  private func pair() async throws -> Workplace {
    let place = try Workplace()
    func event(_ type: String, _ second: String, _ id: String, _ rest: String = "") -> String {
      #"{"stream":"s","type":"\#(type)","time":"2026-01-01T00:00:0\#(second)Z","id":"\#(id)"\#(rest)}"#
        + "\n"
    }
    try place.write(
      event("A", "1", "a0", #","data":{"sent":"m1"}"#)
        + event("A", "2", "a1", #","data":{"sent":"m2"}"#)
        + event("A", "6", "a2", #","causation":"b1""#), to: "a.ndjson")
    try place.write(
      event("B", "1.5", "b0", #","causation":"a1""#)
        + event("B", "5", "b1", #","data":{"got":"m1"}"#)
        + event("B", "7", "b2", #","data":{"sent":"m3"}"#), to: "b.ndjson")
    for name in ["a", "b"] {
      #expect(try await place.evlog("import", "\(name).evlog", "\(name).ndjson").status == 0)
    }
    _ = try await expect(
      0, "group init g.group a=a.evlog b=b.evlog --match 'data.sent -> data.got'", in: place)
    return place
  }

  @Test func everyCutIsWhatItIsByHand() async throws {
    let place = try await pair()
    // A cut with b@0 has a@1; one with a@2 has b@1.
    func isConsistent(_ a: Int, _ b: Int) -> Bool { (b == 0 || a >= 2) && (a < 3 || b >= 2) }
    var consistent: [(a: Int, b: Int)] = []
    for a in 0...3 { for b in 0...3 where isConsistent(a, b) { consistent.append((a, b)) } }
    #expect(consistent.count == 8)
    for a in 0...3 {
      for b in 0...3 {
        let isGood = isConsistent(a, b)
        let answer = try await expect(
          isGood ? 0 : 6, "cut check g.group a=\(a),b=\(b) --json", in: place
        ).json()
        #expect(answer["command"] == .string("cut check"))
        #expect(answer["consistent"] == .bool(isGood))
        #expect((answer["edge"] == .null) == isGood)
        // The greatest and the least of all consistent cuts below and above.
        let below = consistent.filter { $0.a <= a && $0.b <= b }.max { $0.a + $0.b < $1.a + $1.b }
        let above = consistent.filter { $0.a >= a && $0.b >= b }.min { $0.a + $0.b < $1.a + $1.b }
        let (low, high) = (try #require(below), try #require(above))
        #expect(answer["below"] == vector("a=\(low.a),b=\(low.b)"))
        #expect(answer["above"] == vector("a=\(high.a),b=\(high.b)"))
        let nearest = try await expect(0, "cut nearest g.group a=\(a),b=\(b)", in: place)
        #expect(
          nearest.output == "below  a=\(low.a),b=\(low.b)\nabove  a=\(high.a),b=\(high.b)\n")
      }
    }
  }

  @Test func whatCutsAnswer() async throws {
    let place = try await pair()
    func says(_ status: Int32, _ command: String, _ lines: String...) async throws {
      let answer = try await expect(status, command, in: place)
      #expect(answer.output == lines.map { $0 + "\n" }.joined(), "\(command)")
    }
    try await says(0, "cut check g.group b=1,a=2", "CONSISTENT")
    try await says(
      6, "cut check g.group a=1,b=1", "INCONSISTENT  b@0 B was caused by a@1 A", "  below  a=1,b=0",
      "  above  a=2,b=1")
    try await says(0, "cut nearest g.group a=3,b=1 --below", "a=2,b=1")
    try await says(0, "cut nearest g.group a=3,b=1 --above", "a=3,b=2")
    try await says(0, "cut of g.group b@2", "a=2,b=3")
    try await says(0, "cut of g.group a@2", "a=3,b=2")
    try await says(0, "cut of g.group b@0 a@0", "a=2,b=1")
    try await says(
      6, "cut at g.group 2026-01-01T00:00:01.7Z", "2026-01-01T00:00:01.700000000Z: a=1,b=1",
      "INCONSISTENT  b@0 B was caused by a@1 A", "  below  a=1,b=0", "  above  a=2,b=1")
    try await says(
      0, "cut at g.group 2026-01-01T00:00:02.5Z", "2026-01-01T00:00:02.500000000Z: a=2,b=1",
      "CONSISTENT")
    try await says(
      0, "cut in-flight g.group a=1,b=0", "'m1'  sent a@0 A, received b@1 B",
      "1 message in flight at a=1,b=0")
    try await says(
      0, "cut in-flight g.group a=3,b=3", "'m2'  sent a@1 A, never received",
      "'m3'  sent b@2 B, never received", "2 messages in flight at a=3,b=3")
    try await says(
      0, "cut stats g.group", "6 events in 2 logs: a 3, b 3",
      "  edges         3, into 3 events (50.0 %)", "  messages      3 sent",
      "  concurrent    1 pair of events", "  corrections   1 of the order, by edges",
      "  contradicted  1 edge with a cause that is later than its effect, first: b@0 B was caused by a@1 A"
    )
    let order = try await expect(0, "cut order g.group --json", in: place).json()
    let rows = try #require(order["order"]?.arrayValue).map { row in
      "\(row["log"]?.stringValue ?? "")@\(row["offset"]?.canonicalText ?? "")"
    }
    #expect(rows == ["a@0", "a@1", "b@0", "b@1", "a@2", "b@2"])
    #expect(order["corrections"] == .int(1))
    let part = try await expect(0, "cut order g.group --from 4 --limit 1", in: place)
    #expect(
      part.output == "        4  a@2           2026-01-01T00:00:06.000000000Z  a/s  A  \n")
    #expect(part.error.contains("6 events, 1 correction"))
    let stats = try await expect(0, "cut stats g.group --json", in: place).json()
    for (key, count) in [
      ("events", 6), ("edges", 3), ("eventsWithEdges", 3), ("transactions", 0),
      ("unresolvedReferences", 0), ("clockHoles", 0), ("messages", 3), ("concurrentPairs", 1),
      ("corrections", 1), ("contradictions", 1),
    ] {
      #expect(stats[key] == .int(count), "\(key)")
    }
  }

  private static let counting = """
    machine("m", 1, {
      logs: {
        a: { initial: { n: 0 }, on: { A: s => { s.n++ } } },
        b: { initial: { n: 0 }, on: { B: s => { s.n++ } } },
      },
      invariants: {
        "fewer than 5": always(s => s.a.n + s.b.n < 5),
        "b is not ahead": never({ a: s => s.n === 2, b: s => s.n === 3 }),
        "a step": step(() => true),
      },
    })
    """

  /// A cut of a group as one names it.
  @Test func cutsAreWrittenAsVectors() async throws {
    let place = try await pair()
    try place.write(Self.counting, to: "m.js")
    let state = "state g.group --machine m.js --json --at"
    // The recorded order does not pass a=2,b=3.
    for (a, b) in [(0, 0), (2, 1), (2, 3), (3, 2), (3, 3)] {
      let answer = try await expect(0, "\(state) b=\(b),a=\(a)", in: place).json()
      #expect(answer["cut"] == .int(a + b))
      #expect(answer["state"]?["a"]?["n"] == .int(a))
      #expect(answer["state"]?["b"]?["n"] == .int(b))
    }
    for (cut, status, says) in [
      ("a=1,b=1", 6, "it has b@0, but not a@1, which caused it"),
      ("a=2", 2, "does not say where it is in 'b'"),
      ("a=2,b=1,c=1", 2, "names 'c'"),
      ("a=2,b=9", 2, "'b' has 3 events, so there is no cut 9 of it"),
      ("9", 2, "There is no cut 9: the last one is 6"),
    ] as [(String, Int32, String)] {
      let answer = try await expect(status, "\(state) \(cut)", in: place)
      #expect(answer.error.contains(says), "\(cut): \(answer.error)")
    }
    // One order does not pass every cut: it is never another one in silence.
    for command in [
      "snapshot create g.group --machine m.js --at a=2,b=3",
      "read g.group --from a=2,b=3 --to a=3,b=2",
    ] {
      let refused = try await expect(2, command, in: place)
      #expect(refused.error.contains("does not pass the cut a=2,b=3"), "\(refused.error)")
    }
    let garbage = try await expect(2, "read m.js", in: place)
    #expect(garbage.error.contains("m.js: This is not the file of a group"), "\(garbage.error)")
    #expect(garbage.error.contains("evlog import LOG m.js"), "\(garbage.error)")
    let log = try await expect(2, "state a.evlog --machine m.js --at a=2,b=1", in: place)
    #expect(log.error.contains("is of a group as it is recorded"), "\(log.error)")
    let diff = try await expect(1, "diff g.group --machine m.js --paths a=2,b=3 a=3,b=2", in: place)
    #expect(diff.output.contains("~ a.n  2 → 3") && diff.output.contains("~ b.n  3 → 2"))
    // What to ask next is about the same run.
    let bisect = try await expect(1, "bisect g.group --machine m.js --to a=2,b=3", in: place)
    #expect(bisect.output.contains("evlog diff g.group --machine m.js a=2,b=2 a=2,b=3"))
    #expect(bisect.output.contains("--invariant 'b is not ahead' --to a=2,b=3"))
  }

  @Test func threeStrengths() async throws {
    let place = try await pair()
    try place.write(Self.counting, to: "m.js")
    let bisect = "bisect g.group --machine m.js --json"
    let possibly = try await expect(1, "\(bisect) --runs possibly", in: place)
    #expect(try finding("fewer than 5", possibly)["first"]?["cut"] == vector("a=3,b=2"))
    #expect(try finding("fewer than 5", possibly)["first"]?["inOrder"] == .bool(true))
    #expect(try finding("b is not ahead", possibly)["first"]?["cut"] == vector("a=2,b=3"))
    let step = try finding("a step", possibly)
    #expect(step["violated"] == .null && step["guarantee"] == .string("none"))
    // Every run has five events at some time; only one of two has b ahead.
    let definitely = try await expect(1, "\(bisect) --runs definitely", in: place)
    #expect(try finding("fewer than 5", definitely)["violated"] == .bool(true))
    #expect(try finding("b is not ahead", definitely)["violated"] == .bool(false))
    let inOrder = try await expect(1, "\(bisect) --runs in-order", in: place)
    #expect(try finding("fewer than 5", inOrder)["violated"] == .bool(true))
    #expect(try finding("b is not ahead", inOrder)["violated"] == .bool(false))
    // One cut is too few to know.
    let limited = try await expect(
      3, "\(bisect) --runs possibly --limit 1 --invariant 'fewer than 5'", in: place)
    #expect(try finding("fewer than 5", limited)["guarantee"] == .string("bounded"))
  }

  /// An invariant that is told apart by log has the answer of one that looks at all logs at once, found faster.
  @Test func partsSayWhatTheWholeSays() async throws {
    let place = try await services()
    let script = String(decoding: try place.bytes(of: "services.js"), as: UTF8.self)
    let start = try #require(script.range(of: "  invariants: {"))
    let down = "s => s.deploying"
    let open = "s => Object.keys(s.open).length", paid = "s => -Object.keys(s.paid).length"
    var invariants = ""
    for n in 0..<3 {
      invariants += """
            "down \(n)": atMost(\(n), { orders: \(down), payments: \(down), stock: \(down) }),
            "down \(n), all": always(s =>
              [s.orders, s.payments, s.stock].filter(\(down)).length <= \(n)),

        """
    }
    for (least, most) in [("0", "Infinity"), ("2", "Infinity"), ("-Infinity", "2"), ("-2", "20")] {
      invariants += """
            "sum \(least) \(most)": sumWithin(\(least), \(most), { orders: \(open), payments: \(paid) }),
            "sum \(least) \(most), all": always(({ orders, payments }) => {
              const sum = (\(open))(orders) + (\(paid))(payments)
              return \(least) <= sum && sum <= \(most)
            }),

        """
    }
    try place.write(
      script[..<start.lowerBound] + "  invariants: {\n\(invariants)  },\n})\n", to: "parts.js")
    var violated = 0
    for runs in ["in-order", "possibly", "definitely"] {
      let answer = try await place.shell(
        "evlog bisect services.group --machine parts.js --runs \(runs) --json --no-snapshots")
      #expect([0, 1].contains(answer.status), "\(answer)")
      let found = try #require(try JSONParser.parse(answer.output)["invariants"]?.arrayValue)
      let byName = Dictionary(
        uniqueKeysWithValues: found.map { ($0["name"]?.stringValue ?? "", $0) })
      for (name, whole) in byName where name.hasSuffix(", all") {
        let parts = try #require(byName[String(name.dropLast(5))])
        #expect(parts["violated"] == whole["violated"], "\(runs): \(name)")
        #expect(parts["first"]?["cut"] == whole["first"]?["cut"], "\(runs): \(name)")
        if runs == "possibly" {
          #expect(whole["method"] == .string("enumeration") && parts["method"] == .string("flow"))
          if whole["violated"] == .bool(true) { violated += 1 }
        }
      }
    }
    #expect((2..<7).contains(violated))
    for (wrong, says) in [
      ("atMost(2, { orders: s => true })", "less than the number of its conditions"),
      ("sumWithin(2, 1, { orders: s => 1 })", "the lesser one first"),
      ("never({})", "a function for each of some logs"),
    ] {
      try place.write(
        script[..<start.lowerBound] + "  invariants: { wrong: \(wrong) },\n})\n", to: "wrong.js")
      let answer = try await expect(
        2, "bisect services.group --machine wrong.js --runs possibly", in: place)
      #expect(answer.error.contains(says), "\(answer.error)")
    }
  }

  /// A group can be named by its file, or by its logs, wherever a log can.
  @Test func spellingsOfAGroup() async throws {
    let place = try await pair()
    _ = try await expect(0, "group init plain.group a=a.evlog b=b.evlog", in: place)
    for command in ["read", "cut order", "cut stats"] {
      var outputs: Set<String> = []
      for group in [
        "plain.group", "--group plain.group", "--group=plain.group", "a=a.evlog,b=b.evlog",
        "--log a=a.evlog --log b=b.evlog", "--log=a=a.evlog --log=b=b.evlog",
      ] {
        outputs.insert(try await expect(0, "\(command) \(group) --json", in: place).output)
      }
      #expect(outputs.count == 1, "\(command)")
    }
    // Paths are those of the group's file, wherever it is read.
    let elsewhere = try await expect(
      0, "--version && mkdir sub && cd sub && evlog cut stats ../g.group", in: place)
    #expect(elsewhere.output.contains("6 events in 2 logs"))
    // A group of one log is its log.
    _ = try await expect(0, "group init one.group b=a.evlog --dangling count", in: place)
    _ = try await expect(0, "cut check one.group b=2", in: place)
    let stats = try await expect(0, "cut stats one.group --json", in: place).json()
    #expect(stats["events"] == .int(3) && stats["concurrentPairs"] == .int(0))
    #expect(stats["unresolvedReferences"] == .int(1))
    // One stream of a log is a line as well.
    _ = try await expect(
      0, "group init streams.group a=a.evlog#s 'x=b.evlog#*' --match 'data.sent -> data.got'",
      in: place)
    let lines = try await expect(0, "cut stats streams.group --json", in: place).json()
    #expect(
      lines["logs"]?.arrayValue?.map { $0["name"] } == [.string("a"), .string("s")])
    // What is there is not written over.
    _ = try await expect(2, "group init one.group b=b.evlog --dangling count", in: place)
    _ = try await expect(0, "group init one.group b=b.evlog --dangling count --force", in: place)
  }

  // MARK: - Mistakes

  @Test func eachMistakeIsExplained() async throws {
    let place = try await pair()
    try place.write(Self.counting, to: "m.js")
    for (name, lines) in [
      ("cycle-a", [#""id":"a0","causation":"b1""#, #""id":"a1""#]),
      ("cycle-b", [#""id":"b0","causation":"a1""#, #""id":"b1""#]),
      ("again", [#""id":"a1""#]), ("dangling", [#""id":"z0","causation":"zz""#]),
    ] {
      let text = lines.map { #"{"stream":"s","type":"T",\#($0)}"# + "\n" }.joined()
      #expect(try await place.evlog("import", "\(name).evlog", "-", input: text).status == 0)
    }
    for (name, text) in [
      ("garbage", "garbage\n"), ("empty", "{}"),
      ("newer", #"{"evlogGroup":2,"logs":["a=a.evlog"]}"#),
      ("gone", #"{"evlogGroup":1,"logs":["a=gone.evlog"]}"#),
      ("strange", #"{"evlogGroup":1,"logs":["a=a.evlog"],"colour":1}"#),
      ("none", #"{"evlogGroup":1,"logs":[]}"#),
    ] {
      try place.write(text, to: "\(name).group")
    }
    let make = "group init new.group"
    let cases: [(String, Int32, String)] = [
      ("\(make) a", 2, "'a' is not a name and a log"),
      ("\(make) a=gone.evlog", 2, "There is no log here"),
      ("\(make) x/y=a.evlog", 2, "The name 'x/y' holds '/'"),
      ("\(make) b=b.evlog b=a.evlog", 2, "The name 'b' is there twice"),
      ("\(make) a=a.evlog b=b.evlog --cause cause", 2, "--cause 'cause' is not a field"),
      ("\(make) a=a.evlog b=b.evlog --match data.sent", 2, "is not two fields"),
      ("\(make) a=a.evlog b=b.evlog --order lamport", 2, "--order 'lamport' is not a field"),
      ("\(make) a=a.evlog b=b.evlog --order data.n", 2, "a@0 has nothing in data.n"),
      ("\(make) a=a.evlog#other b=b.evlog --clock data.clock", 6, "b@0 names 'a1' as its cause"),
      ("\(make) 'a=a.evlog#other*'", 2, "has no stream that begins with 'other'"),
      ("\(make) a=cycle-a.evlog b=cycle-b.evlog", 6, "a@0 names b@1 as its cause"),
      ("\(make) a=a.evlog b=b.evlog c=dangling.evlog", 6, "c@0 names 'zz' as its cause"),
      ("\(make) a=a.evlog b=b.evlog c=again.evlog", 6, "names 'a1' as its cause, an id that"),
      ("group init g.group a=a.evlog b=b.evlog", 2, "--force"),
      ("read garbage.group", 2, "This is not the file of a group"),
      ("cut stats empty.group", 2, "it has no member \"evlogGroup\""),
      ("cut stats newer.group", 2, "has version 2; this evlog knows 1"),
      ("cut stats gone.group", 2, "There is no log here"),
      ("cut stats strange.group", 2, "has a member \"colour\""),
      ("cut stats none.group", 2, "A group needs a log"),
      ("cut stats nowhere.group", 2, "evlog group init nowhere.group"),
      ("cut stats a.evlog", 2, "a.evlog is not a group's file"),
      ("cut check g.group 5", 2, "is not a name and a number"),
      ("cut check g.group a=1,b=x", 2, "'x' in the cut 'a=1,b=x' is not a number of events"),
      ("cut check g.group a=1", 2, "does not say where it is in 'b'"),
      ("cut check g.group a=9,b=0", 2, "'a' has 3 events"),
      ("cut nearest g.group a=1,b=1 --above --below", 2, "Choose --below or --above"),
      ("cut of g.group b@9", 2, "There is no event b@9"),
      ("cut of g.group c@0", 2, "Its logs: a, b"),
      ("cut at g.group soon", 2, "'soon' is not a time"),
      ("cut in-flight a=a.evlog,b=b.evlog a=0,b=0", 2, "The group matches no messages"),
      ("cut order g.group --limit=-1", 2, "--limit must not be negative"),
      ("read --group", 2, "--group needs the file of one group"),
      ("read --group g.group --log a=a.evlog", 2, "Choose --group or --log"),
      ("stats g.group", 2, "g.group is a group of logs, and this verb is about one log"),
      ("verify g.group", 2, "g.group is a group of logs, and this verb is about one log"),
      ("state a.evlog --machine m.js", 3, "the machine is for a group of logs"),
      ("bisect a.evlog --machine m.js --runs possibly", 2, "Only a group of logs has other runs"),
      ("bisect g.group --machine m.js --runs possibly --to 3", 2, "--runs cannot be combined"),
      ("bisect g.group --machine m.js --limit 9", 2, "--limit is for --runs"),
      ("bisect g.group --machine m.js --runs never", 2, "'in-order', 'possibly' or 'definitely'"),
    ]
    for (command, status, says) in cases {
      let answer = try await expect(status, command, in: place)
      #expect((answer.error + answer.output).contains(says), "\(command): \(answer.error)")
    }
    #expect(!FileManager.default.fileExists(atPath: place.folder.path + "/new.group"))
    // What leads nowhere can be counted instead.
    let counted = try await expect(
      0, "\(make) a=a.evlog b=b.evlog c=dangling.evlog --dangling count --json", in: place)
    #expect(try counted.json()["unresolvedReferences"] == .int(1))
  }
}
