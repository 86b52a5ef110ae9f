import ArgumentParser
import EvlogForensics
import EvlogProjections
import EvlogStore
import Synchronization
import SystemPackage

/// The projection that a verb works on.
struct ProjectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A projection: a SQL file, or the name of one that is compiled in.",
      valueName: "file-or-name"), completion: .file(extensions: ["sql"]))
  var projection: String

  @Option(
    name: .customLong("in"),
    help:
      "The folder of the tables; LOG/projections/NAME by default, FILE.projections/NAME for a group.",
    completion: .directory)
  var folder: String?

  @Option(help: "How long the SQL for one event may run, in seconds.")
  var handlerSeconds: Double = 10

  func validate() throws {
    guard handlerSeconds > 0 else { throw ValidationError("--handler-seconds must be positive.") }
  }

  func load() throws -> any Projection {
    try Self.load(projection, secondsPerEvent: handlerSeconds)
  }

  static func load(_ name: String, secondsPerEvent: Double = 10) throws -> any Projection {
    let compiled = EvlogTool.compiledProjections.withLock { $0 }
    if let projection = compiled.first(where: { $0.name == name }) { return projection }
    guard name.hasSuffix(".sql") || FilePath(name).components.count > 1 else {
      let names = compiled.map(\.name)
      throw Failure.usage(
        "There is no projection '\(name)'. A projection is a SQL file (stock.sql)"
          + (names.isEmpty ? "." : ", or one of: \(names.joined(separator: ", ")).")
          + " To see how one is written: \(EvlogTool.name) help project")
    }
    let bytes = try FileBytes(FilePath(name)).readFirst(1 << 20)
    guard let source = String(validating: bytes, as: UTF8.self) else {
      throw Failure.usage("\(name) is not UTF-8. A projection is a SQL file.")
    }
    var projection = try SQLProjection(source: source, file: name)
    projection.secondsPerEvent = secondsPerEvent
    return projection
  }

  /// The folder of the tables; those of a group are beside its file.
  func folder(for projection: any Projection, of history: any History, at path: String) throws
    -> FilePath
  {
    guard let folder = Self.folder(folder, for: projection, of: history, at: path) else {
      throw Failure.usage(
        "The tables of a group lie beside its file. Name a folder with --in, or make a file: "
          + "\(EvlogTool.name) group init FILE " + Words.shell(path).replacing(",", with: " "))
    }
    return folder
  }

  /// Nil where no tables are kept: of a group without a file, and of an edited past.
  static func folder(
    _ folder: String?, for projection: any Projection, of history: any History, at path: String
  ) -> FilePath? {
    if history is EditedPast { return nil }
    if let folder { return FilePath(folder) }
    if let log = history as? EventLog {
      return ProjectionReader(of: projection.name, in: log).folder
    }
    return PathKind(path) == .file
      ? FilePath("\(path).projections").appending(projection.name) : nil
  }
}

/// What becomes of events that fail.
struct FailureOptions: ParsableArguments {
  enum Choice: String, ExpressibleByArgument, CaseIterable {
    case stop, skip, quarantine
  }

  @Option(help: "What to do if an event fails: stop, skip it, or quarantine its stream.")
  var onFailure: Choice = .stop

  @Option(help: "How often to try again before that.") var retries: Int = 0

  @Option(help: "About how many events to apply in one transaction.") var batch: Int = 1000

  func validate() throws {
    guard retries >= 0, batch > 0 else {
      throw ValidationError("--retries must not be negative, and --batch must be positive.")
    }
  }

  var policy: FailurePolicy {
    FailurePolicy(FailurePolicy.Outcome(rawValue: onFailure.rawValue) ?? .stop, retries: retries)
  }
}
