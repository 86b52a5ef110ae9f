/// An expectation was not met: a sentence with what was expected and what was found.
///
/// It is thrown, so that any test framework shows it: `try await Given(…).when(…).then(…)`.
public struct ExpectationFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
