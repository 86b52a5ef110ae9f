import SystemPackage
import Testing

@testable import EvlogStore

/// Logs that earlier versions wrote are read by this one, event by event.
///
/// What is in them was printed by `Tools/read_log.py`; see `Tools/make-golden-logs`.
@Suite struct GoldenLogTests {
  static let folder = FormatTests.project.appending("Fixtures/logs")

  /// Every log of every format that is kept: `format-3/torn`, for one.
  static let logs = names(in: folder).flatMap { format in
    names(in: folder.appending(format)).filter { $0.hasSuffix(".evlog") }.map {
      "\(format)/\($0.dropLast(".evlog".count))"
    }
  }

  @Test func thereAreSome() { #expect(Self.logs.count >= 5) }

  /// A copy, to which anything may be done.
  private func copy(_ name: String, _ temporary: TemporaryFolder) throws {
    #expect(
      run("cp -r '\(Self.folder.appending(name + ".evlog"))' '\(temporary.log)'") == 0)
  }

  private func expectedLines(_ name: String, _ temporary: TemporaryFolder) throws -> [String] {
    let plain = Self.folder.appending(name + ".ndjson")
    let unpacked = temporary.path.appending("expected.ndjson")
    let unpack = "{ cat '\(plain)' || gzip -dc '\(plain).gz'; } > '\(unpacked)' 2>/dev/null"
    #expect(run(unpack) == 0)
    let text = String(decoding: try #require(readFile(unpacked)), as: UTF8.self)
    return text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
  }

  private func expectSame(_ log: EventLog, _ expected: [String]) throws {
    let read = try allEvents(log).map(witnessLine)
    #expect(read.count == expected.count)
    for (a, b) in zip(read, expected) where a != b {
      Issue.record("\(a) is not \(b)")
      break
    }
    #expect(log.verify(.deep).isEmpty)
  }

  @Test(arguments: logs) func isRead(name: String) throws {
    let temporary = TemporaryFolder(inMemory: true)
    try copy(name, temporary)
    let expected = try expectedLines(name, temporary)
    #expect(!expected.isEmpty)
    let isTorn = name.hasSuffix("/torn")
    let before = tree(temporary.log)

    let reader = try EventLog.openReadOnly(temporary.log)
    #expect(reader.recovery.damage.isEmpty)
    #expect((reader.recovery.tornTail != nil) == isTorn)
    try expectSame(reader, expected)
    #expect(tree(temporary.log) == before)

    let writer = try EventLog.open(temporary.log)
    #expect((writer.recovery.tornTail?.quarantined != nil) == isTorn)
    try expectSame(writer, expected)
    // And it goes on from there.
    let old = try writer.digest(at: writer.end)
    try writer.appendBlocking(Turn([NewEvent(stream: "new", type: "New", data: [1])]))
    try writer.seal()
    #expect(writer.verify(.deep).isEmpty)
    #expect(try writer.digest(at: Cut(expected.count)) == old)
    writer.close()
  }

  // MARK: Other versions

  /// A log whose identity says what it is given to say, with a checksum that is right.
  private func log(format: Int, minimumReader: Int) throws -> TemporaryFolder {
    let temporary = TemporaryFolder(inMemory: true)
    try copy("format-3/active", temporary)
    let path = temporary.log.appending("EVLOG")
    let lines = String(decoding: try #require(readFile(path)), as: UTF8.self).split(separator: "\n")
    let covered = lines.dropLast().map { line in
      if line.hasPrefix("format ") { return "format \(format)\n" }
      if line.hasPrefix("minimum-reader ") { return "minimum-reader \(minimumReader)\n" }
      return line + "\n"
    }.joined()
    let checksum = String(CRC32C.checksum(Array(covered.utf8)), radix: 16)
    try writeFile(path, Array("\(covered)checksum \(checksum)\n".utf8))
    return temporary
  }

  private func expectRefused(_ temporary: TemporaryFolder, _ code: EventLogError.Code) {
    let before = tree(temporary.log)
    #expect(failure { _ = try EventLog.openReadOnly(temporary.log) }?.code == code)
    let error = failure { try EventLog.open(temporary.log).close() }
    #expect(error?.code == code)
    #expect(error?.advice != nil)
    #expect(tree(temporary.log) == before)
  }

  @Test func anOlderFormatIsRefused() throws {
    expectRefused(try log(format: 2, minimumReader: 2), .olderFormat)
  }

  @Test func aNewerReaderIsAskedFor() throws {
    expectRefused(try log(format: 6, minimumReader: 6), .newerFormat)
    expectRefused(try log(format: 6, minimumReader: .max), .newerFormat)
  }

  /// What a newer version wrote so that this one can read it.
  @Test func aNewerFormatThatThisOneMayReadIsRead() throws {
    let temporary = try log(format: 6, minimumReader: 5)
    let reader = try EventLog.openReadOnly(temporary.log)
    try expectSame(reader, try expectedLines("format-3/active", temporary))
  }
}
