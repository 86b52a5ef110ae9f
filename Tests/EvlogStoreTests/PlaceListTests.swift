import EvlogTesting
import Testing

@testable import EvlogStore

/// The places of a stream's events are written and come back.
@Suite struct PlaceListTests {
  private func expectSame(_ places: [UInt32]) throws {
    let list = PlaceList.encoded(places[...])
    let limit = Int(places.last ?? 0) + 1
    #expect(
      try PlaceList.decode(list.span, count: places.count, below: limit) == places.map { Int($0) })
    // No shorter log has them.
    #expect(throws: (any Error).self) {
      try PlaceList.decode(list.span, count: places.count, below: limit - 1)
    }
    #expect(throws: (any Error).self) {
      try PlaceList.decode((list + [0]).span, count: places.count, below: limit)
    }
  }

  @Test func placesOfAllKindsComeBack() throws {
    try expectSame([0])
    try expectSame([1])
    try expectSame([.max - 1])
    try expectSame((0..<1000).map { $0 })
    try expectSame((0..<1000).map { $0 * 3 + 2 })
    try expectSame((0..<500).map { $0 } + [1_000_000])
    try expectSame([1_000_000] + (0..<500).map { 1_000_001 + $0 })
  }

  @Test func randomPlacesComeBack() throws {
    for seed in Seeds.first(300) {
      var random = SeededGenerator(seed: seed)
      let most = 1 << random.below(22)
      var place = random.below(most + 1)
      var places: [UInt32] = []
      for _ in 0...random.below(300) {
        places.append(UInt32(place))
        place += 1 + random.below(random.below(10) == 0 ? most * 8 : most)
      }
      try expectSame(places)
    }
  }

  @Test func anyBytesAreReadOrRefused() {
    for seed in Seeds.first(2000) {
      var random = SeededGenerator(seed: seed)
      let bytes = (0..<random.below(20)).map { _ in UInt8(random.below(256)) }
      let count = random.below(40)
      // Only that it ends, and gives places that there are.
      if let places = try? PlaceList.decode(bytes.span, count: count, below: 1000) {
        #expect(places.count == count && places.allSatisfy { $0 < 1000 })
      }
    }
  }
}
