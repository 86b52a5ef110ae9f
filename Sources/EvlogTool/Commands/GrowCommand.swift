import ArgumentParser
import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogSources

#if JavaScript
  import EvlogScripting
#endif

struct GrowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grow",
    abstract: "Say how far a machine is known, and refuse what makes it less known.",
    discussion: """
      Asks, in this order, what map, explore, refine and bisect answer, and prints the few numbers:

        unknown    cells of the map that were neither seen nor declared
        laws       the invariants, over the log and in every explored state
        explored   the states that 'explore' in the machine's file leads to
        refines    with --old: whether it still does what that machine did
        mutants    with --mutants: how many changes of it the laws catch

      A part for which the machine declares nothing is left out.

      --check compares the answer with the JSON of an earlier one, and exits with 1 if more is \
      unknown, a cell is newly not as declared, a law is gone or does not hold any more, an \
      exploration that was complete is not, or more mutants survive. So a build lets a system only \
      become better known. Without --check, the exit code is 1 if a law is violated or something \
      is not as declared. In both cases it is 1 if the machine does not refine the older one.

      A mutant is the machine with one change in a handler: an operator, a number, a truth value, \
      a deletion, or a handler that does nothing. It is caught if a law or a declared move is \
      violated that the machine itself keeps. One that survives in spite of other states shows a law that is \
      missing; one with the same states shows events that are missing, or a change that means \
      nothing.

      EXAMPLES
        evlog grow shop.evlog --machine shop.js --json > grow.json
        evlog grow shop.evlog --machine shop.js --check grow.json
        evlog grow fixture.evlog --machine shop.js --old main.js --check grow.json
        evlog grow shop.evlog --machine shop.js --mutants 100
        evlog grow shop.evlog --machine shop.js --badge badge.json

      \(ExitStatus.help)
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
  @Option(help: "The last cut, or a time; the log's end by default.") var to: CutArgument?
  @Option(
    help: ArgumentHelp("The older machine, which this one must refine.", valueName: "file-or-name"),
    completion: .file(extensions: ["js"]))
  var old: String?
  @Option(
    help: "The JSON of an earlier answer: nothing may have become worse.", completion: .file())
  var check: String?
  @Option(help: "Try at most this many mutants of a machine in JavaScript.") var mutants: Int = 0
  @Option(help: "Explore at most this many states; of each mutant as well.")
  var states: Int = 100_000
  @Option(
    help: "Write a badge for shields.io, as JSON; a file that is there is replaced.",
    completion: .file())
  var badge: String?

  func validate() throws {
    if states < 1 { throw ValidationError("--states must be at least 1.") }
    if mutants < 0 { throw ValidationError("--mutants must not be negative.") }
  }

  func run() async throws {
    let program = try machine.load()
    let older = try old.map { try machine.load($0) }
    let baseline = try check.map(Self.baseline)
    let past = try edits.past(of: try store.history(passing: to))
    let to = try to?.cut(in: past)
    let badge = try badge.map { try OutputFile($0, replacing: true) }
    let changed = try changed(program)
    let progress = Progress("replaying", of: to ?? past.end, unless: store.json)
    defer { progress.finish() }
    let trying = Progress("trying mutants", of: UInt64(changed?.count ?? 0), unless: store.json)
    defer { trying.finish() }
    let answer = try await machine.investigation(program, of: past, progress: progress)
      .grow(
        refining: older, to: to, within: ExplorationLimits(states: states), mutants: changed,
        trying: { done in
          progress.finish()
          trying.update(UInt64(done))
        }, worseThan: baseline)
    progress.finish()
    trying.finish()
    if let badge {
      try badge.write(Array(StateEncoder().encode(answer.badge).canonicalText.utf8) + [0x0a])
      try badge.finish()
    }
    try answer.print(asJSON: store.json) {
      let asked = AskedWords(log: store.store, machine: machine.machine, edits: edits)
      GrowText(answer: answer, old: old, asked: asked).print()
    }
    let isWorse = answer.setbacks.map { !$0.isEmpty } ?? answer.broken
    if isWorse || answer.refined?.broken == true { throw Failure(.found, "") }
    if answer.setbacks == nil, answer.inconclusive { throw Failure(.inconclusive, "") }
  }

  private func changed(_ program: any Program) throws -> [Mutant]? {
    if mutants == 0 { return nil }
    #if JavaScript
      if let script = program as? ScriptProgram { return try script.mutants(limit: mutants) }
    #endif
    throw Failure.usage(
      "--mutants needs a machine in JavaScript; '\(machine.machine)' is compiled.")
  }

  private static func baseline(_ path: String) throws -> Answers.Growth {
    var lines = try InputLines(path)
    // The same is said of whatever else it is.
    guard let line = try lines.next(), let json = JSONValue(validating: line.bytes[...]),
      json["command"]?.stringValue == "grow", let growth = try? Answers.Growth(json: json)
    else {
      throw Failure.usage(
        "\(path) is not the JSON of an earlier answer. To make one: \(EvlogTool.name) grow LOG --machine M --json "
          + "> grow.json")
    }
    return growth
  }
}
