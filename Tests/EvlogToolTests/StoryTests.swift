import EvlogJSON
import Foundation
import Testing

/// The whole job on the shop's events: what each verb prints, for people and for programs.
@Suite struct StoryTests {
  private func shop() async throws -> Workplace {
    let place = try Workplace()
    try place.addShop()
    let answer = try await place.evlog("import", "shop.evlog", "events.ndjson.gz", "--seal")
    #expect(answer.status == 0, "\(answer.error)")
    return place
  }

  @Test func everyVerbSaysWhatItSaid() async throws {
    let place = try await shop()
    var text = ""
    func step(_ expected: Int32, _ command: String) async throws {
      let answer = try await place.shell("evlog \(command)")
      #expect(answer.status == expected, "evlog \(command): \(answer.error)")
      text += "$ evlog \(command)\n\(answer.output)\(answer.error)\n"
    }
    try await step(0, "import shop.evlog events.ndjson.gz --batch 700")
    try await step(0, "stats shop.evlog --top 3")
    try await step(0, "verify shop.evlog")
    try await step(1, "bisect shop.evlog --no-snapshots --machine shop.js")
    try await step(
      1,
      "bisect shop.evlog --no-snapshots --machine shop.js --expr 's.stock[\"A-12\"]?.available !== -5'"
    )
    try await step(
      0,
      "bisect shop.evlog --no-snapshots --machine shop.js --invariant 'only what is reserved is shipped'"
    )
    try await step(
      1,
      "bisect shop.evlog --no-snapshots --machine shop.js --to 7800 --run grep -vq 'available.:-'")
    try await step(
      1,
      "bisect shop.evlog --no-snapshots --machine shop.js --to 7800 --mode probe --invariant 'never oversell'"
    )
    try await step(
      1,
      "bisect shop.evlog --no-snapshots --machine shop.js --to 7800 --mode auto --invariant 'never oversell'"
    )
    for jobs in [3, 1] {
      try await step(
        1,
        "bisect shop.evlog --no-snapshots --machine shop.js --to 7800 --jobs \(jobs) --log answers.ndjson --run grep -vq 'available.:-'"
      )
    }
    try await step(1, "diff shop.evlog --no-snapshots --machine shop.js 7777 7778")
    try await step(0, "diff shop.evlog --no-snapshots --machine shop.js 8000 8000")
    try await explain(place, step)
    try await step(0, "read shop.evlog --from 7775 --to 7778")
    try await step(0, "read shop.evlog --stream order-2394 --ndjson")
    try await step(0, "read shop.evlog --type StockReserved --backwards --limit 2")
    try await step(
      0, "read shop.evlog --since 2026-03-01T10:48:00Z --until 2026-03-01T10:48:03Z")
    try await step(
      0, "read shop.evlog --from 2026-03-01T10:48:00Z --to 2026-03-01T10:48:03Z")
    try await step(0, "stats shop.evlog --segments --top 0")
    try await step(0, "state shop.evlog --no-snapshots --machine shop.js --at 2026-03-01T08:00:02Z")
    try await step(
      1,
      "diff shop.evlog --paths --no-snapshots --machine shop.js 2026-03-01T10:48:05Z 7778")
    try await step(0, "export shop.evlog - --from 7776 --to 7778")
    try await step(0, "export shop.evlog all.ndjson.gz")
    try await step(2, "export shop.evlog all.ndjson.gz")
    try await step(0, "export shop.evlog all.ndjson.gz --force --stream order-2394")
    try await step(0, "tail shop.evlog --limit 2")
    try await step(0, "state shop.evlog --no-snapshots --machine shop.js --at 3")
    try await step(0, "replay shop.evlog --no-snapshots --machine shop.js --at 7778")
    try await step(1, "replay shop.evlog --no-snapshots --machine shop.js --check")
    try await step(0, "snapshot create shop.evlog --machine shop.js --at 7777 --at 7778")
    try await step(0, "snapshot list shop.evlog")
    try await step(0, "snapshot verify shop.evlog --machine shop.js")
    try await step(
      1, "diff shop.evlog --paths $(cd shop.evlog/snapshots; ls *7777.snapshot *7778.snapshot)")
    try await step(0, "snapshot drop shop.evlog --all")
    try await step(0, "machine check shop.js --log shop.evlog")
    try await project(step)
    try await keep(place, step)
    try await step(
      0, "append shop.evlog --stream sku-A-7 --type StockCounted --data '{}' --turn t1")
    try await step(
      0, "append shop.evlog --stream sku-A-7 --type StockCounted --data '{}' --turn t1")
    try await step(
      1, "append shop.evlog --stream sku-A-7 --type StockCounted --data '[]' --turn t1")
    try await step(
      1, "append shop.evlog --stream sku-A-7 --type StockCounted --expect sku-A-7=none")
    try expectGolden(text, "story")
  }

