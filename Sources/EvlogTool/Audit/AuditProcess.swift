import Forensics
import Replay
import Subprocess
import SystemPackage

/// This program in another process, which replays once and tells what it came to.
struct AuditProcess {
  let store: String
  let machine: String
  let run: AuditRun
  /// A place among the processes: what is around each of them is different.
  let number: Int
  let bounds: [String]

  /// The words of a trace, eight bytes each.
  struct Trace {
    let file: UnnamedFile
    let count: UInt64
    let ending: Ending
  }

  /// What the process said.
  struct Ending {
    /// The machine's error, if it failed.
    var failure: String?
    /// Why a state could not be saved.
    var couldNotSave: String?
  }

  func trace(to cut: UInt64, exactFrom: UInt64 = .max) async throws -> Trace {
    let file = try UnnamedFile()
    let ending = try await run(
      ["--to", "\(cut)", "--exact-from", "\(exactFrom)"], into: file)
    let bytes = UInt64(try file.descriptor.seek(offset: 0, from: .end))
    try file.descriptor.seek(offset: 0, from: .start)
    return Trace(file: file, count: bytes / 8, ending: ending)
  }

  func moment(at offset: UInt64) async throws -> JSONValue {
    let file = try UnnamedFile()
    defer { file.close() }
    _ = try await run(["--show", "\(offset)"], into: file)
    return (try? JSONParser.parse(file.bytes()[...])) ?? .null
  }

  /// What a line of the process begins with that tells why a state could not be saved.
  static let couldNotSave = "could not save: "

  /// Runs the process; what it said in the end.
  private func run(_ more: [String], into file: UnnamedFile) async throws -> Ending {
    let result = try await Subprocess.run(
      .path(EvlogTool.executable),
      arguments: Arguments(
        ["audit-run", store, "--machine", machine, "--run", run.rawValue] + bounds + more),
      environment: environment, input: .none,
      output: .fileDescriptor(file.descriptor, closeAfterSpawningProcess: false),
      error: .string(limit: 1 << 16))
    switch result.terminationStatus {
    case .exited(0):
      // A machine may say something of its own there.
      let line = result.standardError.split(separator: "\n").first {
        $0.hasPrefix(Self.couldNotSave)
      }
      return Ending(couldNotSave: line.map { String($0.dropFirst(Self.couldNotSave.count)) })
    case .exited(ExitStatus.inconclusive.rawValue): return Ending(failure: result.standardError)
    default:
      throw Failure(
        .failed,
        "A run of the audit ended with \(result.terminationStatus): \(result.standardError)")
    }
  }

  /// What a pure function does not look at, and here differs: the seed of hashes, which is chosen anew
  /// in each process, what fresh memory holds, the time zone and the language.
  private var environment: Environment {
    .inherit.updating([
      "SWIFT_DETERMINISTIC_HASHING": nil,
      // Memory that was freed before would mostly come back as it was.
      "GLIBC_TUNABLES": "glibc.malloc.perturb=\(1 + number * 37 % 255):glibc.malloc.tcache_count=0",
      "TZ": number % 2 == 0 ? "UTC" : "Pacific/Chatham",
      "LC_ALL": number % 2 == 0 ? "C" : "tr_TR.UTF-8",
    ])
  }
}
