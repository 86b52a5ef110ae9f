public import EvlogCore

/// A predicate over the state of one line: whether it holds at each of the line's cuts.
public struct LocalPredicate: Sendable {
  /// The index of the line.
  public let line: Int
  /// The last cut of the line.
  let end: UInt32
  /// The cuts at which it holds.
  private(set) var truth: RankedPositions

  private init(line: Int, end: Cut) {
    self.line = line
    self.end = UInt32(end)
    truth = RankedPositions(counts: [self.end])
  }

  /// A predicate that is evaluated at each cut from 0 to `end`, the last cut of the line.
  public init(line: Int, end: Cut, holds: (Cut) throws -> Bool) rethrows {
    self.init(line: line, end: end)
    for position in 0...self.end where try holds(Cut(UInt64(position))) {
      truth.insert(0, position)
    }
  }

  /// A predicate that holds in stretches of cuts, and nowhere else.
  public init(line: Int, end: Cut, stretches: some Sequence<Range<Cut>>) {
    self.init(line: line, end: end)
    for stretch in stretches {
      precondition(stretch.upperBound <= end + 1, "cuts of the line")
      for cut in stretch { truth.insert(0, UInt32(cut)) }
    }
  }

  /// The predicate that holds where this one does not.
  public var negated: LocalPredicate {
    var negated = LocalPredicate(line: line, end: Cut(UInt64(end)))
    for position in 0...end where !holds(position) { negated.truth.insert(0, position) }
    return negated
  }

  func holds(_ position: UInt32) -> Bool { truth.contains(0, position) }

  /// The first cut at a position or after it at which the predicate holds.
  func first(from position: UInt32) -> UInt32? {
    position > end ? nil : truth.next(0, from: position, before: end + 1)
  }

  /// The last cut of the stretch of truth that a position is in.
  func endOfStretch(_ position: UInt32) -> UInt32 {
    (truth.nextAbsent(0, from: position, before: end + 1) ?? end + 1) - 1
  }

  /// Where it holds at both cuts around an atomic group, it counts as holding inside, where no consistent cut
  /// is; and where it does not hold at both, as not holding.
  func throughGroups(of causality: Causality) -> LocalPredicate {
    guard causality.statistics.mutualPairs > 0 else { return self }
    var bridged = self
    for row in causality.rowStarts[line]..<causality.rowStarts[line + 1] {
      let before = causality.learners.position(ofRank: row, in: line)
      let after = causality.clocks[row * causality.width + line]
      guard after > before + 1 else { continue }
      // The first of the group in this line comes first, and says the same of all.
      for position in before + 1..<after {
        if bridged.holds(before) && holds(after) {
          bridged.truth.insert(0, position)
        } else {
          bridged.truth.remove(0, position)
        }
      }
    }
    return bridged
  }

  /// One predicate for each line that has some, combined.
  static func combined(
    _ predicates: [LocalPredicate], _ combine: (Bool, Bool) -> Bool
  ) -> [LocalPredicate] {
    Dictionary(grouping: predicates, by: \.line).values.map { all in
      all.dropFirst().reduce(all[0]) { a, b in
        LocalPredicate(line: a.line, end: Cut(UInt64(a.end))) { cut in
          combine(a.holds(UInt32(cut)), b.holds(UInt32(cut)))
        }
      }
    }.sorted { $0.line < $1.line }
  }
}

/// A whole number that one line has at each of its cuts, such as a balance.
public struct LocalVariable: Sendable {
  /// The index of the line.
  public let line: Int
  let end: UInt32
  /// The cuts at which the value is not what it was before; 0 is one of them.
  private(set) var changes: RankedPositions
  private var values: [Int64] = []

  /// A variable that is evaluated at each cut from 0 to `end`, the last cut of the line. Only its changes are
  /// kept.
  public init(line: Int, end: Cut, value: (Cut) throws -> Int64) rethrows {
    self.line = line
    self.end = UInt32(end)
    changes = RankedPositions(counts: [self.end])
    for position in 0...self.end {
      let value = try value(Cut(UInt64(position)))
      guard values.last != value else { continue }
      changes.insert(0, position)
      values.append(value)
    }
    changes.count()
  }

  /// The value at a cut.
  func value(at position: UInt32) -> Int64 {
    let rank = changes.rank(0, position)
    return values[changes.contains(0, position) ? rank : rank - 1]
  }

  /// The most by which an event changes the value.
  var largestStep: UInt64 {
    zip(values, values.dropFirst()).reduce(0) { max($0, ($1.1 - $1.0).magnitude) }
  }

  /// How many of some predicates of a line hold.
  static func counting(_ predicates: [LocalPredicate]) -> [LocalVariable] {
    Dictionary(grouping: predicates, by: \.line).sorted { $0.key < $1.key }.map { line, all in
      LocalVariable(line: line, end: Cut(UInt64(all[0].end))) { cut in
        Int64(all.count { $0.holds(UInt32(cut)) })
      }
    }
  }
}
