import Testing

@Suite struct TailTests {
  /// A reader in another process sees each event as it is appended, across seals.
  @Test func tailFollowsAnotherProcess() async throws {
    let place = try Workplace()
    let answer = try await place.shell(
      """
      evlog init a.evlog >/dev/null
      timeout 60 evlog tail a.evlog --from 0 --limit 30 --ndjson > seen &
      for i in $(seq 0 29); do
        evlog append a.evlog --stream s --type t --data $i >/dev/null || exit 9
        if [ $((i % 10)) = 5 ]; then evlog seal a.evlog >/dev/null || exit 8; fi
      done
      wait $!
      """)
    #expect(answer.status == 0, "\(answer.error)")
    let seen = String(decoding: try place.bytes(of: "seen"), as: UTF8.self).split(separator: "\n")
    #expect(seen.count == 30)
    for (i, line) in seen.enumerated() {
      #expect(line.hasPrefix("{\"offset\":\(i),"))
      #expect(line.hasSuffix("\"data\":\(i)}"))
    }
  }
}
