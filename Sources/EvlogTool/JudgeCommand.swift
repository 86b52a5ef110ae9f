import EvlogJSON
import EvlogMachine
import Subprocess
import SystemPackage

/// A command that judges states by git's contract for `bisect run`.
struct JudgeCommand {
  private let command: [String]

  init(_ command: [String]) { self.command = command }

  /// 0 holds, 125 cannot tell, other codes to 127 violated. Throws for 128 and above and for signals.
  func verdict(on state: JSONValue) async throws -> Verdict {
    guard let name = command.first else { throw Failure.usage("--run needs a command.") }
    let executable: Executable =
      name.utf8.contains(UInt8(ascii: "/")) ? .path(FilePath(name)) : .name(name)
    let status: TerminationStatus
    do {
      // A file, not a pipe: a command that does not read all of it, or any of it, is in its right.
      let file = try UnnamedFile(state.canonicalBytes + [0x0A])
      defer { file.close() }
      status = try await Subprocess.run(
        executable, arguments: Arguments(Array(command.dropFirst())),
        input: .fileDescriptor(file.descriptor, closeAfterSpawningProcess: false),
        output: .discarded,
        error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
      ).terminationStatus
    } catch {
      throw Failure.usage("The command '\(name)' cannot be run: \(error)")
    }
    switch status {
    case .exited(0): return .holds
    case .exited(125): return .undefined
    case .exited(let code) where (1...127).contains(code):
      // A shell says so for a command that it does not find or may not run.
      if code == 126 || code == 127 {
        throw Failure.usage("The command '\(name)' cannot be run: it exited with \(code).")
      }
      return .violated
    default: throw Failure(.inconclusive, "The command '\(name)' stopped the search: \(status).")
    }
  }
}
