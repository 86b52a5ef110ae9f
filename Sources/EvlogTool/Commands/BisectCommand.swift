import ArgumentParser
import EvlogForensics
import EvlogReplay
import EvlogStore

struct BisectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bisect", abstract: "Find the first event that broke an invariant.",
    discussion: """
      Judges every invariant of the machine at every cut, so it also finds violations that healed \
      later. Cut K is the state after the first K events; the event at offset K leads from cut K \
      to cut K+1.

      With --run, a command judges the states instead. It gets a state as JSON on standard input \
      and answers with its exit code, as for 'git bisect run': 0 is good, 125 means that it cannot \
      tell, 126 and 127 that it could not be run; other codes up to 127 are bad, and 128 and above \
      stop the search. It is asked about few cuts, by halving, so the answer is a boundary: it is \
      exact only if what breaks stays broken. If the last cut is good, nothing is known about the \
      cuts before it, and the exit code is 3.

      A boundary is checked by asking about some earlier cuts too; if one is bad, the search goes \
      on before it. --jobs asks about several cuts at once. --log keeps the answers in a file: an \
      interrupted search continues where it was, and a repeated one asks nothing again.

      --mode probe searches in the same way, for state invariants of a machine with one state or, \
      with --key, of one stream or key. --mode auto does that first, for a quick answer, and then \
      judges every cut. If states are so large that returning to one costs more than judging every \
      cut, every cut is judged right away. If an earlier scan left its verdicts beside the log, \
      only new events are judged.

      A step invariant is violated by an event, and each event that violates it is a violation of \
      its own. Other invariants are violated from one cut to another. --violations lists every \
      event that broke an invariant, one per line; to look into one, pass its offset to why or \
      minimise with --offset.

      An episode is a run of cuts at which the invariant is violated. An invariant is latched if \
      it broke once and never healed, transient if every episode healed, and flapping if it healed \
      but is broken at the end. The guarantee is EXACT if every cut up to the answer was judged, \
      RANGE if some could not be judged, and BOUNDARY if only a few were asked about.

      EXAMPLES
        evlog bisect shop.evlog --machine shop.js
        evlog bisect shop.evlog --machine shop.js --expr 'state.stock["A-7"].available >= 0'
        evlog bisect shop.evlog --machine shop.js --violations --csv
        evlog bisect shop.evlog --machine shop.js --mode auto
        evlog bisect shop.evlog --machine shop.js --jobs 2 --log answers.ndjson --run ./looks-right.sh

      \(ExitStatus.help)
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var machine: MachineOptions
  @Option(help: "Judge only this invariant; repeatable.") var invariant: [String] = []
  @Option(help: "Judge a condition on the state, in JavaScript, instead of the invariants.")
  var expr: String?
  @Option(
    name: .customLong("run"), parsing: .remaining,
    help: "Search with a command; everything after --run is the command and its arguments.")
  var command: [String] = []
  @Option(help: "The last cut to look at, or a time (RFC 3339); the log's end by default.")
  var to: CutArgument?
  @Option(help: "With --run: a cut that is known to be good, or a time.")
  var from: CutArgument = .number(0)
  @Option(help: "How many episodes, or events that violate a step invariant, to list.")
  var episodes: Int = 10
  @Flag(help: "List every event that broke an invariant: invariant, key, offset, time.")
  var violations = false
  @Flag(help: "With --violations: print CSV with a header line.") var csv = false
  @Option(help: "Judge every cut, search by halving, or both.") var mode: Mode = .scan
  @Option(help: "With --mode probe: the stream or key to judge, if there is a state for each.")
  var key: String?
  @Option(help: "With --run: how many cuts to ask about at once.") var jobs: Int = 1
  @Option(
    help: ArgumentHelp(
      "With --run: keep the answers in a file, and do not ask for those that it has.",
      valueName: "file"), completion: .file())
  var log: String?

  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case scan, probe, auto
  }

  func validate() throws {
    if !command.isEmpty, expr != nil || !invariant.isEmpty {
      throw ValidationError("--run cannot be combined with --expr or --invariant.")
    }
    if expr != nil, !invariant.isEmpty {
      throw ValidationError("Choose --expr or --invariant.")
    }
    if episodes < 1 { throw ValidationError("--episodes must be at least 1.") }
    if from != .number(0), command.isEmpty, mode == .scan {
      throw ValidationError("--from is for --run; a scan always begins at cut 0.")
    }
    if command.isEmpty, jobs != 1 || log != nil {
      throw ValidationError("--jobs and --log are for --run.")
    }
    if csv, !violations { throw ValidationError("--csv is for --violations.") }
    if csv, store.json { throw ValidationError("Choose --csv or --json.") }
    if violations, !command.isEmpty || mode != .scan {
      throw ValidationError("--violations cannot be combined with --run or --mode.")
    }
    if !command.isEmpty, mode != .scan { throw ValidationError("Choose --mode or --run.") }
    if key != nil, mode != .probe { throw ValidationError("--key is for --mode probe.") }
    if !(1...256).contains(jobs) { throw ValidationError("--jobs must be from 1 to 256.") }
  }

  func run() async throws {
    let program = try machine.load(expression: expr)
    let log = try store.openForReading()
    if !command.isEmpty { return try await probe(program, log) }
    try checkInvariants(program)
    if mode != .scan { try await probeInvariants(program, log) }
    if mode != .probe { try await scan(program, log) }
  }

  func isWanted(_ descriptor: InvariantDescriptor) -> Bool {
    if expr != nil, invariant.isEmpty { return descriptor.name == MachineOptions.expressionName }
    return invariant.isEmpty || invariant.contains(descriptor.name)
  }

  private func checkInvariants(_ program: any Program) throws {
    let all = program.descriptor.invariants
    for name in invariant where !all.contains(where: { $0.name == name }) {
      throw Failure.usage(
        "The machine has no invariant '\(name)'. It has: "
          + all.map { "'\($0.name)'" }.joined(separator: ", ") + ".")
    }
    guard all.contains(where: isWanted) else {
      throw Failure.usage(
        "The machine '\(program.descriptor.name)' has no invariants. Add one to it, or give a "
          + "condition: --expr 'state.total >= 0'.")
    }
  }

  private func scan(_ program: any Program, _ log: EventLog) async throws {
    let to = try to?.cut(in: log)
    let start = ContinuousClock.now
    let progress = Progress("scanning", of: to ?? log.end, unless: store.json)
    let replayer = machine.replayer(program, over: log, progress: progress)
    let scan = try await replayer.scan(
      to: to, judging: program.descriptor.invariants.filter(isWanted))
    if violations {
      progress.finish()
      return try list(scan, log)
    }
    let violations = try await replayer.explainedViolations(in: scan)
    progress.finish()
    let answer = BisectAnswer(
      scan: scan, findings: scan.findings, violations: violations,
      took: ContinuousClock.now - start,
      store: store.store,
      machine: machine.machine)
    machine.warn(scan.work)
    if store.json { answer.json.print() } else { BisectText.print(answer, episodeLimit: episodes) }
    try end(scan, answer.status)
  }

  private func end(_ scan: Scan, _ status: ExitStatus) throws {
    if violations, !store.json {
      // The list is for programs, so notes about it go to standard error.
      Output.standard.flush()
      for failure in scan.failedKeys {
        Output.error.line(
          "\(EvlogTool.name): \(Words.quoted(failure.key)) is undefined: \(Words.error(failure.error))"
        )
      }
      if let count = scan.unconcerned {
        Output.error.line("\(EvlogTool.name): \(Words.count(count, "event")) of no key")
      }
      Output.error.flush()
    }
    if let failure = scan.failure {
      Output.standard.flush()
      Output.error.line("\(EvlogTool.name): \(Words.error(failure))")
      Output.error.flush()
    }
    if status != .clean { throw Failure(status, "") }
  }

  /// Prints every event that broke an invariant, and nothing else.
  private func list(_ scan: Scan, _ log: EventLog) throws {
    machine.warn(scan.work)
    let findings = scan.findings
    var head = Report("bisect")
    head["machine"] = .machine(scan.machine)
    head["cut"] = .int(scan.cut)
    head["judgedThrough"] = .int(scan.judgedThrough)
    head["failure"] = scan.failure.map { .string(Words.error($0)) }
    head.addKeys(of: scan)
    let answer = BreaksText(log: log, findings: findings)
    try answer.print(as: csv ? .csv : store.json ? .json : .text, head)
    try end(scan, BisectAnswer.status(scan, findings))
  }
}
