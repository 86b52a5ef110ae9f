import EvlogJSON
import EvlogMachine
import EvlogStore
import EvlogTesting
import ReplayTestSupport

#if JavaScript
  import EvlogScripting
#endif

/// A machine whose events write here and there in its state, so that values come, stay, go and come
/// back.
struct EditMachine: Machine {
  struct Item: Codable, Sendable {
    var id: Int
    var n: Int
  }
  struct State: Codable, Sendable {
    var a: [String: Int] = [:]
    var items: [Item] = []
    var sum = 0
  }
  enum Event: Codable, Sendable {
    case put(k: String, v: Int)
    case remove(k: String)
    case item(id: Int, n: Int)
    case clear
  }

  let initialState = State()
  private let scopeKind: ScopeKind
  // Of a machine that holds a function nothing is kept.
  var scope: Scope {
    switch scopeKind {
    case .log: .log
    case .stream: .stream
    case .key: .key(\.tableKey)
    }
  }
  /// Another version, which takes a large number for a small one.
  let isOther: Bool

  init(scope: ScopeKind, isOther: Bool = false) {
    scopeKind = scope
    self.isOther = isOther
  }

  var name: String { "edits" }
  let ignoredTypes: Set<String> = ["idle"]

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .put(let k, let v): state.a[k] = isOther ? min(v, 1) : v
    case .remove(let k): state.a[k] = nil
    case .item(let id, let n):
      if let i = state.items.firstIndex(where: { $0.id == id }) {
        state.items[i].n = n
      } else {
        state.items.append(Item(id: id, n: n))
      }
    case .clear: state.items = []
    }
    state.sum = state.a.values.reduce(0, +) + state.items.reduce(0) { $0 + $1.n }
  }

  var invariants: [Invariant<Self>] {
    [
      .always("small") { $0.sum < 4 },
      .step("no fall") { before, _, after, _ in after.sum >= before.sum - 2 },
      .history("calm", initial: 0) { memory, _, _, after, _ in
        memory = (memory + max(after.sum, 0)) % 7
        return memory != 6
      },
    ]
  }

  static func region(_ sum: Int) -> String { sum < 0 ? "low" : sum < 3 ? "é" : "e\u{301}" }

  var regions: Regions<State>? {
    Regions(
      of: { Self.region($0.sum) }, names: ["é", "high"],
      moves: [
        "é": [
          "put": .allowed(to: ["é", "e\u{301}"]), "clear": .ignored, "remove": .allowed(to: ["é"]),
          "never": .allowed(to: ["é"]),
        ],
        "low": ["item": .forbidden, "none": .forbidden],
      ])
  }

  #if JavaScript
    static func script(scope: ScopeKind, isOther: Bool = false) throws -> ScriptProgram {
      try ScriptProgram(
        source: """
          const put = (s, e) => { s.a[e.data.k] = \(isOther ? "Math.min(e.data.v, 1)" : "e.data.v") }
          const summed = f => (s, e) => {
            f(s, e)
            s.sum = Object.values(s.a).reduce((x, y) => x + y, 0) + s.items.reduce((x, i) => x + i.n, 0)
          }
          machine("edits", 1, {
            initial: { a: {}, items: [], sum: 0 },
            scope: "\(scope.rawValue)",
            key: e => e.stream === "none" ? null : "ab".includes(e.stream) ? "ab" : e.stream,
            on: {
              put: summed(put), remove: summed((s, e) => { delete s.a[e.data.k] }),
              item: summed((s, e) => {
                const item = s.items.find(i => i.id === e.data.id)
                if (item) item.n = e.data.n; else s.items.push({ id: e.data.id, n: e.data.n })
              }),
              clear: summed(s => { s.items = [] }),
            },
            ignore: ["idle"],
            regions: {
              of: s => s.sum < 0 ? "low" : s.sum < 3 ? "é" : "e\\u0301",
              names: ["é", "high"],
              moves: {
                "é": { put: ["é", "e\\u0301"], clear: "ignored", remove: ["é"], never: ["é"] },
                low: { item: "forbidden", none: "forbidden" },
              },
            },
            invariants: {
              "small": always(s => s.sum < 4),
              "no fall": step((before, e, after) => after.sum >= before.sum - 2),
              "calm": history(0, (memory, before, e, after) => {
                const next = (memory + Math.max(after.sum, 0)) % 7
                return [next, next !== 6]
              }),
            },
          })
          """, file: "edits.js")
    }
  #endif

  static func programs(scope: ScopeKind, isOther: Bool = false) throws -> [any Program] {
    var programs: [any Program] = [EditMachine(scope: scope, isOther: isOther).program]
    #if JavaScript
      programs.append(try script(scope: scope, isOther: isOther))
    #endif
    return programs
  }

  /// Places of its state, of which some are seldom there, and one never.
  static let paths: [StatePath] = [
    StatePath(), StatePath([.key("a")]), StatePath([.key("a"), .key("x")]),
    StatePath([.key("a"), .key("e\u{301}")]), StatePath([.key("items")]),
    StatePath([.key("items"), .index(1)]), StatePath([.key("items"), .index(0), .key("n")]),
    StatePath([.key("items"), .element(member: "id", value: "2"), .key("n")]),
    StatePath([.key("items"), .element(member: "id", value: "1")]), StatePath([.key("sum")]),
    StatePath([.key("sum"), .key("no")]), StatePath([.key("nothing")]),
  ]

  static func event(_ random: inout SeededGenerator) -> NewEvent {
    let key = ["x", "y", "é", "e\u{301}"][random.below(4)]
    let data =
      switch random.below(8) {
      case 0...2: ("put", #"{"k":"\#(key)","v":\#(random.below(5) - 1)}"#)
      case 3: ("remove", #"{"k":"\#(key)"}"#)
      case 4...5: ("item", #"{"id":\#(random.below(3)),"n":\#(random.below(4) - 1)}"#)
      case 6: ("clear", "{}")
      default: ("idle", "?")
      }
    return NewEvent(data.0, data.1, in: ["a", "b", "c", "none"][random.below(4)])
  }
}

/// Every state of a run, one for each cut, whole: what all answers can be made of.
func everyState(_ program: any Program, _ events: [[RecordedEvent]]) throws -> [JSONValue] {
  let execution = try program.makeHost()
  var states = [try execution.wholeState(program.descriptor.scope)]
  for row in events {
    for event in row { try execution.run([event], checks: false) { _ in } }
    states.append(try execution.wholeState(program.descriptor.scope))
  }
  return states
}

func recorded(_ log: EventLog) throws -> [RecordedEvent] {
  var cursor = log.events().makeCursor()
  var events: [RecordedEvent] = []
  while let event = try cursor.next() { events.append(event) }
  return events
}
