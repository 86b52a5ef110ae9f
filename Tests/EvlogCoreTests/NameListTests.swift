import EvlogTesting
import Testing

@testable import EvlogCore

/// Names are written as patterns and numbers, and come back byte for byte.
@Suite struct NameListTests {
  /// Writes a list and reads it back.
  private func roundTrip(_ names: [String], isCompact: Bool) throws -> (
    read: [[UInt8]], byteCount: Int
  ) {
    var table = NameTable()
    var local = LocalNames()
    for name in names { _ = local.place(of: table.add(name)) }
    var bytes: [UInt8] = []
    NameList.append(local, of: table, isCompact: isCompact, to: &bytes)
    let count = bytes.count
    let block = try read(bytes)
    return (block.names.map { block.bytes($0) }, count)
  }

  /// Reads a list as the streams of a block without types.
  private func read(_ list: [UInt8]) throws -> NamesOfBlock {
    let column = list + [0, 0]
    let padded = column + [UInt8](repeating: 0xEE, count: NameList.Stored.slack)
    let names = BlockNames()
    var reader = ByteReader(padded.span.extracting(first: column.count))
    try names.read(&reader)
    let isAtEnd = reader.isAtEnd
    #expect(isAtEnd)
    return NamesOfBlock(stored: names, column: padded)
  }

  private struct NamesOfBlock: Sendable {
    let stored: BlockNames
    let column: [UInt8]

    var names: Range<Int> { 0..<stored.count }
    func bytes(_ i: Int) -> [UInt8] { stored.name(i, in: column.span).copied() }
  }

  private func expectSame(_ names: [String]) throws {
    for isCompact in [false, true] {
      let read = try roundTrip(names, isCompact: isCompact).read
      #expect(read == names.map { Array($0.utf8) }, "compact: \(isCompact), \(names)")
    }
  }

  @Test func namesOfAllKindsComeBack() throws {
    try expectSame([])
    try expectSame(["a"])
    try expectSame((0..<5).map { "order-\($0)" })
    try expectSame((0..<2000).map { "order-\($0)" })
    try expectSame((0..<300).map { "é\($0 * 7919)" })
    try expectSame((1...40).map { "p\($0)-000\($0)" })
    // The largest and the least number of each count of digits, one beyond it, and zeros.
    for digits in 1...20 {
      let nines = String(repeating: "9", count: digits)
      let zeros = String(repeating: "0", count: digits)
      let one = String(repeating: "0", count: digits - 1) + "1"
      try expectSame(
        ["x", "y/", "123"].flatMap { p in [nines, zeros, one, "5\(zeros)"].map { p + $0 } })
    }
    let uuid = "0f8fad5b-d9cb-469f-a165-70867728950"
    try expectSame((0..<10).map { "cart-\(uuid)\($0)" })
    try expectSame((0..<10).map { "\(uuid)\($0)" } + (0..<10).map { "\(uuid.uppercased())\($0)" })
  }

