import CEvlog
import EvlogTesting
import Testing

@testable import EvlogStore

@Suite struct ChecksumTests {
  @Test func crc32cIsTheOneOfTheStandard() {
    #expect(CRC32C.checksum(json("123456789")) == 0xE306_9283)
    // RFC 3720, appendix B.4.
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
  }

  @Test func theFastChecksumIsThePortableOne() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    for count in Array(0..<200) + [767, 768, 769, 6143, 6144, 6145, 8000, 20_001] {
      let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      let start = UInt32.random(in: .min ... .max, using: &random)
      let portable = unsafe evlog_crc32c_portable(start, bytes, count)
      #expect(unsafe evlog_crc32c(start, bytes, count) == portable, "seed \(seed), \(count) bytes")
      // In two parts it is the same as in one.
      let half = count / 3
      let parts = CRC32C.checksum(
        bytes[half...], seed: CRC32C.checksum(bytes[..<half], seed: start))
      #expect(parts == portable, "seed \(seed), \(count) bytes")
    }
  }

  private static func fox(_ times: Int) -> String {
    String(repeating: "The quick brown fox jumps over the lazy dog", count: times)
  }

  /// Each length has a way of its own in the function; computed in Python.
  @Test(arguments: [
    ("", "99aa06d3014798d86001c324468d497f"),
    ("a", "a96faf705af16834e6c632b61e964e1f"),
    ("1234567", "503d7ce33d8e1be59e8a81cf4c23e449"),
    ("12345678", "155c340ccffd12dc2b3f7d2855dc91fc"),
    ("123456789", "33119477ede5dcd5e9716427681d5860"),
    ("0123456789abcdef", "ccba8085a0434e9e0befb4873dbe58f8"),
    ("0123456789abcdefg", "d54994a55733db61c7401fb9f6fbf86b"),
    ("The quick brown fox jumps over the lazy dog", "ddd650205ca3e7fa24a1cc2e3a8a7651"),
    (fox(4), "0474751e1da78a7c64c8257426fa3064"),
    (fox(7), "06fce7fa2716046d02c4f85989e21ae3"),
  ])
  func theDigestIsXXH3(text: String, digest: String) throws {
    #expect(Digest(of: json(text)).description == digest)
    #expect(Digest(digest) == Digest(of: json(text)))
  }

  /// A digest is read as it is printed, and in no other way.
  @Test func aDigestIsReadAsItIsPrinted() {
    for i in 0..<200 {
      let digest = Digest(of: Array("\(i)".utf8))
      let text = "\(digest)"
      #expect(Digest(text) == digest)
      #expect(Digest("x\(text)".dropFirst()) == digest)
      #expect(Digest(text.dropLast()) == nil && Digest(text + "0") == nil)
      #expect(Digest("+" + text.dropFirst()) == nil && Digest(" " + text.dropFirst()) == nil)
      #expect(text == text.uppercased() || Digest(text.uppercased()) == nil)
    }
    #expect(Digest("00000000000000000000000000000000") == .zero)
    #expect(Digest("") == nil && Digest("０0000000000000000000000000000") == nil)
  }

  /// The digest of a log is that of its stretches, wherever it is cut.
  @Test func digestsOfStretchesAddUp() {
    let events = (0..<40).map { Digest(of: json("event \($0)")) }
    func digest(_ range: Range<Int>) -> Digest {
      events[range].reduce(Digest.zero) { $0.appending($1) }
    }
    for i in 0...40 {
      for j in i...40 {
        #expect(digest(0..<i).appending(digest(i..<j), count: UInt64(j - i)) == digest(0..<j))
      }
    }
    #expect(digest(0..<2) != [events[1], events[0]].reduce(Digest.zero) { $0.appending($1) })
  }
}
