public import EvlogCore

/// Decides after which events a state is examined, in a run that is compared with others.
///
/// Examining a state costs as much as its text, so a large state is examined only once in as many events as pay
/// for it. That depends on the events and states alone, so equal runs examine states after the same events. It
/// belongs to one run.
public final class StateLooks: @unchecked Sendable {
  /// So many bytes of text are made for each event, if not one state is larger than the log.
  package static let bytesPerEvent = 256

  /// From here on every so many events, whatever the states' size.
  package struct Closer: Sendable, Hashable {
    package let from: Offset
    package let every: UInt64

    package init(from: Offset, every: UInt64) {
      self.from = from
      self.every = max(1, every)
    }
  }

  package let closer: Closer?
  /// How many events there have been since the last look.
  package private(set) var passed: UInt64 = 0
  /// How many there must have been for the next.
  package private(set) var stride: UInt64 = 1
  /// The most events that there were from one look to the next.
  package private(set) var widest: UInt64 = 1

  package init(closer: Closer? = nil) { self.closer = closer }

  /// Counts an event; returns whether the state is to be examined after it.
  public func isDue(at offset: Offset) -> Bool {
    passed += 1
    if let closer, offset >= closer.from { return (offset - closer.from) % closer.every == 0 }
    return passed >= stride
  }

  /// Notes that a state with a text of this length was examined.
  package func took(_ count: Int) { note(stride: UInt64(count / Self.bytesPerEvent)) }

  /// Takes over the counts of another look at the same events.
  package func take(passed: UInt64, stride: UInt64, widest: UInt64) {
    (self.passed, self.stride, self.widest) = (passed, stride, widest)
  }

  private func note(stride count: UInt64) {
    widest = max(widest, passed)
    stride = max(1, count)
    passed = 0
  }

  /// Examines a text.
  public func number(of text: [UInt8]) -> UInt64 {
    took(text.count)
    return Digest(of: text).low
  }
}
