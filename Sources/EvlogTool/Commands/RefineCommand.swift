import ArgumentParser
import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogMachine

struct RefineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refine",
    abstract: "Check that a machine does all that an older one does, event by event.",
    discussion: """
      Runs both machines over the log, and compares their states after every event: the newer \
      machine's state, translated by its mapping, must be the older machine's. The answer is the \
      first event after which it is not, what each machine made of that event, and the few events \
      that suffice. The newer machine must also keep the older one's invariants, and must not \
      violate one where the older machine did not.

      The mapping is in the newer machine's file. Every part may be left out:

        refines: {
          abstract: state => ({ stock: state.counts }),
          events: {
            StockMoved: e => [{ type: "StockTaken", data: e.data }],
            StockAudited: e => [],
          },
          narrows: ["OrderPlaced"],
        }

      'abstract' translates a state. 'events' translates an event into those that the older \
      machine sees instead. 'narrows' names the types that the newer machine may refuse although \
      the older one takes them.

      With --explore, both machines are also explored side by side, breadth first, in states that \
      the log does not reach; the shortest run to different states is printed. 'explore' in the \
      newer machine's file gives the events; without it, they are drawn from the log.

      The last line of the answer says which of the older machine's states, and of what was made \
      from them, must be rebuilt: none, those after a cut, those of some keys, or all. It is \
      proven for this log.

      Exits with 1 if the newer machine does not refine the older one.

      EXAMPLES
        evlog refine shop.evlog --machine new.js --old shop.js
        evlog refine shop.evlog --machine new.js --old shop.js --to 7777 --json
        evlog refine shop.evlog --machine new.js --old shop.js --explore 100000
        git show main:shop.js > old.js
        evlog refine fixture.evlog --machine shop.js --old old.js

      \(ExitStatus.help)
      """)

  @OptionGroup var store: HistoryOptions
  @Option(
    help: ArgumentHelp(
      "The newer machine: a JavaScript file, or the name of one that is compiled in.",
      valueName: "file-or-name"), completion: .file(extensions: ["js"]))
  var machine: String
  @Option(
    help: ArgumentHelp("The older machine.", valueName: "file-or-name"),
    completion: .file(extensions: ["js"]))
  var old: String
  @Option(help: "The last cut, or a time; the log's end by default.") var to: CutArgument?
  @Option(help: "Stop minimising after this many seconds; 0 for not minimising at all.")
  var seconds: Double = 20
  @Option(
    help: ArgumentHelp(
      "Also explore up to this many states of both machines side by side.",
      valueName: "states"))
  var explore: Int?
  @OptionGroup var running: RunningOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments

  func validate() throws {
    guard seconds >= 0, seconds.isFinite else {
      throw ValidationError("--seconds must not be negative.")
    }
    if let explore, explore < 1 { throw ValidationError("--explore must be at least 1.") }
  }

  func run() async throws {
    let (newer, older) = (try running.load(machine), try running.load(old))
    let past = try edits.past(of: try store.history(passing: to))
    let to = try to?.cut(in: past)
    let progress = Progress("replaying", of: to ?? past.end, unless: store.json)
    defer { progress.finish() }
    let answer = try await running.investigation(newer, of: past, progress: progress)
      .refine(
        older, to: to, minimises: seconds > 0, within: .seconds(seconds),
        exploring: explore.map { ExplorationLimits(states: $0) })
    progress.finish()
    try RefinementText(answer: answer, names: (old: old, new: machine), log: store.store).report(
      isJSON: store.json)
  }
}
