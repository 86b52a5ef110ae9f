import ArgumentParser
import EvlogAnswers

/// Whether an answer is also written as a page.
struct PageOptions: ParsableArguments {
  @Option(
    help: "Also write the answer as a page for a browser.", completion: .file(extensions: ["html"]))
  var html: String?
  @Flag(help: "With --html: replace the file if it exists.") var force = false

  func validate() throws {
    if force, html == nil { throw ValidationError("--force is for --html.") }
  }

  /// The file, which is refused before the question is asked if it cannot be written; nil if none is wanted.
  func open() throws -> AnswerFile? {
    try html.map { AnswerFile(file: try OutputFile($0, replacing: force)) }
  }
}

/// The file of an answer.
struct AnswerFile {
  let file: OutputFile

  func write(_ answer: some Answer) throws {
    let page = AnswerPage.html(of: try answer.shownJSON(), command: Self.command)
    try file.write(Array(page.utf8))
    try file.finish()
  }

  /// The command line, without what says where its answer goes.
  private static var command: String {
    var words: [String] = []
    var rest = CommandLine.arguments.dropFirst()[...]
    while let word = rest.popFirst() {
      if word == "--html" {
        rest = rest.dropFirst()
      } else if !word.hasPrefix("--html="), !["--force", "--json"].contains(word) {
        words.append(Words.shell(word))
      }
    }
    return ([EvlogTool.name] + words).joined(separator: " ")
  }
}
