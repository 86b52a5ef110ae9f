public import EvlogCore

/// One order of all events of a causality in which each comes after its causal past.
///
/// Its cuts count events: cut `k` is the state after the first `k` events of the order, and stands for a vector
/// cut. For each event it stores the line, in 1, 2, 4, 8 or 16 bits, and now and then a vector.
public struct CausalOrder: Sendable {
  /// The causality that is ordered.
  public let causality: Causality
  /// The number of events that come later than their keys say, because of edges.
  public private(set) var corrections: UInt64 = 0
  /// The lines of the events, packed.
  private var words: [UInt64] = []
  private let bits: UInt64
  /// The vector before every so many events.
  private var samples: [UInt32] = []
  private let sampleLength: Int
  private(set) var count = 0

  /// Orders the events by a key, such as their time; of events with the same key, those of the first line come
  /// first. Edges come before keys.
  ///
  /// The key of each event is asked for once, in the order of its line. It takes a comparison or two an event.
  public init(
    of causality: Causality, key: @escaping (CausalEvent) throws -> Int64
  ) throws {
    try self.init(of: causality, after: nil, key: key)
  }

  /// Goes on with an order, after lines have grown: what was ordered stays as it is.
  ///
  /// Throws ``CausalityError`` if the causality is not of the same lines, or an event that was ordered has a new
  /// one in its past. Rethrows what `key` throws.
  public init(
    continuing order: CausalOrder, to causality: Causality,
    key: @escaping (CausalEvent) throws -> Int64
  ) throws {
    try self.init(of: causality, after: order, key: key)
  }

  private init(
    of causality: Causality, after order: CausalOrder?,
    key: @escaping (CausalEvent) throws -> Int64
  ) throws {
    self.causality = causality
    let width = causality.width
    (bits, sampleLength) = Self.layout(of: causality)
    var positions = [UInt32](repeating: 0, count: width)
    if let order {
      guard order.causality.names == causality.names else {
        throw CausalityError(.invalidCut, "An order can only go on with the same lines")
      }
      positions = try causality.positions(of: order.causality.end)
      guard causality.isConsistent(positions) else {
        let edge = try causality.crossingEdge(of: order.causality.end)
        throw CausalityError(
          .inconsistentCut, "An event that was ordered before has a new one in its past",
          edge?.effect, edge?.cause)
      }
      (words, samples, count) = (order.words, order.samples, order.count)
      corrections = order.corrections
    }
    words.reserveCapacity(Int((causality.statistics.events * bits + 63) / 64))
    var merge = try CausalMerge(causality, from: positions, key: key)
    while true {
      if count % sampleLength == 0, samples.count <= count / sampleLength * width {
        samples += merge.positions
      }
      guard let event = try merge.next() else { break }
      append(event.line)
    }
    corrections += merge.corrections
  }

  private mutating func append(_ line: Int) {
    let bit = UInt64(count) * bits
    if bit % 64 == 0 { words.append(0) }
    words[words.count - 1] |= UInt64(line) << (bit % 64)
    count += 1
  }

  /// The last cut, which is the number of events.
  public var end: Cut { Cut(count) }

  /// The bytes that the order takes in memory, beside the causality.
  public var byteCount: Int { words.count * 8 + samples.count * 4 }
}

// MARK: - In bytes

extension CausalOrder {
  func archive(to archive: inout Archiver) {
    archive.put(corrections)
    archive.put(UInt64(count))
    archive.put(words)
    archive.put(samples)
  }

  init(_ archive: inout Unarchiver, of causality: Causality) throws {
    self.causality = causality
    (bits, sampleLength) = Self.layout(of: causality)
    corrections = try archive.number()
    count = Int(try archive.number())
    words = try archive.numbers(UInt64.self)
    samples = try archive.numbers(UInt32.self)
  }

  /// How many bits a line takes, and how far apart the samples are.
  private static func layout(of causality: Causality) -> (bits: UInt64, sampleLength: Int) {
    let width = causality.width
    return ([1, 2, 4, 8].first { width <= 1 << $0 } ?? 16, max(1024, 64 * width))
  }
}

// MARK: - From the order to the lines and back

extension CausalOrder {
  @inline(__always)
  func line(at index: Int) -> Int {
    let bit = UInt64(index) &* bits
    return Int(words[Int(bit >> 6)] >> (bit & 63) & (1 << bits &- 1))
  }

  /// The event at a position of the order, which must be before ``end``.
  public subscript(offset: Offset) -> CausalEvent {
    precondition(offset < end.offsetAfter, "an event of the order")
    let line = line(at: Int(offset))
    return CausalEvent(line, positions(before: Int(offset))[line])
  }

  /// The position of an event, which must exist.
  public func offset(of event: CausalEvent) -> Offset {
    precondition(causality.lines.hold(event), "an event of the order")
    return Offset(index(of: event.line, UInt32(event.offset)))
  }

  /// The vector cut of a cut of the order, which must not be after ``end``. In the middle of an atomic group it
  /// is not consistent.
  public func vectorCut(at cut: Cut) -> VectorCut {
    precondition(cut <= end, "a cut of the order")
    return causality.cut(positions(before: Int(cut)))
  }

  /// The first cut of the order that includes a vector cut. It is the same cut if it has as many events.
  public func cut(including vector: VectorCut) throws(CausalityError) -> Cut {
    Cut(index(including: try causality.positions(of: vector)))
  }

  /// The digest of the lines of the events before a cut, in their order.
  func digest(at cut: Cut) -> Digest {
    let used = UInt64(cut) * bits
    var known = Array(words.prefix(Int((used + 63) / 64)))
    if used % 64 > 0 { known[known.count - 1] &= 1 << (used % 64) - 1 }
    return unsafe known.withUnsafeBytes { unsafe Digest(of: Array($0)) }
  }

  func positions(before index: Int) -> [UInt32] {
    let sample = index / sampleLength
    let width = causality.width
    var positions = Array(samples[sample * width..<(sample + 1) * width])
    for i in sample * sampleLength..<index { positions[line(at: i)] += 1 }
    return positions
  }

  func index(including positions: [UInt32]) -> Int {
    positions.indices.reduce(0) { end, line in
      positions[line] == 0 ? end : max(end, index(of: line, positions[line] - 1) + 1)
    }
  }

  private func index(of line: Int, _ offset: UInt32) -> Int {
    let width = causality.width
    // The last sample before the event.
    var (low, high) = (0, samples.count / width)
    while high - low > 1 {
      let middle = (low + high) / 2
      if samples[middle * width + line] <= offset { low = middle } else { high = middle }
    }
    var index = low * sampleLength
    var left = offset - samples[low * width + line]
    while true {
      if self.line(at: index) == line {
        if left == 0 { return index }
        left -= 1
      }
      index += 1
    }
  }
}
