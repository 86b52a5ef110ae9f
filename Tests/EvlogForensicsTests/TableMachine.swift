import EvlogMachine
import EvlogStore
import EvlogTesting
import ReplayTestSupport

#if JavaScript
  import EvlogScripting
#endif

/// A machine whose verdicts are what its events say: 0 holds, 1 violated, 2 undefined.
///
/// Each event carries a row of numbers; the machine looks at four of them. Two are the verdicts of
/// states, one of steps; the fourth is added to a memory whose rest by 3 is a history's verdict.
struct TableMachine: Machine {
  struct State: Codable, Sendable, Equatable {
    var a: Int
    var b: Int
    var count = 0
  }
  enum Event: Codable, Sendable { case row(v: [Int]) }
  struct Undefined: Error, CustomStringConvertible { let description = "boom" }

  let lanes: [Int]
  let initialState: State
  private let scopeKind: ScopeKind

  // Not kept as it is: a machine that holds a function cannot be told from others, and nothing is kept of it.
  var scope: Scope {
    switch scopeKind {
    case .log: .log
    case .stream: .stream
    case .key: .key(\.tableKey)
    }
  }

  init(lanes: [Int], initial: (Int, Int), scope: ScopeKind) {
    self.lanes = lanes
    initialState = State(a: initial.0, b: initial.1)
    scopeKind = scope
  }

  var name: String { "table\(lanes)\(initialState.a)\(initialState.b)" }
  let ignoredTypes: Set<String> = ["idle"]

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    guard case .row(let v) = event else { return }
    state.a = v[lanes[0]]
    state.b = v[lanes[1]]
    state.count += 1
  }

  static func verdict(_ value: Int) throws -> Bool {
    if value == 2 { throw Undefined() }
    return value == 0
  }

  var invariants: [Invariant<Self>] {
    let lanes = lanes
    return [
      .always("a") { try Self.verdict($0.a) },
      .step("c") { before, event, after, _ in
        guard case .row(let v) = event, before.count + 1 == after.count else { return false }
        return try Self.verdict(v[lanes[2]])
      },
      .always("b") { try Self.verdict($0.b) },
      .history("d", initial: 0) { memory, _, event, _, _ in
        guard case .row(let v) = event else { return false }
        memory = (memory + v[lanes[3]]) % 3
        return try Self.verdict(memory)
      },
    ]
  }

  #if JavaScript
    static func script(lanes: [Int], initial: (Int, Int), scope: ScopeKind) throws -> ScriptProgram
    {
      try ScriptProgram(
        source: """
          const lanes = \(lanes)
          const verdict = n => { if (n === 2) throw new Error("boom"); return n === 0 }
          machine("table", 1, {
            initial: { a: \(initial.0), b: \(initial.1), count: 0 },
            scope: "\(scope.rawValue)",
            key: e => e.stream === "none" ? null : "ab".includes(e.stream) ? "ab" : e.stream,
            on: { row: (s, e) => {
              s.a = e.data.v[lanes[0]]; s.b = e.data.v[lanes[1]]; s.count++ } },
            ignore: ["idle"],
            invariants: {
              a: always(s => verdict(s.a)),
              c: step((before, e, after) =>
                before.count + 1 === after.count && verdict(e.data.v[lanes[2]])),
              b: always(s => verdict(s.b)),
              d: history(0, (memory, before, e) => {
                const next = (memory + e.data.v[lanes[3]]) % 3
                return [next, next === 2 ? null : next === 0]
              }),
            },
          })
          """, file: "table.js")
    }
  #endif
}

extension RecordedEvent {
  /// Two streams share a key, one has none.
  var tableKey: String? {
    switch stream {
    case "none": nil
    case "a", "b": "ab"
    default: stream
    }
  }
}

/// The rows that a table machine reads, and a log of them.
struct Table {
  static let laneCount = 12
  static let streams = ["a", "b", "é", "e\u{301}", "none"]

  enum Row {
    case verdicts([Int])
    case idle
    case broken(type: String, data: String)
  }

  var rows: [(stream: String, row: Row)] = []

  /// Lanes differ in how restless they are: some latch, some flap, some are seldom undefined.
  init(count: Int, canFail: Bool, _ random: inout SeededGenerator) {
    let change = (0..<Self.laneCount).map { _ in [0.02, 0.1, 0.5, 1][random.below(4)] }
    let choices = (0..<Self.laneCount).map { _ in
      [[0, 1], [0, 0, 0, 0, 1], [0, 1, 2], [0, 0, 1, 1, 1, 2], [0, 2]][random.below(5)]
    }
    let latches = (0..<Self.laneCount).map { _ in random.below(3) == 0 }
    var now = [Int](repeating: 0, count: Self.laneCount)
    let failure = canFail && random.below(2) == 0 ? random.below(count + 1) : nil
    for i in 0..<count {
      for lane in 0..<Self.laneCount
      where !(latches[lane] && now[lane] == 1)
        && Double.random(in: 0..<1, using: &random) < change[lane]
      {
        now[lane] = choices[lane][random.below(choices[lane].count)]
      }
      if i == failure {
        let broken: [Row] = [
          .broken(type: "unheard", data: "{}"), .broken(type: "row", data: #"{"v":[1"#),
        ]
        rows.append((Self.streams[random.below(4)], broken[random.below(2)]))
      } else {
        rows.append(
          (Self.streams[random.below(5)], random.below(8) == 0 ? .idle : .verdicts(now)))
      }
    }
  }

  var events: [NewEvent] {
    rows.map { stream, row in
      switch row {
      case .verdicts(let v): NewEvent("row", #"{"v":\#(v)}"#, in: stream)
      case .idle: NewEvent("idle", "not even JSON", in: stream)
      case .broken(let type, let data): NewEvent(type, data, in: stream)
      }
    }
  }
}
