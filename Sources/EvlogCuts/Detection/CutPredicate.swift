public import EvlogCore

/// What may hold at a consistent cut. Each kind has its own method, which is faster the less it may say.
public enum CutPredicate: Sendable {
  /// All of some local predicates hold, such as "each process is in its critical section".
  case conjunction([LocalPredicate])
  /// At least one of some local predicates holds.
  case disjunction([LocalPredicate])
  /// So many of some local predicates hold as one of the ranges has in it: a symmetric predicate, such as
  /// "exactly one leader".
  case count([LocalPredicate], in: [ClosedRange<Int>])
  /// The sum of variables of the lines is in one of the ranges. Those that begin with `Int64.min` or end with
  /// `Int64.max` are open.
  case sum([LocalVariable], in: [ClosedRange<Int64>])
  /// What stays true once it is, in every run: a deadlock, the end of a computation. That it stays is not
  /// checked. The function makes a judge.
  case stable(@Sendable () throws -> CutJudge)
  /// Anything. The function makes a judge for each worker.
  case general(@Sendable () throws -> CutJudge)
}

extension CutPredicate {
  /// Traps where a local predicate or variable is not of a whole line of a causality.
  func checkLines(of causality: Causality) {
    let ends: [(line: Int, end: UInt32)] =
      switch self {
      case .conjunction(let all), .disjunction(let all), .count(let all, _):
        all.map { ($0.line, $0.end) }
      case .sum(let all, _): all.map { ($0.line, $0.end) }
      case .stable, .general: []
      }
    precondition(
      ends.allSatisfy {
        causality.counts.indices.contains($0.line) && causality.counts[$0.line] == $0.end
      },
      "predicates of whole lines")
  }
}

/// By which method an answer was found.
public enum DetectionMethod: String, Sendable, Hashable, Codable, CaseIterable {
  /// Conjunctions of local predicates (Garg and Waldecker 1994 and 1996).
  case conjunctive
  /// Disjunctions of local predicates: each run passes each cut of each line.
  case disjunctive
  /// Stable predicates: the last cut decides, and a binary search along the order finds the first.
  case stable
  /// Sums: the extremes by a minimum cut, and what lies between them is passed (Chase and Garg 1995; Mittal and
  /// Garg 2001).
  case flow
  /// All cuts, interval by interval.
  case enumeration
  /// A run that was tried, or the first and the last cut, decide.
  case run
  /// All cuts, level by level (Cooper and Marzullo 1991).
  case levels
}

/// How much an answer covers.
public enum DetectionExtent: Sendable, Hashable, Codable {
  /// The method is complete.
  case exact
  /// A limit was reached: so many intervals of all, or levels of at most so many, were looked at completely.
  case bounded(lookedAt: UInt64, of: UInt64)
}

/// A consistent cut at which a predicate holds.
public struct CutWitness: Sendable, Hashable {
  /// The event of the causal order by which such a cut became possible; nil if it is the cut before all events.
  public let offset: Offset?
  /// The cut. It is the first in lexical order of those that became possible by the event, so none of them is
  /// included in it.
  public let cut: VectorCut
}

/// Whether a predicate holds in some run that the edges allow.
public struct Possibly: Sendable, Hashable {
  /// The first possible cut; nil if none was found.
  public let first: CutWitness?
  public let method: DetectionMethod
  public let extent: DetectionExtent
  /// The number of cuts at which the predicate was evaluated, by now or by an earlier answer.
  public let cutCount: UInt64
  /// What is known for the next answer, after events were appended; nothing where no cuts were enumerated.
  public var known = KnownIntervals()
}

/// Whether a predicate holds at some time in every run that the edges allow.
public struct Definitely: Sendable, Hashable {
  /// Whether it does; nil if a limit was reached before that was known.
  public let holds: Bool?
  public let method: DetectionMethod
  public let extent: DetectionExtent
  /// The number of cuts at which the predicate was evaluated.
  public let cutCount: UInt64
}
