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
  private let offsets: Range<Offset>
  private let firstOffset: Offset
  private let isWantedType: [Bool]?
  private let isWantedStream: [Bool]?

  init(_ query: Query, _ types: NameTable?, _ block: EventBlock, _ range: Range<Offset>) {
    self.query = query
    offsets = range.clamped(to: block.storedOffsets)
    firstOffset = block.firstOffset
    isWantedType = types.map { types in
      block.names(among: block.typeNumbers) { types.number(of: $0, hash: hash64($0)) != nil }
    }
    isWantedStream = query.stream.map { stream in
      let stream = Array(stream.utf8)
      return block.names(among: 0..<block.names.streamCount) { isEqual($0, stream.span) }
    }
  }

  func wants(_ envelope: EventBlock.Envelope) -> Bool {
    guard offsets.contains(firstOffset + UInt64(envelope.place)) else { return false }
    if let since = query.since, envelope.time < since.nanoseconds { return false }
    if let until = query.until, envelope.time >= until.nanoseconds { return false }
    if let isWantedType, !isWantedType[Int(envelope.type)] { return false }
    if let isWantedStream, !isWantedStream[Int(envelope.stream)] { return false }
    return true
  }
}

extension EventBlock {
  /// By number, whether a name is one of some and matches; the others are not looked at.
  fileprivate func names(among numbers: Range<Int>, matching: (Span<UInt8>) -> Bool) -> [Bool] {
    nameNumbers.map { numbers.contains($0) && matching(name($0)) }
  }
}
