#if Studio
  import EvlogCore
  import EvlogCuts
  import EvlogJSON
  import EvlogMachine
  import EvlogStore
  import EvlogTesting
  import Foundation
  import ReplayTestSupport
  import SystemPackage
  import Testing

  @testable import EvlogStudio

  /// What happens while a page is open.
  @Suite(.timeLimit(.minutes(15))) struct LiveTests {
    private static func shelves(_ log: any History) -> SubjectSource {
      var source = SubjectSource(log: "shelves.evlog", history: log)
      source.machine = "shelves"
      source.load = { Shelves(scopeKind: .log).program }
      return source
    }

    @Test func aLogThatGrowsIsFollowed() async throws {
      var random = SeededGenerator(seed: 3)
      let folder = TemporaryFolder()
      let writer = try folder.log("shelves.evlog", Shelves.events(&random, 200))
      let reader = try EventLog.openReadOnly(writer.path)
      let studio = try Studio([Self.shelves(reader)], wording: { "\($0)" })
      let working = Task { await studio.work() }
      let subject = studio.subjects[0]
      while subject.loaded?.knownTo != 200 { try await Task.sleep(for: .milliseconds(5)) }
      let told = subject.broadcast.events()
      try await writer.append([NewEvent("moved", #"{"shelf":"s1","n":-1000}"#, at: 1 << 60)])
      var end: Cut = 0
      for await event in told where event.name == "grown" {
        end = try #require(event.data["end"]?.integer(Cut.self))
        #expect(event.data["knownTo"]?.integer(Cut.self) == 201)
        let marks = try #require(event.data["marks"]?.arrayValue)
        #expect(marks.contains { $0["endCut"] == .null })
        break
      }
      #expect(end == 201)
      let tiles = try await subject.tiles.tiles()
      #expect(tiles.end == 201)
      // It is sealed under the page, and goes on.
      try writer.seal()
      try await writer.append([NewEvent("seen", "{}", at: 1 << 60)])
      while reader.end < 202 { try await Task.sleep(for: .milliseconds(5)) }
      let moment = JSONValue.object(try await subject.moment(at: 202, key: nil))
      #expect(moment["event"]?["type"]?.stringValue == "seen")
      working.cancel()
      await working.value
      writer.close()
    }

    /// Each log of a group grows, and events come before others in the causal order.
    @Test func aGroupThatGrowsIsFollowed() async throws {
      var random = SeededGenerator(seed: 6)
      let folder = TemporaryFolder()
      let writers = try ["a", "b"].map { name in
        try folder.log("\(name).evlog", Shelves.events(&random, 100))
      }
      let members = try zip(["a", "b"], writers).map { name, writer in
        LogGroup.Member(name, try EventLog.openReadOnly(writer.path))
      }
      let source = Self.shelves(try LogGroup(members, edges: []).history())
      let studio = try Studio([source], wording: { "\($0)" })
      let working = Task { await studio.work() }
      let subject = studio.subjects[0]
      while subject.loaded?.knownTo != 200 { try await Task.sleep(for: .milliseconds(5)) }
      let told = subject.broadcast.events()
      var news = told.makeAsyncIterator()
      func grown() async throws -> JSONValue {
        while let event = await news.next() {
          if event.name == "grown" { return event.data }
        }
        throw CancellationError()
      }
      // At the end of the order: a violation that lasts.
      try await writers[1].append([NewEvent("moved", #"{"shelf":"s1","n":-1000}"#, at: 1 << 60)])
      var data = try await grown()
      #expect(data["end"]?.integer(Cut.self) == 201)
      #expect(data["knownTo"]?.integer(Cut.self) == 201)
      #expect(data["reordered"] == .bool(false))
      #expect(data["marks"]?.arrayValue?.contains { $0["endCut"] == .null } == true)
      #expect(try await subject.tiles.tiles().end == 201)
      // In the middle of it.
      try await writers[0].append([NewEvent("seen", "{}", at: 50_000_000_000)])
      data = try await grown()
      #expect(data["end"]?.integer(Cut.self) == 202)
      #expect(data["reordered"] == .bool(true))
      let moment = JSONValue.object(try await subject.moment(at: 202, key: nil))
      #expect(moment["event"]?["data"]?["n"]?.integer(Int.self) == -1000)
      let shape = try await subject.json()
      #expect(
        shape["group"]?["logs"]?.arrayValue?.map { $0["events"]?.integer(Int.self) } == [101, 101])
      working.cancel()
      await working.value
      for writer in writers { writer.close() }
    }

    @Test func aLogThatIsTruncatedIsSaidToBe() async throws {
      var random = SeededGenerator(seed: 4)
      let folder = TemporaryFolder()
      let writer = try folder.log("shelves.evlog", Shelves.events(&random, 200))
      try await writer.append(Shelves.events(&random, 100))
      let path = writer.path
      let reader = try EventLog.openReadOnly(path)
      let studio = try Studio([Self.shelves(reader)], wording: { "\($0)" })
      let working = Task { await studio.work() }
      let subject = studio.subjects[0]
      while subject.loaded?.knownTo != 300 { try await Task.sleep(for: .milliseconds(5)) }
      writer.close()
      let told = subject.broadcast.events()
      _ = try EventLog.truncate(path, to: 200, dropping: 100)
      for await event in told where event.name == "broken" {
        #expect(event.data["message"]?.stringValue?.contains("truncated") == true)
        break
      }
      working.cancel()
      await working.value
    }

    /// A hundred requests at once, half of which go away in the middle, and the next one is answered.
    @Test func aHundredRequestsAtOnce() async throws {
      var random = SeededGenerator(seed: 5)
      let folder = TemporaryFolder()
      let log = try folder.log("shelves.evlog", Shelves.events(&random, 3000))
      let studio = try Studio([Self.shelves(log)], wording: { "\($0)" })
      let served = try await ServedStudio(studio)
      let session = try await served.begin()
      try await withThrowingTaskGroup(of: Int.self) { group in
        for i in 0..<100 {
          let cut = random.below(3000)
          group.addTask {
            if i % 2 == 0 {
              let socket = try served.connect()
              try socket.writeAll(
                "GET /api/moment?cut=\(cut) HTTP/1.1\r\nHost: 127.0.0.1:\(served.port)\r\nCookie: \(session.cookie)\r\n\r\n"
                  .utf8)
              try socket.close()
              return 200
            }
            return try await session.get("/api/moment?cut=\(cut)").status
          }
        }
        for try await status in group { #expect(status == 200) }
      }
      #expect(try await session.get("/api/moment?cut=7").status == 200)
      await served.end()
      log.close()
    }
  }
#endif
