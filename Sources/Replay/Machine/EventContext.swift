public import EventLog

/// What a reducer may know of an event beside its payload. Its time is the only clock there is.
public struct EventContext: Sendable, Hashable {
  public let offset: UInt64
  public let stream: String
  public let revision: UInt64
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
