import Foundation
import Testing

/// A page of the documentation whose commands are run, and print what the page says.
@Suite struct WorkedPageTests {
  /// A page as lines, of which some are files to be written and some are commands with their output.
  private struct Page {
    struct Command {
      var line: String
      var output: [String] = []
      /// Where the output stands in the page.
      var range: Range<Int>
    }

    enum Step {
      case file(name: String, text: String)
      case command(Command)
    }

    let lines: [String]
    private(set) var steps: [Step] = []

    /// A block of JavaScript is the file that the line before it names; in a block without a language, `$` begins a command.
    init(_ text: String) {
      lines = text.components(separatedBy: "\n")
      var i = 0
      var named = ""
      while i < lines.count {
        let line = lines[i]
        guard line.hasPrefix("```") else {
          if !line.isEmpty { named = line }
          i += 1
          continue
        }
        let end = lines[(i + 1)...].firstIndex(of: "```") ?? lines.count
        let body = (i + 1)..<end
        if line == "```js", let name = named.firstMatch(of: #/`([a-z-]+\.js)`/#) {
          steps.append(
            .file(name: String(name.1), text: lines[body].joined(separator: "\n") + "\n"))
        } else if line == "```" {
          addCommands(in: body)
        }
        i = end + 1
      }
    }

    private mutating func addCommands(in body: Range<Int>) {
      var command: Command?
      for i in body {
        if lines[i].hasPrefix("$ ") {
          if let command { steps.append(.command(command)) }
          command = Command(line: String(lines[i].dropFirst(2)), range: (i + 1)..<(i + 1))
        } else {
          command?.output.append(lines[i])
          let start = command?.range.lowerBound ?? i
          command?.range = start..<(i + 1)
        }
      }
      if let command { steps.append(.command(command)) }
    }
  }

  /// What a machine does in another time on another day.
  private func withoutTimes(_ line: String) -> String {
    line.replacing(#/\b\d+(\.\d+)? (µs|ms|s|min)\b/#, with: "TIME")
  }

  /// Runs a page. With `RECORD_GOLDEN`, what is printed is put into the page.
  private func run(_ name: String, _ place: Workplace) async throws {
    let file = packageFolder.appending(path: "Documentation/\(name)")
    let page = Page(try String(contentsOf: file, encoding: .utf8))
    var recorded = page.lines
    var shift = 0
    var count = 0
    for step in page.steps {
      switch step {
      case .file(let name, let text): try place.write(text, to: name)
      case .command(let command):
        count += 1
        let answer = try await place.shell("( \(command.line) ) 2>&1")
        var output = answer.output.components(separatedBy: "\n")
        if output.last?.isEmpty == true { output.removeLast() }
        #expect(
          output.map(withoutTimes) == command.output.map(withoutTimes), "\(name): \(command.line)")
        recorded.replaceSubrange(
          (command.range.lowerBound + shift)..<(command.range.upperBound + shift), with: output)
        shift += output.count - command.output.count
      }
    }
    #expect(count > 0)
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] != nil {
      try recorded.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    }
  }

  @Test func fromAnyToAMachineYouTrust() async throws {
    let place = try Workplace()
    try place.addShop()
    try await run("Trust.md", place)
  }
}
