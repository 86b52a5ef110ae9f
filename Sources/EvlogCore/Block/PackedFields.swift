/// The fields of a sealed block's envelopes: its types, the unit of its times, and runs of events.
package struct PackedFields: ~Escapable {
  /// A reader may look at so many bytes behind the fields.
  package static let slack = PackedColumn.slack

  /// The fields, with ``slack`` bytes behind them.
  let bytes: Span<UInt8>
  /// How many events there are.
  let count: Int
  private let types: Range<Int>
  private let unit: Int64
  /// Stands at the first run.
  private let runs: ByteReader

  /// - Parameter bytes: The fields, with ``slack`` bytes behind them.
  @_lifetime(copy bytes)
  package init(_ bytes: Span<UInt8>, count: Int) throws(ByteReader.Malformed) {
    guard bytes.count >= Self.slack else { throw ByteReader.Malformed(position: 0) }
    var reader = ByteReader(bytes.extracting(first: bytes.count - Self.slack))
    types = try reader.text()
    guard let unit = TimeUnit(rawValue: try reader.byte())?.nanoseconds else {
      throw ByteReader.Malformed(position: reader.position)
    }
    self.unit = unit
    self.bytes = bytes
    self.count = count
    runs = reader
  }

  /// The list of the types and content types.
  package var typeList: Span<UInt8> {
    @_lifetime(copy self) get { bytes.extracting(types) }
  }

  private func block(streamCount: Int, typeCount: Int, ids: Range<Int>) -> PackedRun.Block {
    PackedRun.Block(
      unit: unit, streamCount: streamCount, typeCount: typeCount, idsCount: ids.count,
      idsStart: ids.lowerBound, firstType: streamCount)
  }

  /// Decodes the envelopes of some events of the block, which has so many names and its ids there in the column;
  /// where they begin and end.
  @_lifetime(envelopes: copy envelopes)
  func decode(
    _ events: Range<Int>, streamCount: Int, typeCount: Int, ids: Range<Int>,
    into envelopes: inout MutableSpan<EventBlock.Envelope>
  ) throws(ByteReader.Malformed) -> Places {
    let block = block(streamCount: streamCount, typeCount: typeCount, ids: ids)
    var runs = runs
    var start = PackedRun.Place()
    // Where the run before ends, if its events were decoded.
    var end: PackedRun.Place? = start
    var first = 0
    while first < events.upperBound {
      let run = try PackedRun(&runs, count: min(PackedRun.eventCount, count &- first))
      if let end, !end.precedes(run.start) { throw ByteReader.Malformed(position: first) }
      let some = events.clamped(to: first..<(first &+ run.count))
      end = nil
      if !some.isEmpty {
        var place = run.place(of: some.lowerBound &- first, isStreamKnown: false, bytes)
        if some.lowerBound == events.lowerBound { start = place }
        for i in some {
          envelopes[i &- events.lowerBound] = try run.decode(
            i &- first, at: &place, block, stream: nil, firstPlace: first, bytes)
        }
        end = place
      }
      first &+= run.count
    }
    guard events.upperBound < count || runs.isAtEnd else {
      throw ByteReader.Malformed(position: first)
    }
    return Places(start: start, end: end ?? start)
  }

  /// Decodes the envelope of one event, whose stream is known: number 0. Its ids begin at 0.
  func decode(_ event: Int, idsCount: Int) throws(ByteReader.Malformed) -> (
    envelope: EventBlock.Envelope, places: Places
  ) {
    var names = ByteReader(typeList)
    let typeCount = try names.count(upTo: names.remaining)
    let block = block(streamCount: 0, typeCount: typeCount, ids: 0..<idsCount)
    var runs = runs
    for _ in 0..<event / PackedRun.eventCount {
      _ = try PackedRun(&runs, count: PackedRun.eventCount)
    }
    let first = event / PackedRun.eventCount * PackedRun.eventCount
    let run = try PackedRun(&runs, count: min(PackedRun.eventCount, count - first))
    var end = run.place(of: event - first, isStreamKnown: true, bytes)
    let start = end
    let envelope = try run.decode(
      event - first, at: &end, block, stream: 0, firstPlace: first, bytes)
    return (envelope, Places(start: start, end: end))
  }

  /// Where some events begin and end.
  struct Places {
    fileprivate var start: PackedRun.Place
    fileprivate var end: PackedRun.Place

    /// In the block's ids, and in its payloads.
    var ids: Range<Int>? { Self.range(start.ids, end.ids) }
    var payload: Range<Int>? { Self.range(start.payload, end.payload) }
    /// How many streams the block has up to their end.
    var streamCount: Int { end.streams }

    private static func range(_ start: Int, _ end: Int) -> Range<Int>? {
      start >= 0 && start <= end && end <= Int(UInt32.max) ? start..<end : nil
    }
  }
}
