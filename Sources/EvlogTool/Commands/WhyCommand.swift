import ArgumentParser
import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogMachine
import EvlogReplay

struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Follow a violation back to the events that led to it.",
    discussion: """
      Begins with the event that broke an invariant, and shows which of the values that the \
      invariant read were written by this event; what else the invariant read or, if that is much, \
      only the paths that have a text or a number in common with the event; what the event itself \
      had read; and which events had written all that. Then follows those events in the same way, \
      --depth steps back. An event that names others as its causes is shown with those.

      For a machine in JavaScript, reads are observed as they happen. A compiled machine cannot be \
      observed: why follows the paths that an event wrote. A path that contains others, such as a \
      list, counts as written if any of them is.

      EXAMPLES
        evlog why shop.evlog --machine shop.js
        evlog why shop.evlog --machine shop.js --invariant 'never oversell' --depth 5
        evlog why bank.evlog --machine accounts.js --offset 7777 --json

      \(ExitStatus.help)
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
  @OptionGroup var wanted: ViolationOptions
  @Option(help: "How many steps to go back.") var depth: Int = 3
  @Option(help: "How many paths of each event to follow.") var paths: Int = 5
  @OptionGroup var page: PageOptions

  func validate() throws {
    if depth < 0 { throw ValidationError("--depth must not be negative.") }
    if paths < 1 { throw ValidationError("--paths must be at least 1.") }
  }

  func run() async throws {
    let program = try machine.load()
    let page = try page.open()
    let past = try edits.past(of: try store.history(passing: wanted.to))
    var investigation = machine.investigation(program, of: past)
    let found = try await wanted.found(investigation, isQuiet: store.json)
    machine.warn(found.scan.work)
    let progress = Progress("following", of: nil, unless: store.json)
    defer { progress.finish() }
    investigation.replayer.progress = { progress.update($0) }
    let why = try await investigation.why(found, depth: depth, limit: paths)
    progress.finish()
    let asked = AskedWords(
      log: store.store, machine: machine.machine, edits: edits, passing: wanted.to)
    let text = WhyText(why, scope: program.descriptor.scope, asked)
    try page?.write(text.answer)
    // The text of a violation comes below, after what is remarked about it.
    try text.answer.print(asJSON: store.json) {}
    guard let work = why.work else {
      try wanted.end(found.scan, nothingTo: "explain", isQuiet: store.json)
    }
    machine.warn(work)
    if !store.json { text.print() }
    throw Failure(.found, "")
  }
}
