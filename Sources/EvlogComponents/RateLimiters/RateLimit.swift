import EvlogContracts
import EvlogMachine

/// The limit that a rate limiter keeps: in any span of t milliseconds, at most `burst` + t / `interval` requests.
public struct RateLimit: Codable, Sendable, Hashable {
  /// How many requests may come at once.
  public let burst: Int
  /// How many milliseconds there are between requests that come evenly.
  public let interval: Int

  public init(burst: Int, interval: Int) {
    precondition(
      burst > 0 && interval > 0 && burst <= Self.latest / interval,
      "a limit needs a positive burst and interval, and their product must be exact")
    self.burst = burst
    self.interval = interval
  }

  /// What a full bucket holds: a token is worth `interval` milliseconds, so that there are no fractions.
  var full: Int { burst * interval }
}

/// A request to a rate limiter.
public enum RateRequest: Codable, Sendable, Hashable {
  /// A request at a time in milliseconds. One before the last counts as simultaneous with it.
  case request(at: Int)

  enum CodingKeys: String, CodingKey { case request = "Request" }
}

/// What a rate limiter decided about a request.
public enum RateOutcome: String, Codable, Sendable, Hashable { case none, admitted, refused }

/// Whether a rate limiter would admit a request now.
public enum RateRegion: String, CaseIterable, Sendable { case empty, some, full }

/// What the rate limiters share: the laws do not depend on how a limiter works.
protocol RateLimiter: Machine where Event == RateRequest {
  var limit: RateLimit { get }
  static func at(_ state: State) -> Int
  static func outcome(_ state: State) -> RateOutcome
}

extension RateLimiter {
  var laws: [Invariant<Self>] {
    let limit = limit
    return [
      .history("no span has more than the limit", initial: [Int]()) { admitted, _, _, after, _ in
        if Self.outcome(after) == .admitted { admitted.append(Self.at(after)) }
        return limit.allows(admitted)
      },
      .history("what the limit allows is admitted", initial: [Int]()) { admitted, _, _, after, _ in
        if Self.outcome(after) == .admitted {
          admitted.append(Self.at(after))
          return true
        }
        return !limit.allows(admitted + [Self.at(after)])
      },
      .step("time does not run backwards") { before, event, after, _ in
        guard case .request(let at) = event else { return true }
        return Self.at(after) >= Self.at(before) && Self.at(after) >= min(at, RateLimit.latest)
      },
    ]
  }

  static func moves() -> [RateRegion: [String: RegionMove<RateRegion>]] {
    Dictionary(
      uniqueKeysWithValues: RateRegion.allCases.map {
        ($0, ["Request": .allowed(to: [.some, .empty])])
      })
  }

  var requestContract: Contract {
    get throws {
      try Contract([EventContract("Request", ["at": .integer(0...RateLimit.latest)])])
    }
  }

  /// Requests at any of nine milliseconds, also at earlier ones than the last.
  var requests: Exploration<Self> { Exploration { _ in (0...8).map { .request(at: $0) } } }
}

extension RateLimit {
  /// The latest time of a request, in milliseconds; so that what comes after it is exact in every language.
  static let latest = 1 << 52

  /// Whether no span from one of these times to another has more of them than the limit allows.
  func allows(_ times: [Int]) -> Bool {
    times.indices.allSatisfy { i in
      times[i...].enumerated().allSatisfy { count, last in
        count + 1 <= burst + (last - times[i]) / interval
      }
    }
  }
}
