import EvlogAnswers
import EvlogJSON
import EvlogMachine
import Foundation
import Testing

/// `Documentation/Schemas` is made from the types of the answers. `RECORD_SCHEMAS=1` writes it again and fails the run.
@Suite struct SchemaTests {
  static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let folder = package.appending(path: "Documentation/Schemas")

  /// The types of the answers by question.
  static let types: [String: [any Answer.Type]] = [
    "append": [Answers.Append.self], "audit": [Answers.Audit.self], "backup": [Answers.Copy.self],
    "bisect": [
      Answers.Bisect.self, Answers.Violations.self, Answers.Probe.self, Answers.Probes.self,
      Answers.RunsBisect.self,
    ],
    "blame": [Answers.Blame.self],
    "compare": [Answers.Comparison.self, Answers.LogComparison.self],
    "contract check": [Answers.ContractCheck.self], "contract clear": [Answers.ContractShow.self],
    "contract export": [Answers.ContractSchema.self],
    "contract import": [Answers.ContractSchema.self], "contract set": [Answers.ContractShow.self],
    "contract show": [Answers.ContractShow.self],
    "cut at": [Answers.CutCheck.self], "cut check": [Answers.CutCheck.self],
    "cut in-flight": [Answers.InFlight.self], "cut nearest": [Answers.CutCheck.self],
    "cut of": [Answers.CutOf.self], "cut order": [Answers.CutOrder.self],
    "cut stats": [Answers.CutStats.self],
    "debug": [
      Answers.Moment.self, Answers.MomentEvent.self, Answers.MomentValue.self,
      Answers.MomentProblem.self, Answers.Why.self,
    ],
    "diff": [Answers.Diff.self], "doctor": [Answers.Doctor.self], "export": [Answers.Export.self],
    "explore": [Answers.Explore.self],
    "grow": [Answers.Growth.self],
    "import": [Answers.Import.self, Answers.ImportTrial.self],
    "index": [Answers.Index.self, Answers.IndexDropped.self],
    "init": [Answers.Init.self], "inspect": [Answers.Inspect.self],
    "machine check": [Answers.MachineCheck.self],
    "machine new": [Answers.MachineDraft.self, Answers.MachineComponent.self],
    "map": [Answers.Map.self],
    "minimise": [Answers.Minimise.self], "refine": [Answers.Refinement.self],
    "project rebuild": [Answers.ProjectRebuild.self],
    "project retry": [Answers.ProjectRetry.self], "project run": [Answers.ProjectRun.self],
    "project status": [Answers.ProjectStatus.self],
    "project verify": [Answers.ProjectVerify.self], "query": [Answers.Query.self],
    "read": [Answers.Read.self], "repair": [Answers.Repair.self], "replay": [Answers.Replay.self],
    "mirror": [Answers.Mirror.self, Answers.MirrorCheck.self],
    "restore": [Answers.Copy.self], "seal": [Answers.Seal.self],
    "snapshot create": [Answers.SnapshotsCreated.self],
    "snapshot drop": [Answers.SnapshotsDropped.self],
    "snapshot list": [Answers.SnapshotList.self],
    "snapshot verify": [Answers.SnapshotsVerified.self], "state": [Answers.State.self],
    "stats": [Answers.Stats.self], "studio": [Answers.Studio.self],
    "truncate": [Answers.Truncate.self],
    "verify": [Answers.Verify.self], "what-if": [Answers.Comparison.self],
    "why": [Answers.Why.self],
  ]

  private static let draft = (
    "$schema", JSONValue.string("https://json-schema.org/draft/2020-12/schema")
  )

  /// Read once for all answers.
  private static let comments = Result {
    try Comments(in: package.appending(path: "Sources/EvlogAnswers"))
  }

  private static func schema(of question: String) throws -> JSONValue {
    let comments = try comments.get()
    let shapes = try (types[question] ?? []).map { type in
      func schema<A: Answer>(_: A.Type) throws -> JSONValue {
        let node = try SchemaDecoder.node(of: A.self)
        node.members.removeAll { $0.name == "command" }
        func constant(_ name: String, _ value: JSONValue) {
          let member = SchemaNode()
          member.plain = .object([("const", value)])
          node.members.insert((name, member, true), at: 0)
        }
        if ofGroups.contains(question) {
          let group = SchemaNode()
          group.plain = Self.group
          node.members.append(("group", group, false))
        }
        constant("command", .string(question))
        constant("evlog", .int(Answers.version))
        return node.schema { comments[$0, $1] }
      }
      return try schema(type)
    }
    if shapes.count == 1, case .object(let object) = shapes[0] {
      return .object([draft] + object.members.map { ($0.key, $0.value) })
    }
    return .object([draft, ("anyOf", .array(shapes))])
  }

  /// The questions whose answers say, if they are asked of a group, what cuts and offsets are in its logs.
  private static let ofGroups: Set<String> = [
    "audit", "bisect", "blame", "compare", "debug", "diff", "map", "minimise", "refine", "replay",
    "state",
    "what-if", "why",
  ]

  private static var group: JSONValue {
    func object(_ members: [(String, JSONValue)]) -> JSONValue {
      .object([("type", .string("object"))] + members)
    }
    let integer = JSONValue.object([("type", .string("integer"))])
    let vector = object([("additionalProperties", integer)])
    let place = object([
      (
        "properties",
        .object([("log", .object([("type", .string("string"))])), ("offset", integer)])
      )
    ])
    return object([
      (
        "properties",
        .object([
          ("cuts", object([("additionalProperties", vector)])),
          ("offsets", object([("additionalProperties", place)])),
        ])
      )
    ])
  }

