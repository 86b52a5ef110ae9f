/// What happens to an event that a projection cannot apply.
public struct FailurePolicy: Sendable, Hashable {
  /// What is done if the event has failed for good.
  public enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// The projection stops before the event, and the error names the event.
    case stop
    /// The event is skipped, and recorded.
    case skip
    /// The event and all later ones of its stream are left out, and recorded; other streams go on.
    case quarantine
  }

  /// What is done after the last retry.
  public var outcome: Outcome
  /// How often to retry before that.
  public var retries: Int
  /// The wait before the first retry; each further wait is twice as long, up to a minute.
  public var pause: Duration

  /// A policy that retries first; a negative number means no retries.
  public init(_ outcome: Outcome, retries: Int = 0, pause: Duration = .milliseconds(100)) {
    self.outcome = outcome
    self.retries = max(0, retries)
    self.pause = pause
  }

  /// Stops at once, without retries.
  public static let stop: FailurePolicy = .init(.stop)
  /// Skips the event at once, without retries.
  public static let skip: FailurePolicy = .init(.skip)
  /// Leaves the stream out at once, without retries.
  public static let quarantine: FailurePolicy = .init(.quarantine)

  /// The wait before a retry; the first retry is 0.
  func pause(before retry: Int) -> Duration { min(pause * (1 << min(retry, 20)), .seconds(60)) }
}
