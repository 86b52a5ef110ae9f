/// Why an engine did not answer, or cannot be followed.
package struct EngineError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Kind: Sendable, Hashable {
    /// The address is not one.
    case invalidAddress
    /// This program was built without the engine's library.
    case notBuiltIn
    /// There is no connection, or it ended.
    case unreachable
    /// The connection is there, but what was being read has to begin again.
    case interrupted
    /// The engine knows no source of the name.
    case notFound
    /// The engine refuses these credentials, or what they may do.
    case notPermitted
    /// The engine does not keep records, or not in such a way that they can be followed.
    case unsuitable
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    (self.kind, self.description) = (kind, description)
  }

  /// Whether it helps to try again.
  package var isTransient: Bool { kind == .unreachable || kind == .interrupted }
}
