import EventLog
import GRDB
import Projections
import Replay
import ReplayTestSupport
import SystemPackage
import Testing

@Suite struct PastTests {
  /// Any way through the cuts, forward and back, near and far.
  @Test(arguments: [true, false]) func tablesAreAsTheyWere(_ hasKeys: Bool) async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(700, &random)
      try log.seal()
      let all = try log.allEvents()
      let projector = try Projector(Accounts(hasKeys: hasKeys), over: log)
      let past = try await projector.asOf(350)
      for _ in 0..<(hasKeys ? 60 : 12) {
        var cut = UInt64(random.below(all.count + 1))
        if random.below(4) > 0 {
          let near = Int64(await past.cut) + Int64(random.below(41)) - 20
          cut = UInt64(min(max(near, 0), Int64(all.count)))
        }
        try await past.move(to: cut)
        #expect(await past.cut == cut)
        #expect(try await past.read(Expected.init) == Expected(Array(all.prefix(Int(cut)))))
      }
      await #expect(throws: Replayer.CutBeyondEnd.self) { try await past.move(to: log.end + 1) }
      // The tables in use are elsewhere.
      #expect(try await projector.progress().position == 0)
    }
  }

  @Test func theyMayBeInAFile() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(50, &random)
      let projector = try Projector(Accounts(), over: log)
      let file = log.path.appending("past.sqlite")
      let past = try await projector.asOf(20, in: file)
      try await past.move(to: 10)
      let queue = try DatabaseQueue(path: file.string)
      #expect(try await queue.read(Expected.init) == Expected(log.allEvents(before: 10)))
      await #expect(throws: ProjectionError.self) { try await projector.asOf(20, in: file) }
    }
  }

  /// Events that fail on the way are dealt with as ever.
  @Test func thePolicyHoldsInThePast() async throws {
    var random = seeded()
    try await withLog { log in
      try await log.appendMoves(120, &random)
      var options = Projector<Accounts>.Options()
      options.failurePolicy = .skip
      let projector = try Projector(
        Accounts(poison: FailureTests.isPoisoned), over: log, options: options)
      try await projector.catchUp()
      let past = try await projector.asOf(log.end)
      #expect(try await past.read(Expected.init) == projector.read(Expected.init))
    }
  }
}
