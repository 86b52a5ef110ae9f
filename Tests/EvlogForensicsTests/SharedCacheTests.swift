import EvlogAnswers
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import ReplayTestSupport
import Testing

#if JavaScript
  import EvlogScripting
#endif

/// Says up to which total a tally may go.
private protocol Rule: Sendable { var most: Int { get } }

private struct Limit: Rule { var most: Int }

/// Hides which case it is.
private enum Quiet: Rule, CustomStringConvertible {
  case nine, twelve
  var most: Int { self == .nine ? 9 : 12 }
  var description: String { "quiet" }
}

/// Shows a part of what it is.
private struct Hiding: Rule, CustomReflectable {
  var most: Int
  var customMirror: Mirror { Mirror(self, children: ["limit": 1]) }
}

private final class Box: Rule {
  let most: Int
  init(_ most: Int) { self.most = most }
}

private final class Edition: Rule, MachineParameter {
  let most: Int
  init(_ most: Int) { self.most = most }
  var identity: String { "\(most)" }
}

private struct Function: Rule {
  let function: @Sendable () -> Int
  var most: Int { function() }
}

private struct Tally<R: Rule>: Machine {
  struct State: Codable, Sendable { var n = 0 }
  enum Event: Codable, Sendable { case add(n: Int) }
  var rule: R
  var initialState = State()
  var scope = Scope.log
  var upcasters: [Upcaster] = []
  var ignoredTypes: Set<String> = ["plus", "gone"]
  var regions: Regions<State>?
  var version = 1
  var name = "tally"
  var declared: [String: String]?

  init(_ rule: R) { self.rule = rule }

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    if case .add(let n) = event { state.n += n }
  }
  var invariants: [Invariant<Self>] {
    let most = rule.most
    return [.always("few") { $0.n <= most }]
  }
  var parameters: [String: Any] {
    declared ?? ["rule": rule, "scope": scope, "upcasters": upcasters, "regions": regions as Any]
  }

  func with(_ change: (inout Self) -> Void) -> any Program {
    var copy = self
    change(&copy)
    return copy.program
  }
}

/// Two machines that differ in one thing.
private struct Difference: CustomTestStringConvertible, Sendable {
  let testDescription: String
  /// Whether something is kept of them.
  let isKept: Bool
  let path: String
  let pair: @Sendable () throws -> [any Program]

  init(
    _ name: String, isKept: Bool = true, at path: String = "n",
    _ pair: @escaping @Sendable () throws -> [any Program]
  ) {
    (testDescription, self.isKept, self.path, self.pair) = (name, isKept, path, pair)
  }
}

private let tally = Tally(Limit(most: 9))

