/// Which events to read, and in which order.
public struct Query: Sendable, Hashable {
  /// The cut from which to read on; 0 by default.
  public var from: Cut
  /// The cut at which to stop; the log's end by default.
  public var to: Cut?
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
  /// At most this many events.
  public var limit: Int?

  public init(
    from: Cut = 0, to: Cut? = nil, stream: String? = nil, types: Set<String>? = nil,
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

  /// The events at some offsets, in their order.
  public init(_ offsets: Range<Offset>) {
    self.init(from: offsets.cutBefore, to: offsets.cutAfter)
  }

  /// Whether it takes all the events of its range, so that no envelope decides anything.
  package var wantsEveryEvent: Bool {
    stream == nil && types == nil && since == nil && until == nil
  }

  /// Whether any event between two times can match.
  package func mayMatch(_ times: ClosedRange<Timestamp>?) -> Bool {
    guard let times else { return true }
    if let since, times.upperBound < since { return false }
    if let until, times.lowerBound >= until { return false }
    return true
  }
}
