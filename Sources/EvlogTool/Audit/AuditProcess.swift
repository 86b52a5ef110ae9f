import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import Subprocess
import SystemPackage

/// This program in another process, which replays and tells what it came to.
struct AuditProcess: Sendable {
  let store: String
  let machine: String
  let run: AuditRun
  /// A place among the processes: what is around each of them is different.
  let number: Int
  let options: [String]
  /// The last cut of the whole audit.
  let cut: Cut

  /// The report of one run: a word of eight bytes for each event, and how it ended.
  struct Trace: Sendable {
    let run: AuditRun
    let file: UnnamedFile
    /// The place of its first word in the file.
    let start: UInt64
    let count: UInt64
    let ending: Ending
  }

  /// How a run ended.
  struct Ending: Codable, Sendable {
    /// Why the machine went no further.
    var failure: MachineFailure?
    /// How many streams or keys the machine failed at, while the others went on; and the first of those failures.
    var failedKeys = 0
    var firstOfKey: MachineFailure?
    /// Why a state could not be saved.
    var couldNotSave: String?
    /// The digest of the whole state in the end.
    var whole: String?
    /// The most events that there were from one look at a state to the next.
    var widest: UInt64 = 1
    /// How many words the run had.
    var count: UInt64?
  }

  /// Why a machine went no further.
  struct MachineFailure: Codable, Sendable {
    var text: String
    /// The event at which it was; nil for the end of all.
    var offset: Offset?
    /// The kind of error; nil where the machine took the process down.
    var kind: MachineError.Kind?

    /// Whether it was stopped by a bound, which says nothing of what it would have come to.
    var isOfBounds: Bool { kind == .timedOut || kind == .outOfMemory }
  }

  /// The words of the run, and those of the whole run before it where there is one.
  func traces(
    until: Cut? = nil, closer: StateLooks.Closer? = nil
  ) async throws -> [Trace] {
    let file = try UnnamedFile()
    var more = until.map { ["--until", "\($0)"] } ?? []
    if let closer { more += ["--from", "\(closer.from)", "--every", "\(closer.every)"] }
    let endings = try await run(more, into: file)
    var left = UInt64(try file.descriptor.seek(offset: 0, from: .end)) / 8
    var traces: [Trace] = []
    for (i, ending) in endings.enumerated() {
      // A process that was taken down told no number: it is what is there.
      let count = min(ending.count ?? left, left)
      let isBefore = run == .again && i == 0
      traces.append(
        Trace(
          run: isBefore ? .plain : run, file: file,
          start: (traces.last.map { $0.start + $0.count } ?? 0), count: count, ending: ending))
      left -= count
    }
    return traces
  }

  func moment(at offset: Offset, ofAll: Bool) async throws -> JSONValue {
    let file = try UnnamedFile()
    defer { file.close() }
    _ = try await run(["--show", "\(offset)"] + (ofAll ? ["--of-all"] : []), into: file)
    // A process that ended before it showed the state has shown none.
    return JSONValue(validating: try file.bytes()[...]) ?? .null
  }

  /// The digests of the whole states at some cuts.
  func wholes(at cuts: [Cut]) async throws -> [String] {
    let file = try UnnamedFile()
    defer { file.close() }
    _ = try await run(["--wholes", cuts.map { "\($0)" }.joined(separator: ",")], into: file)
    return String(decoding: try file.bytes(), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// What a line of the process begins with that tells how a run ended.
  static let endingMark = "evlog-audit-run: "

  /// Runs the process; how its runs ended.
  private func run(_ more: [String], into file: UnnamedFile) async throws -> [Ending] {
    let result = try await Subprocess.run(
      .path(EvlogTool.executable),
      arguments: Arguments(
        [
          "audit-run", store, "--machine", machine, "--run", run.rawValue, "--to", "\(cut)",
        ] + options + more),
      environment: environment, input: .none,
      output: .fileDescriptor(file.descriptor, closeAfterSpawningProcess: false),
      error: .string(limit: 1 << 20))
    // A machine may say something of its own there.
    var endings = result.standardError.split(separator: "\n").compactMap { line -> Ending? in
      guard line.hasPrefix(Self.endingMark) else { return nil }
      // A last line that is cut off is none: the process was ended while it wrote it.
      return try? StateDecoder().decode(
        Ending.self, from: String(line.dropFirst(Self.endingMark.count)))
    }
    if result.terminationStatus == .exited(0) { return endings }
    guard case .signaled = result.terminationStatus,
      let failure = MachineFailure(ofTrap: result.standardError)
    else {
      throw Failure(
        .failed,
        "A run of the audit ended with \(result.terminationStatus): \(result.standardError)")
    }
    endings.append(Ending(failure: failure))
    return endings
  }

  /// What a pure function does not look at, and here differs: the seed of hashes, which is new
  /// in each process, what fresh memory holds, the time zone and the language.
  private var environment: Environment {
    .inherit.updating([
      "SWIFT_DETERMINISTIC_HASHING": nil,
      "SWIFT_BACKTRACE": "enable=no",
      // Memory that was freed before would mostly come back as it was.
      "GLIBC_TUNABLES": "glibc.malloc.perturb=\(1 + number * 37 % 255):glibc.malloc.tcache_count=0",
      "TZ": number % 2 == 0 ? "UTC" : "Pacific/Chatham",
      "LC_ALL": number % 2 == 0 ? "C" : "tr_TR.UTF-8",
    ])
  }
}

extension AuditProcess.MachineFailure {
  init(_ error: MachineError) {
    self.init(text: Words.error(error), offset: error.offset, kind: error.kind)
  }

  /// What was said when a compiled machine took the process down.
  fileprivate init?(ofTrap text: String) {
    let mark = "trapped while it reduced the event at offset "
    guard let line = text.split(separator: "\n").first(where: { $0.contains(mark) }),
      let range = line.firstRange(of: mark),
      let offset = Offset(line[range.upperBound...].prefix { $0.isNumber })
    else { return nil }
    let name = "\(EvlogTool.name): "
    self.init(
      text: String(line.hasPrefix(name) ? line.dropFirst(name.count) : line), offset: offset)
  }
}

extension AuditProcess.Ending {
  init(_ trace: AuditTrace, count: UInt64) {
    self.init(
      failure: trace.failure.map { .init($0) }, failedKeys: trace.failedKeys.count,
      firstOfKey: trace.failedKeys.first.map { .init($0.error) }, couldNotSave: trace.couldNotSave,
      whole: trace.whole.map { "\($0)" }, widest: trace.widest, count: count)
  }
}