  /// One object for each command of a conversation.
  @Test func aConversationAnswersInJSON() async throws {
    let place = try await shop()
    let answer = try await place.shell(
      "printf 'v\\np stock[\"A-7\"].available\\nx\\n' | "
        + "evlog debug shop.evlog --machine shop.js --no-snapshots --json")
    #expect(answer.status == 0)
    try expectGolden(answer.output, "debug-json")
    let lines = answer.output.split(separator: "\n")
    #expect(lines.count == 4)
    for line in lines {
      #expect(try JSONParser.parse(String(line))["command"] == .string("debug"))
    }
  }

  /// The test that is written is the one that `ForensicsTests` has.
  private func checkEmitted(_ place: Workplace) throws {
    let emitted = String(
      decoding: try place.bytes(of: "small/ReproductionTests.swift"), as: UTF8.self)
    let kept = try String(
      contentsOf: packageFolder.appending(path: "Tests/EvlogForensicsTests/Emitted.swift"),
      encoding: .utf8)
    func essence(_ text: String) -> String {
      text.replacing("@Test func", with: "func").replacing("\"shop.js\"", with: "shopMachine")
        .replacing("#if JavaScript", with: "").replacing("#endif", with: "")
        .filter { !$0.isWhitespace }
    }
    #expect(essence(emitted) == essence(kept))
  }

  /// From the event to its reason.
  private func explain(_ place: Workplace, _ step: (Int32, String) async throws -> Void)
    async throws
  {
    let shop = "shop.evlog --no-snapshots --machine shop.js"
    try await step(0, "blame \(shop) 'stock[\"A-7\"].available' --at 7778")
    try await step(0, "blame \(shop) 'stock[\"A-7\"]' --at 7778 --history --limit 2")
    try await step(0, "blame \(shop) stock --at 0")
    try await step(2, "blame \(shop) 'stock[\"Z-9\"]'")
    try await step(0, "index shop.evlog --machine shop.js")
    try await step(0, "index shop.evlog --machine shop.js")
    try await step(0, "blame shop.evlog 'stock[\"A-7\"].available' --machine shop.js")
    try await step(0, "index shop.evlog --machine shop.js --drop")
    try await step(2, "index shop.evlog --machine shop.js --no-snapshots")
    try await step(0, "snapshot drop shop.evlog --all")
    try await step(1, "why \(shop)")
    try await step(1, "why \(shop) --offset 9119 --depth 2")
    _ = try await place.shell(
      "printf 'n\\nn 3\\n\\nb\\nv\\nV\\ni\\nw stock[\"A-7\"].available\\nW stock[\"A-7\"]\\n"
        + "p stock[\"A-7\"].available\\ny\\nv\\ny\\ne\\nx\\ng 99999\\nn x\\nk a\\nw a..b\\ng end\\nn\\nh\\nq\\nn\\n' > steps"
    )
    try await step(0, "debug \(shop) < steps")
    try await step(
      0,
      "debug shop.evlog --no-snapshots --machine orders.js --at 7778 < <(printf 'k\\np\\nw status\\nW status\\n')"
    )
    try await step(1, "minimise \(shop) --out small")
    try checkEmitted(place)
    try await step(1, "bisect small/log.evlog --no-snapshots --machine shop.js")
    _ = try await place.shell("evlog import again.evlog small/events.ndjson")
    try await step(1, "bisect again.evlog --no-snapshots --machine shop.js")
    try await step(
      1, "minimise \(shop) --invariant 'never oversell' --policy closure --to 7800")
    try await step(1, "what-if \(shop) --drop 7777")
    try await step(
      1,
      "what-if \(shop) --replace '7777:{\"data\":{\"sku\":\"A-7\",\"quantity\":4,\"order\":\"order-2394\"}}'"
    )
    try await step(0, "what-if \(shop) --drop type=PageViewed --to 9000")
    _ = try await place.shell("sed 's/i.available -= /i.available -= 0 + /' shop.js > same.js")
    try await step(0, "compare \(shop) --against same.js")
    _ = try await place.shell(
      "sed 's/i.available -= e.data.quantity/i.available = Math.max(0, i.available - e.data.quantity)/' shop.js > kind.js"
    )
    try await step(1, "compare \(shop) --against kind.js")
    try await step(0, "machine new shop.evlog --out draft.js")
    try await step(0, "machine check draft.js --log shop.evlog")
    try await step(0, "map shop.evlog --no-snapshots --machine draft.js")
    try await step(0, "refine shop.evlog --no-snapshots --machine same.js --old shop.js")
    try await step(
      1, "refine shop.evlog --no-snapshots --machine kind.js --old shop.js --seconds 600")
    try await step(0, "audit \(shop) --to 1000")
    _ = try await place.shell(
      "sed 's/^machine/let calls = 0;machine/; s/^    OrderShipped.*/&s.calls = ++calls;/' shop.js > leaky.js"
    )
    try await step(4, "audit shop.evlog --machine leaky.js --to 1000")
    let orders = "shop.evlog --no-snapshots --machine orders.js"
    try await step(0, "map \(orders)")
    try await step(0, "map \(orders) --probe --trials 3")
    try await step(0, "map \(orders) --to 8000 --all --html map.html")
    try await step(2, "map \(shop)")
    try await step(0, "map \(shop) --by 'stock[\"A-7\"].available' --to 30")
    _ = try await place.shell(
      "evlog map \(orders) --to 8000 --json > map.json; sed s/placed:.*/placed:{}\\,/ orders.js > less.js"
    )
    try await step(0, "map \(orders) --check map.json --diff map.json")
    try await step(
      1, "map shop.evlog --no-snapshots --machine less.js --check map.json --diff map.json")
  }

