public import EvlogCore
import EvlogJSON

/// A value; the last write wins.
///
/// The last write is the one with the latest time; at the same time, the one of the replica with the greater
/// name; and of two writes of one replica, the one with the greater canonical text. So of any two, one wins.
public struct MergeableRegister<Value: Codable & Equatable & Sendable>: Mergeable, Codable {
  public private(set) var value: Value
  private var nanoseconds: Int64
  private var replica: String

  public init(_ value: Value, at time: Timestamp, by replica: String) {
    self.value = value
    nanoseconds = time.nanoseconds
    self.replica = replica
  }

  /// The time of the write.
  public var time: Timestamp { Timestamp(nanoseconds: nanoseconds) }

  /// Writes a value, unless a later one is there.
  public mutating func set(_ value: Value, at time: Timestamp, by replica: String) {
    merge(MergeableRegister(value, at: time, by: replica))
  }

  public mutating func merge(_ other: MergeableRegister) { if precedes(other) { self = other } }

  private func precedes(_ other: MergeableRegister) -> Bool {
    if nanoseconds != other.nanoseconds { return nanoseconds < other.nanoseconds }
    if Name(replica) != Name(other.replica) { return Name(replica) < Name(other.replica) }
    if value == other.value { return false }
    // Values that cannot be encoded have no order, so that the first one stays.
    guard let mine = try? StateEncoder().canonicalBytes(of: value),
      let others = try? StateEncoder().canonicalBytes(of: other.value)
    else { return false }
    return mine.lexicographicallyPrecedes(others)
  }
}
