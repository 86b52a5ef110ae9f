import Foundation
import Testing

/// Every verb that runs a machine, over the same machine run by three hosts: compiled Swift, JavaScript, and one that is
/// written outside of evlog's package.
@Suite struct HostsTests {
  static let machines = ["seats", "seats.js", "seats-by-rules"]

  /// Verbs and what follows the machine; the answers are compared as JSON.
  static let verbs: [[String]] = [
    ["state", "LOG"], ["state", "LOG", "--key", "b"], ["state", "LOG", "--at", "11"],
    ["replay", "LOG"], ["replay", "LOG", "--check"],
    ["replay", "LOG", "--check", "--workers", "2"],
    ["bisect", "LOG"], ["bisect", "LOG", "--violations"],
    ["bisect", "LOG", "--mode", "probe", "--key", "a"],
    ["diff", "LOG", "3", "20"], ["blame", "LOG", "left", "--key", "a"],
    ["blame", "LOG", "sold", "--key", "b", "--history"], ["touches", "LOG", "sold", "--key", "b"],
    ["why", "LOG"], ["minimise", "LOG"],
    ["what-if", "LOG", "--drop", "4"], ["what-if", "LOG", "--drop", "stream=b"],
    ["what-if", "LOG", "--insert", #"6:{"stream":"a","type":"reserved","data":{"seats":90}}"#],
    ["map", "LOG", "--by", "left"], ["map", "LOG", "--by", "sold", "--probe"], ["audit", "LOG"],
    ["snapshot create", "LOG"], ["state", "LOG"], ["bisect", "LOG"], ["replay", "LOG", "--check"],
  ]

  /// What follows from the host, and not from the machine: what it is called, how long it took, what it watched.
  static let ofTheHost = [
    "machine", "fingerprint", "file", "seconds", "work", "reads", "lookedAt", "place", "version",
  ]

  @Test func everyVerbAnswersAlike() throws {
    let place = try Place()
    try place.write(
      """
      machine("seats-in-js", 1, {
        scope: "stream", initial: { left: 0, sold: 0 }, ignore: ["announced"],
        on: {
          opened(s, e) { s.left += e.data.seats },
          reserved(s, e) { s.left -= e.data.seats; s.sold += e.data.seats },
          cancelled(s, e) { s.left += e.data.seats; s.sold -= e.data.seats },
        },
        invariants: { "never oversold": always(s => s.left >= 0) },
      })
      """, to: "seats.js")
    let lines = (0..<40).map { i in
      let type = i < 3 ? "opened" : i % 9 == 4 ? "announced" : i % 4 == 0 ? "cancelled" : "reserved"
      return
        #"{"stream":"\#(["a", "b", "c"][i % 3])","type":"\#(type)","data":{"seats":\#(i < 3 ? 30 : i % 7)}}"#
    }
    try place.write(lines.joined(separator: "\n"), to: "events.ndjson")
    #expect(try place.run("import", "LOG", "events.ndjson").status == 0)
    for verb in Self.verbs {
      let answers = try Self.machines.map { machine in
        let answer = try place.run(
          verb[0].split(separator: " ").map(String.init) + verb[1...] + [
            "--machine", machine, "--json",
          ])
        let output = answer.output.replacing(/seats-?(in-?js|by-?rules)-?[0-9a-f]*/, with: "seats")
        return "\(answer.status) " + Self.scrubbed(output)
      }
      #expect(answers[0].count > 20, "\(verb): \(answers[0])")
      #expect(answers[1] == answers[0], "\(verb) in JavaScript")
      #expect(answers[2] == answers[0], "\(verb) by rules")
    }
  }

  @Test func aVerbOfOnesOwnAnswers() throws {
    let place = try Place()
    try place.write(
      #"{"stream":"a","type":"opened","data":{"seats":2}}"# + "\n"
        + #"{"stream":"b","type":"opened","data":{"seats":2}}"# + "\n"
        + #"{"stream":"a","type":"reserved","data":{"seats":1}}"#, to: "events.ndjson")
    #expect(try place.run("import", "LOG", "events.ndjson").status == 0)
    func touches(_ arguments: String...) throws -> (status: Int32, output: String) {
      try place.run(["touches", "LOG", "--machine", "seats-by-rules"] + arguments)
    }
    #expect(try touches("left", "--key", "a").output == "2 events changed left of a\n")
    #expect(try touches("a.left").output == "2 events changed left of a\n")
    #expect(
      try touches("sold", "--key", "a", "--json").output
        == #"{"command":"touches","events":2,"evlog":1,"key":"a","path":"sold"}"# + "\n")
    #expect(try touches("left..sold").status == 2)
    #expect(try touches("[3]").status == 2)
    #expect(try place.run("--help").output.contains("touches"))
  }

  private static func scrubbed(_ text: String) -> String {
    guard let json = try? JSONSerialization.jsonObject(with: Data(text.utf8)) else { return text }
    func scrub(_ value: Any) -> Any {
      if let object = value as? [String: Any] {
        return object.filter { !ofTheHost.contains($0.key) }.mapValues(scrub)
      }
      return (value as? [Any])?.map(scrub) ?? value
    }
    let data = try? JSONSerialization.data(withJSONObject: scrub(json), options: .sortedKeys)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? text
  }
}

/// A folder in which the program is run.
private final class Place {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func write(_ text: String, to name: String) throws {
    try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
  }

  func run(_ arguments: String...) throws -> (status: Int32, output: String) {
    try run(arguments)
  }

  func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "seats")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = [
      "PATH": "/usr/bin:/bin", "NO_COLOR": "1", "SWIFT_BACKTRACE": "enable=no",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
