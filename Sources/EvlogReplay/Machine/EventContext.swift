public import EvlogStore

/// What a reducer may know of an event beside its payload. Its time is the only clock there is.
public struct EventContext: Sendable, Hashable {
  /// The position in the log.
  public let offset: Offset
  /// The stream of the event, also where a machine's scope is another one.
  public let stream: String
  /// The position in the stream.
  public let revision: Revision
  /// When it happened: the only clock that a reducer has.
  public let time: Timestamp

  @inlinable
  public init(_ event: borrowing EventView) {
    offset = event.offset
    stream = event.streamText
    revision = event.revision
    time = event.recordedAt
  }

  public init(_ event: RecordedEvent) {
    offset = event.offset
    stream = event.stream
    revision = event.revision
    time = event.recordedAt
  }
}
