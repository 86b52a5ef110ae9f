import ArgumentParser
import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay

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

      Over a group of logs, the recorded order is one of many that the edges allow. --runs possibly finds the \
      first event by which some run can violate an invariant, and the least cut at which it does; --runs definitely \
      says whether every run does. The machine needs a state for each log ('evlog help machine'). Invariants made by \
      never(...) are found without looking at each cut.

      EXAMPLES
        evlog bisect shop.evlog --machine shop.js
        evlog bisect shop.group --machine both.js --runs possibly
        evlog bisect shop.evlog --machine shop.js --expr 'state.stock["A-7"].available >= 0'
        evlog bisect shop.evlog --machine shop.js --violations --csv
        evlog bisect shop.evlog --machine shop.js --mode auto
        evlog bisect shop.evlog --machine shop.js --jobs 2 --log answers.ndjson --run ./looks-right.sh

      \(ExitStatus.help)
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
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
  @Option(
    help:
      "Of a group: the recorded run, or whether some or every run that the edges allow violates an invariant."
  )
  var runs: Runs = .inOrder
  @Option(help: "With --runs: look at no more than this many cuts for each invariant.")
  var limit: UInt64?
  @Option(help: "With --mode probe: the stream or key to judge, if there is a state for each.")
  var key: String?
  @Option(help: "With --run: how many cuts to ask about at once.") var jobs: Int = 1
  @Option(
    help: ArgumentHelp(
      "With --run: keep the answers in a file, and do not ask for those that it has.",
      valueName: "file"), completion: .file())
  var log: String?
  @OptionGroup var page: PageOptions

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
    if runs != .inOrder,
      !command.isEmpty || violations || mode != .scan || to != nil || !edits.isEmpty
    {
      throw ValidationError(
        "--runs cannot be combined with --run, --mode, --violations, --to or edits.")
    }
    if page.html != nil, !command.isEmpty || violations || mode != .scan || runs != .inOrder {
      throw ValidationError("--html cannot be combined with --run, --violations, --mode or --runs.")
    }
    if limit != nil, runs == .inOrder { throw ValidationError("--limit is for --runs.") }
    if !(1...256).contains(jobs) { throw ValidationError("--jobs must be from 1 to 256.") }
  }

  func run() async throws {
    let program = try machine.load(expression: expr)
    let history = try store.history(passing: to)
    let past = try edits.past(of: history)
    if !command.isEmpty { return try await probe(program, past, of: history) }
    let investigation = machine.investigation(program, of: past)
    _ = try investigation.descriptors(wanted)
    if runs != .inOrder { return try await bisectRuns(investigation) }
    if mode != .scan { try await probeInvariants(investigation) }
    if mode != .probe { try await scan(investigation) }
  }

  /// The names of the invariants that are asked about; none for all.
  var wanted: [String] { expr == nil ? invariant : [MachineOptions.expressionName] }

  private func scan(_ investigation: Investigation) async throws {
    let to = try to?.cut(in: investigation.history)
    let progress = Progress("scanning", of: to ?? investigation.history.end, unless: store.json)
    defer { progress.finish() }
    var investigation = investigation
    investigation.replayer.progress = { progress.update($0) }
    if violations { return try await list(investigation, to, progress) }
    let page = try page.open()
    let answer = try await investigation.bisect(
      wanted, to: to, listing: store.json ? 1000 : max(1000, episodes))
    progress.finish()
    machine.warn(answer.work)
    try page?.write(answer)
    try answer.print(asJSON: store.json) {
      let asked = AskedWords(
        log: store.store, machine: machine.machine, edits: edits, passing: self.to)
      BisectText(answer: answer, asked: asked, episodeLimit: episodes).print()
    }
    try end(answer.outcome, answer.failure)
  }

  private func bisectRuns(_ investigation: Investigation) async throws {
    let answer = try await investigation.bisect(wanted, runs: runs, limit: limit ?? .max)
    machine.warn(answer.work)
    try answer.print(asJSON: store.json) {
      RunsText.print(
        answer, asked: AskedWords(log: store.store, machine: machine.machine, edits: edits))
    }
    switch answer.outcome {
    case .holds: break
    case .violated: throw Failure(.found, "")
    case .undefined: throw Failure(.inconclusive, "")
    }
  }

  private func end(_ outcome: Scan.Outcome, _ failure: String?) throws {
    if let failure { Output.note(failure) }
    switch outcome {
    case .clean: break
    case .violated: throw Failure(.found, "")
    case .inconclusive: throw Failure(.inconclusive, "")
    }
  }

  /// Prints every event that broke an invariant, and nothing else: notes about the list go to standard error.
  private func list(_ investigation: Investigation, _ to: Cut?, _ progress: Progress)
    async throws
  {
    var text = BreaksText(as: csv ? .csv : store.json ? .json : .text)
    var judged: Answers.Violations?
    try await investigation.violations(
      wanted, to: to,
      begin: { answer in
        progress.finish()
        machine.warn(answer.work)
        judged = answer
        try text.begin(answer)
      }, row: { try text.add($0) })
    text.end()
    guard let judged else { return }
    if !store.json {
      for failed in judged.failedKeys {
        Output.note("\(Words.quoted(failed.key)) is undefined: \(failed.reason)")
      }
      if let count = judged.unconcerned { Output.note("\(Words.count(count, "event")) of no key") }
    }
    try end(judged.outcome, judged.failure)
  }
}
