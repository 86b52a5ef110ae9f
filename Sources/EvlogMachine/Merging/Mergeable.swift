/// A value that can be brought together with another one of which it knows nothing: the state of a
/// conflict-free replicated data type (Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of
/// convergent and commutative replicated data types", 2011).
///
/// Merging is commutative, associative and idempotent, so that whoever has seen the same changes has the
/// same value, in whatever order they came and however often. `expectMergeLaws` of `EvlogTesting` tries
/// that on values of any type.
public protocol Mergeable: Equatable, Sendable {
  mutating func merge(_ other: Self)
}

extension Mergeable {
  /// Both brought together.
  public func merged(with other: Self) -> Self {
    var result = self
    result.merge(other)
    return result
  }
}
