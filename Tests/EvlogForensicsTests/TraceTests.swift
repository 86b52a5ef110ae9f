import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import ReplayTestSupport
import Testing

#if JavaScript
  import EvlogScripting
#endif

/// What each event changed, against the whole states before and after it.
@Suite struct TraceTests {
  let folder = TemporaryFolder()

  @Test(arguments: [ScopeKind.log, .stream, .key]) func makesEachStateOfTheOneBefore(
    _ scope: ScopeKind
  ) throws {
    for seed in Seeds.first(14) {
      var random = SeededGenerator(seed: seed)
      let log = try folder.log(
        "\(scope)\(seed)", (0..<random.below(80)).map { _ in EditMachine.event(&random) })
      defer { log.close() }
      for program in try EditMachine.programs(scope: scope) {
        try check(program, try recorded(log), &random, "\(scope), seed \(seed)")
      }
    }
  }

  /// Traces stretches of events, and runs others untraced or from a restored state in between.
  private func check(
    _ program: any Program, _ events: [RecordedEvent], _ random: inout SeededGenerator,
    _ comment: String, restores: Bool = true
  ) throws {
    let states = try everyState(program, events.map { [$0] })
    var execution = try program.makeHost()
    var position = 0
    while position < events.count {
      let count = 1 + random.below(min(20, events.count - position))
      let stretch = events[position..<(position + count)]
      switch random.below(4) {
      case 0: try execution.run(stretch, checks: false) { _ in }
      case 1:
        if restores, let saved = try? execution.save() {
          execution = try program.makeHost()
          try execution.restore(saved)
        }
        fallthrough
      default:
        var traces: [Moment] = []
        let watch = Watch.writes(verdicts: random.below(2) == 0)
        try execution.run(stretch, watching: watch, verdict: { _ in }) {
          #expect($0.isReduced)
          if !$0.writes.isEmpty { traces.append($0) }
        }
        for event in stretch {
          let i = Int(event.offset)
          let trace = traces.first { $0.offset == event.offset }
          let comment: Comment = "event \(i), \(comment)"
          var patched = states[i]
          let root: [StatePath.Step] = trace?.key.map { [.key($0)] } ?? []
          for (n, write) in (trace?.writes ?? []).enumerated() {
            let path = StatePath(root + write.path.steps)
            #expect(write.old == states[i][path], comment)
            #expect(write.new == states[i + 1][path], comment)
            #expect(write.old != write.new, comment)
            for other in trace?.writes.dropFirst(n + 1) ?? [] {
              #expect(!write.path.steps.starts(with: other.path.steps), comment)
              #expect(!other.path.steps.starts(with: write.path.steps), comment)
            }
            patched.write(write.new, at: path.steps[...])
          }
          #expect(patched == states[i + 1], comment)
        }
      }
      position += count
    }
    #expect(try execution.wholeState(program.descriptor.scope) == states.last)
  }

  /// A machine whose large state is in shared maps, one inside of another.
  struct SharingMachine: Machine {
    struct Account: Codable, Sendable {
      var balance = 0
      var parts: StateMap<String, [Int]> = [:]
    }
    struct State: Codable, Sendable {
      var accounts: StateMap<String, Account> = [:]
      var list: [StateMap<Int, Int>] = []
      var spare: StateMap<String, Account>?
      /// Their order is that of their texts.
      var set: Set<StateMap<String, Int>> = []
      var count = 0
    }
    typealias Event = EditMachine.Event

