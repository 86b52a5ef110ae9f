#if JavaScript
  import EvlogMachine
  import EvlogReplay
  import EvlogScripting
  import EvlogStore
  import EvlogTesting
  import ReplayTestSupport
  import Testing

  /// A script sees the same events, whether they come in blocks or one by one, and whoever reads them.
  @Suite struct ScriptBlockTests {
    /// Notes all that there is to see of an event.
    private static let source = """
      const text = (v) => v instanceof Uint8Array ? "bytes " + v.join() : typeof v === "bigint" ? v + "n"
        : typeof v === "object" && v !== null
          ? "{" + Object.keys(v).map(k => k + ":" + text(v[k])).join() + "}" : JSON.stringify(v)
      machine("all", 1, {
        initial: { seen: [], mark: 0n }, ignore: ["idle"],
        on: {
          "*": (s, e) => {
            s.seen.push([e.offset, e.stream, e.revision, e.type, e.schemaVersion, e.timeNs, e.id,
              text(e.causation), e.correlation, text(e.metadata), e.contentType, text(e.data)])
            s.mark = BigInt(e.offset)
          },
        },
        invariants: { "not a tenth": always(s => s.mark % 10n !== 0n) },
        regions: { of: s => s.mark % 3n === 0n ? "third" : "else" },
      })
      """

    private func event(_ i: Int, _ random: inout SeededGenerator) -> NewEvent {
      let number = random.next() >> UInt64(random.below(60))
      let texts = ["plain", "größer", "日本", "🙂", "e\u{301}", "\\\\n\\u00e9\\ud83d\\ude42"]
      var event = NewEvent(
        stream: "konto-\(texts[random.below(5)])-\(random.below(50))",
        type: ["idle", "up", "ünter"][random.below(3)],
        data: Array("{\"n\":\(number),\"t\":\"\(texts[random.below(texts.count)])\"}".utf8))
      event.recordedAt = Timestamp(
        nanoseconds: Int64(truncatingIfNeeded: random.next()) >> Int64(random.below(30)))
      if random.below(10) == 0 { event.schemaVersion = UInt32(1 + random.below(4)) }
      if random.below(8) == 0 { event.id = "id-\(i)" }
      if random.below(8) == 0 { event.causation = ["cause-\(i)"] }
      if random.below(12) == 0 { event.causation.append(texts[random.below(texts.count)]) }
      if random.below(8) == 0 { event.correlation = "größe-\(i)" }
      switch random.below(8) {
      case 0: event.metadata = Array("{\"big\":\(UInt64.max - UInt64(i))}".utf8)
      case 1: event.metadata = [0xff, UInt8(truncatingIfNeeded: i)]
      case 2: event.metadata = Array("{\"é\":1}".utf8)
      default: break
      }
      switch random.below(12) {
      case 0:
        event.contentType = "application/octet-stream"
        event.data = [0, 0xff, UInt8(truncatingIfNeeded: i)]
      case 1: event.data = []
      case 2: event.contentType = "application/what+json"
      default: break
      }
      return event
    }

    @Test(arguments: UInt64(0)..<6) func blocksAreTheirEvents(seed: UInt64) throws {
      var random = SeededGenerator(seed: seed)
      let folder = TemporaryFolder()
      let log = try folder.log("log", [])
      defer { log.close() }
      // Turns of one event, which are gathered, and of more than a batch has.
      for count in [1, 1, 3, 2500, 1, 130, 1, 1, 700] {
        try log.appendBlocking(Turn((0..<count).map { event($0, &random) }))
      }
      if seed % 2 == 0 { try log.seal() }
      let program = try ScriptProgram(source: Self.source, file: "all.js")
      var events: [RecordedEvent] = []
      var reader = log.events().makeCursor()
      while let event = try reader.next() { events.append(event) }
      let single = try program.makeHost()
      var expected: [VerdictChange] = []
      let counted = RegionCounter(.declared)
      for event in events {
        try single.run([event][...], checks: true) { expected.append($0) }
      }
      let other = try program.makeHost()
      for event in events {
        try other.run([event], watching: .regions(counted), verdict: { _ in }, moment: { _ in })
      }

      let blocks = try program.makeHost()
      var changes: [VerdictChange] = []
      let tally = RegionCounter(.declared)
      let tallied = try program.makeHost()
      var block = EventBlock()
      var cursor = log.events().makeCursor()
      while try cursor.read(into: &block) {
        try blocks.run(block, checks: true) { changes.append($0) }
        try tallied.run(block, watching: .regions(tally)) { _ in }
      }
      #expect(try blocks.state(of: nil) == single.state(of: nil), "seed \(seed)")
      #expect(changes == expected, "seed \(seed)")
      #expect(tally.tally == counted.tally, "seed \(seed)")

      for workers in 1...3 {
        var work = Replayer.Work()
        let replayed = try Replayer(program, over: log, workers: workers)
          .execution(at: log.end, work: &work)
        #expect(try replayed.state(of: nil) == single.state(of: nil), "seed \(seed)")
        #expect(work.events == UInt64(log.end), "seed \(seed)")
      }
    }

    @Test func theEventThatFailsIsNamed() throws {
      let folder = TemporaryFolder()
      let log = try folder.log("log", [])
      defer { log.close() }
      try log.appendBlocking(
        Turn((0..<2000).map { NewEvent("e", $0 == 1717 ? "{\"n\":}" : "{\"n\":\($0)}") }))
      for body in ["s.n = e.data.n", "s.n = e.data.n; if (s.n === 1500) throw new Error('no')"] {
        let execution = try machine(body).makeHost()
        var block = EventBlock()
        var cursor = log.events().makeCursor()
        let error = #expect(throws: MachineError.self) {
          while try cursor.read(into: &block) { try execution.run(block, checks: true) { _ in } }
        }
        #expect(error?.offset == (body.contains("throw") ? 1500 : 1717))
      }
    }

    @Test func aLoopInABlockIsStopped() throws {
      let folder = TemporaryFolder()
      let log = try folder.log("log", [])
      defer { log.close() }
      try log.appendBlocking(Turn((0..<1500).map { NewEvent("e", "{\"n\":\($0)}") }))
      let execution = try machine("if (e.data.n === 1234) for (;;);", seconds: 0.3).makeHost()
      var block = EventBlock()
      var cursor = log.events().makeCursor()
      let error = #expect(throws: MachineError.self) {
        while try cursor.read(into: &block) { try execution.run(block, checks: true) { _ in } }
      }
      #expect(error?.offset == 1234 && error?.kind == .timedOut)
    }
  }
#endif
