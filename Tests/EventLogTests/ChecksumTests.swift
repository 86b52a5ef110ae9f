import EvlogTesting
import CEvlog
import Testing

@testable import EventLog

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
    for count in 0..<200 {
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

  /// Computed by another implementation of MurmurHash3_x64_128, seed 0, in Python.
  @Test(arguments: [
    ("", "00000000000000000000000000000000"),
    ("a", "85555565f6597889e6b53a48510e895a"),
    ("1234567", "2cdac5f7f2c623a237dc518bcae1d955"),
    ("12345678", "3b4a640638b1419c913b0e676bd42557"),
    ("123456789", "3c84645edb66cca499f8fac73a1ea105"),
    ("123456789abcdef", "7f33fb62c27e43462205615151049491"),
    ("0123456789abcdef", "4be06d94cf4ad1a787c35b5c63a708da"),
    ("0123456789abcdefg", "8e32612daa45f9de0800f4c206c372ee"),
    ("The quick brown fox jumps over the lazy dog", "e34bbc7bbc071b6c7a433ca9c49a9347"),
  ])
  func murmurIsMurmur(text: String, digest: String) throws {
    #expect(Digest(of: json(text)).description == digest)
    #expect(Digest(digest) == Digest(of: json(text)))
  }
}
