import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore

struct SnapshotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot", abstract: "Create, list, verify and drop saved states.",
    discussion: """
      Snapshots are a cache: replays make them where it pays, ignore those that do not match, and \
      give the same answers without them.

      EXAMPLES
        evlog snapshot create shop.evlog --machine shop.js --at 5000
        evlog snapshot list shop.evlog
      """,
    subcommands: [Create.self, List.self, Verify.self, Drop.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Save the state at a cut.",
      discussion: """
        EXAMPLES
          evlog snapshot create shop.evlog --machine shop.js
          evlog snapshot create shop.evlog --machine shop.js --at 5000
        """)
    @OptionGroup var store: HistoryOptions
    @OptionGroup var machine: MachineOptions
    @Option(help: "The cut, or a time (RFC 3339); the log's end by default. Repeatable.")
    var at: [CutArgument] = []

    func run() async throws {
      let program = try machine.load()
      let log = try store.history()
      let snapshots = try store.snapshots(of: log)
      var replayer = machine.investigation(program, of: log).replayer
      replayer.savesSnapshots = false
      var made: [SnapshotStore.Entry] = []
      let cuts = try at.map { try $0.cut(in: log) }
      for cut in cuts.isEmpty ? [log.end] : cuts.sorted() {
        var work = Replayer.Work()
        let execution = try replayer.execution(at: try replayer.checked(cut), work: &work)
        made.append(try snapshots.save(execution, of: program.descriptor, at: cut))
      }
      if store.json { return try Answers.SnapshotsCreated(made).print() }
      for entry in made {
        Output.standard.line("saved cut \(Words.number(entry.cut)): \(entry.fileName)")
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the snapshots of a log.",
      discussion: """
        EXAMPLES
          evlog snapshot list shop.evlog
          evlog snapshot list shop.evlog --json
        """)
    @OptionGroup var store: HistoryOptions

    func run() throws {
      let snapshots = try store.snapshots(of: try store.history())
      let rows = try snapshots.entries().map { entry -> Answers.SnapshotList.Row in
        do { return .init(entry.fileName, try snapshots.read(entry)) } catch {
          return .init(entry.fileName, unusable: Words.error(error))
        }
      }
      if store.json { return try Answers.SnapshotList(rows).print() }
      for row in rows {
        guard let cut = row.cut, let machine = row.machine, let version = row.version,
          let time = row.createdAt
        else {
          Output.standard.line("unusable  \(row.file): \(row.unusable ?? "")")
          continue
        }
        Output.standard.line(
          "\(Words.number(cut))  \(machine) version \(version)  \(time)  \(row.file)")
      }
      if rows.isEmpty { Output.standard.line("there are no snapshots") }
    }
  }

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replay from the beginning and compare every snapshot of the machine.",
      discussion: """
        Exits with 1 if a snapshot is not what the replay gives.

        EXAMPLES
          evlog snapshot verify shop.evlog --machine shop.js
          evlog snapshot verify shop.evlog --machine shop.js --json
        """)
    @OptionGroup var store: HistoryOptions
    @OptionGroup var machine: MachineOptions

    func run() async throws {
      let program = try machine.load()
      let log = try store.history()
      let snapshots = try store.snapshots(of: log)
      let replayer = Replayer(program, over: log, snapshots: nil)
      var rows: [Answers.SnapshotsVerified.Row] = []
      for entry in try snapshots.entries(of: program.descriptor) {
        let problem = try await check(entry, snapshots, replayer)
        rows.append(.init(entry, problem: problem))
        if store.json { continue }
        Output.standard.line(
          "\(problem == nil ? "right" : "WRONG")  cut \(Words.number(entry.cut))  "
            + "\(entry.fileName)\(problem.map { ": \($0)" } ?? "")")
      }
      if store.json {
        try Answers.SnapshotsVerified(rows).print()
      } else if rows.isEmpty {
        Output.standard.line("there are no snapshots of this machine")
      }
      if rows.contains(where: { $0.problem != nil }) { throw Failure(.found, "") }
    }

    /// What is wrong with a snapshot, or nil.
    private func check(
      _ entry: SnapshotStore.Entry, _ snapshots: SnapshotStore, _ replayer: Replayer
    ) async throws -> String? {
      let snapshot: Snapshot
      do { snapshot = try snapshots.read(entry) } catch { return Words.error(error) }
      guard snapshot.cut <= snapshots.history.end,
        try snapshot.logDigest == snapshots.history.digest(at: snapshot.cut)
      else { return "it was made of other events than the log has" }
      let replayed = try await replayer.state(at: snapshot.cut)
      guard try snapshot.state().digest == snapshot.stateDigest else {
        return "its state is not what its digest says"
      }
      return snapshot.stateDigest == replayed.digest ? nil : "a replay gives another state"
    }
  }

  struct Drop: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove snapshots. Nothing is lost but time.",
      discussion: """
        EXAMPLES
          evlog snapshot drop shop.evlog --all
          evlog snapshot drop shop.evlog --machine shop
          evlog snapshot drop shop.evlog shop-1f20….snapshot
        """)
    @OptionGroup var store: HistoryOptions
    @Argument(help: "The snapshot files, named as in the list.") var files: [String] = []
    @Flag(
      help: "Remove every snapshot of the log, and also the kept verdicts and indexes of writes.")
    var all = false
    @Option(help: "Remove every snapshot of the machine with this name, whatever its version.")
    var machine: String?

    func validate() throws {
      if [!files.isEmpty, all, machine != nil].count(where: { $0 }) != 1 {
        throw ValidationError("Name the snapshots or their machine, or say --all.")
      }
    }

    func run() throws {
      let snapshots = try store.snapshots(of: try store.history())
      let entries = try snapshots.entries()
      for file in files where !entries.contains(where: { $0.fileName == file }) {
        throw Failure.usage(
          "The log has no snapshot '\(file)': see "
            + "\(EvlogTool.name) snapshot list \(Words.shell(store.store)).")
      }
      let chosen = entries.filter { entry in
        // A snapshot that cannot be read is of no machine that is known.
        if let machine { return (try? snapshots.read(entry).machine) == machine }
        return all || files.contains(entry.fileName)
      }
      if let machine, chosen.isEmpty {
        throw Failure.usage(
          "The log has no snapshot of a machine '\(machine)': see "
            + "\(EvlogTool.name) snapshot list \(Words.shell(store.store)).")
      }
      for entry in chosen { try snapshots.drop(entry) }
      if all { try snapshots.dropOtherCaches() }
      if store.json {
        try Answers.SnapshotsDropped(chosen.map(\.fileName)).print()
      } else {
        Output.standard.line("dropped \(Words.count(chosen.count, "snapshot"))")
      }
    }
  }
}

extension HistoryOptions {
  /// The snapshots of the log or the group.
  func snapshots(of history: any History) throws -> SnapshotStore {
    guard let snapshots = SnapshotStore(of: history) else {
      throw Failure.usage(
        "Snapshots of a group lie beside its file. To make one: \(EvlogTool.name) group init FILE "
          + Words.shell(store).replacing(",", with: " "))
    }
    return snapshots
  }
}