  /// An event has members that are there only if they differ from the default.
  private static var event: JSONValue {
    func type(_ name: String) -> JSONValue { .object([("type", .string(name))]) }
    let texts = ["id", "correlation", "contentType", "turn", "log", "data64", "metadata64"]
    return .object([
      draft, ("type", .string("object")),
      (
        "properties",
        .object(
          [
            ("offset", type("integer")), ("stream", type("string")),
            ("revision", type("integer")), ("type", type("string")),
            ("time", .object([("type", .string("string")), ("format", .string("date-time"))])),
            ("schemaVersion", type("integer")), ("data", .bool(true)), ("metadata", .bool(true)),
            ("causation", SchemaDecoder.causation),
          ] + texts.map { ($0, type("string")) })
      ),
      (
        "required",
        .array(["offset", "stream", "revision", "type", "time"].map { .string($0) })
      ),
      ("additionalProperties", .bool(false)),
    ])
  }

  private func expect(_ schema: JSONValue, in name: String) throws {
    let file = Self.folder.appending(path: name.replacing(" ", with: "-") + ".json")
    let text = schema.prettyText + "\n"
    if ProcessInfo.processInfo.environment["RECORD_SCHEMAS"] != nil {
      try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
      Issue.record("recorded \(name)")
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  @Test(arguments: types.keys.sorted()) func schemasAreMadeFromTheTypes(_ question: String) throws {
    try expect(try Self.schema(of: question), in: question)
  }

  @Test func eventsHaveASchema() throws { try expect(Self.event, in: "event") }

  @Test func thereIsNoOtherSchema() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    let names = Set(Self.types.keys.map { $0.replacing(" ", with: "-") + ".json" })
    #expect(Set(files) == names.union(["event.json"]))
  }

  /// What the command printed, as the golden files have it: JSON lines whose times and digests were taken out.
  static func goldenLines() throws -> [JSONValue] {
    let folder = package.appending(path: "Tests/EvlogToolTests/Golden")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().flatMap {
      name in
      try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        .split(separator: "\n").filter { $0.hasPrefix(#"{"#) && $0.contains(#""evlog":1"#) }
        .map { line in
          try JSONParser.parse(
            String(line)
              .replacing(
                #""createdAt":TIME"#, with: #""createdAt":"2026-01-01T00:00:00.000000000Z""#
              )
              .replacing(/:TIME/, with: ":0.5"))
        }
    }
  }

  /// An independent validator (python3-jsonschema) finds the command's JSON as the schemas say.
  @Test func theCommandsJSONIsValid() async throws {
    let lines = try Self.goldenLines()
    #expect(lines.count > 40)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", Self.package.appending(path: "Tests/EvlogAnswersTests/validate.py").path,
      Self.folder.path,
    ]
    let input = FileManager.default.temporaryDirectory.appending(path: "evlog-\(UUID()).ndjson")
    defer { try? FileManager.default.removeItem(at: input) }
    // One that is wrong must be found too.
    let wrong = #"{"evlog":1,"command":"seal","sealedSegments":"1","bytesBefore":1}"#
    try Data((lines.map(\.canonicalText) + [wrong]).joined(separator: "\n").utf8).write(to: input)
    process.standardInput = try FileHandle(forReadingFrom: input)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let problems = said.split(separator: "\n")
    #expect(problems.last == "\(lines.count + 1) validated, 1 wrong", "\(said.prefix(4000))")
  }

  /// What the command printed can be decoded, and encoded to the same.
  @Test func answersAreReadBack() throws {
    for line in try Self.goldenLines() {
      let question = try #require(line["command"]?.stringValue)
      let readBack = (Self.types[question] ?? []).compactMap { type in
        // A question with several shapes has one that fits.
        try? type.init(json: line).json()
      }
      #expect(readBack.contains(line), "\(line.canonicalText.prefix(600))")
    }
  }
}

/// The documentation of members, by the type that they are in.
struct Comments {
  private var texts: [String: String] = [:]

  init(in folder: URL) throws {
    let names = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    for case let file as URL in names ?? .init() where file.pathExtension == "swift" {
      var types: [(indent: Int, name: String)] = []
      var comment: [String] = []
      for line in try String(contentsOf: file, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
      {
        let text = line.drop { $0 == " " }
        let indent = line.count - text.count
        types.removeAll { $0.indent >= indent && !text.isEmpty && !text.hasPrefix("///") }
        if text.hasPrefix("/// ") {
          comment.append(String(text.dropFirst(4)))
          continue
        }
        if let match = text.firstMatch(of: /(?:struct|enum) (\w+)/) {
          types.append((indent, String(match.output.1)))
        } else if let match = text.firstMatch(of: /(?:let|var) ([\w`, ]+):/), let type = types.last
        {
          for name in match.output.1.split(separator: ",") where !comment.isEmpty {
            let name = name.replacing("`", with: "").replacing(" ", with: "")
            texts["\(type.name).\(name)"] = comment.joined(separator: " ")
          }
        }
        comment = []
      }
    }
  }

  subscript(type: String, member: String) -> String? { texts["\(type).\(member)"] }
}
