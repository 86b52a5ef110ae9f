import ArgumentParser
import EvlogForensics
import EvlogReplay
import EvlogStore
import Synchronization
import SystemPackage

#if JavaScript
  import EvlogScripting
#endif

/// The log that a verb works on.
struct StoreOptions: ParsableArguments {
  @Argument(help: "The log's folder.", completion: .directory)
  var store: String

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  var path: FilePath { FilePath(store) }

  /// The log for reading. Damage is said once, on standard error.
  func openForReading() throws -> EventLog {
    let log = try EventLog.openReadOnly(path)
    for damage in log.recovery.damage {
      Output.error.line("\(EvlogTool.name): \(Words.error(damage))")
    }
    Output.error.flush()
    return log
  }

  /// The log for writing; what recovery did is said on standard error.
  func openForWriting(createsIfMissing: Bool = false) throws -> EventLog {
    var options = EventLog.Options()
    options.createsIfMissing = createsIfMissing
    let log = try EventLog.open(path, options: options)
    if !log.recovery.isClean {
      for line in log.recovery.lines {
        Output.error.line("\(EvlogTool.name): recovered the log: \(line)")
      }
      Output.error.flush()
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

  @Option(help: "How many threads share the work.")
  var workers: Int = 2

  @Flag(help: "Neither use snapshots and kept verdicts nor make any.")
  var noSnapshots = false

  @Option(help: "Stop a handler of a script that takes more of a processor's time than this.")
  var handlerSeconds: Double = 10

  @Option(help: "Stop a script that takes more memory than this, in MiB.")
  var memoryMib: Int = 2048

  func validate() throws {
    guard (1...256).contains(workers) else {
      throw ValidationError("--workers must be from 1 to 256.")
    }
    guard handlerSeconds > 0, memoryMib > 0 else {
      throw ValidationError("--handler-seconds and --memory-mib must be positive.")
    }
  }

  /// What the invariant of a condition on the command line is called.
  static let expressionName = "--expr"

  func load(expression: String? = nil) throws -> any Program {
    try load(machine, expression: expression)
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
              ? ". One that is compiled is known to the program that it is part of, and to no other."
              : ", or one of: \(names.joined(separator: ", ")).")
            + " To see how one is written: \(EvlogTool.name) help machine")
      }
      try CrashWord.checkAddressSpaceForScripts()
      var bounds = ScriptProgram.Bounds()
      bounds.secondsPerHandler = handlerSeconds
      bounds.memoryBytes = memoryMib << 20
      let program = try ScriptProgram(file: FilePath(name), bounds: bounds)
      return try expression.map {
        try program.adding(expression: .init($0, name: Self.expressionName))
      } ?? program
    #else
      throw Failure.usage("There is no machine '\(name)': this evlog is built without JavaScript.")
    #endif
  }

  func replayer(
    _ program: any Program, over log: EventLog, progress: Progress? = nil
  ) -> Replayer {
    var replayer = Replayer(
      program, over: log, workers: workers,
      snapshots: noSnapshots ? nil : SnapshotStore(log: log))
    if let reason = program.descriptor.unidentified, !noSnapshots {
      Output.error.line("\(EvlogTool.name): nothing is kept of this machine: \(reason)")
      Output.error.flush()
    }
    if let progress { replayer.progress = { progress.update($0) } }
    return replayer
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
          "of the index of writes, \(reason); \(EvlogTool.name) index --drop removes it, to be "
          + "made again"
      }
      let count = Words.count(files.count, "saved file")
      Output.error.line(
        "\(EvlogTool.name): \(count) \(files.count == 1 ? one : many) not used: \(reason)")
    }
    if let reason = work.couldNotSave {
      let text = "\(EvlogTool.name): the state cannot be saved: \(reason)"
      Output.error.line(text)
    }
    Output.error.flush()
  }
}

/// The violation that a verb explains.
struct ViolationOptions: ParsableArguments {
  @Option(help: "The invariant; the one that is violated first by default.")
  var invariant: String?

  @Option(help: "The event that broke it, by its offset; the first one by default.")
  var offset: Offset?

  @Option(help: "The last cut to look at, or a time; the log's end by default.")
  var to: CutArgument?

