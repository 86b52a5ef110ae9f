#if NATS
  import CNATS
  import EvlogAnswers
  import EvlogJSON
  import EvlogStore
  import Foundation
  import Testing

  /// A stream of a real server, mirrored by the command.
  @Suite(.enabled(if: NATSServer.isInstalled, NATSServer.notInstalled), .timeLimit(.minutes(5)))
  struct MirrorTests {
    private let place: MirrorPlace
    private let server: NATSServer
    private let client: StreamClient
    private let address: String

    init() async throws {
      place = try MirrorPlace()
      server = try NATSServer(in: place.folder.appending(path: "server"))
      try await server.start()
      client = try await StreamClient(server.url, "ORDERS")
      try await client.create()
      address = "\(server.url)/ORDERS"
    }

    /// As it is published, with every kind of header, and data that is no text.
    private static func published() -> [Message] {
      (1...3000).map { number in
        var message = Message.numbered(number)
        if number % 3 == 0 { message.headers.append(("Nats-Msg-Id", "id-\(number)")) }
        if number % 5 == 0 { message.headers.append(("Evlog-Type", "kind-\(number % 4)")) }
        if number % 7 == 0 { message.headers += [("Trace", "a"), ("Trace", "b \u{e9}")] }
        if number % 11 == 0 { message.data = (0..<number).map { UInt8(truncatingIfNeeded: $0) } }
        if number == 13 { message.data = [] }
        return message
      }
    }

    @Test func everyMessageIsAnEventOnce() throws {
      let messages = Self.published()
      try client.publish(messages)
      let answer = try place.mirror(address)
      #expect(answer.status == 0, "\(answer.error)")
      #expect(try answer.json()["addedEvents"]?.integer() == 3000)
      #expect(try answer.json()["isCaughtUp"] == .bool(true))
      let events = try place.messages()
      try #require(events.count == messages.count)
      for (i, (event, message)) in zip(events, messages).enumerated() {
        #expect(event.id == "ORDERS/\(i + 1)")
        #expect(event.stream == message.subject)
        #expect(Array(event.data) == message.data)
        let type = message.headers.first { $0.name == "Evlog-Type" }?.value
        #expect(event.type == type ?? "message")
        let isJSON = i % 11 != 10 && i != 12
        #expect(event.contentType == (isJSON ? "application/json" : "application/octet-stream"))
        let metadata = try event.metadata.map { try JSONParser.parse($0) }
        let names = Set(message.headers.map(\.name))
        if case .object(let object)? = metadata {
          #expect(Set(object.members.map(\.key)) == names)
        } else {
          #expect(names.isEmpty)
        }
        if names.contains("Trace") {
          #expect(metadata?["Trace"] == .array([.string("a"), .string("b \u{e9}")]))
        }
      }
      // Times are the server's, and ascend.
      #expect(zip(events, events.dropFirst()).allSatisfy { $0.recordedAt <= $1.recordedAt })
      let check = try place.evlog("mirror", "--check", address, "log", "--json")
      #expect(check.status == 0, "\(check.output) \(check.error)")
      #expect(try check.json()["same"]?.integer() == 3000)

      // Again, nothing is added; what comes later is.
      #expect(try place.mirror(address).json()["addedEvents"]?.integer() == 0)
      try client.publish(3001...3100)
      #expect(try place.mirror(address).json()["addedEvents"]?.integer() == 100)
      #expect(try place.messages().count == 3100)
      // The members are those that the document names.
      try expectDocumented("mirror", place.mirror(address).json())
      try expectDocumented("mirror --check", check.json())
      let answered = try Answers.MirrorCheck(json: check.json())
      #expect(answered.epoch.stream == "ORDERS")
      let sample = try place.evlog("mirror", "--check", "--sample", "50", address, "log", "--json")
      #expect(sample.status == 0)
      #expect(try sample.json()["compared"]?.integer() == 50)
      #expect(try sample.json()["sampledFrom"]?.integer() == 3100)
    }

    private func expectDocumented(_ verb: String, _ json: JSONValue) throws {
      let package = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
      let text = try String(
        contentsOf: package.appending(path: "Documentation/JSON.md"), encoding: .utf8)
      let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("| `\(verb)` |") })
      var outer = ""
      var depth = 0
      for character in row.dropFirst(verb.count + 5) {
        if "([{".contains(character) { depth += 1 }
        if depth == 0 { outer.append(character) }
        if ")]}".contains(character) { depth -= 1 }
      }
      let named = Set(outer.matches(of: /`(\w+)`/).map { String($0.output.1) })
      guard case .object(let object) = json else {
        throw StreamClient.Failed(description: "\(json)")
      }
      #expect(named.union(["evlog", "command"]) == Set(object.members.map(\.key)))
    }

    @Test func aMappingGivesTypeAndStream() throws {
      try client.publish(1...20)
      let map = #"type=kind,stream="order-"+number"#
      #expect(try place.mirror(address, "--map", map).status == 0)
      let events = try place.messages()
      #expect(events.map(\.stream) == (1...20).map { "order-\($0)" })
      #expect(events.allSatisfy { $0.type == "paid" })
      // The subject is not lost.
      let subjects = try events.map { event in
        try JSONParser.parse(try #require(event.metadata))["Nats-Subject"]?.stringValue
      }
      #expect(subjects == (1...20).map { "orders.\($0 % 7)" })
      let check = try place.evlog("mirror", "--check", address, "log", "--map", map)
      #expect(check.status == 0, "\(check.output)")

      try client.publish([Message(subject: "orders.1", data: Array("no JSON".utf8))])
      let answer = try place.mirror(address, "--map", map)
      #expect(answer.status == 2)
      #expect(answer.error.contains("message 21"))
      #expect(try place.messages().count == 20)
      let refused = try place.mirror(address, "--map", "data=kind")
      #expect(refused.status == 2)
      #expect(refused.error.contains("cannot give 'data'"))
    }

    @Test func deletedMessagesAreEvents() throws {
      try client.publish(1...100)
      for sequence in [10, 11, 12, 40] { try client.delete(UInt64(sequence)) }
      let answer = try place.mirror(address)
      #expect(answer.status == 0)
      #expect(try answer.json()["gaps"]?.integer() == 2)
      #expect(try answer.json()["missing"]?.integer() == 4)
      let gaps = try place.events().filter { $0.type == "evlog.gap" }
      #expect(gaps.count == 2)
      let first = try JSONParser.parse(try #require(gaps.first).data)
      #expect(first["first"]?.integer() == 10)
      #expect(first["count"]?.integer() == 3)
      #expect(first["reason"] == .string("deleted"))
      #expect(
        try place.messages().map(\.id)
          == (1...100).filter { ![10, 11, 12, 40].contains($0) }.map { "ORDERS/\($0)" })
      #expect(try place.evlog("mirror", "--check", address, "log").status == 0)

      // What is deleted after it was mirrored is named.
      for sequence in [50, 51, 99, 100] { try client.delete(UInt64(sequence)) }
      let check = try place.evlog("mirror", "--check", address, "log", "--json")
      #expect(check.status == 1)
      let lost = try check.json()["lost"]
      #expect(lost?["count"]?.integer() == 4)
      #expect(lost?["ranges"]?.arrayValue?.first?["first"]?.integer() == 50)
      #expect(lost?["ranges"]?.arrayValue?.last?["last"]?.integer() == 100)
      // The last message is compared with none, and an earlier one with its own.
      try client.publish(101...110)
      #expect(try place.mirror(address).json()["addedEvents"]?.integer() == 10)
    }

    @Test func whatExpiredIsNeverSilent() throws {
      try client.publish(1...100)
      #expect(try place.mirror(address).status == 0)
      // All of it was mirrored, but nothing is left to be compared.
      try client.purge()
      let unverifiable = try place.mirror(address)
      #expect(unverifiable.status == 3, "\(unverifiable.error)")
      #expect(unverifiable.error.contains("cannot be compared"))
      try client.publish(101...200)
      #expect(try place.mirror(address, "--allow-gap").json()["addedEvents"]?.integer() == 100)
      #expect(try place.events().last { $0.type == "evlog.gap" } != nil)

      // Here messages are missing.
      try client.publish(201...250)
      try client.purge()
      try client.publish(251...260)
      let lost = try place.mirror(address)
      #expect(lost.status == 1)
      #expect(lost.error.contains("Sequences 201 to 250 expired"), "\(lost.error)")
      let allowed = try place.mirror(address, "--allow-gap")
      #expect(allowed.status == 0)
      #expect(try allowed.json()["missing"]?.integer() == 50)
      let gap = try JSONParser.parse(
        try #require(try place.events().last { $0.type == "evlog.gap" }).data)
      #expect(gap["reason"] == .string("expired"))
      #expect(gap["first"]?.integer() == 201)
      #expect(gap["count"]?.integer() == 50)
      let check = try place.evlog("mirror", "--check", address, "log", "--json")
      #expect(check.status == 0)
      #expect(try check.json()["expired"]?["count"]?.integer() == 200)
    }

    @Test func aStreamThatWasMadeAgainIsNoticed() async throws {
      try client.publish(1...50)
      #expect(try place.mirror(address).status == 0)
      try client.delete()
      try await client.create()
      try client.publish(1...60, as: "other")
      let answer = try place.mirror(address)
      #expect(answer.status == 1)
      #expect(answer.error.contains("made again"), "\(answer.error)")
      #expect(try place.messages().count == 50)
      #expect(try place.evlog("mirror", "--check", address, "log").status == 1)
      let goes = try place.mirror(address, "--new-epoch")
      #expect(goes.status == 0, "\(goes.error)")
      #expect(try goes.json()["epoch"]?["number"]?.integer() == 2)
      let messages = try place.messages()
      #expect(messages.count == 110)
      #expect(messages[50].id == "ORDERS@2/1")
      #expect(try place.events().count { $0.type == "evlog.epoch" } == 2)
      #expect(try place.evlog("mirror", "--check", address, "log").status == 0)
      #expect(try place.mirror(address).json()["addedEvents"]?.integer() == 0)
    }

    /// The server's folder is put back to what it was, as from an older backup, and goes on otherwise.
    @Test func anOlderCopyOfTheServerIsNoticed() async throws {
      try client.publish(1...50)
      server.stop()
      let copy = place.folder.appending(path: "copy")
      try FileManager.default.copyItem(at: server.data, to: copy)
      try await server.start()
      var client = try await StreamClient(server.url, "ORDERS")
      try client.publish(51...80)
      #expect(try place.mirror(address).status == 0)
      #expect(try place.messages().count == 80)
      server.stop()
      try FileManager.default.removeItem(at: server.data)
      try FileManager.default.moveItem(at: copy, to: server.data)
      try await server.start()
      client = try await StreamClient(server.url, "ORDERS")
      let truncated = try place.mirror(address)
      #expect(truncated.status == 1)
      #expect(truncated.error.contains("ends at sequence 50"), "\(truncated.error)")
      let lost = try place.evlog("mirror", "--check", address, "log", "--json")
      #expect(lost.status == 1)
      #expect(try lost.json()["lost"]?["count"]?.integer() == 30)

      // The same messages in another order, then others.
      try client.publish((51...60).reversed().map { .numbered($0) })
      try client.publish(61...90, as: "other")
      let different = try place.mirror(address)
      #expect(different.status == 1)
      #expect(different.error.contains("Message 80 is not the one"), "\(different.error)")
      let check = try place.evlog("mirror", "--check", address, "log", "--json")
      #expect(check.status == 1)
      let json = try check.json()
      #expect(json["same"]?.integer() == 50)
      #expect(json["reordered"]?["count"]?.integer() == 10)
      #expect(json["changed"]?["count"]?.integer() == 20)
      #expect(json["ahead"]?.integer() == 10)
      #expect(try place.messages().count == 80)
    }

    /// One byte of a message is changed on the server's disk.
    @Test func aFlippedByteIsNamed() async throws {
      try client.publish(1...200)
      #expect(try place.mirror(address).status == 0)
      server.stop()
      let folder = server.data.appending(path: "jetstream/$G/streams/ORDERS/msgs")
      let block = folder.appending(path: "1.blk")
      var bytes = try Data(contentsOf: block)
      let needle = Data(#""number":117}"#.utf8)
      let found = try #require(bytes.range(of: needle))
      bytes[found.lowerBound + 10] ^= 1
      try bytes.write(to: block)
      try await server.start()
      let client = try await StreamClient(server.url, "ORDERS")
      _ = client
      let check = try place.evlog("mirror", "--check", address, "log", "--json")
      #expect(check.status == 1, "\(check.output) \(check.error)")
      let json = try check.json()
      let named = ["lost", "changed"].flatMap { json[$0]?["ranges"]?.arrayValue ?? [] }
      let isNamed = named.contains { range in
        let (first, last) = (range["first"]?.integer() ?? 0, range["last"]?.integer() ?? 0)
        return first <= 117 && 117 <= last
      }
      #expect(isNamed, "\(check.output)")
    }

    @Test func errorsSayWhatToDo() async throws {
      let free = try NATSServer.freePort()
      let away = try place.mirror("nats://127.0.0.1:\(free)/ORDERS")
      #expect(away.status == 74)
      #expect(away.error.contains("cannot be reached"), "\(away.error)")
      let patient = try place.mirror("nats://127.0.0.1:\(free)/ORDERS", "--timeout", "1")
      #expect(patient.status == 74)
      #expect(patient.error.contains("Trying again"))
      let unknown = try place.mirror("\(server.url)/orders")
      #expect(unknown.status == 2)
      #expect(unknown.error.contains("no stream 'orders'"), "\(unknown.error)")
      for address in [
        "ORDERS", "nats://127.0.0.1:1", "nats:///ORDERS", "kafka://a/b", "nats://a/b.c",
      ] {
        let answer = try place.mirror(address)
        #expect(answer.status == 2, "\(address)")
        #expect(answer.error.contains("nats://"), "\(answer.error)")
      }
      let queue = try await StreamClient(server.url, "WORK")
      try await queue.create(subjects: "work", retention: js_WorkQueuePolicy)
      let taken = try place.mirror("\(server.url)/WORK")
      #expect(taken.status == 2)
      #expect(taken.error.contains("work queue"))
      try client.publish(1...3)
      #expect(try place.mirror(address).status == 0)
      try queue.delete()
      let other = try await StreamClient(server.url, "OTHER")
      try await other.create(subjects: "other")
      let second = try place.mirror("\(server.url)/OTHER")
      #expect(second.status == 2)
      #expect(second.error.contains("mirrors another stream"))
    }

    @Test func namesOfEvlogsOwnAreRefused() async throws {
      let own = try await StreamClient(server.url, "OWN")
      try await own.create(subjects: "evlog.>")
      try own.publish([Message(subject: "evlog.contract", data: Array("{}".utf8))])
      let answer = try place.mirror("\(server.url)/OWN")
      #expect(answer.status == 2)
      #expect(answer.error.contains("'evlog.contract'"), "\(answer.error)")
    }

    @Test func usersAndRightsAreAsked() async throws {
      let folder = place.folder.appending(path: "private")
      let closed = try NATSServer(
        """
        jetstream { store_dir: "\(folder.path)/data" }
        authorization { users: [
          { user: "a", password: "right" },
          { user: "b", password: "right", permissions: { publish: ["orders.>"] } }
        ] }
        """, in: folder)
      try await closed.start()
      let client = try await StreamClient(
        "nats://a:right@127.0.0.1:\(closed.port)", "ORDERS")
      try await client.create()
      try client.publish(1...5)
      let wrong = try place.mirror("nats://a:wrong@127.0.0.1:\(closed.port)/ORDERS")
      #expect(wrong.status == 74)
      #expect(wrong.error.contains("refuses the connection"), "\(wrong.error)")
      let mayNot = try place.mirror("nats://b:right@127.0.0.1:\(closed.port)/ORDERS")
      #expect(mayNot.status == 74)
      #expect(mayNot.error.contains("$JS.API"), "\(mayNot.error)")
      let answer = try place.mirror("nats://a:right@127.0.0.1:\(closed.port)/ORDERS")
      #expect(answer.status == 0)
      #expect(!answer.output.contains("right"))
      let epoch = try #require(try place.events().first)
      #expect(!String(decoding: epoch.data, as: UTF8.self).contains("right"))
    }
  }
#endif