private let differences: [Difference] =
  [
    Difference("key function", isKept: false, at: "states") {
      [Keyed(tally) { $0.stream }.program, Keyed(tally) { _ in "all" }.program]
    },
    Difference("key function with an identity", at: "states") {
      [
        Keyed(tally, identity: "by stream") { $0.stream }.program,
        Keyed(tally, identity: "all") { _ in "all" }.program,
      ]
    },
    Difference("machine in a machine", at: "states") {
      [9, 12].map { Keyed(Tally(Limit(most: $0)), identity: "all") { _ in "all" }.program }
    },
    Difference("scope's function", isKept: false) {
      ["a", "b"].map { stream in
        tally.with { $0.scope = .key { $0.stream == stream ? "all" : nil } }
      }
    },
    Difference("scope", at: "n") { [tally.program, tally.with { $0.scope = .stream }] },
    Difference("invariant's function", isKept: false, at: "first.n") {
      [9, 12].map { most in
        Combined(tally, tally, name: "two") { [.always("own") { $0.first.n <= most }] }.program
      }
    },
    Difference("invariant's function with an identity", at: "first.n") {
      [9, 12].map { most in
        Combined(tally, tally, name: "two", identity: "\(most)") {
          [.always("own") { $0.first.n <= most }]
        }.program
      }
    },
    Difference("order", at: "first.n") {
      let (a, b) = (Tally(Limit(most: 9)), Tally(Limit(most: 12)))
      return [Combined(a, b).program, Combined(b, a).program]
    },
    Difference("initial state") { [0, 3].map { n in tally.with { $0.initialState.n = n } } },
    Difference("parameter") { [9, 12].map { Tally(Limit(most: $0)).program } },
    Difference("enum that hides its case", isKept: false) {
      [Quiet.nine, .twelve].map { Tally($0).program }
    },
    Difference("parameter that hides a part", isKept: false) {
      [9, 12].map { Tally(Hiding(most: $0)).program }
    },
    Difference("reference", isKept: false) { [9, 12].map { Tally(Box($0)).program } },
    Difference("reference with an identity") { [9, 12].map { Tally(Edition($0)).program } },
    Difference("stored function", isKept: false) {
      [9, 12].map { most in Tally(Function { most }).program }
    },
    Difference("declared parameter") {
      [9, 12].map { most in Tally(Function { most }).with { $0.declared = ["most": "\(most)"] } }
    },
    Difference("upcaster", isKept: false) {
      [1, 2].map { factor in tally.with { $0.upcasters = [times(factor)] } }
    },
    Difference("upcaster with an identity") {
      [1, 2].map { factor in tally.with { $0.upcasters = [times(factor, "times \(factor)")] } }
    },
    Difference("renaming") {
      ["add", "gone"].map { type in tally.with { $0.upcasters = [.rename("plus", to: type)] } }
    },
    Difference("ignored types") {
      [["plus"], ["plus", "add"]].map { types in tally.with { $0.ignoredTypes = types } }
    },
    Difference("regions", isKept: false) {
      [5, 6].map { limit in
        tally.with { $0.regions = Regions(of: { $0.n < limit ? "low" : "high" }, moves: [:]) }
      }
    },
    Difference("version") { [1, 2].map { version in tally.with { $0.version = version } } },
    Difference("name") { ["tally", "other"].map { name in tally.with { $0.name = name } } },
    Difference("type of the same name") { [locally(), alsoLocally()] },
  ] + scripts

private func times(_ factor: Int, _ identity: String? = nil) -> Upcaster {
  .upcast("add", from: 1, identity: identity) { data in
    .object([("n", .int((data["n"]?.integer(Int.self) ?? 0) * factor))])
  }
}

private func locally() -> any Program {
  struct Local: Machine {
    struct State: Codable, Sendable { var n = 0 }
    enum Event: Codable, Sendable { case add(n: Int) }
    let initialState = State()
    let ignoredTypes: Set<String> = ["plus"]
    func reduce(into state: inout State, _: Event, _: EventContext) { state.n += 1 }
    var invariants: [Invariant<Self>] { [.always("few") { $0.n <= 9 }] }
  }
  return Local().program
}

private func alsoLocally() -> any Program {
  struct Local: Machine {
    struct State: Codable, Sendable { var n = 0 }
    enum Event: Codable, Sendable { case add(n: Int) }
    let initialState = State()
    let ignoredTypes: Set<String> = ["plus"]
    func reduce(into state: inout State, _: Event, _: EventContext) { state.n += 2 }
    var invariants: [Invariant<Self>] { [.always("few") { $0.n <= 9 }] }
  }
  return Local().program
}

#if JavaScript
  private let scripts = [
    Difference("script") {
      try [9, 12].map {
        try ScriptProgram(
          source: """
            machine("tally", 1, {
              initial: { n: 0 }, on: { add: (s, e) => { s.n += e.data.n } }, ignore: ["plus"],
              invariants: { few: always(s => s.n <= \($0)) },
            })
            """, file: "tally.js")
      }
    }
  ]
#else
  private let scripts: [Difference] = []
#endif

/// What is kept of one machine is never used for another one, whatever tells them apart.
@Suite struct SharedCacheTests {
  let folder = TemporaryFolder()

