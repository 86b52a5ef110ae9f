import ArgumentParser
import EventLog
import Forensics
import Replay
import SystemPackage

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Find out whether a machine gives the same states every time.",
    discussion: """
      Every other answer rests on a machine being a pure function of its events. Here it is run in \
      several processes, in which hashes have other seeds, fresh memory holds other bytes, and the \
      time, the time zone and the language are others; once more from states that were saved and \
      read back; and once more after a whole run in one process. After each event the states and the \
      verdicts must be the same. The first event where they are not is named, with the places that \
      differ; then it exits with 4.

      What a machine leaks only now and then may need more runs: --runs.

      EXAMPLES
        evlog audit shop.evlog --machine shop.js
        evlog audit shop.evlog --machine Shop --runs 8 --to 100000

      \(ExitStatus.help)
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var machine: MachineOptions
  @Option(help: "How many processes run it from beginning to end.") var runs: Int = 3
  @Option(help: "The last cut to replay, or a time; the log's end unless said.")
  var to: CutArgument?

  func validate() throws {
    if runs < 2 { throw ValidationError("--runs must be at least 2: one alone says nothing.") }
  }

  func run() async throws {
    let program = try machine.load()
    let log = try store.openForReading()
    let cut = try Replayer(program, over: log).checked(try to?.cut(in: log))
    let start = ContinuousClock.now
    let progress = Progress("auditing", of: UInt64(runs + 2), unless: store.json)
    defer { progress.finish() }
    let audit = Audit(
      store: store.store, machine: machine.machine,
      bounds: [
        "--handler-seconds", "\(machine.handlerSeconds)", "--memory-mib", "\(machine.memoryMib)",
      ], plainRuns: runs, cut: cut)
    let outcome = try await audit.run(progress: progress.update)
    progress.finish()
    let event = try outcome.divergence.flatMap { try log.event(at: $0.offset) }
    let text = AuditText(
      outcome: outcome, event: event, invariants: program.descriptor.invariants, runs: runs,
      took: ContinuousClock.now - start)
    if store.json { text.json.print() } else { text.print() }
    if outcome.divergence != nil { throw Failure(.notDeterministic, "") }
    if let failure = outcome.failure {
      Output.standard.flush()
      Output.error.write(failure)
      Output.error.flush()
      throw Failure(.inconclusive, "")
    }
  }
}

/// One run of an audit, in a process of its own. It is for `audit`, not for people.
struct AuditRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit-run", abstract: "One run of an audit.", shouldDisplay: false)

  @OptionGroup var store: StoreOptions
  @OptionGroup var machine: MachineOptions
  @Option(name: .customLong("run")) var kind: String
  @Option var to: UInt64?
  @Option var show: UInt64?
  @Option var exactFrom: UInt64 = .max

  func run() throws {
    guard let run = AuditRun(rawValue: kind) else {
      throw Failure.usage("There is no run '\(kind)'.")
    }
    let replayer = Replayer(try machine.load(), over: try EventLog.openReadOnly(store.path))
    if let show {
      let moment = try replayer.moment(run, at: show)
      let json = moment.map { moment in
        JSONValue.object([
          ("key", .optional(moment.key)), ("state", moment.state),
          ("verdicts", .array(moment.verdicts.map { .string($0.description) })),
        ])
      }
      Output.standard.line((json ?? .null).canonicalText)
    } else {
      let couldNotSave = try replayer.trace(run, to: to, exactFrom: exactFrom) { word in
        var bytes: [UInt8] = []
        for i in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(i)))) }
        Output.standard.write(bytes: bytes)
      }
      if let couldNotSave { Output.error.line(AuditProcess.couldNotSave + couldNotSave) }
      Output.error.flush()
    }
  }
}
