#if JavaScript
  import ArgumentParser
  import EvlogAnswers
  import EvlogCore
  import EvlogForensics
  import EvlogMachine
  import EvlogReplay
  import EvlogScripting
  import SystemPackage

  struct MachineNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "new",
      abstract: "Draft a machine from the events of a log, or take a component.",
      discussion: """
        The draft handles every event type, describes the fields, and keeps the last value of \
        each. Its regions are the values of a field that has few, or else the type of the last \
        event; its moves are those that were seen. Each guess is a comment in the file. The draft \
        runs at once: start with the unknown cells of its map.

        With --from, the machine is a component: one whose laws were checked in every state that it \
        reaches, up to a bound that is in its file. Start there, keep the laws, and explore again \
        after every change. The components:

        \(ComponentScript.all.map(\.line).joined(separator: "\n"))

        Without --out, the machine itself is printed.

        EXAMPLES
          evlog machine new shop.evlog --out shop.js
          evlog machine new shop.evlog | less
          evlog machine new --from lock --out lock.js
        """)

    @Argument(
      help: "The log's folder, or the file of a group; none with --from.", completion: .directory)
    var store: String?
    @Flag(help: "Print one JSON object instead of text.") var json = false
    @Option(
      help: ArgumentHelp("A component to take instead of a draft.", valueName: "component"),
      completion: .list(ComponentScript.all.map(\.name)))
    var from: String?
    @Option(help: "The file to write.", completion: .file(extensions: ["js"]))
    var out: String?
    @Flag(help: "Replace the file if there is one.") var force = false
    @Option(help: "The machine's name; that of the log by default.") var name: String?
    @Option(help: "The last cut, or a time; the log's end by default.") var to: CutArgument?

    func validate() throws {
      if name?.isEmpty == true { throw ValidationError("--name must not be empty.") }
      if (store == nil) == (from == nil) {
        throw ValidationError(
          "Name a log to draft a machine from, or a component with --from: one of the two.")
      }
      if from != nil, name != nil || to != nil {
        throw ValidationError("--name and --to are for a draft, not for a component.")
      }
    }

    func run() async throws {
      if let from { return try take(ComponentScript(named: from)) }
      guard let store else { return }
      let file = try out.map { try OutputFile($0, replacing: force) }
      let history = try HistoryOptions.history(of: store, passing: [to])
      let cut = try to?.cut(in: history) ?? history.end
      let progress = Progress("reading", of: cut, unless: json)
      defer { progress.finish() }
      let survey = try EventSurvey(of: history, to: cut) { progress.update($0) }
      guard survey.events > 0 else {
        throw Failure.usage(
          "There is no event to draft a machine from: import or append some first.")
      }
      let stem = FilePath(store).lastComponent?.stem ?? "machine"
      let draft = DraftSource(survey, name: name ?? stem, of: Words.plain(store))
      let fileName = out ?? "draft.js"
      func map(_ source: String) async throws -> RegionMap {
        let program = try ScriptProgram(source: source, file: fileName)
        return try await Replayer(program, over: history).map(by: .declared, to: cut)
      }
      // The moves are those that the draft itself makes.
      let source = draft.text(moves: Self.moves(try await map(draft.text(moves: []))))
      let made = try await map(source)
      progress.finish()
      try file?.write(Array(source.utf8))
      try file?.finish()
      let answer = Answers.MachineDraft(
        survey, made.machine, map: made, guesses: draft.guesses, source: source, file: out)
      try answer.print(asJSON: json) { text(answer, of: store) }
    }

    private func take(_ component: ComponentScript) throws {
      let file = try out.map { try OutputFile($0, replacing: force) }
      let program = try ScriptProgram(source: component.source, file: out ?? component.fileName)
      try file?.write(Array(component.source.utf8))
      try file?.finish()
      let answer = Answers.MachineComponent(
        program.descriptor, component: component.name, source: component.source, file: out)
      try answer.print(asJSON: json) {
        let standard = Output.standard
        guard let out else { return standard.text(component.source) }
        standard.line("\(Words.plain(out)): \(component.summary)")
        for invariant in program.descriptor.invariants {
          standard.line("  invariant   \(invariant.name) (\(invariant.kind.rawValue))")
        }
        standard.line(
          "  next        \(EvlogTool.name) explore --machine \(Words.shell(out))")
      }
    }

    private static func moves(_ map: RegionMap) -> [(
      region: String, types: [(type: String, targets: [String])]
    )] {
      map.regions.map { region in
        (
          region,
          map.cells.filter { $0.region == region }.compactMap { cell in
            cell.count.map { (cell.type, $0.targets.map(\.region).sorted()) }
          }
        )
      }.filter { !$0.1.isEmpty }
    }

    private func text(_ answer: Answers.MachineDraft, of store: String) {
      let standard = Output.standard
      guard let out else {
        standard.text(answer.source)
        return
      }
      standard.line(
        "\(Words.plain(out)): a draft from \(Words.count(answer.events, "event")) of "
          + "\(Words.count(answer.types.count, "type")) in \(Words.count(answer.streams, "stream"))"
      )
      for guess in answer.guesses { standard.line("  guessed     \(guess)") }
      standard.line(
        "  map         \(Words.count(answer.regions.count, "region")) × "
          + "\(Words.count(answer.types.count, "type")): \(Words.number(answer.unknown)) of "
          + "\(Words.count(answer.cells, "cell")) unknown")
      standard.line(
        "  next        \(EvlogTool.name) map \(Words.shell(store)) --machine \(Words.shell(out))"
      )
    }
  }
#endif
