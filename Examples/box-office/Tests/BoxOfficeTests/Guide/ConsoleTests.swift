import Foundation
import Testing

/// What the tutorial shows of a terminal is what the program prints.
@Suite struct ConsoleTests {
  @Test func everyCommandSaysWhatIsShown() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for block in try Guide.blocks(of: "console", in: "Evlog/Evlog.docc/BuildingAService.md") {
      var shown = block.lines[...]
      while let command = shown.popFirst() {
        guard command.hasPrefix("$ box-office") else { continue }
        let output = shown.prefix { !$0.hasPrefix("$ ") }
        shown = shown.dropFirst(output.count)
        let said = try run(String(command.dropFirst(2)), in: folder)
        #expect(steady(said) == steady(output.joined(separator: "\n")), "\(command)")
      }
    }
  }

  private func run(_ command: String, in folder: URL) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "\(command) 2>&1"]
    process.currentDirectoryURL = folder
    let binaries = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
    process.environment = ["PATH": "\(binaries):/usr/bin:/bin", "NO_COLOR": "1"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }

  /// A text without what differs from run to run: times, how long it took, and how lines are aligned.
  private func steady(_ text: String) -> String {
    text.split(separator: "\n").map { line in
      line.replacing(/\d{4}-\d\d-\d\dT[\d:.]+Z/, with: "TIME")
        .replacing(/[\d.]+ (µs|ms|s)\b/, with: "SPAN")
        .split(separator: " ").joined(separator: " ")
    }.joined(separator: "\n")
  }
}
