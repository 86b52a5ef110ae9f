import EvlogJSON
import EvlogTesting
import Foundation
import Testing

/// The verb `explore`, as a user meets it, and against the model checker Spin.
@Suite struct ExploreToolTests {
  private static let commit = packageFolder.appending(path: "Fixtures/models/two-phase-commit.js")

  /// A manager that commits as soon as two of three are prepared.
  private func addHasty(to place: Workplace) throws {
    let source = try String(contentsOf: Self.commit, encoding: .utf8)
    let hasty = source.replacing("prepared.length === N", with: "prepared.length >= 2")
    #expect(hasty != source)
    try place.write(hasty, to: "hasty.js")
  }

  @Test func aCorrectMachineIsExploredCompletely() async throws {
    let place = try Workplace()
    let answer = try await place.evlog("explore", "--machine", Self.commit.path, "--json")
    #expect(answer.status == 0)
    let json = try answer.json()
    #expect(json["complete"] == .bool(true))
    #expect(json["states"]?["distinct"] == .int(288))
    #expect(json["states"]?["generated"] == .int(1146))
    let text = try await place.evlog("explore", "--machine", Self.commit.path)
    try expectGolden(text.output, "explore-complete")
    #expect(text.status == 0)
  }

  @Test func theShortestRunIsALogThatBreaksTheSame() async throws {
    let place = try Workplace()
    try addHasty(to: place)
    let answer = try await place.evlog(
      "explore", "--machine", "hasty.js", "--out", "broken.evlog", "--itf", "broken.itf.json")
    #expect(answer.status == 1)
    try expectGolden(answer.output, "explore-violated")
    let bisect = try await place.evlog("bisect", "broken.evlog", "--machine", "hasty.js", "--json")
    #expect(bisect.status == 1)
    let stats = try await place.evlog("stats", "broken.evlog", "--json").json()
    let finding = try bisect.json()["invariants"]?.arrayValue?.first
    #expect(finding?["name"] == .string("consistent"))
    let events = try #require(stats["events"]?.integer(Int.self))
    #expect(finding?["offset"] == .int(events - 1))
    let why = try await place.evlog("why", "broken.evlog", "--machine", "hasty.js")
    #expect(why.status == 1)
    // ITF: a state more than events, each with every variable.
    let trace = try JSONParser.parse(
      String(decoding: try place.bytes(of: "broken.itf.json"), as: UTF8.self))
    let states = try #require(trace["states"]?.arrayValue)
    #expect(states.count == events + 1)
    let variables = (trace["vars"]?.arrayValue ?? []).compactMap(\.stringValue)
    #expect(
      Set(variables)
        == ["rms", "tm", "prepared", "messages", "mbt::actionTaken", "mbt::nondetPicks"])
    for state in states { for name in variables { #expect(state[name] != nil) } }
    // What is there already is not written over.
    let again = try await place.evlog(
      "explore", "--machine", "hasty.js", "--out", "broken.evlog")
    #expect(again.status == 2)
  }

  @Test func aRunBeginsWithTheStateOfALog() async throws {
    let place = try Workplace()
    try addHasty(to: place)
    _ = try await place.evlog("explore", "--machine", "hasty.js", "--out", "broken.evlog")
    let rest = try await place.evlog(
      "explore", "broken.evlog", "--machine", "hasty.js", "--from-log", "4", "--out", "rest.evlog",
      "--json")
    #expect(rest.status == 1)
    let run = try rest.json()["invariants"]?.arrayValue?.first?["run"]
    let steps = try #require(run?["steps"]?.arrayValue)
    #expect(steps.first?["event"]?["offset"] == .int(4))
    #expect(run?["repeats"] == .bool(true))
    let bisect = try await place.evlog("bisect", "rest.evlog", "--machine", "hasty.js", "--json")
    let offset = try bisect.json()["invariants"]?.arrayValue?.first?["offset"]
    #expect(offset == .int(3 + steps.count))
  }

  @Test func whatCannotBeAskedIsSaid() async throws {
    let place = try Workplace()
    try place.addShop()
    let silent = try await place.evlog("explore", "--machine", "shop.js")
    #expect(silent.status == 2)
    #expect(silent.error.contains("does not say which events may happen"))
    for arguments in [["--draw"], ["--from-log", "3"], ["--depth=-1"], ["--seconds", "0"]] {
      let answer = try await place.run(
        Workplace.binaries.appending(path: "evlog").path,
        ["explore", "--machine", "shop.js"] + arguments)
      #expect(answer.status == 2, "\(arguments)")
    }
    let misspelt = try await place.evlog(
      "explore", "--machine", Self.commit.path, "--invariant", "consistant")
    #expect(misspelt.status == 2)
    try place.write(
      "machine('m', 1, { initial: {}, on: {}, explore: { events: 3, bounds: s => true } })",
      to: "wrong.js")
    let wrong = try await place.evlog("explore", "--machine", "wrong.js")
    #expect(wrong.status == 2)
    #expect(wrong.error.contains("'explore' needs a function 'events'"))
  }

  /// Counts without end, fails at 5, and hangs at 7 if it is told to.
  private func addCounter(to place: Workplace, _ body: String = "") throws {
    try place.write(
      """
      machine("counter", 1, {
        initial: { n: 0 },
        on: { added: (s, e) => { \(body); s.n += e.data.by }, taken: s => { s.n-- } },
        invariants: { whole: always(s => Number.isInteger(s.n)) },
        explore: { events: s => [{ type: "added", data: { by: 1 } }, { type: "added", data: { by: 2 } }] },
      })
      """, to: "counter.js")
  }

  @Test func limitsAreSaid() async throws {
    let place = try Workplace()
    try addCounter(to: place)
    for (arguments, bound) in [
      (["--states", "1000"], "states"), (["--seconds", "0.2", "--states", "0"], "seconds"),
      (["--depth", "5"], "depth"),
    ] {
      let answer = try await place.run(
        Workplace.binaries.appending(path: "evlog").path,
        ["explore", "--machine", "counter.js", "--json"] + arguments)
      #expect(answer.status == 3)
      let json = try answer.json()
      #expect(json["bounds"] == .array([.string(bound)]))
      #expect(json["complete"] == .bool(false))
      #expect(json["never"] == .array([.string("taken")]))
    }
    let interrupted = try await place.shell(
      "timeout --preserve-status -s INT 2 evlog explore --machine counter.js --states 0 --json")
    #expect(interrupted.status == 3)
    #expect(try interrupted.json()["bounds"] == .array([.string("interrupted")]))
  }

  @Test func failuresAreNamedWithTheirEvents() async throws {
    let place = try Workplace()
    try addCounter(to: place, "if (s.n === 5) throw new Error('five')")
    let failed = try await place.evlog(
      "explore", "--machine", "counter.js", "--states", "50", "--json")
    #expect(failed.status == 3)
    let failure = try #require(try failed.json()["failures"]?.arrayValue?.first)
    #expect(failure["type"] == .string("added"))
    #expect(failure["events"] == .int(2))
    #expect(failure["reason"]?.stringValue?.contains("five") == true)
    #expect(failure["run"]?["steps"]?.arrayValue?.count == 4)
    try addCounter(to: place, "while (s.n === 4) {}")
    let hanging = try await place.evlog(
      "explore", "--machine", "counter.js", "--handler-seconds", "0.3", "--json")
    #expect(hanging.status == 3)
    let end = try #require(try hanging.json()["end"])
    #expect(end["type"] == .string("added"))
    #expect(end["run"]?["steps"]?.arrayValue?.last?["changes"] == .null)
    #expect(try hanging.json()["bounds"] == .array([.string("failure")]))
  }

  // MARK: Spin

  private static let hasSpin =
    ["/usr/bin/spin", "/usr/local/bin/spin"].contains { FileManager.default.fileExists(atPath: $0) }

  /// Random guarded commands, as a machine and in Promela, have the same states and as many transitions.
  @Test(
    .enabled(if: hasSpin, "the model checker Spin is not installed: apt-get install spin gcc"),
    arguments: 1...5)
  func spinCountsTheSame(seed: UInt64) async throws {
    let place = try Workplace()
    var random = SeededGenerator(seed: seed)
    func below(_ bound: Int) -> Int { random.below(bound) }
    let (count, size) = (3 + below(2), 3 + below(4))
    let commands = (0..<(4 + below(5))).map { _ in
      (
        guarded: below(count), least: below(size), to: below(count), from: below(count),
        plus: below(size)
      )
    }
    try place.write(
      """
      byte v[\(count)];
      active proctype P() {
      end: do
      \(commands.map {
        " :: d_step { v[\($0.guarded)] >= \($0.least) -> v[\($0.to)] = (v[\($0.from)] + \($0.plus)) % \(size) }"
      }.joined(separator: "\n"))
      od }
      """, to: "model.pml")
    try place.write(
      """
      const commands = \(JSONValue.array(commands.map { command in
        .array([command.guarded, command.least, command.to, command.from, command.plus].map { .int($0) })
      }).canonicalText)
      machine("commands", 1, {
        initial: { v: Array(\(count)).fill(0) },
        on: { done: (s, { data: { c: [, , to, from, plus] } }) => { s.v[to] = (s.v[from] + plus) % \(size) } },
        explore: {
          events: s => commands.filter(c => s.v[c[0]] >= c[1]).map(c => ({ type: "done", data: { c } })),
        },
      })
      """, to: "commands.js")
    let spin = try await place.shell(
      "spin -a model.pml && gcc -w -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000")
    func number(_ what: String) throws -> Int {
      let line = try #require(
        spin.output.split(separator: "\n").first { $0.contains(what) }, "\(spin.error)")
      return try #require(Int(line.split(separator: " ").first ?? ""))
    }
    let json = try await place.evlog("explore", "--machine", "commands.js", "--json").json()
    #expect(json["states"]?["distinct"] == .int(try number("states, stored")), "seed \(seed)")
    #expect(json["states"]?["generated"] == .int(try number("transitions (=")), "seed \(seed)")
  }
}