  /// Tables of the shop's stock.
  private func project(_ step: (Int32, String) async throws -> Void) async throws {
    let stock = "shop.evlog --projection stock.sql"
    try await step(0, "project run \(stock)")
    try await step(0, "project run \(stock)")
    try await step(0, "project status \(stock)")
    try await step(0, "query \(stock) --at 7778 'SELECT * FROM stock WHERE available < 0'")
    try await step(0, "query \(stock) 'SELECT count(*), sum(available) FROM stock'")
    try await step(0, "project verify \(stock)")
    try await step(0, "project rebuild \(stock)")
    try await step(
      0, "query shop.evlog 'SELECT type, count(*) AS events FROM events GROUP BY type ORDER BY 2'")
    try await step(
      0,
      "query shop.evlog --csv --at 7778 \"SELECT offset, time, data FROM events WHERE stream = 'order-2394'\""
    )
  }

  /// Copies, cuts and repairs the shop's log, and copies of it.
  private func keep(_ place: Workplace, _ step: (Int32, String) async throws -> Void) async throws {
    try await step(0, "backup shop.evlog copy.evlog")
    try await step(0, "backup shop.evlog copy.evlog")
    try await step(0, "restore copy.evlog back.evlog --to 12000")
    try await step(1, "truncate back.evlog --to 11000")
    try await step(0, "truncate back.evlog --to 11000 --drop 1000")
    try await step(0, "truncate back.evlog --to 11000")
    try await step(2, "backup back.evlog copy.evlog")
    try await step(0, "repair back.evlog")
    _ = try await place.shell(
      "rm copy.evlog/EVLOG; truncate -s -1 copy.evlog/segments/00000000000000000000.sealed")
    try await step(1, "repair copy.evlog")
    try await step(0, "repair copy.evlog --apply")
    try await step(0, "verify copy.evlog --deep")
    try await step(0, "seal copy.evlog")
    // A byte of a block: all of the block is lost.
    _ = try await place.shell(
      "printf X | dd of=copy.evlog/segments/00000000000000000000.sealed bs=1 seek=9000 conv=notrunc"
    )
    try await step(1, "repair copy.evlog")
    try await step(5, "repair copy.evlog --apply")
    try await step(0, "repair copy.evlog --apply --lose 2178")
    try await step(0, "read copy.evlog --from 2177 --to 2179")
    try await step(0, "repair copy.evlog")
  }

