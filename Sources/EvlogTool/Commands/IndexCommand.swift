import ArgumentParser
import EvlogAnswers
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogStore

struct IndexCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index", abstract: "Record which event wrote what, so that blame need not replay.",
    discussion: """
      Replays the events once, and records what each of them wrote, in files beside the snapshots, \
      in the order of the paths in the state. After that, blame, why and debug look up the last \
      event that wrote a value, in a log of any length. Run index again after more events: it \
      continues where it ended. Until then, later events are replayed.

      The index is a cache, like snapshots: answers are the same without it. It is of no use for a \
      machine with a state per stream, because blame then reads only that stream.

      EXAMPLES
        evlog index shop.evlog --machine shop.js
        evlog blame shop.evlog 'stock["A-7"].available' --machine shop.js
        evlog index shop.evlog --machine shop.js --drop
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @Flag(help: "Remove the machine's index.") var drop = false

  func validate() throws {
    if machine.running.noSnapshots, !drop {
      throw ValidationError("--no-snapshots also excludes the index: there is nothing to make.")
    }
  }

  func run() async throws {
    let program = try machine.load()
    let log = try store.history()
    let progress = Progress("indexing", of: log.end, unless: store.json)
    defer { progress.finish() }
    let investigation = machine.investigation(program, of: log, progress: progress)
    if drop {
      let answer = Answers.IndexDropped(try investigation.replayer.dropIndexedWrites())
      if store.json { return try answer.print() }
      return Output.standard.line("dropped \(Words.count(answer.dropped, "file"))")
    }
    guard program.descriptor.scope != .stream else {
      throw Failure.usage(
        "The machine has a state per stream: blame reads the one stream, faster than an index.")
    }
    let answer = try await investigation.index()
    progress.finish()
    if store.json { return try answer.print() }
    Output.standard.line(
      "\(Words.count(answer.cut - answer.before, "event")) with "
        + "\(Words.count(answer.writes, "write")) indexed, up to cut "
        + "\(Words.number(answer.cut)): \(Words.count(answer.files, "file")), "
        + Words.bytes(answer.bytes))
  }
}
