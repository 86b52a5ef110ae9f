import EvlogContracts
import EvlogJSON
import EvlogStore
import Foundation
import ReplayTestSupport
import SystemPackage
import Testing

/// What a contract costs, measured side by side: with `EVLOG_MEASURE=1`, when nothing else runs.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["EVLOG_MEASURE"] != nil))
struct CostTests {
  private static let rounds = 9
  private static let turns = 100

  private func contract() throws -> Contract {
    try Contract([
      EventContract(
        "StockReserved",
        [
          "sku": .text(matching: #"^[A-Z]-\d+$"#), "quantity": .integer(1...1000),
          "order": .text(matching: "^order-[0-9]{6}$"), "price": .decimal(places: 2),
          "currency": .oneOf("EUR", "USD"), "customer": .text(length: 1...40),
          "address": ["street": .text, "city": .text, "zip": .optional(.text)],
          "isGift": .boolean, "note": .nullable(.text),
        ])
    ])
  }

  /// A turn of 1000 events with about 200 bytes of JSON each.
  private func turn(_ number: Int) -> Turn {
    Turn(
      (0..<1000).map { i in
        let n = number * 1000 + i
        let data =
          #"{"order":"order-\#(String(100_000 + n % 900_000))","sku":"A-\#(n % 997)","quantity":\#(n % 1000 + 1),"#
          + #""price":"\#(n % 90).50","currency":"EUR","customer":"customer \#(n % 5000)","isGift":false,"#
          + #""address":{"street":"Long Street \#(n % 200)","city":"Amsterdam","zip":"1\#(n % 900)"},"note":null}"#
        return NewEvent(
          stream: "order-\(n % 100_000)", type: "StockReserved", data: Array(data.utf8))
      })
  }

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  private func report(_ what: String, _ plain: [Double], _ checked: [Double], count: Int) {
    let ratios = zip(checked, plain).map { $0 / $1 }.sorted()
    let (a, b) = (plain.sorted()[plain.count / 2], checked.sorted()[checked.count / 2])
    let perEvent = (b - a) / Double(count) * 1e9
    print(
      "\(what): \(a) s without, \(b) s with, median ratio \(ratios[ratios.count / 2]), "
        + "all \(ratios.map { ($0 * 1000).rounded() / 1000 }), \(Int(perEvent)) ns an event")
  }

  @Test func appendingInTurnsOfAThousand() async throws {
    let folder = TemporaryFolder()
    var options = EventLog.Options()
    options.sealsAutomatically = false
    let plain = try EventLog.create(folder.path.appending("plain"), options: options)
    let checked = try EventLog.create(folder.path.appending("checked"), options: options)
    try await checked.setContract(contract())
    var (times, checkedTimes): ([Double], [Double]) = ([], [])
    for round in 0..<Self.rounds {
      let turns = (0..<Self.turns).map { turn(round * Self.turns + $0) }
      var (a, b) = (0.0, 0.0)
      for (i, turn) in turns.enumerated() {
        // Each goes first as often as the other.
        for isFirst in [true, false] {
          if isFirst == i.isMultiple(of: 2) {
            a += try seconds { try plain.appendBlocking(turn) }
          } else {
            b += try seconds { try checked.appendBlocking(turn) }
          }
        }
      }
      if round > 0 {
        times.append(a)
        checkedTimes.append(b)
      }
    }
    report("append", times, checkedTimes, count: Self.turns * 1000)
  }

  @Test func checkingALog() async throws {
    let folder = TemporaryFolder()
    let log = try EventLog.create(folder.path.appending("log"))
    for number in 0..<500 { try log.appendBlocking(turn(number)) }
    try log.seal()
    let contract = try contract()
    var (reads, checks): ([Double], [Double]) = ([], [])
    var refused = 0
    for _ in 0..<Self.rounds {
      reads.append(
        try seconds {
          var cursor = log.events().makeCursor()
          var block = EventBlock()
          while try cursor.read(into: &block) {
            for i in block.indices { _ = try JSONParser.check(block[i].data) }
          }
        })
      checks.append(
        try seconds {
          var cursor = log.events().makeCursor()
          var block = EventBlock()
          while try cursor.read(into: &block) {
            for i in block.indices where contract.refusal(of: block[i]) != nil { refused += 1 }
          }
        })
    }
    #expect(refused == 0)
    report("check", reads, checks, count: 500_000)
  }
}
