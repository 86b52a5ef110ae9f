#if Studio
  import EvlogJSON
  import EvlogStore
  import EvlogTesting
  import Foundation
  import ReplayTestSupport
  import Synchronization
  import SystemPackage
  import Testing

  @testable import EvlogStudio

  /// Each line of what keeps the pages of other sites, and other users of the machine's network, out.
  @Suite struct SafetyTests {
    private static func served(
      _ body: (ServedStudio) async throws -> Void
    ) async throws {
      let folder = TemporaryFolder()
      let served = try await ServedStudio(try smallStudio(folder))
      let result: Result<Void, any Error>
      do { result = .success(try await body(served)) } catch { result = .failure(error) }
      await served.end()
      try result.get()
    }

    /// Only this machine can connect: the server does not listen on other addresses, not even on those of this machine.
    @Test func itListensOnTheLoopbackInterfaceAlone() async throws {
      try await Self.served { served in
        let own = try served.connect()
        try own.close()
        // A server that listens on all addresses would answer here too.
        #expect(throws: (any Error).self) { _ = try served.connect(to: "127.0.0.2") }
      }
    }

    /// A name that was rebound to this machine is refused before anything else is looked at.
    @Test func theHostIsComparedLiterally() async throws {
      try await Self.served { served in
        let session = try await served.begin()
        for host in [
          "evil.example", "evil.example:\(served.port)", "127.0.0.1", "127.0.0.1:1",
          "localhost.evil.example:\(served.port)", "127.0.0.1:\(served.port)0",
          "0.0.0.0:\(served.port)",
          "127.0.0.1:\(served.port).", "", "LOCALHOST:\(served.port)@evil.example",
        ] {
          for target in ["/", "/api/subjects", "/nothing", "/studio/studio.css"] {
            let answer = try await served.ask(
              target, host: host, headers: ["Cookie: \(session.cookie)"])
            #expect([400, 403].contains(answer.status), "\(host) \(target): \(answer.status)")
          }
        }
        for host in ["127.0.0.1", "localhost", "[::1]"] {
          let answer = try await served.ask("/", host: "\(host):\(served.port)")
          #expect(answer.status == 200, "\(host)")
        }
        // Two hosts, and none.
        let port = served.port
        let two = try await served.raw(
          "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        )
        #expect([400, 403].contains(two.status))
        let none = try await served.raw("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        #expect([400, 403].contains(none.status))
      }
    }

    @Test func aTokenIsExchangedOnceForACookieThatScriptsCannotRead() async throws {
      try await Self.served { served in
        #expect(served.token.utf8.count == 32)
        #expect(served.address.hasPrefix("http://127.0.0.1:\(served.port)/#t="))
        let wrong = try await served.ask(
          "/api/session", "POST", headers: [served.origin],
          body: "{\"token\":\"\(String(repeating: "0", count: 32))\"}")
        #expect(wrong.status == 401)
        #expect(wrong.headers["set-cookie"] == nil)
        let right = try await served.ask(
          "/api/session", "POST", headers: [served.origin],
          body: "{\"token\":\"\(served.token)\"}")
        #expect(right.status == 204)
        let cookie = try #require(right.headers["set-cookie"])
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
        #expect(!cookie.contains(served.token))
        // Whoever finds the address later gets nothing for it.
        let again = try await served.ask(
          "/api/session", "POST", headers: [served.origin],
          body: "{\"token\":\"\(served.token)\"}")
        #expect(again.status == 401)
        #expect(again.headers["set-cookie"] == nil)
        // The page that has the cookie may be reloaded.
        let name = try #require(cookie.split(separator: ";").first)
        let reloaded = try await served.ask(
          "/api/session", "POST", headers: [served.origin, "Cookie: \(name)"],
          body: "{\"token\":\"\(served.token)\"}")
        #expect(reloaded.status == 204)
      }
    }

    @Test func everyQuestionNeedsTheCookie() async throws {
      try await Self.served { served in
        let session = try await served.begin()
        let paths = Studio.routes.keys.sorted() + ["/api/jobs/1/events", "/api/nothing"]
        for path in paths {
          for cookie in [
            [], ["Cookie: evlog-studio-\(served.port)=\(served.token)"],
            ["Cookie: other=\(session.cookie.split(separator: "=")[1])"],
          ] {
            let answer = try await served.ask(path, headers: cookie)
            #expect(answer.status == 401, "\(path) \(cookie)")
          }
        }
        let job = try await served.ask(
          "/api/jobs", "POST", headers: [served.origin], body: "{\"question\":\"bisect\"}")
        #expect(job.status == 401)
        let answer = try await session.get("/api/subjects")
        #expect(answer.status == 200)
      }
    }

    /// A form on another page is sent with the cookies of this one, where a browser does not know `SameSite`.
    @Test func whatIsNotAGetNeedsTheOrigin() async throws {
      try await Self.served { served in
        let session = try await served.begin()
        let cookie = "Cookie: \(session.cookie)"
        for origin in [
          nil, "http://evil.example", "https://127.0.0.1:\(served.port)", "null",
          "http://127.0.0.1", "http://127.0.0.1:\(served.port).evil.example",
        ] {
          let headers = [cookie] + (origin.map { ["Origin: \($0)"] } ?? [])
          for (method, target) in [
            ("POST", "/api/jobs"), ("DELETE", "/api/jobs/1"),
            ("POST", "/api/session"),
          ] {
            let answer = try await served.ask(target, method, headers: headers, body: "{}")
            #expect(answer.status == 403, "\(method) \(target) from \(origin ?? "nowhere")")
          }
        }
        for method in ["PUT", "PATCH", "OPTIONS", "HEAD", "TRACE"] {
          let answer = try await served.ask(
            "/api/subjects", method, headers: [cookie, served.origin])
          #expect(answer.status == 405 || answer.status == 400, "\(method)")
        }
      }
    }

    @Test func noOtherPageMayReadAnAnswer() async throws {
      try await Self.served { served in
        let session = try await served.begin()
        for target in ["/", "/api/subjects", "/api/nothing", "/nothing"] {
          let answer = try await served.ask(
            target,
            headers: ["Cookie: \(session.cookie)", "Origin: http://evil.example"])
          #expect(!answer.headers.keys.contains { $0.hasPrefix("access-control") }, "\(target)")
          #expect(answer.headers["cross-origin-resource-policy"] == "same-origin")
          #expect(answer.headers["x-content-type-options"] == "nosniff")
          #expect(answer.headers["referrer-policy"] == "no-referrer")
          #expect(answer.headers["cache-control"] == "no-store")
          let policy = try #require(answer.headers["content-security-policy"])
          #expect(policy.hasPrefix("default-src 'none'; script-src 'self'"))
          for part in [
            "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'",
            "base-uri 'none'", "form-action 'none'",
          ] {
            #expect(policy.contains(part), "\(part)")
          }
          #expect(!policy.contains("unsafe") && !policy.contains("*"))
        }
      }
    }

    /// Files of the page are parts of the program: a path is looked up among their names, and opened never.
    @Test func noPathOfARequestIsOpened() async throws {
      try await Self.served { served in
        let session = try await served.begin()
        for path in [
          "/etc/passwd", "//etc/passwd", "/studio/../../../../etc/passwd",
          "/studio/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/studio/",
          "/studio/index.html/", "/index.html%00", "/small.evlog/EVLOG", "file:///etc/passwd",
          "/api/../etc/passwd", "/api/jobs/..%2f..%2fetc/events",
        ] {
          let answer = try await session.get(path)
          #expect([400, 404].contains(answer.status), "\(path): \(answer.status)")
          #expect(!String(decoding: answer.body, as: UTF8.self).contains("root:"))
        }
      }
    }

    /// Texts of events are JSON and nothing else, whatever is in them.
    @Test func hostileNamesAreOnlyText() async throws {
      let hostile = [
        "<script>alert(1)</script>", "\u{202E}gnirts", "\u{1B}[2J", "a\"b\\c\u{0}d", "</style>'\"`",
        String(repeating: "x", count: 512), "\r\nSet-Cookie: a=b",
      ]
      let folder = TemporaryFolder()
      let events = hostile.map {
        NewEvent(
          stream: $0, type: String($0.prefix(256)),
          data: Array(JSONValue.string($0).canonicalText.utf8))
      }
      let served = try await ServedStudio(try smallStudio(folder, events: events))
      let session = try await served.begin()
      let answer = try await session.get("/api/events?limit=100")
      #expect(answer.headers["content-type"] == "application/json; charset=utf-8")
      #expect(answer.headers["set-cookie"] == nil)
      let found = try #require(answer.json["events"]?.arrayValue)
      #expect(found.compactMap { $0["stream"]?.stringValue } == hostile)
      #expect(found.compactMap { $0["data"]?.stringValue } == hostile)
      for target in ["/api/subjects", "/api/tiles?by=stream", "/api/tiles?by=type"] {
        #expect(try await session.get(target).json != .null, "\(target)")
      }
      await served.end()
    }

    /// Whatever is asked, no byte of the log changes, and nothing is there that was not before but caches.
    @Test func nothingThatIsServedWritesToTheLog() async throws {
      let folder = TemporaryFolder()
      let studio = try smallStudio(folder)
      func contents() throws -> [String: Data] {
        let root = URL(filePath: folder.path.string)
        let all = try #require(FileManager.default.subpaths(atPath: root.path))
        var found: [String: Data] = [:]
        for path in all where !path.contains("/snapshots") {
          // A folder has no bytes.
          found[path] = (try? Data(contentsOf: root.appending(path: path))) ?? Data()
        }
        return found
      }
      let before = try contents()
      let served = try await ServedStudio(studio)
      let session = try await served.begin()
      for path in Studio.routes.keys.sorted() where path != "/api/live" {
        for query in [
          "", "?cut=5&offset=5&path=state&sql=SELECT+1&limit=5",
          "?sql=DELETE+FROM+events", "?sql=ATTACH+'x.db'+AS+x", "?sql=CREATE+TABLE+t(x)",
        ] {
          _ = try await session.get(path + query)
        }
      }
      _ = try await session.post("/api/jobs", "{\"question\":\"truncate\"}")
      _ = try await session.post(
        "/api/jobs", "{\"question\":\"map\",\"parameters\":{\"html\":\"x\"}}")
      await served.end()
      #expect(try contents() == before)
    }

    @Test func aPortThatIsTakenIsSaid() async throws {
      let folder = TemporaryFolder()
      let studio = try smallStudio(folder)
      let served = try await ServedStudio(studio)
      await #expect(throws: StudioServer.PortUnusable.self) {
        try await StudioServer(studio, port: served.port).run { _ in
          Issue.record("two servers have one port")
        }
      }
      await served.end()
    }

    /// Whether a connection was handled yet when the server ends is a matter of time, so it is tried often.
    @Test func connectionsAreClosedWhenTheServerEnds() async throws {
      let folder = TemporaryFolder()
      let studio = try smallStudio(folder)
      for _ in 0..<10 {
        let served = try await ServedStudio(studio)
        let connections = try (0..<64).map { _ in try served.connect() }
        await served.end()
        for connection in connections { try connection.close() }
      }
    }

    @Test func aHundredRequestsAtOnceAreAnswered() async throws {
      try await Self.served { served in
        let session = try await served.begin()
        let targets = [
          "/api/tiles?columns=20", "/api/events?limit=20", "/api/moment?cut=30",
          "/api/moment?cut=7",
          "/api/state?cut=20&key=s0", "/api/subjects",
        ]
        var alone: [String: Int] = [:]
        for target in targets { alone[target] = try await session.get(target).status }
        // Some browsers go away before they have read the answer.
        for target in targets {
          let connection = try served.connect()
          try connection.writeAll("GET \(target) HTTP/1.1\r\n".utf8)
          try connection.close()
        }
        let expected = alone
        try await withThrowingTaskGroup(of: Void.self) { group in
          for i in 0..<100 {
            let target = targets[i % targets.count]
            group.addTask {
              let status = try await session.get(target).status
              #expect(status == expected[target], "\(target)")
            }
          }
          try await group.waitForAll()
        }
      }
    }

    @Test func longAndBrokenRequestsAreRefused() async throws {
      try await Self.served { served in
        let session = try await served.begin()
        let long = try await session.post(
          "/api/jobs", String(repeating: " ", count: 1 << 17) + "{}")
        #expect(long.status == 413)
        #expect(try await session.post("/api/jobs", "[]").status == 400)
        #expect(try await session.post("/api/jobs", "{").status == 400)
        for target in [
          "/api/events?limit=0", "/api/events?limit=501", "/api/events?from=-1",
          "/api/moment", "/api/moment?cut=99999999", "/api/state?cut=1",
          "/api/tiles?columns=100000",
          "/api/tiles?by=nothing", "/api/events?since=yesterday", "/api/subjects?x=%zz",
          "/api/event?offset=50", "/api/moment?s=7&cut=1",
        ] {
          let answer = try await session.get(target)
          #expect([400, 404].contains(answer.status), "\(target): \(answer.status)")
          #expect(answer.json["error"]?["message"]?.stringValue?.isEmpty == false, "\(target)")
        }
      }
    }
  }
#endif
