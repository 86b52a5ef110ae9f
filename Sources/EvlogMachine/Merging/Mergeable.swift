/// A value that can be merged with an independently changed one: the state of a conflict-free replicated data
/// type (Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of convergent and commutative
/// replicated data types", 2011).
///
/// Merging is commutative, associative and idempotent, so replicas that have seen the same changes have the
/// same value, in whatever order and however often the changes came. `expectMergeLaws` of `EvlogTesting` checks
/// that on values of any type.
public protocol Mergeable: Equatable, Sendable {
  mutating func merge(_ other: Self)
}

extension Mergeable {
  /// The two values merged.
  public func merged(with other: Self) -> Self {
    var result = self
    result.merge(other)
    return result
  }
}
