import EvlogCore

/// Reads the events of a history by the hashes of their parts, a piece at a time.
struct PartsReader {
  /// For a history whose blocks are looked at in place.
  private var blocks: (any BlockReader)?
  private var block = EventBlock()
  /// For other histories.
  private var rows: (any EventReader)?
  /// The events of the last piece, and the numbers of their streams.
  private(set) var parts: [EventParts] = []
  private(set) var streams: [UInt32] = []

  init(_ history: any History, from: Cut, to cut: Cut) throws {
    let query = Query(from: from, to: cut)
    blocks = try (history as? any BlockHistory)?.blockReader(of: query)
    if blocks == nil { rows = try history.reader(of: query) }
  }

  /// Reads the next piece, and gives its streams numbers; false after the last. Throws `CancellationError` where the
  /// task is cancelled.
  mutating func next(_ names: inout NameTable) throws -> Bool {
    try Task.checkCancellation()
    parts.removeAll(keepingCapacity: true)
    streams.removeAll(keepingCapacity: true)
    if try blocks?.read(into: &block) == true {
      take(block, &names)
      return true
    }
    guard let row = try rows?.nextBatch(atLeast: 1000) else { return false }
    for event in row {
      parts.append(EventParts(event))
      streams.append(UInt32(names.add(event.stream)))
    }
    return true
  }

  private mutating func take(_ block: EventBlock, _ names: inout NameTable) {
    let hashes = block.nameHashes()
    var numbers = [UInt32?](repeating: nil, count: hashes.count)
    for i in block.indices {
      let event = block[i]
      parts.append(EventParts(event, hashes))
      let stream = event.streamNumber
      let number = numbers[stream] ?? UInt32(names.add(event.stream, hash: hashes[stream]))
      numbers[stream] = number
      streams.append(number)
    }
  }
}
