import ArgumentParser
import EvlogAnswers
import EvlogCuts
import EvlogForensics
import EvlogJSON
import EvlogReplay
import EvlogStore
import SystemPackage

struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Compare two states: of two cuts, machines, logs or snapshots.",
    discussion: """
      Prints the paths that differ (~ changed, + new, - gone), then the structure around them. \
      Exits with 1 if there is a difference.

      EXAMPLES
        evlog diff shop.evlog --machine shop.js 7777 7778
        evlog diff shop.evlog --machine shop.js --against shop-new.js
        evlog diff shop.evlog --machine shop.js --log copy.evlog 7777
        evlog diff shop.evlog A.snapshot B.snapshot
      """)

  @OptionGroup var store: HistoryOptions
  @Argument(
    help: ArgumentHelp(
      "Two cuts, or two snapshot files; with --against or --log, one cut, or none for the end.",
      valueName: "cut"))
  var sides: [String] = []
  @Option(help: "A machine: a JavaScript file, or the name of one that is compiled in.")
  var machine: String?
  @Option(help: "Another machine to run over the same log.") var against: String?
  @Option(help: "Another log to run the same machine over.", completion: .directory)
  var log: String?
  @Option(help: "Compare only the state of this stream or key.") var key: String?
  @Flag(help: "Print only the paths, not the structure.") var paths = false
  @Flag(help: "Neither use nor make snapshots.") var noSnapshots = false

  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments

  func run() async throws {
    let (old, new) = try await bothSides()
    let answer = Answers.Diff(from: old, to: new)
    try answer.print(asJSON: store.json) { text(answer) }
    if !answer.same { throw Failure(.found, "") }
  }

  private func text(_ answer: Answers.Diff) {
    let out = Output.standard
    if answer.same {
      out.line("\(answer.from) and \(answer.to) are the same")
    } else {
      for line in answer.changes.lines() { out.line(out.coloured(line)) }
      out.line(
        "\(Words.number(answer.changes.count)) of \(Words.count(answer.pathCount, "path")) differ: "
          + "\(answer.from), \(answer.to)")
      if !paths {
        out.line()
        for line in answer.structure { out.line(out.coloured(line)) }
      }
    }
    KeysText.sayUnconcerned(answer.unconcerned[0], beside: answer.from)
    KeysText.sayUnconcerned(answer.unconcerned[1], beside: answer.to)
  }

  private func bothSides() async throws -> (Answers.Diff.Side, Answers.Diff.Side) {
    if sides.count == 2, sides.allSatisfy({ $0.hasSuffix(".snapshot") }) {
      let events = try store.history()
      return (try snapshot(sides[0], events), try snapshot(sides[1], events))
    }
    let past = try edits.past(of: try store.history())
    guard let machine else {
      throw Failure.usage("Say which machine: --machine shop.js (or give two .snapshot files).")
    }
    let cuts = try sides.map { text in
      guard let cut = CutArgument(argument: text) else {
        throw Failure.usage(
          "'\(text)' is not a cut: a cut is a number from 0 to the log's end, or a time.")
      }
      return cut
    }
    if against != nil || log != nil {
      guard cuts.count <= 1 else {
        throw Failure.usage("With --against or --log there is one cut for both sides.")
      }
      let other: any History = try log.map { try EventLog.openReadOnly(FilePath($0)) } ?? past
      return (
        try await side(machine, past, cuts.first, named: machine),
        try await side(against ?? machine, other, cuts.first, named: log ?? against ?? machine)
      )
    }
    guard cuts.count == 2 else {
      throw Failure.usage(
        "Say two cuts to compare, as in: \(EvlogTool.name) diff \(Words.shell(store.store))"
          + " --machine \(Words.shell(machine)) \(past.end - min(1, past.end)) \(past.end)")
    }
    return (
      try await side(machine, past, cuts[0], named: nil),
      try await side(machine, past, cuts[1], named: nil)
    )
  }

  private func side(_ name: String, _ past: any History, _ cut: CutArgument?, named: String?)
    async throws -> Answers.Diff.Side
  {
    var options = RunningOptions()
    options.workers = 1
    options.noSnapshots = noSnapshots
    options.handlerSeconds = 10
    options.memoryMib = 2048
    var (past, named) = (past, named)
    if case .vector(let cut)? = cut, let group = past as? CausalHistory {
      // The two cuts need not lie on one order.
      past = try group.passing(cut)
      named = named ?? "cut \(cut)"
    }
    return try await options.investigation(try options.load(name), of: past)
      .side(named: named, at: try cut?.cut(in: past), ofKey: key)
  }

  private func snapshot(_ path: String, _ events: any History) throws -> Answers.Diff.Side {
    let name = FilePath(path).lastComponent?.string ?? path
    let store = try self.store.snapshots(of: events)
    guard let entry = try store.entries().first(where: { $0.fileName == name }) else {
      throw Failure.usage(
        "The log has no snapshot '\(name)': see "
          + "\(EvlogTool.name) snapshot list \(Words.shell(self.store.store)).")
    }
    do {
      let state = try store.read(entry).state()
      return .init(name: name, state: key.map { state[$0] } ?? state)
    } catch {
      throw Failure.usage("The snapshot '\(name)' cannot be used: \(Words.error(error)).")
    }
  }
}