  private func log(_ name: String) throws -> EventLog {
    try folder.log(
      name,
      (0..<40).map { i in
        NewEvent(i % 4 == 3 ? "plus" : "add", #"{"n":1}"#, in: i % 3 == 0 ? "a" : "b")
      })
  }

  private struct Asked {
    /// Everything that the machine says.
    var answer: [String] = []
    /// What was taken from files.
    var used: [String] = []
  }

  private func ask(
    _ program: any Program, _ log: EventLog, at path: String, keeps: Bool
  ) async throws -> Asked {
    var replayer = Replayer(
      program, over: log, snapshots: keeps ? SnapshotStore(log: log) : nil)
    replayer.secondsWorthKeeping = 0
    var asked = Asked()
    let state = try await replayer.state(at: 30)
    let scan = try await replayer.scan()
    let explained = try await replayer.explainedViolations(in: scan)
    let key = replayer.machine.scope == .log ? nil : "a"
    let blame = try await replayer.blame(StatePath(parsing: path), ofKey: key, at: 30)
    asked.answer = ["\(state.value)", "\(scan.changes)", "\(scan.failure as Any)"]
    if !explained.isEmpty { asked.answer.append("violation") }
    asked.answer += explained.map {
      "\($0.violation.event as Any) \($0.reads) \($0.violation.diff)"
    }
    asked.answer += ["\(blame.value as Any) \(blame.writers)"]
    if replayer.machine.regions != nil { asked.answer += ["\(try await replayer.map().cells)"] }
    if !state.work.startedFrom.isEmpty { asked.used.append("snapshot") }
    if scan.work.judgedBefore != nil { asked.used.append("verdicts") }
    if blame.work.indexedTo != nil { asked.used.append("writes") }
    for work in [state.work, scan.work, blame.work] { #expect(work.ignored.isEmpty) }
    return asked
  }

  /// Keeps all that can be kept; false where nothing can.
  private func keep(_ program: any Program, _ log: EventLog) async throws -> Bool {
    let store = SnapshotStore(log: log)
    let replayer = Replayer(program, over: log, snapshots: store)
    var work = Replayer.Work()
    do {
      try store.save(try replayer.execution(at: 20, work: &work), of: replayer.machine, at: 20)
    } catch is Unusable {
      await #expect(throws: Unusable.self) { try await replayer.indexWrites() }
      return false
    }
    try await replayer.indexWrites()
    return true
  }

  @Test(arguments: differences) private func noCacheIsShared(_ difference: Difference) async throws
  {
    let plain = try log("plain")
    for order in [[0, 1], [1, 0]] {
      let log = try log("\(order)")
      let programs = try difference.pair()
      var answers: [[String]] = []
      for which in order {
        let program = programs[which]
        let right = try await ask(program, plain, at: difference.path, keeps: false)
        let first = try await ask(program, log, at: difference.path, keeps: true)
        #expect(first.answer == right.answer)
        #expect(first.used == [])
        answers.append(right.answer)

        #expect(try await keep(program, log) == difference.isKept)
        #expect((program.descriptor.unidentified == nil) == difference.isKept)
        // An equal machine, which is made once more, shares all of it.
        let files = try log.caches.names()
        let again = try await ask(
          try difference.pair()[which], log, at: difference.path, keeps: true)
        #expect(again.answer == right.answer)
        // What was written to one stream is read in the stream.
        let kept =
          ["snapshot", "verdicts"] + (program.descriptor.scope == .stream ? [] : ["writes"])
        #expect(again.used == (difference.isKept ? kept : []))
        #expect(try log.caches.names() == files)
        let explanations = files.filter { $0.hasSuffix(".first.verdicts") }
        let violated = answers.count { $0.contains("violation") }
        #expect(explanations.count == (difference.isKept ? violated : 0))
      }
      // Otherwise nothing would be shown by it.
      if !["version", "name"].contains(difference.testDescription) {
        #expect(answers[0] != answers[1])
      }
      log.close()
    }
    plain.close()
  }
}
