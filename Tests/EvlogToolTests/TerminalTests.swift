import EvlogJSON
import Foundation
import Testing

/// What others named, threw and stored is printed; it must not reach the terminal as more than text.
@Suite struct TerminalTests {
  /// Escape sequences in 7 and 8 bits, other controls, marks of direction, separators, and lines that look
  /// like messages of the command.
  private static let hostile = [
    "\\u001b[2J", "\\u009b31m", "\\u0007", "\\u007f", "\\u0085", "\\r", "\\t", "\\u200e", "\\u200f",
    "\\u202a", "\\u202e", "\\u2028", "\\u2029", "\\u2066", "\\u2069", "\\nforged",
  ].joined()

  private static func isHarmless(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar.value {
      case 0x0A: true
      case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069,
        0x2028...0x2029:
        false
      default: true
      }
    } && !text.split(separator: "\n").contains { $0.hasPrefix("forged") }
  }

  private static let commands = [
    "read LOG", "stats LOG", "tail LOG --limit 2", "bisect LOG MACHINE",
    "bisect LOG MACHINE --to 8",
    "bisect LOG MACHINE --mode probe --invariant \"$NAME\" --to 8", "why LOG MACHINE --to 8",
    "minimise LOG MACHINE --to 8", "replay LOG MACHINE --check", "state LOG MACHINE --at 5",
    "diff LOG MACHINE 2 5", "blame LOG MACHINE n --at 5 --history", "machine check evil.js",
    "machine check evil.js --log LOG", "what-if LOG MACHINE --drop 2", "map LOG MACHINE",
    "compare LOG MACHINE --with evil.js", "compare LOG OTHER MACHINE", "audit LOG MACHINE",
    "index LOG MACHINE",
    "snapshot create LOG MACHINE --at 5", "snapshot list LOG", "doctor LOG --no-probe",
    "query LOG 'SELECT stream, type, data FROM events'", "inspect LOG", "inspect LOG --offset 3",
    "project run LOG --projection \"$NAME.sql\"", "read \"$NAME\"", "read LOG --since \"$NAME\"",
    "blame LOG MACHINE \"$NAME\"", "\"$NAME\"", "read LOG \"--$NAME\"",
    "machine check \"./$NAME.js\"",
    "import other.evlog bad.ndjson", "append LOG --stream s --type t --data \"$NAME\"",
    "append LOG --stream s --type t --expect \"$NAME=7\"", "truncate LOG --to 3",
    "debug LOG MACHINE --to 8 <<< $'n\\nn\\nv\\np\\nw n\\ny\\nq'",
  ]

  private func makePlace() async throws -> Workplace {
    let place = try Workplace()
    let event = #"{"stream":"s\#(Self.hostile)","type":"t\#(Self.hostile)","#
    let lines = (0..<12).map { event + #""data":{"x":"\#(Self.hostile)","n":\#($0)}}"# }
    try place.write(lines.joined(separator: "\n"), to: "events.ndjson")
    try place.write(#"{"stream":"s","type":"t","\#(Self.hostile)":1}"#, to: "bad.ndjson")
    try place.write(
      """
      machine('m\(Self.hostile)', 1, {
        initial: { n: 0, 'k\(Self.hostile)': '' },
        on: { '*': (s, e) => {
          s.n++
          s['k\(Self.hostile)'] = '\(Self.hostile)' + s.n
          if (s.n === 9) throw new Error('boom\(Self.hostile)')
        } },
        regions: { of: s => s.n > 4 ? 'a\(Self.hostile)' : 'b' },
        invariants: { 'i\(Self.hostile)': always(s => s.n !== 3) },
      })
      """, to: "evil.js")
    try place.write(
      "NAME=$(printf 'i\\033[2J\\302\\23331m\\007\\177\\342\\200\\256\\nforged')\n", to: "name.sh")
    #expect(try await place.evlog("import", "LOG", "events.ndjson").status == 0)
    try place.write(
      lines.dropFirst().joined(separator: "\n").replacing("data", with: "metadata"),
      to: "other.ndjson")
    #expect(try await place.evlog("import", "OTHER", "other.ndjson").status == 0)
    return place
  }

  private static func shell(_ command: String) -> String {
    ". ./name.sh; evlog " + command.replacing("MACHINE", with: "--machine evil.js")
  }

  @Test func nothingOfOthersControlsTheTerminal() async throws {
    let place = try await makePlace()
    var shown = 0
    for command in Self.commands {
      let answer = try await place.shell(Self.shell(command))
      let text = answer.output + answer.error
      #expect(Self.isHarmless(text), "\(command): \(text.debugDescription)")
      if text.contains("u{1b}") || text.contains("u001b") || text.contains("x1b") { shown += 1 }
    }
    // That the commands print what could do harm, and do not merely fail before.
    #expect(shown > 25, "\(shown) of \(Self.commands.count)")
  }

  /// On a terminal our own colours live on, and JSON is the same value without what it would obey.
  @Test func aTerminalGetsColoursAndHarmlessJSON() async throws {
    let place = try await makePlace()
    func onTerminal(_ command: String) async throws -> String {
      try place.write("unset NO_COLOR\n" + Self.shell(command) + "\n", to: "run.sh")
      let answer = try await place.shell("script -qec 'bash run.sh' /dev/null </dev/null")
      return answer.output.replacing("\r\n", with: "\n")
    }
    let text = try await onTerminal("bisect LOG MACHINE --to 8 --no-snapshots")
    #expect(text.contains("\u{1B}[1m") && text.contains("\u{1B}[33m~ n  2 → 3\u{1B}[0m"), "\(text)")
    let own = /\u{1B}\[(0|1|31|32|33)m|\r?\u{1B}\[K/
    #expect(Self.isHarmless(text.replacing(own, with: "")), "\(text.debugDescription)")
    for command in ["read LOG --ndjson", "export LOG"] {
      let piped = try await place.shell(Self.shell(command) + " 2>/dev/null")
      #expect(piped.output.contains("\u{202E}"), "what is read by programs is as it is")
      let shown = try await onTerminal(command + " 2>/dev/null")
      #expect(Self.isHarmless(shown), "\(command): \(shown.debugDescription)")
    }
    let state = try await onTerminal("state LOG MACHINE --at 5 --json")
    #expect(Self.isHarmless(state))
    let raw = try await place.shell(Self.shell("state LOG MACHINE --at 5 --json"))
    #expect(try Answer(status: 0, output: state, error: "").json()["state"] == raw.json()["state"])
  }

  /// A name with controls is suggested so that a shell takes it.
  @Test func suggestedCommandsWorkWhateverTheNames() async throws {
    let place = try await makePlace()
    let text = try await place.shell(Self.shell("bisect LOG MACHINE --to 8"))
    let suggested = text.output.split(separator: "\n").filter { $0.contains("evlog why") }
    #expect(suggested.count == 1)
    for line in suggested {
      let command = line.drop { $0 == " " }.replacing("next", with: "").drop { $0 == " " }
      let answer = try await place.shell(command + " --to 8")
      #expect(answer.status == 1 || answer.status == 0, "\(command): \(answer.error)")
      #expect(answer.output.contains("WHY  offset 2"), "\(command): \(answer.error)")
    }
  }

  /// An error names what is wrong; it does not repeat megabytes of it.
  @Test func errorsAreShort() async throws {
    let place = try Workplace()
    let long = String(repeating: "x", count: 2_000_000)
    try place.write(#"{"stream":"s","type":"t","\#(long)":1}"#, to: "key.ndjson")
    try place.write(
      #"{"stream":"s","type":"t","data":{"n":1\#(long.replacing("x", with: "0"))}}"#, to: "n")
    try place.write(
      "machine('m', 1, {initial: {n: 0}, on: {t: (s, e) => { s.n = Number(e.data.n) + 1;"
        + " throw new Error('x'.repeat(2000000)) }}})", to: "m.js")
    #expect(try await place.evlog("import", "n.evlog", "n").status == 0)
    for command in [
      "import a.evlog key.ndjson", "replay n.evlog --machine m.js", "read n.evlog",
      "bisect n.evlog --machine m.js", "audit n.evlog --machine m.js",
    ] {
      let answer = try await place.shell("evlog \(command)")
      #expect(answer.error.utf8.count < 9000, "\(command): \(answer.error.utf8.count)")
      #expect(answer.output.utf8.count < 9000, "\(command): \(answer.output.utf8.count)")
    }
    let key = try await place.evlog("import", "a.evlog", "key.ndjson")
    #expect(key.error.contains("more bytes) …") && key.error.contains("--ignore-field"))
  }

  /// A process that may have few addresses says so; it does not print what only its makers can read.
  @Test func tooFewAddressesAreSaid() async throws {
    let place = try Workplace()
    try place.addShop()
    #expect(try await place.evlog("import", "shop.evlog", "events.ndjson.gz").status == 0)
    let script = try await place.shell(
      "unset SWIFT_BACKTRACE; ulimit -v 1000000; evlog replay shop.evlog --machine shop.js")
    #expect(script.status == 74)
    #expect(script.error.contains("need 6.0 GiB of address space"), "\(script.error)")
    let line = #"{"stream":"s","type":"t","data":""# + String(repeating: "x", count: 60_000_000)
    try place.write(line + "\"}", to: "long")
    let crash = try await place.shell(
      "unset SWIFT_BACKTRACE; ulimit -v 300000; evlog import a.evlog long")
    #expect(crash.status != 0)
    #expect(crash.error.contains("(ulimit -v), which may be too little"), "\(crash.error)")
    #expect(crash.error.split(separator: "\n").count <= 4, "\(crash.error)")
  }
}
