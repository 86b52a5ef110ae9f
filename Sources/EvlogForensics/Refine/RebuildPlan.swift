public import EvlogCore

/// What must be computed again of what an older machine's states were kept for, once a newer one takes its place:
/// snapshots, and tables.
///
/// It is proven for one history, by running both machines over it, and says nothing about events to come.
public struct RebuildPlan: Sendable, Hashable {
  /// How much.
  public enum Kind: String, Sendable, CaseIterable {
    /// Nothing: the states are the same at every cut.
    case nothing
    /// What comes after a cut.
    case from
    /// What belongs to some streams or keys.
    case keys
    /// Everything.
    case all
  }

  public let kind: Kind
  /// The last cut up to which all states are the same; nil if none is, or every one.
  public let cut: Cut?
  /// The streams or keys whose states differ at some cut, sorted.
  public let keys: [String]

  package init(_ kind: Kind, cut: Cut? = nil, keys: [String] = []) {
    (self.kind, self.cut, self.keys) = (kind, cut, keys)
  }
}
