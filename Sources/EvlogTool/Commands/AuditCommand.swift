import ArgumentParser
import EvlogForensics
import EvlogReplay
import EvlogStore
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
      differ; then it exits with 4. A machine that fails in every run alike, or that --handler-seconds \
      or --memory-mib stopped in one, was the same so far: the event is named, and it exits with 3. \
      With a state per stream or key, the others are followed to the end.

      Verdicts are compared after every event, and so are states of up to 512 bytes. A larger one is \
      compared once in as many events as it has times 256 bytes, and those of all keys in the end; \
      where two differ, the first event that makes them differ is looked for.

      What a machine leaks only now and then may need more runs: --runs.

      EXAMPLES
        evlog audit shop.evlog --machine shop.js
        evlog audit shop.evlog --machine Shop --runs 8 --to 100000

      \(ExitStatus.help)
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var machine: MachineOptions
  @Option(help: "How many processes run it from beginning to end.") var runs: Int = 3
  @Option(help: "The last cut to replay, or a time; the log's end by default.")
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
      ], plainRuns: runs, cut: cut, workers: machine.workers)
    let outcome = try await audit.run { progress.update($0) }
    progress.finish()
    let event = try outcome.divergence.flatMap { try log.event(at: $0.offset) }
    let text = AuditText(
      outcome: outcome, event: event, invariants: program.descriptor.invariants, runs: runs,
      took: ContinuousClock.now - start)
    if store.json { text.json.print() } else { text.print() }
    if outcome.divergence != nil { throw Failure(.notDeterministic, "") }
    if let failure = outcome.failure {
      Output.standard.flush()
      Output.error.error("\(EvlogTool.name): \(failure.text)")
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
  @Option var to: Cut
  @Option var until: Cut?
  @Option var from: Offset?
  @Option var every: UInt64 = 1
  @Option var show: Offset?
  @Flag var ofAll = false
  @Option var wholes: String?

  func run() throws {
    guard let run = AuditRun(rawValue: kind) else {
      throw Failure.usage("There is no run '\(kind)'.")
    }
    let replayer = Replayer(try machine.load(), over: try EventLog.openReadOnly(store.path))
    let closer = from.map { StateLooks.Closer(from: $0, every: every) }
    // The run before is needed only where whole runs are compared.
    let isWhole = show == nil && wholes == nil && until == nil
    if run == .again {
      if isWhole { try trace(replayer, .plain, nil) } else { try replayer.runBefore(to: to) }
    }
    if let show {
      let moment = try replayer.moment(run, at: show, to: to, ofAll: ofAll)
      Output.standard.json((moment?.json ?? .null).canonicalBytes + [0x0A])
    } else if let wholes {
      let cuts = wholes.split(separator: ",").compactMap { Cut($0) }
      for digest in try replayer.wholes(run, at: cuts, to: to) {
        Output.standard.line("\(digest)")
      }
    } else {
      try trace(replayer, run, closer)
    }
  }

  /// Writes a run's words, and says how it ended.
  private func trace(_ replayer: Replayer, _ run: AuditRun, _ closer: StateLooks.Closer?) throws {
    var count: UInt64 = 0
    let trace = try replayer.trace(run, to: to, until: until, closer: closer) { word in
      var bytes: [UInt8] = []
      for i in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(i)))) }
      Output.standard.write(bytes: bytes)
      count += 1
    }
    Output.standard.flush()
    let ending = AuditProcess.Ending(trace, count: count)
    Output.error.write(
      bytes: Array("\(AuditProcess.endingMark)\(ending.json.canonicalText)\n".utf8))
    Output.error.flush()
  }
}

extension AuditMoment {
  fileprivate var json: JSONValue {
    .object([
      ("key", .optional(key)), ("state", state),
      ("verdicts", .array(verdicts.map { .string($0.description) })),
    ])
  }
}
