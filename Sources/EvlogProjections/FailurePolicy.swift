/// What becomes of an event that a projection cannot apply.
public struct FailurePolicy: Sendable, Hashable {
  /// What is done once it has failed for good.
  public enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// The projection stops before the event, and says which it is.
    case stop
    /// The event is passed over, and noted.
    case skip
    /// The event and all that follow in its stream are left out, and noted; other streams go on.
    case quarantine
  }

  /// What is done once the retries are over.
  public var outcome: Outcome
  /// How often it is tried again before that.
  public var retries: Int
  /// How long is waited before the first of these; each next one waits twice as long, a minute at most.
  public var pause: Duration

  /// A policy that retries first; less than no retries are none.
  public init(_ outcome: Outcome, retries: Int = 0, pause: Duration = .milliseconds(100)) {
    self.outcome = outcome
    self.retries = max(0, retries)
    self.pause = pause
  }

  /// Stops at once, without retries.
  public static let stop: FailurePolicy = .init(.stop)
  /// Passes over the event at once, without retries.
  public static let skip: FailurePolicy = .init(.skip)
  /// Leaves the stream out at once, without retries.
  public static let quarantine: FailurePolicy = .init(.quarantine)

  /// How long is waited before a retry, the first being 0.
  func pause(before retry: Int) -> Duration { min(pause * (1 << min(retry, 20)), .seconds(60)) }
}
