import ArgumentParser
import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogSources

struct MapCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map",
    abstract: "Show which events occurred in which regions, and what is unknown.",
    discussion: """
      A machine may divide its states into regions and declare what each event type does in each \
      region: it is allowed and leads to some regions, it is ignored, or it is forbidden. Beside \
      that, the map shows how often each type really occurred, and where it led. A cell without a \
      declaration and without an event is unknown: a blind spot. With --by, the value at a path of \
      the state is the region, for a machine that declares none.

        confirmed   allowed, seen, and it led where it should
        claimed     allowed, never seen; says little if the region had few events
        deviation   allowed, seen, and it led elsewhere
        ignored     declared to change nothing, and it changed nothing
        lie         declared to change nothing, but it changed something
        guarded     forbidden, never seen
        broken      forbidden, but seen
        surprise    seen, but not declared
        unknown     neither seen nor declared

      --probe tries what was never seen: in a process of its own, it applies events of the log to \
      states of the log that they never met. Its answers are synthetic: they say what would \
      happen, not what happened.

      --check compares the map with the JSON of an earlier one, and exits with 1 if more is \
      unknown than before, or if something is newly not as declared; without it, the exit code is \
      1 if anything is not as declared. --diff lists what occurred here but not in the other map: \
      in production, say, but never in tests.

      EXAMPLES
        evlog map bank.evlog --machine accounts.js
        evlog map orders.evlog --machine orders.js --by status --html map.html
        evlog map bank.evlog --machine accounts.js --probe
        evlog map bank.evlog --machine accounts.js --json > map.json
        evlog map bank.evlog --machine accounts.js --check map.json

      \(ExitStatus.help)
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
  @Option(help: ArgumentHelp("A path in the state whose value is the region.", valueName: "path"))
  var by: String?
  @Option(help: "The cut to count up to, or a time; the log's end by default.")
  var to: CutArgument?
  @Option(help: "An earlier map's JSON: nothing may have become worse.", completion: .file())
  var check: String?
  @Option(help: "Another map's JSON: list what was seen here and not there.", completion: .file())
  var diff: String?
  @OptionGroup var page: PageOptions
  @Flag(help: "List every cell.") var all = false
  @Flag(help: "Try what was never seen, in a process of its own.") var probe = false
  @Option(help: "With --probe: how many trials to make for each cell.") var trials: Int = 8

  func validate() throws {
    if trials < 1 { throw ValidationError("--trials must be at least 1.") }
  }

  func run() async throws {
    let program = try machine.load()
    let rule = try rule(program.descriptor)
    let baseline = try check.map(Self.baseline)
    let other = try diff.map(Self.baseline)
    let past = try edits.past(of: try store.history(passing: to))
    let to = try to?.cut(in: past)
    let page = try page.open()
    let progress = Progress("counting", of: to ?? past.end, unless: store.json)
    defer { progress.finish() }
    let answer = try await machine.investigation(program, of: past, progress: progress)
      .map(by: rule, to: to, worseThan: baseline, unseenIn: other) { map in
        progress.finish()
        try checkRegions(map)
        return probe ? try await probed(map) : nil
      }
    try page?.write(answer)
    try answer.print(asJSON: store.json) { MapText(map: answer).print(listsAll: all) }
    if answer.worsened.map({ !$0.isEmpty }) ?? answer.broken { throw Failure(.found, "") }
    if !answer.failedKeys.isEmpty { throw Failure(.inconclusive, "") }
  }

  /// Throws if there is nothing at the path of `--by` in any state.
  private func checkRegions(_ map: RegionMap) throws {
    guard let by, map.isOfNothing else { return }
    let asked = AskedWords(log: store.store, machine: machine.machine, edits: edits)
    throw Failure.usage(
      "--by \(by): there is nothing at that path in any state. To see what there is: "
        + asked.command("state"))
  }

  private func probed(_ map: RegionMap) async throws -> Answers.Map.Probed {
    let trying = Progress("trying", of: nil, unless: store.json)
    defer { trying.finish() }
    return try await MapProbe(store: store.store, machine: machine, by: by, edits: edits)
      .run(map.trials(limit: trials), progress: trying.update)
  }

  private func rule(_ descriptor: MachineDescriptor) throws -> RegionRule {
    if let by { return .value(try StatePath(parsing: by)) }
    guard descriptor.regions != nil else {
      throw Failure.usage(
        "The machine '\(descriptor.name)' declares no regions. Add them to it (\(EvlogTool.name) help machine), "
          + "or use a value of its state as the region: --by status.")
    }
    return .declared
  }

  private static func baseline(_ path: String) throws -> RegionBaseline {
    var lines = try InputLines(path)
    // The same is said of whatever else it is.
    guard let line = try lines.next(), let json = JSONValue(validating: line.bytes[...]),
      json["command"]?.stringValue == "map", let map = try? Answers.Map(json: json)
    else {
      throw Failure.usage(
        "\(path) is not the JSON of a map. To make one: \(EvlogTool.name) map LOG --machine M --json > \(path)"
      )
    }
    return RegionBaseline(map)
  }
}
