import EvlogJSON
import Foundation
import Testing

/// Every verb's help is read by people, and its options are used by scripts.
@Suite struct HelpTests {
  static let verbs = [
    "", "init", "append", "import", "mirror", "read", "export", "tail", "stats", "verify", "doctor",
    "inspect", "seal", "backup", "restore", "truncate", "repair", "state", "replay", "bisect",
    "why", "blame", "minimise", "what-if", "compare", "refine", "map", "explore", "grow", "audit",
    "diff", "debug", "index", "studio", "snapshot", "snapshot create", "snapshot list",
    "snapshot verify", "snapshot drop", "machine", "machine new", "machine check", "project",
    "project run", "project status", "project rebuild", "project verify", "project retry",
    "contract", "contract check", "contract set", "contract show", "contract clear",
    "contract export", "contract import", "query", "group", "group init", "cut", "cut check",
    "cut nearest", "cut of", "cut at", "cut in-flight", "cut order", "cut stats",
  ]

  @Test(arguments: verbs) func helpIsAsWritten(verb: String) async throws {
    let place = try Workplace()
    let words = verb.split(separator: " ").map(String.init)
    let answer = try await place.run(
      Workplace.binaries.appending(path: "evlog").path, ["help"] + words)
    #expect(answer.status == 0)
    #expect(answer.error.isEmpty)
    let name = words.isEmpty ? "help" : "help-" + words.joined(separator: "-")
    try expectGolden(answer.output, name)
    let isVerb = !["", "snapshot", "machine", "group", "contract"].contains(verb)
    if isVerb {
      let examples = answer.output.components(separatedBy: "\n").filter {
        $0.hasPrefix("  ") && $0.contains("evlog \(verb) ")
      }
      #expect(examples.count >= 2, "\(verb) has no two examples")
    }
  }

  /// Every verb is in the list above, in the README's table and in the table of the JSON.
  @Test func everyVerbIsDocumented() async throws {
    let place = try Workplace()
    let help = try await place.evlog("--experimental-dump-help").json()
    func verbs(below command: JSONValue?, _ path: [String] = []) -> [(name: String, isLeaf: Bool)] {
      let all = command?["subcommands"]?.arrayValue ?? []
      let shown = all.filter {
        $0["shouldDisplay"] == .bool(true) && $0["commandName"] != .string("help")
      }
      return shown.flatMap { command in
        let path = path + [command["commandName"]?.stringValue ?? ""]
        let below = verbs(below: command, path)
        return [(path.joined(separator: " "), below.isEmpty)] + below
      }
    }
    let found = verbs(below: help["command"])
    #expect(Set(found.map(\.name)) == Set(Self.verbs.filter { !$0.isEmpty }))
    func text(_ name: String) throws -> String {
      try String(contentsOf: packageFolder.appending(path: name), encoding: .utf8)
    }
    let (readme, json) = (try text("README.md"), try text("Documentation/JSON.md"))
    for verb in found where verb.isLeaf {
      let group = verb.name.split(separator: " ")[0]
      #expect(
        readme.contains("`\(verb.name)`") || readme.contains("`\(group) …`"), "README: \(verb.name)"
      )
      #expect(json.contains("`\(verb.name)`"), "JSON.md: \(verb.name)")
      // These answer in the shapes of others.
      let schema = ["tail": "event", "group init": "cut-stats"][verb.name]
      let name = schema ?? verb.name.replacing(" ", with: "-")
      _ = try text("Documentation/Schemas/\(name).json")
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func shellsComplete(shell: String) async throws {
    let place = try Workplace()
    let answer = try await place.evlog("--generate-completion-script", shell)
    #expect(answer.status == 0)
    for verb in ["bisect", "snapshot", "machine"] { #expect(answer.output.contains(verb)) }
  }

  /// The machine that the guide shows is one.
  @Test func theGuidesMachineIsRight() async throws {
    let place = try Workplace()
    let lines = try await place.evlog("help", "machine").output.components(separatedBy: "\n")
    let start = try #require(lines.firstIndex { $0.hasPrefix("  machine(\"shop\"") })
    let end = try #require(lines[start...].firstIndex { $0 == "  })" })
    try place.write(lines[start...end].joined(separator: "\n"), to: "shop.js")
    let answer = try await place.evlog("machine", "check", "shop.js")
    #expect(answer.status == 0, "\(answer.error)")
    #expect(answer.output.contains("counted once (history)"))
  }
}
