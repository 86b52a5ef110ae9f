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
      Runs both machines over the log. After every event, the newer machine's state, seen as one \
      of the older machine, must be the one that the older machine has: such a square commutes. \
      The answer is the first event whose square does not, with what each machine made of it, and \
      the few events that suffice for it. Invariants of the older machine must not be lost, and \
      must not be violated where they were not.

      The newer machine's file says how it stands for the older one; what is left out is the same \
      in both:

        refines: {
          abstract: state => ({ stock: state.counts }),
          events: { StockMoved: e => [{ type: "StockTaken", data: e.data }], Internal: () => [] },
          narrows: ["OrderPlaced"],
        }

      'events' gives what the older machine sees in the place of an event, and 'narrows' the types \
      that the newer machine may refuse although the older one takes them.

      With --explore, the same is asked of states that no log has had: both machines are explored       side by side, breadth first, and the shortest run to a square that does not commute is       printed. The newer machine's 'explore' says which events may happen; without it, the       distinct events of the log do.

      The answer ends with what must be rebuilt of what was kept for the older machine: nothing, \
      what comes after a cut, some keys, or everything. It is proven for this log.

      Exits with 1 if the newer machine does not refine the older one.

      EXAMPLES
        evlog refine shop.evlog --machine shop-new.js --old shop.js
        evlog refine shop.evlog --machine shop-new.js --old shop.js --to 7777 --json
        evlog refine fixture.evlog --machine shop-new.js --old shop.js --explore 100000
        git show main:shop.js > old.js && evlog refine fixture.evlog --machine shop.js --old old.js

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
      "Also explore so many states of both machines side by side: by the events that the newer one       declares, or those of the log.",
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
