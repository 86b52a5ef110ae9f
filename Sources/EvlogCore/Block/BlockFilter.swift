/// Which events of one block a query wants. Names are compared once for the block, byte by byte.
package struct BlockFilter {
  private let query: Query
  private let offsets: Range<Offset>
  private let firstOffset: Offset
  private let isWantedType: [Bool]?
  private let isWantedStream: [Bool]?

  package init(_ query: Query, _ types: NameTable?, _ block: EventBlock, _ range: Range<Offset>) {
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
