/// What the index of a segment says of its events, collected from the events themselves.
///
/// The sealer writes it; whoever checks a sealed segment collects it again and compares.
struct SegmentIndexes {
  private(set) var streams: [Name: StreamPlaces] = [:]
  private(set) var types: [Name: UInt64] = [:]
  private(set) var times: ClosedRange<Timestamp>?
  private var turns: [(hash: UInt64, offsets: Range<UInt64>)] = []
  private var isInTurnWithID = false

  mutating func add(_ event: RecordedEvent) {
    streams[
      Name(event.stream), default: StreamPlaces(firstRevision: event.revision, offsets: [])
    ].offsets.append(event.offset)
    types[Name(event.type), default: 0] += 1
    times =
      times.map { min($0.lowerBound, event.recordedAt)...max($0.upperBound, event.recordedAt) }
      ?? event.recordedAt...event.recordedAt
    if event.beginsTurn { isInTurnWithID = event.turnID != nil }
    if let id = event.turnID {
      turns.append((SealedSegment.hash(ofTurn: id), event.offset..<(event.offset + 1)))
    } else if isInTurnWithID, let last = turns.indices.last {
      turns[last].offsets = turns[last].offsets.lowerBound..<(event.offset + 1)
    }
  }

  func turnsSection() -> [UInt8] {
    var bytes: [UInt8] = []
    let sorted = turns.sorted {
      ($0.hash, $0.offsets.lowerBound) < ($1.hash, $1.offsets.lowerBound)
    }
    for (hash, offsets) in sorted {
      bytes.appendLittleEndian(hash)
      bytes.appendLittleEndian(offsets.lowerBound)
      bytes.appendLittleEndian(UInt64(offsets.count))
    }
    return bytes
  }
}

extension SealedSegment {
  /// Reads every event, and checks that every index tells the truth; the digest after the last.
  func check(from before: Digest) throws(EventLogError) -> Digest {
    var digest = before
    var indexes = SegmentIndexes()
    for i in 0..<(try chunkCount()) {
      guard try chunk(i).digestBefore == digest else {
        throw EventLogError.damaged("The index of blocks has a wrong digest", file: path)
      }
      let block = try block(i, withPayload: true)
      for j in block.envelopes.indices {
        let event = block.event(j)
        digest = digest.chained(with: event)
        indexes.add(event)
      }
    }
    guard digest == trailer.digestAfter else {
      throw EventLogError.damaged("The segment's digest is wrong", file: path)
    }
    try check(indexes)
    return digest
  }

  /// Throws where an index says something else than was collected from the events.
  func check(_ indexes: SegmentIndexes) throws(EventLogError) {
    let counts = try counts()
    var agrees =
      counts.types == indexes.types
      && counts.streams == indexes.streams.mapValues { UInt64($0.offsets.count) }
      && trailer.times == indexes.times
    for (stream, places) in indexes.streams where agrees {
      agrees = try events(ofStream: stream.string) == places
    }
    if agrees { agrees = try turnsSection() == indexes.turnsSection() }
    guard agrees else {
      throw EventLogError.damaged("The segment's index does not agree with its events", file: path)
    }
  }
}
