public import EvlogCore

/// What a reducer may know about an event besides its payload. The event's time is the only clock.
public struct EventContext: Sendable, Hashable {
  /// The position in the log.
  public let offset: Offset
  /// The name of the event's log in a group of logs; nil for a log by itself.
  public let log: String?
  /// The stream of the event, even if the machine's scope is another one.
  public let stream: String
  /// The position in the stream.
  public let revision: Revision
  /// When the event happened: the reducer's only clock.
  public let time: Timestamp

  @inlinable
  public init(_ event: borrowing EventView) {
    offset = event.offset
    log = event.log
    stream = event.streamText
    revision = event.revision
    time = event.recordedAt
  }

  public init(_ event: RecordedEvent) {
    offset = event.offset
    log = event.log
    stream = event.stream
    revision = event.revision
    time = event.recordedAt
  }
}
