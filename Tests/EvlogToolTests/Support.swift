import EvlogJSON
import Foundation
import Subprocess
import SystemPackage
import Testing

/// The folder of the package.
let packageFolder = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

/// What a run of the command gave.
struct Answer: Sendable {
  let status: Int32
  let output: String
  let error: String

  /// The output as the one JSON object that it should be.
  func json() throws -> JSONValue { try JSONParser.parse(output) }
}

/// A folder of its own, in which the command is run as a user runs it.
final class Workplace: Sendable {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "evlog-tool-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Where the build put the executables: beside the tests.
  static var binaries: URL {
    URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
  }

  @discardableResult
  func evlog(_ arguments: String..., input: String = "", tool: String = "evlog") async throws
    -> Answer
  {
    try await run(Self.binaries.appending(path: tool).path, arguments, input: Array(input.utf8))
  }

  func run(_ executable: String, _ arguments: [String], input: [UInt8] = []) async throws -> Answer
  {
    let result = try await Subprocess.run(
      .path(FilePath(executable)), arguments: Arguments(arguments),
      environment: .inherit.updating(["SWIFT_BACKTRACE": "enable=no", "NO_COLOR": "1"]),
      workingDirectory: FilePath(folder.path), input: .array(input),
      output: .string(limit: 64 << 20), error: .string(limit: 1 << 20))
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): Int32(code)
      case .signaled(let signal): -Int32(signal)
      }
    return Answer(
      status: status, output: result.standardOutput, error: result.standardError)
  }

  func shell(_ command: String) async throws -> Answer {
    let path = "PATH=\"\(Self.binaries.path):$PATH\"; "
    return try await run("/bin/bash", ["-c", path + command])
  }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  func bytes(of name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  /// Puts the shop's machine and events here.
  func addShop() throws {
    for name in ["shop.js", "orders.js", "stock.sql", "events.ndjson.gz"] {
      try FileManager.default.copyItem(
        at: packageFolder.appending(path: "Fixtures/shop/\(name)"),
        to: folder.appending(path: name))
    }
  }
}

/// Texts that must not change unnoticed.
///
/// They are files in `Golden`. With `RECORD_GOLDEN=1` they are written anew, and the test fails, so
/// that recording cannot pass for testing.
func expectGolden(_ text: String, _ name: String, location: SourceLocation = #_sourceLocation)
  throws
{
  let file = packageFolder.appending(path: "Tests/EvlogToolTests/Golden/\(name).txt")
  let scrubbed = scrub(text)
  if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] != nil {
    try Data(scrubbed.utf8).write(to: file)
    Issue.record("recorded \(name)", sourceLocation: location)
    return
  }
  guard let expected = try? String(contentsOf: file, encoding: .utf8) else {
    Issue.record("there is no \(file.path); RECORD_GOLDEN=1 makes it", sourceLocation: location)
    return
  }
  #expect(scrubbed == expected, sourceLocation: location)
}

/// Takes out what differs from run to run: times taken, random ids, digests of code.
private func scrub(_ text: String) -> String {
  text.replacing(/\d+(\.\d)? (µs|ms|s)\b/, with: "TIME")
    .replacing(/"seconds":[0-9.e-]+/, with: "\"seconds\":TIME")
    .replacing(/"createdAt":"[^"]+"/, with: "\"createdAt\":TIME")
    .replacing(/version 1  2\d{3}-\S+Z/, with: "version 1  TIME")
    .replacing(/[0-9a-f]{32}/, with: "DIGEST")
    .replacing(/-[0-9a-f]{16}-/, with: "-DIGEST-")
}
