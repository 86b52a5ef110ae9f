public import EvlogCore

/// A maximal run of cuts at which an invariant is violated.
public struct Episode: Sendable, Hashable {
  /// The stream or key, for a machine with a state for each.
  public let key: String?
  /// The first violated cut.
  public let firstCut: Cut
  /// The cut at which the episode ends; nil if it lasts to the end of what was judged.
  public let endCut: Cut?
  /// Whether the invariant is known to hold where the episode ends; false if the next cut could not be judged.
  public let isHealed: Bool
  /// The number of violated cuts; with a state per key, of the key's events.
  public let violations: UInt64

  package init(
    key: String?, firstCut: Cut, endCut: Cut?, isHealed: Bool? = nil, violations: UInt64
  ) {
    self.key = key
    self.firstCut = firstCut
    self.endCut = endCut
    self.isHealed = isHealed ?? (endCut != nil)
    self.violations = violations
  }

  /// Whether the other one is at the same cuts, of whatever number of events.
  func isWhere(_ other: Episode) -> Bool {
    key == other.key && firstCut == other.firstCut && endCut == other.endCut
      && isHealed == other.isHealed
  }

  /// The event that broke the invariant; nil if the initial state violates it.
  public var brokenBy: Offset? { firstCut.offsetBefore }
  /// The event after which the invariant held again; nil if it is not known to have healed.
  public var healedBy: Offset? { isHealed ? endCut?.offsetBefore : nil }
}

/// How the episodes of an invariant end.
public enum EpisodeClass: String, Sendable, Hashable, CaseIterable {
  /// Broken once, and never known to have healed.
  case latched
  /// Every episode healed.
  case transient
  /// Healed at least once, and broken at the end.
  case flapping

  init?(_ episodes: [Episode]) {
    guard !episodes.isEmpty else { return nil }
    let openCount = episodes.count { !$0.isHealed }
    if openCount == 0 {
      self = .transient
    } else {
      self = openCount == episodes.count ? .latched : .flapping
    }
  }
}

/// How strong an answer is.
public enum Guarantee: Sendable, Hashable {
  /// Every cut up to the answer was judged, and none was undefined.
  case exact
  /// Of two neighbouring cuts, the first is good and the second bad; there may be earlier bad ones.
  case boundary
  /// The first violated cut, if there is one, lies in this range, where some cuts could not be judged.
  case range(ClosedRange<Cut>)

  /// The guarantee in one word.
  public var name: String {
    switch self {
    case .exact: "exact"
    case .boundary: "boundary"
    case .range: "range"
    }
  }
}
