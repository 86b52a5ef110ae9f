import EvlogCuts
import EvlogStore
import Testing

@Suite struct RecordedClocksTests {
  private let lines = [CausalLine("a", end: 4), CausalLine("b", end: 3)]
  private func a(_ offset: Offset) -> CausalEvent { CausalEvent(line: 0, offset: offset) }
  private func b(_ offset: Offset) -> CausalEvent { CausalEvent(line: 1, offset: offset) }

  /// Adds the clocks of each line, from its first event on.
  private func clocks(
    _ lines: [[[String: UInt64]]], allowsHoles: Bool = true
  ) throws -> RecordedClocks {
    var clocks = RecordedClocks(lines: self.lines, allowsHoles: allowsHoles)
    for (line, all) in lines.enumerated() {
      for (offset, clock) in all.enumerated() {
        try clocks.add(clock, of: CausalEvent(line: line, offset: Offset(offset)))
      }
    }
    return clocks
  }

  private func causality(
    _ clocks: inout RecordedClocks, _ dangling: DanglingReferences = .refused
  ) throws -> Causality {
    var builder = try CausalityBuilder(lines: lines, dangling: dangling)
    try clocks.addEdges(to: &builder)
    return try builder.build()
  }

  @Test func clocksAreEdges() throws {
    var clocks = try clocks([
      [["a": 1], ["a": 2, "b": 1], ["a": 3], ["a": 4, "b": 3]],
      [["b": 1], ["b": 2, "a": 3], ["a": 3, "b": 3]],
    ])
    let causality = try causality(&clocks)
    #expect(try causality.leastCut(containing: [a(1)]).description == "a=2,b=1")
    #expect(try causality.leastCut(containing: [b(1)]).description == "a=3,b=2")
    #expect(try causality.leastCut(containing: [a(3)]).description == "a=4,b=3")
    #expect(causality.statistics.edges == 3)
    #expect(clocks.holeCount == 0 && clocks.firstHole == nil)
  }

  /// The event 2 of b was not recorded: whoever knows of it knows of the event 1, but not of the event 3.
  @Test func holesAreCounted() throws {
    let recorded: [[[String: UInt64]]] = [
      [["a": 1], ["a": 2, "b": 2]], [["b": 1], ["b": 3], ["b": 4]],
    ]
    var counted = try clocks(recorded)
    let causality = try causality(&counted)
    #expect(try causality.leastCut(containing: [a(1)]).description == "a=2,b=1")
    #expect(counted.holeCount == 1 && counted.firstHole == a(1))

    var refused = try clocks(recorded, allowsHoles: false)
    let error = #expect(throws: CausalityError.self) { try self.causality(&refused) }
    #expect(error?.code == .clockHole && error?.event == a(1) && error?.other == b(1))
  }

  @Test func whatDoesNotExistIsNamedOrCounted() throws {
    let recorded: [[[String: UInt64]]] = [
      [["a": 1, "c": 2], ["a": 2, "b": 4], ["a": 3]], [["b": 1], ["b": 3]],
    ]
    var stranger = try clocks(recorded)
    let error = #expect(throws: CausalityError.self) { try causality(&stranger) }
    #expect(
      error?.description == "a@0 names 'c:2' as its cause, which no event is."
        && error?.event == a(0))
    var late = try clocks([[["a": 1], ["a": 2, "b": 4]], [["b": 3]]])
    let missing = #expect(throws: CausalityError.self) { try causality(&late) }
    #expect(missing?.description == "a@1 names 'b:4' as its cause, which no event is.")
    var counted = try clocks(recorded)
    #expect(try causality(&counted, .counted).statistics.danglingReferences == 2)
  }

  @Test(arguments: [
    // A clock was copied; a host began again; two lines were swapped; what was known is forgotten.
    ([["a": 1], ["a": 1]], CausalityError.Code.duplicateClock),
    ([["a": 1], ["a": 2], ["a": 1]], .decreasingClock),
    ([["a": 2], ["a": 1]], .decreasingClock),
    ([["a": 1, "b": 2], ["a": 2, "b": 1]], .decreasingClock),
    ([["a": 1], ["b": 2]], .unnumberedClock), ([["a": 0]], .unnumberedClock),
  ]) func whatDoesNotFitNamesTheEvents(recorded: [[String: UInt64]], code: CausalityError.Code) {
    let error = #expect(throws: CausalityError.self) { try clocks([recorded]) }
    let last = Offset(recorded.count - 1)
    #expect(error?.code == code && error?.event == a(last))
    if code != .unnumberedClock { #expect(error?.other == a(last - 1)) }
  }
}

@Suite struct MessagesTests {
  private let lines = [CausalLine("a", end: 4), CausalLine("b", end: 3)]
  private func a(_ offset: Offset) -> CausalEvent { CausalEvent(line: 0, offset: offset) }
  private func b(_ offset: Offset) -> CausalEvent { CausalEvent(line: 1, offset: offset) }

  @Test func messagesAreEdgesAndInFlight() throws {
    var matching = MessageMatching(lines: lines)
    matching.addReceive("m", at: b(1))
    try matching.addSend("m", at: a(1))
    try matching.addSend("lost", at: a(2))
    try matching.addSend("n", at: b(0))
    matching.addReceive("n", at: a(3))
    let messages = try matching.messages()
    #expect(messages.all.map(\.id) == ["m", "lost", "n"])
    var builder = try CausalityBuilder(lines: lines)
    try messages.addEdges(to: &builder)
    let causality = try builder.build()
    #expect(try causality.leastCut(containing: [b(1)]).description == "a=2,b=2")
    func inFlight(_ text: String) throws -> [String] {
      try messages.inFlight(at: VectorCut(text)).map(\.id)
    }
    #expect(try inFlight("a=0,b=0") == [])
    #expect(try inFlight("a=2,b=1") == ["m", "n"])
    #expect(try inFlight("a=3,b=2") == ["lost", "n"])
    #expect(try inFlight("a=4,b=3") == ["lost"])
  }

  @Test func whatDoesNotMatchIsReported() throws {
    var matching = MessageMatching(lines: lines)
    try matching.addSend("m", at: a(1))
    let twice = #expect(throws: CausalityError.self) { try matching.addSend("m", at: b(0)) }
    #expect(twice?.description == "b@0 sends the message 'm', as a@1 does.")
    #expect(twice?.code == .duplicateSend && twice?.event == b(0) && twice?.other == a(1))
    matching.addReceive("x", at: b(2))
    let unsent = #expect(throws: CausalityError.self) { try matching.messages() }
    #expect(unsent?.description == "b@2 receives the message 'x', which no event sends.")
    #expect(try matching.messages(unsent: .counted).unsent == ["x"])
  }
}
