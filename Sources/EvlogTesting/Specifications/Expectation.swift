/// What was expected did not happen: a sentence that says both.
///
/// It is thrown, so that any test framework shows it: `try await Given(…).when(…).then(…)`.
public struct ExpectationFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
