import ArgumentParser
import EvlogAnswers
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import SystemPackage

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Check that a machine gives the same states every time.",
    discussion: """
      Every other answer relies on a machine being a pure function of its events. audit runs it in \
      several processes that differ in hash seeds, in the contents of fresh memory, and in time, \
      time zone and language; once more from states that were saved and read back; and once more \
      after a whole run in the same process. After each event, the states and verdicts must be the \
      same in every run. If they are not, audit names the first event after which they differ and \
      the paths that differ, and exits with 4. A machine that fails alike in every run, or that \
      --handler-seconds or --memory-mib stopped in one, was the same so far: audit names the event \
      and exits with 3. With a state per stream or key, it follows the others to the end.

      Verdicts are compared after every event, and so are states of up to 512 bytes. A state of N \
      times 256 bytes is compared once in N events, and the states of all keys are compared at the \
      end. If two differ, audit searches for the first event that makes them differ.

      A difference that occurs only now and then may need more runs: --runs.

      EXAMPLES
        evlog audit shop.evlog --machine shop.js
        evlog audit shop.evlog --machine Shop --runs 8 --to 100000

      \(ExitStatus.help)
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
  @Option(help: "How many processes run the machine from beginning to end.") var runs: Int = 3
  @Option(help: "The last cut to replay, or a time; the log's end by default.")
  var to: CutArgument?
  @OptionGroup var page: PageOptions

  func validate() throws {
    if runs < 2 { throw ValidationError("--runs must be at least 2: one alone says nothing.") }
  }

  func run() async throws {
    let program = try machine.load()
    let page = try page.open()
    let past = try edits.past(of: try store.history(passing: to))
    let cut = try Replayer(program, over: past).checked(try to?.cut(in: past))
    let start = ContinuousClock.now
    let progress = Progress("auditing", of: UInt64(runs + 2), unless: store.json)
    defer { progress.finish() }
    let audit = Audit(
      store: store.store, machine: machine.machine,
      options: [
        "--handler-seconds", "\(machine.running.handlerSeconds)", "--memory-mib",
        "\(machine.running.memoryMib)",
      ] + edits.arguments.flatMap { [$0.option, $0.value] },
      plainRuns: runs, cut: cut, workers: machine.running.workers)
    let outcome = try await audit.run { progress.update($0) }
    progress.finish()
    let answer = Answers.Audit(
      runs: runs + 2, events: outcome.events, failedKeys: outcome.failedKeys,
      failure: outcome.failure.map { ($0.text, $0.offset, $0.isOfBounds) },
      couldNotSave: outcome.couldNotSave, divergence: outcome.divergence?.answered,
      event: try outcome.divergence.flatMap { try past.event(at: $0.offset) },
      invariants: program.descriptor.invariants, took: ContinuousClock.now - start)
    try page?.write(answer)
    try answer.print(asJSON: store.json) { AuditText(answer: answer).print() }
    if !answer.deterministic { throw Failure(.notDeterministic, "") }
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

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var edits: EditArguments
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
    let replayer = Replayer(try machine.load(), over: try edits.past(of: try store.history()))
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
    let text = try StateEncoder().encode(ending).canonicalText
    Output.error.write(bytes: Array("\(AuditProcess.endingMark)\(text)\n".utf8))
    Output.error.flush()
  }
}

extension AuditMoment {
  fileprivate var json: JSONValue {
    .object([
      ("key", key.map { .string($0) } ?? .null), ("state", state),
      ("verdicts", .array(verdicts.map { .string($0.description) })),
    ])
  }
}
