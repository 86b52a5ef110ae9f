/// A machine with one small change, which its laws should notice.
///
/// After DeMillo, Lipton and Sayward, "Hints on test data selection", 1978: a law that no mutant breaks says little.
public struct Mutant: Sendable {
  /// What was changed: where in the source, from what to what.
  public let change: Change
  /// Makes the machine. Throws if the change is not one that a machine can have.
  public let program: @Sendable () throws -> any Program

  public struct Change: Codable, Sendable, Hashable {
    /// The file, if it is that of a part; nil for the machine's own.
    public let file: String?
    /// Counted from 1.
    public let line: Int
    /// The line as it was.
    public let text: String
    public let before, after: String

    public init(file: String? = nil, line: Int, text: String, before: String, after: String) {
      (self.file, self.line, self.text) = (file, line, text)
      (self.before, self.after) = (before, after)
    }
  }

  public init(_ change: Change, program: @escaping @Sendable () throws -> any Program) {
    self.change = change
    self.program = program
  }
}
