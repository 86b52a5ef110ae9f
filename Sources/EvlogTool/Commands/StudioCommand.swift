#if Studio
  import ArgumentParser
  import EvlogAnswers
  import EvlogMachine
  import EvlogStore
  import EvlogStudio
  import Subprocess
  import SystemPackage

  struct StudioCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "studio", abstract: "Look at a log and its machine in the browser.",
      discussion: """
        Serves a page on this machine alone, and prints its address. The page shows the timeline with every episode, \
        the events, the state at any cut and what changed it, the map of what is unknown, and asks the other verbs' \
        questions. It reads; nothing that it serves can change a log.

        Each log is shown with each machine; a group is one log. The token in the address lets one browser in. The \
        page stays open while the log grows, and while the machine's script is edited.

        EXAMPLES
          evlog studio shop.evlog --machine shop.js --open
          evlog studio test.evlog production.evlog --machine orders.js
          evlog studio shop.group --machine both.js --port 8080

        \(ExitStatus.help)
        """)

    @Argument(
      help: "Folders of logs, or files of groups.", completion: .directory)
    var stores: [String]
    @Option(
      help: ArgumentHelp(
        "A machine: a JavaScript file, or the name of one that is compiled in; repeatable.",
        valueName: "file-or-name"), completion: .file(extensions: ["js"]))
    var machine: [String] = []
    @Option(
      help: ArgumentHelp(
        "A projection whose tables can be asked: a SQL file, or the name of one that is compiled in; repeatable.",
        valueName: "file-or-name"), completion: .file(extensions: ["sql"]))
    var projection: [String] = []
    @Option(help: "The port to listen on; any that is free by default.") var port: Int = 0
    @Flag(help: "Open the page in the browser.") var open = false
    @Flag(help: "Print the address as JSON.") var json = false
    @OptionGroup var running: RunningOptions

    func validate() throws {
      if stores.isEmpty { throw ValidationError("Name a log.") }
      guard (0...65535).contains(port) else {
        throw ValidationError("--port must be from 0 to 65535.")
      }
    }

    func run() async throws {
      let ends = EndsAtOnce.install()
      defer { withExtendedLifetime(ends) {} }
      let questions = StudioQuestions(running: running)
      let program = StudioProgram(
        executable: EvlogTool.executable.string, mark: StudioJob.mark,
        command: { try questions.command($0) })
      let studio = try Studio(
        try sources(), program: program, wording: { Words.error($0) })
      let (opens, json) = (open, json)
      do {
        try await StudioServer(studio, port: port).run { address in
          do {
            if json {
              try Answers.Studio(address: address).print()
            } else {
              Output.standard.line(address)
            }
          } catch { Output.note("The address cannot be printed as JSON: \(error)") }
          Output.standard.flush()
          if opens { await Self.openBrowser(address) }
        }
      } catch let error as StudioServer.PortUnusable {
        throw Failure(
          .failed,
          "The port \(error.port) cannot be listened on: \(error.reason). Without --port, any that is free is taken."
        )
      }
    }

    /// Each log with each machine; a log alone where there is none.
    private func sources() throws -> [SubjectSource] {
      try stores.flatMap { store -> [SubjectSource] in
        let history: any History =
          try GroupArguments.history(store) ?? StoreOptions.openForReading(FilePath(store))
        var alone = SubjectSource(log: store, history: history)
        alone.projections = try projection.map { try ProjectionOptions.load($0) }
        #if JavaScript
          alone.condition = { [running] in try running.condition($0) }
        #endif
        if machine.isEmpty { return [alone] }
        return machine.map { name in
          var source = alone
          source.machine = name
          source.workers = running.workers
          source.caches = !running.noSnapshots
          source.script = EvlogTool.compiledMachine(name) == nil ? FilePath(name) : nil
          source.load = { [running] in try running.load(name) }
          return source
        }
      }
    }

    /// Asks the desktop to open an address; where there is none, the printed address is still good.
    private static func openBrowser(_ address: String) async {
      #if os(macOS)
        let program = "open"
      #else
        let program = "xdg-open"
      #endif
      do {
        let ended = try await Subprocess.run(
          .name(program), arguments: [address], output: .discarded, error: .discarded)
        if !ended.terminationStatus.isSuccess {
          Output.note("\(program) could not open the page; open the address yourself.")
        }
      } catch {
        Output.note("\(program) could not be started; open the address yourself.")
      }
    }
  }
#endif
