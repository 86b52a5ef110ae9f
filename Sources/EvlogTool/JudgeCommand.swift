import Replay
import Subprocess
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

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
      let file = try StateFile(state.canonicalBytes + [0x0A])
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

/// A state in a file that has no name any more, to be read from its beginning.
private struct StateFile {
  let descriptor: FileDescriptor

  init(_ bytes: [UInt8]) throws {
    let folder = ProcessEnvironment.temporaryFolder
    let path = folder.appending("evlog-state-\(UInt64.random(in: .min ... .max))")
    descriptor = try FileDescriptor.open(
      path, .readWrite, options: [.create, .exclusiveCreate], permissions: .ownerReadWrite)
    unsafe path.withPlatformString { _ = unsafe unlink($0) }
    try descriptor.writeAll(bytes)
    try descriptor.seek(offset: 0, from: .start)
  }

  func close() { try? descriptor.close() }
}

private enum ProcessEnvironment {
  static var temporaryFolder: FilePath {
    guard let folder = unsafe getenv("TMPDIR") else { return "/tmp" }
    return unsafe FilePath(String(cString: folder))
  }
}
