import EvlogStore
import EvlogTesting
import Testing

@testable import EvlogReplay

/// Which snapshots go where there are too many.
@Suite struct SnapshotRoomTests {
  private func file(_ machine: String, _ cut: Cut, _ bytes: UInt64) -> SnapshotRoom.File {
    .init(name: "\(machine)-\(cut)", machine: machine, cut: cut, bytes: bytes)
  }

  @Test func whatFitsStays() {
    let files = (1...8).map { file("a", Cut(UInt64($0) * 100), 10) }
    #expect(SnapshotRoom.surplus(of: files, limit: 80, keeping: "a").isEmpty)
  }

  /// What is left lies evenly, and the last one is among it.
  @Test func theNearestGoFirst() {
    let files = [100, 110, 120, 400, 700, 1000].map { file("a", $0, 10) }
    let gone = SnapshotRoom.surplus(of: files, limit: 40, keeping: "a")
    #expect(gone.map(\.cut) == [110, 100])
    #expect(SnapshotRoom.surplus(of: files, limit: 1, keeping: "a").count == 5)
  }

  @Test func otherMachinesGiveWayLast() {
    let files = [file("a", 100, 10), file("a", 200, 10), file("b", 100, 50), file("c", 50, 5)]
    #expect(SnapshotRoom.surplus(of: files, limit: 70, keeping: "a").map(\.name) == ["a-100"])
    #expect(
      SnapshotRoom.surplus(of: files, limit: 20, keeping: "a").map(\.name) == ["a-100", "b-100"])
    #expect(
      Set(SnapshotRoom.surplus(of: files, limit: 0, keeping: "a").map(\.name))
        == ["a-100", "b-100", "c-50"])
  }

  /// Whatever there is: the rest fits, or is one snapshot of the machine.
  @Test func theRestFits() {
    for seed in Seeds.first(200) {
      var random = SeededGenerator(seed: seed)
      let files = Set((0..<random.below(30)).map { _ in UInt64(random.below(1000)) }).map {
        file(["a", "b", "c"][random.below(3)], Cut($0), UInt64(1 + random.below(100)))
      }
      let limit = UInt64(random.below(800))
      let gone = Set(SnapshotRoom.surplus(of: files, limit: limit, keeping: "a"))
      let left = files.filter { !gone.contains($0) }
      let fits = left.reduce(0) { $0 + $1.bytes } <= limit
      #expect(fits || left.count == 1 && left[0].machine == "a", "seed \(seed)")
      let last = files.filter { $0.machine == "a" }.max { $0.cut < $1.cut }
      #expect(last.map { !gone.contains($0) } ?? true, "seed \(seed)")
    }
  }
}
