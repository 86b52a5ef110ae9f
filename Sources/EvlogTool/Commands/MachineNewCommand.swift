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
      abstract: "Draft a machine from the events of a log.",
      discussion: """
        The draft handles every event type, describes the fields, and keeps the last value of \
        each. Its regions are the values of a field that has few, or else the type of the last \
        event; its moves are those that were seen. Each guess is a comment in the file. The draft \
        runs at once: start with the unknown cells of its map.

        Without --out, the draft itself is printed.

        EXAMPLES
          evlog machine new shop.evlog --out shop.js
          evlog machine new shop.evlog | less
        """)

    @OptionGroup var store: HistoryOptions
    @Option(help: "The file to write.", completion: .file(extensions: ["js"]))
    var out: String?
    @Flag(help: "Replace the file if there is one.") var force = false
    @Option(help: "The machine's name; that of the log by default.") var name: String?
    @Option(help: "The last cut, or a time; the log's end by default.") var to: CutArgument?

    func validate() throws {
      if name?.isEmpty == true { throw ValidationError("--name must not be empty.") }
    }

    func run() async throws {
      let file = try out.map { try OutputFile($0, replacing: force) }
      let history = try store.history(passing: to)
      let cut = try to?.cut(in: history) ?? history.end
      let progress = Progress("reading", of: cut, unless: store.json)
      defer { progress.finish() }
      let survey = try EventSurvey(of: history, to: cut) { progress.update($0) }
      guard survey.events > 0 else {
        throw Failure.usage(
          "There is no event to draft a machine from: import or append some first.")
      }
      let stem = FilePath(store.store).lastComponent?.stem ?? "machine"
      let draft = DraftSource(survey, name: name ?? stem, of: Words.plain(store.store))
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
      try answer.print(asJSON: store.json) { text(answer) }
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

    private func text(_ answer: Answers.MachineDraft) {
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
        "  next        \(EvlogTool.name) map \(Words.shell(store.store)) --machine \(Words.shell(out))"
      )
    }
  }
#endif
