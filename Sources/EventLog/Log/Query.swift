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

  /// Whether it takes all the events of its range, so that no envelope decides anything.
  var wantsEveryEvent: Bool { stream == nil && types == nil && since == nil && until == nil }

  /// Whether any event between two times can match.
  func mayMatch(_ times: ClosedRange<Timestamp>?) -> Bool {
    guard let times else { return true }
    if let since, times.upperBound < since { return false }
    if let until, times.lowerBound >= until { return false }
    return true
  }

}

/// Which events of one block a query wants. Names are compared once for the block, byte by byte.
struct BlockFilter {
  private let query: Query
  private let isWantedType: [Bool]?
  private let isWantedStream: [Bool]?

  init(_ query: Query, _ block: EventBlock) {
    self.query = query
    let types = query.types.map { Set($0.map(Name.init)) }
    isWantedType = types.map { types in block.names.map { types.contains(Name($0)) } }
    isWantedStream = query.stream.map { stream in block.names.map { Name($0) == Name(stream) } }
  }

  func wants(_ envelope: EventBlock.Envelope) -> Bool {
    if let since = query.since, envelope.recordedAt < since { return false }
    if let until = query.until, envelope.recordedAt >= until { return false }
    if let isWantedType, !isWantedType[envelope.type] { return false }
    if let isWantedStream, !isWantedStream[envelope.stream] { return false }
    return true
  }
}
