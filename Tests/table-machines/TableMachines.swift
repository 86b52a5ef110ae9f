// swift-format-ignore-file
// Rendered from machines.json by Tools/reference/rendering/swift.py: change it there.
import EvlogJSON
import EvlogMachine
import EvlogStore

struct LedgerMachine: Machine {
  let name = "ledger"
  let version = 1
  let initialState = json(#"{"n": 0, "by": {}, "rows": [], "last": ""}"#)
  let ignoredTypes: Set<String> = ["D"]
  var scope: Scope { .log }
  func decode(_ event: RecordedEvent) throws -> TableEvent {
    try TableEvent(event, handled: ["A", "B", "C"])
  }
  func reduce(into s: inout JSONValue, _ e: TableEvent, _ context: EventContext) {
    mustNotFail {
      switch e.type {
      case "A": try add(&s, [.string("n")], at(e.data, .string("n"))); try add(&s, [.string("by"), at(e.data, .string("k"))], at(e.data, .string("n")));
      case "B": if try truth(less(.int(3), at(e.data, .string("n")))) { try append(&s, [.string("rows")], at(e.data, .string("n"))); } else { try remove(&s, [.string("rows"), .int(0)]); }; try set(&s, [.string("last")], at(e.data, .string("k")));
      case "C": try remove(&s, [.string("by"), at(e.data, .string("k"))]); try set(&s, [.string("seen"), e["stream"], .string("at")], e["time"]);
      default: break
      }
    }
  }
  var invariants: [Invariant<Self>] {
    [
      .always("small") { s in try truth(less(at(s, .string("n")), .int(12))) },
      .always("nobody owes") { s in try truth(allOf(at(s, .string("by"))) { it in try atMost(.int(0), it) }) },
      .always("c is known") { s in try truth(less(at(s, .string("by"), .string("c")), .int(9))) },
      .step("no leaps") { b, e, s, _ in try truth(atMost(minus(at(s, .string("n")), at(b, .string("n"))), .int(4))) },
      .history("few of each", initial: json(#"{"seen": {}}"#)) { m, b, e, s, _ in try add(&m, [.string("seen"), at(e.data, .string("k"))], .int(1)); return try truth(allOf(at(m, .string("seen"))) { it in try atMost(it, .int(3)) }) },
    ]
  }
  var regions: Regions<JSONValue>? { Regions(of: { s in mustNotFail { try keyText((truth(less(at(s, .string("n")), .int(0))) ? .string("low") : (truth(same(at(s, .string("n")), .int(0))) ? .string("zero") : .string("high")))) ?? "" } }, moves: ["low": ["A": .allowed(to: ["low", "zero"]), "B": .ignored], "zero": ["C": .forbidden], "high": ["A": .allowed(to: ["high"])]]) }
}

struct StreamsMachine: Machine {
  let name = "streams"
  let version = 2
  let initialState = json(#"{"n": 1, "by": {}, "rows": [], "last": ""}"#)
  let ignoredTypes: Set<String> = ["C"]
  var scope: Scope { .stream }
  func decode(_ event: RecordedEvent) throws -> TableEvent {
    try TableEvent(event, handled: [event.type])
  }
  func reduce(into s: inout JSONValue, _ e: TableEvent, _ context: EventContext) {
    mustNotFail {
      switch e.type {
      case "B": try set(&s, [.string("last")], (look(e.data, [.string("k")]) ?? .string("none"))); if try truth(.bool(look(e.data, [.string("items")]) != nil)) { try set(&s, [.string("items")], at(e.data, .string("items"))); } else { try remove(&s, [.string("items")]); };
      default: try add(&s, [.string("n")], times(at(e.data, .string("n")), .int(2))); try append(&s, [.string("rows")], e["offset"]);
      }
    }
  }
  var invariants: [Invariant<Self>] {
    [
      .always("positive") { s in try truth(less(.int(0), at(s, .string("n")))) },
      .always("few rows") { s in try truth(.bool(truth(less(count(at(s, .string("rows"))), .int(3))) || truth(same(at(s, .string("last")), .string("a"))))) },
      .step("not b") { b, e, s, _ in try truth(.bool(truth(.bool(!truth(same(at(e.data, .string("k")), .string("b"))))) && truth(.bool(!truth(same(at(b, .string("last")), .string("c"))))))) },
    ]
  }
  var regions: Regions<JSONValue>? { nil }
}

struct KeysMachine: Machine {
  let name = "keys"
  let version = 1
  let initialState = json(#"{"n": 0, "rows": [], "by": {}, "last": ""}"#)
  let ignoredTypes: Set<String> = []
  var scope: Scope { .key { guard let e = try? TableEvent($0, handled: [$0.type]) else { return nil }; return keyText(look(e.data, [.string("k")])) } }
  func decode(_ event: RecordedEvent) throws -> TableEvent {
    try TableEvent(event, handled: ["A", "B", "C", "D"])
  }
  func reduce(into s: inout JSONValue, _ e: TableEvent, _ context: EventContext) {
    mustNotFail {
      switch e.type {
      case "A": try add(&s, [.string("n")], at(e.data, .string("n")));
      case "B": try add(&s, [.string("n")], minus(.int(0), at(e.data, .string("n"))));
      case "C": try set(&s, [.string("rows")], (look(e.data, [.string("rows")]) ?? json("[1, 2]")));
      case "D": try add(&s, [.string("by"), e["type"]], count(at(s, .string("rows"))));
      default: break
      }
    }
  }
  var invariants: [Invariant<Self>] {
    [
      .always("sum") { s in try truth(atMost(sum(at(s, .string("rows"))), plus(at(s, .string("n")), .int(5)))) },
      .history("not twice", initial: json(#"{"last": ""}"#)) { m, b, e, s, _ in try set(&m, [.string("memo")], at(m, .string("last"))); try set(&m, [.string("last")], e["type"]); return try truth(.bool(!truth(same(at(m, .string("memo")), at(m, .string("last")))))) },
      .always("any large") { s in try truth(.bool(!truth(anyOf(at(s, .string("rows"))) { it in try less(.int(4), it) }))) },
    ]
  }
  var regions: Regions<JSONValue>? { nil }
}

let tableMachines: [any Program] = [LedgerMachine().program, StreamsMachine().program, KeysMachine().program]
