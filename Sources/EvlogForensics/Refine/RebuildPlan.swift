public import EvlogCore

/// The states of an older machine, and what was made from them, that must be rebuilt when a newer machine takes its
/// place.
///
/// The plan is proven for one history, by running both machines over it. It says nothing about later events.
public struct RebuildPlan: Sendable, Hashable {
  /// The extent of the rebuild.
  public enum Kind: String, Sendable, CaseIterable {
    /// Nothing: the states are equal at every cut.
    case nothing
    /// Everything after a cut.
    case from
    /// The states of some streams or keys.
    case keys
    /// Everything.
    case all
  }

  public let kind: Kind
  /// The last cut up to which all states are equal; nil if they are equal at no cut, or at every one.
  public let cut: Cut?
  /// The streams or keys whose states differ at some cut, sorted.
  public let keys: [String]

  package init(_ kind: Kind, cut: Cut? = nil, keys: [String] = []) {
    (self.kind, self.cut, self.keys) = (kind, cut, keys)
  }
}
