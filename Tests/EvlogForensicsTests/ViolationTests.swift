import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import ReplayTestSupport
import Testing

/// What a violation says of the event that brought it.
@Suite struct ViolationTests {
  let folder = TemporaryFolder()

  private struct Stock: Machine {
    struct State: Codable, Sendable { var items: [String: Int] = [:] }
    enum Event: Codable, Sendable { case set(item: String, count: Int) }
    let initialState = State()
    var scope: Scope = .log
    var floor = 0
    var name: String { "Stock \(scope) \(floor)" }
    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      guard case .set(let item, let count) = event else { return }
      state.items[item] = count
    }
    var invariants: [Invariant<Self>] {
      let floor = floor
      return [
        .always("few") { $0.items.count < 3 },
        .always("not negative") { $0.items.values.allSatisfy { $0 >= floor } },
        .step("no jump") { before, _, after, _ in
          before.items.allSatisfy { abs($0.value - (after.items[$0.key] ?? 0)) < 100 }
        },
        .always("never broken") { _ in true },
        .always("something from the start") { !$0.items.isEmpty || floor == 0 },
      ]
    }
  }

  private func set(_ item: String, _ count: Int, in stream: String = "s") -> NewEvent {
    NewEvent("set", #"{"item":"\#(item)","count":\#(count)}"#, in: stream)
  }

  @Test func eachComesWithItsEventAndWhatItChanged() async throws {
    let log = try folder.log(
      "log", [set("x", 5), set("y", 7), set("x", -1), set("y", 500), set("z", -3)])
    let replayer = Replayer(Stock(floor: 0).program, over: log)
    let violations = try await replayer.violations(in: try await replayer.scan())
    #expect(violations.map(\.finding.invariant.name) == ["few", "not negative", "no jump"])
    #expect(violations.map { $0.event?.offset } == [4, 2, 3])
    #expect(
      violations.map { $0.diff.lines() } == [
        ["+ items.z  -3"], ["~ items.x  5 → -1"], ["~ items.y  7 → 500"],
      ])
    #expect(try await replayer.firstViolation()?.event?.offset == 2)
  }

  @Test func severalAtTheSameEventAndTheInitialState() async throws {
    let log = try folder.log("log", [set("x", 5), set("y", 1), set("x", -400)])
    let replayer = Replayer(Stock(floor: -1).program, over: log)
    let violations = try await replayer.violations(in: try await replayer.scan())
    #expect(
      violations.map(\.finding.invariant.name)
        == ["not negative", "no jump", "something from the start"])
    #expect(violations.map { $0.event?.offset } == [2, 2, nil])
    #expect(violations[0].diff == violations[1].diff)
    #expect(violations[2].diff.isEmpty)
    #expect(violations[2].episode.brokenBy == nil)
    #expect(violations[2].episode.healedBy == 0)
  }

  @Test func aStatePerStreamShowsThatOfTheStream() async throws {
    let log = try folder.log(
      "log",
      [set("x", 5, in: "é"), set("x", -1, in: "e\u{301}"), set("x", -2, in: "é")])
    let replayer = Replayer(Stock(scope: .stream).program, over: log)
    let violations = try await replayer.violations(in: try await replayer.scan())
    #expect(violations.count == 1)
    #expect(violations[0].finding.keyCount == 2)
    #expect(violations[0].event?.offset == 1)
    #expect(violations[0].diff.lines() == [#"+ items  {"x":-1}"#])
    #expect(violations[0].finding.episodes.map(\.violations) == [1, 1])
  }
}
