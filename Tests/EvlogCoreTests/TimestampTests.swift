import EvlogCore
import EvlogTesting
import Testing

@Suite struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00.000000000Z", 0), ("1970-01-01T00:00:00.000000001Z", 1),
    ("1969-12-31T23:59:59.999999999Z", -1),
    ("2000-02-29T00:00:00.000000000Z", 951_782_400_000_000_000),
    ("2038-01-19T03:14:08.000000000Z", 2_147_483_648_000_000_000),
    ("2026-03-01T10:11:12.345000000Z", 1_772_359_872_345_000_000),
    ("2026-03-01T10:11:12.345678000Z", 1_772_359_872_345_678_000),
    ("1678-01-01T00:00:00.000000000Z", -9_214_560_000_000_000_000),
    ("2261-12-31T23:59:59.999999999Z", 9_214_646_399_999_999_999),
    ("1677-09-21T00:12:43.145224192Z", .min), ("2262-04-11T23:47:16.854775807Z", .max),
  ])
  func textAndNumberAgree(text: String, nanoseconds: Int64) {
    #expect(Timestamp(text)?.nanoseconds == nanoseconds)
    #expect(Timestamp(nanoseconds: nanoseconds).description == text)
  }

  @Test(arguments: [
    ("2026-03-01T12:11:12+02:00", "2026-03-01T10:11:12.000000000Z"),
    ("2026-02-28T23:30:00-01:00", "2026-03-01T00:30:00.000000000Z"),
    ("2026-03-01 10:11:12z", "2026-03-01T10:11:12.000000000Z"),
    ("2026-03-01", "2026-03-01T00:00:00.000000000Z"),
    ("2026-03-01T10:11:12.5Z", "2026-03-01T10:11:12.500000000Z"),
  ])
  func otherSpellingsAreRead(text: String, same: String) {
    #expect(Timestamp(text)?.description == same)
  }

  @Test(arguments: [
    "", "2026", "2026-13-01", "2026-00-01", "2026-02-29", "1900-02-29", "2026-04-31", "2026-01-00",
    "1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z", "1677-01-01", "2263-01-01",
    "2026-03-01T24:00:00Z", "2026-03-01T10:60:00Z",
    "2026-03-01T10:11:60Z", "2026-03-01T10:11:12", "2026-03-01T10:11:12.Z",
    "2026-03-01T10:11:12.1234567890Z", "2026-03-01T10:11:12Zx", "2026-03-01T10:11:12+2:00",
    "+026-03-01", "２026-03-01",
  ])
  func whatIsNoTimeIsRefused(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func textsAreInTheOrderOfTheTimes() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    // Neighbours too, on both sides of where spellings that leave digits out would differ in length.
    var times: [Int64] = [.min, -1, 0, 1, 999, 1000, 1001, 999_999, 1_000_000, 1_000_000_000, .max]
    for _ in 0..<500 {
      let unit: Int64 = [1, 1000, 1_000_000, 1_000_000_000].randomElement(using: &random) ?? 1
      let time = Int64.random(in: .min / 2 ... .max / 2, using: &random) / unit * unit
      times += [time - 1, time, time, time + 1]
    }
    let sorted = times.map(Timestamp.init(nanoseconds:)).sorted()
    for (earlier, later) in zip(sorted, sorted.dropFirst()) {
      let (a, b) = ("\(earlier)", "\(later)")
      #expect(a.utf8.count == 30, "seed \(seed)")
      #expect(
        (a < b) == (earlier < later) && (a == b) == (earlier == later), "seed \(seed) \(a) \(b)")
    }
  }

  @Test func everyTimeIsReadAsItIsWritten() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let time = Timestamp(
        nanoseconds: .random(
          in: .min ... .max, using: &random))
      #expect(Timestamp(time.description) == time, "seed \(seed), \(time.nanoseconds)")
    }
  }
}
