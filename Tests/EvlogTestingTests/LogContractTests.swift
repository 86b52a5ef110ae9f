import EvlogStore
import EvlogTesting
import Foundation
import SystemPackage
import Testing

/// What a log promises, of one in a folder and of one in memory.
@Suite struct LogContractTests {
  enum Kind: CaseIterable, Sendable { case folder, memory }

  private func withLog(_ kind: Kind, _ body: (EventLog) async throws -> Void) async throws {
    var options = EventLog.Options()
    options.segmentBytes = 4096
    switch kind {
    case .memory: try await body(try EventLog.inMemory(options: options))
    case .folder:
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      try await body(try EventLog.open(FilePath("\(folder.path)/log"), options: options))
    }
  }

  private func event(_ i: Int, in stream: String, _ type: String = "t") -> NewEvent {
    NewEvent(
      stream: stream, type: type, data: Array(#"{"i":\#(i)}"#.utf8),
      recordedAt: Timestamp(nanoseconds: Int64(i) * 1000))
  }

  private func offsets(_ log: EventLog, _ query: Query = Query()) throws -> [Offset] {
    var cursor = log.events(query).makeCursor()
    var offsets: [Offset] = []
    while let event = try cursor.next() { offsets.append(event.offset) }
    return offsets
  }

  @Test(arguments: Kind.allCases) func appendsAreConditional(_ kind: Kind) async throws {
    try await withLog(kind) { log in
      try await log.append([event(0, in: "a")], expecting: ["a": .noStream])
      await #expect(throws: EventLogError.self) {
        try await log.append([event(1, in: "a")], expecting: ["a": .noStream])
      }
      try await log.append([event(1, in: "a")], expecting: ["a": .revision(0)])
      await #expect(throws: EventLogError.self) {
        try await log.append([event(2, in: "b")], expecting: ["b": .streamExists])
      }
      #expect(log.end == 2)
      #expect(try log.lastRevision(of: "a") == 1)
    }
  }

  @Test(arguments: Kind.allCases) func appendsAreIdempotent(_ kind: Kind) async throws {
    try await withLog(kind) { log in
      try await log.append([event(0, in: "a")], turnID: "one")
      #expect(try await log.append([event(0, in: "a")], turnID: "one").wasAlreadyThere)
      await #expect(throws: EventLogError.self) {
        try await log.append([event(9, in: "a")], turnID: "one")
      }
      #expect(log.end == 1)
    }
  }

  @Test(arguments: Kind.allCases) func readingIsByOffsetStreamTypeAndTime(_ kind: Kind)
    async throws
  {
    try await withLog(kind) { log in
      for i in 0..<400 {
        try await log.append([event(i, in: "s\(i % 7)", i % 5 == 0 ? "five" : "other")])
        if i == 250 { try log.seal() }
      }
      let all = (0..<400).map { Offset($0) }
      #expect(try offsets(log) == all)
      #expect(try offsets(log, Query(from: 100, to: 300)) == Array(100..<300))
      #expect(try offsets(log, Query(stream: "s3")) == all.filter { UInt64($0) % 7 == 3 })
      #expect(try offsets(log, Query(types: ["five"])) == all.filter { UInt64($0) % 5 == 0 })
      #expect(
        try offsets(log, Query(stream: "s3", isBackwards: true))
          == all.filter { UInt64($0) % 7 == 3 }.reversed())
      #expect(
        try offsets(log, Query(since: Timestamp(nanoseconds: 350_000)))
          == all.filter { $0 >= 350 })
      var followed: [Offset] = []
      for try await event in log.subscribe(from: 390) {
        followed.append(event.offset)
        if followed.count == 10 { break }
      }
      #expect(followed == Array(390..<400))
      #expect(log.verify().isEmpty)
    }
  }
}
