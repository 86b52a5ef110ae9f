import ArgumentParser
import EvlogReplay
import EvlogStore

struct StateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state", abstract: "Print the state of a machine at a cut.",
    discussion: """
      Cut K is the state after the first K events.

      EXAMPLES
        evlog state shop.evlog --machine shop.js --at 7777
        evlog state shop.evlog --machine accounts.js --key account-7 --json
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var machine: MachineOptions
  @Option(help: "The cut, or a time (RFC 3339); the log's end by default.") var at: CutArgument?
  @Option(help: "Print only the state of this stream or key.") var key: String?

  func run() async throws {
    let program = try machine.load()
    let log = try store.openForReading()
    let at = try at?.cut(in: log)
    let progress = Progress("replaying", of: at ?? log.end, unless: store.json)
    let replayer = machine.replayer(program, over: log, progress: progress)
    let cut = try replayer.checked(at)
    let value: JSONValue
    let unconcerned: UInt64?
    let work: Replayer.Work
    if let key {
      guard program.descriptor.scope != .log else {
        throw Failure.hasNoKeys
      }
      let found = try await replayer.state(ofKey: key, at: cut)
      progress.finish()
      guard let state = found.value else {
        throw Failure.usage("At cut \(cut), '\(key)' has no state: no event of it was reduced.")
      }
      (value, unconcerned, work) = (state, found.unconcerned, found.work)
    } else {
      let state = try await replayer.state(at: cut)
      progress.finish()
      (value, unconcerned, work) = (state.value, state.unconcerned, state.work)
    }
    machine.warn(work)
    if store.json {
      var report = Report("state")
      report["machine"] = .machine(program.descriptor)
      report["cut"] = .int(cut)
      report["key"] = .optional(key)
      report["state"] = value
      report["digest"] = .string("\(value.digest)")
      report["unconcerned"] = .optional(unconcerned)
      report["work"] = .work(work)
      report.print()
    } else {
      Output.standard.pretty(value)
      // The state alone is on standard output.
      if let unconcerned {
        Output.standard.flush()
        Output.error.line("\(EvlogTool.name): \(Words.count(unconcerned, "event")) of no key")
        Output.error.flush()
      }
    }
  }
}
