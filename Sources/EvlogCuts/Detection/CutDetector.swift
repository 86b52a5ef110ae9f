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
  public func possibly(_ predicate: CutPredicate) async throws -> Possibly {
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
      return try await enumerate(makeJudge)
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

  private func enumerate(_ makeJudge: @escaping @Sendable () throws -> CutJudge) async throws
    -> Possibly
  {
    let outcome = try await search.run { try makeJudge() }
    return Possibly(
      first: outcome.found.map(witness), method: .enumeration,
      extent: outcome.isStopped
        ? .bounded(lookedAt: UInt64(outcome.intervals), of: UInt64(search.intervalCount)) : .exact,
      cutCount: outcome.cuts)
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

  // MARK: - Whatever can be asked of all cuts below another at once

  private func possiblyStable(_ judge: CutJudge) throws -> Possibly {
    var cutCount: UInt64 = 0
    let first = try firstCut { _, upper in
      cutCount += 1
      return try judge(VisitedCut(upper.span, changed: 0..<upper.count))
    }
    return possibly(first, .stable, cutCount: cutCount)
  }

  /// Sums move by steps. Between two consistent cuts there is a way through consistent cuts, so a range that is
  /// at least as wide as the largest step cannot be jumped over.
  private func possiblySum(
    _ variables: [LocalVariable], _ ranges: [ClosedRange<Int64>]
  ) async throws -> Possibly {
    let bounds = SumBounds(causality: causality, variables: variables)
    let step = bounds.largestStep
    if ranges.allSatisfy({ $0.cannotBePassed(bySteps: step) }) {
      return possibly(try firstCut { try bounds.mayReach(ranges, from: $0, to: $1) }, .flow)
    }
    guard try bounds.mayReach(ranges) else { return possibly(nil, .flow) }
    return try await enumerate { bounds.judge(ranges) }
  }

  /// The first cut in lexical order of the first interval that has one, if it can be asked whether there is one
  /// between two consistent cuts: the first interval is found by a binary search, then the least position of
  /// each line in turn.
  private func firstCut(exists: (_ lower: [UInt32], _ upper: [UInt32]) throws -> Bool) throws
    -> [UInt32]?
  {
    var lower = [UInt32](repeating: 0, count: causality.width)
    guard try exists(lower, causality.counts) else { return nil }
    var (low, high) = (0, order.count)
    while low < high {
      try Task.checkCancellation()
      let middle = (low + high) / 2
      if try exists(lower, causality.nearestBelow(order.positions(before: middle))) {
        high = middle
      } else {
        low = middle + 1
      }
    }
    guard low > 0 else { return lower }
    var upper = order.positions(before: low)
    let line = order.line(at: low - 1)
    causality.join(&lower, line, before: upper[line])
    for line in upper.indices {
      var (low, high) = (lower[line], upper[line])
      while low < high {
        try Task.checkCancellation()
        let middle = low + (high - low) / 2
        var tried = upper
        tried[line] = middle
        if try exists(lower, causality.nearestBelow(tried)) {
          high = middle
        } else {
          low = middle + 1
        }
      }
      upper[line] = low
      upper = causality.nearestBelow(upper)
    }
    return upper
  }
}

extension ClosedRange<Int64> {
  /// Whether what goes from one side to the other by steps must be in the range in between.
  func cannotBePassed(bySteps step: UInt64) -> Bool {
    lowerBound == .min || upperBound == .max
      || step <= UInt64(bitPattern: upperBound &- lowerBound) + 1
  }
}