  @Test func randomNamesComeBack() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      var names: Set<String> = []
      let prefixes = (0..<Int.random(in: 1...5, using: &random)).map { _ in
        String("ab-é0".shuffled(using: &random).prefix(Int.random(in: 0...5, using: &random)))
      }
      for _ in 0..<Int.random(in: 1...60, using: &random) {
        let bits = UInt64.random(in: 0...63, using: &random)
        let prefix = prefixes.randomElement(using: &random) ?? ""
        names.insert(prefix + String(UInt64.random(in: 0...(.max >> bits), using: &random)))
      }
      let list = names.sorted().shuffled(using: &random)
      for isCompact in [false, true] {
        let read = try roundTrip(list, isCompact: isCompact).read
        #expect(read == list.map { Array($0.utf8) }, "seed \(seed)")
      }
    }
  }

  /// What was read before is gone where the next one is malformed, and who looks at a copy sees it on.
  @Test func aBlockThatIsNotReadHasNoNames() throws {
    var list: [UInt8] = []
    var local = LocalNames()
    var table = NameTable()
    for i in 0..<100 { _ = local.place(of: table.add("order-\(i * 7)")) }
    NameList.append(local, of: table, isCompact: true, to: &list)
    for isLooked in [false, true] {
      let padded = list + [0, 0] + [UInt8](repeating: 0, count: NameList.Stored.slack)
      let names = BlockNames()
      var reader = ByteReader(padded.span.extracting(first: list.count + 2))
      try names.read(&reader)
      if isLooked { #expect(names.name(3, in: padded.span).count == 8) }
      // The second list says that it has a name, and has none.
      let bad = list + [1, 0, 9] + [UInt8](repeating: 0, count: NameList.Stored.slack)
      var second = ByteReader(bad.span.extracting(first: list.count + 3))
      #expect(throws: ByteReader.Malformed.self) { try names.read(&second) }
      #expect(names.count == 0 && names.streamCount == 0)
    }
  }

  /// Several who look at names for the first time, at once.
  @Test func namesAreWrittenOnceForAll() async throws {
    let texts = (0..<3000).map { "order-\($0 * 7)" }
    var table = NameTable()
    var local = LocalNames()
    for text in texts { _ = local.place(of: table.add(text)) }
    for _ in 0..<20 {
      var bytes: [UInt8] = []
      NameList.append(local, of: table, isCompact: true, to: &bytes)
      let block = try read(bytes)
      await withTaskGroup(of: Bool.self) { group in
        for first in 0..<4 {
          group.addTask {
            stride(from: first * 700, to: texts.count, by: 3).allSatisfy { i in
              block.bytes(i) == Array(texts[i].utf8)
            }
          }
        }
        for await isRight in group { #expect(isRight) }
      }
    }
  }

  /// What it is for.
  @Test func numbersTakeFewBytes() throws {
    let names = (0..<1000).map { "account-\(1_000_000 + $0 * 17)" }
    #expect(try roundTrip(names, isCompact: true).byteCount < 1000 * 3 + 40)
    #expect(try roundTrip(names, isCompact: false).byteCount > 1000 * 15)
    let carts = (0..<100).map {
      "cart-0f8fad5b-d9cb-469f-a165-7086772895\(10 + $0 % 90)\($0 / 90)".dropLast()
    }
    let distinct = Array(Set(carts.map(String.init)))
    #expect(try roundTrip(distinct, isCompact: true).byteCount < distinct.count * 17 + 40)
  }

  @Test func aDamagedListIsRefused() {
    // A pattern of kind 3 whose numbers go beyond 999.
    let list: [UInt8] = [1, 1, 3, 1, 0x61, 0xE6, 0x07, 1, 1, 5]
    for (last, isRight) in [(UInt8(1), true), (2, false)] {
      var bytes = list
      bytes[9] = last
      #expect(((try? read(bytes)) != nil) == isRight)
    }
    // One name of it, whose number takes no bytes, because it is the first.
    for (first, text) in [(UInt8(5), "a005"), (127, "a127")] {
      #expect((try? read([1, 1, 3, 1, 0x61, first, 0, 1]).bytes(0)) == Array(text.utf8))
    }
    #expect((try? read([1, 1, 3, 1, 0x61, 0xE8, 0x07, 0, 1])) == nil, "1000 has four digits")
    for (byte, value) in [(1, UInt8(33)), (2, 0), (2, 19), (3, 200), (7, 9), (8, 2)] {
      var bytes = list
      bytes[byte] = value
      #expect((try? read(bytes)) == nil, "byte \(byte) is \(value)")
    }
  }

  @Test func timesAreCountedInTheLargestUnit() {
    #expect(TimeUnit.largest(dividing: [3_000_000_000, 0, -1_000_000_000]) == .second)
    #expect(TimeUnit.largest(dividing: [3_000_000_000, 5_000_000]) == .millisecond)
    #expect(TimeUnit.largest(dividing: [-7000, 5_000_000]) == .microsecond)
    #expect(TimeUnit.largest(dividing: [7000, .min, .max]) == .nanosecond)
  }
}
