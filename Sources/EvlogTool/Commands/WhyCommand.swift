import ArgumentParser
import EvlogForensics
import EvlogReplay
import EvlogStore

struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Follow a violation back to the events that led to it.",
    discussion: """
      Begins with the event that broke an invariant, and shows which of the values that the \
      invariant read were written by this event; what else the invariant read or, if that is much, \
      only the paths that have a text or a number in common with the event; what the event itself \
      had read; and which events had written all that. Then follows those events in the same way, \
      --depth steps back. An event that names the one that caused it is shown with that one.

      For a machine in JavaScript, reads are observed as they happen. A compiled machine cannot be \
      observed: why follows the paths that an event wrote. A path that contains others, such as a \
      list, counts as written if any of them is.

      EXAMPLES
        evlog why shop.evlog --machine shop.js
        evlog why shop.evlog --machine shop.js --invariant 'never oversell' --depth 5
        evlog why bank.evlog --machine accounts.js --offset 7777 --json

      \(ExitStatus.help)
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var wanted: ViolationOptions
  @Option(help: "How many steps to go back.") var depth: Int = 3
  @Option(help: "How many paths of each event to follow.") var paths: Int = 5

  func validate() throws {
    if depth < 0 { throw ValidationError("--depth must not be negative.") }
    if paths < 1 { throw ValidationError("--paths must be at least 1.") }
  }

  func run() async throws {
    let program = try machine.load()
    let log = try store.openForReading()
    let start = ContinuousClock.now
    let (violation, scan) = try await wanted.violation(
      machine, program, log, isQuiet: store.json, for: "why")
    let progress = Progress("following", of: nil, unless: store.json)
    defer { progress.finish() }
    let why = try await machine.replayer(program, over: log, progress: progress)
      .why(violation, depth: depth, limit: paths)
    progress.finish()
    machine.warn(why.work)
    let answer = WhyText(
      why: why, scan: scan, took: ContinuousClock.now - start, store: store.store,
      machine: machine.machine)
    if store.json { answer.json.print() } else { answer.print() }
    throw Failure(.found, "")
  }
}
