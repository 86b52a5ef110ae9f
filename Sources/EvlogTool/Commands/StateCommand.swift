import ArgumentParser
import EvlogAnswers
import EvlogCore
import EvlogJSON

struct StateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state", abstract: "Print the state of a machine at a cut.",
    discussion: """
      Cut K is the state after the first K events.

      EXAMPLES
        evlog state shop.evlog --machine shop.js --at 7777
        evlog state shop.evlog --machine accounts.js --key account-7 --json
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
  @Option(help: "The cut, or a time (RFC 3339); the log's end by default.") var at: CutArgument?
  @Option(help: "Print only the state of this stream or key.") var key: String?

  func run() async throws {
    let program = try machine.load()
    let past = try edits.past(of: try store.history(passing: at))
    let at = try at?.cut(in: past)
    let progress = Progress("replaying", of: at ?? past.end, unless: store.json)
    defer { progress.finish() }
    let answer = try await machine.investigation(program, of: past, progress: progress)
      .state(at: at, ofKey: key)
    progress.finish()
    machine.warn(answer.work)
    if store.json { return try answer.print() }
    Output.standard.pretty(answer.state)
    // The state alone is on standard output.
    if let count = answer.unconcerned { Output.note("\(Words.count(count, "event")) of no key") }
  }
}
