import ArgumentParser
import Evlog
import EvlogTool

/// A verb in one file: how many events changed a value.
struct Touches: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Count the events that changed the value at a path of the state.")

  @OptionGroup var question: QuestionOptions
  @Argument(help: "The path in the state.") var path: String
  @Option(help: "The stream or key whose state is meant.") var key: String?

  struct Count: Answer {
    var question: String { "touches" }
    let path: StatePath
    @Nullable var key: String?
    let events: Int
  }

  func run() async throws {
    let blame = try await question.investigation()
      .blame(StatePath(parsing: path), ofKey: key, history: true)
    let count = Count(
      path: blame.path, key: Nullable(wrappedValue: blame.key), events: blame.writers.count)
    let whose = count.key.map { " of \($0)" } ?? ""
    try question.print(count, text: "\(count.events) events changed \(count.path)\(whose)")
  }
}
