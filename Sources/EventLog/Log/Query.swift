/// Which events to read, and in which order.
public struct Query: Sendable, Hashable {
  /// The first offset; 0 unless said.
  public var from: UInt64
  /// The offset before which to stop; the log's end unless said.
  public var to: UInt64?
  /// Only events of this stream.
  public var stream: String?
  /// Only events of these types.
  public var types: Set<String>?
  /// Only events that were recorded at this time or later.
  public var since: Timestamp?
  /// Only events that were recorded before this time.
  public var until: Timestamp?
  /// From the last event to the first.
  public var isBackwards: Bool
  /// At most so many events.
  public var limit: Int?

  public init(
    from: UInt64 = 0, to: UInt64? = nil, stream: String? = nil, types: Set<String>? = nil,
    since: Timestamp? = nil, until: Timestamp? = nil, isBackwards: Bool = false, limit: Int? = nil
  ) {
    self.from = from
    self.to = to
    self.stream = stream
    self.types = types
    self.since = since
    self.until = until
    self.isBackwards = isBackwards
    self.limit = limit
  }

  /// Whether any event between two times can match.
  func mayMatch(_ times: ClosedRange<Timestamp>?) -> Bool {
    guard let times else { return true }
    if let since, times.upperBound < since { return false }
    if let until, times.lowerBound >= until { return false }
    return true
  }

  func matches(_ envelope: EventBlock.Envelope, in block: EventBlock, at offset: UInt64) -> Bool {
    if offset < from { return false }
    if let to, offset >= to { return false }
    if let since, envelope.recordedAt < since { return false }
    if let until, envelope.recordedAt >= until { return false }
    if let types, !types.contains(block.names[envelope.type]) { return false }
    if let stream, block.names[envelope.stream] != stream { return false }
    return true
  }
}