  /// What the answers are made of; null where there is nothing to answer.
  private static let members = [
    "why": ["invariant", "key", "offset", "watched", "reasons", "next", "work", "seconds"],
    "minimise": [
      "invariant", "key", "offset", "considered", "kept", "progress", "stopped", "replays",
      "randomChoices", "addedBack", "policy", "seed", "out", "seconds",
    ],
  ]

  /// The violation and the scan that found it. If there is none, says so and ends the verb.
  func violation(
    _ machine: MachineOptions, _ program: any Program, _ log: EventLog, isQuiet: Bool,
    for verb: String
  ) async throws -> (violation: Violation, scan: Scan) {
    let all = program.descriptor.invariants
    if let invariant, !all.contains(where: { $0.name == invariant }) {
      throw Failure.usage(
        "The machine has no invariant '\(invariant)'. It has: "
          + all.map { "'\($0.name)'" }.joined(separator: ", ") + ".")
    }
    let to = try to?.cut(in: log)
    if let offset {
      guard offset < log.end.offsetAfter else {
        throw Failure.usage(
          "There is no event at offset \(offset): the log has \(Words.count(log.end, "event")).")
      }
      if let to, to <= log.end, offset >= to.offsetAfter {
        throw Failure.usage(
          "The event at offset \(offset) is not before cut \(to), the last one to look at: leave --to out, or "
            + "say --to \(offset.cutAfter).")
      }
    }
    let wanted = invariant.map { name in all.filter { $0.name == name } }
    let progress = Progress("scanning", of: to ?? log.end, unless: isQuiet)
    defer { progress.finish() }
    let replayer = machine.replayer(program, over: log, progress: progress)
    // Events behind the one that is asked about cannot change whether it broke something.
    let last = try offset.map { min(try replayer.checked(to), $0.cutAfter) } ?? to
    let scan = try await replayer.scan(
      to: last, judging: wanted, for: offset == nil ? .firstViolation : .violations)
    let violations = try await replayer.violations(
      in: scan,
      choosing: { finding in
        guard let offset else { return finding.firstBreak }
        return finding.breaks.at(cut: offset.cutAfter)
      })
    machine.warn(scan.work)
    if let first = violations.min(by: { $0.episode.firstCut < $1.episode.firstCut }) {
      return (first, scan)
    }
    if let failure = scan.failure { throw failure }
    if let offset {
      throw Failure.usage(
        "The event at offset \(offset) did not break \(invariant.map { "'\($0)'" } ?? "an invariant")"
          + " that held before it. To see which did: bisect.")
    }
    if isQuiet {
      var report = Report(verb)
      for member in Self.members[verb] ?? [] { report[member] = .null }
      report.addKeys(of: scan)
      report.print()
    }
    let unjudged = scan.findings.filter {
      $0.undefinedCount > 0
    }
    if let first = unjudged.min(by: { $0.firstUndefined ?? 0 < $1.firstUndefined ?? 0 }) {
      throw Failure(
        .inconclusive,
        "Nothing is known to violate an invariant, but '\(first.invariant.name)' could not be judged at "
          + "\(Words.count(first.undefinedCount, "cut")), the first of them "
          + "\(Words.number(first.firstUndefined ?? 0)): "
          + "\(first.undefinedReason ?? "it said neither yes nor no"). To see all: bisect.")
    }
    if let failed = scan.failedKeys.first { throw failed.error }
    if !isQuiet {
      KeysText.sayUnconcerned(scan.unconcerned)
      Output.standard.line(
        "no invariant is violated: there is nothing to \(verb == "why" ? "explain" : verb)")
    }
    throw Failure(.clean, "")
  }
}

extension JSONValue {
  static func work(_ work: Replayer.Work) -> JSONValue {
    .object([
      ("events", .int(work.events)), ("startedFrom", .array(work.startedFrom.map { .int($0) })),
      ("saved", .array(work.saved.map { .int($0) })),
      ("judgedBefore", .optional(work.judgedBefore)), ("indexedTo", .optional(work.indexedTo)),
      ("ignoredSnapshots", .int(work.ignored.count)),
    ])
  }

  static func machine(_ machine: MachineDescriptor) -> JSONValue {
    .object([
      ("name", .string(machine.name)), ("version", .int(machine.version)),
      ("scope", .string(machine.scope.rawValue)),
      ("fingerprint", .string("\(machine.fingerprint)")),
      ("unidentified", .optional(machine.unidentified)),
    ])
  }
}
