import EvlogAnswers
import EvlogCuts
import EvlogJSON
import EvlogMachine
import EvlogStore
import SystemPackage
import Testing

/// Traces with vector clocks as groups: a line for each host, which is a stream of one log.
@Suite("Real data: groups", .enabled(if: RealData.isThere, RealData.whySkipped))
struct GroupTests {
  private static let folder = RealData.folder.appending("ewd998")

  /// A trace as a group's file names it: `n=trace.evlog#trace0/*`, with `--clock data.clock`.
  private func group(_ trace: String, _ stored: TemporaryLog) throws -> CausalHistory {
    let clock = try #require(EventField("data.clock"))
    let file = GroupFile(
      [try #require(GroupFile.Entry("n=\(stored.path)#\(trace)/*"))], edges: [.clock(clock)])
    return try file.open(in: "").history()
  }

  /// What another program found: the number of consistent cuts, and the first levels of predicates.
  private func expected() throws -> [JSONValue] {
    try #require(
      JSONParser.parse(RealData.text(Self.folder.appending("cuts.json"))).arrayValue)
  }

  @Test func tracesAreGroups() async throws {
    let stored = try TemporaryLog(try Dataset("ewd998").events, turnsOf: 1000)
    for answer in try expected() {
      guard let events = answer["events"]?.integer(UInt64.self) else { continue }
      let history = try group(try #require(answer["trace"]?.stringValue), stored)
      let statistics = try history.statistics()
      #expect(statistics.events == events)
      #expect(statistics.logs.count == answer["hosts"]?.integer())
      #expect(statistics.clockHoles == 0 && statistics.unresolvedReferences == 0)
      #expect(
        try history.causality.consistentCutCount()
          == answer["consistent_cuts"]?.integer(UInt64.self))
      try expectCuts(of: history)
    }
  }

  /// Each recorded clock is the least cut of its event, and a cut without one of those events is inconsistent.
  private func expectCuts(of history: CausalHistory) throws {
    var inconsistent = 0
    for position in 0..<history.causality.statistics.events {
      let place = history.order[Offset(position)]
      let event = try #require(try history.original(place))
      let clock = try #require(JSONParser.parse(event.data[...])["clock"])
      let known = try history.group.names.map { name in
        try #require(clock[name]?.integer(Cut.self))
      }
      let cut = try VectorCut(names: history.group.names, positions: known)
      #expect(try history.cut(of: [place]).cut == cut)
      #expect(try history.check(cut).consistent)
      for line in known.indices where line != place.line && known[line] > 0 {
        var fewer = known
        fewer[line] = known[line] - 1
        let other = try VectorCut(names: history.group.names, positions: fewer)
        let check = try history.check(other)
        #expect(!check.consistent && check.edge != nil)
        #expect(check.below <= other && other <= check.above)
        inconsistent += 1
      }
    }
    #expect(inconsistent > 0)
  }

  @Test func predicatesAreFoundByAScript() async throws {
    let stored = try TemporaryLog(try Dataset("ewd998").events, turnsOf: 1000)
    let initial = try JSONParser.parse(
      RealData.text(Self.folder.appending("initial-states.json")))
    for answer in try expected() {
      guard let predicates = answer["predicates(over each host's own 'active' flag)"] else {
        continue
      }
      let trace = try #require(answer["trace"]?.stringValue)
      let active = try #require(initial[trace]?["active"])
      let machine = try RealData.machine(
        "activity", after: "const ACTIVE = \(active.canonicalText)\n")
      let investigation = Investigation(machine, of: try group(trace, stored))
      let names = ["all_inactive", "nobody_but_n1_active"]
      let possibly = try await investigation.bisect(names, runs: .possibly)
      let definitely = try await investigation.bisect(names, runs: .definitely)
      #expect(possibly.invariants.map(\.name) == names)
      for (possible, definite) in zip(possibly.invariants, definitely.invariants) {
        let expected = try #require(predicates[possible.name])
        #expect(possible.method == .conjunctive && possible.guarantee == "exact")
        #expect(possible.violated.map { .bool($0) } == expected["possibly"], "\(possible.name)")
        #expect(definite.violated.map { .bool($0) } == expected["definitely"], "\(possible.name)")
        // The least cut of a conjunction is in the first level.
        let cut = try #require(possible.first?.cut)
        #expect(
          expected["first_level_possible"]?.integer(UInt64.self) == cut.eventCount,
          "\(possible.name)")
      }
      // Any other invariant is judged cut by cut.
      let any = try await investigation.bisect(["at_least_6_active"], runs: .possibly)
      let finding = try #require(any.invariants.first)
      let expected = try #require(predicates["at_least_6_active"])
      if expected["possibly"] == .bool(true) {
        #expect(finding.violated == true && finding.method == .enumeration)
        #expect(finding.first?.cut.eventCount == 0)
      }
    }
  }
}
