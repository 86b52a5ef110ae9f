/// The envelopes of up to 128 events as they stand in a sealed block, so that one is read without the others.
struct PackedRun: BitwiseCopyable {
  /// How many events a run has, unless it is the block's last one.
  static let eventCount = 128

  private(set) var count = 0
  /// How many of them are of a stream that has been there before in the block.
  private var repeats = 0
  /// Where the ids and the payload of the first event begin, and how many streams of the block have events before it.
  private var idsStart = 0
  private var payloadStart = 0
  private var streamsBefore = 0
  private var firstTime: Int64 = 0
  /// The least distance of a time from the one before.
  private var leastStep: Int64 = 0

  private var flags = PackedColumn()
  private var isRepeated = PackedColumn()
  private var repeated = PackedColumn()
  private var types = PackedColumn()
  private var revisions = PackedColumn()
  private var steps = PackedColumn()
  private var dataCounts = PackedColumn()
  private var idsCounts = PackedColumn()
  private var metadataCounts = PackedColumn()
  private var contentTypes = PackedColumn()
  private var schemaVersions = PackedColumn()

  /// Reads where the columns of a run are, and moves past it.
  @_lifetime(reader: copy reader)
  init(_ reader: inout ByteReader, count: Int) throws(ByteReader.Malformed) {
    self.count = count
    repeats = try reader.count(upTo: count)
    idsStart = try reader.count(upTo: Int(UInt32.max))
    payloadStart = try reader.count(upTo: Int(UInt32.max))
    streamsBefore = try reader.count(upTo: Int(UInt32.max))
    flags = try PackedColumn(&reader, count: count)
    isRepeated = try PackedColumn(&reader, count: count)
    repeated = try PackedColumn(&reader, count: repeats)
    types = try PackedColumn(&reader, count: count)
    revisions = try PackedColumn(&reader, count: count)
    firstTime = try reader.signedVarint()
    leastStep = try reader.signedVarint()
    steps = try PackedColumn(&reader, count: count &- 1)
    dataCounts = try PackedColumn(&reader, count: count)
    idsCounts = try PackedColumn(&reader, count: count)
    metadataCounts = try PackedColumn(&reader, count: count)
    contentTypes = try PackedColumn(&reader, count: count)
    schemaVersions = try PackedColumn(&reader, count: count)
  }
}

extension PackedRun {
  /// What is known of a block before its runs are read.
  struct Block {
    var unit: Int64
    /// How many streams it has, types, and bytes of ids.
    var streamCount: Int
    var typeCount: Int
    var idsCount: Int
    /// Where the block's ids begin in the column of an ``EventBlock``, and the number of its first type among the names.
    var idsStart = 0
    var firstType = 0
  }

  /// Where an event of a run begins, and the last time before it.
  struct Place: Equatable {
    fileprivate var time: Int64 = 0
    /// Of the block: the bytes of ids and of payloads, and the streams.
    var ids = 0
    var payload = 0
    var streams = 0
    fileprivate var repeats = 0

    /// Whether a run begins where the one before ends.
    func precedes(_ other: Place) -> Bool {
      (ids, payload, streams) == (other.ids, other.payload, other.streams)
    }
  }

  /// Where the first event begins.
  var start: Place {
    Place(time: firstTime, ids: idsStart, payload: payloadStart, streams: streamsBefore)
  }

