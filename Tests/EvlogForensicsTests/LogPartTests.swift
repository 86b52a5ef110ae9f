import EvlogAnswers
import EvlogCuts
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import Testing

/// A lamp in each of three logs. What must hold of them is said twice: log by log, and of the whole state.
private struct Lamps: Machine {
  struct Lamp: Codable, Sendable { var isOn = false; var level: Int64 = 0 }
  struct State: Codable, Sendable { var a = Lamp(), b = Lamp(), c = Lamp() }
  enum Event: Codable, Sendable { case switched, raised(by: Int64) }

  let initialState = State()
  let logs = ["a", "b", "c"]

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch context.log {
    case "a": change(&state.a, event)
    case "b": change(&state.b, event)
    default: change(&state.c, event)
    }
  }

  private func change(_ lamp: inout Lamp, _ event: Event) {
    switch event {
    case .switched: lamp.isOn.toggle()
    case .raised(let change): lamp.level += change
    }
  }

  var invariants: [Invariant<Lamps>] {
    let on = (
      LogPart<State, Bool>("a", \.a) { $0.isOn }, LogPart<State, Bool>("b", \.b) { $0.isOn },
      LogPart<State, Bool>("c", \.c) { $0.isOn }
    )
    let level = (
      LogPart<State, Int64>("a", \.a) { $0.level }, LogPart<State, Int64>("c", \.c) { $0.level }
    )
    return [
      .never("not all on", on.0, on.1, on.2),
      .always("not all on, as a whole") { !($0.a.isOn && $0.b.isOn && $0.c.isOn) },
      .atMost(1, "one on", on.0, on.1, on.2),
      .always("one on, as a whole") {
        [$0.a.isOn, $0.b.isOn, $0.c.isOn].count { $0 } <= 1
      },
      .sum("bright", within: -1...2, level.0, level.1),
      .always("bright, as a whole") { (-1...2).contains($0.a.level + $0.c.level) },
      .sum("not dark", within: -2 ... .max, level.0, level.1),
      .always("not dark, as a whole") { $0.a.level + $0.c.level >= -2 },
    ]
  }
}

@Suite struct LogPartTests {
  /// A few events in three logs, some of which name a cause.
  private static func history(_ random: inout SeededGenerator) throws -> CausalHistory {
    var logs: [[RecordedEvent]] = [[], [], []]
    var ids: [String] = []
    let largest = random.oneIn(3) ? 2 : 1
    for n in 0..<(2 + random.below(12)) {
      let log = random.below(3)
      let change = (1 + random.below(largest)) * (random.oneIn(2) ? 1 : -1)
      let isSwitch = random.oneIn(2)
      let cause = ids.isEmpty || random.oneIn(2) ? [] : [ids[random.below(ids.count)]]
      let event = NewEvent(
        stream: "lamp", type: isSwitch ? "switched" : "raised",
        data: Array((isSwitch ? "{}" : #"{"by":\#(change)}"#).utf8),
        recordedAt: Timestamp(nanoseconds: Int64(n)), id: "e\(n)", causation: cause)
      logs[log].append(RecordedEvent(event, offset: 0, revision: 0))
      ids.append("e\(n)")
    }
    return try LogGroup(zip(["a", "b", "c"], logs).map { .init($0, EventList($1)) }).history()
  }

  @Test func theSameOfThePartsAndOfTheWhole() async throws {
    var violated = 0
    for seed in Seeds.first(200) {
      var random = SeededGenerator(seed: seed)
      let history = try Self.history(&random)
      let lamps = Investigation(Lamps().program, of: history, caches: false)
      let recorded = try await lamps.bisect().invariants
      for i in stride(from: 0, to: recorded.count, by: 2) {
        #expect(recorded[i].firstBreak == recorded[i + 1].firstBreak, "seed \(seed)")
      }
      for runs in [Runs.possibly, .definitely] {
        let found = try await lamps.bisect(runs: runs).invariants
        for i in stride(from: 0, to: found.count, by: 2) {
          let (parts, whole) = (found[i], found[i + 1])
          #expect(parts.violated == whole.violated, "seed \(seed) \(runs) \(parts)")
          #expect(parts.first?.cut == whole.first?.cut, "seed \(seed) \(runs) \(parts)")
          if parts.violated == true { violated += 1 }
        }
        #expect(found[0].method != .enumeration, "seed \(seed) \(runs)")
      }
    }
    #expect(violated > 100)
  }

  @Test func predicatesOfACompiledMachine() async throws {
    for seed in Seeds.first(50) {
      var random = SeededGenerator(seed: seed)
      let history = try Self.history(&random)
      let found = try await Investigation(Lamps().program, of: history, caches: false)
        .bisect(runs: .possibly).invariants
      let detector = CutDetector(history.order)
      let on = try [
        history.predicate(of: Lamps(), in: "a") { $0.a.isOn },
        history.predicate(of: Lamps(), in: "b") { $0.b.isOn },
        history.predicate(of: Lamps(), in: "c") { $0.c.isOn },
      ]
      #expect(try await detector.possibly(.conjunction(on)).first?.cut == found[0].first?.cut)
      let levels = try [
        history.variable(of: Lamps(), in: "a") { $0.a.level },
        history.variable(of: Lamps(), in: "c") { $0.c.level },
      ]
      let dark = try await detector.possibly(.sum(levels, in: [Int64.min ... -3]))
      #expect(dark.first?.cut == found[6].first?.cut)
    }
    var random = SeededGenerator(seed: 1)
    let history = try Self.history(&random)
    #expect(throws: InvestigationError.noLog("d", known: ["a", "b", "c"])) {
      try history.predicate(of: Lamps(), in: "d") { _ in true }
    }
  }
}