    let name = "sharing"
    let initialState = State()
    let scope: Scope
    let ignoredTypes: Set<String> = ["idle"]
    /// Another version: it takes a large number for a small one.
    var isOther = false

    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      state.count += 1
      switch event {
      case .put(let k, let v):
        state.accounts[k, default: Account()].balance += isOther ? min(v, 1) : v
        if v == 3 { state.accounts[k, default: Account()].parts[k, default: []].append(v) }
        if v == 1 { state.accounts[k]?.parts["x"] = nil }
      case .remove(let k): state.accounts[k] = nil
      case .item(let id, let n):
        state.set.insert([["x", "y"][id % 2]: n, "z": id])
        if n == 0 { state.set = state.set.filter { $0["z"] != id } }
        if n == 2 { state.list.append([id: n]) }
        if !state.list.isEmpty { state.list[0][id] = n == 0 ? nil : n }
        if n == 1 { state.spare = state.accounts }
      case .clear:
        state.accounts = state.spare ?? [:]
        state.spare = nil
        state.list = Array(state.list.dropFirst())
        if state.set.count > 4 { state.set = [] }
      }
    }
  }

  @Test(arguments: [ScopeKind.log, .stream]) func sharedMapsAreComparedByWhatChanged(
    _ scope: ScopeKind
  ) async throws {
    for seed in Seeds.first(60) {
      var random = SeededGenerator(seed: seed)
      let log = try folder.log(
        "sharing\(scope)\(seed)",
        (0..<(1 + random.below(120))).map { _ in EditMachine.event(&random) })
      defer { log.close() }
      let machine = SharingMachine(scope: scope == .log ? .log : .stream)
      let events = try recorded(log)
      try check(machine.program, events, &random, "\(scope), seed \(seed)")
      let states = try everyState(machine.program, events.map { [$0] })
      // Steps, and another version beside it, by what changed too.
      if scope == .log {
        let timeline = try Timeline(Replayer(machine.program, over: log))
        for cut in 1..<states.count {
          let step = try timeline.arrive(at: Cut(cut))
          #expect(
            step?.changes == StateDiff(from: states[cut - 1], to: states[cut]).changes,
            "cut \(cut), seed \(seed)")
        }
      }
      let other = SharingMachine(scope: machine.scope, isOther: true).program
      let others = try everyState(other, events.map { [$0] })
      let comparison = try await Replayer(machine.program, over: log).compare(with: other)
      let differing = states.indices.filter { states[$0] != others[$0] }
      let found = comparison.divergences.flatMap {
        Array(Int($0.firstCut)..<Int($0.endCut ?? Cut(states.count)))
      }
      #expect(found == differing, "seed \(seed)")
    }
  }

  #if JavaScript
    /// A handler that does to its state whatever its events say.
    static let wild = """
      const at = (s, path) => path.reduce((v, step) => v?.[step], s)
      const isHolder = v => typeof v === "object" && v !== null
      const kept = {}
      machine("wild", 1, {
        initial: { list: [{ n: 1 }, { n: 2, in: { x: [1, 2] } }], map: { a: { b: {} } }, n: 0 },
        on: {
          do: (s, e) => {
            for (const [op, from, to, key, value] of e.data.ops) {
              const a = at(s, from), b = at(s, to)
              if (!isHolder(b)) continue
              const isList = Array.isArray(b)
              const put = v => { if (!isList) b[key] = v; else if (key === "a") b.push(v)
                else if (b.length > 0) b[value % b.length] = v }
              if (op === "set") put(value)
              else if (op === "delete") { if (!isList) delete b[key] }
              else if (op === "make") put({ n: value, in: [{ m: value }] })
              else if (op === "list") put([value, { q: value }])
              else if (op === "copy" && isHolder(a)) put(Array.isArray(a) ? [...a] : { ...a })
              else if (op === "deep" && isHolder(a)) put(JSON.parse(JSON.stringify(a)))
              else if (op === "move" && isHolder(a)) {
                const holder = at(s, from.slice(0, -1)), step = from[from.length - 1]
                if (from.length === 0 || to.join("/").startsWith(from.join("/"))) continue
                if (Array.isArray(holder)) holder.splice(step, 1); else delete holder[step]
                if (isHolder(a)) put(a)
              }
              else if (op === "alias" && isHolder(a)) {
                if (!to.join("/").startsWith(from.join("/"))) put(a)
              }
              else if (op === "freeze" && isHolder(b)) put(Object.freeze({ v: value, in: { w: value } }))
              else if (op === "froze") put(Object.freeze(isHolder(a) ? { ...a } : [a ?? null]))
              else if (op === "lock" && to.length > 1) Object.freeze(b)
              else if (op === "define" && !isList) Object.defineProperty(b, key,
                { value, writable: true, enumerable: true, configurable: true })
              else if (op === "constant") put(kept[e.data.name] ??= { constant: [1] })
              else if (op === "big") put(BigInt(value) * 10n ** 17n)
              else if (op === "small") put(BigInt(value))
              else if (op === "zero") put(-0)
              else if (isList) {
                if (op === "pop") b.pop()
                else if (op === "shift") b.shift()
                else if (op === "unshift") b.unshift({ n: value })
                else if (op === "reverse") b.reverse()
                else if (op === "sort") b.sort((x, y) => (x?.n ?? 0) - (y?.n ?? 0))
                else if (op === "splice") b.splice(value % 3, 1, ...(key === "a" ? [{ z: value }] : []))
                else if (op === "length") b.length = Math.min(b.length, value)
                else if (op === "fill") b.fill(value)
                const last = b[b.length - 1]
                if (key === "b" && isHolder(last) && !Object.isFrozen(last)) last.touched = value
              }
            }
          },
        },
      })
      """

    /// Objects that are moved about, copied, frozen, and held at two places.
    @Test(arguments: [true, false]) func whateverAHandlerDoes(_ isTree: Bool) throws {
      let tame = [
        "set", "set", "set", "delete", "make", "list", "deep", "move", "move", "pop", "shift",
        "unshift", "reverse", "sort", "splice", "length", "fill", "define", "big", "small", "zero",
      ]
      let ops = isTree ? tame : tame + ["copy", "alias", "freeze", "froze", "constant"]
      var wholes = 0
      for seed in Seeds.first(50) {
        var random = SeededGenerator(seed: seed)
        let program = try ScriptProgram(source: Self.wild, file: "wild.js")
        func path() -> String {
          let steps = [#""list""#, #""map""#, #""a""#, #""b""#, #""in""#, "0", "1", #""x""#]
          let first = steps[random.below(2)]
          return "["
            + ([first] + (0..<random.below(4)).map { _ in steps[random.below(8)] })
            .joined(separator: ",") + "]"
        }
        let events = (0..<40).map { i in
          let list = (0..<(1 + random.below(4))).map { _ in
            let op = ops[random.below(ops.count)]
            let key = ["a", "b", "in"][random.below(3)]
            return #"["\#(op)",\#(path()),\#(path()),"\#(key)",\#(random.below(4))]"#
          }
          return NewEvent("do", #"{"name":\#(i / 7),"ops":[\#(list.joined(separator: ","))]}"#)
        }
        let log = try folder.log("wild\(isTree)\(seed)", events)
        defer { log.close() }
        // A handler may fail, or make a state that JSON does not have: up to there it is compared.
        let all = try recorded(log)
        let execution = try program.makeHost()
        let count = all.firstIndex {
          (try? execution.run([$0], checks: false) { _ in }) == nil
            || (try? execution.state(of: nil)) == nil
        }
        do {
          // That an object is frozen, or is held elsewhere too, no saved state tells.
          try check(
            program, Array(all.prefix(count ?? all.count)), &random, "seed \(seed)",
            restores: isTree)
        } catch {
          Issue.record("\(error), seed \(seed)")
        }
        let traced = try program.makeHost()
        try? traced.run(all[...], watching: .writes(verdicts: false), verdict: { _ in }) { trace in
          if trace.writes.contains(where: \.path.steps.isEmpty) { wholes += 1 }
        }
      }
      #expect(isTree ? wholes == 0 : wholes > 30)
    }
  #endif
}
