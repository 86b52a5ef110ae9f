import EvlogJSON
import EvlogStore
import Foundation
import SystemPackage
import Testing

/// What a run of the command gave.
struct Answer {
  let status: Int32
  let output: String
  let error: String

  func json() throws -> JSONValue { try JSONParser.parse(output) }
}

/// A folder with a log that mirrors a stream, by the command as it is built.
final class MirrorPlace {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "evlog-mirror-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var log: FilePath { FilePath(folder.appending(path: "log").path) }

  /// Starts the command, with what it says in two files.
  func start(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0])
      .deletingLastPathComponent().appending(path: "evlog")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    for (name, keyPath) in [("output", true), ("error", false)] {
      let file = folder.appending(path: name)
      try Data().write(to: file)
      let handle = try FileHandle(forWritingTo: file)
      if keyPath { process.standardOutput = handle } else { process.standardError = handle }
    }
    try process.run()
    return process
  }

  func said(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  func evlog(_ arguments: String...) throws -> Answer {
    let process = try start(arguments)
    process.waitUntilExit()
    return Answer(
      status: process.terminationStatus, output: try said("output"), error: try said("error"))
  }

  /// Mirrors all there is.
  func mirror(_ address: String, _ options: String...) throws -> Answer {
    let process = try start(
      ["mirror", address, "log", "--until-caught-up", "--json"] + options)
    process.waitUntilExit()
    return Answer(
      status: process.terminationStatus, output: try said("output"), error: try said("error"))
  }

  func events() throws -> [RecordedEvent] {
    let log = try EventLog.openReadOnly(log)
    defer { log.close() }
    var cursor = log.events().makeCursor()
    var events: [RecordedEvent] = []
    while let event = try cursor.next() { events.append(event) }
    return events
  }

  /// The events of messages.
  func messages() throws -> [RecordedEvent] {
    try events().filter { !$0.type.hasPrefix("evlog.") }
  }
}
