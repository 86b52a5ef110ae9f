import EvlogCuts
import EvlogStore
import Testing

@Suite struct SeveralCausesTests {
  private func event(_ id: String, _ causes: String...) -> RecordedEvent {
    RecordedEvent(
      NewEvent(stream: "s", type: "t", data: [], id: id, causation: causes), offset: 0,
      revision: 0)
  }

  /// A join has an edge from each of its causes, in whichever log that is.
  @Test func eachCauseIsAnEdge() throws {
    let group = try LogGroup([
      .init("a", EventList([event("a0"), event("a1")])),
      .init("b", EventList([event("b0", "a0"), event("b1")])),
      .init("c", EventList([event("c0"), event("c1", "b0", "a1", "b0")])),
    ])
    let causality = try group.history().causality
    let least = try causality.leastCut(containing: [CausalEvent(line: 2, offset: 1)])
    #expect(least.numbers == [2, 1, 2])
    #expect(
      try causality.leastCut(containing: [CausalEvent(line: 1, offset: 0)]).numbers == [1, 1, 0])
  }
}
