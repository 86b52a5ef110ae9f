public import ArgumentParser
public import EvlogMachine
public import EvlogProjections
import Synchronization
import SystemPackage

#if JavaScript
  import EvlogScripting
#endif

/// The `evlog` command as a library: a program with machines of its own offers the same verbs.
///
///     @main struct ShopTool {
///       static func main() async { await EvlogTool.main(machines: [Shop().program]) }
///     }
///
/// Its machines are named on the command line as they name themselves: `--machine Shop`. So are its
/// projections. It may have verbs of its own, which its help shows before evlog's.
public enum EvlogTool {
  public static let version: String = "0.1.0"

  /// Runs the command line of this process, and ends the process with the verb's exit code.
  ///
  /// `commands` are verbs of the program's own, with names that evlog's verbs do not have; ``QuestionOptions`` has
  /// the arguments of a verb that asks about a machine. An error that they throw is printed. If it is one of
  /// evlog's, the exit code is what a verb of evlog's would have; otherwise it is 1.
  public static func main(
    machines: [any Program] = [], projections: [any Projection] = [],
    commands: [any ParsableCommand.Type] = []
  ) async -> Never {
    compiledMachines.withLock { $0 = machines }
    compiledProjections.withLock { $0 = projections }
    ownCommands.withLock { $0 = commands }
    await run(Array(CommandLine.arguments.dropFirst()))
  }

  /// This program, for what is done in another process.
  static var executable: FilePath {
    #if os(Linux)
      "/proc/self/exe"
    #else
      FilePath(CommandLine.arguments[0])
    #endif
  }

  /// What this command is called in what it says: by its file's name, where it has machines of its own, for
  /// only it knows them.
  static var name: String {
    let isOwn =
      compiledMachines.withLock { !$0.isEmpty } || compiledProjections.withLock { !$0.isEmpty }
      || ownCommands.withLock { !$0.isEmpty }
    return isOwn ? FilePath(CommandLine.arguments[0]).lastComponent?.string ?? "evlog" : "evlog"
  }

  /// A machine that is compiled in, by its name.
  static func compiledMachine(_ name: String) -> (any Program)? {
    compiledMachines.withLock { $0 }.first { $0.descriptor.name == name }
  }

  static let compiledMachines = Mutex<[any Program]>([])
  static let compiledProjections = Mutex<[any Projection]>([])
  static let ownCommands = Mutex<[any ParsableCommand.Type]>([])

  private static func run(_ arguments: [String]) async -> Never {
    CrashWord.install()
    CrashReports.install(
      program: name,
      advice: "To see that event: \(name) read STORE --from \(CrashReports.offset) --limit 1")
    var isOwn = false
    #if JavaScript
      ScriptProgram.whenUnstoppable { Failure.endNow($0) }
    #endif
    do {
      let arguments = try GroupArguments.moved(StudioJob.begun(by: arguments))
      if let failure = MisspeltVerb.failure(arguments) { throw failure }
      var command = try EvlogCommand.parseAsRoot(arguments)
      isOwn = !String(reflecting: type(of: command)).hasPrefix("EvlogTool.")
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      Output.standard.flush()
      ExitStatus.clean.exit()
    } catch {
      Output.standard.flush()
      Failure.report(error, ofOwnVerb: isOwn)
    }
  }
}

/// What the exit code of a verb says.
enum ExitStatus: Int32 {
  case clean = 0
  /// What was looked for was found: a violation, a difference, a conflict, a torn tail.
  case found = 1
  /// The command line, or the input, is not right.
  case usage = 2
  /// It cannot be said: a machine failed, a predicate could not be evaluated.
  case inconclusive = 3
  case notDeterministic = 4
  case damagedLog = 5
  case inconsistentCut = 6
  /// The system did not let it be done: the log is locked, the disk is full, a file is unreadable.
  case failed = 74

  static let help = """
    EXIT CODES
      0 clean   1 found (a violation, a difference, a conflict)   2 usage or input
      3 inconclusive   4 not deterministic   5 damaged log   6 inconsistent cut
      74 the system refused (locked, disk full, unreadable file)
    """

  func exit() -> Never { EvlogCommand.exit(withError: rawValue == 0 ? nil : ExitCode(rawValue)) }
}

struct EvlogCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    let own = EvlogTool.ownCommands.withLock { $0 }
    return CommandConfiguration(
      commandName: EvlogTool.name, abstract: abstract, discussion: discussion,
      version: EvlogTool.version,
      groupedSubcommands: own.isEmpty
        ? verbs : [CommandGroup(name: "\(EvlogTool.name):", subcommands: own)] + verbs)
  }

  private static let abstract =
    "An event store, and a debugger that finds the event that broke an invariant."

  private static let discussion = """
    A log is a folder of events. A machine is a JavaScript file (or a Swift type in a program of \
    your own) that folds events into a state and says what must hold of it.

    EXAMPLES
      evlog import shop.evlog events.ndjson.gz
      evlog bisect shop.evlog --machine shop.js
      evlog diff shop.evlog --machine shop.js 7777 7778

    \(ExitStatus.help)
    """

  #if Studio
    private static let studio: [any ParsableCommand.Type] = [StudioCommand.self]
  #else
    private static let studio: [any ParsableCommand.Type] = []
  #endif

  private static let verbs = [
    CommandGroup(
      name: "Events:",
      subcommands: [
        InitCommand.self, AppendCommand.self, ImportCommand.self, MirrorCommand.self,
        ReadCommand.self,
        ExportCommand.self, TailCommand.self, ContractCommand.self,
      ]),
    CommandGroup(
      name: "Debugging:",
      subcommands: [
        BisectCommand.self, WhyCommand.self, BlameCommand.self, MinimiseCommand.self,
        WhatIfCommand.self,
        CompareCommand.self, RefineCommand.self, MapCommand.self, ExploreCommand.self,
        GrowCommand.self, AuditCommand.self, AuditRunCommand.self, MapProbeCommand.self,
        DiffCommand.self, DebugCommand.self, ReplayCommand.self,
        StateCommand.self, MachineCommand.self, SnapshotCommand.self, IndexCommand.self,
      ] + studio),
    CommandGroup(name: "Several logs:", subcommands: [GroupCommand.self, CutCommand.self]),
    CommandGroup(
      name: "Tables:", subcommands: [ProjectCommand.self, QueryCommand.self]),
    CommandGroup(
      name: "Maintenance:",
      subcommands: [
        StatsCommand.self, VerifyCommand.self, DoctorCommand.self, InspectCommand.self,
        SealCommand.self, BackupCommand.self, RestoreCommand.self, TruncateCommand.self,
        RepairCommand.self,
      ]),
  ]
}
