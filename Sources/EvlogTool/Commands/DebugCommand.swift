import ArgumentParser
import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogMachine

struct DebugCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "debug", abstract: "Step through a log, forward and back.",
    discussion: """
      Reads commands, one per line, from the terminal or from a pipe. After each, shows where it \
      is: the event that led there, what the event changed, and which invariants are violated.

      \(DebugSession.help)

      EXAMPLES
        evlog debug shop.evlog --machine shop.js
        evlog debug shop.evlog --machine shop.js --at 7777
        printf 'v\\nw stock["A-7"]\\n' | evlog debug shop.evlog --machine shop.js
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
  @Option(help: "The cut to begin at, or a time (RFC 3339).") var at: CutArgument = .number(0)

  @Option(help: "The stream or key whose state is shown, if the machine has one for each.")
  var key: String?

  func run() async throws {
    let program = try machine.load()
    if key != nil, program.descriptor.scope == .log {
      throw InvestigationError.hasNoKeys(machine: program.descriptor.name)
    }
    let past = try edits.past(of: try store.history(passing: at))
    let cut = try at.cut(in: past)
    let progress = Progress("replaying", of: cut, unless: store.json)
    let investigation = machine.investigation(program, of: past, progress: progress)
    let session = try DebugSession(
      investigation, at: cut, progress: progress, of: key,
      asked: AskedWords(log: store.store, machine: machine.machine, edits: edits),
      isJSON: store.json)
    progress.finish()
    try await session.run()
  }
}
