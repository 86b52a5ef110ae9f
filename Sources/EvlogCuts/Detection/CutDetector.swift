import EvlogCore

/// Finds out whether a predicate holds at a consistent cut, in some run that the edges allow or in every one.
///
///     let detector = CutDetector(try CausalOrder(of: causality) { times[$0.line][Int($0.offset)] })
///     let answer = try await detector.possibly(.count(leads, in: [2...Int.max]))
///     answer.first?.cut  // the first consistent cut with two leaders
///
/// It picks the method by the kind of the predicate, and says which.
public struct CutDetector: Sendable {
  /// The order whose first event is looked for.
  public let order: CausalOrder
  /// How many workers enumerate cuts. Answers are the same for any number.
  public var workers: Int
  /// The most cuts that are enumerated.
  public var cutLimit: UInt64
  /// The most bytes that two levels of cuts may take, where levels are needed.
  public var memoryLimit: Int
  /// How many intervals a sum is bounded over at once, at first.
  var stretchLength = 4096

  public init(
    _ order: CausalOrder, workers: Int = 1, cutLimit: UInt64 = .max, memoryLimit: Int = 1 << 30
  ) {
    precondition(workers > 0, "at least one worker")
    self.order = order
    self.workers = workers
    self.cutLimit = cutLimit
    self.memoryLimit = memoryLimit
  }

  var causality: Causality { order.causality }

  /// The first consistent cut at which a predicate holds: of the events of the order, the first by which such a
  /// cut became possible, and the least cut among those.
  ///
  /// Events that are appended change nothing of it, if the order goes on. Throws `CancellationError` where the
  /// task is cancelled; rethrows what judges throw.
  /// `known` is what an earlier answer found out; it is used where cuts are enumerated, unless they are more than
  /// ``cutLimit``.
  public func possibly(
    _ predicate: CutPredicate, after known: KnownIntervals = KnownIntervals()
  ) async throws -> Possibly {
    predicate.checkLines(of: causality)
    switch predicate {
    case .conjunction(let predicates):
      return possibly(Conjunction(predicates, of: causality).leastCut(), .conjunctive)
    case .disjunction(let predicates):
      return possibly(firstCut(ofAny: predicates), .disjunctive)
    case .count(let predicates, let ranges):
      return try await possiblySum(
        LocalVariable.counting(predicates),
        ranges.map { Int64($0.lowerBound)...Int64($0.upperBound) })
    case .sum(let variables, let ranges):
      return try await possiblySum(variables, ranges)
    case .stable(let makeJudge):
      return try possiblyStable(makeJudge())
    case .general(let makeJudge):
      return try await enumerate(makeJudge, after: known)
    }
  }

  /// The number of consistent cuts, by enumeration with all workers; nil if there are more than ``cutLimit``.
  public func consistentCutCount() async throws -> UInt64? {
    let outcome = try await search.run(nil)
    return outcome.isStopped ? nil : outcome.cuts
  }

  private var search: IntervalSearch {
    IntervalSearch(order: order, workers: workers, limit: cutLimit)
  }

  func enumerate(
    _ makeJudge: @escaping @Sendable () throws -> CutJudge,
    after known: KnownIntervals = KnownIntervals()
  ) async throws -> Possibly {
    var search = search
    if known.cuts <= cutLimit, known.count <= search.intervalCount { search.known = known }
    let outcome = try await search.run { try makeJudge() }
    return Possibly(
      first: outcome.found.map(witness), method: .enumeration,
      extent: outcome.isStopped
        ? .bounded(lookedAt: UInt64(outcome.intervals), of: UInt64(search.intervalCount)) : .exact,
      cutCount: outcome.cuts,
      known: KnownIntervals(count: outcome.intervals, cuts: outcome.wholeCuts))
  }

  /// A cut, and the last of its events in the order.
  private func witness(_ cut: [UInt32]) -> CutWitness {
    CutWitness(
      offset: Cut(order.index(including: cut)).offsetBefore, cut: causality.cut(cut))
  }

  func possibly(_ cut: [UInt32]?, _ method: DetectionMethod, cutCount: UInt64 = 0) -> Possibly {
    Possibly(first: cut.map(witness), method: method, extent: .exact, cutCount: cutCount)
  }

  // MARK: - Disjunctions

  /// The least cut of the first event of the order after which one of some local predicates holds.
  private func firstCut(ofAny predicates: [LocalPredicate]) -> [UInt32]? {
    predicates.compactMap { predicate -> (index: Int, cut: [UInt32])? in
      var next = predicate.first(from: 0)
      while let position = next {
        var cut = [UInt32](repeating: 0, count: causality.width)
        if position > 0 { causality.join(&cut, predicate.line, before: position) }
        // Inside an atomic group there is no consistent cut.
        if cut[predicate.line] == position { return (order.index(including: cut), cut) }
        next = predicate.first(from: position + 1)
      }
      return nil
    }.min { $0.index < $1.index }?.cut
  }
}
