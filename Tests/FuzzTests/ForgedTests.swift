import EvlogStore
import SystemPackage
import Testing

@testable import FuzzTestSupport

/// Files whose checksums are right and which say what no writer says: each once made the reader
/// trap, take all memory, or read the same events twice.
@Suite struct ForgedTests {
  private static let sealedName = FuzzLog.first + ".sealed"
  private static let most = UInt64.max

  /// Changes a file, makes its checksums right, and examines the log.
  private func examine(
    _ log: FuzzLog, _ name: String, _ change: (inout FileBytes) -> Void
  ) throws {
    var log = log
    var file = FileBytes(log[name])
    change(&file)
    log[name] = Restamp.segment(file.bytes, linksFrames: true)
    try LogExamination(try log.disk()).examine()
  }

  private func unpacked() throws -> (FuzzLog, Int) {
    var log = FuzzLog.sealed
    let unpacked = try #require(Unpacked(log[Self.sealedName]))
    log[Self.sealedName] = unpacked.bytes
    return (log, unpacked.indexStart)
  }

  @Test func aWholeLogIsRight() throws {
    let (log, _) = try unpacked()
    for log in [FuzzLog.active, FuzzLog.sealed, log] {
      try LogExamination(try log.disk()).examine()
      let read = try EventLog.openReadOnly(
        FuzzLog.path, options: FuzzLog.options(try log.disk()))
      #expect(read.end == 60)
      #expect(read.verify(.deep).isEmpty)
    }
  }

  @Test func blocksBeyondAllOffsets() throws {
    let (log, _) = try unpacked()
    try examine(log, Self.sealedName) { $0.put(Self.most, at: 64 + 8, 8) }
  }

  /// Positions and counts that no file has, in each section of the index.
  @Test func sectionsElsewhere() throws {
    let (log, _) = try unpacked()
    for section in 0..<5 {
      for (at, width) in [(0, 8), (8, 4), (12, 4)] {
        for value in [Self.most, Self.most >> 1, 0, 1 << 31] {
          try examine(log, Self.sealedName) {
            $0.put(value, at: $0.count - 192 + section * 20 + at, width)
          }
        }
      }
    }
  }

  @Test func trailersBeyondAllOffsets() throws {
    let (log, _) = try unpacked()
    for at in [100, 108, 116, 124, 132, 148, 156] {
      for value in [Self.most, Self.most >> 1, 0, 3, 59, 77] {
        try examine(log, Self.sealedName) { $0.put(value, at: $0.count - 192 + at, 8) }
      }
    }
  }

  /// The only entry of the index of blocks: its position, offsets, counts and times.
  @Test func entriesOfBlocks() throws {
    let (log, _) = try unpacked()
    let file = FileBytes(log[Self.sealedName])
    let section = Int(file.number(file.count - 192, 8))
    for at in stride(from: 0, to: 64, by: 4) {
      for value in [Self.most, 0, 1, 0x7FFF_FFFF] {
        try examine(log, Self.sealedName) { $0.put(value, at: section + at, 4) }
      }
    }
  }

  /// The first frame: its counts, offsets and links.
  @Test func headersOfFrames() throws {
    for at in [8, 12, 16, 20, 24, 28, 32, 36] {
      for value in [Self.most, 0, 1, 0x7FFF_FFFF] {
        try examine(FuzzLog.active, FuzzLog.first + ".active") { $0.put(value, at: 64 + at, 4) }
      }
    }
  }

  /// A frame behind damage that says it is a million million events further.
  @Test func aFrameBeyondAGapWithoutRoom() throws {
    var file = FileBytes(FuzzLog.active[FuzzLog.first + ".active"])
    let first = 48 + (Int(file.number(64 + 8)) + 7) & ~7
    file.put(1 << 40, at: 64 + first + 16, 8)
    file.put(1 << 40, at: 64 + first + 24, 8)
    var log = FuzzLog.active
    file.bytes = Restamp.segment(file.bytes, linksFrames: true)
    file.bytes[64 + 50] ^= 1
    log[FuzzLog.first + ".active"] = file.bytes
    try LogExamination(try log.disk()).examine()
  }

  @Test func marksBeyondAllOffsets() throws {
    for at in [24, 32, 40, 48] {
      for value in [Self.most, Self.most >> 1, 0, 59, 61] {
        var log = FuzzLog.sealed
        var mark = FileBytes(log[FuzzLog.mark])
        mark.put(value, at: at, 8)
        log[FuzzLog.mark] = Restamp.mark(mark.bytes)
        try LogExamination(try log.disk()).examine()
      }
    }
  }

  @Test(arguments: [
    "store éééééééééééééééé", "store zz0102030405060708090a0b0c0d0e0f",
    "store +00102030405060708090a0b0c0d0e0f", "segment-bytes 0",
    "segment-bytes 18446744073709551615", "segment-bytes 9223372036854775808", "format -1",
    "minimum-reader 99999999999999999999",
  ])
  func identities(line: String) throws {
    var log = FuzzLog.sealed
    let key = line.prefix { $0 != " " }
    let lines = String(decoding: log[FuzzLog.identity], as: UTF8.self).split(separator: "\n").map {
      $0.hasPrefix(key + " ") ? line[...] : $0
    }
    log[FuzzLog.identity] = Restamp.identity(Array((lines.joined(separator: "\n") + "\n").utf8))
    try LogExamination(try log.disk()).examine()
  }

  @Test(arguments: ["18446744073709551615", "+0000000000000000060", "99999999999999999999"])
  func namesOfSegments(name: String) throws {
    for suffix in ["active", "sealed", "tmp"] {
      var log = FuzzLog.sealed
      log["/log/segments/\(name).\(suffix)"] = log[FuzzLog.first + ".sealed"]
      try LogExamination(try log.disk()).examine()
    }
  }
}
