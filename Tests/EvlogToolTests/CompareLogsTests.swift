import EvlogJSON
import Foundation
import Testing

/// Two logs compared on the command line.
@Suite struct CompareLogsTests {
  /// The shop, and a run in which one event is other, one is missing and two changed places.
  private func makePlace() async throws -> Workplace {
    let place = try Workplace()
    try place.addShop()
    let answer = try await place.shell(
      """
      zcat events.ndjson.gz > shop.ndjson
      sed -e '7778s/"quantity":40/"quantity":4/' -e 9000d -e '9101{h;d}' -e '9102G' shop.ndjson > twin.ndjson
      evlog import shop.evlog shop.ndjson --seal && evlog import twin.evlog twin.ndjson --seal
      """)
    #expect(answer.status == 0, "\(answer.error)")
    return place
  }

  @Test func whatDiffersIsShown() async throws {
    let place = try await makePlace()
    let commands = [
      (1, "compare shop.evlog twin.evlog"), (1, "compare shop.evlog twin.evlog --json --limit 3"),
      (1, "compare shop.evlog twin.evlog --machine shop.js"),
      (1, "compare shop.evlog twin.evlog --machine shop.js --json --limit 2"),
      (1, "compare shop.evlog twin.evlog --align offset --limit 2"),
      (1, "compare twin.evlog shop.evlog --ignore order,data --limit 3"),
      (0, "compare shop.evlog shop.evlog"), (0, "compare shop.evlog shop.evlog --machine shop.js"),
      (0, "compare shop.evlog twin.evlog --to 7777"),
      (0, "compare shop.evlog twin.evlog --to 2026-03-01T10:48:05Z"),
      (2, "compare shop.evlog"), (2, "compare shop.evlog twin.evlog --ignore type"),
      (2, "compare shop.evlog twin.evlog --align offset --ignore order"),
      (2, "compare shop.evlog twin.evlog --machine shop.js --against shop.js"),
      (2, "compare shop.evlog --machine shop.js --against shop.js --limit 3"),
      (2, "compare shop.evlog none.evlog"),
    ]
    var text = ""
    for (status, command) in commands {
      let answer = try await place.shell("evlog \(command)")
      #expect(answer.status == status, "\(command): \(answer.error)")
      text += "$ evlog \(command)\n\(answer.output)\(answer.error)\n"
    }
    try expectGolden(text, "compare-logs")
  }

  /// A past with edits is the log that was made with them.
  @Test func anEditedPastIsTheLogThatWasMadeSo() async throws {
    let place = try await makePlace()
    let answer = try await place.shell(
      """
      evlog compare shop.evlog twin.evlog --machine shop.js \
        --replace '7777:{"data":{"sku":"A-7","quantity":4,"order":"order-2394"}}' --swap 9100,9101 --drop 8999
      """)
    #expect(answer.status == 0, "\(answer.output)\(answer.error)")
  }

  /// Whatever is compared, and whether it is read or not.
  @Test func damageHasItsOwnExitCode() async throws {
    let place = try await makePlace()
    _ = try await place.evlog("backup", "shop.evlog", "mirror.evlog")
    #expect(try await place.evlog("compare", "shop.evlog", "mirror.evlog").status == 0)
    let file = "mirror.evlog/segments/00000000000000000000.sealed"
    var bytes = try place.bytes(of: file)
    bytes[20_000] ^= 4
    try Data(bytes).write(to: place.folder.appending(path: file))
    for command in [
      "compare shop.evlog mirror.evlog", "compare mirror.evlog shop.evlog --align offset",
      "compare shop.evlog mirror.evlog --machine shop.js", "compare mirror.evlog twin.evlog",
    ] {
      let answer = try await place.shell("evlog \(command)")
      #expect(answer.status == 5, "\(command): \(answer.output)\(answer.error)")
      #expect(answer.error.contains("damaged"), "\(command): \(answer.error)")
    }
  }

  /// Groups are compared in their causal order, and a log's streams are those of the log in its group.
  @Test func groupsAreCompared() async throws {
    let place = try Workplace()
    let fixtures = packageFolder.appending(path: "Fixtures/services").path
    let answer = try await place.shell(
      """
      cp \(fixtures)/* .
      for log in orders payments stock; do evlog import $log.evlog $log.ndjson; done
      grep -v refund-5 payments.ndjson > other.ndjson
      evlog import other.evlog other.ndjson
      evlog group init one.group orders=orders.evlog payments=payments.evlog stock=stock.evlog --dangling count
      evlog group init two.group orders=orders.evlog payments=other.evlog stock=stock.evlog --dangling count
      """)
    #expect(answer.status == 0, "\(answer.error)")
    #expect(try await place.evlog("compare", "one.group", "one.group").status == 0)
    let other = try await place.evlog(
      "compare", "one.group", "two.group", "--machine", "services.js", "--json")
    let json = try other.json()
    #expect(other.status == 1, "\(other.error)")
    #expect(json["counts"]?["onlyInFirst"] == .int(1))
    #expect(json["differences"]?.arrayValue?.first?["first"]?["log"] == .string("payments"))
  }
}