  /// Decodes the envelope of an event, whose place moves on to the next one.
  ///
  /// With `stream`, it is of the stream with this number, which is not looked up. `firstPlace` is the place of the
  /// run's first event in the block.
  @inline(__always)
  func decode(
    _ i: Int, at place: inout Place, _ block: Block, stream: Int?, firstPlace: Int,
    _ bytes: Span<UInt8>
  ) throws(ByteReader.Malformed) -> EventBlock.Envelope {
    var envelope = EventBlock.Envelope()
    envelope.flags = EnvelopeFlags(rawValue: UInt8(truncatingIfNeeded: flags.value(i, in: bytes)))
    if i > 0 { place.time &+= step(before: i, bytes) }
    envelope.time = place.time &* block.unit
    envelope.revision = revisions.value(i, in: bytes)
    envelope.place = UInt32(truncatingIfNeeded: firstPlace &+ i)
    if let stream {
      envelope.stream = UInt32(truncatingIfNeeded: stream)
    } else {
      let isRepeat = isRepeated.value(i, in: bytes) != 0
      let number = isRepeat ? repeated.value(place.repeats, in: bytes) : UInt64(place.streams)
      place.repeats &+= isRepeat ? 1 : 0
      place.streams &+= isRepeat ? 0 : 1
      guard number < UInt64(place.streams), place.streams <= block.streamCount,
        place.repeats <= repeats
      else { throw ByteReader.Malformed(position: i) }
      envelope.stream = UInt32(truncatingIfNeeded: number)
    }
    let type = types.value(i, in: bytes)
    envelope.type = UInt32(truncatingIfNeeded: UInt64(block.firstType) &+ type)
    let dataCount = dataCounts.value(i, in: bytes)
    let metadataCount = metadataCounts.value(i, in: bytes)
    let idsCount = idsCounts.value(i, in: bytes)
    envelope.dataStart = UInt32(truncatingIfNeeded: place.payload)
    envelope.dataCount = UInt32(truncatingIfNeeded: dataCount)
    envelope.metadataCount = UInt32(truncatingIfNeeded: metadataCount)
    envelope.texts = UInt32(truncatingIfNeeded: block.idsStart &+ place.ids)
    guard type < UInt64(block.typeCount), envelope.revision <= UInt64(Int64.max),
      dataCount <= UInt64(Limits.eventDataBytes), metadataCount <= UInt64(Limits.metadataBytes),
      idsCount <= UInt64(block.idsCount)
    else { throw ByteReader.Malformed(position: i) }
    place.payload &+= Int(dataCount) &+ Int(metadataCount)
    place.ids &+= Int(idsCount)
    if !envelope.flags.isDisjoint(with: [.contentType, .schemaVersion, .turnID]) {
      try decodeRest(i, block, bytes, into: &envelope)
    }
    return envelope
  }

  @inline(__always)
  private func step(before i: Int, _ bytes: Span<UInt8>) -> Int64 {
    leastStep &+ Int64(bitPattern: steps.value(i &- 1, in: bytes))
  }

  @inline(never)
  private func decodeRest(
    _ i: Int, _ block: Block, _ bytes: Span<UInt8>, into envelope: inout EventBlock.Envelope
  ) throws(ByteReader.Malformed) {
    // A turn has its id where it begins.
    if envelope.flags.contains(.turnID), !envelope.flags.contains(.beginsTurn) {
      throw ByteReader.Malformed(position: i)
    }
    if envelope.flags.contains(.contentType) {
      let type = contentTypes.value(i, in: bytes)
      guard type < UInt64(block.typeCount) else { throw ByteReader.Malformed(position: i) }
      envelope.contentType = UInt32(truncatingIfNeeded: UInt64(block.firstType) &+ type)
    }
    if envelope.flags.contains(.schemaVersion) {
      guard let version = UInt32(exactly: schemaVersions.value(i, in: bytes)) else {
        throw ByteReader.Malformed(position: i)
      }
      envelope.schemaVersion = version
    }
  }

  /// Where an event begins; its streams are counted unless its own is known.
  func place(of i: Int, isStreamKnown: Bool, _ bytes: Span<UInt8>) -> Place {
    var place = start
    for j in 0..<i {
      if j > 0 { place.time &+= step(before: j, bytes) }
      place.payload &+= Int(truncatingIfNeeded: dataCounts.value(j, in: bytes))
    }
    if !metadataCounts.isZero {
      for j in 0..<i {
        place.payload &+= Int(truncatingIfNeeded: metadataCounts.value(j, in: bytes))
      }
    }
    if !idsCounts.isZero {
      for j in 0..<i { place.ids &+= Int(truncatingIfNeeded: idsCounts.value(j, in: bytes)) }
    }
    if !isStreamKnown {
      for j in 0..<i where isRepeated.value(j, in: bytes) != 0 { place.repeats &+= 1 }
      place.streams &+= i &- place.repeats
    }
    return place
  }
}
