package import EvlogCore

/// A group whose logs grow: what was read of it stays as it is, and it can be read again.
extension CausalHistory {
  /// How far each line's history was read at least.
  package var ends: [Cut] {
    causality.lines.enumerated().map { own($1.end, in: $0) }
  }

  /// The same group, as far as its logs are now.
  package func readAgain() throws -> CausalHistory {
    try CausalHistory(group, passing: nil, cacheFolder)
  }

  /// Whether another order of the same lines begins with this one.
  package func isBeginning(of other: CausalHistory) -> Bool {
    other.end >= end && order.digest(at: end) == other.order.digest(at: end)
  }
}
