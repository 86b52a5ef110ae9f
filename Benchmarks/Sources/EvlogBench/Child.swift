import FoundationEssentials
import Subprocess
import SystemPackage

/// This program in another process, which does one job.
enum Child {
  /// Not by its name, which may be relative to a folder that is not the present one.
  static func executable() throws -> FilePath {
    FilePath(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  }

  /// Runs it, below another program if one is given: `["strace", "-f"]`.
  static func run(
    _ entry: Entry, _ load: Load, below tool: [String] = []
  ) async throws -> (measurement: Measurement, errors: String) {
    let own = try [executable().string, "run", entry.job.rawValue, entry.contestant, load.argument]
    let words = tool + own
    let result = try await Subprocess.run(
      words[0].hasPrefix("/") ? .path(FilePath(words[0])) : .name(words[0]),
      arguments: Arguments(Array(words.dropFirst())),
      // The order of a dictionary changes how many instructions are counted.
      environment: .inherit.updating(tool.isEmpty ? [:] : ["SWIFT_DETERMINISTIC_HASHING": "1"]),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    guard result.terminationStatus.isSuccess,
      let measurement = try? JSONDecoder().decode(
        Measurement.self, from: Data(result.standardOutput.utf8))
    else {
      throw Failure(
        "\(entry.label) failed at '\(entry.job.rawValue)' (\(result.terminationStatus)):\n"
          + result.standardError + result.standardOutput)
    }
    return (measurement, result.standardError)
  }
}
