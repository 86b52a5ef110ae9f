import EvlogSources
import Foundation
import Testing

/// Inputs that are compressed by Zstandard: all of them, or the place where they are wrong.
@Suite struct ZstdTests {
  private static func fixture(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return Array(try Data(contentsOf: folder.appending(path: "Fixtures/imports/\(name)")))
  }

  /// All that an input gives, in pieces of this size; throws what is wrong behind it.
  private static func read(_ bytes: [UInt8], by size: Int) throws -> [UInt8] {
    let pieces = stride(from: 0, to: bytes.count, by: size).map {
      Array(bytes[$0..<min($0 + size, bytes.count)])
    }
    var input = try InputBytes("input", pieces: pieces)
    var result: [UInt8] = []
    while try input.read(into: &result) {}
    return result
  }

  @Test func framesAreReadHoweverTheyCome() throws {
    let (plain, compressed) = (
      try Self.fixture("clicks.ndjson"), try Self.fixture("clicks.ndjson.zst")
    )
    // A frame of two bytes that is to be skipped, as programs write that compress in parallel.
    let skipped: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 7, 7]
    for size in [1, 2, 3, 7, 1 << 20] {
      #expect(try Self.read(compressed, by: size) == plain)
      #expect(try Self.read(compressed + compressed, by: size) == plain + plain)
      #expect(try Self.read(skipped + compressed + skipped, by: size) == plain)
    }
  }

  @Test func whatEndsEarlyIsSaid() throws {
    let compressed = try Self.fixture("clicks.ndjson.zst")
    for count in 4..<compressed.count {
      #expect(throws: SourceError.self, "\(count) bytes") {
        try Self.read(Array(compressed[..<count]), by: 5)
      }
    }
  }

  @Test func everyFlippedBitIsNoticed() throws {
    let (plain, compressed) = (
      try Self.fixture("clicks.ndjson"), try Self.fixture("clicks.ndjson.zst")
    )
    var noticed = 0
    // The first bytes say that it is compressed at all.
    for bit in 32..<(compressed.count * 8) {
      var wrong = compressed
      wrong[bit / 8] ^= 1 << (bit % 8)
      do {
        #expect(try Self.read(wrong, by: 64) == plain, "bit \(bit)")
      } catch is SourceError {
        noticed += 1
      }
    }
    #expect(noticed > (compressed.count - 4) * 7)
  }
}
