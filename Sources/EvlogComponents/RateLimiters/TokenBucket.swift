public import EvlogContracts
public import EvlogMachine

/// A rate limiter: a token bucket. It refines ``GCRA``, and is refined by it.
///
/// It admits at most the limit in any span of time, and all that the limit allows.
public struct TokenBucket: RateLimiter {
  public struct State: Codable, Sendable, Hashable {
    /// The time of the last request, in milliseconds.
    public var at = 0
    /// What is in the bucket, in milliseconds: a token is worth the limit's interval.
    public var level: Int
    /// What was decided about the last request.
    public var outcome = RateOutcome.none
  }

  public let limit: RateLimit

  public init(_ limit: RateLimit = RateLimit(burst: 3, interval: 2)) { self.limit = limit }

  public var name: String { "token-bucket" }
  public var initialState: State { State(level: limit.full) }

  public func reduce(into state: inout State, _ event: RateRequest, _ context: EventContext) {
    guard case .request(let at) = event else { return }
    let now = max(state.at, min(at, RateLimit.latest))
    state.level = min(limit.full, state.level + now - state.at)
    state.at = now
    state.outcome = state.level < limit.interval ? .refused : .admitted
    if state.outcome == .admitted { state.level -= limit.interval }
  }

  public var contract: Contract? { get throws { try requestContract } }
  public var invariants: [Invariant<Self>] { laws }
  public var exploration: Exploration<Self>? { requests }

  public var regions: Regions<State>? {
    let limit = limit
    return Regions(
      of: { $0.level < limit.interval ? RateRegion.empty : $0.level < limit.full ? .some : .full },
      moves: Self.moves())
  }

  /// The bucket is as far from full as the theoretical arrival time is ahead.
  public var refines: (any RefinementMapping)? {
    let limit = limit
    return Refinement(of: Self.self, to: GCRA.self) {
      GCRA.State(at: $0.at, arrival: $0.at + limit.full - $0.level, outcome: $0.outcome)
    }
  }

  static func at(_ state: State) -> Int { state.at }
  static func outcome(_ state: State) -> RateOutcome { state.outcome }
}
