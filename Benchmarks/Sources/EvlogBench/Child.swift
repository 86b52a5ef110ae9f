import FoundationEssentials
import Subprocess
import SystemPackage

/// This program in another process, which does one job.
enum Child {
  /// Not by its name, which may be relative to a folder that is not the present one.
  static func executable() throws -> FilePath {
    FilePath(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  }

  static func run(_ entry: Entry, _ load: Load) async throws -> Measurement {
    let arguments = try ["run", entry.job.rawValue, entry.contestant, load.argument]
    let result = try await Subprocess.run(
      .path(try executable()), arguments: Arguments(arguments), output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20))
    let output = result.standardOutput
    guard result.terminationStatus.isSuccess,
      let measurement = try? JSONDecoder().decode(Measurement.self, from: Data(output.utf8))
    else {
      throw Failure(
        "\(entry.label) failed at '\(entry.job.rawValue)' (\(result.terminationStatus)):\n"
          + result.standardError + output)
    }
    return measurement
  }
}
