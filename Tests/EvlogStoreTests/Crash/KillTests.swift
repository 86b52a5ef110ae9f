import Subprocess
import SystemPackage
import Testing

/// Writers in processes of their own are killed, hundreds of times here, and as often as one likes by
/// `Tools/kill-writers`: every turn that they acknowledged is there.
@Suite struct KillTests {
  @Test func whatKilledWritersAcknowledgedIsThere() async throws {
    let runner = FilePath(CommandLine.arguments[0]).removingLastComponent().appending(
      "crash-runner")
    let result = try await Subprocess.run(
      .path(runner), arguments: ["kills", "200"], output: .string(limit: 1 << 16),
      error: .string(limit: 1 << 16))
    #expect(result.terminationStatus.isSuccess, "\(result.standardOutput) \(result.standardError)")
  }
}

/// A log that is used again and again takes no more files and no more memory than at first.
@Suite struct SoakTests {
  @Test func nothingGrows() async throws {
    let runner = FilePath(CommandLine.arguments[0]).removingLastComponent().appending(
      "crash-runner")
    let result = try await Subprocess.run(
      .path(runner), arguments: ["soak", "5"], output: .string(limit: 1 << 16),
      error: .string(limit: 1 << 16))
    #expect(result.terminationStatus.isSuccess, "\(result.standardOutput) \(result.standardError)")
  }
}
