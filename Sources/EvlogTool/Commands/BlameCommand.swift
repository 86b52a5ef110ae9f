import ArgumentParser
import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

struct BlameCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blame", abstract: "Find the event that wrote the value at a path of the state.",
    discussion: """
      Write a path as the other verbs print it: stock["A-7"].available, lines[2].text, \
      items[id=7]; the whole state is: state. The answer is the last event before the cut that \
      changed the value there or, with --history, every such event. An event that writes the value \
      that is already there changes nothing; one that restores an old value does, and so does one \
      that removes what contains the path. A change below a path is a change of the path.

      If the machine has a state per stream or key, choose one with --key, or name it as the first \
      step of the path.

      EXAMPLES
        evlog blame shop.evlog 'stock["A-7"].available' --machine shop.js --at 7778
        evlog blame shop.evlog 'stock["A-7"]' --machine shop.js --history --limit 20
        evlog blame bank.evlog balance --key account-7 --machine accounts.js
      """)

  @OptionGroup var store: HistoryOptions
  @Argument(help: ArgumentHelp("The path in the state.", valueName: "path")) var place: String
  @OptionGroup var machine: MachineOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
  @Option(help: "The cut, or a time (RFC 3339); the log's end by default.") var at: CutArgument?
  @Option(help: "The stream or key whose state is meant.") var key: String?
  @Flag(help: "Print every event that ever changed it, the last one first.") var history = false
  @Option(help: "With --history: how many events to print.") var limit: Int = 50
  @OptionGroup var page: PageOptions

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }

  func run() async throws {
    let program = try machine.load()
    let path = try StatePath(parsing: place)
    let page = try page.open()
    let past = try edits.past(of: try store.history(passing: at))
    let at = try at?.cut(in: past)
    let progress = Progress("replaying", of: at ?? past.end, unless: store.json)
    defer { progress.finish() }
    let answer: Answers.Blame
    do {
      answer = try await machine.investigation(program, of: past, progress: progress)
        .blame(path, ofKey: key, at: at, history: history)
    } catch let error as InvestigationError {
      guard case .nothingThere(_, let key, let cut) = error else { throw error }
      let hint =
        key == nil || self.key != nil
        ? ""
        : "The machine has a state per \(program.descriptor.scope.rawValue), and '\(place)' was taken to "
          + "begin with its name; you can also give it with --key. "
      let asked = AskedWords(log: store.store, machine: machine.machine, edits: edits)
      throw Failure.usage(
        "\(Words.plain("\(error)")) \(hint)To see what there is: "
          + asked.command("state", "--at \(cut)"))
    }
    progress.finish()
    machine.warn(answer.work)
    try page?.write(answer)
    try answer.print(asJSON: store.json) { text(answer) }
  }

  private func text(_ blame: Answers.Blame) {
    let out = Output.standard
    let value = blame.value.map { StateDiff.short($0, 60) } ?? "nothing"
    let whose = blame.key.map { " of \(Words.key($0))" } ?? ""
    out.line("\(blame.path)\(whose)  is \(value) at cut \(Words.number(blame.cut))")
    if blame.writers.isEmpty { out.line("It has been so from the beginning: no event changed it.") }
    for writer in blame.writers.reversed().prefix(limit) {
      let event = writer.event
      out.line()
      out.line(
        out.bold("offset \(Words.number(event.offset))")
          + "  \(Words.plain(event.type))  stream \(Words.plain(event.stream))  "
          + "\(event.recordedAt)")
      for line in writer.changes.lines(limit: 8) {
        out.line("  change      \(out.coloured(line))")
      }
      if !event.causation.isEmpty {
        let causes = event.causation.map { Words.plain($0) }.joined(separator: ", ")
        out.line("  caused by   \(causes)")
      }
    }
    if blame.writers.count > limit {
      out.line()
      out.line("… and \(Words.number(blame.writers.count - limit)) earlier; --limit shows more")
    }
  }
}
