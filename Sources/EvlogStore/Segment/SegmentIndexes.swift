/// The contents of a segment's index, collected from the events themselves.
///
/// An active segment keeps one in memory; the sealer writes one; a check of a sealed segment collects it again
/// and compares.
struct SegmentIndexes: Sendable {
  /// The first offset that it may hold.
  let base: Offset
  private(set) var streams = NameTable()
  /// The types, and the content types without events.
  private(set) var types = NameTable()
  private(set) var typeCounts: [UInt64] = []
  /// By stream: the revision of its last event here less the number of those before it here (of its
  /// first one, where none is missing), and how many there are.
  private(set) var firstRevisions: [UInt64] = []
  private(set) var streamCounts: [UInt64] = []
  /// By event: its stream.
  private var streamOf: [UInt32] = []
  private(set) var times: ClosedRange<Timestamp>?
  private(set) var turns: [Turn] = []
  private var isInTurnWithID = false
  /// By name of the block that was added last: its number among the streams, or among the types.
  private(set) var numbers: [UInt32] = []

  struct Turn: Sendable {
    var hash: UInt64
    var offsets: Range<Offset>
  }

  /// What damage leaves out.
  private static let noStream = UInt32.max

  init(base: Offset) { self.base = base }

  /// The end of what was collected.
  var end: Offset { base + UInt64(streamOf.count) }

  /// Adds all the events of a block that follows what was collected.
  mutating func add(_ block: EventBlock, hashes: [UInt64]) {
    if block.firstOffset > end {
      let gap = repeatElement(Self.noStream, count: Int(block.firstOffset - end))
      streamOf.append(contentsOf: gap)
    }
    lookUp(block, hashes)
    streamOf.reserveCapacity(streamOf.count + block.count)
    var first = times?.lowerBound.nanoseconds ?? .max
    var last = times?.upperBound.nanoseconds ?? .min
    for i in block.indices {
      let envelope = block.envelopes[i]
      let stream = Int(numbers[Int(envelope.stream)])
      // Where repair has left a gap in a stream, it is the last revision that must come out right.
      if envelope.revision > firstRevisions[stream] &+ streamCounts[stream] {
        firstRevisions[stream] = envelope.revision &- streamCounts[stream]
      }
      streamCounts[stream] &+= 1
      streamOf.append(UInt32(truncatingIfNeeded: stream))
      typeCounts[Int(numbers[Int(envelope.type)])] &+= 1
      first = min(first, envelope.time)
      last = max(last, envelope.time)
      if !envelope.flags.isDisjoint(with: [.beginsTurn, .turnID]) || isInTurnWithID {
        add(turnOf: block[i])
      }
    }
    if first <= last { times = Timestamp(nanoseconds: first)...Timestamp(nanoseconds: last) }
  }

  /// Looks up a block's names, once for all its events: streams come first among them.
  private mutating func lookUp(_ block: EventBlock, _ hashes: [UInt64]) {
    numbers.removeAll(keepingCapacity: true)
    for i in hashes.indices {
      if i < block.names.streamCount {
        if i % NameTable.prefetchCount == 0 {
          streams.prefetch(hashes[i..<block.names.streamCount].prefix(NameTable.prefetchCount))
        }
        numbers.append(UInt32(truncatingIfNeeded: streams.add(block.name(i), hash: hashes[i])))
      } else {
        numbers.append(UInt32(truncatingIfNeeded: types.add(block.name(i), hash: hashes[i])))
      }
    }
    while streamCounts.count < streams.count {
      streamCounts.append(0)
      firstRevisions.append(0)
    }
    while typeCounts.count < types.count { typeCounts.append(0) }
  }

  private mutating func add(turnOf event: EventView) {
    if event.beginsTurn {
      isInTurnWithID = event.envelope.flags.contains(.turnID)
      if isInTurnWithID {
        turns.append(
          Turn(hash: event.turnIDHash, offsets: event.offset..<(event.offset + 1)))
      }
    } else if isInTurnWithID, let last = turns.indices.last {
      turns[last].offsets = turns[last].offsets.lowerBound..<(event.offset + 1)
    }
  }

  /// Where a stream's events are.
  func offsets(ofStream stream: String) -> [Offset] {
    guard let number = streams.number(of: stream) else { return [] }
    var offsets: [Offset] = []
    offsets.reserveCapacity(Int(streamCounts[number]))
    for i in streamOf.indices where streamOf[i] == UInt32(number) {
      offsets.append(base + UInt64(i))
    }
    return offsets
  }

  func lastRevision(ofStream stream: String) -> Revision? {
    streams.number(of: stream).map { Revision(firstRevisions[$0] + streamCounts[$0] - 1) }
  }

  /// The places of every stream's events in the segment: those of stream `n` are at `starts[n]..<starts[n + 1]`.
  func placesByStream() -> StreamPlaces {
    var starts = [Int](repeating: 0, count: streams.count + 1)
    for number in 0..<streams.count {
      starts[number + 1] = starts[number] + Int(streamCounts[number])
    }
    var next = starts
    var places = [UInt32](repeating: 0, count: starts[streams.count])
    for i in streamOf.indices where streamOf[i] != Self.noStream {
      let number = Int(streamOf[i])
      places[next[number]] = UInt32(truncatingIfNeeded: i)
      next[number] &+= 1
    }
    return StreamPlaces(starts: starts, places: places)
  }

  /// Appends the entry of a stream in the index.
  ///
  /// With `blockEnds`, as formats 3 and 4 have it: the blocks with its events, where that says at which place each ends.
  func appendEntry(
    ofStream number: Int, _ all: StreamPlaces, blockEnds: [Int]? = nil, to bytes: inout [UInt8]
  ) {
    let places = all.places[all.starts[number]..<all.starts[number + 1]]
    let list: [UInt8]
    if let blockEnds {
      list = StreamEntry.blocks(of: places, blockEnds: blockEnds)
    } else {
      list = PlaceList.encoded(places)
    }
    StreamEntry.append(
      name: streams[number], firstRevision: firstRevisions[number], count: streamCounts[number],
      list: list, to: &bytes)
  }

  /// Where the events of all streams are.
  struct StreamPlaces {
    var starts: [Int]
    var places: [UInt32]
  }
}
