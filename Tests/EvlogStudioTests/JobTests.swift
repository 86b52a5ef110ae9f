#if Studio && JavaScript
  import EvlogJSON
  import Foundation
  import ReplayTestSupport
  import Subprocess
  import SystemPackage
  import Testing

  @testable import EvlogStudio

  #if canImport(Glibc)
    import Glibc
  #endif

  /// Long questions, asked of the command as it is shipped.
  @Suite(.timeLimit(.minutes(15))) struct JobTests {
    private static let evlog = FilePath(CommandLine.arguments[0]).removingLastComponent()
      .appending("evlog")
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Fixtures/shop").standardizedFileURL

    private static func run(_ folder: TemporaryFolder, _ arguments: String...) async throws
      -> (status: TerminationStatus, output: String)
    {
      let ended = try await Subprocess.run(
        .path(evlog), arguments: Arguments(arguments), workingDirectory: folder.path,
        output: .string(limit: 16 << 20), error: .discarded)
      return (ended.terminationStatus, ended.standardOutput)
    }

    /// The studio over the shop, in a process of its own, which is interrupted in the end.
    ///
    /// - Parameter rule: another invariant of the shop's machine, as its text.
    private static func withShop(
      rule: String = "",
      _ body: @Sendable @escaping (ServedStudio.Session, TemporaryFolder) async throws -> Void
    ) async throws {
      let folder = TemporaryFolder()
      for name in ["shop.js", "events.ndjson.gz"] {
        try FileManager.default.copyItem(
          at: fixtures.appending(path: name),
          to: URL(filePath: folder.path.appending(name).string))
      }
      let machine = URL(filePath: folder.path.appending("shop.js").string)
      let text = try String(contentsOf: machine, encoding: .utf8)
      try text.replacing("invariants: {", with: "invariants: {\n" + rule).write(
        to: machine, atomically: true, encoding: .utf8)
      _ = try await run(folder, "import", "shop.evlog", "events.ndjson.gz")
      let ended = try await Subprocess.run(
        .path(evlog), arguments: ["studio", "shop.evlog", "--machine", "shop.js", "--json"],
        workingDirectory: folder.path, input: .none, output: .sequence, error: .discarded
      ) { execution in
        var told: String?
        for try await line in execution.standardOutput.strings() {
          told = JSONValue(validating: Array(line.utf8)[...])?["address"]?.stringValue
          break
        }
        let session = try await ServedStudio(at: try #require(told)).begin()
        try await body(session, folder)
        try execution.send(signal: .interrupt)
      }
      // It ends at once, and as a verb does that did what it should.
      #expect(ended.terminationStatus == .exited(0))
    }

    /// What a job tells, to its end.
    private static func events(of id: String, _ session: ServedStudio.Session) async throws
      -> [(name: String, data: JSONValue)]
    {
      let answer = try await session.get("/api/jobs/\(id)/events")
      #expect(answer.headers["content-type"] == "text/event-stream")
      // Chunks of the transfer are between the lines.
      // Bytes, for to texts a carriage return and a line feed are one.
      let lines = answer.body.split { $0 == 0x0A || $0 == 0x0D }
      var events: [(name: String, data: JSONValue)] = []
      for line in lines.map({ String(decoding: $0, as: UTF8.self) }) {
        if line.hasPrefix("event: ") { events.append((String(line.dropFirst(7)), .null)) }
        if line.hasPrefix("data: "), !events.isEmpty {
          let text = Array(line.dropFirst(6).utf8)
          events[events.count - 1].data = JSONValue(validating: text[...]) ?? .null
        }
      }
      return events
    }

    private static func ask(_ question: String, _ session: ServedStudio.Session) async throws
      -> String
    {
      let answer = try await session.post("/api/jobs", question)
      #expect(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
      return try #require(answer.json["id"]?.stringValue)
    }

    /// An answer without what differs from run to run.
    private static func stable(_ answer: JSONValue?) -> JSONValue {
      guard case .object(let object)? = answer else { return .null }
      return .object(
        object.members.filter { !["seconds", "work"].contains($0.key) }.map { ($0.key, $0.value) })
    }

    @Test func answersAreThoseOfTheCommand() async throws {
      try await Self.withShop { session, folder in
        let questions: [(asked: String, typed: [String])] = [
          (#"{"question":"bisect"}"#, ["bisect"]),
          (#"{"question":"why","parameters":{"offset":7777}}"#, ["why", "--offset", "7777"]),
          (
            #"{"question":"what-if","parameters":{"edits":[{"drop":"7777"}]}}"#,
            ["what-if", "--drop", "7777"]
          ),
        ]
        for (asked, typed) in questions {
          let events = try await Self.events(of: try await Self.ask(asked, session), session)
          #expect(events.last?.name == "done", "\(asked)")
          let told = try #require(events.first { $0.name == "answer" }, "\(asked)").data
          let arguments = [typed[0], "shop.evlog", "--machine", "shop.js"] + typed.dropFirst()
          let ended = try await Subprocess.run(
            .path(Self.evlog), arguments: Arguments(arguments + ["--json"]),
            workingDirectory: folder.path, output: .string(limit: 16 << 20), error: .discarded)
          let output = Array(ended.standardOutput.utf8)
          let expected = try #require(JSONValue(validating: output.dropLast()[...]))
          #expect(Self.stable(told["answer"]) == Self.stable(expected), "\(asked)")
          #expect(
            ended.terminationStatus == .exited(told["exit"]?.integer(Int32.self) ?? -1), "\(asked)")
          #expect(told["command"]?.stringValue == "evlog \(arguments.joined(separator: " "))")
          #expect(told["text"]?.stringValue?.isEmpty == false)
        }
      }
    }

    @Test func aJobThatIsCancelledEnds() async throws {
      // Ten milliseconds for each of the shop's cuts: the question is asked for minutes.
      let slow = #""slow": always(s => { let n = 0; for (; n < 3e7; n++); return n > 0 }),"#
      try await Self.withShop(rule: slow) { session, _ in
        let id = try await Self.ask(#"{"question":"bisect","parameters":{}}"#, session)
        let ended = try await session.studio.ask(
          "/api/jobs/\(id)", "DELETE",
          headers: ["Cookie: \(session.cookie)", session.studio.origin])
        #expect(ended.status == 204)
        let events = try await Self.events(of: id, session)
        #expect(events.map(\.name).suffix(2) == ["failed", "done"])
      }
    }

    /// A page that is closed ends its job, after a while in which it may come back.
    @Test func aJobOfAPageThatWentAwayEnds() async throws {
      let folder = TemporaryFolder()
      let source = SubjectSource(log: "small.evlog", history: try folder.log("small.evlog", []))
      let program = StudioProgram(
        executable: "/bin/sleep", mark: "",
        command: { _ in StudioCommandLine(arguments: ["600"], shown: "sleep 600") })
      let studio = try Studio(
        [source], program: program, grace: .seconds(2), wording: { "\($0)" })
      let served = try await ServedStudio(studio)
      let session = try await served.begin()
      let id = try await Self.ask(#"{"question":"bisect"}"#, session)
      let job = try studio.jobs.job(id)
      for _ in 0..<2 {
        let listener = try session.listen("/api/jobs/\(id)/events")
        // While it is listened to, it goes on for longer than the grace.
        try await Task.sleep(for: .milliseconds(2500))
        #expect(!job.isOver)
        try listener.close()
        #expect(!job.isOver)
      }
      // The suite's time limit is that of the wait: a busy machine may take long.
      while !job.isOver { try await Task.sleep(for: .milliseconds(20)) }
      await served.end()
    }

    @Test func whatCannotBeAskedIsSaidToBe() async throws {
      try await Self.withShop { session, _ in
        for body in [
          #"{"question":"truncate"}"#, #"{"question":"export","parameters":{}}"#, #"{"s":9}"#,
          #"{"question":"what-if","parameters":{}}"#,
          #"{"question":"why","parameters":{"offset":"x"}}"#,
          #"{"question":"bisect","parameters":{"to":"--html"}}"#,
          #"{"question":"compare","parameters":{"against":0.5}}"#,
        ] {
          let answer = try await session.post("/api/jobs", body)
          #expect(answer.status == 400, "\(body)")
        }
        // A value that looks like an option is a value.
        let id = try await Self.ask(
          #"{"question":"bisect","parameters":{"invariant":"--html=x"}}"#, session)
        let events = try await Self.events(of: id, session)
        #expect(events.contains { $0.name == "failed" })
      }
    }
  }
#endif