  @Test func everyVerbAnswersInJSON() async throws {
    let place = try await shop()
    var text = ""
    for (expected, command): (Int32, String) in [
      (0, "init new.evlog"), (0, "append new.evlog --stream s --type t --time 2026-01-01"),
      (0, "import new.evlog events.ndjson.gz --batch 5000"), (0, "read new.evlog --limit 2"),
      (0, "export new.evlog all.ndjson"), (0, "export new.evlog some.ndjson --from 7"),
      (0, "stats new.evlog"), (0, "verify new.evlog"), (0, "seal new.evlog"),
      (0, "state shop.evlog --no-snapshots --machine shop.js --at 2"),
      (1, "replay shop.evlog --machine shop.js --check --no-snapshots"),
      (1, "bisect shop.evlog --machine shop.js --no-snapshots --workers 1"),
      (
        1,
        "bisect shop.evlog --machine shop.js --no-snapshots --to 7800 --run grep -vq available.:-"
      ),
      (1, "diff shop.evlog --no-snapshots --machine shop.js 7777 7778"),
      (1, "why shop.evlog --machine shop.js --no-snapshots"),
      (0, "blame shop.evlog 'stock[\"A-7\"].available' --machine shop.js --at 7778 --no-snapshots"),
      (1, "minimise shop.evlog --machine shop.js --no-snapshots"),
      (1, "what-if shop.evlog --machine shop.js --drop 7777 --no-snapshots"),
      (0, "compare shop.evlog --machine shop.js --against shop.js --no-snapshots"),
      (0, "machine new shop.evlog --name draft"),
      (0, "refine shop.evlog --machine shop.js --old shop.js --no-snapshots"),
      (0, "map shop.evlog --machine orders.js --no-snapshots --probe --trials 2"),
      (0, "audit shop.evlog --machine orders.js --to 500 --runs 2"),
      (0, "snapshot create shop.evlog --machine shop.js --at 5"), (0, "snapshot list shop.evlog"),
      (0, "snapshot verify shop.evlog --machine shop.js"), (0, "snapshot drop shop.evlog --all"),
      (0, "project run shop.evlog --projection stock.sql"),
      (0, "project status shop.evlog --projection stock.sql"),
      (0, "project verify shop.evlog --projection stock.sql"),
      (0, "project rebuild shop.evlog --projection stock.sql"),
      (0, "project retry shop.evlog --projection stock.sql --all"),
      (0, "query shop.evlog 'SELECT max(offset) AS last FROM events'"),
      (0, "machine check shop.js --log shop.evlog"), (0, "backup new.evlog copy.evlog"),
      (0, "index shop.evlog --machine shop.js"),
      (0, "index shop.evlog --machine shop.js --drop"),
      (1, "truncate new.evlog --to 1"), (0, "truncate new.evlog --to 1 --drop 12480"),
      (0, "restore copy.evlog back.evlog --to 1"), (0, "repair back.evlog"),
    ] {
      // Everything after --run is the command's.
      let line =
        command.contains("--run")
        ? command.replacing("--run", with: "--json --run") : command + " --json"
      let answer = try await place.shell("evlog \(line)")
      #expect(answer.status == expected, "evlog \(line): \(answer.error)")
      let json = try answer.json()
      #expect(json["evlog"] == .int(1))
      #expect(command.hasPrefix(json["command"]?.stringValue ?? "?"))
      text += "$ evlog \(line)\n\(json.canonicalText)\n\n"
    }
    text = text.replacing(/"streams":\{[^}]*\}/, with: "\"streams\":{}")
    try expectGolden(text, "json")
  }

  /// A machine that is compiled in Swift gives the answers of the one in JavaScript.
  @Test func aCompiledMachineAgrees() async throws {
    let place = try await shop()
    let script = try await place.evlog("bisect", "shop.evlog", "--machine", "shop.js", "--json")
    let compiled = try await place.evlog(
      "bisect", "shop.evlog", "--machine", "Shop", "--json", tool: "evlog-shop")
    #expect(compiled.status == 1)
    func essence(_ answer: Answer) throws -> [JSONValue?] {
      try (answer.json()["invariants"]?.arrayValue ?? []).flatMap {
        [$0["name"], $0["episodes"], $0["changes"], $0["offset"], $0["guarantee"]]
      }
    }
    #expect(try essence(script) == essence(compiled))
    #expect(try essence(script).count == 10)
    let states = try await place.shell(
      "evlog state shop.evlog --machine shop.js > a; evlog-shop state shop.evlog --machine Shop > b; cmp a b"
    )
    #expect(states.status == 0, "\(states.output)")
  }
}
