public import EvlogCore

/// A cut of several lines: the state after the first so many events of each.
///
///     let cut = try VectorCut("orders=5077,payments=812")
///     cut["payments"]  // 812
///
/// As sets of events, the cuts of the same lines are a lattice: `<=` is inclusion, ``join(_:)`` the union and
/// ``meet(_:)`` the intersection. All three need cuts that name the same lines in the same order.
public struct VectorCut: Sendable, Hashable {
  /// The names of the lines, in the order of the group.
  public let names: [String]
  /// The cut of each line, in the same order.
  public let positions: [Cut]

  /// The cut with a position for each name. Throws ``CausalityError`` for a name that cannot be written.
  public init(names: [String], positions: [Cut]) throws(CausalityError) {
    precondition(names.count == positions.count, "a position for each name")
    try Self.check(names)
    self.init(checked: names, positions)
  }

  /// For names that were checked before.
  init(checked names: [String], _ positions: [Cut]) {
    self.names = names
    self.positions = positions
  }

  /// The cut of a line; nil if the vector does not name it.
  public subscript(name: String) -> Cut? {
    names.firstIndex(of: name).map { positions[$0] }
  }

  /// The number of events in the cut.
  public var eventCount: UInt64 { positions.reduce(0) { $0 + UInt64($1) } }

  /// The same cut with its lines in the order of other names. Throws where those are not the same names.
  public func arranged(as others: [String]) throws(CausalityError) -> VectorCut {
    if names == others { return self }
    var arranged: [Cut] = []
    for name in others {
      guard let cut = self[name] else {
        throw CausalityError(.invalidCut, "The cut '\(self)' does not say where it is in '\(name)'")
      }
      arranged.append(cut)
    }
    if let name = names.first(where: { !others.contains($0) }) {
      throw CausalityError(
        .invalidCut,
        "The cut '\(self)' names '\(name)', which is not one of "
          + others.map { "'\($0)'" }.joined(separator: ", "))
    }
    return VectorCut(checked: others, arranged)
  }

  /// Names must be different, and must not be empty or hold `=`, `,` or `/`.
  static func check(_ names: [String]) throws(CausalityError) {
    var seen: Set<String> = []
    for name in names {
      if name.isEmpty { throw CausalityError(.invalidName, "A name is empty") }
      if let character = name.first(where: { "=,/".contains($0) }) {
        throw CausalityError(
          .invalidName, "The name '\(name)' holds '\(character)', which separates names in a cut")
      }
      if !seen.insert(name).inserted {
        throw CausalityError(.invalidName, "The name '\(name)' is there twice")
      }
    }
  }
}

// MARK: - The lattice

extension VectorCut {
  /// Whether every event of the first cut is in the second. It is a partial order: of two cuts, neither may
  /// include the other.
  public static func <= (a: VectorCut, b: VectorCut) -> Bool {
    precondition(a.names == b.names, "cuts of the same lines")
    return zip(a.positions, b.positions).allSatisfy { $0 <= $1 }
  }

  /// The least cut that includes both.
  public func join(_ other: VectorCut) -> VectorCut { combined(with: other, max) }

  /// The greatest cut that both include.
  public func meet(_ other: VectorCut) -> VectorCut { combined(with: other, min) }

  private func combined(with other: VectorCut, _ choose: (Cut, Cut) -> Cut) -> VectorCut {
    precondition(names == other.names, "cuts of the same lines")
    return VectorCut(checked: names, zip(positions, other.positions).map(choose))
  }
}
