public import EvlogContracts
public import EvlogMachine

/// A rate limiter: the generic cell rate algorithm, as in ATM networks. It refines ``TokenBucket``, and is refined by
/// it.
///
/// It admits at most the limit in any span of time, and all that the limit allows.
public struct GCRA: RateLimiter {
  public struct State: Codable, Sendable, Hashable {
    /// The time of the last request, in milliseconds.
    public var at = 0
    /// The theoretical arrival time: when the next request would come if all came evenly.
    public var arrival = 0
    /// What was decided about the last request.
    public var outcome = RateOutcome.none

    var ahead: Int { arrival - at }
  }

  public let limit: RateLimit

  public init(_ limit: RateLimit = RateLimit(burst: 3, interval: 2)) { self.limit = limit }

  public var name: String { "gcra" }
  public var initialState: State { State() }

  public func reduce(into state: inout State, _ event: RateRequest, _ context: EventContext) {
    guard case .request(let at) = event else { return }
    let now = max(state.at, min(at, RateLimit.latest))
    state.at = now
    state.arrival = max(state.arrival, now)
    state.outcome = state.ahead > limit.full - limit.interval ? .refused : .admitted
    if state.outcome == .admitted { state.arrival += limit.interval }
  }

  public var contract: Contract? { get throws { try requestContract } }
  public var invariants: [Invariant<Self>] { laws }
  public var exploration: Exploration<Self>? { requests }

  public var regions: Regions<State>? {
    let limit = limit
    return Regions(
      of: {
        $0.ahead > limit.full - limit.interval
          ? RateRegion.empty : $0.ahead > 0 ? .some : .full
      }, moves: Self.moves())
  }

  /// The bucket is as far from full as the theoretical arrival time is ahead.
  public var refines: (any RefinementMapping)? {
    let limit = limit
    return Refinement(of: Self.self, to: TokenBucket.self) {
      TokenBucket.State(at: $0.at, level: limit.full - $0.ahead, outcome: $0.outcome)
    }
  }

  static func at(_ state: State) -> Int { state.at }
  static func outcome(_ state: State) -> RateOutcome { state.outcome }
}
