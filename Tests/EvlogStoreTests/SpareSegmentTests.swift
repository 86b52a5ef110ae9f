import EvlogStore
import SystemPackage
import Testing

/// Space that is kept ready is made, used, and made again.
@Suite struct SpareSegmentTests {
  private func options(reserved: Int) -> EventLog.Options {
    var options = EventLog.Options()
    options.segmentBytes = 64 << 10
    options.reservedBytes = reserved
    return options
  }

  private func spares(_ folder: TemporaryFolder) -> [String] {
    names(in: folder.log.appending("segments")).filter { $0.hasSuffix(".spare") }
  }

  private func turn(_ t: Int) -> Turn {
    Turn([NewEvent(stream: "s", type: "T", data: [UInt8](repeating: UInt8(t % 251), count: 40_000))]
    )
  }

  @Test func spaceIsKeptReady() throws {
    let folder = TemporaryFolder(inMemory: true)
    let log = try EventLog.open(folder.log, options: options(reserved: 100_000))
    // Whole segments, at least as many bytes as were asked for, all of them zero.
    #expect(spares(folder).count == 2)
    let segments = folder.log.appending("segments")
    for name in spares(folder) {
      #expect(readFile(segments.appending(name)) == [UInt8](repeating: 0, count: 64 << 10))
    }
    for t in 0..<12 { try log.appendBlocking(turn(t)) }
    // What was used up is made again behind the appends, which sealing waits for.
    try log.seal()
    try log.appendBlocking(turn(12))
    log.close()
    #expect(!spares(folder).isEmpty)

    let reopened = try EventLog.open(folder.log, options: options(reserved: 0))
    #expect(reopened.recovery.isClean)
    #expect(try allEvents(reopened).map { $0.data.first } == (0...12).map { UInt8($0) })
    // What is there is used, and no more is made.
    let before = spares(folder).count
    for t in 13..<20 { try reopened.appendBlocking(turn(t)) }
    #expect(spares(folder).count < before)
    #expect(reopened.verify(.deep).isEmpty)
    reopened.close()
  }

  /// One that was not finished is removed; a reader passes over all of them.
  @Test func anUnfinishedOneIsRemoved() throws {
    let folder = TemporaryFolder(inMemory: true)
    let log = try EventLog.open(folder.log, options: options(reserved: 1))
    try log.appendBlocking(turn(1))
    log.close()
    let unfinished = folder.log.appending("segments/00000000000000000009.zeros")
    try writeFile(unfinished, [0, 0])
    let reader = try EventLog.openReadOnly(folder.log)
    #expect(reader.recovery.damage.isEmpty)
    #expect(try allEvents(reader).count == 1)
    #expect(reader.verify(.deep).isEmpty)
    let writer = try EventLog.open(folder.log, options: options(reserved: 1))
    #expect(writer.recovery.removedUnfinished == [unfinished])
    #expect(spares(folder).count == 1)
    writer.close()
  }
}
