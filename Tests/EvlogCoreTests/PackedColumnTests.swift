import EvlogTesting
import Testing

@testable import EvlogCore

/// Numbers are packed and come back, each by itself.
@Suite struct PackedColumnTests {
  private func expectSame(_ numbers: [UInt64]) throws {
    var bytes: [UInt8] = []
    PackedColumn.append(numbers.span, to: &bytes)
    let count = bytes.count
    bytes += [UInt8](repeating: 0xEE, count: PackedColumn.slack)
    var reader = ByteReader(bytes.span.extracting(first: count))
    let column = try PackedColumn(&reader, count: numbers.count)
    let isAtEnd = reader.isAtEnd
    #expect(isAtEnd)
    let read = numbers.indices.map { column.value($0, in: bytes.span) }
    #expect(read == numbers)
    #expect(column.isZero == numbers.allSatisfy { $0 == 0 })
  }

  @Test func numbersOfEveryWidthComeBack() throws {
    try expectSame([])
    try expectSame([0, 0, 0])
    try expectSame([7])
    try expectSame([0, .max])
    try expectSame([.max, .max])
    for width in 0..<64 {
      try expectSame((0..<130).map { ($0 &* 0x9E37_79B9_7F4A_7C15) >> UInt64(63 - width) })
    }
  }

  @Test func randomNumbersComeBack() throws {
    for seed in Seeds.first(200) {
      var random = SeededGenerator(seed: seed)
      let least = UInt64.random(in: 0 ... .max, using: &random) >> UInt64(random.below(64))
      let width = UInt64(random.below(64))
      try expectSame(
        (0..<random.below(200)).map { _ in
          least &+ UInt64.random(in: 0...(.max >> width), using: &random)
        })
    }
  }

  @Test func malformedColumnsAreRefused() {
    for bytes: [UInt8] in [[], [65, 0], [8, 0, 1], [3]] {
      #expect(throws: ByteReader.Malformed.self) {
        var reader = ByteReader(bytes.span)
        _ = try PackedColumn(&reader, count: 2)
      }
    }
  }
}
