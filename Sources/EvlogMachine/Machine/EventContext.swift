public import EvlogCore

/// What a reducer may know about an event besides its payload. The event's time is the only clock.
public struct EventContext: Sendable, Hashable {
  // No more than six stored fields: the optimiser takes only such a value apart, and does not make the text of a
  // stream for a reducer that does not look at it.

  /// The position in the log.
  public let offset: Offset
  /// The stream of the event, even if the machine's scope is another one.
  public let stream: String
  /// The position in the stream.
  public let revision: Revision
  /// When the event happened: the reducer's only clock.
  public let time: Timestamp
  /// Whether its log is one of a group.
  @usableFromInline let isOfGroup: Bool

  /// The name of the event's log in a group of logs, with which the stream's name begins; nil for a log by itself.
  public var log: String? {
    isOfGroup
      ? String(decoding: stream.utf8.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self) : nil
  }

  @inlinable
  public init(_ event: borrowing EventView) {
    self.init(
      offset: event.offset, stream: event.streamText, revision: event.revision,
      time: event.recordedAt, isOfGroup: event.isOfGroup)
  }

  @inlinable
  init(offset: Offset, stream: String, revision: Revision, time: Timestamp, isOfGroup: Bool) {
    self.offset = offset
    self.stream = stream
    self.revision = revision
    self.time = time
    self.isOfGroup = isOfGroup
  }

  public init(_ event: RecordedEvent) {
    self.init(
      offset: event.offset, stream: event.stream, revision: event.revision,
      time: event.recordedAt, isOfGroup: event.log != nil)
  }
}
