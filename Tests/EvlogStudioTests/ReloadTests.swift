#if Studio && JavaScript
  import EvlogJSON
  import Foundation
  import ReplayTestSupport
  import SystemPackage
  import Testing

  @testable import EvlogStudio

  /// A machine's file is edited while the studio serves it: what a page is told.
  @Suite(.timeLimit(.minutes(15))) struct ReloadTests {
    @Test func verdictsThatAreGoneAndNewAreTold() async throws {
      try await ServedShop.with { shop in
        let session = try await ServedStudio(at: shop.address).begin()
        let live = try session.listen("/api/live?s=0")
        let file = URL(filePath: shop.folder.path.appending("shop.js").string)
        let source = try String(contentsOf: file, encoding: .utf8)
        // The change must be of the file, not of what is kept of it.
        while try await Self.subject(0, session)["knownTo"]?.integer(Int.self) != 12_480 {
          try await Task.sleep(for: .milliseconds(20))
        }
        var quickest = Double.infinity
        for round in 0..<4 {
          let isEdited = round % 2 == 0
          let text =
            isEdited ? source.replacing("i.available >= 0", with: "i.available >= -1000") : source
          try Data(text.utf8).write(to: file)
          let told = try await live.next("machine")
          let (listed, other) = isEdited ? ("gone", "appeared") : ("appeared", "gone")
          #expect(told["\(listed)Count"]?.integer(Int.self) == 3)
          #expect(told["\(other)Count"]?.integer(Int.self) == 0)
          #expect(told[listed]?.arrayValue?.first?["firstCut"]?.integer(Int.self) == 7778)
          #expect(told["unknownBefore"] == .null)
          if case .number(let number)? = told["milliseconds"] {
            quickest = min(quickest, number.double)
          }
          let subject = try await Self.subject(0, session)
          #expect(subject["episodes"]?.arrayValue?.count == (isEdited ? 0 : 3))
        }
        // On a machine with other work to do, one of them may take longer.
        #expect(quickest < 1000)
        try live.close()
      }
    }

    @Test func theUnknownBeforeAndAfterIsTold() async throws {
      try await ServedShop.with { shop in
        let session = try await ServedStudio(at: shop.address).begin()
        let live = try session.listen("/api/live?s=1")
        let map = try await session.json("/api/map?s=1")
        let unknown = try #require(map["counts"]?["unknown"]?.integer(Int.self))
        let file = URL(filePath: shop.folder.path.appending("orders.js").string)
        let source = try String(contentsOf: file, encoding: .utf8)
        let edited = source.replacing(
          "cancelled: { OrderShipped", with: "cancelled: { OrderPlaced: \"forbidden\", OrderShipped"
        )
        // A file that is being written may be of no use for a moment: the old machine goes on.
        try Data("machine(".utf8).write(to: file)
        let broken = try await live.next("broken")
        #expect(broken["message"]?.stringValue?.isEmpty == false)
        #expect(try await session.json("/api/map?s=1")["counts"] == map["counts"])
        try Data(edited.utf8).write(to: file)
        let told = try await live.next("machine")
        #expect(told["unknownBefore"]?["unknown"]?.integer(Int.self) == unknown)
        #expect(told["unknownAfter"]?["unknown"]?.integer(Int.self) == unknown - 1)
        #expect(
          told["unknownBefore"]?["cells"]?.integer(Int.self) == map["cells"]?.arrayValue?.count)
        try live.close()
      }
    }

    /// The files of parts are watched too, also those that the machine did not use at first.
    @Test func theFilesOfPartsAreWatched() async throws {
      try await ServedShop.with { shop in
        let session = try await ServedStudio(at: shop.address).begin()
        let live = try session.listen("/api/live?s=0")
        while try await Self.subject(0, session)["knownTo"]?.integer(Int.self) != 12_480 {
          try await Task.sleep(for: .milliseconds(20))
        }
        let file = URL(filePath: shop.folder.path.appending("shop.js").string)
        let part = file.deletingLastPathComponent().appending(path: "stock.js")
        let source = try String(contentsOf: file, encoding: .utf8)
        try Data(source.utf8).write(to: part)
        try Data(#"machine("shop", 1, { parts: { stock: use("stock.js") } })"#.utf8).write(to: file)
        let composed = try await live.next("machine")
        #expect(composed["appearedCount"]?.integer(Int.self) == 3)
        try Data(source.replacing("i.available >= 0", with: "i.available >= -1000").utf8)
          .write(to: part)
        let edited = try await live.next("machine")
        #expect(edited["goneCount"]?.integer(Int.self) == 3)
        #expect(edited["appearedCount"]?.integer(Int.self) == 0)
        try live.close()
      }
    }

    private static func subject(_ id: Int, _ session: ServedStudio.Session) async throws
      -> JSONValue
    {
      try #require(try await session.json("/api/subjects")["subjects"]?.arrayValue)[id]
    }
  }
#endif
