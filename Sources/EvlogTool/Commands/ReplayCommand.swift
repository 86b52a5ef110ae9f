import ArgumentParser
import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Replay a machine and print digests; with --check, judge its invariants.",
    discussion: """
      With --check, judges every invariant at every cut up to the given one, and exits with 1 if \
      one was violated.

      EXAMPLES
        evlog replay shop.evlog --machine shop.js --at 7777
        evlog replay shop.evlog --machine shop.js --check --json
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
  @Option(help: "The cut, or a time (RFC 3339); the log's end by default.") var at: CutArgument?
  @Flag(help: "Judge the invariants at every cut.") var check = false

  func run() async throws {
    let program = try machine.load()
    let past = try edits.past(of: try store.history(passing: at))
    let at = try at?.cut(in: past)
    let progress = Progress("replaying", of: at ?? past.end, unless: store.json)
    defer { progress.finish() }
    let answer = try await machine.investigation(program, of: past, progress: progress)
      .replay(to: at, checks: check)
    progress.finish()
    machine.warn(answer.work)
    try answer.print(asJSON: store.json) { text(answer) }
    switch answer.outcome {
    case .violated: throw Failure(.found, "")
    case .inconclusive: throw Failure(.inconclusive, "")
    default: break
    }
  }

  private func text(_ answer: Answers.Replay) {
    let out = Output.standard
    var first = "replayed \(answer.machine.name) version \(answer.machine.version) to cut "
    first += Words.number(answer.cut)
    if let start = answer.work.startedFrom.last {
      first += " (snapshot at \(Words.number(start)) and "
      first += "\(Words.count(answer.work.events, "event")))"
    }
    out.line(first + ", \(Words.duration(answer.seconds))")
    out.line("state  \(answer.stateDigest ?? "none: the machine failed for a key")")
    if let digest = answer.logDigest { out.line("log    \(digest)") }
    KeysText.sayUnconcerned(answer.unconcerned)
    let failedKeys = answer.failedKeys ?? []
    let failed = KeysText.covered(answer.keys, failedKeys, of: answer.machine.scope)
    for finding in answer.invariants ?? [] { out.line(BisectText.summary(finding, failed)) }
    KeysText.say(failedKeys, of: answer.machine.scope)
  }
}
