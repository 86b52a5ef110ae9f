import ArgumentParser
import EvlogAnswers
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import Synchronization
import SystemPackage

#if JavaScript
  import EvlogScripting
#endif

/// The log that a verb works on, or the group of logs.
struct HistoryOptions: ParsableArguments {
  @Argument(help: "The log's folder, or the file of a group.", completion: .directory)
  var store: String

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  /// The log for reading, if it is one.
  func openForReading() throws -> EventLog { try StoreOptions.openForReading(FilePath(store)) }
}

/// The log that a verb works on.
struct StoreOptions: ParsableArguments {
  @Argument(help: "The log's folder.", completion: .directory)
  var store: String

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  var path: FilePath { FilePath(store) }

  func openForReading() throws -> EventLog { try Self.openForReading(path) }

  /// A log for reading. Damage is said once, on standard error.
  static func openForReading(_ path: FilePath) throws -> EventLog {
    let log = try EventLog.openReadOnly(path)
    for damage in log.recovery.damage { Output.note(Words.error(damage)) }
    return log
  }

  /// The log for writing; what recovery did is said on standard error.
  func openForWriting(createsIfMissing: Bool = false) throws -> EventLog {
    var options = EventLog.Options()
    options.createsIfMissing = createsIfMissing
    let log = try EventLog.open(path, options: options)
    if !log.recovery.isClean {
      for line in log.recovery.lines { Output.note("recovered the log: \(line)") }
    }
    return log
  }
}

/// The machine that a verb runs, and how.
struct MachineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A machine: a JavaScript file, or the name of one that is compiled in.",
      valueName: "file-or-name"), completion: .file(extensions: ["js"]))
  var machine: String
  @OptionGroup var running: RunningOptions

  /// What the invariant of a condition on the command line is called.
  static let expressionName = "--expr"

  func load(expression: String? = nil) throws -> any Program {
    try running.load(machine, expression: expression)
  }

  func load(_ name: String) throws -> any Program { try running.load(name) }

  func investigation(
    _ program: any Program, of history: any History, progress: Progress? = nil
  ) -> Investigation {
    running.investigation(program, of: history, progress: progress)
  }

  func warn(_ work: Replayer.Work) { running.warn(work) }
}

/// How a verb runs machines.
struct RunningOptions: ParsableArguments {
  @Option(help: "How many threads share the work.")
  var workers: Int = 2

  @Flag(help: "Neither use nor make snapshots and kept verdicts.")
  var noSnapshots = false

  @Option(help: "Stop a script's handler that takes more processor time than this, in seconds.")
  var handlerSeconds: Double = 10

  @Option(help: "Stop a script that uses more memory than this, in MiB.")
  var memoryMib: Int = 2048

  func validate() throws {
    guard (1...256).contains(workers) else {
      throw ValidationError("--workers must be from 1 to 256.")
    }
    guard handlerSeconds > 0, memoryMib > 0 else {
      throw ValidationError("--handler-seconds and --memory-mib must be positive.")
    }
  }

  func load(_ name: String, expression: String? = nil) throws -> any Program {
    if let program = EvlogTool.compiledMachine(name) {
      guard expression == nil else {
        throw Failure.usage("--expr needs a machine in JavaScript; '\(name)' is compiled.")
      }
      return program
    }
    #if JavaScript
      guard name.hasSuffix(".js") || FilePath(name).components.count > 1 else {
        let names = EvlogTool.compiledMachines.withLock { $0.map(\.descriptor.name) }
        throw Failure.usage(
          "There is no machine '\(name)'. A machine is a JavaScript file (shop.js)"
            + (names.isEmpty
              ? ". A compiled machine is known only to the program that contains it."
              : ", or one of: \(names.joined(separator: ", ")).")
            + " To see how one is written: \(EvlogTool.name) help machine")
      }
      try CrashWord.checkAddressSpaceForScripts()
      var bounds = ScriptProgram.Bounds()
      bounds.secondsPerHandler = handlerSeconds
      bounds.memoryBytes = memoryMib << 20
      let program = try ScriptProgram(file: FilePath(name), bounds: bounds)
      return try expression.map {
        try program.adding(expression: .init($0, name: MachineOptions.expressionName))
      } ?? program
    #else
      throw Failure.usage("There is no machine '\(name)': this evlog is built without JavaScript.")
    #endif
  }

  /// The machine over a log, or over a log with edits, ready to be asked.
  func investigation(
    _ program: any Program, of history: any History, progress: Progress? = nil
  ) -> Investigation {
    var asked = Investigation(program, of: history, workers: workers, caches: !noSnapshots)
    asked.wording = { Words.error($0) }
    if let reason = program.descriptor.unidentified, !noSnapshots {
      Output.note("nothing is cached for this machine: \(reason)")
    }
    if let progress { asked.replayer.progress = { progress.update($0) } }
    return asked
  }

  /// What a replay left out, on standard error: answers do not depend on it.
  func warn(_ work: Replayer.Work) {
    let causes: [(SnapshotStore.Ignored.Cause, one: String, many: String)] = [
      (.mismatch, "does not match and is", "do not match and are"),
      (.unreadable, "is unreadable and is", "are unreadable and are"),
    ]
    for (cause, one, many) in causes {
      let files = work.ignored.filter { $0.cause == cause }
      guard let first = files.first else { continue }
      var reason = first.reason
      if first.content == .writes {
        reason =
          "of the index of writes, \(reason); \(EvlogTool.name) index --drop removes it, and "
          + "index makes a new one"
      }
      let count = Words.count(files.count, "saved file")
      Output.note("\(count) \(files.count == 1 ? one : many) not used: \(reason)")
    }
    if let reason = work.couldNotSave { Output.note("the state cannot be saved: \(reason)") }
  }
}

/// The violation that a verb explains.
struct ViolationOptions: ParsableArguments {
  @Option(help: "The invariant; by default, the one that is violated first.")
  var invariant: String?

  @Option(help: "The offset of the event that broke it; by default, the first one.")
  var offset: Offset?

  @Option(help: "The last cut to look at, or a time; the log's end by default.")
  var to: CutArgument?

  /// The violation, and what was judged to find it.
  func found(_ investigation: Investigation, isQuiet: Bool) async throws
    -> Investigation.SoughtViolation
  {
    let to = try to?.cut(in: investigation.history)
    let progress = Progress("scanning", of: to ?? investigation.history.end, unless: isQuiet)
    defer { progress.finish() }
    var asked = investigation
    asked.replayer.progress = { progress.update($0) }
    return try await asked.violation(invariant, offset: offset, to: to)
  }

  /// Says that there is nothing to `verb`, and ends the verb.
  func end(_ scan: Scan, nothingTo verb: String, isQuiet: Bool) throws -> Never {
    let unjudged = scan.findings.filter { $0.undefinedCount > 0 }
    if let first = unjudged.min(by: { $0.firstUndefined ?? 0 < $1.firstUndefined ?? 0 }) {
      throw Failure(
        .inconclusive,
        "No invariant is known to be violated, but '\(first.invariant.name)' could not be judged at "
          + "\(Words.count(first.undefinedCount, "cut")), the first of them "
          + "\(Words.number(first.firstUndefined ?? 0)): "
          + "\(first.undefinedReason ?? "it said neither yes nor no"). To see all: bisect.")
    }
    if let failed = scan.failedKeys.first { throw failed.error }
    if !isQuiet {
      KeysText.sayUnconcerned(scan.unconcerned)
      Output.standard.line("no invariant is violated: there is nothing to \(verb)")
    }
    throw Failure(.clean, "")
  }
}
