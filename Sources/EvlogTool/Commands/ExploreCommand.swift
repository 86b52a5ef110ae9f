import ArgumentParser
import EvlogAnswers
import EvlogCore
import EvlogCuts
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogSources
import EvlogStore
import SystemPackage

struct ExploreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Run a machine through all states that it can reach, and judge each of them.",
    discussion: """
      Executes every event that may happen in each state, breadth first from the initial state, \
      until nothing new is found or a limit is reached. So the run that it prints for a violated \
      invariant is a shortest one. No log is needed: a machine says which events may happen,

        explore: { events: s => s.open ? [{ type: "Closed", data: {} }] : [] }

      in its file, with 'bound' and 'symmetry' if it has them ('evlog help machine'), or by \
      'exploration' in Swift. For a machine that says nothing, and with --draw, the events are the \
      distinct ones of a log, and each is executed in every state. --from-log begins with the \
      state at a cut of the log: what could happen from there?

      A state is what its JSON says, together with what history invariants remember. States are \
      told apart by digests of 128 bits; the answer has the chance that two had the same. Time \
      stands still: let its passing be an event. With a state for each stream or key, the state of \
      one is explored, and every event is taken to be for it.

      What was executed here was neither seen in a log nor probed: it is a third kind of evidence, \
      and never added to the others.

      --out writes the shortest run as a log, which bisect, why, minimise and the studio take. \
      --itf writes it as a trace in the Informal Trace Format of Apalache and Quint. Ctrl-C ends \
      the exploration, and the answer is about what was explored so far. If nothing is violated, \
      but a limit kept states from being reached, the exit code is 3; the bound that a machine \
      declares is no such limit.

      EXAMPLES
        evlog explore --machine commit.js
        evlog explore --machine commit.js --seconds 60 --states 100000000
        evlog explore --machine commit.js --out broken.evlog
        evlog explore shop.evlog --machine shop.js --from-log 7778 --depth 3

      \(ExitStatus.help)
      """)

  @Argument(
    help: "A log's folder, or the file of a group: for --from-log and --draw.",
    completion: .directory)
  var store: String?
  @Flag(help: "Print one JSON object instead of text.") var json = false
  @OptionGroup var machine: MachineOptions
  @Option(help: "Begin with the state at this cut of the log, or at a time.")
  var fromLog: CutArgument?
  @Option(help: "The stream or key whose state is explored, if there is a state for each.")
  var key: String?
  @Flag(help: "Take the events from the log, even if the machine declares some.") var draw = false
  @Option(help: "Take at most this many distinct events from the log.") var events: Int = 256
  @Option(help: "Judge only this invariant; repeatable.") var invariant: [String] = []
  @Option(help: "End with this many distinct states; 0 for no limit.")
  var states: Int = 1_000_000
  @Option(help: "Execute at most this many events after one another.") var depth: Int?
  @Option(help: "End after this many seconds.") var seconds: Double?
  @Flag(help: "Go on after a violation, until every invariant is violated.") var all = false
  @Option(help: "Write the shortest run as a new log.", completion: .directory) var out: String?
  @Option(help: "Write the shortest run as a trace in ITF.", completion: .file())
  var itf: String?

  func validate() throws {
    if states < 0 { throw ValidationError("--states must not be negative.") }
    if let depth, depth < 0 { throw ValidationError("--depth must not be negative.") }
    if let seconds, !(seconds > 0 && seconds.isFinite) {
      throw ValidationError("--seconds must be positive.")
    }
    // A script gets them all at once.
    if !(1...1000).contains(events) { throw ValidationError("--events must be from 1 to 1000.") }
    if store == nil, draw || fromLog != nil {
      throw ValidationError("--draw and --from-log need a log.")
    }
  }

  func run() async throws {
    let program = try machine.load()
    let history = try history()
    let cut = try fromLog?.cut(in: history)
    if !program.descriptor.declaresExploration, store == nil {
      throw Failure.usage(
        "The machine '\(program.descriptor.name)' does not say which events may happen. Add 'explore' to it "
          + "(\(EvlogTool.name) help machine), or name a log whose events are to be executed.")
    }
    if let out {
      if PathKind(out) != .nothing {
        throw Failure.usage("There is something at \(out) already: --out makes a new log.")
      }
      if history is CausalHistory { throw Failure.usage("--out is for one log, not for a group.") }
    }
    let trace = try itf.map { try OutputFile($0, replacing: false) }
    CrashReports.install(
      program: EvlogTool.name,
      advice: "It was being explored: that offset is the number of events before it.")
    let interruption = Interruption()
    var limits = ExplorationLimits(
      states: states == 0 ? nil : states, depth: depth,
      duration: seconds.map { .seconds($0) })
    limits.goesOn = all
    limits.isInterrupted = interruption.isWanted
    let progress = Progress("exploring", of: nil, unless: json)
    defer { progress.finish() }
    var (answer, space) = try await machine.investigation(program, of: history, progress: progress)
      .exploration(
        from: cut, ofKey: key, drawing: draw, drawnLimit: events, judging: invariant,
        within: limits)
    interruption.end()
    progress.finish()
    if let run = space.run {
      if let out {
        try write(run, to: out, after: history, cut: cut)
        answer.out = out
      }
      if let trace {
        try trace.write(ITFTrace(run, of: space.machine).bytes)
        try trace.finish()
        answer.itf = itf
      }
    }
    try answer.print(asJSON: json) {
      ExploreText(answer: answer, machine: machine.machine, log: store).print()
    }
    if space.isViolated { throw Failure(.found, "") }
    let isLimited = space.bounds.contains { $0 != .machine }
    if isLimited || !space.failures.isEmpty || space.findings.contains(where: { $0.undefined > 0 })
    {
      throw Failure(.inconclusive, "")
    }
  }

  private func history() throws -> any History {
    guard let store else { return EventList([RecordedEvent]()) }
    return try HistoryOptions.history(of: store, passing: [fromLog])
  }

  /// Writes a log of the events before the cut, and those of the run.
  private func write(
    _ run: ExploredSpace.Trace, to path: String, after history: any History, cut: Cut?
  ) throws {
    let log = try EventLog.create(FilePath(path))
    defer { log.close() }
    if let cut, cut > 0 {
      try history.forEachRow(of: Query(to: cut)) { row in
        try log.appendBlocking(Turn(row.map { NewEvent(recorded: $0) }))
        return true
      }
    }
    for event in run.events { try log.appendBlocking(Turn([NewEvent(recorded: event)])) }
  }
}

extension ExploredSpace {
  /// The run that is written: the shortest one to a violation, or else to what went wrong in another way.
  fileprivate var run: Trace? {
    shortest?.example ?? end?.example ?? failures.first?.example
      ?? findings.lazy.compactMap(\.example).first
  }
}
