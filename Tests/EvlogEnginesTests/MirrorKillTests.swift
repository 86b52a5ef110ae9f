#if NATS
  import EvlogStore
  import EvlogTesting
  import Foundation
  import Testing

  /// What is killed in the middle goes on, and each message is in the log once.
  @Suite(.enabled(if: NATSServer.isInstalled, NATSServer.notInstalled), .timeLimit(.minutes(10)))
  struct MirrorKillTests {
    private static var rounds: Int {
      30 * (ProcessInfo.processInfo.environment["EVLOG_SEEDS"].flatMap { Int($0) } ?? 1)
    }

    private func expectAll(_ count: Int, in place: MirrorPlace) throws {
      let events = try place.messages()
      #expect(events.count == count)
      for (i, event) in events.enumerated() {
        let message = Message.numbered(i + 1)
        guard event.id == "ORDERS/\(i + 1)", Array(event.data) == message.data else {
          Issue.record("event \(i) is \(event)")
          return
        }
      }
    }

    private func wait(_ what: String, until isTrue: () throws -> Bool) async throws {
      for _ in 0..<600 {
        if try isTrue() { return }
        try await Task.sleep(for: .milliseconds(50))
      }
      Issue.record("\(what): waited for too long")
    }

    @Test func theMirrorIsKilledAtAnyMoment() async throws {
      let seed = UInt64.random(in: 0...UInt64.max)
      var random = SeededGenerator(seed: seed)
      let place = try MirrorPlace()
      let server = try NATSServer(in: place.folder.appending(path: "server"))
      try await server.start()
      let client = try await StreamClient(server.url, "ORDERS")
      try await client.create()
      let address = "\(server.url)/ORDERS"
      var published = 0
      for round in 0..<Self.rounds {
        let count = 1 + random.below(4000)
        try client.publish(published + 1...published + count)
        published += count
        let batch = "\(1 + random.below(300))"
        let mirror = try place.start(["mirror", address, "log", "--batch", batch])
        // From before it has begun until after it has caught up.
        try await Task.sleep(for: .milliseconds(random.below(round.isMultiple(of: 2) ? 60 : 400)))
        kill(mirror.processIdentifier, SIGKILL)
        mirror.waitUntilExit()
      }
      let answer = try place.mirror(address)
      #expect(answer.status == 0, "seed \(seed): \(answer.error)")
      try expectAll(published, in: place)
      let check = try place.evlog("mirror", "--check", address, "log")
      #expect(check.status == 0, "seed \(seed): \(check.output) \(check.error)")
    }

    @Test func theServerIsKilledAndComesBack() async throws {
      let place = try MirrorPlace()
      let server = try NATSServer(in: place.folder.appending(path: "server"))
      try await server.start()
      var client = try await StreamClient(server.url, "ORDERS")
      try await client.create()
      try client.publish(1...1000)
      let address = "\(server.url)/ORDERS"
      let mirror = try place.start(["mirror", address, "log"])
      try await wait("the first messages") { try place.said("error").contains("caught up") }
      for round in 1...3 {
        server.kill()
        try await wait("the server is missed") {
          try place.said("error").components(separatedBy: "Trying again").count > round
        }
        try await server.start()
        client = try await StreamClient(server.url, "ORDERS")
        try client.publish(round * 1000 + 1...round * 1000 + 1000)
        try await wait("messages after the server is back") {
          let log = try EventLog.openReadOnly(place.log)
          defer { log.close() }
          return UInt64(log.end) >= UInt64(round * 1000 + 1001)
        }
      }
      #expect(mirror.isRunning)
      kill(mirror.processIdentifier, SIGINT)
      mirror.waitUntilExit()
      #expect(mirror.terminationReason == .exit)
      let said = try place.said("error")
      #expect(mirror.terminationStatus == 0, "\(said)")
      #expect(try place.said("output").contains("up to sequence 4,000"))
      try expectAll(4000, in: place)
    }

    /// Three servers, each message on all of them; the one that leads the stream is killed.
    @Test func aLeaderIsKilled() async throws {
      let place = try MirrorPlace()
      let (ports, routes) = try (
        (0..<3).map { _ in try NATSServer.freePort() },
        (0..<3).map { _ in try NATSServer.freePort() }
      )
      var servers: [NATSServer] = []
      for i in 0..<3 {
        let folder = place.folder.appending(path: "server-\(i)")
        let others = routes.map { "\"nats://127.0.0.1:\($0)\"" }.joined(separator: ", ")
        servers.append(
          try NATSServer(
            """
            server_name: "s\(i)"
            jetstream { store_dir: "\(folder.path)/data" }
            cluster { name: "c", listen: "127.0.0.1:\(routes[i])", routes: [\(others)] }
            """, in: folder, port: ports[i]))
      }
      for server in servers { try await server.start() }
      let all = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
      let urls = ports.map { "nats://127.0.0.1:\($0)" }.joined(separator: ",")
      var client = try await StreamClient(urls, "ORDERS")
      try await client.create(replicas: 3)
      try client.publish(1...2000)
      let mirror = try place.start(["mirror", "nats://\(all)/ORDERS", "log"])
      try await wait("the first messages") { try place.said("error").contains("caught up") }
      let leader = try #require(try client.leader())
      let killed = try #require(Int(leader.dropFirst()))
      servers[killed].kill()
      client = try await StreamClient(
        ports.enumerated().filter { $0.offset != killed }.map { "nats://127.0.0.1:\($0.element)" }
          .joined(separator: ","), "ORDERS")
      try await client.publishPatiently(2001...4000)
      try await wait("the messages of the new leader") {
        let log = try EventLog.openReadOnly(place.log)
        defer { log.close() }
        return UInt64(log.end) >= 4001
      }
      kill(mirror.processIdentifier, SIGINT)
      mirror.waitUntilExit()
      let said = try place.said("error")
      #expect(mirror.terminationStatus == 0, "\(said)")
      try expectAll(4000, in: place)
      let check = try place.evlog("mirror", "--check", "nats://\(all)/ORDERS", "log")
      #expect(check.status == 0, "\(check.output) \(check.error)")
    }
  }
#endif
