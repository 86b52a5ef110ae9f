import ArgumentParser
import EvlogForensics
import EvlogReplay
import EvlogStore

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Re-execute a machine; print digests and what holds.",
    discussion: """
      With --check, every invariant is judged at every cut up to the one asked for, and the command \
      exits with 1 where one was violated.

      EXAMPLES
        evlog replay shop.evlog --machine shop.js --at 7777
        evlog replay shop.evlog --machine shop.js --check --json
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var machine: MachineOptions
  @Option(help: "The cut, or a time (RFC 3339); the log's end by default.") var at: CutArgument?
  @Flag(help: "Judge the invariants at every cut.") var check = false

  func run() async throws {
    let program = try machine.load()
    let log = try store.openForReading()
    let start = ContinuousClock.now
    let at = try at?.cut(in: log)
    let progress = Progress("replaying", of: at ?? log.end, unless: store.json)
    let replayer = machine.replayer(program, over: log, progress: progress)
    let cut = try replayer.checked(at)
    let scan = check ? try await replayer.scan(to: cut) : nil
    if let failure = scan?.failure {
      progress.finish()
      throw failure
    }
    // Where a key was put aside, there is no state of the whole.
    let state = scan?.failedKeys.isEmpty == false ? nil : try await replayer.state(at: cut)
    progress.finish()
    let took = ContinuousClock.now - start
    let work = state?.work ?? scan?.work ?? .init()
    machine.warn(work)
    let logDigest = try log.digest(at: cut)
    if store.json {
      var report = Report("replay")
      report["machine"] = .machine(program.descriptor)
      report["cut"] = .int(cut)
      report["stateDigest"] = .optional(state.map { "\($0.digest)" })
      report["logDigest"] = .string("\(logDigest)")
      report["unconcerned"] = .optional(state?.unconcerned ?? scan?.unconcerned)
      report["work"] = .work(work)
      report["seconds"] = .seconds(took)
      if let scan {
        report["keys"] = .keys(scan)
        report["failedKeys"] = .failedKeys(scan.failedKeys)
        report["outcome"] = .string(scan.outcome.rawValue)
        report["invariants"] = .array(scan.findings.map { .finding($0) })
      }
      report.print()
    } else {
      text(state, work, cut, logDigest, scan, program.descriptor, took)
    }
    switch scan?.outcome {
    case .violated: throw Failure(.found, "")
    case .inconclusive: throw Failure(.inconclusive, "")
    default: break
    }
  }

  private func text(
    _ state: Replayer.State?, _ work: Replayer.Work, _ cut: Cut, _ logDigest: Digest,
    _ scan: Scan?, _ machine: MachineDescriptor, _ took: Duration
  ) {
    var first = "replayed \(machine.name) version \(machine.version) to cut "
    first += Words.number(cut)
    if let start = work.startedFrom.last {
      first += " (snapshot at \(Words.number(start)) and \(Words.count(work.events, "event")))"
    }
    Output.standard.line(first + ", \(Words.duration(took))")
    Output.standard.line(
      "state  \(state.map { "\($0.digest)" } ?? "none: the machine failed for a key")")
    Output.standard.line("log    \(logDigest)")
    KeysText.sayUnconcerned(state?.unconcerned ?? scan?.unconcerned)
    guard let scan else { return }
    for finding in scan.findings { Output.standard.line(BisectText.summary(finding, in: scan)) }
    KeysText.say(scan.failedKeys, of: scan.machine.scope)
  }
}
