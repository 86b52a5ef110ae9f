public import ArgumentParser
public import EvlogAnswers

/// The log, the machine and the options that evlog's verbs take, for a verb of a program's own.
///
///     struct Touches: AsyncParsableCommand {
///       @OptionGroup var question: QuestionOptions
///       @Argument var path: String
///
///       func run() async throws {
///         let blame = try await question.investigation()
///           .blame(StatePath(parsing: path), history: true)
///         print("\(blame.writers.count) events changed \(path)")
///       }
///     }
///
/// The log may be a group of logs, and the machine a script or one that is compiled in.
public struct QuestionOptions: ParsableArguments {
  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions

  public init() {}

  /// The machine over the log, ready to be asked.
  public func investigation() throws -> Investigation {
    machine.investigation(try machine.load(), of: try store.history())
  }

  /// Prints an answer as one JSON object if `--json` was given, and otherwise its text.
  public func print(_ answer: some Answer, text: @autoclosure () -> String) throws {
    try answer.print(asJSON: store.json) { Output.standard.line(text()) }
  }
}
