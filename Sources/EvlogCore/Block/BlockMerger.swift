/// Puts events of several sources together into one block after another, in an order that its caller gives.
///
/// So the logs of a group are read without a copy of each event. The name of a stream begins with that of its
/// source, as in `orders/order-7`.
package struct BlockMerger: Sendable {
  private var sources: [Source]
  private var merged = MergedEvents()

  /// At most this many names are kept before they start again.
  private static let nameLimit = 1 << 17

  package init(sources names: [String]) {
    sources = names.map { Source(prefix: Array("\($0)/".utf8)) }
  }

  /// How many events the next block has so far.
  package var count: Int { merged.envelopes.count }

  /// The bytes of their payloads.
  package var byteCount: Int { merged.payload.count }

  /// Whether all events of a source's block were taken.
  package func isEmpty(_ source: Int) -> Bool { sources[source].isEmpty }

  /// Lets `read` put the next events of a source in the place of those before, which were all taken; false if it
  /// says that there are none.
  package mutating func refill(
    _ source: Int, _ read: (inout EventBlock) throws -> Bool
  ) rethrows -> Bool {
    try sources[source].refill(read)
  }

  /// Takes the next event of a source, whose block must have one.
  package mutating func append(from source: Int) { sources[source].give(to: &merged) }

  /// Puts the events that were taken into a block, where they have the offsets from the first one on.
  package mutating func finish(firstOffset: Offset, into block: inout EventBlock) {
    merged.finish(firstOffset, into: &block)
    guard merged.knownNames > Self.nameLimit else { return }
    merged.forgetNames()
    for source in sources.indices { sources[source].forgetNumbers() }
  }
}

/// A block of a source, and how far its events were taken.
private struct Source: Sendable {
  /// What the names of its streams begin with.
  let prefix: [UInt8]
  private var block = EventBlock()
  private var next = 0
  /// By the numbers that names have in the block, those that they have among the merged ones; -1 where that is
  /// not known yet.
  private var numbers: [Int32] = []

  init(prefix: [UInt8]) { self.prefix = prefix }

  var isEmpty: Bool { next == block.count }

  mutating func refill(_ read: (inout EventBlock) throws -> Bool) rethrows -> Bool {
    next = 0
    block.removeEvents()
    guard try read(&block) else { return false }
    forgetNumbers()
    return true
  }

  mutating func forgetNumbers() {
    numbers.removeAll(keepingCapacity: true)
    numbers.append(contentsOf: repeatElement(-1, count: block.nameNumbers.count))
  }

  /// Gives the next event.
  mutating func give(to merged: inout MergedEvents) {
    var envelope = block.envelopes[next]
    envelope.stream = merged.streams.place(of: number(ofStream: envelope.stream, &merged.streams))
    envelope.type = merged.types.place(of: number(ofType: envelope.type, &merged.types))
    if envelope.flags.contains(.contentType) {
      envelope.contentType = merged.types.place(
        of: number(ofType: envelope.contentType, &merged.types))
    }
    merged.append(envelope, of: block[next])
    next += 1
  }

  @inline(__always)
  private mutating func number(ofStream stream: UInt32, _ names: inout MergedNames) -> Int32 {
    if numbers[Int(stream)] < 0 {
      numbers[Int(stream)] = names.add(prefix, block.name(Int(stream)))
    }
    return numbers[Int(stream)]
  }

  @inline(__always)
  private mutating func number(ofType type: UInt32, _ names: inout MergedNames) -> Int32 {
    if numbers[Int(type)] < 0 { numbers[Int(type)] = names.add(block.name(Int(type))) }
    return numbers[Int(type)]
  }
}

/// The events of the next block.
private struct MergedEvents: Sendable {
  var streams = MergedNames()
  var types = MergedNames()
  var envelopes: [EventBlock.Envelope] = []
  var payload: [UInt8] = []
  private var column: [UInt8] = []

  var knownNames: Int { max(streams.knownCount, types.knownCount) }

  mutating func forgetNames() {
    streams = MergedNames()
    types = MergedNames()
  }

  /// Adds an event whose envelope has the numbers of its names already.
  @inline(__always)
  mutating func append(_ envelope: EventBlock.Envelope, of event: borrowing EventView) {
    var envelope = envelope
    if !envelope.flags.isDisjoint(with: .anyID) {
      envelope.texts = UInt32(column.count)
      column.append(event.storedIdentifiers)
    }
    envelope.dataStart = UInt32(payload.count)
    payload.append(event.dataAndMetadata)
    envelope.place = UInt32(envelopes.count)
    envelopes.append(envelope)
  }

  mutating func finish(_ firstOffset: Offset, into block: inout EventBlock) {
    let streamCount = UInt32(streams.count)
    for i in envelopes.indices {
      envelopes[i].type += streamCount
      if envelopes[i].flags.contains(.contentType) { envelopes[i].contentType += streamCount }
    }
    var places: [BlockNames.Place] = []
    places.reserveCapacity(streams.count + types.count)
    streams.write(to: &column, &places)
    types.write(to: &column, &places)
    block.firstOffset = firstOffset
    block.storedCount = envelopes.count
    block.columnCount = column.count
    block.payloadCount = payload.count
    block.names = BlockNames(
      places, streamCount: Int(streamCount), columnCount: column.count, isOfGroup: true)
    // The memory of the block before is that of the next one.
    swap(&block.envelopes, &envelopes)
    swap(&block.column, &column)
    swap(&block.payload, &payload)
    envelopes.removeAll(keepingCapacity: true)
    column.removeAll(keepingCapacity: true)
    payload.removeAll(keepingCapacity: true)
  }
}

/// The names of all blocks, and which of them the next one has.
private struct MergedNames: Sendable {
  private var table = NameTable()
  private var local = LocalNames()

  /// How many names the block has.
  var count: Int { local.count }

  var knownCount: Int { table.count }

  /// The number of a name in all blocks.
  mutating func add(_ name: Span<UInt8>) -> Int32 { Int32(table.add(name, hash: hash64(name))) }

  /// The same for a name that begins with a prefix.
  mutating func add(_ prefix: [UInt8], _ name: Span<UInt8>) -> Int32 {
    var whole = prefix
    whole.append(name)
    return add(whole.span)
  }

  /// The place in the block of a name with a number.
  @inline(__always)
  mutating func place(of number: Int32) -> UInt32 { UInt32(local.place(of: Int(number))) }

  /// Writes the names of the block, and begins another one.
  mutating func write(to column: inout [UInt8], _ places: inout [BlockNames.Place]) {
    for number in local.numbers {
      let name = table[Int(number)]
      places.append(BlockNames.Place(start: UInt32(column.count), count: UInt32(name.count)))
      column.append(name)
    }
    local.removeAll()
  }
}
