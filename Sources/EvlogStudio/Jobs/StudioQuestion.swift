package import EvlogJSON

/// A question that may take long, as the page asks it.
package struct StudioQuestion: Sendable {
  /// The question's name, which is that of the verb.
  package let question: String
  /// The log, and the machine, as they were typed.
  package let log: String
  package let machine: String?
  /// The machine of another subject, to compare with.
  package let against: String?
  package let parameters: JSONValue
}

/// The command line that answers a question.
package struct StudioCommandLine: Sendable {
  package let arguments: [String]
  /// How it would be typed.
  package let shown: String

  package init(arguments: [String], shown: String) {
    self.arguments = arguments
    self.shown = shown
  }
}

/// How questions are answered in another process: by the same program, so that the page and the command cannot differ,
/// and so that a machine that takes its process down takes no more than that.
package struct StudioProgram: Sendable {
  package let executable: String
  package let command: @Sendable (StudioQuestion) throws -> StudioCommandLine
  /// What the lines begin with in which the process tells how far it is, and its answer.
  package let mark: String

  package init(
    executable: String, mark: String,
    command: @escaping @Sendable (StudioQuestion) throws -> StudioCommandLine
  ) {
    self.executable = executable
    self.mark = mark
    self.command = command
  }
}
