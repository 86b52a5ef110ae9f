/// A number that is counted up and down on several replicas.
///
/// What each replica has added and subtracted is kept apart, and only grows; a merge takes the larger of both.
/// Each replica must count under a name of its own.
public struct MergeableCounter: Mergeable, Codable, Hashable {
  private struct Share: Codable, Hashable {
    var up: UInt64 = 0
    var down: UInt64 = 0
  }

  private var shares: [String: Share] = [:]

  public init() {}

  /// The sum of what was added, less what was subtracted.
  public var value: Int128 {
    shares.values.reduce(0) { $0 + Int128($1.up) - Int128($1.down) }
  }

  /// Adds an amount at a replica; a negative amount subtracts.
  public mutating func add(_ amount: Int64 = 1, at replica: String) {
    if amount >= 0 {
      shares[replica, default: Share()].up += amount.magnitude
    } else {
      shares[replica, default: Share()].down += amount.magnitude
    }
  }

  public mutating func merge(_ other: MergeableCounter) {
    shares.merge(other.shares) { Share(up: max($0.up, $1.up), down: max($0.down, $1.down)) }
  }
}
