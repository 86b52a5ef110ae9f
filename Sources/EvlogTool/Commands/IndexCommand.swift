import ArgumentParser
import EvlogForensics
import EvlogReplay
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

  @OptionGroup var store: StoreOptions
  @OptionGroup var machine: MachineOptions
  @Flag(help: "Remove the machine's index.") var drop = false

  func validate() throws {
    if machine.noSnapshots, !drop {
      throw ValidationError("--no-snapshots also excludes the index: there is nothing to make.")
    }
  }

  func run() async throws {
    let program = try machine.load()
    let log = try store.openForReading()
    if drop { return try remove(machine.replayer(program, over: log)) }
    guard program.descriptor.scope != .stream else {
      throw Failure.usage(
        "The machine has a state per stream: blame reads the one stream, faster than an index.")
    }
    let start = ContinuousClock.now
    let progress = Progress("indexing", of: log.end, unless: store.json)
    defer { progress.finish() }
    let indexed = try await machine.replayer(program, over: log, progress: progress).indexWrites()
    progress.finish()
    let took = ContinuousClock.now - start
    if store.json {
      var report = Report("index")
      report["machine"] = .machine(program.descriptor)
      report["cut"] = .int(indexed.cut)
      report["before"] = .int(indexed.before)
      report["writes"] = .int(indexed.writes)
      report["files"] = .int(indexed.files)
      report["bytes"] = .int(indexed.bytes)
      report["seconds"] = .seconds(took)
      report.print()
    } else {
      Output.standard.line(
        "\(Words.count(indexed.cut - indexed.before, "event")) with "
          + "\(Words.count(indexed.writes, "write")) indexed, up to cut "
          + "\(Words.number(indexed.cut)): \(Words.count(indexed.files, "file")), "
          + Words.bytes(indexed.bytes))
    }
  }

  private func remove(_ replayer: Replayer) throws {
    let count = try replayer.dropIndexedWrites()
    if store.json {
      var report = Report("index")
      report["dropped"] = .int(count)
      report.print()
    } else {
      Output.standard.line("dropped \(Words.count(count, "file"))")
    }
  }
}
