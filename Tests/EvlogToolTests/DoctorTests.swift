import EvlogJSON
import Foundation
import Testing

/// What is said of healthy logs, and of those with something to be looked at.
@Suite struct DoctorTests {
  /// The kinds of what is found, but for what depends on the machine that runs the test.
  private func kinds(_ answer: Answer) throws -> [String] {
    (try answer.json()["findings"]?.arrayValue ?? []).compactMap { $0["kind"]?.stringValue }
      .filter { $0 != "fileSystem" && $0 != "space" }
  }

  private func shop() async throws -> Workplace {
    let place = try Workplace()
    try place.addShop()
    try await place.evlog("import", "a.evlog", "events.ndjson.gz", "--seal")
    return place
  }

  @Test func aHealthyLogIsHealthy() async throws {
    let place = try await shop()
    let before = try await place.shell("find a.evlog -type f | sort | xargs sha256sum")
    let answer = try await place.evlog("doctor", "a.evlog", "--json")
    #expect(try kinds(answer) == [])
    let json = try answer.json()
    let found = json["findings"]?.arrayValue?.count ?? -1
    #expect(answer.status == (found == 0 ? 0 : 1))
    #expect(json["verdict"] == .string(found == 0 ? "healthy" : "look at this"))
    #expect(json["log"]?["events"] == .int(12480))
    #expect(json["log"]?["hasWriter"] == .bool(false))
    #expect(json["sync"]?["writes"] == .int(200))
    let text = try await place.evlog("doctor", "a.evlog", "--no-probe")
    #expect(text.status == answer.status)
    #expect(text.output.contains("12,480 events, the last of 2026-03-01T12:30:08.595000000Z"))
    #expect(!text.output.contains("sync "))
    // It leaves nothing behind and changes nothing.
    #expect(
      try await place.shell("find a.evlog -type f | sort | xargs sha256sum").output
        == before.output)
  }

  @Test func whatIsToBeLookedAtIsNamed() async throws {
    let place = try await shop()
    func check(_ expected: [String], _ status: Int32, _ comment: Comment) async throws {
      let answer = try await place.evlog("doctor", "a.evlog", "--no-probe", "--json")
      #expect(try kinds(answer) == expected, comment)
      #expect(answer.status == status, comment)
      let next = try answer.json()["findings"]?.arrayValue?.allSatisfy {
        $0["next"]?.stringValue?.isEmpty == false
      }
      #expect(next == true, comment)
    }
    try await place.evlog(
      "append", "a.evlog", "--stream", "s", "--type", "t", "--time", "2200-01-01")
    try await check(["clock"], 1, "an event of the future")
    try await place.evlog("append", "a.evlog", "--stream", "s", "--type", "t")

    let active = "a.evlog/segments/00000000000000012480.active"
    var bytes = try place.bytes(of: active)
    bytes[bytes.count - 100] = 1
    try Data(bytes).write(to: place.folder.appending(path: active))
    try await check(["tornTail"], 1, "a torn tail")
    try await place.evlog("append", "a.evlog", "--stream", "s", "--type", "t")
    try await check(["quarantine"], 1, "what recovery kept")
    _ = try await place.shell("rm a.evlog/quarantine/*; rm a.evlog/DURABLE")
    try await check(["mark"], 1, "no mark")
    try await place.evlog("append", "a.evlog", "--stream", "s", "--type", "t")
    _ = try await place.shell("touch a.evlog/segments/00000000000000099999.tmp")
    try await check(["unfinished"], 1, "an unfinished file")
    try await place.evlog("append", "a.evlog", "--stream", "s", "--type", "t")

    let sealed = "a.evlog/segments/00000000000000000000.sealed"
    let whole = try place.bytes(of: sealed)
    bytes = whole
    bytes[bytes.count - 300] ^= 1
    try Data(bytes).write(to: place.folder.appending(path: sealed))
    try await check(["damage"], 5, "a damaged index")
    try Data(whole).write(to: place.folder.appending(path: sealed))
    bytes = try place.bytes(of: "a.evlog/EVLOG")
    bytes[70] ^= 1
    try Data(bytes).write(to: place.folder.appending(path: "a.evlog/EVLOG"))
    try await check(["damage"], 5, "a damaged identity")
  }

  @Test func aWriterIsSeen() async throws {
    let place = try await shop()
    let answer = try await place.shell(
      """
      (echo '{"stream":"s","type":"t"}'; sleep 5) | evlog import a.evlog - >/dev/null &
      for i in $(seq 40); do
        evlog doctor a.evlog --no-probe --json > seen; grep -q '"hasWriter":true' seen && break
        sleep 0.05
      done
      cat seen; wait
      """)
    #expect(try answer.json()["log"]?["hasWriter"] == .bool(true), "\(answer.error)")
    #expect(try kinds(answer) == [])
  }
}
